"""Slots, services and reports of single units: one row per case."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from spoedplein.portal.standards.fhir import measures, places, slots
from spoedplein.portal.standards.fhir.slots import Places
from spoedplein.portal.standards.fhir.terms import LOCATION_STATUS, LOCATION_TYPE, PlaceUse
from spoedplein.portal.standards.fhir.week import available_time, week
from spoedplein.portal.standards.picture import Picture
from spoedplein.testing.builders import EVENING, agreements, site, unit
from spoedplein_schemas.agreements import ServicePoint, Unit
from spoedplein_schemas.hours import AdmissionWindow, OfficeHours, OpenHours
from spoedplein_schemas.views import UnitAvailability
from spoedplein_schemas.vocabulary import AgeBand, CareType, Property, Registration, StopReason, UnitStatus, measure_of
from tests.portal.standards.looks import faults, picture_of, walk

HIC = unit("hic", CareType.GGZ_HIC)


def view(of: Unit, **changes: object) -> UnitAvailability:
    """Ten places: five taken, two held, one promised, two free; seen an hour before and valid for an hour more."""
    seen = UnitAvailability(
        region="rijnmond",
        unit=of.id,
        organisation=of.organisation,
        care_type=of.care_type,
        measure=measure_of(of.care_type),
        status=UnitStatus.OPEN,
        staffed=10,
        reported_free=5,
        free=2,
        held=2,
        promised=1,
        observed_at=EVENING - timedelta(hours=1),
        valid_until=EVENING + timedelta(hours=1),
        as_of=EVENING,
        version=7,
    )
    return seen.model_copy(update=changes)


def seen(of: Unit, **changes: object) -> Picture:
    return picture_of(agreements(of, sites=[site()]), [view(of, **changes)], at=EVENING)


def windows(**hours: str) -> list[dict[str, str]]:
    return [{"from": hours["since"], "until": hours["until"]}]


F, H, P, T, N, U = PlaceUse


@pytest.mark.parametrize(
    ("of", "changes", "uses"),
    [
        pytest.param(HIC, {}, [(F, 2), (H, 2), (P, 1), (T, 5)], id="each-use"),
        pytest.param(HIC, {"free": 0}, [(H, 2), (P, 1), (T, 7)], id="full"),
        pytest.param(HIC, {"status": UnitStatus.WARNING}, [(F, 2), (H, 2), (P, 1), (T, 5)], id="a-warning-admits"),
        pytest.param(HIC, {"status": UnitStatus.STOP}, [(N, 2), (H, 2), (P, 1), (T, 5)], id="a-stop-does-not"),
        pytest.param(HIC, {"status": UnitStatus.CLOSED}, [(N, 2), (H, 2), (P, 1), (T, 5)], id="nor-closed"),
        pytest.param(HIC, {"free": None}, [(U, 1)], id="unknown"),
        pytest.param(HIC, {"valid_until": EVENING - timedelta(seconds=1)}, [(U, 1)], id="old"),
        pytest.param(HIC, {"held": 9, "promised": 4}, [(F, 2), (H, 9), (P, 4)], id="more-promised-than-there-are"),
        pytest.param(
            unit("dag", CareType.ELV_HOOG, windows=windows(since="08:00", until="17:00")),
            {},
            [(N, 2), (H, 2), (P, 1), (T, 5)],
            id="shut-until-after-the-figure-counts",
        ),
    ],
)
def test_places_of_a_unit(of: Unit, changes: dict[str, object], uses: list[tuple[PlaceUse, int]]) -> None:
    found = slots.places(seen(of, **changes), of)
    assert [(each.use, each.places) for each in found if each.places] == uses


def test_a_free_place_can_be_had_from_when_its_unit_opens() -> None:
    """20:00 in Schiedam; it opens at 20:30, and the figure counts until 21:00."""
    late = unit("laat", CareType.ELV_HOOG, windows=windows(since="20:30", until="23:00"))
    free = slots.places(seen(late), late)[0]
    assert free == Places(PlaceUse.FREE, 2, EVENING + timedelta(minutes=30))
    assert next(slots.slots(seen(late), late))["start"] == "2026-01-10T19:30:00.000+00:00"


def test_slots_are_numbered_and_keep_their_number_when_only_some_are_asked() -> None:
    picture = seen(HIC)
    everything = list(slots.slots(picture, HIC))
    assert [each["id"] for each in everything] == [f"hic--{number}" for number in range(1, 11)]
    assert list(slots.slots(picture, HIC, uses=[PlaceUse.HELD])) == everything[2:4]


def test_who_may_know_what_is_free_only_sees_no_other_place_and_no_other_count() -> None:
    picture = replace(seen(HIC), whole=frozenset())
    assert [each["status"] for each in slots.slots(picture, HIC)] == ["free", "free"]
    report = measures.unit_report(picture, HIC)
    assert counts(report["group"][0]["population"]) == {
        **dict.fromkeys(NOTHING, "masked"),
        "free": 2,
        "units": 1,
        "unknown": 0,
    }


def test_who_may_not_know_of_a_stop_sees_no_free_place_behind_it_and_not_why() -> None:
    picture = replace(seen(HIC, status=UnitStatus.STOP), whole=frozenset(), stops=frozenset())
    assert [each["status"] for each in slots.slots(picture, HIC)] == ["busy-unavailable", "busy-unavailable"]
    assert "extension" not in places.unit_location(picture, HIC)
    assert "notAvailable" not in places.unit_service(picture, HIC)


def test_a_slot_says_how_old_its_figure_is() -> None:
    first = next(slots.slots(seen(HIC), HIC))
    parts = {part["url"]: part for part in first["extension"][0]["extension"]}
    assert parts["known"]["valueBoolean"] is True
    assert parts["observed-at"]["valueInstant"] == "2026-01-10T18:00:00.000+00:00"
    assert parts["valid-until"]["valueInstant"] == "2026-01-10T20:00:00.000+00:00"
    assert first["meta"] == {"lastUpdated": "2026-01-10T19:00:00.000+00:00"}


def test_a_slot_of_which_nothing_is_known_has_no_time() -> None:
    nothing = picture_of(agreements(HIC), [], at=EVENING)
    (only,) = slots.slots(nothing, HIC)
    assert "start" not in only
    assert only["_start"]["extension"][0]["valueCode"] == "unknown"
    assert faults(only) == []


OFFICE = OfficeHours()


@pytest.mark.parametrize(
    ("agreed", "hours", "told"),
    [
        pytest.param([], OpenHours.ALWAYS, [("mon tue wed thu fri sat sun", "all day")], id="day-and-night"),
        pytest.param(
            [{"from": "08:00", "until": "17:00"}],
            OpenHours.ALWAYS,
            [("mon tue wed thu fri sat sun", "08:00:00-17:00:00")],
            id="by-day",
        ),
        pytest.param(
            [{"days": ["fri"], "from": "22:00", "until": "06:00"}],
            OpenHours.ALWAYS,
            [("sat", "00:00:00-06:00:00"), ("fri", "22:00:00-23:59:59")],
            id="past-midnight-is-two-days",
        ),
        pytest.param(
            [{"days": ["sun"], "from": "22:00", "until": "06:00"}],
            OpenHours.ALWAYS,
            [("mon", "00:00:00-06:00:00"), ("sun", "22:00:00-23:59:59")],
            id="sunday-night-is-monday-morning",
        ),
        pytest.param(
            [{"days": ["tue"], "from": "09:00", "until": "09:00"}], OpenHours.ALWAYS, [("tue", "all day")], id="all-day"
        ),
        pytest.param(
            [
                {"days": ["wed"], "from": "08:00", "until": "12:00"},
                {"days": ["wed"], "from": "12:00", "until": "18:00"},
            ],
            OpenHours.ALWAYS,
            [("wed", "08:00:00-18:00:00")],
            id="what-touches-is-one",
        ),
        pytest.param([], OpenHours.OFFICE, [("mon tue wed thu fri", "08:00:00-17:00:00")], id="office"),
        pytest.param(
            [],
            OpenHours.ANW,
            [
                ("mon tue wed thu fri", "00:00:00-08:00:00"),
                ("sat sun", "all day"),
                ("mon tue wed thu fri", "17:00:00-23:59:59"),
            ],
            id="anw",
        ),
        pytest.param(
            [{"from": "07:00", "until": "23:00"}],
            OpenHours.ANW,
            [
                ("mon tue wed thu fri", "07:00:00-08:00:00"),
                ("sat sun", "07:00:00-23:00:00"),
                ("mon tue wed thu fri", "17:00:00-23:00:00"),
            ],
            id="anw-within-a-window",
        ),
    ],
)
def test_hours_of_a_week(agreed: list[dict[str, Any]], hours: OpenHours, told: list[tuple[str, str]]) -> None:
    spans = week([AdmissionWindow.model_validate(each) for each in agreed], hours, OFFICE)
    found = available_time(spans, start="from", end="until")
    shown = [
        (" ".join(each["daysOfWeek"]), "all day" if each.get("allDay") else f"{each['from']}-{each['until']}")
        for each in found
    ]
    assert shown == told


def test_a_stop_is_told_with_reason_and_end_and_the_place_stays_active() -> None:
    until = EVENING + timedelta(hours=2)
    picture = seen(HIC, status=UnitStatus.STOP, reason=StopReason.STAFF, until=until)
    service = places.unit_service(picture, HIC)
    assert service["notAvailable"] == [{"description": "stop: staff", "during": {"end": "2026-01-10T21:00:00+00:00"}}]
    assert service["active"] is True
    assert places.unit_location(picture, HIC)["status"] == "active"
    assert [*walk(service, ["extension", "extension", "valueCoding", "code"])] == ["stop", "staff"]


@pytest.mark.parametrize("status", UnitStatus)
def test_status_of_a_place(status: UnitStatus) -> None:
    assert places.unit_location(seen(HIC, status=status), HIC)["status"] == LOCATION_STATUS[status]


@pytest.mark.parametrize("care_type", CareType)
def test_type_of_a_place(care_type: CareType) -> None:
    """Ours always; HL7's where it has one."""
    one = unit("een", care_type)
    theirs = LOCATION_TYPE[care_type]
    assert [*walk(places.unit_location(seen(one), one), ["type", "coding", "code"])] == [
        *([theirs] if theirs else []),
        care_type.value,
    ]


def test_for_whom_a_unit_is_stands_in_its_service() -> None:
    only = unit(
        "hic",
        CareType.GGZ_HIC,
        age_bands=[AgeBand.ADULT],
        sex="female",
        registration=Registration.WVGGZ,
        properties=[Property.CLOSED_WARD],
    )
    service = places.unit_service(seen(only), only)
    assert [*walk(service, ["eligibility", "code", "coding", "code"])] == ["18-64", "female", "wvggz"]
    assert [*walk(service, ["characteristic", "coding", "code"])] == ["closed-ward"]
    assert "eligibility" not in places.unit_service(seen(HIC), HIC)


def test_a_queue_behind_a_front_door_is_a_service_of_its_site() -> None:
    post = ServicePoint(care_type=CareType.HAP, hours=OpenHours.ANW)
    picture = picture_of(agreements(sites=[site("schiedam", post)]), [], at=EVENING)
    (service,) = places.services(picture)
    assert service["id"] == "schiedam--hap"
    assert service["location"] == [{"reference": "Location/site--schiedam", "type": "Location"}]
    assert "public holidays" in service["availabilityExceptions"]


def counts(populations: list[dict[str, Any]]) -> dict[str, int | str]:
    """By our own word; `unknown` where no count is given."""
    return {
        each["code"]["coding"][-2]["code"]: each["count"]
        if "count" in each
        else each["_count"]["extension"][0]["valueCode"]
        for each in populations
    }


NOTHING = dict.fromkeys(("staffed", "taken", "free", "held", "promised"), "unknown")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param(
            {}, {"staffed": 10, "taken": 5, "free": 2, "held": 2, "promised": 1, "units": 1, "unknown": 0}, id="known"
        ),
        pytest.param(
            {"status": UnitStatus.STOP},
            {"staffed": 10, "taken": 5, "free": 0, "held": 2, "promised": 1, "units": 1, "unknown": 0},
            id="stop",
        ),
        pytest.param({"free": None}, {**NOTHING, "units": 1, "unknown": 1}, id="unknown"),
    ],
)
def test_counts_of_a_unit(changes: dict[str, object], told: dict[str, int | str]) -> None:
    report = measures.unit_report(seen(HIC, **changes), HIC)
    assert counts(report["group"][0]["population"]) == told


def test_counts_of_a_region_are_per_measure_and_care_type() -> None:
    """A bed, a room and a visit are never added up; what is unknown is counted apart."""
    other = unit("elv", CareType.ELV_HOOG)
    silent = unit("elv-twee", CareType.ELV_HOOG)
    spoed = unit("spoed", CareType.SEH, site="schiedam")
    agreed = agreements(HIC, other, silent, spoed, sites=[site()])
    picture = picture_of(agreed, [view(HIC), view(other, free=1), view(spoed)], at=EVENING)
    report = measures.region_report(picture, measures.totals_of(picture, picture.units))
    beds, rooms = report["group"]
    assert [beds["code"]["coding"][0]["code"], rooms["code"]["coding"][0]["code"]] == ["Beds", "rooms"]
    assert counts(beds["population"])["free"] == 3
    assert counts(beds["population"])["unknown"] == 1
    assert counts(rooms["population"])["free"] == 2
    strata = beds["stratifier"][0]["stratum"]
    told = {s["component"][0]["value"]["coding"][0]["code"]: counts(s["population"])["free"] for s in strata}
    assert told == {"elv-hoog": 1, "ggz-hic": 2}
    assert report["status"] == "pending"


def test_a_region_has_no_free_place_behind_a_stop() -> None:
    other = unit("hic-twee", CareType.GGZ_HIC)
    picture = picture_of(agreements(HIC, other), [view(HIC, status=UnitStatus.STOP), view(other, free=1)], at=EVENING)
    ((_, total),) = measures.totals_of(picture, picture.units)
    assert (total.free, total.units, total.unknown) == (1, 2, 0)


def test_a_report_is_as_saner_wants_it() -> None:
    """Moments to the second with an offset in figures; a location with its identifier; no stratum by its value."""
    report = measures.unit_report(seen(HIC), HIC)
    moments = [report["date"], report["period"]["start"], report["period"]["end"]]
    assert [len(each) for each in moments] == [25, 25, 25]
    assert report["type"] == "summary"
    assert report["subject"]["identifier"]["value"] == "hic"
    assert report["reporter"]["reference"] == "Organization/zcc-rijnmond"
    assert [*walk(report, ["group", "stratifier", "stratum", "value"])] == []
    beds = [*walk(report, ["group", "population", "code", "coding"])]
    assert [each["code"] for each in beds if each["system"].endswith("/MeasuredValues")] == [
        "numTotBeds",
        "numTotBedsOcc",
        "numTotBedsAvail",
    ]


def test_rooms_are_no_beds() -> None:
    spoed = unit("spoed", CareType.SEH)
    report = measures.unit_report(seen(spoed), spoed)
    systems = {each["system"] for each in walk(report, ["group", "population", "code", "coding"])}
    assert not any(system.endswith("/MeasuredValues") for system in systems)
