"""A national day as it reaches the log: what every source of every region says, from one seed, in the order of the log.

    day = Day(date(2026, 1, 10))                     an ordinary Saturday; `replace(day, bad=True)` is a bad one
    for published in live(day): ...                   one by one, as `Published`; memory stays flat
    path = recorded(day)                              the same, as a file that is kept: lines for `domain.log.read_log`
    for agreements in day.agreements(): ...           of each region, in force from its first record on

    python -m loadtests.nation --out nation.jsonl     the same from a shell; --help shows what can be chosen

Volumes are those of the shipped workload (`spoedplein.testing.rates`, with their sources): 105 posts and 80 SEHs give
about 150,000 clinical events a day, and 3,000 sources that tell their places every five minutes 860,000 more, most of
them the same figure as before. People react to what the core decides, so offers are accepted, declined and left to
lapse: the core runs along. An offer is named after the log offset that it follows from; offsets count per partition
of the log, so a log that is played back at other offsets hears answers to offers that it never made, and refuses them.
"""

from loadtests.nation.days import Day, Published
from loadtests.nation.lives import live
from loadtests.nation.recording import recorded, write

__all__ = ["Day", "Published", "live", "recorded", "write"]
