"""What a huisartsenpost (HAP) says: contacts by telephone or at the desk, and whether it can cope."""

from enum import StrEnum

from spoedplein_schemas.placement import OverrideGround
from spoedplein_schemas.vocabulary import (
    Actor,
    AgeBand,
    CaseId,
    Code,
    Count,
    Destination,
    Frozen,
    Instant,
    SiteId,
    Urgency,
)


class ArrivalMode(StrEnum):
    PHONE = "phone"
    SELF_REFERRED = "self-referred"
    REFERRED = "referred"
    AMBULANCE = "ambulance"


class ContactOutcome(StrEnum):
    TREATED = "treated"
    ADVICE = "advice"
    REFERRED_SEH = "referred-seh"
    REFERRED_OTHER = "referred-other"
    OWN_GP = "own-gp"
    LEFT_UNSEEN = "left-unseen"
    CANCELLED = "cancelled"


class ServiceLevel(StrEnum):
    OPEN = "open"
    BUSY = "busy"
    CLOSED = "closed"


class ContactRegistered(Frozen):
    """Somebody reached the HAP. Waiting starts here.

    `visit` (at the SEH of this site) or `call` (referred by the ambulance control room) is the same person, written
    down there before: from now on he waits here only.
    """

    contact: CaseId
    site: SiteId
    mode: ArrivalMode
    registered_at: Instant
    age_band: AgeBand | None = None
    visit: CaseId | None = None
    call: CaseId | None = None


class ContactTriaged(Frozen):
    """A triagist assigned an urgency. `complaint` is the code of the entry complaint, never its text."""

    contact: CaseId
    site: SiteId
    urgency: Urgency
    triaged_at: Instant
    complaint: Code | None = None


class ContactRetriaged(Frozen):
    """Waiting patients are re-assessed; the newest `retriaged_at` counts."""

    contact: CaseId
    site: SiteId
    urgency: Urgency
    retriaged_at: Instant
    complaint: Code | None = None


class ContactRedirected(Frozen):
    """A professional sends the contact elsewhere than the agreed route: his to decide, recorded with role and ground.

    `at` is the site of the destination, when it is not the contact's own. It stands until he or another decides again.
    """

    contact: CaseId
    site: SiteId
    destination: Destination
    ground: OverrideGround
    redirected_at: Instant
    by: Actor
    at: SiteId | None = None
    care_path: Code | None = None


class ContactCalled(Frozen):
    """The consultation, visit or call-back started: the patient waits no longer."""

    contact: CaseId
    site: SiteId
    called_at: Instant
    by: Actor | None = None


class ContactClosed(Frozen):
    """The contact ended, with or without having been called."""

    contact: CaseId
    site: SiteId
    outcome: ContactOutcome
    closed_at: Instant


class ServiceStatusReported(Frozen):
    """State of the post itself; `answer_seconds` is the present mean time to answer the telephone."""

    site: SiteId
    level: ServiceLevel
    observed_at: Instant
    answer_seconds: Count | None = None
