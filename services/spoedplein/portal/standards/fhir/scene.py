"""All that there is of a region as FHIR for one reader: his picture of it, requests and offers that he may know of."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from spoedplein.domain.request import Request
from spoedplein.portal.standards.fhir import measures, places, slots, terms
from spoedplein.portal.standards.fhir.bundles import Query
from spoedplein.portal.standards.fhir.course import Offered
from spoedplein.portal.standards.fhir.elements import Resource, Told
from spoedplein.portal.standards.fhir.loop import service_request, task
from spoedplein.portal.standards.fhir.measures import Total
from spoedplein.portal.standards.fhir.search import values_of
from spoedplein.portal.standards.picture import Picture
from spoedplein_schemas.agreements import Unit
from spoedplein_schemas.vocabulary import CareType


class Case(NamedTuple):
    """A request, the offers of it that he may know of, and when anything was last decided of it.

    `shown` when he may know of the request itself, and not only of what was offered to him once.
    """

    request: Request
    offers: Sequence[Offered]
    told: Told | None
    shown: bool = True


class Scene(NamedTuple):
    """`totals` are of the whole region, as finely as he may know."""

    picture: Picture
    totals: Sequence[tuple[CareType, Total]]
    cases: Mapping[str, Case]

    def resources(self, kind: str, query: Query = ()) -> Iterator[Resource]:
        """All of one kind. The query spares what it leaves out anyway; it still has to be held against the rest."""
        return _OF_KIND[kind](self, query)


def _services(scene: Scene, _query: Query) -> Iterator[Resource]:
    return places.services(scene.picture)


def _locations(scene: Scene, _query: Query) -> Iterator[Resource]:
    return places.locations(scene.picture)


def _organizations(scene: Scene, _query: Query) -> Iterator[Resource]:
    return places.organizations(scene.picture)


def _measures(_scene: Scene, _query: Query) -> Iterator[Resource]:
    yield measures.measure()


def _reports(scene: Scene, _query: Query) -> Iterator[Resource]:
    yield measures.region_report(scene.picture, scene.totals)
    for unit in scene.picture.units:
        yield measures.unit_report(scene.picture, unit)


def _schedules(scene: Scene, _query: Query) -> Iterator[Resource]:
    return (slots.schedule(scene.picture, unit) for unit in scene.picture.units)


def _slots(scene: Scene, query: Query) -> Iterator[Resource]:
    """A region has thousands: only those of the units and statuses that are asked are made."""
    uses = [
        use
        for use, status in terms.SLOT_STATUS.items()
        if all(status in {each.rpartition("|")[2] for each in asked} for asked in values_of(query, "status"))
    ]
    for unit in _units_asked(scene, query):
        yield from slots.slots(scene.picture, unit, uses=uses)


def _units_asked(scene: Scene, query: Query) -> Sequence[Unit]:
    schedules = [{each.rpartition("/")[2] for each in asked} for asked in values_of(query, "schedule")]
    named = [{each.rpartition("--")[0] for each in asked} for asked in values_of(query, "_id")]
    return [unit for unit in scene.picture.units if all(unit.id in asked for asked in (*schedules, *named))]


def _requests(scene: Scene, _query: Query) -> Iterator[Resource]:
    units = scene.picture.rules.units
    for case in scene.cases.values():
        if case.shown:
            unit = units.get(case.request.unit or "")
            yield service_request(scene.picture.region, case.request, unit=unit, told=case.told)


def _tasks(scene: Scene, _query: Query) -> Iterator[Resource]:
    for case in scene.cases.values():
        for offer in case.offers:
            yield task(scene.picture.region, offer, scene.picture.rules.units[offer.unit], owner=case.request.owner)


_OF_KIND: Final[dict[str, Callable[[Scene, Query], Iterator[Resource]]]] = {
    "HealthcareService": _services,
    "Location": _locations,
    "Measure": _measures,
    "MeasureReport": _reports,
    "Organization": _organizations,
    "Schedule": _schedules,
    "ServiceRequest": _requests,
    "Slot": _slots,
    "Task": _tasks,
}
