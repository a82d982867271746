"""The front door: what a region agrees on where a triaged contact goes, and what was decided for one."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from spoedplein_schemas.hap import ArrivalMode
from spoedplein_schemas.hours import AdmissionWindow, HourKind, OpenHours
from spoedplein_schemas.placement import OverrideGround
from spoedplein_schemas.vocabulary import (
    URGENCY_CODES,
    AgeBand,
    Agreed,
    CareType,
    CaseId,
    Code,
    Destination,
    Entrance,
    Frozen,
    Instant,
    Seconds,
    SiteId,
    Text,
    UnitId,
    Urgency,
    UrgencySystem,
)

Name = Annotated[Text, Field(min_length=1, max_length=120)]


class CarePath(Agreed):
    """What acute district nursing does on its own under an agreed protocol."""

    id: Code
    """By which routes name it."""
    name: Name
    """As people know it."""
    unit: UnitId | None = None
    """The team that does it."""


class Door(Agreed):
    """A destination with hours of its own, at one site or (without `site`) for the whole region.

    The HAP and the SEH of a site are its `services`; the own huisarts keeps office hours; advice is always there.
    """

    to: Destination
    """What is behind it."""
    name: Name
    """As people know it."""
    site: SiteId | None = None
    """On which site it is; left out, it serves the whole region."""
    hours: OpenHours = OpenHours.ALWAYS
    """Kind of hours in which it is open: always, anw or office."""
    windows: tuple[AdmissionWindow, ...] = ()
    """Within those, the local hours in which it is open; left out means all of them."""

    @model_validator(mode="after")
    def _has_hours_of_its_own(self) -> Self:
        if self.to not in WITH_A_DOOR:
            msg = f"{self.to} needs no door; doors are for {', '.join(WITH_A_DOOR)}"
            raise ValueError(msg)
        return self


WITH_A_DOOR = (
    Destination.GGZ_CRISIS,
    Destination.OBSTETRIC_POST,
    Destination.DUTY_PHARMACY,
    Destination.WIJKVERPLEGING,
)


class SelfReferrals(StrEnum):
    """Who triages those who come to the site by themselves. `joint`: both do."""

    HAP = "hap"
    SEH = "seh"
    JOINT = "joint"


class Desk(Agreed):
    """The desk or desks of a site with HAP and SEH.

    With one desk there is one line for triage: who comes by himself waits in it whoever wrote him down. It is that of
    the service that triages, as long as it is open; when both do, that of the HAP, and of the SEH when that is closed.
    With two desks he is triaged where he came in. When the other triages, and is open, he is sent there; until they
    write him down he waits where he came in, and nobody is lost on the way.
    """

    joint: bool = False
    """One desk for both, with one line for triage; left out, each has its own."""
    self_referrals: SelfReferrals = SelfReferrals.JOINT
    """Who triages them: hap, seh or joint (with one desk both; with two, whoever sees them first)."""


class Route(Agreed):
    """One agreement of where a triaged contact goes. All conditions that are given must hold; none given: always.

    Routes are read in their order, and the first that holds, and whose destination is open, is the agreed one.
    A destination at a site is that of the contact's own site, unless `at` names another.
    """

    id: Code
    """Its name; decisions give it."""
    to: Destination
    """Where to."""
    at: SiteId | None = None
    """Of which site; left out, the contact's own."""
    care_path: Code | None = None
    """For wijkverpleging: under which protocol."""
    entrances: tuple[Entrance, ...] = ()
    """Where the contact came in: hap, seh, mka (a 112 call that was referred)."""
    sites: tuple[SiteId, ...] = ()
    """Only for contacts of these sites."""
    hours: OpenHours = OpenHours.ALWAYS
    """Only in these hours: always, anw or office."""
    windows: tuple[AdmissionWindow, ...] = ()
    """Only in these local hours."""
    modes: tuple[ArrivalMode, ...] = ()
    """Only for who came so."""
    system: UrgencySystem | None = None
    """Only for urgencies of this scale."""
    codes: tuple[Code, ...] = ()
    """Only for these codes of it."""
    ranks: tuple[Annotated[int, Field(ge=1, le=5)], ...] = ()
    """Only for these ranks, whatever the scale."""
    complaints: tuple[Code, ...] = ()
    """Only for these codes of the complaint."""
    age_bands: tuple[AgeBand, ...] = ()
    """Only for these ages."""
    refer_to: tuple[CareType, ...] = ()
    """Only for calls that the control room referred to this."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.care_path is None) is (self.to is Destination.WIJKVERPLEGING):
            msg = f"route {self.id}: care_path names what acute wijkverpleging does, and only that"
            raise ValueError(msg)
        if self.to is Destination.EMERGENCY:
            msg = f"route {self.id}: 112 is no agreement; the life-threatening go there whatever is agreed"
            raise ValueError(msg)
        if self.codes and self.system is None:
            msg = f"route {self.id}: codes need the system that they are of"
            raise ValueError(msg)
        unknown = [code for code in self.codes if self.system and code not in URGENCY_CODES[self.system]]
        if unknown:
            msg = f"route {self.id}: {self.system} has no code {', '.join(unknown)}"
            raise ValueError(msg)
        return self


# --- what was decided ------------------------------------------------------------------------------------------------


class RouteBasis(StrEnum):
    """What a destination follows from.

    `route`: an agreed route. `as-registered`: none holds, so where the contact came in. `as-referred`: what the control
    room said. `desk`: who triages those who come by themselves. `redirected`: a professional decided otherwise.
    """

    ROUTE = "route"
    LIFE_THREATENING = "life-threatening"
    AS_REGISTERED = "as-registered"
    AS_REFERRED = "as-referred"
    DESK = "desk"
    REDIRECTED = "redirected"


class PassedCode(StrEnum):
    """Why a destination is not the agreed one for this contact now."""

    SITE = "site-not-agreed"
    ENTRANCE = "entrance-not-agreed"
    REFERRAL = "referral-not-agreed"
    MODE = "mode-not-agreed"
    URGENCY = "urgency-not-agreed"
    AGE_BAND = "age-band-not-agreed"
    COMPLAINT = "complaint-not-agreed"
    HOURS = "hours-not-agreed"
    NO_SERVICE = "no-service-at-site"
    CLOSED_NOW = "closed-now"
    EARLIER_ROUTE = "earlier-route"


class PassedDestination(Frozen):
    """A destination passed over: of its routes the one that came nearest. `opens_at` is when that would lift."""

    destination: Destination
    route: Code
    code: PassedCode
    opens_at: Instant | None = None


class Redirection(Frozen):
    """Who decided otherwise, on which ground, and where the agreements would have sent the contact."""

    role: Code
    ground: OverrideGround
    agreed: Destination
    agreed_route: Code | None = None


class ContactRouted(Frozen):
    """Where the agreements of the region send this contact: recorded, for a professional who may always deviate.

    The facts it rests on are as of `judged_at`; `hours` and `holiday` are of that moment. `at` is the site of the
    destination, `from_at` the moment from which it is there (the own huisarts on the next working day).
    """

    case: CaseId
    entrance: Entrance
    site: SiteId | None = None
    destination: Destination
    at: SiteId | None = None
    basis: RouteBasis
    route: Code | None = None
    care_path: Code | None = None
    from_at: Instant | None = None
    urgency: Urgency | None = None
    mode: ArrivalMode | None = None
    hours: HourKind
    holiday: Annotated[str, Field(max_length=60)] | None = None
    judged_at: Instant
    age_seconds: Seconds
    passed: tuple[PassedDestination, ...] = ()
    redirection: Redirection | None = None
