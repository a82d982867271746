"""A region of any size, and messages that reach its log: made outside of the clock, stepped inside of it."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, cycle, islice
from typing import Final, Self

from loadtests.growth.patients import CODES, NOW, case, patients, site_of
from spoedplein.domain.log import Record
from spoedplein.domain.parts import RegionState
from spoedplein.domain.region import Region
from spoedplein.testing import builders as say
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.clock import ClockTicked
from spoedplein_schemas.vocabulary import CareType, Frozen, Property

#: Kinds of message.
REPORT: Final = "capacity reported"
STOP: Final = "stop announced, lifted"
REGISTERED: Final = "contact registered"
TRIAGED: Final = "contact triaged"
CALLED: Final = "contact called"
CLOSED: Final = "contact closed"
REQUESTED: Final = "placement requested"
CANCELLED: Final = "request cancelled"
TICK: Final = "clock ticked"
SOURCE: Final = "urn:spoedplein-loadtests:growth"

Kinds = Iterator[tuple[str, list[Record]]]


class Story:
    """Its own clock and offsets; names count up, so that nobody is anybody else."""

    def __init__(self, region: Region, agreements: Agreements) -> None:
        self.region = region
        self._units = cycle([unit.id for unit in agreements.units])
        self._numbers = count(10_000_000)
        self._now = datetime.fromtimestamp(NOW / 1000, UTC)
        self._offset = region.offset

    @classmethod
    def of(cls, agreements: Agreements, *, waiting: int = 0) -> Self:
        """`waiting` patients stand in the state already, as after a restore."""
        state = RegionState(agreements.region, offset=0, now=NOW - 1)
        state.adopted = say.adopted(agreements, datetime.fromtimestamp(NOW / 1000 - 1, UTC))
        state.patients = {each.key: each for each in patients(waiting)}
        return cls(Region(state), agreements)

    def everything(self, size: int) -> Kinds:
        """So many of each kind, after which as much waits, and is asked and stopped, as before."""
        yield REPORT, self.reports(size)
        yield STOP, self.stops(size)
        yield from self.visits(size)
        yield from self.requests(max(1, size // 10), CareType.ELV_HOOG, needs=2)
        yield TICK, self.ticks(size)

    def reports(self, size: int) -> list[Record]:
        """Of units in turn, with a place free."""
        return self._said(say.capacity(next(self._units), 3, self._later()) for _ in range(size))

    def stops(self, size: int) -> list[Record]:
        names = [next(self._units) for _ in range(size // 2)]
        stopped = [say.stop(name, self._later()) for name in names]
        return self._said([*stopped, *(say.lifted(name, self._later()) for name in names)])

    def requests(self, size: int, care_type: CareType, *, needs: int) -> Kinds:
        """Each is offered, and then cancelled: the place is free again. `needs` is how many properties it asks."""
        names = [f"r-{number}" for number in islice(self._numbers, size)]
        asked = [need for need in Property if need is not Property.CLOSED_WARD][:needs]
        yield REQUESTED, self._said(say.request(name, (care_type,), self._later(), needs=asked) for name in names)
        yield CANCELLED, self._said(say.cancelled(name, self._later()) for name in names)

    def ticks(self, size: int) -> list[Record]:
        return self._said(ClockTicked(ticked_at=self._later()) for _ in range(size))

    def visits(self, size: int) -> Kinds:
        """So many contacts with HAPs from beginning to end: as many come as go."""
        came = self._names(size)
        yield REGISTERED, self._registered(came)
        yield TRIAGED, self._triaged(came)
        yield CALLED, self._said(say.called(name, self._later(), at_site=site) for name, site in came)
        yield CLOSED, self._said(say.closed(name, self._later(), at_site=site) for name, site in came)

    def arrivals(self, size: int) -> Iterator[list[Record]]:
        """So many who come, are triaged, and stay."""
        came = self._names(size)
        yield self._registered(came)
        yield self._triaged(came)

    def _names(self, size: int) -> list[tuple[str, str]]:
        """Cases, each with his site."""
        return [(case(number), site_of(number)) for number in islice(self._numbers, size)]

    def _registered(self, came: Iterable[tuple[str, str]]) -> list[Record]:
        return self._said(say.registered(name, self._later(), at_site=site) for name, site in came)

    def _triaged(self, came: Iterable[tuple[str, str]]) -> list[Record]:
        codes = cycle([urgency.code for urgency in CODES])
        return self._said(say.triaged(name, next(codes), self._later(), at_site=site) for name, site in came)

    def _later(self) -> datetime:
        self._now += timedelta(milliseconds=10)
        return self._now

    def _said(self, said: Iterable[Frozen]) -> list[Record]:
        records = []
        for data in said:
            self._offset += 1
            event = say.event(data, at=self._now, region=self.region.name, source=SOURCE)
            records.append(Record(self._offset, round(self._now.timestamp() * 1000), event))
        return records
