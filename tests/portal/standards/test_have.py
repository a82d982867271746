"""EDXL-HAVE 1.0: structure and codes by its schema, and what becomes of each of our words."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from xmlschema import XMLSchema

from spoedplein.portal.standards.have import BED_TYPE, GML, HAVE, TRAFFIC, XNL, bed_types, have_document
from spoedplein.portal.standards.picture import Picture
from spoedplein.testing.builders import EVENING, agreements, site, unit
from spoedplein_schemas.agreements import Place, Unit
from spoedplein_schemas.views import SiteBoard, Underway, UnitAvailability
from spoedplein_schemas.vocabulary import (
    AgeBand,
    CareType,
    Property,
    StopReason,
    UnitStatus,
    Urgency,
    UrgencySystem,
)
from tests.portal.standards.looks import Look, picture_of

SCHEMA = XMLSchema(Path(__file__).with_name("have.xsd"))
A1 = Urgency(system=UrgencySystem.AMBULANCE, version="2024", code="A1")


def view(of: Unit, **changes: object) -> UnitAvailability:
    """Ten places, four free, seen an hour before and valid for an hour more."""
    seen = UnitAvailability(
        region="rijnmond",
        unit=of.id,
        organisation=of.organisation,
        care_type=of.care_type,
        status=UnitStatus.OPEN,
        staffed=10,
        reported_free=4,
        free=4,
        observed_at=EVENING - timedelta(hours=1),
        valid_until=EVENING + timedelta(hours=1),
        as_of=EVENING,
        version=7,
    )
    return seen.model_copy(update=changes)


def region(*units: Unit, views: list[UnitAvailability] | None = None) -> Picture:
    agreed = agreements(*units, sites=[site()])
    return picture_of(agreed, [view(each) for each in units] if views is None else views, at=EVENING)


def read(picture: Picture) -> ET.Element:
    written = have_document(picture)
    assert written is not None
    SCHEMA.validate(written.decode())
    return ET.fromstring(written)  # noqa: S314  our own words


def texts(root: ET.Element, name: str) -> list[str]:
    return [each.text or "" for each in root.iter(f"{{{HAVE}}}{name}")]


SEH = unit("spoed", CareType.SEH, site="schiedam")
WARD = unit("verpleging", CareType.KLINIEK, site="schiedam")
HIC = unit("hic", CareType.GGZ_HIC)


def test_an_evening_is_valid(evening: list[Look]) -> None:
    for look in (*evening, evening[-1].later(days=2)):
        assert len(read(look.picture)) > 10


@pytest.mark.parametrize("care_type", CareType)
def test_each_care_type_is_a_bed_type_or_is_left_out(care_type: CareType) -> None:
    told = texts(read(region(unit("een", care_type))), "BedType") if BED_TYPE[care_type] else []
    assert told == ([BED_TYPE[care_type]] if BED_TYPE[care_type] else [])


@pytest.mark.parametrize(
    ("of", "types"),
    [
        pytest.param(WARD, ("MedicalSurgical",), id="a-ward"),
        pytest.param(
            unit("kind", CareType.KLINIEK, age_bands=[AgeBand.CHILD, AgeBand.YOUTH]), ("Pediatrics",), id="children"
        ),
        pytest.param(unit("jeugd", CareType.GGZ_HIC, age_bands=[AgeBand.YOUTH]), ("PediatricPsychiatric",), id="youth"),
        pytest.param(
            unit("allen", CareType.KLINIEK, age_bands=[AgeBand.YOUTH, AgeBand.ADULT]), ("MedicalSurgical",), id="both"
        ),
        pytest.param(
            unit("sluis", CareType.KLINIEK, properties=[Property.ISOLATION_NEGATIVE_FLOW, Property.ISOLATION_OTHER]),
            ("MedicalSurgical", "NegativeFlowIsolation", "OtherIsolation"),
            id="isolation-beside-its-own-type",
        ),
        pytest.param(unit("open", CareType.GGZ_OPEN), (), id="an-open-psychiatric-ward-is-no-bed-of-have"),
    ],
)
def test_bed_types(of: Unit, types: tuple[str, ...]) -> None:
    assert bed_types(of) == types


@pytest.mark.parametrize(
    ("changes", "capacity"),
    [
        pytest.param({}, ("Vacant/Available", "4", "10"), id="free"),
        pytest.param({"free": 0}, ("NotAvailable", "0", "10"), id="full"),
        pytest.param({"status": UnitStatus.WARNING}, ("Vacant/Available", "4", "10"), id="a-warning-admits"),
        pytest.param({"status": UnitStatus.STOP}, ("NotAvailable", "0", "10"), id="a-bed-behind-a-stop-is-none-now"),
        pytest.param({"status": UnitStatus.CLOSED}, ("NotAvailable", "0", "10"), id="closed"),
        pytest.param({"free": None}, (), id="unknown-has-no-count"),
        pytest.param({"valid_until": EVENING - timedelta(minutes=1)}, (), id="an-old-figure-has-no-count"),
    ],
)
def test_capacity(changes: dict[str, object], capacity: tuple[str, ...]) -> None:
    root = read(region(HIC, views=[view(HIC, **changes)]))
    told = [text for name in ("CapacityStatus", "AvailableCount", "BaselineCount") for text in texts(root, name)]
    assert tuple(told) == capacity


def test_who_may_know_what_is_free_only_gets_no_baseline_and_no_stop() -> None:
    picture = replace(region(HIC, views=[view(HIC, status=UnitStatus.WARNING)]), whole=frozenset(), stops=frozenset())
    root = read(picture)
    assert texts(root, "AvailableCount") == ["4"]
    assert texts(root, "BaselineCount") == []
    assert not any("warning" in each for each in texts(root, "CommentText"))


def test_that_it_may_be_behind_is_said_at_each() -> None:
    written = have_document(region(SEH, HIC), behind="kafka-silent") or b""
    SCHEMA.validate(written.decode())
    assert written.count(b"may be behind: kafka-silent") == 2


def test_a_bed_that_admits_by_day_only_is_none_at_night() -> None:
    day = unit("dag", CareType.ELV_HOOG, windows=[{"from": "08:00", "until": "17:00"}])
    assert texts(read(region(day)), "AvailableCount") == ["0"]


def test_two_units_of_which_one_is_unknown_are_told_as_what_is_known_and_a_comment() -> None:
    other = unit("elv-twee", CareType.ELV_HOOG, organisation="huis-elv")
    one = unit("elv", CareType.ELV_HOOG)
    root = read(region(one, other, views=[view(one, free=0)]))
    assert texts(root, "AvailableCount") == ["0"]
    assert texts(root, "CapacityStatus") == []  # that nothing is available is not known
    assert texts(root, "CommentText")[0].startswith("unknown: 1 of 2 units")


@pytest.mark.parametrize("status", UnitStatus)
def test_what_the_seh_announces(status: UnitStatus) -> None:
    until = EVENING + timedelta(hours=2)
    root = read(region(SEH, views=[view(SEH, status=status, reason=StopReason.CROWDING, until=until)]))
    assert texts(root, "EMSTrafficStatus") == [TRAFFIC[status]]
    assert texts(root, "EMSTrafficReason") == ["crowding"]
    assert "expected until 2026-01-10T21:00:00+00:00" in texts(root, "CommentText")


@pytest.mark.parametrize(
    ("status", "traffic"), [(UnitStatus.OPEN, []), (UnitStatus.STOP, ["Closed"])], ids=["open", "stop"]
)
def test_that_it_was_open_yesterday_says_nothing_and_a_stop_stands(status: UnitStatus, traffic: list[str]) -> None:
    old = view(SEH, status=status, valid_until=EVENING - timedelta(minutes=1))
    assert texts(read(region(SEH, views=[old])), "EMSTrafficStatus") == traffic


def test_crews_that_wait_are_told_and_nobody_waiting_is_not_called_normal() -> None:
    waits = Underway(ride="rit-1", urgency=A1, eta=EVENING, arrived_at=EVENING, overdue=True)
    quiet = region(SEH)
    board = SiteBoard(
        region="rijnmond",
        site="schiedam",
        status=UnitStatus.OPEN,
        queues=(),
        underway=(waits,),
        as_of=EVENING,
        version=7,
    )
    assert texts(read(replace(quiet, boards={"schiedam": board})), "EMSOffloadStatus") == ["Delayed"]
    assert texts(read(quiet), "EMSOffloadStatus") == []


def test_units_of_a_site_are_one_hospital_and_others_are_told_by_organisation() -> None:
    root = read(region(SEH, WARD, HIC))
    names = [each.text for each in root.iter(f"{{{XNL}}}NameElement")]
    assert names == ["schiedam", "huis-hic"]
    assert [each.get(f"{{{XNL}}}ID") for each in root.iter(f"{{{XNL}}}OrganisationName")] == [
        "rijnmond/schiedam",
        "rijnmond/huis-hic",
    ]


def test_a_place_is_latitude_then_longitude() -> None:
    placed = unit("hic", CareType.GGZ_HIC, place=Place(lon=4.4, lat=51.9))
    assert [each.text for each in read(region(placed)).iter(f"{{{GML}}}pos")] == ["51.9 4.4"]


def test_the_last_update_is_of_the_oldest_figure_that_is_told() -> None:
    older = view(WARD, observed_at=EVENING - timedelta(hours=3))
    assert texts(read(region(SEH, WARD, views=[view(SEH), older])), "LastUpdateTime") == ["2026-01-10T16:00:00+00:00"]


def test_who_never_said_anything_is_not_in_it() -> None:
    assert texts(read(region(SEH, HIC, views=[view(SEH)])), "BedType") == ["EmergencyDepartment"]


def test_when_nobody_did_there_is_no_document() -> None:
    assert have_document(region(HIC, views=[])) is None


def test_names_are_escaped() -> None:
    odd = HIC.model_copy(update={"name": "Bed & <Brood>"})
    picture = region(odd, views=[view(odd, status=UnitStatus.WARNING)])
    assert "Bed & <Brood>: warning" in texts(read(picture), "CommentText")
