"""What there is of each care type, kept as it changes: the sums that are shown, and who has a place now.

Units are put together by what no report changes (`Alike`): what a rule says of one of them it says of all. Among them
those with a place are found without a look at the others. A figure that grows too old is put aside when its moment
comes, by a heap with one entry per unit. What a report changes costs the same, however many units there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush, heapreplace
from typing import Final, NamedTuple

from sortedcontainers import SortedList

from spoedplein_schemas.agreements import Unit
from spoedplein_schemas.decisions import ExclusionCode
from spoedplein_schemas.vocabulary import CareType, UnitStatus

_TAKING: Final = (UnitStatus.OPEN, UnitStatus.WARNING)


class Known(NamedTuple):
    """What is known of a unit. In milliseconds: `seen` when, if ever, and `until` when that counts.

    `free` is absent when it never told a figure, and counts until `free_until`: of a department, that may be sooner.
    """

    status: UnitStatus
    seen: int | None
    until: int
    free: int | None
    free_until: int


#: A status, and why there is no place by the figure; nothing when there is one.
Standing = tuple[UnitStatus, ExclusionCode | None]
NOTHING: Final = Known(UnitStatus.OPEN, None, -1, None, -1)


class Alike:
    """Units of which the rules on person, place and hours say the same; `like` is one of them.

    `ready` and `stopped` have a place, and would take anybody, or only who is in mortal danger; by unit, when that was
    seen. `aside` are all that are not ready, by name. `standing` counts all, by status and what lacks of a figure.
    """

    def __init__(self, like: Unit) -> None:
        self.like = like
        self.units: list[str] = []
        self.ready: dict[str, int] = {}
        self.stopped: dict[str, int] = {}
        self.aside: SortedList[str] = SortedList()
        self.standing: dict[Standing, int] = {}


@dataclass(slots=True)
class Sums:
    """Of one care type; `free` are places of units that take patients, by figures that are valid."""

    units: int = 0
    known: int = 0
    never: int = 0
    free: int = 0
    by_status: dict[UnitStatus, int] = field(default_factory=lambda: dict.fromkeys(UnitStatus, 0))


@dataclass(slots=True)
class _Spot:
    """One unit. What is known of it counts while `fresh`, its figure while `counts`.

    The last two: what stands of it in the two heaps.
    """

    name: str
    alike: Alike
    sums: Sums
    known: Known = NOTHING
    fresh: bool = False
    counts: bool = False
    oldest_at: int | None = None
    expires_at: int | None = None

    @property
    def standing(self) -> Standing:
        status, _, _, free, _ = self.known
        if free is None:
            return status, ExclusionCode.NEVER_REPORTED
        if not self.counts:
            return status, ExclusionCode.STALE
        return status, None if free else ExclusionCode.FULL


class Supply:
    """Sums and places over the units of the agreements; `tell` brings one up to date, `pass_to` the time."""

    def __init__(self, units: Mapping[str, Unit]) -> None:
        self._sums: dict[CareType, Sums] = {}
        self._alike: dict[CareType, dict[object, Alike]] = {}
        self._oldest: dict[CareType, list[tuple[int, str]]] = {}
        self._expiring: list[tuple[int, str]] = []
        self._spots: dict[str, _Spot] = {}
        for unit in units.values():
            alike = self._alike.setdefault(unit.care_type, {}).setdefault(_nature(unit), Alike(unit))
            alike.units.append(unit.id)
            spot = self._spots[unit.id] = _Spot(unit.id, alike, self._sums.setdefault(unit.care_type, Sums()))
            spot.sums.units += 1
            self._put_in(spot)

    def alike(self, care_type: CareType) -> list[Alike]:
        return list(self._alike.get(care_type, {}).values())

    def sums(self, care_type: CareType) -> Sums:
        return self._sums.get(care_type) or Sums()

    def oldest(self, care_type: CareType) -> int | None:
        """When the oldest of the figures that count was seen."""
        heap = self._oldest.get(care_type, [])
        while heap:
            seen, name = heap[0]
            spot = self._spots[name]
            if spot.oldest_at != seen or not spot.fresh:
                heappop(heap)
                spot.oldest_at = None if spot.oldest_at == seen else spot.oldest_at
            elif spot.known.seen != seen:
                assert spot.known.seen is not None, "what counts was seen"
                spot.oldest_at = spot.known.seen
                heapreplace(heap, (spot.known.seen, name))
            else:
                return seen
        return None

    def tell(self, name: str, known: Known) -> None:
        """What is known now of one unit; whether it is too old is seen when time is asked for."""
        spot = self._spots[name]
        before = spot.known
        if (
            spot.counts
            and known.free == before.free
            and known.status is before.status
            and before.until <= known.until
            and before.free_until <= known.free_until
        ):
            spot.known = known
            if known.free and known.seen is not None:
                if known.status in _TAKING:
                    spot.alike.ready[name] = known.seen
                elif known.status is UnitStatus.STOP:
                    spot.alike.stopped[name] = known.seen
            return
        self._take_out(spot)
        spot.known, spot.fresh = known, known.seen is not None
        spot.counts = spot.fresh and known.free is not None
        self._put_in(spot)
        self._wait(spot)

    def pass_to(self, now: int) -> None:
        """Put aside what is too old by now."""
        heap = self._expiring
        while heap and heap[0][0] < now:
            due, name = heappop(heap)
            spot = self._spots[name]
            if spot.expires_at != due:
                continue
            spot.expires_at = None
            if _due(spot) < now:
                self._take_out(spot)
                spot.counts = spot.counts and spot.known.free_until >= now
                spot.fresh = spot.fresh and spot.known.until >= now
                spot.counts = spot.counts and spot.fresh
                self._put_in(spot)
            self._wait(spot)

    def _wait(self, spot: _Spot) -> None:
        """In both heaps a unit stands once, never later than it should."""
        seen, due = spot.known.seen, _due(spot)
        if not spot.fresh or seen is None:
            return
        if spot.oldest_at is None or seen < spot.oldest_at:
            spot.oldest_at = seen
            heappush(self._oldest.setdefault(spot.alike.like.care_type, []), (seen, spot.name))
        if spot.expires_at is None or due < spot.expires_at:
            spot.expires_at = due
            heappush(self._expiring, (due, spot.name))

    def _put_in(self, spot: _Spot) -> None:
        alike, (status, seen, _, free, _) = spot.alike, spot.known
        self._count(spot, 1)
        if free and spot.counts and seen is not None:
            if status in _TAKING:
                alike.ready[spot.name] = seen
                return
            if status is UnitStatus.STOP:
                alike.stopped[spot.name] = seen
        alike.aside.add(spot.name)

    def _take_out(self, spot: _Spot) -> None:
        alike = spot.alike
        self._count(spot, -1)
        if alike.ready.pop(spot.name, None) is None:
            alike.stopped.pop(spot.name, None)
            alike.aside.remove(spot.name)

    def _count(self, spot: _Spot, by: int) -> None:
        sums, standing, (status, seen, _, free, _) = spot.sums, spot.alike.standing, spot.known
        sums.known += by * spot.fresh
        sums.never += by * (seen is None)
        sums.by_status[status] += by
        if status in _TAKING and spot.counts and free:
            sums.free += by * free
        standing[spot.standing] = standing.get(spot.standing, 0) + by


def _due(spot: _Spot) -> int:
    """Until when all that counts of it counts."""
    return min(spot.known.until, spot.known.free_until) if spot.counts else spot.known.until


def _nature(unit: Unit) -> object:
    """What the rules look at, and no report changes."""
    return unit.registration, unit.age_bands, unit.sex, unit.properties, unit.windows
