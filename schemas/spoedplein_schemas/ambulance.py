"""What the ambulance control room (MKA) and the crews say; urgencies A0 to C2 of the 2024 scheme."""

from typing import Annotated

from spoedplein_schemas.vocabulary import (
    DISTINCT,
    CareType,
    CaseId,
    Code,
    Frozen,
    Instant,
    Pc4,
    Property,
    RideId,
    SiteId,
    Urgency,
)


class RideDispatched(Frozen):
    """A vehicle is on its way to a call; `area` is where to, as the first four positions of the postcode."""

    ride: RideId
    urgency: Urgency
    dispatched_at: Instant
    vehicle: Code | None = None
    area: Pc4 | None = None


class Candidate(Frozen):
    """A site that the crew could reach, and when."""

    site: SiteId
    eta: Instant


class DestinationAsked(Frozen):
    """Where can this patient go? `candidates` with the times that the asker's own navigation gives, if it does.

    `needs` are properties that the department must have. The answer is shown; who asked decides.
    """

    ride: RideId
    urgency: Urgency
    asked_at: Instant
    area: Pc4 | None = None
    needs: Annotated[tuple[Property, ...], DISTINCT] = ()
    candidates: tuple[Candidate, ...] = ()
    complaint: Code | None = None


class TransportCancelled(Frozen):
    """The patient does not come after all; a newer announcement stands."""

    ride: RideId
    cancelled_at: Instant


class TransportAnnounced(Frozen):
    """A patient is coming to `site`, expected at `eta`. A newer `announced_at` replaces an older one."""

    ride: RideId
    site: SiteId
    urgency: Urgency
    eta: Instant
    announced_at: Instant
    complaint: Code | None = None


class AmbulanceArrived(Frozen):
    """The vehicle stands at the site; the offload begins."""

    ride: RideId
    site: SiteId
    arrived_at: Instant


class PatientHandedOver(Frozen):
    """The end of the offload: the crew is free of the patient."""

    ride: RideId
    site: SiteId
    handed_over_at: Instant


class RideReleased(Frozen):
    """The vehicle is available again, with or without a hospital in the ride."""

    ride: RideId
    released_at: Instant


class CallReferred(Frozen):
    """A 112 call that became a referral (C1) or self-care advice (C2): no ambulance goes.

    `refer_to` and `site` are what the control room told the caller, where it did; the newest `referred_at` counts.
    """

    call: CaseId
    urgency: Urgency
    referred_at: Instant
    refer_to: CareType | None = None
    site: SiteId | None = None
    area: Pc4 | None = None
