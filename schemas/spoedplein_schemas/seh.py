"""What a spoedeisende hulp (SEH) says: visits from arrival to departure, and warning or stop."""

from enum import StrEnum

from spoedplein_schemas.hap import ArrivalMode
from spoedplein_schemas.placement import OverrideGround
from spoedplein_schemas.vocabulary import (
    Actor,
    AgeBand,
    CareType,
    CaseId,
    Code,
    Count,
    Destination,
    Frozen,
    Instant,
    RideId,
    SiteId,
    StopReason,
    UnitStatus,
    Urgency,
)


class Disposition(StrEnum):
    HOME = "home"
    ADMIT = "admit"
    TRANSFER = "transfer"
    ELSEWHERE = "elsewhere"


class Departure(StrEnum):
    HOME = "home"
    ADMITTED = "admitted"
    TRANSFERRED = "transferred"
    LEFT_UNSEEN = "left-unseen"
    DECEASED = "deceased"


class PatientArrived(Frozen):
    """Arrival at the SEH. Triage is due within ten minutes (kwaliteitsstandaard intramurale spoedzorg).

    `contact` (at the HAP of this site) or `call` (referred by the ambulance control room) is the same person, written
    down there before: from now on he waits here only.
    """

    visit: CaseId
    site: SiteId
    mode: ArrivalMode
    arrived_at: Instant
    ride: RideId | None = None
    age_band: AgeBand | None = None
    contact: CaseId | None = None
    call: CaseId | None = None


class PatientTriaged(Frozen):
    """A nurse assigned an urgency. `complaint` is the code of the presenting complaint, never its text."""

    visit: CaseId
    site: SiteId
    urgency: Urgency
    triaged_at: Instant
    complaint: Code | None = None


class PatientRetriaged(Frozen):
    """Waiting patients are re-assessed; the newest `retriaged_at` counts."""

    visit: CaseId
    site: SiteId
    urgency: Urgency
    retriaged_at: Instant
    complaint: Code | None = None


class PatientRedirected(Frozen):
    """A professional sends the patient elsewhere than the agreed route: his to decide, recorded with role and ground.

    `at` is the site of the destination, when it is not the visit's own. It stands until he or another decides again.
    """

    visit: CaseId
    site: SiteId
    destination: Destination
    ground: OverrideGround
    redirected_at: Instant
    by: Actor
    at: SiteId | None = None
    care_path: Code | None = None


class TreatmentStarted(Frozen):
    """First contact with a treating professional: the end of waiting."""

    visit: CaseId
    site: SiteId
    started_at: Instant


class DispositionDecided(Frozen):
    """Where to, after the SEH; `care_type` when that is known. Boarding starts here when no place follows."""

    visit: CaseId
    site: SiteId
    disposition: Disposition
    decided_at: Instant
    care_type: CareType | None = None


class PatientLeft(Frozen):
    """The visit ended: the patient is out of the SEH."""

    visit: CaseId
    site: SiteId
    departure: Departure
    left_at: Instant


class StatusReported(Frozen):
    """Warning, stop or open, with reason and expected end, and the numbers behind it where the SEH gives them.

    A stop asks ambulances to divert if possible; it never refuses a life-threatening case (LNAZ).
    The counts are persons at `observed_at`; a field left out was not reported, which is not zero.
    """

    site: SiteId
    status: UnitStatus
    observed_at: Instant
    reason: StopReason | None = None
    expected_end: Instant | None = None
    present: Count | None = None
    waiting_first_contact: Count | None = None
    waiting_trolley: Count | None = None
    boarding_ward: Count | None = None
    boarding_icu: Count | None = None
