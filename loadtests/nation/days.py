"""Which day: its date, its regions, and what is out of the ordinary on it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from loadtests.nation.regions import agreements_of
from spoedplein_schemas import Event
from spoedplein_schemas.agreements import Agreements

ZONE: Final = ZoneInfo("Europe/Amsterdam")
#: Huisartsenposten (InEen benchmark, 2022), SEHs that never close (2022), and the capacity sources to design for.
POSTS: Final = 105
SEHS: Final = 80
SOURCES: Final = 3000
#: Coordination functions for temporary stay (programma Langer Thuis).
REGIONS: Final = 43
#: Winter is busier than summer by a fifth (planning value): the factor is highest in the middle of January.
SEASON: Final = 0.1
#: A pandemic wave, as a factor on everything that comes in (planning value).
WAVE: Final = 1.5
#: Wounded who are brought in at once on a bad day, and from when; when no source is heard, and from when again.
WOUNDED: Final = 120
WOUNDED_FROM: Final = time(14)
SILENCE: Final = (time(11), time(11, 10))


@dataclass(frozen=True, slots=True)
class Day:
    """One local day of the whole country. `scale` makes it smaller or larger: sites and sources of every region.

    `hours` from local midnight. `partitions` of the log share the regions out in turn; each its own when left out.
    `bad`: a pandemic wave, many wounded at once in the first region, and no source heard for ten minutes, after which
    all of them say everything within seconds.
    """

    date: date
    seed: int = 1
    regions: int = REGIONS
    scale: float = 1.0
    hours: float = 24.0
    partitions: int | None = None
    bad: bool = False

    @property
    def start_ms(self) -> int:
        return self.at_ms(time())

    @property
    def end_ms(self) -> int:
        return self.start_ms + round(self.hours * 3_600_000)

    def at_ms(self, clock: time) -> int:
        """A moment of this day on a Dutch clock."""
        return round(datetime.combine(self.date, clock, ZONE).astimezone(UTC).timestamp() * 1000)

    @property
    def silence_ms(self) -> tuple[int, int]:
        """From when no source is heard, and until when."""
        begins, ends = SILENCE
        return self.at_ms(begins), self.at_ms(ends)

    @property
    def intensity(self) -> float:
        """The season, and the wave."""
        phase = 2 * math.pi * (self.date.timetuple().tm_yday - 15) / 365
        return (1 + SEASON * math.cos(phase)) * (WAVE if self.bad else 1)

    def agreements(self) -> Iterator[Agreements]:
        """Of each region: posts, SEHs and sources shared out evenly, the remainder to the first ones."""
        shares = [_shared(round(total * self.scale), self.regions) for total in (POSTS, SEHS, SOURCES)]
        for number, (posts, sehs, sources) in enumerate(zip(*shares, strict=True)):
            yield agreements_of(number, sites=max(1, posts), sehs=max(1, min(sehs, posts)), sources=sources)

    def partition_of(self, number: int) -> int:
        """Of the region with this number, from 0."""
        return number % (self.partitions or self.regions)


class Published(NamedTuple):
    """One record of the log: `at_ms` its append time, `offset` within its partition."""

    partition: int
    offset: int
    at_ms: int
    event: Event


def _shared(total: int, parts: int) -> list[int]:
    each, over = divmod(total, parts)
    return [each + (number < over) for number in range(parts)]
