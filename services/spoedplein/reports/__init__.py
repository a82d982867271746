"""The regiobeeld out of the archive: where the chain stalls (knelpunten), per care type, fit to be shown to others.

Figures are counted, never modelled; only `triple_aim` estimates, from parameters that are shown beside every outcome.
Nothing here does I/O: `store.reports` brings the rows, `cli` shows what comes of them.
"""
