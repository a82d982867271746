"""The region's agreements: sites, units, norms, placement order, mapping of source codes.

Written as one TOML file per region, adopted as an event, so that a replay uses the rules of its moment.
Defaults come from the sources named beside them; a region overrides what it agreed otherwise.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field, field_validator, model_validator

from spoedplein_schemas.checklist import AcceptedWarning, ThemeAgreed
from spoedplein_schemas.crowding_agreements import DEFAULT_PROPOSALS, CrowdingRule, EscalationRule, ProposalRule
from spoedplein_schemas.front_door import CarePath, Desk, Door, Route
from spoedplein_schemas.home_care import HomeCareRule
from spoedplein_schemas.hours import AdmissionWindow, OfficeHours, OpenHours
from spoedplein_schemas.misfits import Misfit, MisfitsError, doubles, unknown
from spoedplein_schemas.neighbours import Bridging, Neighbour, of_regions_together
from spoedplein_schemas.room_agreements import Lending, Room, RoomRule
from spoedplein_schemas.sharing import Sharing
from spoedplein_schemas.vocabulary import (
    Actor,
    AgeBand,
    Agreed,
    CareType,
    Code,
    Count,
    Frozen,
    Instant,
    OrganisationId,
    OwnerId,
    Property,
    RegionId,
    Registration,
    Role,
    Sex,
    SiteId,
    Text,
    UnitId,
    UrgencySystem,
)

Minutes = Annotated[int, Field(ge=1, le=60 * 24 * 90)]
#: What a neighbour is asked and what bridges the time is named after a decision: region, log offset and number, in 64.
REGION_MAX: Final = 40
Weight = Annotated[int, Field(ge=0, le=1_000_000)]
Name = Annotated[Text, Field(min_length=1, max_length=120)]


class QueuePolicy(StrEnum):
    STRICT = "strict"
    ACCUMULATING = "accumulating"


class Place(Agreed):
    """WGS 84 degrees."""

    lon: Annotated[float, Field(ge=-180, le=180)]
    """Degrees east of Greenwich: 3 to 8 in the Netherlands."""
    lat: Annotated[float, Field(ge=-90, le=90)]
    """Degrees north of the equator: 50 to 54 in the Netherlands."""


class ServicePoint(Agreed):
    """One queue: the HAP or the SEH of a site, and when it is open."""

    care_type: CareType
    """Whose queue: hap or seh."""
    policy: QueuePolicy = QueuePolicy.STRICT
    """strict: the most urgent class always first. accumulating: every class gains priority as it waits."""
    rates: tuple[Weight, ...] = ()
    """Priority per minute of waiting, by rank 0 to 5 (5: waits for triage); for the policy accumulating."""
    hours: OpenHours = OpenHours.ALWAYS
    """Kind of hours in which it is open: always, anw or office."""
    windows: tuple[AdmissionWindow, ...] = ()
    """Within those, the local hours in which it is open; left out means all of them."""
    reassess_minutes: Annotated[tuple[Annotated[int, Field(ge=0, le=60 * 24)], ...], Field(max_length=6)] = ()
    """Minutes, by rank 0 to 5, after which who still waits is looked at again; 0 or left out: not agreed."""


class Site(Agreed):
    """A place with a front door, and the queues behind it."""

    id: SiteId
    """By which messages and units name it."""
    name: Name
    """As people know it; shown on boards."""
    organisation: OrganisationId
    """Who runs the place."""
    place: Place | None = None
    """Where it lies, for distances."""
    services: tuple[ServicePoint, ...] = ()
    """The queues behind its front door."""
    desk: Desk = Desk()
    """Who triages those who come by themselves."""


class Unit(Agreed):
    """A pool of like places of one provider, with what it can do and for whom."""

    id: UnitId
    """By which reports and offers name it."""
    name: Name
    """As people know it; shown on boards."""
    organisation: OrganisationId
    """The provider who answers offers."""
    care_type: CareType
    """The one door: which kind of care this is."""
    site: SiteId | None = None
    """The spoedplein on which it lies, if any."""
    place: Place | None = None
    """Where it lies, for distances; left out, that of its site."""
    properties: tuple[Property, ...] = ()
    """What its places can do; all needs of a request must be among them."""
    registration: Registration = Registration.NONE
    """Law under which the location is registered; without the right one only voluntary patients come."""
    age_bands: tuple[AgeBand, ...] = tuple(AgeBand)
    """Ages that it takes; left out means all."""
    sex: Sex = Sex.ANY
    """For whom its rooms are."""
    windows: tuple[AdmissionWindow, ...] = ()
    """Local hours in which it admits; left out means day and night."""
    validity_minutes: Minutes | None = None
    """Minutes that its figure is valid; left out, those of its care type."""


class UrgencyRank(Agreed):
    """Where a code sorts (0 first) and how long it may wait; rank and norm never change the code itself."""

    system: UrgencySystem
    """The scale that the code belongs to."""
    code: Code
    """As its professional assigns it."""
    rank: Annotated[int, Field(ge=0, le=5)]
    """Where it sorts: 0 first, 4 last."""
    norm_minutes: Minutes | None = None
    """Minutes that it may wait; left out means no norm."""
    life_threatening: bool = False
    """Outside every queue, not held back by a stop."""


def _ranks(system: UrgencySystem, *rows: tuple[str, int, int | None]) -> tuple[UrgencyRank, ...]:
    return tuple(
        UrgencyRank(system=system, code=code, rank=rank, norm_minutes=norm, life_threatening=rank == 0)
        for code, rank, norm in rows
    )


#: Sorting only. NTS: de-nts.nl and NHG TriageWijzer (U2 within the hour, U4 within a day). MTS: minutes to first
#: physician contact. Ambulance: VUI 2024 (A1 fifteen minutes, A2 thirty). GGZ: module acute psychiatrie (1, 4, 24 h;
#: letters unverified). ESI and RETTS publish no wait norm that we verified: ranked, without one.
DEFAULT_RANKS: tuple[UrgencyRank, ...] = (
    *_ranks(UrgencySystem.NTS, ("U0", 0, None), ("U1", 0, None), ("U2", 1, 60), ("U3", 2, 240), ("U4", 3, 1440)),
    *_ranks(UrgencySystem.NTS, ("U5", 4, None)),
    *_ranks(UrgencySystem.MTS, ("red", 0, None), ("orange", 1, 10), ("yellow", 2, 60), ("green", 3, 120)),
    *_ranks(UrgencySystem.MTS, ("blue", 4, 240)),
    *_ranks(UrgencySystem.AMBULANCE, ("A0", 0, None), ("A1", 0, 15), ("A2", 1, 30), ("B1", 2, None), ("B2", 3, None)),
    *_ranks(UrgencySystem.AMBULANCE, ("B", 3, None), ("C1", 3, None), ("C2", 4, None)),
    *_ranks(UrgencySystem.GGZ, ("A", 0, None), ("B", 1, 60), ("C", 2, 240), ("D", 3, 1440)),
    *_ranks(UrgencySystem.GGZ, ("E", 4, None), ("F", 4, None), ("G", 4, None)),
    *_ranks(UrgencySystem.ESI, ("1", 0, None), ("2", 1, None), ("3", 2, None), ("4", 3, None), ("5", 4, None)),
    *_ranks(UrgencySystem.RETTS, ("1", 0, None), ("2", 1, None), ("3", 2, None), ("4", 3, None), ("5", 4, None)),
)


#: Travel and care of an unplanned visit, in minutes: a planning value.
VISIT_MINUTES = 45
#: A count of visits that can start within the hour says nothing of the hour after it.
VISITS_VALID_MINUTES = 60


#: How many providers are asked at the same time for one patient.
ParallelOffers = Annotated[int, Field(ge=1, le=10)]


class CareTypeRule(Agreed):
    """Per care type: how long a figure is valid, a provider may take to answer, a stop without end may last."""

    care_type: CareType
    """To which these times apply."""
    validity_minutes: Minutes
    """Minutes after which a figure is unknown: not shown as free, not offered."""
    answer_minutes: Minutes
    """Minutes that a provider has for an answer, and that the place is held."""
    stop_minutes: Minutes = 240
    """Minutes after which a stop without an expected end lapses."""
    visit_minutes: Minutes | None = None
    """Wijkverpleging: minutes for which a promised visit takes a start; 45 without it."""
    parallel_offers: ParallelOffers = 1
    """How many providers are asked at once for one patient; the first yes wins."""
    parallel_offers_by_rank: Annotated[tuple[ParallelOffers, ...], Field(max_length=6)] = ()
    """The same for the most urgent: by rank, from 0 on, as far as it goes."""
    gp_required: bool = False
    """Whether the GP must have said that he goes on treating during the stay."""
    stay_min_hours: Annotated[int, Field(ge=0, le=24 * 366)] = 0
    """A foreseen stay shorter than this is not for this care; 0 means no limit."""
    stay_max_days: Annotated[int, Field(ge=0, le=366)] = 0
    """A foreseen stay longer than this is not for this care; 0 means no limit."""


#: Hospital feeds come every five minutes (LPZ Stekker): three may be missed. Bed sources outside hospitals report by
#: hand, at least once a shift. Answer times are planning values, to be agreed per region. ELV low and high: at least
#: 24 hours, at most three months (Verenso; landvanhorne.nl).
_ELV_STAY = {CareType.ELV_LAAG: (24, 92), CareType.ELV_HOOG: (24, 92)}
DEFAULT_RULES: tuple[CareTypeRule, ...] = tuple(
    CareTypeRule(
        care_type=care_type,
        validity_minutes=validity,
        answer_minutes=answer,
        stay_min_hours=_ELV_STAY.get(care_type, (0, 0))[0],
        stay_max_days=_ELV_STAY.get(care_type, (0, 0))[1],
    )
    for care_type, validity, answer in (
        (CareType.HAP, 15, 10),
        (CareType.SEH, 15, 10),
        (CareType.KLINIEK, 15, 15),
        (CareType.ELV_LAAG, 480, 30),
        (CareType.ELV_HOOG, 480, 30),
        (CareType.ELV_PALLIATIEF, 480, 30),
        (CareType.GRZ, 480, 60),
        (CareType.GGZ_OPEN, 240, 30),
        (CareType.GGZ_HIC, 240, 20),
        (CareType.GGZ_IHT, 480, 30),
        (CareType.GGZ_BEOORDELING, 60, 10),
        (CareType.WLZ_CRISIS_VV, 480, 60),
        (CareType.WLZ_CRISIS_GZ, 480, 60),
        (CareType.WMO_SPOED, 720, 60),
        (CareType.RESPIJT, 720, 60),
        (CareType.ONGELABELD, 240, 20),
        (CareType.WIJKVERPLEGING, 60, 10),
    )
)


def _over_its_default(given: CareTypeRule) -> CareTypeRule:
    """What a rule does not name keeps its default for that care."""
    default = next((rule for rule in DEFAULT_RULES if rule.care_type is given.care_type), given)
    return default.model_copy(update={name: getattr(given, name) for name in given.model_fields_set})


class PlacementRule(Agreed):
    """How candidates are ordered and how long an unmet request rests before it is looked at again.

    Weights, in points: per kilometre, per minute of data age, per placement that the unit took in the last day,
    and off the total for own region's site of origin and for a preferred unit. Lowest total is offered first.
    """

    review_minutes: Minutes = 30
    """Minutes after which a request that nothing fitted is looked at again."""
    admit_minutes: Minutes = 240
    """Minutes within which an accepted patient comes, or the owner is asked to look."""
    needed_by_warning_minutes: Minutes = 60
    """Minutes before a place is needed at which its owner is told that there is none yet. A planning value."""
    answer_minutes_min: Minutes = 5
    """Who would have fewer minutes to answer before the place is needed is not asked. A planning value."""
    early_minutes: Minutes = 10
    """Minutes that a message is kept which comes before its request, or its override. A planning value."""
    label_minutes: Minutes = 3 * 24 * 60
    """Minutes in a no-label bed without a label after which the owner is reminded. A planning value."""
    excluded_named: Annotated[int, Field(ge=20, le=2000)] | None = None
    """Units passed over that an offer names one by one; the others it counts by code. Left out, 250."""
    points_per_km: Weight = 10
    """Added for each kilometre as the crow flies, from the site where the patient is, else the area where he lives."""
    points_per_age_minute: Weight = 1
    """Added for each minute of age of the figure."""
    points_per_recent_placement: Weight = 20
    """Added for each placement that the unit took in the last day; one that was given back is none."""
    points_same_site: Weight = 100
    """Taken off when the patient is on the unit's own site."""
    points_preferred: Weight = 1000
    """Taken off when the patient or the professional asked for it."""
    points_per_later_care_type: Weight = 200
    """Added for each care type that the request prefers over this one."""


class FirstTry(Agreed):
    """Who asks in this role for this care tries himself first; then the centre takes over (rule of the WSD centre)."""

    care_types: Annotated[tuple[CareType, ...], Field(min_length=1)]
    """Requests whose first wish is one of these."""
    role: Role = Role.GP
    """Who tries himself first, as the request names his role."""
    minutes: Minutes
    """Minutes that he has; then the centre takes over."""


class RoundRule(Agreed):
    """A "report now" round: who was asked reports in time, or is named. The times are planning values."""

    answer_minutes: Minutes = 30
    """Minutes after the question at which the round is closed, and its completeness told."""
    remind_minutes: Minutes = 15
    """Minutes after which those who are silent are named; not before the end means never."""
    when_exhausted: bool = False
    """Whether a round opens by itself over the units whose unknown figure leaves a request without a place."""
    rest_minutes: Minutes = 60
    """Minutes for which a unit that was asked is not asked so again."""

    @property
    def reminds(self) -> bool:
        return self.remind_minutes < self.answer_minutes


class ConsultRule(Agreed):
    """Meedenkadvies of one specialty: who answers, and who next. The times are planning values."""

    specialty: Code | None = None
    """Its code; left out, the rule is for every specialty that has none."""
    asked: tuple[OwnerId, ...] = ()
    """Who must answer, in order; the last one stays asked. Nobody named: the region's owner."""
    answer_minutes: Minutes = 30
    """Minutes for the first; an asker may name his own moment."""
    remind_minutes: Minutes = 20
    """Minutes after which the first is reminded, if that is before the end of his term."""
    escalate_minutes: Minutes = 15
    """Minutes for each next one."""


class AmbulanceRule(Agreed):
    """What ambulances are held to. Fifteen minutes is the 90th percentile that the ICMED measure calls crowding."""

    offload_minutes: Minutes = 15
    """Minutes from arrival within which a crew hands its patient over."""
    silent_minutes: Minutes = 720
    """Minutes without a word after which a ride is taken to have ended."""


class Area(Agreed):
    """Where a call comes from, and the departments for it."""

    codes: tuple[Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}$")], ...]
    """Postcodes by their first one to four figures; the longest that fits counts."""
    sites: tuple[SiteId, ...] = ()
    """Departments in the agreed order for ordinary cases; others come after them."""
    place: Place | None = None
    """Its middle: distances are counted from there."""


class SourceMapping(Agreed):
    """Codes of a source, rewritten to ours before validation: at `path` (dots, below the event) code → our code."""

    source: str
    """The `source` of the messages, as they carry it."""
    path: Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)*$")]
    """Where the code stands, below the event, with dots: data.reason."""
    codes: dict[str, str]
    """The source's code to ours."""


class Agreements(Agreed):
    """All that a region agreed, in one version. Ranks and rules that it does not name keep their default."""

    region: RegionId
    """By which messages name the region; the file is named after it."""
    version: Code
    """Raised with every change; decisions name it."""
    title: Name
    """What people call these agreements."""
    owner: OwnerId
    """Who holds the regie when nobody else does."""
    timezone: Name = "Europe/Amsterdam"
    """Of all local times in this file."""
    triage_minutes: Minutes = 10
    """Minutes within which a patient at the SEH is triaged (kwaliteitsstandaard intramurale spoedzorg)."""
    board_size: Count = 50
    """How many waiting patients a board lists; lengths count everybody."""
    sites: tuple[Site, ...] = ()
    """The spoedpleinen."""
    units: tuple[Unit, ...] = ()
    """Pools of like places."""
    ranks: tuple[UrgencyRank, ...] = DEFAULT_RANKS
    """Urgency codes whose rank or norm is not the default."""
    rules: tuple[CareTypeRule, ...] = DEFAULT_RULES
    """Times per care type that are not the default."""
    placement: PlacementRule = PlacementRule()
    """How fitting places are ordered."""
    hours: OfficeHours = OfficeHours()
    """Office hours of the own huisarts; every other hour is ANW."""
    doors: tuple[Door, ...] = ()
    """Destinations that are neither HAP nor SEH, with their hours."""
    care_paths: tuple[CarePath, ...] = ()
    """What acute wijkverpleging does by protocol."""
    routes: tuple[Route, ...] = ()
    """Where a triaged contact goes; the first that holds and is open."""
    rounds: RoundRule = RoundRule()
    """How units are asked to report now."""
    consults: tuple[ConsultRule, ...] = ()
    """Who answers a meedenkadvies, per specialty."""
    ambulance: AmbulanceRule = AmbulanceRule()
    """Norms of the offload, and of silence."""
    areas: tuple[Area, ...] = ()
    """Where calls come from, with the agreed order of departments."""
    sharing: Sharing = Sharing()
    """Who sees what, and how finely."""
    themes: tuple[ThemeAgreed, ...] = ()
    """Themes of the Leidraad that are agreed in documents of the region's own."""
    accepted: tuple[AcceptedWarning, ...] = ()
    """Warnings of `agreements check` that the region accepts, with the reason."""
    neighbours: tuple[Neighbour, ...] = ()
    """Regions with which places are exchanged, in the order in which they are asked."""
    bridging: tuple[Bridging, ...] = ()
    """What stands in for care that is nowhere to be had, until it is."""
    rooms: tuple[Room, ...] = ()
    """Treatment rooms of the spoedpleinen."""
    lending: tuple[Lending, ...] = ()
    """Which side may borrow rooms of the other, and when (harmonica)."""
    room_rules: tuple[RoomRule, ...] = ()
    """How each site works with its rooms."""
    crowding: tuple[CrowdingRule, ...] = ()
    """Levels of each SEH."""
    escalation: EscalationRule | None = None
    """The level of the region; left out, it has none."""
    proposals: tuple[ProposalRule, ...] = DEFAULT_PROPOSALS
    """Kinds of proposals whose roles, level or times are not the default."""
    first_tries: tuple[FirstTry, ...] = ()
    """Who looks for a place himself before the centre does."""
    home_care: HomeCareRule | None = None
    """What is wanted of acute home care; left out: its visits are not counted on a board."""
    mappings: tuple[SourceMapping, ...] = ()
    """Codes of sources that are not ours."""

    @field_validator("ranks")
    @classmethod
    def _ranks_not_named_keep_their_default(cls, given: tuple[UrgencyRank, ...]) -> tuple[UrgencyRank, ...]:
        named = {(rank.system, rank.code) for rank in given}
        return given + tuple(rank for rank in DEFAULT_RANKS if (rank.system, rank.code) not in named)

    @field_validator("rules")
    @classmethod
    def _rules_not_named_keep_their_default(cls, given: tuple[CareTypeRule, ...]) -> tuple[CareTypeRule, ...]:
        named = {rule.care_type for rule in given}
        return tuple(map(_over_its_default, given)) + tuple(
            rule for rule in DEFAULT_RULES if rule.care_type not in named
        )

    @field_validator("proposals")
    @classmethod
    def _proposals_not_named_keep_their_default(cls, given: tuple[ProposalRule, ...]) -> tuple[ProposalRule, ...]:
        named = {rule.kind for rule in given}
        return given + tuple(rule for rule in DEFAULT_PROPOSALS if rule.kind not in named)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if found := tuple(_misfits(self)):
            raise MisfitsError(found)
        return self


def _misfits(agreed: Agreements) -> Iterator[Misfit]:
    """Everything that does not fit together, though each part is well written."""
    sites = [site.id for site in agreed.sites]
    if len(agreed.region) > REGION_MAX:
        yield Misfit(("region",), f"has more than {REGION_MAX} characters; shorten it: ids of decisions begin with it")
    yield from doubles("sites", "id", sites)
    yield from doubles("units", "id", [unit.id for unit in agreed.units])
    yield from doubles("ranks", "code", [(rank.system, rank.code) for rank in agreed.ranks])
    yield from doubles("rules", "care_type", [rule.care_type for rule in agreed.rules])
    yield from _rates_of_the_hour(agreed)
    for index, area in enumerate(agreed.areas):
        for number, name in enumerate(area.sites):
            yield from unknown(("areas", index, "sites", number), name, sites, where="[[sites]]")
    yield from doubles("consults", "specialty", [rule.specialty or "all others" for rule in agreed.consults])
    yield from _misfits_of_rooms(agreed, sites)
    for index, unit in enumerate(agreed.units):
        yield from unknown(("units", index, "site"), unit.site, sites, where="[[sites]]")
    for index, site in enumerate(agreed.sites):
        services = [service.care_type for service in site.services]
        yield from doubles(("sites", index, "services"), "care_type", services)
    yield from _front_door(agreed, sites)
    yield from doubles("themes", "theme", [each.theme for each in agreed.themes])
    yield from _sharing(agreed)
    yield from of_regions_together(agreed.neighbours, agreed.bridging, region=agreed.region)


def _sharing(agreed: Agreements) -> Iterator[Misfit]:
    """Levels of organisations that are not in the region."""
    known = sorted({site.organisation for site in agreed.sites} | {unit.organisation for unit in agreed.units})
    for index, row in enumerate(agreed.sharing.levels):
        for nth, name in enumerate(row.organisations):
            yield from unknown(("sharing", "levels", index, "organisations", nth), name, known, where="this region")


def _front_door(agreed: Agreements, sites: Sequence[str]) -> Iterator[Misfit]:
    """Routes, doors and care paths that name what is not there, or send who is never sent by agreement."""
    units, paths = [unit.id for unit in agreed.units], [path.id for path in agreed.care_paths]
    urgent = {(rank.system, rank.code) for rank in agreed.ranks if rank.life_threatening}
    yield from doubles("routes", "id", [route.id for route in agreed.routes])
    yield from doubles("care_paths", "id", paths)
    for index, path in enumerate(agreed.care_paths):
        yield from unknown(("care_paths", index, "unit"), path.unit, units, where="[[units]]")
    for index, door in enumerate(agreed.doors):
        yield from unknown(("doors", index, "site"), door.site, sites, where="[[sites]]")
    for index, route in enumerate(agreed.routes):
        here = ("routes", index)
        yield from unknown((*here, "at"), route.at, sites, where="[[sites]]")
        yield from unknown((*here, "care_path"), route.care_path, paths, where="[[care_paths]]")
        for site in route.sites:
            yield from unknown((*here, "sites"), site, sites, where="[[sites]]")
        for code in route.codes:
            if (route.system, code) in urgent:
                yield Misfit((*here, "codes"), f"{code} is life-threatening: no agreement routes it; take it out")


def _rates_of_the_hour(agreed: Agreements) -> Iterator[Misfit]:
    """Acute wijkverpleging reports visits per hour: such a figure cannot be valid for longer."""
    what = f"visits per hour are valid for {VISITS_VALID_MINUTES} minutes at most; write that or less"
    for index, rule in enumerate(agreed.rules):
        if rule.care_type is CareType.WIJKVERPLEGING and rule.validity_minutes > VISITS_VALID_MINUTES:
            yield Misfit(("rules", index, "validity_minutes"), what)
    for index, unit in enumerate(agreed.units):
        minutes = unit.validity_minutes or 0
        if unit.care_type is CareType.WIJKVERPLEGING and minutes > VISITS_VALID_MINUTES:
            yield Misfit(("units", index, "validity_minutes"), what)


def _misfits_of_rooms(agreed: Agreements, sites: Sequence[str]) -> Iterator[Misfit]:
    """Rooms and levels belong to a side, HAP or SEH, that their site has."""
    yield from doubles("room_rules", "site", [rule.site for rule in agreed.room_rules])
    yield from doubles("crowding", "site", [rule.site for rule in agreed.crowding])
    yield from doubles("proposals", "kind", [rule.kind for rule in agreed.proposals])
    at_sites: list[tuple[str, int, str, str, CareType | None]] = [
        *(("rooms", index, "home", room.site, room.home) for index, room in enumerate(agreed.rooms)),
        *(("lending", index, "to", rule.site, rule.to) for index, rule in enumerate(agreed.lending)),
        *(("room_rules", index, "site", rule.site, None) for index, rule in enumerate(agreed.room_rules)),
        *(("crowding", index, "site", rule.site, CareType.SEH) for index, rule in enumerate(agreed.crowding)),
    ]
    sides = {site.id: [point.care_type for point in site.services] for site in agreed.sites}
    for table, index, key, site, side in at_sites:
        yield from unknown((table, index, "site"), site, sites, where="[[sites]]")
        if side is not None and site in sides and side not in sides[site]:
            message = f'{site} has no service "{side.value}"; it has {", ".join(sides[site]) or "none"}'
            yield Misfit((table, index, key), message, side.value, tuple(sides[site]))
    taken: dict[tuple[str, str], int] = {}
    for index, room in enumerate(agreed.rooms):
        for name in room.names:
            if taken.setdefault((room.site, name), index) != index:
                yield Misfit(("rooms", index, "id"), f'"{name}" is at {room.site} already; rename one of them')


class AgreementsAdopted(Frozen):
    """From here on the region works by this text. `sha256` is over its canonical JSON.

    A version older than the one in force is refused, unless `older` says that going back is meant.
    """

    agreements: Agreements
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    adopted_at: Instant
    by: Actor
    older: bool = False
