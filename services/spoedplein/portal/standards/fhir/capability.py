"""What is served of FHIR: resources, what can be done with each, and by what they are searched. Routes follow it."""

from datetime import datetime
from typing import Final, NamedTuple

from spoedplein.portal.standards.fhir.elements import (
    FHIR_VERSION,
    JSON_TYPE,
    Element,
    Resource,
    coding,
    concept,
    present,
    second,
)
from spoedplein.portal.standards.fhir.search import (
    DATE,
    REFERENCE,
    STRING,
    TOKEN,
    URI,
    Parameter,
    at,
    bare_codes,
    codes,
    identifiers,
    moments,
)
from spoedplein.portal.standards.fhir.terms import SANER_REPORT
from spoedplein_schemas.intended_use import INTENDED_USE

PATCH_TYPE: Final = "application/json-patch+json"


class Served(NamedTuple):
    """One kind of resource. `writes` when a provider's answer can be put into it."""

    kind: str
    says: str
    parameters: tuple[Parameter, ...]
    writes: bool = False
    profiles: tuple[str, ...] = ()


_ID: Final = Parameter("_id", TOKEN, bare_codes("id"), "its id")
_UPDATED: Final = Parameter("_lastUpdated", DATE, moments("meta", "lastUpdated"), "when what it tells was last told")
_IDENTIFIER: Final = Parameter("identifier", TOKEN, identifiers("identifier"), "our own identifier")
_NAME: Final = Parameter("name", STRING, at("name"), "the beginning of its name")
_STATUS: Final = Parameter("status", TOKEN, bare_codes("status"), "its status")
_SERVICE_TYPE: Final = Parameter("service-type", TOKEN, codes("serviceType"), "care type")
_ACTIVE: Final = Parameter("active", TOKEN, bare_codes("active"), "in use")

SERVED: Final = (
    Served(
        "HealthcareService",
        "A unit, or the HAP or SEH of a site: what care, for whom, at which hours, and a stop that is announced.",
        (
            _ID,
            _UPDATED,
            _IDENTIFIER,
            _NAME,
            _ACTIVE,
            Parameter("service-type", TOKEN, codes("type"), "care type"),
            Parameter("characteristic", TOKEN, codes("characteristic"), "what its places can do"),
            Parameter("organization", REFERENCE, at("providedBy", "reference"), "who runs it"),
            Parameter("location", REFERENCE, at("location", "reference"), "where it is"),
        ),
    ),
    Served(
        "Location",
        "The region, its sites and its units.",
        (
            _ID,
            _UPDATED,
            _IDENTIFIER,
            _NAME,
            _STATUS,
            Parameter("type", TOKEN, codes("type"), "care type, or HL7's role code"),
            Parameter("organization", REFERENCE, at("managingOrganization", "reference"), "who runs it"),
            Parameter("partof", REFERENCE, at("partOf", "reference"), "in which site or region it lies"),
        ),
    ),
    Served(
        "Measure",
        "What is counted in the reports.",
        (_ID, Parameter("url", URI, at("url"), "its address"), _STATUS),
    ),
    Served(
        "MeasureReport",
        "Counts of one unit, or of the region per care type; unknown counts are absent, and the report is pending.",
        (
            _ID,
            _UPDATED,
            Parameter("date", DATE, moments("date"), "when it was made: now"),
            Parameter("measure", URI, at("measure"), "what is counted"),
            Parameter("subject", REFERENCE, at("subject", "reference"), "of which unit or region"),
            Parameter("subject:identifier", TOKEN, identifiers("subject", "identifier"), "the same, by our identifier"),
            Parameter("reporter", REFERENCE, at("reporter", "reference"), "who reports"),
        ),
        profiles=(SANER_REPORT,),
    ),
    Served(
        "Organization",
        "Who runs what is shown here, and who holds the regie.",
        (_ID, _IDENTIFIER, _NAME, _ACTIVE),
    ),
    Served(
        "Schedule",
        "The book of places of a unit.",
        (
            _ID,
            _UPDATED,
            _SERVICE_TYPE,
            _ACTIVE,
            Parameter("actor", REFERENCE, at("actor", "reference"), "whose"),
        ),
    ),
    Served(
        "ServiceRequest",
        "A request for a place under a pseudonym, as far as who asks may see it.",
        (
            _ID,
            _UPDATED,
            _IDENTIFIER,
            _STATUS,
            Parameter("code", TOKEN, codes("code"), "the first care type that is asked"),
            Parameter("authored", DATE, moments("authoredOn"), "when it was asked"),
            Parameter("occurrence", DATE, moments("occurrenceDateTime"), "when the place is needed"),
        ),
    ),
    Served(
        "Slot",
        "One place of a unit: free, held, promised, taken, or unknown.",
        (
            _ID,
            _UPDATED,
            _STATUS,
            _SERVICE_TYPE,
            Parameter("schedule", REFERENCE, at("schedule", "reference"), "of which unit"),
            Parameter("start", DATE, moments("start"), "from when on it can be had"),
        ),
    ),
    Served(
        "Task",
        "An offer to one provider, and his answer.",
        (
            _ID,
            _UPDATED,
            _IDENTIFIER,
            _STATUS,
            Parameter("owner", REFERENCE, at("owner", "reference"), "who is to answer"),
            Parameter("based-on", REFERENCE, at("basedOn", "reference"), "for which request"),
            Parameter("business-status", TOKEN, codes("businessStatus"), "how far, in our words"),
            Parameter("authored-on", DATE, moments("authoredOn"), "when it was offered"),
            Parameter("modified", DATE, moments("lastModified"), "when it last changed"),
        ),
        writes=True,
    ),
)

BY_KIND: Final = {each.kind: each for each in SERVED}


def capability_statement(*, base: str, version: str, at: datetime) -> Resource:
    """Of one region's base address."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": second(at),
        "kind": "instance",
        "software": {"name": "spoedplein", "version": version},
        "implementation": {"description": INTENDED_USE, "url": base},
        "fhirVersion": FHIR_VERSION,
        "format": ["json", JSON_TYPE],
        "patchFormat": [PATCH_TYPE],
        "rest": [
            {
                "mode": "server",
                "documentation": "Unknown is never free. Nothing identifies a person. It replaces no telephone call.",
                "security": {
                    "service": [
                        concept(coding("http://terminology.hl7.org/CodeSystem/restful-security-service", "OAuth"))
                    ],
                    "description": "A bearer token of the configured OpenID Connect issuer.",
                },
                "resource": [_served(each) for each in SERVED],
            }
        ],
    }


def interactions(served: Served) -> list[str]:
    """In FHIR's words."""
    return ["read", "search-type", *(["update", "patch"] if served.writes else [])]


def _served(served: Served) -> Element:
    return present(
        type=served.kind,
        supportedProfile=list(served.profiles),
        documentation=served.says,
        interaction=[{"code": code} for code in interactions(served)],
        versioning="versioned" if served.writes else "no-version",
        readHistory=False,
        updateCreate=False,
        searchParam=[{"name": each.name, "type": each.kind, "documentation": each.says} for each in served.parameters],
    )
