"""The small parts of which FHIR resources are made: codings, references, identifiers, moments, and what is absent."""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple

from spoedplein_schemas.views import SiteBoard, UnitAvailability

Element = dict[str, Any]
Resource = dict[str, Any]

FHIR_VERSION: Final = "4.0.1"
JSON_TYPE: Final = "application/fhir+json"
DATA_ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

#: The length that FHIR allows an id. Ours may be longer: an offer's holds a region's name.
ID_LENGTH_MAX: Final = 64
_DIGEST_LENGTH: Final = 16


def resource_id(name: str) -> str:
    """Ours where it fits, which is nearly always; else its beginning and a digest of it."""
    if len(name) <= ID_LENGTH_MAX:
        return name
    digest = sha256(name.encode()).hexdigest()[:_DIGEST_LENGTH]
    return f"{name[: ID_LENGTH_MAX - _DIGEST_LENGTH - 1]}-{digest}"


class Told(NamedTuple):
    """When the fact that a resource tells was last told, and as which version of it."""

    updated: datetime | None
    version: str | None


NEVER: Final = Told(None, None)


def told_by(view: UnitAvailability | SiteBoard | None) -> Told:
    return NEVER if view is None else Told(view.as_of, None)


def resource(
    kind: str, name: str, /, *, told: Told = NEVER, profiles: Sequence[str] = (), **elements: object
) -> Resource:
    """A resource without what is empty. An element that Python has a word for ends in a low line: `for_`."""
    meta = present(versionId=told.version, lastUpdated=instant(told.updated), profile=list(profiles))
    return present(resourceType=kind, id=resource_id(name), meta=meta, **elements)


def present(**elements: object) -> Element:
    """Only what is there: FHIR knows neither null nor empty."""
    return {name.rstrip("_"): value for name, value in elements.items() if value not in (None, [], {}, "")}


def coding(system: str, code: str, display: str | None = None) -> Element:
    return present(system=system, code=code, display=display)


def concept(*codings: Element, text: str | None = None) -> Element:
    return present(coding=list(codings), text=text)


def identifier(system: str, value: str) -> Element:
    return {"system": system, "value": value}


def reference(kind: str, name: str, *, known_as: Element | None = None, display: str | None = None) -> Element:
    """To a resource that is served here."""
    return present(reference=f"{kind}/{resource_id(name)}", type=kind, identifier=known_as, display=display)


def extension(url: str, **value: object) -> Element:
    """`extension(url, valueCode="x")`."""
    return {"url": url, **value}


def absent(reason: str) -> Element:
    """Stands where a value would: why there is none. Beside a primitive `count` it goes under `_count`."""
    return {"extension": [extension(DATA_ABSENT, valueCode=reason)]}


def instant(moment: datetime | None) -> str | None:
    """With milliseconds, in UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="milliseconds")


def second(moment: datetime) -> str:
    """Precise to the second and with an offset in figures, as SANER wants it: 25 characters."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def period(start: datetime | None, end: datetime | None) -> Element:
    return present(start=start and second(start), end=end and second(end))
