"""Lives drawn from their seeds: which regions, from which hour of the year, how long, how busy, what goes wrong.

    life = drawn(7)
    outcomes = live(life, agreed, region_factory=Region)      # `agreed`: the texts of `life.regions`
    assert not any(outcome.violations for outcome in outcomes)

Most lives are short and some are long: whatever comes of one hour is looked for often, and what needs a night and a day
to happen, such as windows of admission, terms of a day and clocks that change, is reached as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from spoedplein.testing.chance import Chance
from spoedplein.testing.faults import NONE, Faults
from spoedplein.testing.simulate import CoreFactory, Outcome
from spoedplein.testing.together import Befalls, simulate_together
from spoedplein_schemas.agreements import Agreements

#: Shares of seeds. Those that name one region have neighbours of which we only see that they are silent.
REGIONS: Final[Mapping[tuple[str, ...], float]] = {
    ("rijnmond", "nijmegen"): 30,
    ("rotterdam", "schiedam"): 15,
    ("nijmegen", "venlo"): 15,
    ("amsterdam-noord",): 15,
    ("schiedam",): 10,
    ("venlo",): 5,
    ("rijnmond", "nijmegen", "venlo"): 10,
}
HOURS: Final[Mapping[float, float]] = {1: 50, 2: 30, 4: 14, 8: 5, 30: 1}
#: How many times busier than an ordinary day.
INTENSITIES: Final[Mapping[float, float]] = {1: 30, 2: 40, 4: 25, 6: 5}
FAULTS: Final[Mapping[str, float]] = {"usual": 60, "worse": 20, "silence": 15, "none": 5}
KINDS: Final[Mapping[str, Faults]] = {
    "usual": Faults(),
    "worse": Faults(doubled=0.15, delayed=0.15, gap_hours=3, skewed=0.4),
    "silence": Faults(silent=0.7),
    "none": NONE,
}
#: How often each region adopts another text while it lives.
REDRAFTS: Final[Mapping[int, float]] = {0: 75, 1: 15, 2: 10}
#: Some begin with a disaster: so many wounded in the first hour of each region, and hospitals that are overrun. What
#: follows from full departments, up to the red level, hardly comes of an ordinary evening.
WOUNDED: Final[Mapping[int, float]] = {0: 90, 60: 5, 150: 5}
#: One seed in so many begins just before summer time begins or ends.
CLOCK_CHANGES: Final = 25
CHANGES: Final = (datetime(2026, 3, 29, 0, 0, tzinfo=UTC), datetime(2026, 10, 25, 0, 0, tzinfo=UTC))
NEW_YEAR: Final = datetime(2026, 1, 1, tzinfo=UTC)
HOURS_OF_YEAR: Final = 365 * 24


@dataclass(frozen=True, slots=True)
class Life:
    """All that a seed decides before it begins. `faults` is a key of `KINDS`."""

    seed: int
    regions: tuple[str, ...]
    start: datetime
    hours: float
    intensity: float
    faults: str
    redrafts: int
    wounded: int


def drawn(seed: int) -> Life:
    """Every part comes from a chance of its own: who changes one list changes no other part of any life."""
    return Life(
        seed=seed,
        regions=Chance(seed, "life/regions").pick(REGIONS),
        start=_start(Chance(seed, "life/start")),
        hours=Chance(seed, "life/hours").pick(HOURS),
        intensity=Chance(seed, "life/intensity").pick(INTENSITIES),
        faults=Chance(seed, "life/faults").pick(FAULTS),
        redrafts=Chance(seed, "life/redrafts").pick(REDRAFTS),
        wounded=Chance(seed, "life/wounded").pick(WOUNDED),
    )


def live(life: Life, agreed: Sequence[Agreements], *, region_factory: CoreFactory) -> list[Outcome]:
    """One outcome per region, in the order of `agreed`."""
    return simulate_together(
        agreed,
        life.seed,
        life.hours,
        region_factory=region_factory,
        faults=KINDS[life.faults],
        intensity=life.intensity,
        start=life.start,
        befalls=Befalls(life.redrafts, life.wounded),
    )


def _start(chance: Chance) -> datetime:
    if chance.happens(1 / CLOCK_CHANGES):
        return chance.one_of(CHANGES)
    return NEW_YEAR + timedelta(hours=chance.whole(0, HOURS_OF_YEAR - 1))
