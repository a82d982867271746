"""Which room for whom: the harmonica agreement of a site, and the order in which fitting rooms are proposed.

Hard rules first, each with its code; what is left is scored, the lowest total first. For a life-threatening patient
only the facts count: no room is kept from him, none has to be lent first, and a proposal to somebody else gives way.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.eligibility import within
from spoedplein_schemas.decisions import ScorePart
from spoedplein_schemas.room_agreements import Lending, Room, RoomRule
from spoedplein_schemas.rooms import RoomExclusion, RoomExclusionCode
from spoedplein_schemas.views import RoomUse
from spoedplein_schemas.vocabulary import AgeBand, CareType, RoomProperty

_UNUSABLE: Final = {
    RoomUse.UNKNOWN: RoomExclusionCode.NEVER_REPORTED,
    RoomUse.OUT_OF_USE: RoomExclusionCode.OUT_OF_USE,
    RoomUse.TAKEN: RoomExclusionCode.TAKEN,
    RoomUse.CLEANING: RoomExclusionCode.CLEANING,
}
ISOLATION: Final = {RoomProperty.ISOLATION_NEGATIVE_FLOW, RoomProperty.ISOLATION_OTHER}
#: Points; what weighs most for a patient stands apart by a factor, so that nothing smaller adds up to it.
POINTS_NOT_ACUTE: Final = 1000
POINTS_NOT_ISOLATED: Final = 400
POINTS_NOT_CHILD_SUITED: Final = 150
POINTS_KEPT_FOR_CHILDREN: Final = 100
POINTS_LENT: Final = 50
POINTS_ISOLATION_WASTED: Final = 30


@dataclass(frozen=True, slots=True)
class SiteRooms:
    """What was agreed of one site, looked up; rooms by name, in the order in which people count them."""

    site: str
    rule: RoomRule
    rooms: Mapping[str, Room]
    lending: tuple[Lending, ...] = ()


class Seeker(NamedTuple):
    """Who needs a room: his side, how urgent, and what is known of what the room must have."""

    service: CareType
    rank: int
    life_threatening: bool
    age_band: AgeBand | None
    needs: tuple[RoomProperty, ...]


class RoomNow(NamedTuple):
    """A room at this moment. `proposed`: to somebody else; `gives_way`: who is not in danger of life."""

    name: str
    use: RoomUse
    proposed: bool = False
    gives_way: bool = True


class Circumstances(NamedTuple):
    """What a choice rests on beside the seeker and the agreements; the same again, and the same seeker finds the same.

    `rooms` counts what was heard and proposed of the rooms of the site; `may_borrow` is the lending that holds now.
    """

    rooms: int
    may_borrow: Lending | None
    stale: bool


@dataclass(slots=True)
class Choice:
    room: str | None = None
    lent: bool = False
    score: tuple[ScorePart, ...] = ()
    runners_up: tuple[str, ...] = ()
    passed: list[tuple[str, RoomExclusionCode]] = field(default_factory=list)

    def excluded(self) -> tuple[RoomExclusion, ...]:
        return tuple(_exclusion(room, code) for room, code in self.passed)


@lru_cache(maxsize=4096)
def _exclusion(room: str, code: RoomExclusionCode) -> RoomExclusion:
    """Frozen, and the same again and again: one for all who are told so."""
    return RoomExclusion(room=room, code=code)


class _Free(NamedTuple):
    """How many rooms are free: acute ones, and by whose they are."""

    acute: int
    of_home: Counter[CareType]


def sites_with_rooms(rules: Rules) -> dict[str, SiteRooms]:
    """Sites that agreed how they work with their rooms, by id."""
    agreed = rules.agreements
    if agreed is None:
        return {}
    found = {}
    for rule in sorted(agreed.room_rules, key=lambda rule: rule.site):
        named = {name: room for room in agreed.rooms if room.site == rule.site for name in room.names}
        rooms = {name: named[name] for name in sorted(named, key=_as_counted)}
        lending = tuple(each for each in agreed.lending if each.site == rule.site)
        found[rule.site] = SiteRooms(rule.site, rule, rooms, lending)
    return found


def choose(seeker: Seeker, rooms: Sequence[RoomNow], site: SiteRooms, given: Circumstances) -> Choice:
    """The room to propose, if any, and why not the others."""
    choice, free = Choice(), _free(rooms, site)
    fitting: list[tuple[int, str, bool]] = []
    for room in rooms:
        code = _unusable(seeker, room, stale=given.stale)
        if code is None and not seeker.life_threatening:
            code = _kept(seeker, site.rooms[room.name], free, site, may_borrow=given.may_borrow)
        if code is not None:
            choice.passed.append((room.name, code))
            continue
        points = _points(seeker, site, site.rooms[room.name], gives_way=room.proposed)
        fitting.append((sum(points.values()), room.name, room.proposed))
    if fitting:
        fitting.sort(key=lambda each: (each[0], _as_counted(each[1])))
        _, choice.room, gives_way = fitting[0]
        found = site.rooms[choice.room]
        choice.score = _score(_points(seeker, site, found, gives_way=gives_way))
        choice.runners_up = tuple(name for _, name, _ in fitting[1:])
        choice.lent = found.home is not seeker.service
    return choice


def lends(site: SiteRooms, to: CareType, *, rules: Rules, now: int, late: bool) -> Lending | None:
    """The agreement by which side `to` may borrow now; of several the one that keeps the fewest rooms back."""
    holding = [
        each
        for each in site.lending
        if each.to is to and (late or not each.only_when_late) and within(each.windows, rules=rules, now=now)
    ]
    return min(holding, key=lambda each: each.keep_free, default=None)


def stale(site: SiteRooms, heard_at: int | None, *, now: int) -> bool:
    return heard_at is None or now - heard_at > site.rule.validity_minutes * MINUTE_MS


def _unusable(seeker: Seeker, room: RoomNow, *, stale: bool) -> RoomExclusionCode | None:
    """What the facts say, which holds for everybody; only a proposal to somebody else gives way to danger of life."""
    code = _UNUSABLE.get(room.use)
    if code is not None:
        return code
    if stale:
        return RoomExclusionCode.STALE
    if room.proposed and not (seeker.life_threatening and room.gives_way):
        return RoomExclusionCode.PROPOSED
    return None


def _free(rooms: Iterable[RoomNow], site: SiteRooms) -> _Free:
    free = [site.rooms[room.name] for room in rooms if room.use is RoomUse.FREE and not room.proposed]
    return _Free(sum(RoomProperty.ACUTE in room.properties for room in free), Counter(room.home for room in free))


def _kept(
    seeker: Seeker, room: Room, free: _Free, site: SiteRooms, *, may_borrow: Lending | None
) -> RoomExclusionCode | None:
    """What people agreed: needs, acute rooms, lending."""
    rule = site.rule
    if any(need not in room.properties for need in seeker.needs):
        return RoomExclusionCode.PROPERTY_MISSING
    if RoomProperty.ACUTE in room.properties and (seeker.rank > rule.acute_rank_max or free.acute <= rule.keep_acute):
        return RoomExclusionCode.KEPT_ACUTE
    if room.home is seeker.service:
        return None
    if not room.shared:
        return RoomExclusionCode.NOT_SHARED
    if may_borrow is None:
        return RoomExclusionCode.NOT_LENT
    return RoomExclusionCode.KEPT_HOME if free.of_home[room.home] <= may_borrow.keep_free else None


def _score(points: Mapping[str, int]) -> tuple[ScorePart, ...]:
    return tuple(ScorePart(part=part, points=number) for part, number in points.items() if number)


def _points(seeker: Seeker, site: SiteRooms, room: Room, *, gives_way: bool) -> dict[str, int]:
    properties = set(room.properties)
    child = seeker.age_band in site.rule.child_bands
    wants_acute = seeker.life_threatening or seeker.rank <= site.rule.acute_rank_max
    return {
        "not-acute": POINTS_NOT_ACUTE * (wants_acute and RoomProperty.ACUTE not in properties),
        "needs-not-met": POINTS_NOT_ISOLATED * sum(need not in properties for need in seeker.needs),
        "not-child-suited": POINTS_NOT_CHILD_SUITED * (child and RoomProperty.CHILD_SUITED not in properties),
        "kept-for-children": POINTS_KEPT_FOR_CHILDREN * (not child and RoomProperty.CHILD_SUITED in properties),
        "other-side": POINTS_LENT * (room.home is not seeker.service),
        "isolation-wasted": POINTS_ISOLATION_WASTED * bool(properties & ISOLATION - set(seeker.needs)),
        "gives-way": int(gives_way),
    }


def _as_counted(name: str) -> tuple[tuple[int, str], ...]:
    """kamer-2 before kamer-10."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name))
