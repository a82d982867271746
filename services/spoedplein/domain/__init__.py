"""Decisions. Pure: no clock, no randomness, no I/O. The same log gives the same decisions, byte for byte."""
