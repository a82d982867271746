"""What an SEH has told about its visits and its ambulances: the facts that crowding is measured on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sortedcontainers import SortedList

from spoedplein.domain.agreements import MINUTE_MS
from spoedplein_schemas.seh import Departure, Disposition

#: Facts about a visit or an offload may trail in for so long after the last; then it is forgotten, ended or not.
KEEP_MS = 48 * 60 * MINUTE_MS


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


class Visits:
    """Visits and offloads by site: who is there, and who left, by the moment of leaving."""

    def __init__(self, visits: dict[str, Visit], offloads: dict[str, Offload]) -> None:
        self.visits = visits
        self.offloads = offloads
        self._present: dict[str, dict[str, None]] = {}
        self._left: dict[str, SortedList[tuple[int, str]]] = {}
        self._handed: dict[str, SortedList[tuple[int, str]]] = {}
        for visit in visits.values():
            self._place(visit)
        for offload in offloads.values():
            self._place_offload(offload)

    def change(self, site: str, name: str, now: int, change: Callable[[Visit], None]) -> Visit | None:
        """The visit as it is after `change`; nothing when it was so already."""
        key = f"{site}/{name}"
        known = self.visits.get(key)
        visit = Visit(key, site, 0) if known is None else replace(known)
        change(visit)
        if known is not None:
            if visit == known:
                return None
            self._displace(known)
        visit.kept_until = now + KEEP_MS
        self.visits[key] = visit
        self._place(visit)
        return visit

    def change_offload(self, site: str, ride: str, now: int, change: Callable[[Offload], None]) -> Offload | None:
        key = f"{site}/{ride}"
        known = self.offloads.get(key)
        offload = Offload(ride, site, 0) if known is None else replace(known)
        change(offload)
        if known is not None:
            if offload == known:
                return None
            if known.handed_at is not None:
                self._handed[site].discard((known.handed_at, key))
        offload.kept_until = now + KEEP_MS
        self.offloads[key] = offload
        self._place_offload(offload)
        return offload

    def forget(self, key: str) -> None:
        visit = self.visits.pop(key)
        self._displace(visit)

    def forget_offload(self, key: str) -> None:
        offload = self.offloads.pop(key)
        if offload.handed_at is not None:
            self._handed[offload.site].discard((offload.handed_at, key))

    def present(self, site: str) -> list[Visit]:
        """Who arrived and has not left; who was only ever spoken of has not arrived."""
        found = (self.visits[key] for key in self._present.get(site, ()))
        return [visit for visit in found if visit.arrived_at is not None]

    def left_since(self, site: str, since: int) -> Iterator[Visit]:
        line = self._left.get(site)
        return (self.visits[key] for _, key in line.irange((since, ""))) if line else iter(())

    def handed_since(self, site: str, since: int) -> Iterator[Offload]:
        line = self._handed.get(site)
        return (self.offloads[key] for _, key in line.irange((since, ""))) if line else iter(())

    def _place(self, visit: Visit) -> None:
        if visit.left_at is not None:
            self._left.setdefault(visit.site, SortedList()).add((visit.left_at, visit.key))
        else:
            self._present.setdefault(visit.site, {})[visit.key] = None

    def _place_offload(self, offload: Offload) -> None:
        if offload.handed_at is not None:
            line = self._handed.setdefault(offload.site, SortedList())
            line.add((offload.handed_at, f"{offload.site}/{offload.ride}"))

    def _displace(self, visit: Visit) -> None:
        if visit.left_at is not None:
            self._left[visit.site].discard((visit.left_at, visit.key))
        else:
            self._present.get(visit.site, {}).pop(visit.key, None)


def earlier(known: int | None, at: int) -> int:
    return at if known is None else min(known, at)
