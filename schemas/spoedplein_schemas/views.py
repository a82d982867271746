"""What is true now: the compacted topics that consumers read. Ages are the reader's to count."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from spoedplein_schemas.crowding import Measured, ProposalId
from spoedplein_schemas.decisions import Shortfall
from spoedplein_schemas.home_care import HomeCareVisits
from spoedplein_schemas.vocabulary import (
    CareType,
    CaseId,
    Code,
    CrowdingLevel,
    Frozen,
    Instant,
    Measure,
    OrganisationId,
    OwnerId,
    ProposalKind,
    RegionId,
    RequestId,
    RideId,
    RidePhase,
    Role,
    RoomId,
    RoomProperty,
    SiteId,
    StopReason,
    Tally,
    UnitId,
    UnitStatus,
    Urgency,
)


class UnitAvailability(Frozen):
    """Newest of one unit; key of the record is `region/unit`.

    `free` is what may be promised now: reported free less holds and acceptances that the report does not include.
    It is absent when the figure is unknown (never reported, or older than `valid_until`).
    """

    region: RegionId
    unit: UnitId
    organisation: OrganisationId
    care_type: CareType
    status: UnitStatus
    reason: StopReason | None = None
    until: Instant | None = None
    staffed: Tally | None = None
    reported_free: Tally | None = None
    free: Tally | None = None
    measure: Measure = Measure.PLACES
    held: Tally = 0
    promised: Tally = 0
    conflict: bool = False
    observed_at: Instant | None = None
    valid_until: Instant | None = None
    as_of: Instant
    version: Annotated[int, Field(ge=0)]


class CareTypeAvailability(Frozen):
    """Sum over the units of one care type in a region; key is `region//care type`.

    Unknown units are counted apart; `units_never` of them never said anything.
    """

    region: RegionId
    care_type: CareType
    units: Tally
    units_known: Tally
    units_never: Tally = 0
    units_warning: Tally
    units_stop: Tally
    units_closed: Tally
    free: Tally
    measure: Measure = Measure.PLACES
    oldest_observed_at: Instant | None = None
    as_of: Instant
    version: Annotated[int, Field(ge=0)]


class Waiting(Frozen):
    """One patient on the board: pseudonym, urgency as assigned, since when, by when.

    `ahead` counts those before him, per rank; `beside` is what other professionals assigned on other scales.
    """

    case: CaseId
    rank: int
    urgency: Urgency | None = None
    since: Instant
    due_at: Instant | None = None
    breached: bool
    ahead: tuple[Tally, ...] = ()
    beside: tuple[Urgency, ...] = ()


class QueueClass(Frozen):
    """Those of one rank who wait: how many, since when, the next norm's moment, and how many are past theirs.

    `next_due_at` is of those who are not past their norm yet; `code` what all of them were assigned, if it is one.
    """

    rank: int
    length: Tally
    code: Code | None = None
    oldest_since: Instant | None = None
    next_due_at: Instant | None = None
    breaches: Tally


class QueueBoard(Frozen):
    """One queue. `next` is in the order of taking, as far as the board's agreed size.

    `left_unseen` counts those who went away without being seen, as heard in the last day.
    """

    service: CareType
    immediate: tuple[CaseId, ...]
    classes: tuple[QueueClass, ...]
    next: tuple[Waiting, ...]
    left_unseen: Tally = 0


class Underway(Frozen):
    """An ambulance that announced a patient for this site."""

    ride: RideId
    urgency: Urgency
    eta: Instant
    arrived_at: Instant | None = None
    overdue: bool = False


class RoomUse(StrEnum):
    """`unknown`: nobody has said anything about the room yet."""

    FREE = "free"
    TAKEN = "taken"
    CLEANING = "cleaning"
    OUT_OF_USE = "out-of-use"
    UNKNOWN = "unknown"


class RoomOnBoard(Frozen):
    """One room: whose it is, how it is used since when; `service` is the side that has it, `case` who is in it.

    `proposed_for` is the patient for whom it is proposed now.
    """

    room: RoomId
    home: CareType
    properties: tuple[RoomProperty, ...] = ()
    use: RoomUse
    since: Instant | None = None
    service: CareType | None = None
    case: CaseId | None = None
    proposed_for: CaseId | None = None


class SiteLevel(Frozen):
    """How crowded a site is since when, and what that rests on."""

    level: CrowdingLevel
    since: Instant
    measures: tuple[Measured, ...]


class SiteBoard(Frozen):
    """Newest of one spoedplein; key is `region/site`."""

    region: RegionId
    site: SiteId
    status: UnitStatus
    queues: tuple[QueueBoard, ...]
    underway: tuple[Underway, ...]
    rooms: tuple[RoomOnBoard, ...] = ()
    rooms_heard_at: Instant | None = None
    crowding: SiteLevel | None = None
    as_of: Instant
    version: Annotated[int, Field(ge=0)]


class OpenProposal(Frozen):
    """Waits for somebody of `roles`, or was confirmed and is still needed."""

    proposal: ProposalId
    kind: ProposalKind
    site: SiteId | None = None
    request: RequestId | None = None
    since: Instant
    answer_by: Instant
    confirmed: bool
    roles: tuple[Role, ...]


class LevelOfSite(Frozen):
    """A site that agreed on levels: its own, and what its SEH announced."""

    site: SiteId
    level: CrowdingLevel
    since: Instant
    status: UnitStatus


class EscalationBoard(Frozen):
    """Levels of a region and its sites, and what was proposed to people; key is `region/escalation`.

    `level` is absent where the region agreed on none.
    """

    region: RegionId
    level: CrowdingLevel | None = None
    since: Instant | None = None
    sites_stopped: Tally
    sites: tuple[LevelOfSite, ...]
    proposals: tuple[OpenProposal, ...]
    as_of: Instant
    version: Annotated[int, Field(ge=0)]


class RequestState(StrEnum):
    """`first-try`: the requester tries himself. `offered`: a provider is asked. `waiting`: nothing fits now.

    `accepted`: promised, not admitted yet.
    """

    FIRST_TRY = "first-try"
    OFFERED = "offered"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    ADMITTED = "admitted"
    CANCELLED = "cancelled"


class OpenRequest(Frozen):
    """One request without an admission yet: who owns it, and by when something must happen.

    `unit` is where the next answer or the patient is expected; `asked` all that were asked; `shortfalls` why nothing
    fitted when it was last looked at.
    """

    request: RequestId
    owner: OwnerId
    care_types: tuple[CareType, ...]
    urgency: Urgency
    state: RequestState
    since: Instant
    next_deadline: Instant
    unit: UnitId | None = None
    asked: tuple[UnitId, ...] = ()
    needed_by: Instant | None = None
    shortfalls: tuple[Shortfall, ...] = ()


class RequestsBoard(Frozen):
    """Open requests of a region, most urgent first; key is `region/requests`.

    `home_care` counts visits that ended, where the region agreed what it wants of them.
    """

    region: RegionId
    requests: tuple[OpenRequest, ...]
    open_total: Tally
    home_care: HomeCareVisits | None = None
    as_of: Instant
    version: Annotated[int, Field(ge=0)]


class RideCount(Frozen):
    """So many rides are so far; `code` as assigned, `?` where none was heard."""

    phase: RidePhase
    code: Annotated[str, Field(max_length=32)]
    rides: Tally


class OffloadView(Frozen):
    """A crew that stands there longer than agreed."""

    ride: RideId
    site: SiteId
    arrived_at: Instant


class AmbulanceBoard(Frozen):
    """All rides of a region that go on, and crews that wait too long; key is `region/ambulance`."""

    region: RegionId
    rides: tuple[RideCount, ...]
    overdue: tuple[OffloadView, ...]
    as_of: Instant
    version: Annotated[int, Field(ge=0)]


class RoundView(Frozen):
    """One "report now" round. `closed`: complete, or its time is up; what is heard late still counts here."""

    round: Code
    since: Instant
    answer_by: Instant
    closed: bool
    asked: Tally
    answered: Tally
    outstanding: tuple[UnitId, ...]


class RoundsBoard(Frozen):
    """Rounds of the last day, newest first; key is `region/rounds`."""

    region: RegionId
    rounds: tuple[RoundView, ...]
    open_total: Tally
    as_of: Instant
    version: Annotated[int, Field(ge=0)]


class OpenConsult(Frozen):
    """A meedenkadvies without an answer: who is asked, and by when something happens if he says nothing."""

    consult: CaseId
    case: CaseId
    specialty: Code
    owner: OwnerId
    since: Instant
    next_deadline: Instant
    escalations: Tally = 0
    calls_back: bool = False


class ConsultsBoard(Frozen):
    """Open consults of a region, the first deadline first; key is `region/consults`."""

    region: RegionId
    consults: tuple[OpenConsult, ...]
    open_total: Tally
    as_of: Instant
    version: Annotated[int, Field(ge=0)]
