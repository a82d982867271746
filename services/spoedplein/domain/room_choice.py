"""Which room for whom: the harmonica agreement of a site, and the order in which fitting rooms are proposed.

Hard rules first, each with its code; what is left is scored, the lowest total first. For a life-threatening patient
only the facts count: no room is kept from him, none has to be lent first, and a proposal to somebody else gives way.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import Final, NamedTuple

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.eligibility import within
from spoedplein.domain.occupants import Use
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
#: Wishes of which it is remembered how the rooms of a site suit them.
WISHES_KEPT: Final = 1024
_POINTS: Final = itemgetter(0)


class Seeker(NamedTuple):
    """Who needs a room: his side, how urgent, and what is known of what the room must have."""

    service: CareType
    rank: int
    life_threatening: bool
    age_band: AgeBand | None
    needs: tuple[RoomProperty, ...]


class Wish(NamedTuple):
    """What the room must have that suits him best: of which side, acute, for a child, and the rest that he needs."""

    service: CareType
    acute: bool
    child: bool
    needs: tuple[RoomProperty, ...]


class Fit(NamedTuple):
    """How a room suits a wish by what people agreed, whatever the other rooms are used for.

    `never`: for this reason it is for nobody with this wish. `own`: it is of his side. `points`: the sum of `score`.
    """

    room: Room
    never: RoomExclusionCode | None
    acute: bool
    own: bool
    points: int
    score: tuple[ScorePart, ...]


@dataclass(frozen=True, slots=True)
class SiteRooms:
    """What was agreed of one site, looked up; rooms by name, in the order in which people count them."""

    site: str
    rule: RoomRule
    rooms: Mapping[str, Room]
    lending: tuple[Lending, ...] = ()
    #: How the rooms suit each wish that somebody had.
    known: dict[Wish, dict[str, Fit]] = field(default_factory=dict, compare=False)

    def fits(self, seeker: Seeker) -> dict[str, Fit]:
        """By room; the same for all who wish the same."""
        acute = seeker.life_threatening or seeker.rank <= self.rule.acute_rank_max
        wish = Wish(seeker.service, acute, seeker.age_band in self.rule.child_bands, seeker.needs)
        found = self.known.get(wish)
        if found is None:
            if len(self.known) >= WISHES_KEPT:
                self.known.clear()
            rooms = self.rooms.values()
            alike = {id(room): _fit(wish, room) for room in {id(room): room for room in rooms}.values()}
            found = self.known[wish] = {name: alike[id(room)] for name, room in self.rooms.items()}
        return found


class RoomsNow(NamedTuple):
    """The rooms of a site at this moment, in the order of the agreements; `free` are those that are neither taken,
    dirty nor out of use. `proposed` are proposed to others; of each, whether they give way to danger of life.
    """

    uses: Mapping[str, Use]
    free: Collection[str]
    proposed: Mapping[str, bool]


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


def choose(seeker: Seeker, now: RoomsNow, site: SiteRooms, given: Circumstances) -> Choice:
    """The room to propose, if any, and why not the others."""
    choice, fits = Choice(), site.fits(seeker)
    kept = None if seeker.life_threatening else _Kept.of(now, site, given)
    passed, proposed, fitting = choice.passed, now.proposed, list[tuple[int, str]]()
    for name, use in now.uses.items():
        if use.use is not RoomUse.FREE:
            passed.append((name, _UNUSABLE[use.use]))
            continue
        fit, gives_way = fits[name], proposed.get(name)
        code = _heard(seeker, gives_way=gives_way, stale=given.stale)
        if code is None and kept is not None:
            code = kept.back(fit)
        if code is None:
            fitting.append((fit.points + (gives_way is not None), name))
        else:
            passed.append((name, code))
    if fitting:
        fitting.sort(key=_POINTS)  # of as many points the one that is counted first, since that is how they come
        choice.room = fitting[0][1]
        found = fits[choice.room]
        choice.score = found.score if choice.room not in now.proposed else (*found.score, _part("gives-way", 1))
        choice.runners_up = tuple(name for _, name in fitting[1:])
        choice.lent = not found.own
    return choice


def lends(site: SiteRooms, to: CareType, *, rules: Rules, now: int, late: bool) -> Lending | None:
    """The agreement by which side `to` may borrow now; of several the one that keeps the fewest rooms back."""
    holding = [
        each
        for each in site.lending
        if each.to is to
        and (late or not each.only_when_late)
        and (not each.windows or within(each.windows, rules=rules, now=now))
    ]
    if len(holding) < 2:
        return holding[0] if holding else None
    return min(holding, key=lambda each: each.keep_free)


def stale(site: SiteRooms, heard_at: int | None, *, now: int) -> bool:
    return heard_at is None or now - heard_at > site.rule.validity_minutes * MINUTE_MS


def _heard(seeker: Seeker, *, gives_way: bool | None, stale: bool) -> RoomExclusionCode | None:
    """What holds of a free room for everybody; only a proposal to somebody else gives way to danger of life."""
    if stale:
        return RoomExclusionCode.STALE
    if gives_way is None or (gives_way and seeker.life_threatening):
        return None
    return RoomExclusionCode.PROPOSED


class _Kept(NamedTuple):
    """Which free rooms are kept back now: acute ones, and those of sides that keep as many as they have."""

    acute: bool
    lent: bool
    homes: Collection[CareType]

    @classmethod
    def of(cls, now: RoomsNow, site: SiteRooms, given: Circumstances) -> "_Kept":
        free = [site.rooms[name] for name in now.free if name not in now.proposed]
        acute = sum(RoomProperty.ACUTE in room.properties for room in free) <= site.rule.keep_acute
        lending = given.may_borrow
        if lending is None:
            return cls(acute, lent=False, homes=())
        of_home = Counter(room.home for room in free)
        return cls(acute, lent=True, homes=[home for home in of_home if of_home[home] <= lending.keep_free])

    def back(self, fit: Fit) -> RoomExclusionCode | None:
        """What people agreed: needs, acute rooms, lending."""
        if fit.never is not None:
            return fit.never
        if fit.acute and self.acute:
            return RoomExclusionCode.KEPT_ACUTE
        if fit.own:
            return None
        if not fit.room.shared:
            return RoomExclusionCode.NOT_SHARED
        if not self.lent:
            return RoomExclusionCode.NOT_LENT
        return RoomExclusionCode.KEPT_HOME if fit.room.home in self.homes else None


def _fit(wish: Wish, room: Room) -> Fit:
    never, acute = None, RoomProperty.ACUTE in room.properties
    if any(need not in room.properties for need in wish.needs):
        never = RoomExclusionCode.PROPERTY_MISSING
    elif acute and not wish.acute:
        never = RoomExclusionCode.KEPT_ACUTE
    points = _points(wish, room)
    score = tuple(_part(part, number) for part, number in points.items() if number)
    return Fit(room, never, acute, room.home is wish.service, sum(points.values()), score)


def _points(wish: Wish, room: Room) -> dict[str, int]:
    properties = set(room.properties)
    suits_child = RoomProperty.CHILD_SUITED in properties
    return {
        "not-acute": POINTS_NOT_ACUTE * (wish.acute and RoomProperty.ACUTE not in properties),
        "needs-not-met": POINTS_NOT_ISOLATED * sum(need not in properties for need in wish.needs),
        "not-child-suited": POINTS_NOT_CHILD_SUITED * (wish.child and not suits_child),
        "kept-for-children": POINTS_KEPT_FOR_CHILDREN * (suits_child and not wish.child),
        "other-side": POINTS_LENT * (room.home is not wish.service),
        "isolation-wasted": POINTS_ISOLATION_WASTED * bool(properties & ISOLATION - set(wish.needs)),
    }


@lru_cache(maxsize=4096)
def _part(part: str, points: int) -> ScorePart:
    """Frozen, as an exclusion is."""
    return ScorePart(part=part, points=points)


def _as_counted(name: str) -> tuple[tuple[int, str], ...]:
    """kamer-2 before kamer-10."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name))
