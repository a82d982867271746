"""A region as EDXL-HAVE 1.0: the status of hospitals and nursing homes, in OASIS' words of 2009.

Element order and code lists are those of the 1.0 schema, `Vacant/Available` with its slash included. HAVE has a routing
envelope of its own (EDXL-DE), which is not written here. What is unknown has no count, and a comment says so.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple
from xml.etree import ElementTree as ET

from spoedplein.portal.standards.picture import Figure, Picture
from spoedplein_schemas.agreements import Place, Unit
from spoedplein_schemas.vocabulary import AgeBand, CareType, Property, UnitStatus

HAVE: Final = "urn:oasis:names:tc:emergency:EDXL:HAVE:1.0"
XNL: Final = "urn:oasis:names:tc:ciq:xnl:3"
GML: Final = "http://www.opengis.net/gml"
XML_TYPE: Final = "application/xml"

AVAILABLE, NOT_AVAILABLE = "Vacant/Available", "NotAvailable"
DELAYED: Final = "Delayed"

#: EMSTrafficStatus. A stop asks ambulances to go elsewhere, as `Closed` does; neither holds for mortal danger.
TRAFFIC: Final[dict[UnitStatus, str]] = {
    UnitStatus.OPEN: "Normal",
    UnitStatus.WARNING: "Advisory",
    UnitStatus.STOP: "Closed",
    UnitStatus.CLOSED: "Closed",
}

#: BedType by care type; what is `None` is no bed that HAVE 1.0 knows. An open psychiatric ward is not: its psychiatric
#: beds are on a closed ward, or have somebody sit by.
BED_TYPE: Final[dict[CareType, str | None]] = {
    CareType.HAP: None,
    CareType.SEH: "EmergencyDepartment",
    CareType.KLINIEK: "MedicalSurgical",
    CareType.ELV_LAAG: "RehabLongTermCare",
    CareType.ELV_HOOG: "RehabLongTermCare",
    CareType.ELV_PALLIATIEF: "RehabLongTermCare",
    CareType.GRZ: "RehabLongTermCare",
    CareType.GGZ_OPEN: None,
    CareType.GGZ_HIC: "AdultPsychiatric",
    CareType.GGZ_IHT: None,
    CareType.GGZ_BEOORDELING: None,
    CareType.WLZ_CRISIS_VV: "RehabLongTermCare",
    CareType.WLZ_CRISIS_GZ: "RehabLongTermCare",
    CareType.WMO_SPOED: None,
    CareType.RESPIJT: None,
    CareType.ONGELABELD: None,
    CareType.WIJKVERPLEGING: None,
}

#: Where a unit takes nobody of eighteen and older.
CHILDREN_BED_TYPE: Final = {"MedicalSurgical": "Pediatrics", "AdultPsychiatric": "PediatricPsychiatric"}
CHILDREN: Final = frozenset({AgeBand.CHILD, AgeBand.YOUTH})

#: Told once more beside the type of the bed itself, as HAVE allows.
ISOLATION_BED_TYPE: Final[dict[Property, str]] = {
    Property.ISOLATION_NEGATIVE_FLOW: "NegativeFlowIsolation",
    Property.ISOLATION_OTHER: "OtherIsolation",
}


class Hospital(NamedTuple):
    """What HAVE calls a hospital: a site, or an organisation's units that lie on no site."""

    name: str
    identifier: str
    place: Place | None
    units: Sequence[Unit]
    site: str | None = None


def have_document(picture: Picture, *, behind: str | None = None) -> bytes | None:
    """UTF-8; `behind` says why what is told may be behind.

    An organisation that never said anything is not in it: HAVE wants a last update of each, and one at least. When
    nobody ever did there is no document.
    """
    for prefix, namespace in (("have", HAVE), ("xnl", XNL), ("gml", GML)):
        ET.register_namespace(prefix, namespace)
    root = ET.Element(_have("HospitalStatus"))
    for hospital in hospitals(picture):
        updated = _updated(picture, hospital)
        if updated is not None:
            _write(root, picture, hospital, updated=updated, behind=behind)
    if not len(root):
        return None
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def hospitals(picture: Picture) -> Iterator[Hospital]:
    """Sites first; then organisations with units elsewhere. Only those with something that HAVE has a word for."""
    told = [unit for unit in picture.units if bed_types(unit)]
    for site in picture.sites:
        here = [unit for unit in told if unit.site == site.id]
        if here:
            yield Hospital(site.name, f"{picture.region}/{site.id}", site.place, here, site=site.id)
    elsewhere = [unit for unit in told if unit.site is None]
    for name in sorted({unit.organisation for unit in elsewhere}):
        own = [unit for unit in elsewhere if unit.organisation == name]
        yield Hospital(name, f"{picture.region}/{name}", _one_place(own), own)


def bed_types(unit: Unit) -> tuple[str, ...]:
    """The type of its beds, and again as isolation beds where they are; nothing where HAVE has no such bed."""
    own = BED_TYPE[unit.care_type]
    if own is None:
        return ()
    if unit.age_bands and set(unit.age_bands) <= CHILDREN:
        own = CHILDREN_BED_TYPE.get(own, own)
    return (own, *(word for each, word in ISOLATION_BED_TYPE.items() if each in unit.properties))


def _write(root: ET.Element, picture: Picture, hospital: Hospital, *, updated: datetime, behind: str | None) -> None:
    element = _add(root, "Hospital")
    _organization(element, hospital, behind=behind)
    if hospital.site is not None:
        _emergency_department(element, picture, hospital)
    capacity = _add(element, "HospitalBedCapacityStatus")
    for group in _groups(hospital.units):
        _bed_capacity(capacity, picture, group)
    _add(element, "LastUpdateTime", _moment(updated))


def _organization(parent: ET.Element, hospital: Hospital, *, behind: str | None) -> None:
    organization = _add(parent, "Organization")
    name = ET.SubElement(_add(organization, "OrganizationInformation"), _xnl("OrganisationName"))
    name.set(_xnl("ID"), hospital.identifier)
    ET.SubElement(name, _xnl("NameElement")).text = hospital.name
    if hospital.place is not None:
        point = ET.SubElement(_add(organization, "OrganizationGeoLocation"), _gml("Point"))
        ET.SubElement(point, _gml("pos")).text = f"{hospital.place.lat} {hospital.place.lon}"
    if behind is not None:
        _add(organization, "CommentText", f"what is told here may be behind: {behind}")


def _emergency_department(parent: ET.Element, picture: Picture, hospital: Hospital) -> None:
    """What the SEH announced, while that counts, and whether crews wait longer than agreed."""
    unit = next((unit for unit in hospital.units if unit.care_type is CareType.SEH), None)
    announced = None if unit is None else picture.announced(unit.id)
    board = None if hospital.site is None else picture.boards.get(hospital.site)
    overdue = sum(each.overdue for each in board.underway) if board else 0
    if announced is None and not overdue:
        return
    department = _add(parent, "EmergencyDepartmentStatus")
    if announced is not None:
        traffic = _add(department, "EMSTraffic")
        _add(traffic, "EMSTrafficStatus", TRAFFIC[announced.status])
        if announced.reason is not None:
            _add(traffic, "EMSTrafficReason", announced.reason.value)
        if announced.until is not None:
            _add(traffic, "CommentText", f"expected until {_moment(announced.until)}")
    if overdue:
        offload = _add(department, "EMSAmbulanceStatus")
        _add(offload, "EMSOffloadStatus", DELAYED)


class Group(NamedTuple):
    """Units of one care type whose beds are of one type."""

    bed_type: str
    care_type: CareType
    units: list[Unit]


def _groups(units: Iterable[Unit]) -> list[Group]:
    found: dict[tuple[str, CareType], Group] = {}
    for unit in units:
        for bed_type in bed_types(unit):
            key = (bed_type, unit.care_type)
            found.setdefault(key, Group(*key, [])).units.append(unit)
    order = list(CareType)
    return sorted(found.values(), key=lambda group: (group.bed_type, order.index(group.care_type)))


def _bed_capacity(parent: ET.Element, picture: Picture, group: Group) -> None:
    """A count is a sum over the units that are known; the comment names how many are not."""
    known = [(unit, figure) for unit in group.units if (figure := picture.figure(unit.id)) is not None]
    bed = _add(parent, "BedCapacity")
    _add(bed, "BedType", group.bed_type)
    _add(bed, "SubCategoryBedType", group.care_type.value)
    if known:
        _capacity(bed, picture, known, whole=len(known) == len(group.units))
    for comment in _comments(picture, group.units, known):
        _add(bed, "CommentText", comment)


def _capacity(bed: ET.Element, picture: Picture, known: Sequence[tuple[Unit, Figure]], *, whole: bool) -> None:
    """Free beds to which somebody can be brought at once: none behind a stop, or outside the hours of admission.

    That nothing is available is only said when all units are known (`whole`).
    """
    free = sum(figure.free for unit, figure in known if picture.admits(unit))
    capacity = _add(bed, "Capacity")
    if free or whole:
        _add(capacity, "CapacityStatus", AVAILABLE if free else NOT_AVAILABLE)
    _add(capacity, "AvailableCount", str(free))
    staffed = [figure.counts.staffed for _, figure in known if figure.counts is not None]
    if len(staffed) == len(known):
        _add(capacity, "BaselineCount", str(sum(staffed)))


def _comments(picture: Picture, units: Sequence[Unit], known: Sequence[tuple[Unit, Figure]]) -> Iterator[str]:
    unknown = len(units) - len(known)
    if unknown:
        yield f"unknown: {unknown} of {len(units)} units have no figure that counts; no number includes them"
    if known:
        yield f"oldest figure observed at {_moment(min(figure.observed_at for _, figure in known))}"
    for unit in units:
        announced = picture.announced(unit.id)
        if announced is not None and announced.status is not UnitStatus.OPEN:
            until = f" until {_moment(announced.until)}" if announced.until else ""
            yield f"{unit.name}: {announced.status.value}{until}"


def _updated(picture: Picture, hospital: Hospital) -> datetime | None:
    """The oldest of what is told with a number; the newest that was ever heard when nothing is known now."""
    figures = [figure for unit in hospital.units if (figure := picture.figure(unit.id)) is not None]
    if figures:
        return min(figure.observed_at for figure in figures)
    views = [view for unit in hospital.units if (view := picture.views.get(unit.id)) is not None]
    return max((view.observed_at for view in views if view.observed_at is not None), default=None)


def _one_place(units: Sequence[Unit]) -> Place | None:
    """Where all of them are, if that is one place."""
    places = {(unit.place.lon, unit.place.lat): unit.place for unit in units if unit.place is not None}
    return next(iter(places.values())) if len(places) == 1 else None


def _add(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    element = ET.SubElement(parent, _have(name))
    element.text = text
    return element


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _have(name: str) -> str:
    return f"{{{HAVE}}}{name}"


def _xnl(name: str) -> str:
    return f"{{{XNL}}}{name}"


def _gml(name: str) -> str:
    return f"{{{GML}}}{name}"
