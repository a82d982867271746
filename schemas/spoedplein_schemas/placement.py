"""Requests for a place and what becomes of them. A request carries a minimal coded profile under a pseudonym."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from spoedplein_schemas.vocabulary import (
    DISTINCT,
    Actor,
    AgeBand,
    CareType,
    CaseId,
    Code,
    Frozen,
    Instant,
    LegalTitle,
    OrganisationId,
    OwnerId,
    Pc4,
    Property,
    RegionId,
    RequestId,
    Role,
    Sex,
    SiteId,
    UnitId,
    Urgency,
)

OfferId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=80, examples=["rijnmond.1042.0"])]


class Profile(Frozen):
    """What the professional asks of a place. `care_types` in order of preference; all `needs` must be met.

    What he did not say is absent and keeps nothing out: `wlz_expected` (an indication will follow within two weeks),
    `gp_keeps_treating` during the stay, `medically_stable`, `expectancy_under_three_months`, and the stay he foresees.
    """

    care_types: Annotated[tuple[CareType, ...], Field(min_length=1), DISTINCT]
    urgency: Urgency
    age_band: AgeBand
    legal_title: LegalTitle = LegalTitle.VOLUNTARY
    wlz_indication: bool = False
    sex: Sex | None = None
    needs: Annotated[tuple[Property, ...], DISTINCT] = ()
    needed_by: Instant | None = None
    area: Pc4 | None = None
    wlz_expected: bool | None = None
    gp_keeps_treating: bool | None = None
    medically_stable: bool | None = None
    expectancy_under_three_months: bool | None = None
    stay_hours: Annotated[int, Field(ge=1, le=24 * 366)] | None = None


class DeclineReason(StrEnum):
    FULL = "full"
    STAFF = "staff"
    CARE_TOO_COMPLEX = "care-too-complex"
    LEGAL = "legal"
    ISOLATION = "isolation"
    NO_GP = "no-gp"
    OTHER = "other"


class CancelReason(StrEnum):
    FOUND_ELSEWHERE = "found-elsewhere"
    NO_LONGER_NEEDED = "no-longer-needed"
    HOSPITALISED = "hospitalised"
    DECEASED = "deceased"
    OTHER = "other"


class OverrideGround(StrEnum):
    """Why a professional chose another place than the rules gave; he always may."""

    CLINICAL_JUDGEMENT = "clinical-judgement"
    PATIENT_WISH = "patient-wish"
    BY_TELEPHONE = "by-telephone"
    LOCAL_KNOWLEDGE = "local-knowledge"
    OTHER = "other"


class PlacementRequested(Frozen):
    """A place is asked. The request is created once; `owner` holds the regie until he hands it over.

    `requester_role` tells whether a first try of his own was agreed; `follows` names the stay that this one follows.
    """

    request: RequestId
    case: CaseId
    requester: OrganisationId
    owner: OwnerId
    profile: Profile
    requested_at: Instant
    origin: SiteId | None = None
    preferred: Annotated[tuple[UnitId, ...], DISTINCT] = ()
    requester_role: Role | None = None
    follows: RequestId | None = None


class FirstTryAbandoned(Frozen):
    """Who tried himself first found nothing: the centre takes over before his time is up."""

    request: RequestId
    abandoned_at: Instant
    by: Actor


class OfferAccepted(Frozen):
    """The provider says yes to the offer: the place is promised."""

    request: RequestId
    offer: OfferId
    accepted_at: Instant
    by: Actor


class OfferDeclined(Frozen):
    """The provider says no to the offer, with his reason: the next candidate is asked."""

    request: RequestId
    offer: OfferId
    reason: DeclineReason
    declined_at: Instant
    by: Actor


class PatientAdmitted(Frozen):
    """The patient is in the place: reports counted from `admitted_at` on include him."""

    request: RequestId
    unit: UnitId
    admitted_at: Instant


class LateRejected(Frozen):
    """The provider takes back an acceptance: the request is open again."""

    request: RequestId
    unit: UnitId
    reason: DeclineReason
    rejected_at: Instant
    by: Actor


class RequestCancelled(Frozen):
    """The requester needs no place any more."""

    request: RequestId
    reason: CancelReason
    cancelled_at: Instant
    by: Actor


class LabelDecided(Frozen):
    """For a no-label bed: which care this turned out to be, decided and dated during the stay."""

    request: RequestId
    unit: UnitId
    label: CareType
    decided_at: Instant
    by: Actor


class OwnershipHandedOver(Frozen):
    """Regie passes on; it is never absent."""

    request: RequestId
    from_owner: OwnerId
    to_owner: OwnerId
    handed_over_at: Instant
    by: Actor


class PlacementOverridden(Frozen):
    """A professional places by his own judgement; who (role) and why are kept."""

    request: RequestId
    unit: UnitId
    ground: OverrideGround
    overridden_at: Instant
    by: Actor


class TransferReason(StrEnum):
    """Why there is no transfer, or no longer."""

    NOTHING_FITS = "nothing-fits"
    NOT_AGREED = "not-agreed"
    TOO_LATE = "too-late"
    SILENCE = "silence"
    PLACED = "placed"
    CANCELLED = "cancelled"
    TAKEN_BACK = "taken-back"


class TransferOutcome(StrEnum):
    """`accepted`: a place is held for the neighbour until he confirms or withdraws. `released`: not after all."""

    NONE = "none"
    ACCEPTED = "accepted"
    RELEASED = "released"
    ADMITTED = "admitted"


class ShortOf(Frozen):
    """Why not, in numbers: so many units were passed over for this reason (an exclusion code)."""

    code: Code
    units: Annotated[int, Field(ge=1)]


class TransferAsked(Frozen):
    """Another region asks for a place here; it keeps the request and its owner.

    `request` is a pseudonym made for this transfer: nothing here leads back to the neighbour's own request.
    """

    request: RequestId
    from_region: RegionId
    asked_at: Instant
    answer_by: Instant
    requester: OrganisationId
    owner: OwnerId
    profile: Profile


class TransferAnswered(Frozen):
    """The neighbour's answer: a unit, or none and why, as far as the two regions share that."""

    request: RequestId
    by_region: RegionId
    answered_at: Instant
    outcome: TransferOutcome
    unit: UnitId | None = None
    reason: TransferReason | None = None
    short_of: tuple[ShortOf, ...] = ()
    passed_over: tuple[UnitId, ...] = ()


class TransferConfirmed(Frozen):
    """The region that asked takes the place: its patient comes."""

    request: RequestId
    from_region: RegionId
    confirmed_at: Instant


class TransferWithdrawn(Frozen):
    """The region that asked needs no place here any more: what is held for it is free again."""

    request: RequestId
    from_region: RegionId
    withdrawn_at: Instant
    reason: TransferReason
