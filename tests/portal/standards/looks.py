"""A region at several moments of a simulated evening, and what FHIR R4 asks of a resource."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, NamedTuple

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from spoedplein.domain.agreements import Rules
from spoedplein.domain.region import Region
from spoedplein.domain.turn import moment
from spoedplein.portal.standards.fhir.capability import SERVED, capability_statement
from spoedplein.portal.standards.fhir.course import course, last_told, offers_of
from spoedplein.portal.standards.fhir.elements import Resource
from spoedplein.portal.standards.fhir.measures import totals_of
from spoedplein.portal.standards.fhir.scene import Case, Scene
from spoedplein.portal.standards.picture import Picture
from spoedplein.testing.simulate import simulate
from spoedplein_schemas import Decision
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.views import SiteBoard, UnitAvailability
from spoedplein_schemas.vocabulary import Instant

BASE: Final = "https://portal.example/fhir/rijnmond"

#: FHIR R4's required bindings, of every element that is served here and has one.
REQUIRED: Final = {
    "CapabilityStatement.status": "draft active retired unknown",
    "CapabilityStatement.kind": "instance capability requirements",
    "CapabilityStatement.fhirVersion": "4.0.1",
    "CapabilityStatement.rest.mode": "client server",
    "CapabilityStatement.rest.resource.interaction.code": "read vread update patch delete history-instance history-type"
    " create search-type",
    "CapabilityStatement.rest.resource.versioning": "no-version versioned versioned-update",
    "CapabilityStatement.rest.resource.searchParam.type": "number date string token reference composite quantity uri"
    " special",
    "HealthcareService.availableTime.daysOfWeek": "mon tue wed thu fri sat sun",
    "Location.status": "active suspended inactive",
    "Location.mode": "instance kind",
    "Measure.status": "draft active retired unknown",
    "MeasureReport.status": "complete pending error",
    "MeasureReport.type": "individual subject-list summary data-collection",
    "OperationOutcome.issue.severity": "fatal error warning information",
    "OperationOutcome.issue.code": "invalid structure required value invariant security login unknown expired forbidden"
    " suppressed processing not-supported duplicate multiple-matches not-found deleted too-long code-invalid extension"
    " too-costly business-rule conflict transient lock-error no-store exception timeout incomplete throttled"
    " informational",
    "ServiceRequest.status": "draft active on-hold revoked completed entered-in-error unknown",
    "ServiceRequest.intent": "proposal plan directive order original-order reflex-order filler-order instance-order"
    " option",
    "Slot.status": "busy free busy-unavailable busy-tentative entered-in-error",
    "Task.status": "draft requested received accepted rejected ready cancelled in-progress on-hold failed completed"
    " entered-in-error",
    "Task.intent": "unknown proposal plan order original-order reflex-order filler-order instance-order option",
    "Bundle.type": "document message transaction transaction-response batch batch-response history searchset"
    " collection",
    "Bundle.entry.search.mode": "match include outcome",
}
_ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_ABSENT_CODES: Final = (
    "unknown asked-unknown temp-unknown not-asked asked-declined masked not-applicable unsupported as-text error"
    " not-a-number negative-infinity positive-infinity not-performed not-permitted"
)


class Look(NamedTuple):
    """The region at one moment, as its own centre sees it."""

    scene: Scene

    @property
    def picture(self) -> Picture:
        return self.scene.picture

    def later(self, **passed: float) -> "Look":
        """Time goes by, and coordination says nothing."""
        picture = replace(self.picture, at=self.picture.at + timedelta(**passed))
        return Look(self.scene._replace(picture=picture, totals=totals_of(picture, picture.units)))

    def resources(self) -> list[Resource]:
        """All that is served of it."""
        found = [each for served in SERVED for each in self.scene.resources(served.kind)]
        return [*found, capability_statement(base=BASE, version="0", at=self.picture.at)]


def picture_of(agreed: Agreements, views: Sequence[UnitAvailability], *, at: Instant) -> Picture:
    """Everything of a region that is agreed, and these views of it."""
    rules = Rules(agreed)
    units, sites = tuple(rules.units.values()), tuple(rules.sites.values())
    everything = frozenset(rules.units)
    return Picture(
        rules, agreed, units, sites, {view.unit: view for view in views}, {}, at, whole=everything, stops=everything
    )


def looks(agreed: Agreements, *, seed: int, hours: float, count: int) -> list[Look]:
    """So many, spread evenly over the log of a simulated evening."""
    lived = simulate(agreed, seed, hours, region_factory=Region)
    region, decisions, found = Region.empty(agreed.region), [], []
    views: dict[str, UnitAvailability] = {}
    boards: dict[str, SiteBoard] = {}
    for number, record in enumerate(lived.log, start=1):
        decisions += region.step(record)
        for _, view in region.views():
            if isinstance(view, UnitAvailability):
                views[view.unit] = view
            elif isinstance(view, SiteBoard):
                boards[view.site] = view
        if number % (len(lived.log) // count) == 0:
            seen = replace(picture_of(agreed, list(views.values()), at=moment(region.now)), boards=dict(boards))
            found.append(Look(Scene(seen, totals_of(seen, seen.units), _cases(region, decisions))))
    return found


def _cases(region: Region, decisions: Sequence[Decision]) -> dict[str, Case]:
    """Its requests as they are now: the region goes on without them."""
    requests = Region.restore(region.snapshot()).parts.requests.book.requests
    told, last = course(decisions), last_told(decisions)
    return {name: Case(each, list(offers_of(each, told)), last.get(name)) for name, each in requests.items()}


def faults(resource: Resource) -> list[str]:
    """What is wrong with it as FHIR R4. The library that reads its elements has no R4: those of R4B are the same."""
    kind = resource["resourceType"]
    found = []
    try:
        get_fhir_model_class(kind).model_validate(resource)
    except ValidationError as error:
        found += [f"{kind}.{'.'.join(map(str, each['loc']))}: {each['type']}" for each in error.errors()]
    for path, codes in REQUIRED.items():
        own, *rest = path.split(".")
        if own == kind:
            found += [f"{path}: {code}" for code in walk(resource, rest) if code not in codes.split()]
    for each in every(resource):
        if each.get("url") == _ABSENT and each.get("valueCode") not in _ABSENT_CODES.split():
            found.append(f"data-absent-reason: {each}")
        found += [f"{kind}: {name} is empty" for name, value in each.items() if value in (None, "", [], {})]
    return found


def walk(found: Any, path: Sequence[str]) -> Iterator[Any]:  # noqa: ANN401  any part of a resource
    """What stands at the path, through lists."""
    if isinstance(found, list):
        for each in found:
            yield from walk(each, path)
    elif not path:
        yield found
    elif isinstance(found, dict) and path[0] in found:
        yield from walk(found[path[0]], path[1:])


def every(found: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401  any part of a resource
    """Every object in it."""
    if isinstance(found, dict):
        yield found
    for each in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
        yield from every(each)
