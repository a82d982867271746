"""Decisions of the coordination core: what, why, on which data, and what was passed over.

`reasons` are codes; the portal and `spoedplein explain` put words to them.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from spoedplein_schemas.agreements import Minutes
from spoedplein_schemas.consult import ConsultOutcome
from spoedplein_schemas.exclusions import CodeCount as CodeCount  # noqa: PLC0414  found here as ever
from spoedplein_schemas.exclusions import Exclusion as Exclusion  # noqa: PLC0414  found here as ever
from spoedplein_schemas.exclusions import ExclusionCode as ExclusionCode  # noqa: PLC0414  found here as ever
from spoedplein_schemas.exclusions import NearMiss as NearMiss  # noqa: PLC0414  found here as ever
from spoedplein_schemas.exclusions import ReasonCount as ReasonCount  # noqa: PLC0414  found here as ever
from spoedplein_schemas.exclusions import Shortfall as Shortfall  # noqa: PLC0414  found here as ever
from spoedplein_schemas.placement import CancelReason, DeclineReason, OfferId, OverrideGround
from spoedplein_schemas.vocabulary import (
    CareType,
    CaseId,
    Code,
    Frozen,
    Instant,
    OwnerId,
    RequestId,
    RideId,
    RidePhase,
    Seconds,
    SiteId,
    StopReason,
    Tally,
    UnitId,
    UnitStatus,
    Urgency,
)


class Basis(Frozen):
    """The figure that a decision rests on and how old it was then."""

    unit: UnitId
    observed_at: Instant
    age_seconds: Seconds
    free: Tally
    held: Tally


class ScorePart(Frozen):
    """Points of one consideration; the lowest total is offered first."""

    part: Code
    points: int


class Refusal(StrEnum):
    """Why a command changed nothing. It is an answer, not an error."""

    UNKNOWN_REQUEST = "unknown-request"
    UNKNOWN_OFFER = "unknown-offer"
    UNKNOWN_UNIT = "unknown-unit"
    UNKNOWN_TRANSFER = "unknown-transfer"
    OFFER_LAPSED = "offer-lapsed"
    REQUEST_CLOSED = "request-closed"
    NOT_PLACED_THERE = "not-placed-there"
    NOT_THE_OWNER = "not-the-owner"
    OLDER_AGREEMENTS = "older-agreements"
    UNKNOWN_PROPOSAL = "unknown-proposal"
    PROPOSAL_CLOSED = "proposal-closed"
    ROLE_NOT_AGREED = "role-not-agreed"
    ACCEPTED_ELSEWHERE = "accepted-elsewhere"
    SUPERSEDED = "superseded"
    NO_FIRST_TRY = "no-first-try"
    NAME_TAKEN = "name-taken"


# --- agreements -------------------------------------------------------------------------------------------------


class AgreementsInForce(Frozen):
    """The region works by this version from here on; `previous` is what it worked by before."""

    version: Code
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    previous: Code | None = None


# --- queue ------------------------------------------------------------------------------------------------------


class Before(Frozen):
    """Those of one rank who are before somebody: how many, and who of them waits longest.

    `code` is what all who wait in that rank were assigned; absent where they differ, or wait for triage.
    """

    rank: Annotated[int, Field(ge=0, le=5)]
    count: Tally
    oldest_since: Instant
    code: Code | None = None


class PatientQueued(Frozen):
    """Waits at a service point, as number `position` counted from 1.

    `ahead` counts those before, per rank, and `before` tells of them; `due_at` is the norm's moment, if there is one.
    """

    case: CaseId
    site: SiteId
    service: CareType
    rank: Annotated[int, Field(ge=0, le=5)]
    position: Tally
    ahead: tuple[Tally, ...]
    before: tuple[Before, ...] = ()
    urgency: Urgency | None = None
    due_at: Instant | None = None


class PatientImmediate(Frozen):
    """Life-threatening: outside every order, now."""

    case: CaseId
    site: SiteId
    service: CareType
    urgency: Urgency


class NormBreached(Frozen):
    """The wait passed the norm of its urgency (`urgency` absent: still waiting for triage)."""

    case: CaseId
    site: SiteId
    service: CareType
    due_at: Instant
    waited_seconds: Seconds
    urgency: Urgency | None = None


class ReassessmentDue(Frozen):
    """Still waiting, and not looked at for as long as was agreed: `missed` due moments since `assessed_at`, the
    newest of them `due_at`. Waiting patients are re-assessed regularly (kwaliteitsstandaard intramurale spoedzorg).
    """

    case: CaseId
    site: SiteId
    service: CareType
    rank: Annotated[int, Field(ge=0, le=5)]
    urgency: Urgency
    assessed_at: Instant
    due_at: Instant
    missed: Annotated[int, Field(ge=1)]


class PatientTaken(Frozen):
    """Waiting ended because care began."""

    case: CaseId
    site: SiteId
    service: CareType
    waited_seconds: Seconds
    within_norm: bool | None = None
    urgency: Urgency | None = None


class PatientGone(Frozen):
    """Waiting ended without care beginning (left unseen, cancelled, own GP, or `moved-on`: written down elsewhere)."""

    case: CaseId
    site: SiteId
    service: CareType
    waited_seconds: Seconds
    outcome: Code
    left_unseen: bool = False


# --- availability -----------------------------------------------------------------------------------------------


class FigureStale(Frozen):
    """The unit's figure passed its validity: from now on unknown, not offered, not counted."""

    unit: UnitId
    care_type: CareType
    observed_at: Instant
    validity_minutes: Minutes


class FigureConflict(Frozen):
    """A report gives fewer free places than are promised. Shown; never negative."""

    unit: UnitId
    care_type: CareType
    free: Tally
    promised: Tally


class UnitStatusChanged(Frozen):
    """Open, warning, stop or closed as it holds from now; `lapsed`: a stop or warning reached its end unlifted."""

    unit: UnitId
    care_type: CareType
    previous: UnitStatus
    status: UnitStatus
    reason: StopReason | None = None
    until: Instant | None = None
    lapsed: bool = False


class RoundOpened(Frozen):
    """Units are asked to report now. `units` are all that are asked; `answered` of them had a figure of since then.

    `request` is whom no figure was known for, when the round opened by agreement and not by a person.
    """

    round: Code
    care_types: tuple[CareType, ...]
    units: tuple[UnitId, ...]
    answered: Tally
    remind_at: Instant | None = None
    answer_by: Instant
    request: RequestId | None = None


class RoundReminded(Frozen):
    """The agreed moment before the end has come, and these units have not answered yet."""

    round: Code
    outstanding: tuple[UnitId, ...]
    answer_by: Instant


class RoundCompleted(Frozen):
    """Every unit answered."""

    round: Code
    asked: Tally
    took_seconds: Seconds


class RoundClosed(Frozen):
    """Time is up, and these units have not answered. `percent` is the completeness, rounded down."""

    round: Code
    asked: Tally
    answered: Tally
    percent: Annotated[int, Field(ge=0, le=100)]
    outstanding: tuple[UnitId, ...]


# --- placement --------------------------------------------------------------------------------------------------


class PlacementOffered(Frozen):
    """A place is held for the request until `answer_by`.

    `excluded` names who was passed over, by care type and unit; where there are more than the region agreed to name,
    the first ones, and `not_named` counts the others.
    """

    request: RequestId
    offer: OfferId
    unit: UnitId
    care_type: CareType
    attempt: Annotated[int, Field(ge=1)]
    answer_by: Instant
    owner: OwnerId
    score: tuple[ScorePart, ...]
    basis: Basis
    excluded: tuple[Exclusion, ...]
    not_named: tuple[CodeCount, ...] | None = None
    runners_up: tuple[UnitId, ...] = ()


class OfferEnd(StrEnum):
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN_CANCELLED = "withdrawn-cancelled"
    WITHDRAWN_OVERRIDDEN = "withdrawn-overridden"
    WITHDRAWN_CONFLICT = "withdrawn-conflict"
    WITHDRAWN_STOP = "withdrawn-stop"
    WITHDRAWN_TRANSFERRED = "withdrawn-transferred"
    WITHDRAWN_ACCEPTED = "withdrawn-accepted"
    WITHDRAWN_AGREEMENTS = "withdrawn-agreements"


class OfferEnded(Frozen):
    """The hold is gone. `reason` is the provider's, when he declined; `still_open` counts the others of the request."""

    request: RequestId
    offer: OfferId
    unit: UnitId
    end: OfferEnd
    reason: DeclineReason | None = None
    still_open: Tally = 0


class PlacementAccepted(Frozen):
    """The provider takes the patient; the place is promised until he is admitted, by `admit_by`."""

    request: RequestId
    offer: OfferId
    unit: UnitId
    owner: OwnerId
    admit_by: Instant


class PromiseReleased(Frozen):
    """An accepted place is not wanted any more (cancelled, or a professional chose another): the unit may give it away.

    `offer` is the decision that the acceptance rested on.
    """

    request: RequestId
    offer: OfferId
    unit: UnitId
    end: OfferEnd


class PlacementExhausted(Frozen):
    """Nothing fits now. Every unit of the asked care types is named with its reason; looked at again at `review_at`.

    `shortfalls` sums up, per care type in the order asked, what was short and what would have met the request.
    """

    request: RequestId
    owner: OwnerId
    excluded: tuple[Exclusion, ...]
    review_at: Instant
    rounds: Annotated[int, Field(ge=1)]
    shortfalls: tuple[Shortfall, ...] = ()


class PlacementAdmitted(Frozen):
    """The patient is in the place; `to_place_seconds` counts from the request."""

    request: RequestId
    unit: UnitId
    to_place_seconds: Seconds


class PlacementReopened(Frozen):
    """An acceptance was taken back, or nobody came in time: the search starts again."""

    request: RequestId
    unit: UnitId
    owner: OwnerId
    reason: DeclineReason


class AdmissionOverdue(Frozen):
    """Accepted, but no admission was reported in time: the owner must look. Said again at `review_at`."""

    request: RequestId
    unit: UnitId
    owner: OwnerId
    overdue_since: Instant
    review_at: Instant


class PlacementCancelled(Frozen):
    """The request is closed without a placement; what was held for it is free again."""

    request: RequestId
    reason: CancelReason


class LabelRecorded(Frozen):
    """The care that a stay in a no-label bed turned out to be."""

    request: RequestId
    unit: UnitId
    label: CareType
    decided_at: Instant


class OwnershipChanged(Frozen):
    """Regie passed from `previous` to `owner`."""

    request: RequestId
    previous: OwnerId
    owner: OwnerId


class OverrideRecorded(Frozen):
    """A professional placed by his own judgement. `against` names the rules that he set aside."""

    request: RequestId
    unit: UnitId
    role: Code
    ground: OverrideGround
    against: tuple[Exclusion, ...]


# --- ambulance --------------------------------------------------------------------------------------------------


class DestinationCode(StrEnum):
    """What speaks against a department. `warning` and `status-unknown` keep nobody away."""

    STOP = "stop"
    CLOSED = "closed"
    PROPERTY_MISSING = "property-missing"
    NO_DEPARTMENT = "no-department"
    WARNING = "warning"
    STATUS_UNKNOWN = "status-unknown"


class DestinationOption(Frozen):
    """A department that can be gone to: how soon, in which agreed order, how far, how it stands.

    `free` rooms are absent when unknown; `standing` ambulances are there now and have not handed over.
    """

    site: SiteId
    unit: UnitId
    status: UnitStatus
    cautions: tuple[DestinationCode, ...] = ()
    eta: Instant | None = None
    order: Annotated[int, Field(ge=1)] | None = None
    distance_km: Tally | None = None
    free: Tally | None = None
    standing: Tally = 0


class DestinationPassed(Frozen):
    """A department that was passed over, and why."""

    site: SiteId
    code: DestinationCode
    detail: Annotated[str, Field(max_length=120)] | None = None


class DestinationsShown(Frozen):
    """Where this patient can go, best first; who asked decides. Life-threatening: nothing is passed over."""

    ride: RideId
    urgency: Urgency
    life_threatening: bool
    options: tuple[DestinationOption, ...]
    passed: tuple[DestinationPassed, ...]


class DivertProposed(Frozen):
    """The announced department does not take him now and others do. Nothing changes until a new announcement."""

    ride: RideId
    site: SiteId
    code: DestinationCode
    urgency: Urgency
    options: tuple[DestinationOption, ...]
    until: Instant | None = None


class RideRedirected(Frozen):
    """The ride was announced to another site."""

    ride: RideId
    previous: SiteId
    site: SiteId
    urgency: Urgency


class OffloadOverdue(Frozen):
    """The crew stands there longer than agreed and has not handed its patient over."""

    ride: RideId
    site: SiteId
    arrived_at: Instant
    norm_minutes: Minutes
    urgency: Urgency | None = None


class OffloadEnded(Frozen):
    """The patient was handed over; how long that took from arrival."""

    ride: RideId
    site: SiteId
    offload_seconds: Seconds
    within_norm: bool


class RideLapsed(Frozen):
    """Nothing was heard of the ride for the agreed time: it is shown no more, and forgotten."""

    ride: RideId
    phase: RidePhase
    heard_at: Instant
    site: SiteId | None = None


# --- consult ----------------------------------------------------------------------------------------------------


class ConsultOpened(Frozen):
    """`owner` is asked to think along, and answers by then."""

    consult: CaseId
    case: CaseId
    specialty: Code
    owner: OwnerId
    answer_by: Instant


class ConsultReminded(Frozen):
    """No answer yet; the term ends at `answer_by`."""

    consult: CaseId
    owner: OwnerId
    answer_by: Instant


class ConsultEscalated(Frozen):
    """The term passed without an answer: `owner` is asked now, who may be the last of the agreed line once more."""

    consult: CaseId
    previous: OwnerId
    owner: OwnerId
    step: Annotated[int, Field(ge=1)]
    answer_by: Instant


class ConsultPostponed(Frozen):
    """Who was asked calls back: an answer is promised, by `answer_by`."""

    consult: CaseId
    owner: OwnerId
    answer_by: Instant


class ConsultClosed(Frozen):
    """Answered; or cancelled, and then without `outcome`. `waited_seconds` from the question on."""

    consult: CaseId
    outcome: ConsultOutcome | None = None
    waited_seconds: Seconds
    within_term: bool
    escalations: Tally = 0


class CommandRefused(Frozen):
    """A message that could change nothing, and why: the sender can show it."""

    command: Annotated[str, Field(max_length=80)]
    subject: Annotated[str, Field(max_length=120)]
    refusal: Refusal
    detail: Annotated[str, Field(max_length=200)] | None = None
