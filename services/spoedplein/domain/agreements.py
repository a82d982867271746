"""The region's agreements: read from TOML with errors that name the line, and looked up by the rest of the core."""

import re
import tomllib
from functools import cached_property
from hashlib import sha256
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from spoedplein.domain.agreements_faults import fault_at, faults_of
from spoedplein.domain.errors import AgreementsError
from spoedplein.domain.turn import moment
from spoedplein_schemas.agreements import (
    DEFAULT_RANKS,
    DEFAULT_RULES,
    VISIT_MINUTES,
    Agreements,
    AgreementsAdopted,
    AmbulanceRule,
    Area,
    CareTypeRule,
    ConsultRule,
    Place,
    PlacementRule,
    QueuePolicy,
    RoundRule,
    ServicePoint,
    Site,
    Unit,
    UrgencyRank,
)
from spoedplein_schemas.neighbours import AskedBy
from spoedplein_schemas.vocabulary import Actor, CareType, Role, Urgency

MINUTE_MS = 60_000
_PARTS = re.compile(r"\d+|\D+")
_AT_LINE = re.compile(r" \(at line (?P<line>\d+), column (?P<column>\d+)\)$")
EARTH_RADIUS_KM = 6371
#: Where nothing was agreed, an offer names so many units that were passed over.
NAMED = 250


def read_agreements(text: str, *, name: str) -> Agreements:
    """A region's TOML file as agreements; `name` is how errors call it. Raises `AgreementsError` with every fault."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise AgreementsError(_not_toml(error, name=name)) from error
    try:
        agreements = Agreements.model_validate(raw)
    except ValidationError as error:
        faults = (fault.told(name) for fault in faults_of(error, text))
        raise AgreementsError("\n".join(faults)) from error
    _check_timezone(agreements, text=text, name=name)
    return agreements


def adopted(agreements: Agreements, *, at_ms: int, by: Actor, older: bool = False) -> AgreementsAdopted:
    """The event's data that puts these agreements in force."""
    digest = sha256(agreements.model_dump_json(exclude_none=True, by_alias=True).encode()).hexdigest()
    return AgreementsAdopted(agreements=agreements, sha256=digest, adopted_at=moment(at_ms), by=by, older=older)


def is_older(version: str, than: str) -> bool:
    """Whether a version comes before another: 2026.9 before 2026.10, 2026 before 2026.1.

    Only where both are counted in one way; of two names (`winter`, `2026.1`) none is the older.
    """
    one, other = (_PARTS.findall(text) for text in (version, than))
    for left, right in zip(one, other, strict=False):
        if left != right:
            return left.isdigit() and right.isdigit() and int(left) < int(right)
    return len(one) < len(other)


class Reach(NamedTuple):
    """The way to a region whose log is not here, and whom to call there."""

    by: AskedBy | None = None
    contact: str | None = None


class Rules:
    """Agreements, arranged for looking up. Without agreements: the default norms, no sites and no units.

    `in_full` is for who explains: an offer names all that were passed over, however many were agreed.
    """

    def __init__(self, agreements: Agreements | None, *, in_full: bool = False) -> None:
        ranks = agreements.ranks if agreements else DEFAULT_RANKS
        rules = agreements.rules if agreements else DEFAULT_RULES
        units = agreements.units if agreements else ()
        sites = agreements.sites if agreements else ()
        self.agreements = agreements
        self.version = agreements.version if agreements else None
        self.neighbours = agreements.neighbours if agreements else ()
        #: Whether anything can be proposed to people here: on levels, for a request that nothing fits, or mutual help.
        self.proposes = agreements is not None and bool(
            agreements.crowding
            or agreements.escalation
            or agreements.room_rules
            or any(rule.exhausted_rank_max is not None for rule in agreements.proposals)
        )
        self.bridging = agreements.bridging if agreements else ()
        self.placement = agreements.placement if agreements else PlacementRule()
        #: So many units that were passed over an offer names; all of them `in_full`.
        self.named_max = None if in_full else self.placement.excluded_named or NAMED
        self.triage_ms = (agreements.triage_minutes if agreements else 10) * MINUTE_MS
        self.board_size = agreements.board_size if agreements else 0
        self.ambulance = agreements.ambulance if agreements else AmbulanceRule()
        self._areas = {code: area for area in (agreements.areas if agreements else ()) for code in area.codes}
        self.rounds = agreements.rounds if agreements else RoundRule()
        self._consults = {rule.specialty: rule for rule in (agreements.consults if agreements else ())}
        self.units: dict[str, Unit] = {unit.id: unit for unit in sorted(units, key=lambda unit: unit.id)}
        self.sites: dict[str, Site] = {site.id: site for site in sorted(sites, key=lambda site: site.id)}
        self.ranks = {(rank.system, rank.code): rank for rank in ranks}
        self._rules = {rule.care_type: rule for rule in rules}
        self._services = {(site.id, service.care_type): service for site in sites for service in site.services}
        tries = agreements.first_tries if agreements else ()
        self._first_tries = {(care_type, each.role): each.minutes for each in tries for care_type in each.care_types}
        self._by_care_type: dict[CareType, list[Unit]] = {}
        self._validity = {
            each.id: each.validity_minutes or self._rules[each.care_type].validity_minutes for each in units
        }
        self._at_sites: dict[tuple[str, CareType], Unit] = {}
        for unit in self.units.values():
            self._by_care_type.setdefault(unit.care_type, []).append(unit)
            if unit.site is not None:
                self._at_sites.setdefault((unit.site, unit.care_type), unit)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.agreements.timezone if self.agreements else "Europe/Amsterdam")

    def rank(self, urgency: Urgency) -> UrgencyRank:
        return self.ranks[urgency.system, urgency.code]

    def rule(self, care_type: CareType) -> CareTypeRule:
        return self._rules[care_type]

    def parallel_offers(self, care_type: CareType, urgency: Urgency) -> int:
        """How many are asked at once for this care, for somebody of this urgency."""
        rule, rank = self._rules[care_type], self.rank(urgency).rank
        by_rank = rule.parallel_offers_by_rank
        return by_rank[rank] if rank < len(by_rank) else rule.parallel_offers

    def first_try_minutes(self, care_type: CareType, role: Role | None) -> int | None:
        """How long somebody in this role looks for this care himself first; `None` when nothing was agreed."""
        return None if role is None else self._first_tries.get((care_type, role))

    def validity_minutes(self, unit: Unit) -> int:
        return self._validity[unit.id]

    def visit_ms(self, care_type: CareType) -> int | None:
        """How long a promised visit takes its start; none where places are counted."""
        if care_type is not CareType.WIJKVERPLEGING:
            return None
        return (self._rules[care_type].visit_minutes or VISIT_MINUTES) * MINUTE_MS

    def reach(self, region: str) -> Reach:
        """How a neighbour hears of us: nothing said, by an event in its log."""
        found = next((neighbour for neighbour in self.neighbours if neighbour.region == region), None)
        return Reach() if found is None else Reach(found.asked_by, found.contact)

    def area(self, code: str | None) -> Area | None:
        """The area of a postcode: the longest beginning that was agreed."""
        if code is None:
            return None
        return next((self._areas[code[:size]] for size in (4, 3, 2, 1) if code[:size] in self._areas), None)

    def consult(self, specialty: str) -> ConsultRule:
        """The rule of the specialty; else the one for all others, agreed or default."""
        return self._consults.get(specialty) or self._consults.get(None) or ConsultRule()

    def service(self, site: str, care_type: CareType) -> ServicePoint:
        """The queue's policy; strict where nothing was agreed."""
        found = self._services.get((site, care_type))
        return found or ServicePoint(care_type=care_type, policy=QueuePolicy.STRICT)

    def has_service(self, site: str, care_type: CareType) -> bool:
        return (site, care_type) in self._services

    def units_of(self, care_type: CareType) -> list[Unit]:
        """By unit id, so that nothing hangs on the order of the file."""
        return self._by_care_type.get(care_type, [])

    def unit_at(self, site: str, care_type: CareType) -> Unit | None:
        return self._at_sites.get((site, care_type))

    def place_of(self, unit: Unit) -> Place | None:
        if unit.place is not None or unit.site is None:
            return unit.place
        return self.sites[unit.site].place


def distance_km(one: Place, other: Place) -> int:
    """Great-circle distance in whole kilometres."""
    lat_one, lat_other = radians(one.lat), radians(other.lat)
    half_lat = sin((lat_other - lat_one) / 2) ** 2
    half_lon = sin(radians(other.lon - one.lon) / 2) ** 2
    return round(2 * EARTH_RADIUS_KM * asin(sqrt(half_lat + cos(lat_one) * cos(lat_other) * half_lon)))


def _check_timezone(agreements: Agreements, *, text: str, name: str) -> None:
    try:
        ZoneInfo(agreements.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # "Europe" is a directory of zones
        what = f'"{agreements.timezone}" is no time zone; write one such as "Europe/Amsterdam"'
        raise AgreementsError(fault_at(text, ("timezone",), what).told(name)) from error


def _not_toml(error: tomllib.TOMLDecodeError, *, name: str) -> str:
    """The reader's own words end in "(at line 4, column 9)", or "(at end of document)"."""
    place = _AT_LINE.search(str(error))
    what = _AT_LINE.sub("", str(error))
    line = f"{place['line']}: column {place['column']}" if place else "1: file"
    return f"{name}:{line}: not valid TOML: {what}; look for a quote, bracket or equals sign too many or too few"
