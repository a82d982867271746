"""Anything that a contract allows, about few people and places: each kind of message, its fields filled from numbers.

Histories (`histories`) are likely ones. These are not: patients are treated before they came, rooms are released that
nobody was in, units report that were taken out of the agreements meanwhile, and then nobody says anything for days.
"""

from datetime import datetime, timedelta
from enum import Enum
from random import Random
from types import UnionType
from typing import Any, Final, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel

from spoedplein.domain.log import Record
from spoedplein.testing.builders import OWNER, SITE, Script, agreements, site, unit, urgency
from spoedplein_schemas import EVENTS, Decision
from spoedplein_schemas.agreements import Agreements, AgreementsAdopted
from spoedplein_schemas.clock import ClockTicked
from spoedplein_schemas.crowding import ProposalMade
from spoedplein_schemas.decisions import PlacementAccepted, PlacementOffered
from spoedplein_schemas.transfer import BridgingSought, TransferAsked
from spoedplein_schemas.vocabulary import AgeBand, CareType, Frozen, LegalTitle, Role, Urgency

OTHER: Final = "vlaardingen"
CARE: Final = (CareType.ELV_LAAG, CareType.ONGELABELD, CareType.WIJKVERPLEGING)
UNITS: Final = (
    unit("elv-a", CareType.ELV_LAAG),
    unit("elv-b", CareType.ELV_LAAG, windows=[{"from": "08:00", "until": "21:30"}], validity_minutes=45),
    unit("bed", CareType.ONGELABELD),
    unit("wijk", CareType.WIJKVERPLEGING),
    unit("seh", CareType.SEH, site=SITE),
)
_ROOMS: Final[dict[str, Any]] = {
    "rooms": [
        {"id": "kamer", "site": SITE, "home": "seh", "count": 2, "shared": True},
        {"id": "spreek", "site": SITE, "home": "hap", "shared": True},
    ],
    "lending": [{"site": SITE, "to": "hap"}, {"site": SITE, "to": "seh"}],
    "room_rules": [{"site": SITE, "help_from_late": 1, "keep_acute": 0, "follow_minutes": 600}],
}
_REST: Final[dict[str, Any]] = {
    "crowding": [{"site": SITE, "cases_min": 1, "places": 2, "yellow_from": 1, "orange_from": 1, "red_from": 2}],
    "escalation": {},
    "rounds": {"when_exhausted": True, "rest_minutes": 60},
    "neighbours": [{"region": "buur", "asks": ["elv-laag"], "takes": ["elv-laag", "wijkverpleging"]}],
    "bridging": [{"care_types": ["elv-laag"], "by": ["wijkverpleging"]}],
    "first_tries": [{"care_types": ["elv-laag"], "role": "gp", "minutes": 30}],
    "proposals": [{"kind": "roaz", "roles": ["coordinator"], "level": "red", "exhausted_rank_max": 5}],
    "home_care": {"independent_percent": 85},
    "routes": [{"id": "ziek", "to": "seh", "ranks": [1]}, {"id": "post", "to": "hap", "hours": "anw"}],
}
#: All there can be; without some units and without the other site; and without what nobody need agree on.
TEXTS: Final = (
    agreements(*UNITS, sites=[site(SITE), site(OTHER)], **_ROOMS, **_REST),
    agreements(UNITS[0], UNITS[4], sites=[site(SITE)], **_ROOMS, **_REST),
    agreements(*UNITS[1:4], sites=[site(SITE), site(OTHER)]),
)
KINDS: Final = tuple(kind.data for kind in EVENTS if kind.data not in (AgreementsAdopted, ClockTicked))
_CODES: Final = ("red", "U0", "yellow", "U3", "green")
#: Minutes by which the source's clock, or the message, is late.
_LATE: Final = (0, 0, 5, 90, 1600, -1)
_AHEAD: Final = (10, 60, 700, -5)
#: Minutes until the next message: days as well, in which only deadlines pass.
_PAUSES: Final = (0, 1, 1, 10, 45, 700, 1500)
_COUNTS: Final = {"stay_hours": 48, "units": 1}
_EXPECTED: Final = ("eta", "expected_end", "needed_by", "answer_by")
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(("unit", "preferred"), tuple(each.id for each in UNITS)),
    **dict.fromkeys(("site", "origin"), (SITE, SITE, OTHER)),
    **dict.fromkeys(("ask", "answers"), ("ronde", "ander")),
    **dict.fromkeys(("from_region", "by_region"), ("buur",)),
    **dict.fromkeys(("owner", "from_owner", "to_owner", "organisation"), (OWNER, "huisarts")),
    **dict.fromkeys(("visit", "contact", "call", "case", "consult"), ("c-0", "c-1", "c-2")),
    **dict.fromkeys(("request", "follows", "includes"), ("r-0", "r-1", "r-2")),
    **dict.fromkeys(("offer", "proposal"), ("rijnmond.1.0",)),
    "room": ("kamer-1", "kamer-2", "spreek"),
    "ride": ("rit-0", "rit-1"),
    "requester": ("huisarts",),
    "area": ("3118",),
}
#: So many there are of what `Anything` has.
_MOST: Final = (len(KINDS) + 6, 3, len(UNITS), 6, len(_LATE), len(_PAUSES))
_BY_PLACE: Final = ("unit", "preferred", "site", "origin", "room")
_ENUMS: Final[dict[Any, tuple[Any, ...]]] = {
    CareType: CARE,
    Role: (Role.COORDINATOR, Role.GP),
    AgeBand: (AgeBand.OLD, AgeBand.CHILD),
    LegalTitle: (LegalTitle.VOLUNTARY,),
}


class Anything(NamedTuple):
    """`kind` counts past the last: then other agreements come, or the clock says what time it is."""

    kind: int
    who: int
    where: int
    what: int
    late: int
    pause: int


def anything(seed: int) -> list[Anything]:
    """As likely the one as the other: a strategy would repeat itself, and never come far from where it began."""
    chance = Random(seed)  # noqa: S311  a seed, not a secret
    return [Anything(*map(chance.randrange, _MOST)) for _ in range(75)]


class Teller:
    """Puts it in a log, one record at a time; of what was decided it speaks again."""

    def __init__(self) -> None:
        self._script = Script()
        self._names = dict(_NAMES)
        self._adopted = 0

    def begins(self) -> Record:
        return self._script.adopts(TEXTS[0])

    def tells(self, each: Anything) -> Record:
        self._script.passes(minutes=_PAUSES[each.pause], seconds=each.what)
        if each.kind < len(KINDS):
            return self._script.says(self._filled(KINDS[each.kind], each))
        if each.kind < len(KINDS) + 4:
            return self._script.adopts(self._text(each))
        return self._script.ticks()

    def hears(self, decided: list[Decision]) -> None:
        for each in decided:
            data = each.data
            if isinstance(data, PlacementOffered | PlacementAccepted):
                self._names["offer"] = *self._names["offer"][-2:], data.offer
            elif isinstance(data, ProposalMade):
                self._names["proposal"] = *self._names["proposal"][-2:], each.id
            elif isinstance(data, TransferAsked | BridgingSought):
                name = data.transfer if isinstance(data, TransferAsked) else data.bridge
                requests = self._names["request"]
                self._names["request"] = *requests[:3], *requests[3:][-2:], name

    def _text(self, each: Anything) -> Agreements:
        self._adopted += 1
        return TEXTS[each.what % len(TEXTS)].model_copy(update={"version": f"2026.{self._adopted + 1}"})

    def _filled(self, kind: type[BaseModel], each: Anything) -> Frozen:
        fields = {
            name: self._value(field.annotation, name, each, needed=field.is_required())
            for name, field in kind.model_fields.items()
        }
        return kind.model_validate(fields)  # type: ignore[return-value]

    def _value(self, wanted: Any, name: str, each: Anything, *, needed: bool) -> Any:  # noqa: ANN401
        origin, inside = get_origin(wanted), get_args(wanted)
        if origin is None:
            return self._plain(wanted, name, each)
        odd = (each.what + len(name)) % 2
        if origin is tuple:
            return tuple(self._value(inside[0], name, each, needed=True) for _ in range(odd or name == "care_types"))
        if origin in (Union, UnionType) and not needed and not odd:
            return None
        return self._value(inside[0], name, each, needed=needed)

    def _plain(self, wanted: Any, name: str, each: Anything) -> Any:  # noqa: ANN401
        if wanted is str:
            return self._word(name, each)
        if wanted in (int, bool):
            return wanted(_COUNTS.get(name, each.what % 3))
        if wanted is Urgency:
            return urgency(_CODES[each.what % len(_CODES)])
        if issubclass(wanted, Enum):
            return self._one_of(wanted, name, each)
        return self._filled(wanted, each) if issubclass(wanted, BaseModel) else self._moment(name, each)

    def _one_of(self, wanted: type[Enum], name: str, each: Anything) -> Any:  # noqa: ANN401
        if wanted is CareType and name == "service":
            return (CareType.HAP, CareType.SEH)[each.where % 2]
        choice = _ENUMS.get(wanted) or tuple(wanted)
        return choice[(each.what + each.where) % len(choice)]

    def _word(self, name: str, each: Anything) -> str:
        known = self._names.get(name, ("x",))
        by = each.where if name in _BY_PLACE else each.who
        return known[(by + each.where if len(known) > 3 and name == "request" else by) % len(known)]

    def _moment(self, name: str, each: Anything) -> datetime:
        if name in _EXPECTED:
            return self._script.now + timedelta(minutes=_AHEAD[each.what % len(_AHEAD)])
        return self._script.now - timedelta(minutes=_LATE[each.late])
