"""Which of our words is which of theirs, as data. What has no word there stands with `None`, and the README says so."""

from enum import StrEnum
from typing import Final

from spoedplein.portal.standards.fhir.elements import Element, coding
from spoedplein_schemas.hours import Weekday
from spoedplein_schemas.views import RequestState
from spoedplein_schemas.vocabulary import CareType, Measure, UnitStatus

#: Our own code systems, identifiers and extensions. None of them is registered anywhere.
OWN: Final = "urn:spoedplein"
CARE_TYPE: Final = f"{OWN}:care-type"
PROPERTY: Final = f"{OWN}:property"
UNIT_STATUS: Final = f"{OWN}:unit-status"
STOP_REASON: Final = f"{OWN}:stop-reason"
AGE_BAND: Final = f"{OWN}:age-band"
SEX: Final = f"{OWN}:sex"
REGISTRATION: Final = f"{OWN}:registration"
LEGAL_TITLE: Final = f"{OWN}:legal-title"
REQUEST_STATE: Final = f"{OWN}:request-state"
OFFER_PHASE: Final = f"{OWN}:offer-phase"
OFFER_END: Final = f"{OWN}:offer-end"
DECLINE_REASON: Final = f"{OWN}:decline-reason"
CANCEL_REASON: Final = f"{OWN}:cancel-reason"
MEASURE: Final = f"{OWN}:measure"
MEASURED: Final = f"{OWN}:measured"
ORGANISATION: Final = f"{OWN}:organisation"

FIGURE_EXTENSION: Final = f"{OWN}:fhir:figure"
STATUS_EXTENSION: Final = f"{OWN}:fhir:unit-status"
STATE_EXTENSION: Final = f"{OWN}:fhir:request-state"
OWNER_EXTENSION: Final = f"{OWN}:fhir:regie"
DEADLINE_EXTENSION: Final = f"{OWN}:fhir:next-deadline"
URGENCY_EXTENSION: Final = f"{OWN}:fhir:urgency"

ROLE_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
PHYSICAL_TYPE: Final = "http://terminology.hl7.org/CodeSystem/location-physical-type"
ORGANIZATION_TYPE: Final = "http://terminology.hl7.org/CodeSystem/organization-type"
TASK_CODE: Final = "http://hl7.org/fhir/CodeSystem/task-code"
SNOMED: Final = "http://snomed.info/sct"

#: HL7 v3 ServiceDeliveryLocationRoleType, extensible. SNF has nursing at hand day and night; PTRES is at home.
LOCATION_TYPE: Final[dict[CareType, str | None]] = {
    CareType.HAP: "PC",
    CareType.SEH: "ER",
    CareType.KLINIEK: "HU",
    CareType.ELV_LAAG: "SNF",
    CareType.ELV_HOOG: "SNF",
    CareType.ELV_PALLIATIEF: "SNF",
    CareType.GRZ: "RHU",
    CareType.GGZ_OPEN: "PHU",
    CareType.GGZ_HIC: "PHU",
    CareType.GGZ_IHT: "PTRES",
    CareType.GGZ_BEOORDELING: None,
    CareType.WLZ_CRISIS_VV: "NCCF",
    CareType.WLZ_CRISIS_GZ: "NCCF",
    CareType.WMO_SPOED: None,
    CareType.RESPIJT: None,
    CareType.ONGELABELD: None,
    CareType.WIJKVERPLEGING: "PTRES",
}

#: A stop and a warning leave the place what it is; they stand in the extension and in `notAvailable` of the service.
LOCATION_STATUS: Final[dict[UnitStatus, str]] = {
    UnitStatus.OPEN: "active",
    UnitStatus.WARNING: "active",
    UnitStatus.STOP: "active",
    UnitStatus.CLOSED: "suspended",
}

DAY: Final[dict[Weekday, str]] = {day: day.value for day in Weekday}


class PlaceUse(StrEnum):
    """What a place of a unit is, as a slot: given, promised, held, to be had, or not known."""

    FREE = "free"
    HELD = "held"
    PROMISED = "promised"
    TAKEN = "taken"
    NOT_ADMITTING = "not-admitting"
    UNKNOWN = "unknown"


#: Required: slotstatus. HL7 v2-0116 (bed status) has no word for a bed that is held, so it is not used.
SLOT_STATUS: Final[dict[PlaceUse, str]] = {
    PlaceUse.FREE: "free",
    PlaceUse.HELD: "busy-tentative",
    PlaceUse.PROMISED: "busy",
    PlaceUse.TAKEN: "busy",
    PlaceUse.NOT_ADMITTING: "busy-unavailable",
    PlaceUse.UNKNOWN: "busy-unavailable",
}

#: Required: request-status. First-try, offered and waiting differ in the extension only.
REQUEST_STATUS: Final[dict[RequestState, str]] = {
    RequestState.FIRST_TRY: "active",
    RequestState.OFFERED: "active",
    RequestState.WAITING: "active",
    RequestState.ACCEPTED: "active",
    RequestState.ADMITTED: "completed",
    RequestState.CANCELLED: "revoked",
}


class OfferPhase(StrEnum):
    """How far an offer to one provider is."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    OVERDUE = "admission-overdue"
    DECLINED = "declined"
    LATE_REJECTED = "late-rejected"
    ENDED = "ended"
    ADMITTED = "admitted"


#: Required: task-status. `ended` is expired, withdrawn or released: which, and why, is the `statusReason`.
TASK_STATUS: Final[dict[OfferPhase, str]] = {
    OfferPhase.OFFERED: "requested",
    OfferPhase.ACCEPTED: "accepted",
    OfferPhase.OVERDUE: "accepted",
    OfferPhase.DECLINED: "rejected",
    OfferPhase.LATE_REJECTED: "failed",
    OfferPhase.ENDED: "cancelled",
    OfferPhase.ADMITTED: "completed",
}

SANER: Final = "http://hl7.org/fhir/uv/saner"
SANER_REPORT: Final = f"{SANER}/StructureDefinition/PublicHealthMeasureReport"
SANER_GROUP: Final = f"{SANER}/CodeSystem/MeasureGroupSystem"
SANER_VALUE: Final = f"{SANER}/CodeSystem/MeasuredValues"
SANER_POPULATION: Final = f"{SANER}/CodeSystem/MeasurePopulationSystem"
SANER_SCORING: Final = f"{SANER}/CodeSystem/PublicHealthMeasureScoring"
MEASURE_POPULATION: Final = "http://terminology.hl7.org/CodeSystem/measure-population"
MEASURE_TYPE: Final = "http://terminology.hl7.org/CodeSystem/measure-type"

#: A group of beds is SANER's `Beds`; rooms, visits and caseload are no beds, and have groups of our own.
MEASURE_GROUP: Final[dict[Measure, Element]] = {
    Measure.PLACES: coding(SANER_GROUP, "Beds", "Beds"),
    Measure.ROOMS: coding(MEASURE, "rooms"),
    Measure.VISITS_PER_HOUR: coding(MEASURE, "visits-per-hour"),
    Measure.CASELOAD: coding(MEASURE, "caseload"),
}


def region_system(region: str, kind: str) -> str:
    """The system of identifiers that are unique within one region only."""
    return f"{OWN}:{region}:{kind}"


def care_type_coding(care_type: CareType) -> Element:
    return coding(CARE_TYPE, care_type.value)
