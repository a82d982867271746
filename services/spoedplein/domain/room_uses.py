"""How the rooms of one site are used, and who is to be proposed one: kept at hand, and looked at again when it changes.

What a room is used for follows from the facts (`occupants`) and changes with them; by time alone only a room comes back
that was out of use until an agreed moment. Who seeks a room stands in a class, as in the queue of his side.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from sortedcontainers import SortedList

from spoedplein.domain.line import UNTRIAGED
from spoedplein.domain.occupants import Facts, Use
from spoedplein.domain.room_choice import Seeker, SiteRooms
from spoedplein.domain.timers import NEVER
from spoedplein_schemas.views import RoomUse
from spoedplein_schemas.vocabulary import CareType

#: Classes of who waits his turn for a room, by rank. Who waits for triage has no need of a room yet.
_RANKS: Final = range(UNTRIAGED)

Side = tuple[str, CareType]
#: Start of waiting in milliseconds, and the key of the guest.
Entry = tuple[int, str]


class Uses:
    """The rooms of a site that agreed how it works with them. Whoever changes what is known of a room says so."""

    def __init__(self, site: SiteRooms, facts: Facts) -> None:
        self._facts = facts
        self._keys = {name: f"{site.site}/{name}" for name in site.rooms}
        self._cleaning = site.rule.cleaning_minutes > 0
        self._uses: dict[str, Use] = {}
        self._free: set[str] = set()
        self._again: set[str] = set(site.rooms)
        #: Rooms that come back by time alone, with the moment; and the first of them.
        self._back: dict[str, int] = {}
        self._until = NEVER

    def changed(self, rooms: Iterable[str]) -> None:
        self._again.update(room for room in rooms if room in self._keys)

    def at(self, now: int) -> Mapping[str, Use]:
        """By room, in the order of the agreements."""
        if now >= self._until:
            self._again.update(name for name, until in self._back.items() if until <= now)
        if self._again:
            self._look_again(now)
        return self._uses

    def free(self, now: int) -> set[str]:
        """The rooms that somebody can be brought to, whether proposed or not."""
        self.at(now)
        return self._free

    def _look_again(self, now: int) -> None:
        again, self._again = self._again, set()
        for name in sorted(again) if self._uses else self._keys:  # the first time all of them, in their order
            self._uses[name] = use = self._facts.use(self._keys[name], cleaning=self._cleaning, now=now)
            (self._free.add if use.use is RoomUse.FREE else self._free.discard)(name)
            self._back.pop(name, None)
            if use.until != NEVER:
                self._back[name] = use.until
        self._until = min(self._back.values(), default=NEVER)


class Seekers:
    """Who seeks a room, side by side: in danger of life, or waiting his turn in the class of his rank."""

    def __init__(self) -> None:
        self._urgent: dict[Side, SortedList[Entry]] = {}
        self._classes: dict[Side, tuple[SortedList[Entry], ...]] = {}
        self._waiting: dict[Side, int] = {}
        #: How many there are at each site.
        self._present: Counter[str] = Counter()
        self._standing: dict[str, tuple[Side, int | None, Entry]] = {}

    def stand(self, side: Side, seeker: Seeker, entry: Entry) -> None:
        """He may stand there already, or elsewhere."""
        rank = None if seeker.life_threatening else min(seeker.rank, UNTRIAGED - 1)
        standing = side, rank, entry
        if self._standing.get(entry[1]) == standing:
            return
        self.leave(entry[1])
        self._standing[entry[1]] = standing
        self._present[side[0]] += 1
        self._line(side, rank).add(entry)
        if rank is not None:
            self._waiting[side] += 1

    def leave(self, key: str) -> None:
        """Where he stood, if he did."""
        standing = self._standing.pop(key, None)
        if standing is not None:
            side, rank, entry = standing
            self._present[side[0]] -= 1
            self._line(side, rank).remove(entry)
            if rank is not None:
                self._waiting[side] -= 1

    def at(self, site: str) -> int:
        """How many seek a room of this site."""
        return self._present[site]

    def urgent(self, side: Side) -> list[str]:
        """In danger of life, the longest waiting first."""
        line = self._urgent.get(side)
        return [key for _, key in line] if line else []

    def anybody(self, side: Side) -> bool:
        """Whether anybody waits his turn."""
        return self._waiting.get(side, 0) > 0

    def first(self, side: Side, priority: Callable[[int, int], int]) -> str | None:
        """Heads of the classes compared, as the queue of the side compares them: by `priority` of rank and start."""
        found = min(((-priority(rank, since), rank, key) for rank, since, key in self._heads(side)), default=None)
        return None if found is None else found[2]

    def _heads(self, side: Side) -> Iterator[tuple[int, int, str]]:
        for rank, line in enumerate(self._classes.get(side, ())):
            if line:
                yield rank, *line[0]

    def _line(self, side: Side, rank: int | None) -> SortedList[Entry]:
        if rank is None:
            return self._urgent.get(side) or self._urgent.setdefault(side, SortedList())
        classes = self._classes.get(side)
        if classes is None:
            classes = self._classes[side] = tuple(SortedList() for _ in _RANKS)
            self._waiting[side] = 0
        return classes[rank]
