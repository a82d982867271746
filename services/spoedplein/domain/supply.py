"""What there is of each care type, kept as it changes: the sums that are shown, and who has a place now.

Units are put together by what no report changes (`Alike`): what a rule says of one of them it says of all. Among them
those with a place are found without a look at the others. A figure that grows too old is put aside when its moment
comes, by a heap with one entry per unit. What a report changes costs the same, however many units there are.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush, heapreplace
from typing import Final, NamedTuple

from sortedcontainers import SortedList

from spoedplein_schemas.agreements import Unit
from spoedplein_schemas.decisions import ExclusionCode
from spoedplein_schemas.vocabulary import CareType, UnitStatus

#: In these a unit takes patients.
TAKING: Final = (UnitStatus.OPEN, UnitStatus.WARNING)


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

    def among(self, status: UnitStatus) -> dict[str, int] | None:
        """Where a unit of this status belongs when it has a place."""
        if status is UnitStatus.STOP:
            return self.stopped
        return self.ready if status in TAKING else None


@dataclass(slots=True)
class Sums:
    """Of one care type; `free` are places of units that take patients, by figures that are valid."""

    units: int = 0
    known: int = 0
    never: int = 0
    free: int = 0
    by_status: dict[UnitStatus, int] = field(default_factory=lambda: dict.fromkeys(UnitStatus, 0))


@dataclass(slots=True)
class Spot:
    """One unit as it is counted: what is known of it counts while `fresh`, its figure while `counts`.

    `among`: those with a place that it is one of, to be told when it was seen again. The last two: what stands of it
    in the two heaps.
    """

    name: str
    alike: Alike
    sums: Sums
    status: UnitStatus = UnitStatus.OPEN
    never: bool = True
    free: int | None = None
    fresh: bool = False
    counts: bool = False
    among: dict[str, int] | None = None
    oldest_at: int | None = None
    expires_at: int | None = None

    @property
    def standing(self) -> Standing:
        if self.free is None:
            return self.status, ExclusionCode.NEVER_REPORTED
        if not self.counts:
            return self.status, ExclusionCode.STALE
        return self.status, None if self.free else ExclusionCode.FULL


class Supply:
    """Sums and places over the units of the agreements, of each of which `look` says what is known.

    `changed` when a status or a figure is another one, or counts again, and once to begin with; of a figure that is
    only newer the spot's `among` is told. `pass_to` a moment before anything is asked.
    """

    def __init__(self, units: Mapping[str, Unit], look: Callable[[str], Known]) -> None:
        self._look = look
        self._sums: dict[CareType, Sums] = {}
        self._alike: dict[CareType, dict[object, Alike]] = {}
        self._oldest: dict[CareType, list[tuple[int, str]]] = {}
        self._expiring: list[tuple[int, str]] = []
        self.spots: dict[str, Spot] = {}
        for unit in units.values():
            alike = self._alike.setdefault(unit.care_type, {}).setdefault(_nature(unit), Alike(unit))
            alike.units.append(unit.id)
            spot = self.spots[unit.id] = Spot(unit.id, alike, self._sums.setdefault(unit.care_type, Sums()))
            spot.sums.units += 1
            self._put_in(spot, None)

    def alike(self, care_type: CareType) -> list[Alike]:
        return list(self._alike.get(care_type, {}).values())

    def sums(self, care_type: CareType) -> Sums:
        return self._sums.get(care_type) or Sums()

    def oldest(self, care_type: CareType) -> int | None:
        """When the oldest of the figures that count was seen."""
        heap = self._oldest.get(care_type, [])
        while heap:
            seen, name = heap[0]
            spot = self.spots[name]
            if spot.oldest_at != seen or not spot.fresh:
                heappop(heap)
                spot.oldest_at = None if spot.oldest_at == seen else spot.oldest_at
                continue
            known = self._look(name).seen
            if known == seen:
                return seen
            assert known is not None, "what counts was seen"
            spot.oldest_at = known
            heapreplace(heap, (known, name))
        return None

    def changed(self, name: str) -> None:
        """It is counted as what is known of it now; whether that is too old is seen when time passes."""
        spot, known = self.spots[name], self._look(name)
        if known.status is spot.status and spot.fresh and self._is_as_good(spot, known):
            if spot.among is not None and known.seen is not None:
                spot.among[name] = known.seen
            return
        self._take_out(spot)
        spot.status, spot.free, spot.never = known.status, known.free, known.seen is None
        spot.fresh = not spot.never
        spot.counts = spot.fresh and known.free is not None
        self._put_in(spot, known.seen)
        self._wait(spot, known)

    def _is_as_good(self, spot: Spot, known: Known) -> bool:
        """It has a place as it had, or none as before; that there are more or fewer is counted here."""
        if spot.free is None or known.free is None:
            return spot.free is known.free
        if not spot.counts or (spot.free == 0) is not (known.free == 0):
            return False
        if spot.status in TAKING:
            spot.sums.free += known.free - spot.free
        spot.free = known.free
        return True

    def pass_to(self, now: int) -> None:
        """Put aside what is too old by now."""
        heap = self._expiring
        while heap and heap[0][0] < now:
            due, name = heappop(heap)
            spot, known = self.spots[name], self._look(name)
            if spot.expires_at != due:
                continue
            spot.expires_at = None
            fresh = spot.fresh and known.until >= now
            counts = fresh and spot.counts and known.free_until >= now
            if (fresh, counts) != (spot.fresh, spot.counts):
                self._take_out(spot)
                spot.fresh, spot.counts = fresh, counts
                self._put_in(spot, known.seen)
            self._wait(spot, known)

    def _wait(self, spot: Spot, known: Known) -> None:
        """In both heaps a unit stands once, never later than it should."""
        seen, due = known.seen, min(known.until, known.free_until) if spot.counts else known.until
        if not spot.fresh or seen is None:
            return
        if spot.oldest_at is None or seen < spot.oldest_at:
            spot.oldest_at = seen
            heappush(self._oldest.setdefault(spot.alike.like.care_type, []), (seen, spot.name))
        if spot.expires_at is None or due < spot.expires_at:
            spot.expires_at = due
            heappush(self._expiring, (due, spot.name))

    def _put_in(self, spot: Spot, seen: int | None) -> None:
        self._count(spot, 1)
        spot.among = spot.alike.among(spot.status) if spot.free and spot.counts else None
        if spot.among is not None and seen is not None:
            spot.among[spot.name] = seen
        if spot.among is not spot.alike.ready:
            spot.alike.aside.add(spot.name)

    def _take_out(self, spot: Spot) -> None:
        self._count(spot, -1)
        if spot.among is not None:
            del spot.among[spot.name]
        if spot.among is not spot.alike.ready:
            spot.alike.aside.remove(spot.name)

    def _count(self, spot: Spot, by: int) -> None:
        sums, standing = spot.sums, spot.alike.standing
        sums.known += by * spot.fresh
        sums.never += by * spot.never
        sums.by_status[spot.status] += by
        if spot.status in TAKING and spot.counts and spot.free:
            sums.free += by * spot.free
        standing[spot.standing] = standing.get(spot.standing, 0) + by


def _nature(unit: Unit) -> object:
    """What the rules look at, and no report changes."""
    return unit.registration, unit.age_bands, unit.sex, unit.properties, unit.windows
