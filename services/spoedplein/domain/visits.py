"""What an SEH has told about its visits and its ambulances: the facts that crowding is measured on."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from spoedplein.domain.agreements import MINUTE_MS
from spoedplein_schemas.seh import Departure, Disposition

#: Facts about a visit or an offload may trail in for so long after the last; then it is forgotten, ended or not.
KEEP_MS = 48 * 60 * MINUTE_MS

T = TypeVar("T")


@dataclass(slots=True)
class Visit:
    """Milliseconds by the source. Of two words about the same step the earlier counts; of dispositions the newer."""

    key: str
    site: str
    kept_until: int
    arrived_at: int | None = None
    triaged_at: int | None = None
    started_at: int | None = None
    rank: int | None = None
    rank_at: int | None = None
    disposition: Disposition | None = None
    decided_at: int | None = None
    left_at: int | None = None
    departure: Departure | None = None

    @property
    def boards(self) -> bool:
        """A bed elsewhere was decided on, and he is still here."""
        return self.left_at is None and self.disposition not in (None, Disposition.HOME)


@dataclass(slots=True)
class Offload:
    """An ambulance at the door: from its arrival to the hand-over."""

    ride: str
    site: str
    kept_until: int
    arrived_at: int | None = None
    handed_at: int | None = None


class Ended(Generic[T]):
    """What ended at a site, in the order of its moments: nearly always the newest goes in, at the end."""

    def __init__(self) -> None:
        self._moments: list[int] = []
        self._what: list[T] = []

    def add(self, at: int, what: T) -> None:
        place = bisect_right(self._moments, at)
        self._moments.insert(place, at)
        self._what.insert(place, what)

    def remove(self, at: int, what: T) -> None:
        place = bisect_left(self._moments, at)
        while self._what[place] is not what:
            place += 1
        del self._moments[place], self._what[place]

    def since(self, at: int) -> list[T]:
        """At that moment or later."""
        return self._what[bisect_left(self._moments, at) :]


class AtSite:
    """Visits by key that have not ended, whether anybody arrived or not; those that have; and offloads that have."""

    def __init__(self) -> None:
        self.going: dict[str, Visit] = {}
        self.left: Ended[Visit] = Ended()
        self.handed: Ended[Offload] = Ended()

    def place(self, visit: Visit) -> None:
        if visit.left_at is None:
            self.going[visit.key] = visit
        else:
            self.left.add(visit.left_at, visit)

    def displace(self, visit: Visit, left_at: int | None) -> None:
        """From where it stands if it ended at `left_at`."""
        if left_at is None:
            del self.going[visit.key]
        else:
            self.left.remove(left_at, visit)


class Visits:
    """Visits and offloads by site: who is there, and who left, by the moment of leaving."""

    def __init__(self, visits: dict[str, Visit], offloads: dict[str, Offload]) -> None:
        self.visits = visits
        self.offloads = offloads
        self._sites: dict[str, AtSite] = {}
        for visit in visits.values():
            self.at(visit.site).place(visit)
        for offload in offloads.values():
            if offload.handed_at is not None:
                self.at(offload.site).handed.add(offload.handed_at, offload)

    def at(self, site: str) -> AtSite:
        found = self._sites.get(site)
        if found is None:
            found = self._sites[site] = AtSite()
        return found

    def change(self, site: str, name: str, now: int, change: Callable[[Visit], bool]) -> Visit | None:
        """The visit after a `change` that says whether it is one; nothing when it was so already."""
        key, here = f"{site}/{name}", self.at(site)
        visit = self.visits.get(key)
        if visit is None:
            visit = self.visits[key] = Visit(key, site, 0)
            here.place(visit)
        left_at = visit.left_at
        if not change(visit):
            return None
        if visit.left_at != left_at:
            here.displace(visit, left_at)
            here.place(visit)
        visit.kept_until = now + KEEP_MS
        return visit

    def change_offload(self, site: str, ride: str, now: int, change: Callable[[Offload], bool]) -> Offload | None:
        key = f"{site}/{ride}"
        offload = self.offloads.get(key)
        if offload is None:
            offload = self.offloads[key] = Offload(ride, site, 0)
        handed_at = offload.handed_at
        if not change(offload):
            return None
        if offload.handed_at != handed_at:
            here = self.at(site)
            if handed_at is not None:
                here.handed.remove(handed_at, offload)
            if offload.handed_at is not None:
                here.handed.add(offload.handed_at, offload)
        offload.kept_until = now + KEEP_MS
        return offload

    def forget(self, key: str) -> None:
        visit = self.visits.pop(key)
        self.at(visit.site).displace(visit, visit.left_at)

    def forget_offload(self, key: str) -> None:
        offload = self.offloads.pop(key)
        if offload.handed_at is not None:
            self.at(offload.site).handed.remove(offload.handed_at, offload)


def earlier(at: int, known: int | None) -> bool:
    """Than what was known, if anything was."""
    return known is None or at < known
