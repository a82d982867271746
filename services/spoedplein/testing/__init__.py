"""Shipped twins: manual clock, builders, a region that lives from a seed, faults, auditor, simulator.

Tests, load tests and the simulated region of a first look share them. `random.Random(seed)` is allowed here: whatever
draws from it names its seed, and nothing depends on the wall clock or on the order of sets.
"""
