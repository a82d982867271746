"""What the facts say about rooms and who is in them, in whatever order they came: no decisions.

A stay runs from the newest word that somebody is in a room, to the first of: he left it, he is in another, he is gone.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from spoedplein.domain.timers import NEVER
from spoedplein_schemas.views import RoomUse
from spoedplein_schemas.vocabulary import AgeBand, CareType, RoomProperty


@dataclass(slots=True)
class Occupant:
    """A patient as far as rooms go; `key` is the one that the queues know him by. Milliseconds, by the source.

    `stays` and `left` hold per room the newest word. `proposal` is the decision that stands, `proposed` its room.
    `passed_until`: nobody followed it, and until then he is not proposed a room again. `lacked`: nothing fitted when
    the rooms were last looked at; that was told once, and once more if his life was in danger (`urgent_told`).
    `lent_told` holds per room the stay whose lending was told. `kept_until` is by the
    log.
    """

    key: str
    case: str
    site: str
    service: CareType
    present: bool = False
    age_band: AgeBand | None = None
    needs: tuple[RoomProperty, ...] = ()
    needs_at: int | None = None
    stays: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    gone_at: int | None = None
    proposed: str | None = None
    proposed_urgent: bool = False
    follow_by: int | None = None
    passed_until: int | None = None
    lacked: bool = False
    lacking_told: bool = False
    urgent_told: bool = False
    lent_told: dict[str, int] = field(default_factory=dict)
    kept_until: int = 0

    def end(self, room: str) -> int | None:
        """When the stay in this room ended; `None` while he is in it."""
        since = self.stays[room]
        ends = [at for name, at in self.stays.items() if (at, name) > (since, room)] if len(self.stays) > 1 else []
        if self.left.get(room, -1) >= since:
            ends.append(self.left[room])
        if self.gone_at is not None:
            ends.append(max(since, self.gone_at))
        return min(ends, default=None)

    def room(self) -> str | None:
        """Where he is now."""
        for room in self.stays:
            if self.end(room) is None:
                return room
        return None


@dataclass(slots=True)
class RoomState:
    """One room: the newest word of each kind. `emptied_at` is the end of the last stay of those who are forgotten.

    `overdue_told` and `back_told` are the emptying and the expected end whose deadline has passed.
    """

    key: str
    cleaned_at: int | None = None
    out_at: int | None = None
    out_until: int | None = None
    back_at: int | None = None
    emptied_at: int | None = None
    overdue_told: int | None = None
    back_told: int | None = None
    conflict_told: tuple[str, ...] = ()

    @property
    def said_out(self) -> bool:
        """Taken out, and not brought back; of the same moment the more careful word counts."""
        return self.out_at is not None and (self.back_at is None or self.back_at <= self.out_at)


class Occupied(NamedTuple):
    since: int
    guest: Occupant


class Stays(NamedTuple):
    """Of one room: who is in it, the newest first, and when the last of those who left it did."""

    occupants: tuple[Occupied, ...]
    emptied_at: int | None


class Use(NamedTuple):
    """How a room is used, and since when. Until the facts change it holds before `until` (milliseconds)."""

    use: RoomUse
    since: int | None
    until: int = NEVER


_UNKNOWN: Final = Use(RoomUse.UNKNOWN, None)


class Facts:
    """Rooms and guests of a region over two dictionaries, with who was where kept at hand.

    Who changes a guest's stays or their ends says so (`moved`); until then what follows from them stands.
    """

    def __init__(self, rooms: dict[str, RoomState], guests: dict[str, Occupant]) -> None:
        self.rooms = rooms
        self.guests = guests
        #: Per room, everybody who was ever in it, with the end of his stay.
        self._ends: dict[str, dict[str, int | None]] = {}
        self._stays: dict[str, Stays] = {}
        for guest in guests.values():
            self.moved(guest)

    def moved(self, guest: Occupant) -> None:
        """His stays are others than before, or end otherwise."""
        for name in guest.stays:
            key = f"{guest.site}/{name}"
            self._ends.setdefault(key, {})[guest.key] = guest.end(name)
            self._stays.pop(key, None)

    def room(self, key: str) -> RoomState:
        state = self.rooms.get(key)
        if state is None:
            state = self.rooms[key] = RoomState(key)
        return state

    def known(self, key: str) -> bool:
        return key in self.rooms or bool(self._ends.get(key))

    def occupants(self, key: str) -> tuple[Occupied, ...]:
        """Who is in the room, the newest first; more than one is a conflict that somebody must look at."""
        return self._of(key).occupants

    def emptied_at(self, key: str) -> int | None:
        """The end of the last stay."""
        left, state = self._of(key).emptied_at, self.rooms.get(key)
        if state is None or state.emptied_at is None:
            return left
        return state.emptied_at if left is None else max(left, state.emptied_at)

    def _of(self, key: str) -> Stays:
        found = self._stays.get(key)
        if found is None:
            found = self._stays[key] = self._stays_in(key)
        return found

    def _stays_in(self, key: str) -> Stays:
        inside, left = list[str](), None
        for guest, end in self._ends.get(key, {}).items():
            if end is None:
                inside.append(guest)
            elif left is None or end > left:
                left = end
        name = key.partition("/")[2]
        occupants = [Occupied(self.guests[guest].stays[name], self.guests[guest]) for guest in inside]
        if len(occupants) > 1:
            occupants.sort(key=lambda each: (-each.since, each.guest.key))
        return Stays(tuple(occupants), left)

    def use(self, key: str, *, cleaning: bool, now: int) -> Use:
        """How the room is used. `cleaning`: it must be reported clean after each stay."""
        if not self.known(key):
            return _UNKNOWN
        occupants = self.occupants(key)
        if occupants:
            return Use(RoomUse.TAKEN, occupants[-1].since)
        state = self.room(key)
        if state.said_out and (state.out_until is None or now < state.out_until):
            return Use(RoomUse.OUT_OF_USE, state.out_at, NEVER if state.out_until is None else state.out_until)
        emptied = self.emptied_at(key)
        if cleaning and emptied is not None and (state.cleaned_at is None or state.cleaned_at < emptied):
            return Use(RoomUse.CLEANING, emptied)
        known = [at for at in (state.cleaned_at, emptied, state.back_at) if at is not None]
        return Use(RoomUse.FREE, max(known)) if known else _UNKNOWN

    def forget(self, guest: Occupant) -> None:
        """His stays have ended; the rooms remember when."""
        for name in guest.stays:
            key, end = f"{guest.site}/{name}", guest.end(name)
            state = self.room(key)
            if end is not None:
                state.emptied_at = max(end, state.emptied_at or 0)
            self._ends.get(key, {}).pop(guest.key, None)
            self._stays.pop(key, None)
        del self.guests[guest.key]
