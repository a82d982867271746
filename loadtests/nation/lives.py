"""The regions of a country living side by side, second by second, each with its core, into partitions of one log."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Final

from loadtests.nation.days import WOUNDED, WOUNDED_FROM, Day, Published
from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.testing.builders import adopted, event
from spoedplein.testing.workload import Workload
from spoedplein_schemas import Event
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.capacity import CapacityReported
from spoedplein_schemas.clock import ClockTicked

#: The regions take turns in steps of so long; what somebody decides is heard by people at its end.
STEP_MS: Final = 1000
#: After a silence of all sources everything that was held up is heard within so long.
STORM_MS: Final = 5000


def live(day: Day) -> Iterator[Published]:
    """What reaches the log on this day, in the order of their time; within a partition that is the order of offsets."""
    offsets = [count() for _ in range(day.partitions or day.regions)]
    line = _Line(*day.silence_ms) if day.bad else None
    towns = []
    for number, agreements in enumerate(day.agreements()):
        partition = day.partition_of(number)
        towns.append(_Town(number, partition, offsets[partition], agreements, day))
        yield towns[-1].hears(day.start_ms, _adoption(agreements, day.start_ms))
    for now_ms in range(day.start_ms + STEP_MS, day.end_ms + 1, STEP_MS):
        said = ((at_ms, town, each) for town in towns for at_ms, each in town.workload.emit(now_ms))
        arrived = list(said if line is None else line.passes(said, now_ms))
        for at_ms, town, each in sorted(arrived, key=lambda row: (row[0], row[1].number)):
            yield town.hears(at_ms, each)
        for town in _quiet(towns, (town for _, town, _ in arrived), now_ms):
            moment = datetime.fromtimestamp(now_ms / 1000, UTC)
            tick = event(ClockTicked(ticked_at=moment), at=moment, region=town.region.name)
            yield town.hears(now_ms, tick)


def _quiet(towns: Iterable["_Town"], spoke: Iterable["_Town"], now_ms: int) -> list["_Town"]:
    """Where nobody spoke in this step and a deadline passed: there the clock is heard."""
    heard = {town.number for town in spoke}
    return [
        town
        for town in towns
        if town.number not in heard and (due := town.region.next_due_ms()) is not None and due <= now_ms
    ]


_Said = tuple[int, "_Town", Event]


@dataclass(slots=True)
class _Town:
    """One region: who lives there, and its core."""

    number: int
    partition: int
    offsets: Iterator[int]
    agreements: Agreements
    day: Day
    workload: Workload = field(init=False)
    region: Region = field(init=False)

    def __post_init__(self) -> None:
        day = self.day
        self.region = Region.empty(self.agreements.region)
        self.workload = Workload(self.agreements, seed=day.seed, start_ms=day.start_ms, intensity=day.intensity)
        if day.bad and self.number == 0:
            self.workload.many_wounded(at_ms=day.at_ms(WOUNDED_FROM), people=WOUNDED)

    def hears(self, at_ms: int, said: Event) -> Published:
        published = Published(self.partition, next(self.offsets), at_ms, said)
        for decision in self.region.step(Record(published.offset, at_ms, said)):
            self.workload.observe(decision)
        return published


class _Line:
    """What lies between sources and the log on a bad day: nothing passes it for a while, and then everything does.

    Held messages come in their order; each source then sends its newest figure once more.
    """

    def __init__(self, silent_from_ms: int, back_ms: int) -> None:
        self._silent_from_ms = silent_from_ms
        self._back_ms = back_ms
        self._held: list[tuple[_Town, Event]] = []
        self._figures: dict[tuple[int, str], tuple[_Town, Event]] = {}

    def passes(self, said: Iterable[_Said], now_ms: int) -> Iterator[_Said]:
        """What of this step reaches the log, and when."""
        if now_ms <= self._silent_from_ms or now_ms > self._back_ms + STORM_MS:
            yield from said
            return
        for _, town, each in said:
            self._held.append((town, each))
            if isinstance(each.data, CapacityReported):
                self._figures[town.number, each.data.unit] = town, each
        if now_ms <= self._back_ms:
            return
        if self._figures:
            self._held += self._figures.values()
            self._figures = {}
        steps = max(1, (self._back_ms + STORM_MS - now_ms) // STEP_MS + 1)
        passing = -(-len(self._held) // steps)
        for town, each in self._held[:passing]:
            yield now_ms, town, each
        del self._held[:passing]


def _adoption(agreements: Agreements, at_ms: int) -> Event:
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return event(adopted(agreements, moment), at=moment, region=agreements.region)
