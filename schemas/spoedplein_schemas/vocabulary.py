"""The shared words: identifiers, closed lists, and what an urgency is.

Dutch stays Dutch where it is the field's term. Lists marked *configurable* in the
region's agreements are only names here; no rule hangs on them.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)
#: What sources say of moments before 1900 or after 9000 (year 1 and year 9999 are how computers write "never") is taken
#: for these: whatever is added to them, and in whichever zone they are shown, a date can be written down.
EARLIEST_MS: Final = -2_208_988_800_000
LATEST_MS: Final = 221_845_392_000_000


class Frozen(BaseModel):
    """A fact as it was said: immutable, and with no field that we do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Agreed(Frozen):
    """A table of the agreements; what stands below a field describes it in the JSON Schema."""

    model_config = ConfigDict(use_attribute_docstrings=True)


def _identifier(*, example: str) -> object:
    """A short, speakable identifier; the letter first keeps citizen numbers (nine digits) out by shape."""
    return Field(pattern=r"^[a-z][a-z0-9]*(?:[-.][a-z0-9]+)*$", max_length=64, examples=[example])


RegionId = Annotated[str, _identifier(example="rijnmond")]
SiteId = Annotated[str, _identifier(example="schiedam")]
UnitId = Annotated[str, _identifier(example="elv-hoog-frankeland")]
OrganisationId = Annotated[str, _identifier(example="frankeland")]
OwnerId = Annotated[str, _identifier(example="zcc-rijnmond")]
#: A room within its site: the same name may stand at two sites.
RoomId = Annotated[str, _identifier(example="kamer-7")]
#: Pseudonym that only its maker can trace to a person.
CaseId = Annotated[str, _identifier(example="c-7f3a9e21")]
RequestId = Annotated[str, _identifier(example="r-20260110-0042")]
RideId = Annotated[str, _identifier(example="rit-17154-9031")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$", max_length=32)]
#: The first four positions of a postcode: never the letters, which name a street.
Pc4 = Annotated[str, Field(pattern=r"^[1-9][0-9]{3}$", examples=["3118"])]
Instant = AwareDatetime
#: One line of words: no control characters, which neither a terminal nor a database wants.
Text = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=400)]
COUNT_MAX: Final = 100_000


def _distinct(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))


#: Of what is named more than once only the first counts. What follows from a list is then no longer than what there is.
DISTINCT: Final = AfterValidator(_distinct)
SECONDS_MAX: Final = 1_000_000_000
#: What a source says, or what is agreed: more is refused.
Count = Annotated[int, Field(ge=0, le=COUNT_MAX)]


def _told_at_most(most: int) -> tuple[object, object]:
    """What follows from inputs has no bound of its own; it is told as far as the contract goes, and never refused."""
    return Field(ge=0, json_schema_extra={"maximum": most}), AfterValidator(partial(min, most))


#: What we count: the largest stands for itself and for all that is more. A sum may outgrow what each source may say.
Tally = Annotated[int, *_told_at_most(COUNT_MAX)]
#: How long something took by moments that sources said; the largest, some thirty years, stands for all that is longer.
Seconds = Annotated[int, *_told_at_most(SECONDS_MAX)]


class Topic(StrEnum):
    """Topics of the integration contract; keys, retention and rights are in `deploy/kafka`."""

    HAP = "spoedplein.hap.v1"
    SEH = "spoedplein.seh.v1"
    AMBULANCE = "spoedplein.ambulance.v1"
    CAPACITY = "spoedplein.capacity.v1"
    PLACEMENT = "spoedplein.placement.v1"
    LOG = "spoedplein.log.v1"
    DECISIONS = "spoedplein.decisions.v1"
    AVAILABILITY = "spoedplein.availability.v1"
    BOARDS = "spoedplein.boards.v1"
    SNAPSHOTS = "spoedplein.snapshots.v1"
    DEAD_LETTERS = "spoedplein.dead-letters.v1"


SOURCE_TOPICS = (Topic.HAP, Topic.SEH, Topic.AMBULANCE, Topic.CAPACITY, Topic.PLACEMENT)


class CareType(StrEnum):
    """Where a person can go. Zvw, Wlz, Wmo and Wvggz each have a door; this lists the places behind them."""

    HAP = "hap"
    SEH = "seh"
    KLINIEK = "kliniek"
    ELV_LAAG = "elv-laag"
    ELV_HOOG = "elv-hoog"
    ELV_PALLIATIEF = "elv-palliatief"
    GRZ = "grz"
    GGZ_OPEN = "ggz-open"
    GGZ_HIC = "ggz-hic"
    GGZ_IHT = "ggz-iht"
    GGZ_BEOORDELING = "ggz-beoordeling"
    WLZ_CRISIS_VV = "wlz-crisis-vv"
    WLZ_CRISIS_GZ = "wlz-crisis-gz"
    WMO_SPOED = "wmo-spoed"
    RESPIJT = "respijt"
    ONGELABELD = "ongelabeld"
    WIJKVERPLEGING = "wijkverpleging"


class Destination(StrEnum):
    """Where the front door can send a triaged contact. The own huisarts: today, or from the next working day on."""

    HAP = "hap"
    SEH = "seh"
    GGZ_CRISIS = "ggz-crisis"
    OBSTETRIC_POST = "obstetric-post"
    DUTY_PHARMACY = "duty-pharmacy"
    WIJKVERPLEGING = "wijkverpleging"
    OWN_GP = "own-gp"
    OWN_GP_NEXT_DAY = "own-gp-next-day"
    ADVICE = "advice"
    EMERGENCY = "112"


class Entrance(StrEnum):
    """Where a contact came in: at the HAP or SEH of a site, or as a call that the ambulance control room referred."""

    HAP = "hap"
    SEH = "seh"
    MKA = "mka"


class Measure(StrEnum):
    """What a unit's figure counts."""

    PLACES = "places"
    ROOMS = "rooms"
    VISITS_PER_HOUR = "visits-per-hour"
    CASELOAD = "caseload"


_MEASURES = {
    CareType.SEH: Measure.ROOMS,
    CareType.HAP: Measure.ROOMS,
    CareType.WIJKVERPLEGING: Measure.VISITS_PER_HOUR,
    CareType.GGZ_IHT: Measure.CASELOAD,
}


def measure_of(care_type: CareType) -> Measure:
    """Beds and other places, unless the care comes to the person or is given in a treatment room."""
    return _MEASURES.get(care_type, Measure.PLACES)


class UrgencySystem(StrEnum):
    NTS = "nts"
    MTS = "mts"
    AMBULANCE = "ambulance"
    GGZ = "ggz"
    ESI = "esi"
    RETTS = "retts"


#: Codes as their systems write them. `B` alone is the ambulance scheme before 2024, still accepted.
URGENCY_CODES: dict[UrgencySystem, tuple[str, ...]] = {
    UrgencySystem.NTS: ("U0", "U1", "U2", "U3", "U4", "U5"),
    UrgencySystem.MTS: ("red", "orange", "yellow", "green", "blue"),
    UrgencySystem.AMBULANCE: ("A0", "A1", "A2", "B1", "B2", "B", "C1", "C2"),
    UrgencySystem.GGZ: ("A", "B", "C", "D", "E", "F", "G"),
    UrgencySystem.ESI: ("1", "2", "3", "4", "5"),
    UrgencySystem.RETTS: ("1", "2", "3", "4", "5"),
}


class OverrideReason(StrEnum):
    """Why a triagist left the proposed urgency; NTS permits it, we record it without judging."""

    CONTEXT = "context"
    ALARM_SIGNAL = "alarm-signal"
    RISK_GROUP = "risk-group"
    COMMUNICATION = "communication"
    NIET_PLUIS = "niet-pluis"
    OTHER = "other"


def _codes_by_system(schema: dict[str, Any]) -> None:
    """The rule below, said in JSON Schema, so that a sender's own validator tells him before we do."""
    schema["allOf"] = [
        {
            "if": {"properties": {"system": {"const": system.value}}, "required": ["system"]},
            "then": {"properties": {"code": {"enum": [*codes]}, "proposed_code": {"enum": [*codes, None]}}},
        }
        for system, codes in URGENCY_CODES.items()
    ]


class Urgency(Frozen):
    """What a professional assigned, in the words of his own system. Carried, sorted on, never rewritten.

    `proposed_code` is what the triage system proposed before the professional decided.
    """

    model_config = ConfigDict(json_schema_extra=_codes_by_system)

    system: UrgencySystem
    version: Code
    code: Code
    proposed_code: Code | None = None
    override_reason: OverrideReason | None = None

    @model_validator(mode="after")
    def _codes_belong_to_the_system(self) -> Self:
        known = URGENCY_CODES[self.system]
        for code in (self.code, self.proposed_code):
            if code is not None and code not in known:
                msg = f"{self.system.value} knows {', '.join(known)}; got {code}"
                raise ValueError(msg)
        return self


class AgeBand(StrEnum):
    """Coarse on purpose: an age says more than placement needs."""

    CHILD = "0-11"
    YOUTH = "12-17"
    ADULT = "18-64"
    SENIOR = "65-79"
    OLD = "80+"


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"
    ANY = "any"


class Property(StrEnum):
    """What a place can do, and what a person may need of it (domain: matching attributes)."""

    SINGLE_ROOM = "single-room"
    CLOSED_WARD = "closed-ward"
    OPEN_WARD = "open-ward"
    ISOLATION_NEGATIVE_FLOW = "isolation-negative-flow"
    ISOLATION_OTHER = "isolation-other"
    BARIATRIC = "bariatric"
    OXYGEN = "oxygen"
    IV = "iv"
    DIALYSIS = "dialysis"
    TRACHEOSTOMY = "tracheostomy"
    ONE_TO_ONE = "one-to-one"
    WANDER_DETECTION = "wander-detection"
    PARTNER_STAY = "partner-stay"
    CHILD_SUITED = "child-suited"


class RoomProperty(StrEnum):
    """What a treatment room can do. An acute room is kept for the most urgent."""

    ACUTE = "acute"
    CHILD_SUITED = "child-suited"
    SINGLE = "single"
    ISOLATION_NEGATIVE_FLOW = "isolation-negative-flow"
    ISOLATION_OTHER = "isolation-other"
    BARIATRIC = "bariatric"


class CrowdingLevel(StrEnum):
    """How crowded a site or a region is. No national scale was found: what makes a level is agreed by the region."""

    GREEN = "green"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"


class CrowdingMeasure(StrEnum):
    """The eight consensus measures of crowding (ICMED), each such that higher is more crowded.

    In the order of the table: 90th percentile of the ambulance offload, share that left unseen, median time to triage,
    share of the places that is taken, 90th percentile of the stay, longest wait of an emergent patient for a
    physician, share still there two hours after the decision to admit, boarders as a share of those present.
    """

    OFFLOAD = "offload"
    LEFT_UNSEEN = "left-unseen"
    TRIAGE_DELAY = "triage-delay"
    OCCUPANCY = "occupancy"
    LENGTH_OF_STAY = "length-of-stay"
    EMERGENT_WAIT = "emergent-wait"
    ADMITTED_STILL_HERE = "admitted-still-here"
    BOARDING = "boarding"


class ProposalKind(StrEnum):
    """What is proposed to people when it is crowded; nothing of it happens by itself."""

    MUTUAL_HELP = "mutual-help"
    WARNING = "warning"
    STOP = "stop"
    DIVERT = "divert"
    NEIGHBOUR = "neighbour"
    ROAZ = "roaz"


class Registration(StrEnum):
    """Under which law a location is registered; a compulsory title needs the matching one."""

    NONE = "none"
    WZD = "wzd"
    WVGGZ = "wvggz"
    BOTH = "wzd+wvggz"


class LegalTitle(StrEnum):
    """Under which title somebody is admitted. Only `voluntary` may go to an unregistered location (CIZ, Wzd)."""

    VOLUNTARY = "voluntary"
    WZD_BESLUIT = "wzd-besluit-opname-verblijf"
    WZD_RM = "wzd-rm"
    WZD_IBS = "wzd-ibs"
    WVGGZ_CM = "wvggz-crisismaatregel"
    WVGGZ_ZM = "wvggz-zorgmachtiging"


class UnitStatus(StrEnum):
    OPEN = "open"
    WARNING = "warning"
    STOP = "stop"
    CLOSED = "closed"


class RidePhase(StrEnum):
    """How far an ambulance is. `dispatched`: on its way to a call. `offloaded`: free of the patient only."""

    DISPATCHED = "dispatched"
    ANNOUNCED = "announced"
    CANCELLED = "cancelled"
    ARRIVED = "arrived"
    OFFLOADED = "offloaded"
    RELEASED = "released"


class StopReason(StrEnum):
    """Configurable in what it means locally; no national value set was found."""

    FULL = "full"
    STAFF = "staff"
    CROWDING = "crowding"
    OUTFLOW = "outflow"
    ISOLATION = "isolation"
    TECHNICAL = "technical"
    OTHER = "other"


class Role(StrEnum):
    """Who acted: a role, never a name."""

    COORDINATOR = "coordinator"
    GP = "gp"
    TRIAGIST = "triagist"
    NURSE = "nurse"
    SPECIALIST = "specialist"
    PROVIDER = "provider"
    AMBULANCE = "ambulance"
    CRISIS_SERVICE = "crisis-service"
    SYSTEM = "system"


class Actor(Frozen):
    """Who acted, as a role in an organisation."""

    role: Role
    organisation: OrganisationId


def millis(moment: datetime) -> int:
    """Whole milliseconds since 1970 UTC, a part of one left off: the only measure of time inside the core."""
    at = (moment - EPOCH) // MILLISECOND
    return at if EARLIEST_MS <= at <= LATEST_MS else min(max(at, EARLIEST_MS), LATEST_MS)
