"""Who gives care where: Organization, Location and HealthcareService, from the agreements and what is announced now."""

from collections.abc import Iterator
from typing import Final

from spoedplein.portal.standards.fhir import terms
from spoedplein.portal.standards.fhir.elements import (
    Element,
    Resource,
    coding,
    concept,
    extension,
    identifier,
    instant,
    period,
    present,
    reference,
    resource,
    told_by,
)
from spoedplein.portal.standards.fhir.week import available_time, week
from spoedplein.portal.standards.picture import TAKING, Picture
from spoedplein_schemas.agreements import Place, ServicePoint, Site, Unit
from spoedplein_schemas.hours import OpenHours
from spoedplein_schemas.views import UnitAvailability
from spoedplein_schemas.vocabulary import AgeBand, Registration, Sex, UnitStatus

_AS_AGREED: Final = "Hours are local time as agreed; on public holidays a service kept to office hours is shut."


def organization(name: str) -> Resource:
    """An organisation; the agreements know it by its identifier only."""
    return resource(
        "Organization",
        name,
        identifier=[identifier(terms.ORGANISATION, name)],
        active=True,
        type=[concept(coding(terms.ORGANIZATION_TYPE, "prov", "Healthcare Provider"))],
        name=name,
    )


def organizations(picture: Picture) -> Iterator[Resource]:
    """Of the units and sites that the reader may know of, and the one that holds the regie."""
    names = {unit.organisation for unit in picture.units} | {site.organisation for site in picture.sites}
    return (organization(name) for name in sorted(names | {picture.agreed.owner}))


def locations(picture: Picture) -> Iterator[Resource]:
    """The region, its sites, its units."""
    yield region_location(picture)
    for site in picture.sites:
        yield site_location(picture, site)
    for unit in picture.units:
        yield unit_location(picture, unit)


def region_name(region: str) -> str:
    """No name of ours has two hyphens in a row, so this one is nobody's."""
    return f"region--{region}"


def site_name(site: str) -> str:
    return f"site--{site}"


def region_identifier(region: str) -> Element:
    return identifier(f"{terms.OWN}:region", region)


def unit_identifier(region: str, unit: str) -> Element:
    return identifier(terms.region_system(region, "unit"), unit)


def region_location(picture: Picture) -> Resource:
    return resource(
        "Location",
        region_name(picture.region),
        identifier=[region_identifier(picture.region)],
        status="active",
        name=picture.agreed.title,
        mode="instance",
        physicalType=concept(coding(terms.PHYSICAL_TYPE, "jdn", "Jurisdiction")),
        managingOrganization=reference("Organization", picture.agreed.owner),
    )


def site_location(picture: Picture, site: Site) -> Resource:
    board = picture.boards.get(site.id)
    return resource(
        "Location",
        site_name(site.id),
        told=told_by(board),
        identifier=[identifier(terms.region_system(picture.region, "site"), site.id)],
        status="active",
        name=site.name,
        mode="instance",
        physicalType=concept(coding(terms.PHYSICAL_TYPE, "si", "Site")),
        position=_position(site.place),
        managingOrganization=reference("Organization", site.organisation),
        partOf=reference("Location", region_name(picture.region)),
    )


def unit_location(picture: Picture, unit: Unit) -> Resource:
    announced = picture.announced(unit.id)
    return resource(
        "Location",
        unit.id,
        told=told_by(picture.views.get(unit.id)),
        extension=_announced(announced),
        identifier=[unit_identifier(picture.region, unit.id)],
        status=terms.LOCATION_STATUS[announced.status if announced else UnitStatus.OPEN],
        name=unit.name,
        mode="instance",
        type=[_location_type(unit)],
        position=_position(picture.rules.place_of(unit)),
        managingOrganization=reference("Organization", unit.organisation),
        partOf=_part_of(picture, unit),
    )


def services(picture: Picture) -> Iterator[Resource]:
    """A service per unit, and one per queue behind the front door of a site."""
    for unit in picture.units:
        yield unit_service(picture, unit)
    for site in picture.sites:
        for point in site.services:
            yield point_service(picture, site, point)


def unit_service(picture: Picture, unit: Unit) -> Resource:
    announced = picture.announced(unit.id)
    spans = week(unit.windows, OpenHours.ALWAYS, picture.agreed.hours)
    return resource(
        "HealthcareService",
        unit.id,
        told=told_by(picture.views.get(unit.id)),
        extension=_announced(announced),
        identifier=[unit_identifier(picture.region, unit.id)],
        active=True,
        providedBy=reference("Organization", unit.organisation),
        type=[concept(terms.care_type_coding(unit.care_type))],
        location=[reference("Location", unit.id)],
        name=unit.name,
        eligibility=_eligibility(unit),
        characteristic=[concept(coding(terms.PROPERTY, each.value)) for each in unit.properties],
        availableTime=available_time(spans, start="availableStartTime", end="availableEndTime"),
        notAvailable=_not_available(announced),
    )


def point_service(picture: Picture, site: Site, point: ServicePoint) -> Resource:
    spans = week(point.windows, point.hours, picture.agreed.hours)
    kept = point.hours is not OpenHours.ALWAYS
    return resource(
        "HealthcareService",
        f"{site.id}--{point.care_type}",
        active=True,
        providedBy=reference("Organization", site.organisation),
        type=[concept(terms.care_type_coding(point.care_type))],
        location=[reference("Location", site_name(site.id))],
        name=f"{point.care_type.upper()} {site.name}",
        availableTime=available_time(spans, start="availableStartTime", end="availableEndTime"),
        availabilityExceptions=_AS_AGREED if kept else None,
    )


def _location_type(unit: Unit) -> Element:
    code = terms.LOCATION_TYPE[unit.care_type]
    theirs = [coding(terms.ROLE_CODE, code)] if code else []
    return concept(*theirs, terms.care_type_coding(unit.care_type))


def _part_of(picture: Picture, unit: Unit) -> Element:
    return reference("Location", site_name(unit.site) if unit.site else region_name(picture.region))


def _position(place: Place | None) -> Element:
    return {} if place is None else {"longitude": place.lon, "latitude": place.lat}


def _announced(view: UnitAvailability | None) -> list[Element]:
    """Warning, stop or closed, why and until when; nothing while it is simply open, or never spoke."""
    if view is None or view.status is UnitStatus.OPEN:
        return []
    parts = [extension("status", valueCoding=coding(terms.UNIT_STATUS, view.status.value))]
    if view.reason is not None:
        parts.append(extension("reason", valueCoding=coding(terms.STOP_REASON, view.reason.value)))
    if view.until is not None:
        parts.append(extension("until", valueInstant=instant(view.until)))
    return [{"url": terms.STATUS_EXTENSION, "extension": parts}]


def _not_available(view: UnitAvailability | None) -> list[Element]:
    """A stop or a closing. It asks to be kept to, and never holds back who is in mortal danger."""
    if view is None or view.status in TAKING:
        return []
    words = f"{view.status.value}: {view.reason.value}" if view.reason else view.status.value
    return [present(description=words, during=period(None, view.until))]


def _eligibility(unit: Unit) -> list[Element]:
    """For whom its places are, as far as it is not for everybody."""
    found = [coding(terms.AGE_BAND, band.value) for band in unit.age_bands if set(unit.age_bands) != set(AgeBand)]
    if unit.sex is not Sex.ANY:
        found.append(coding(terms.SEX, unit.sex.value))
    if unit.registration is not Registration.NONE:
        found.append(coding(terms.REGISTRATION, unit.registration.value))
    return [{"code": concept(each)} for each in found]
