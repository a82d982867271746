"""What a huisartsenpost (HAP) says: contacts by telephone or at the desk, and whether it can cope."""

from enum import StrEnum

from spoedplein_schemas.vocabulary import Actor, AgeBand, CaseId, Code, Count, Frozen, Instant, SiteId, Urgency


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
    """Somebody reached the HAP. Waiting starts here."""

    contact: CaseId
    site: SiteId
    mode: ArrivalMode
    registered_at: Instant
    age_band: AgeBand | None = None


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
