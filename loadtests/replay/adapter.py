"""What every adapter offers, and the thread from its rows to events in time order."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from typing import NamedTuple, Protocol

from loadtests.replay.tally import DERIVED, Tally
from spoedplein_schemas import Event, event_class
from spoedplein_schemas.agreements import Agreements, Site, Unit
from spoedplein_schemas.vocabulary import CareType, Frozen, millis


class DataError(ValueError):
    """The data cannot be used at all; the message names the file and the mend. One bad row is a tally, not an error."""


class Published(NamedTuple):
    """An event and the moment at which its source published it, in milliseconds since 1970 UTC."""

    at_ms: int
    event: Event


class Adapter(Protocol):
    """One data set as the sources of one region. `choices` says what the harness added to the data, in sentences."""

    name: str
    source: str
    choices: tuple[str, ...]

    def agreements(self) -> Agreements:
        """The region that these events are about."""
        ...

    def days(self) -> Sequence[date]:
        """Local dates in the data, in order."""
        ...

    def read(self, day: date | None, tally: Tally) -> Iterator[Published]:
        """Events in the order of publishing; with a day, those of the rows that start on that local date."""
        ...


@dataclass(frozen=True, slots=True)
class Origin:
    """Who speaks, and for which region. `derived` is the voice of the harness: what the data do not hold."""

    source: str
    region: str

    @property
    def derived(self) -> "Origin":
        return Origin(f"{self.source}{DERIVED}", self.region)

    def says(self, data: Frozen, *, id: str, time: datetime, at_ms: int | None = None) -> Published:  # noqa: A002
        """`time` is when it happened; published at that same moment unless `at_ms` says otherwise."""
        event = event_class(type(data))(id=id, source=self.source, time=time, region=self.region, data=data)
        return Published(millis(time) if at_ms is None else at_ms, event)


def seh_unit(site: Site) -> Unit:
    """The SEH of a site, so that its warning and stop count as availability."""
    return Unit(
        id=f"unit-{site.id}", name=site.name, organisation=site.organisation, care_type=CareType.SEH, site=site.id
    )


def in_time_order(rows: Iterable[Sequence[Published]], tally: Tally) -> Iterator[Published]:
    """Merges the events of rows that come in order of their earliest event; holds only what is still to come.

    Events of the same millisecond keep the order of their rows, and within a row the order given.
    """
    waiting: list[tuple[int, int, Published]] = []
    numbers = count()
    for row in rows:
        floor_ms = min((published.at_ms for published in row), default=0)
        while waiting and waiting[0][0] < floor_ms:
            yield _counted(heapq.heappop(waiting)[2], tally)
        for published in row:
            heapq.heappush(waiting, (published.at_ms, next(numbers), published))
    while waiting:
        yield _counted(heapq.heappop(waiting)[2], tally)


def _counted(published: Published, tally: Tally) -> Published:
    tally.published(published.event)
    return published
