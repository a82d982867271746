"""Where a triaged contact goes by the region's agreements, at its hour, and why nowhere else.

The centre records the agreed destination; it triages nobody, and the professional may always deviate. Routes are read
in their order: the first that holds, and whose destination is open, is the agreed one. Life-threatening stands before
all of them: the SEH of the site for who is there, 112 for who is not, whatever is agreed, open or on stop.

Everything is judged as of the source's own moment, so that facts that come late or out of order end the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from spoedplein.domain.agreements import Rules
from spoedplein.domain.hours import Calendar, Opening
from spoedplein.domain.patient import Patient
from spoedplein.domain.turn import moment
from spoedplein_schemas.front_door import Desk, PassedCode, PassedDestination, Route, RouteBasis, SelfReferrals
from spoedplein_schemas.hap import ArrivalMode
from spoedplein_schemas.hours import OfficeHours, OpenHours
from spoedplein_schemas.vocabulary import AgeBand, CareType, Destination, Entrance, Urgency

#: Who is at the site himself; of who telephones or is sent on we do not know that.
PRESENT: Final = (ArrivalMode.SELF_REFERRED, ArrivalMode.AMBULANCE)
SERVICES: Final = {Destination.HAP: CareType.HAP, Destination.SEH: CareType.SEH}
ENTRANCES: Final = {Entrance.HAP: Destination.HAP, Entrance.SEH: Destination.SEH}
#: What the control room's own words come to where no route says more.
REFERRED: Final = {
    CareType.HAP: Destination.HAP,
    CareType.SEH: Destination.SEH,
    CareType.WIJKVERPLEGING: Destination.WIJKVERPLEGING,
    CareType.GGZ_BEOORDELING: Destination.GGZ_CRISIS,
}
SELF_CARE: Final = "C2"
#: Who triages those who come by themselves, and at one desk so the line in which they wait; the first that is open.
TRIAGED_BY: Final = {
    SelfReferrals.HAP: (Destination.HAP,),
    SelfReferrals.SEH: (Destination.SEH,),
    SelfReferrals.JOINT: (Destination.HAP, Destination.SEH),
}

#: The order in which conditions are looked at: a route that fails later came nearer.
_STAGES: Final = {code: stage for stage, code in enumerate(PassedCode)}
#: Kinds of contact of which it is remembered which routes are for them.
KINDS_KEPT: Final = 4096
#: Of each kind, so many ways in which its routes were found open or shut: hours move on from day to day.
PASSED_KEPT: Final = 16


class Contact(NamedTuple):
    """What the front door knows of somebody, as of `at` (milliseconds, by the source)."""

    entrance: Entrance
    site: str | None
    at: int
    urgency: Urgency | None
    mode: ArrivalMode | None = None
    age_band: AgeBand | None = None
    complaint: str | None = None
    refer_to: CareType | None = None

    @classmethod
    def of(cls, patient: Patient) -> "Contact":
        return cls(
            patient.entrance,
            patient.site or None,
            patient.since if patient.urgency_at is None else patient.urgency_at,
            patient.urgency,
            patient.mode,
            patient.age_band,
            patient.complaint,
            patient.refer_to,
        )


class Routed(NamedTuple):
    """`site` is that of the destination; `from_at` in milliseconds. `walks`: to another desk, which writes him down."""

    destination: Destination
    site: str | None
    basis: RouteBasis
    route: str | None = None
    care_path: str | None = None
    from_at: int | None = None
    walks: bool = False


class _Finding(NamedTuple):
    """Why a route does not lead there now, and when it would."""

    code: PassedCode
    opens_at: int | None = None


_EARLIER: Final = _Finding(PassedCode.EARLIER_ROUTE)
_NO_SERVICE: Final = _Finding(PassedCode.NO_SERVICE)
_FINDINGS: Final = {code: _Finding(code) for code in PassedCode}


class _Way(NamedTuple):
    """A route made ready: its conditions as sets, its hours laid out."""

    agreed: Route
    within: Opening
    entrances: frozenset[Entrance]
    sites: frozenset[str]
    modes: frozenset[ArrivalMode]
    codes: frozenset[str]
    ranks: frozenset[int]
    complaints: frozenset[str]
    age_bands: frozenset[AgeBand]
    refer_to: frozenset[CareType]

    def asks(self) -> frozenset[str]:
        """Of what somebody can be beside his place and his urgency: all that this route names."""
        return frozenset[str]().union(self.modes, self.complaints, self.age_bands, self.refer_to)


class _Fitting(NamedTuple):
    """A route that is for somebody, with the hours of its destination: absent where there is no such destination."""

    way: _Way
    opening: Opening | None

    def leads(self, at: int) -> bool:
        """Whether it leads there now."""
        return self.way.within.open(at) and self.opening is not None and self.opening.open(at)

    def shut(self, at: int) -> _Finding | None:
        """What of the hours does not hold, of the route or of its destination; `None` when it leads there now."""
        within, opening = self.way.within, self.opening
        if not within.open(at):
            return _Finding(PassedCode.HOURS, within.opens_at(at))
        if opening is None:
            return _NO_SERVICE
        return None if opening.open(at) else _Finding(PassedCode.CLOSED_NOW, opening.opens_at(at))


@dataclass(frozen=True, slots=True)
class _Kind:
    """What holds of all who came in one place and one way, with one urgency, complaint and age.

    `codes` has of each route, in their order, the first condition that they do not meet; the hours are looked at apart.
    `passed` is what was told of them by destination, while the routes that fit were found open or shut like this.
    """

    codes: tuple[PassedCode | None, ...]
    fitting: tuple[_Fitting, ...]
    passed: dict[tuple[Destination, tuple[_Finding | None, ...]], tuple[PassedDestination, ...]]


class FrontDoor:
    def __init__(self, rules: Rules) -> None:
        agreed = rules.agreements
        self._rules = rules
        self.calendar = calendar = Calendar(agreed.hours if agreed else OfficeHours(), rules.zone)
        self._openings: dict[tuple[str | None, Destination], Opening] = {}
        self._office = Opening(calendar, OpenHours.OFFICE)
        self._always = Opening(calendar, OpenHours.ALWAYS)
        self._desks: dict[str, Desk] = {site.id: site.desk for site in rules.sites.values()}
        for site in rules.sites.values():
            for to, care_type in SERVICES.items():
                if rules.has_service(site.id, care_type):
                    point = rules.service(site.id, care_type)
                    self._openings[site.id, to] = Opening(calendar, point.hours, point.windows)
        for door in agreed.doors if agreed else ():
            self._openings.setdefault((door.site, door.to), Opening(calendar, door.hours, door.windows))
        self._ways = tuple(self._way(route) for route in (agreed.routes if agreed else ()))
        #: What some route asks for; to be anything else is to be nothing of it.
        self._asked = frozenset[str].union(*(way.asks() for way in self._ways)) if self._ways else frozenset[str]()
        self._kinds: dict[tuple[str | None, ...], _Kind] = {}
        #: Who is routed is told why, directly after.
        self._last: tuple[Contact | None, _Kind] = (None, _Kind((), (), {}))

    @property
    def agreed(self) -> bool:
        """Whether this region agreed routes at all."""
        return bool(self._ways)

    def route(self, contact: Contact) -> Routed:
        """The agreed destination of a contact; before triage, the desk that triages him."""
        if contact.urgency is None:
            return self._desk(contact)
        if self._rules.rank(contact.urgency).life_threatening:
            return self._urgent(contact)
        for each in self._kind_of(contact, contact.urgency).fitting:
            if each.leads(contact.at):
                return self._by(each.way.agreed, contact)
        return self._as_came(contact)

    def passed(self, contact: Contact, destination: Destination) -> tuple[PassedDestination, ...]:
        """Why the routes of this contact lead nowhere but to `destination`; asked where somebody is told of it."""
        if contact.urgency is None or self._rules.rank(contact.urgency).life_threatening:
            return ()
        kind = self._kind_of(contact, contact.urgency)
        shut = tuple(each.shut(contact.at) for each in kind.fitting)
        found = kind.passed.get((destination, shut))
        if found is None:
            if len(kind.passed) >= PASSED_KEPT:
                kind.passed.clear()
            found = kind.passed[destination, shut] = tuple(self._passed(kind.codes, shut, destination))
        return found

    def _passed(
        self, codes: tuple[PassedCode | None, ...], shut: tuple[_Finding | None, ...], destination: Destination
    ) -> Iterator[PassedDestination]:
        """Of each other destination the route that came nearest. `shut` is of those routes that have no code."""
        nearest: dict[Destination, tuple[Route, _Finding]] = {}
        chosen, hours = False, iter(shut)
        for way, code in zip(self._ways, codes, strict=True):
            finding = next(hours) if code is None else _FINDINGS[code]
            if finding is None and not chosen:
                chosen = True
                continue
            finding, known = finding or _EARLIER, nearest.get(way.agreed.to)
            if known is None or _STAGES[finding.code] > _STAGES[known[1].code]:
                nearest[way.agreed.to] = way.agreed, finding
        for to, (route, finding) in nearest.items():
            if to is not destination:
                yield _passed(to, route.id, finding.code, finding.opens_at)

    def _by(self, route: Route, contact: Contact) -> Routed:
        from_at = self.calendar.next_working_day(contact.at) if route.to is Destination.OWN_GP_NEXT_DAY else None
        site = self._site_of(route.to, route.at or contact.site)
        return Routed(route.to, site, RouteBasis.ROUTE, route.id, route.care_path, from_at)

    def _urgent(self, contact: Contact) -> Routed:
        """Never by agreement: no hours, no stop and no route holds him up."""
        here = contact.entrance is Entrance.SEH or contact.mode in PRESENT
        if here and contact.site is not None and (contact.site, Destination.SEH) in self._openings:
            return Routed(Destination.SEH, contact.site, RouteBasis.LIFE_THREATENING)
        if contact.entrance is Entrance.SEH:
            return Routed(Destination.SEH, contact.site, RouteBasis.LIFE_THREATENING)
        return Routed(Destination.EMERGENCY, None, RouteBasis.LIFE_THREATENING)

    def _desk(self, contact: Contact) -> Routed:
        """Who comes by himself waits in the one line of a joint desk; of two he is sent to the one that triages."""
        desk = self._desks.get(contact.site or "")
        if desk is None or contact.mode is not ArrivalMode.SELF_REFERRED:
            return self._as_came(contact)
        if not desk.joint and desk.self_referrals is SelfReferrals.JOINT:
            return self._as_came(contact)
        for triages in TRIAGED_BY[desk.self_referrals]:
            opening = self._openings.get((contact.site, triages))
            if opening is not None and opening.open(contact.at):
                return Routed(triages, contact.site, RouteBasis.DESK, walks=not desk.joint)
        return self._as_came(contact)

    def _as_came(self, contact: Contact) -> Routed:
        if contact.entrance in ENTRANCES:
            return Routed(ENTRANCES[contact.entrance], contact.site, RouteBasis.AS_REGISTERED)
        if contact.refer_to is None and contact.urgency is not None and contact.urgency.code == SELF_CARE:
            return Routed(Destination.ADVICE, None, RouteBasis.AS_REFERRED)
        # Anything else that a call is referred to is a place, and a place is asked for at the region's centre.
        to = REFERRED.get(contact.refer_to or CareType.HAP, Destination.HAP)
        return Routed(to, self._site_of(to, contact.site), RouteBasis.AS_REFERRED)

    def _site_of(self, to: Destination, site: str | None) -> str | None:
        """The site of a destination; none for what serves the whole region, or has no place."""
        return site if to in SERVICES or (site, to) in self._openings else None

    def _kind_of(self, contact: Contact, urgency: Urgency) -> _Kind:
        last, found = self._last
        if contact is last:
            return found
        self._last = contact, self._find_kind(contact, urgency)
        return self._last[1]

    def _find_kind(self, contact: Contact, urgency: Urgency) -> _Kind:
        entrance, site, _, _, mode, age_band, complaint, refer_to = contact
        asked = self._asked
        kind = (
            entrance,
            site,
            urgency.system,
            urgency.code,
            mode if mode in asked else None,
            age_band if age_band in asked else None,
            complaint if complaint in asked else None,
            refer_to if refer_to in asked else None,
        )
        found = self._kinds.get(kind)
        if found is None:
            if len(self._kinds) >= KINDS_KEPT:
                self._kinds.clear()
            codes = tuple(_mismatch(way, contact) or self._urgency(way, contact) for way in self._ways)
            ways = (way for way, code in zip(self._ways, codes, strict=True) if code is None)
            fitting = tuple(_Fitting(way, self._opening(way.agreed, contact)) for way in ways)
            found = self._kinds[kind] = _Kind(codes, fitting, {})
        return found

    def _urgency(self, way: _Way, contact: Contact) -> PassedCode | None:
        urgency, agreed = contact.urgency, way.agreed
        if urgency is None or (agreed.system is not None and agreed.system is not urgency.system):
            return PassedCode.URGENCY
        fits = (not way.codes or urgency.code in way.codes) and (
            not way.ranks or self._rules.rank(urgency).rank in way.ranks
        )
        if not fits:
            return PassedCode.URGENCY
        if way.age_bands and contact.age_band not in way.age_bands:
            return PassedCode.AGE_BAND
        return PassedCode.COMPLAINT if way.complaints and contact.complaint not in way.complaints else None

    def _opening(self, route: Route, contact: Contact) -> Opening | None:
        """When the destination is open; `None` when there is none for this contact."""
        if route.to is Destination.OWN_GP:
            return self._office
        if route.to in (Destination.OWN_GP_NEXT_DAY, Destination.ADVICE):
            return self._always
        site = route.at or contact.site
        return self._openings.get((site, route.to)) or self._openings.get((None, route.to))

    def _way(self, route: Route) -> _Way:
        return _Way(
            agreed=route,
            within=Opening(self.calendar, route.hours, route.windows),
            entrances=frozenset(route.entrances),
            sites=frozenset(route.sites),
            modes=frozenset(route.modes),
            codes=frozenset(route.codes),
            ranks=frozenset(route.ranks),
            complaints=frozenset(route.complaints),
            age_bands=frozenset(route.age_bands),
            refer_to=frozenset(route.refer_to),
        )


@lru_cache(maxsize=KINDS_KEPT)
def _passed(to: Destination, route: str, code: PassedCode, opens_at: int | None) -> PassedDestination:
    """Frozen, and the same again and again: one for all who are told so."""
    opens = None if opens_at is None else moment(opens_at)
    return PassedDestination(destination=to, route=route, code=code, opens_at=opens)


def _mismatch(way: _Way, contact: Contact) -> PassedCode | None:
    """What lies in where and how the contact came."""
    if way.sites and contact.site not in way.sites:
        return PassedCode.SITE
    if way.entrances and contact.entrance not in way.entrances:
        return PassedCode.ENTRANCE
    if way.refer_to and contact.refer_to not in way.refer_to:
        return PassedCode.REFERRAL
    return PassedCode.MODE if way.modes and contact.mode not in way.modes else None
