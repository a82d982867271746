"""What is not known is no number in any document, and never free: not in FHIR, not in HAVE, not for LPZ."""

import json
import re
from datetime import timedelta
from typing import Final
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoedplein.portal.standards.fhir import measures, slots
from spoedplein.portal.standards.have import HAVE, have_document
from spoedplein.portal.standards.lpz import lpz_document
from spoedplein.portal.standards.picture import Picture, known_figure
from spoedplein.testing.builders import EVENING, agreements, site, unit
from spoedplein_schemas.views import UnitAvailability
from spoedplein_schemas.vocabulary import CareType, UnitStatus
from tests.portal.standards.looks import Look, every, faults, picture_of

#: No figure that counts is so large, and nothing else in a document has these digits.
STRANGE: Final = st.integers(80_000, 89_999)
FOUND: Final = re.compile(r"(?<!\d)8\d{4}(?!\d)")
NAMES: Final = ("kliniek", "hic", "elv", "elv-twee", "spoed", "thuis")
AGREED: Final = agreements(
    unit("kliniek", CareType.KLINIEK, site="schiedam"),
    unit("hic", CareType.GGZ_HIC),
    unit("elv", CareType.ELV_HOOG, windows=[{"from": "08:00", "until": "17:00"}]),
    unit("elv-twee", CareType.ELV_HOOG, organisation="huis-elv"),
    unit("spoed", CareType.SEH, site="schiedam"),
    unit("thuis", CareType.WIJKVERPLEGING),
    sites=[site()],
)
CARE: Final = {each.id: each for each in AGREED.units}

statuses = st.sampled_from(UnitStatus)
minutes = st.integers(1, 600)


@st.composite
def views(draw: st.DrawFn, name: str) -> UnitAvailability:
    """Of one unit: a small figure that counts, or a strange one that does not: grown old, or taken back."""
    counts = draw(st.booleans())
    figure = st.integers(0, 12) if counts else STRANGE
    old, validity = draw(minutes), draw(minutes)
    observed = EVENING - timedelta(minutes=old)
    until = EVENING + timedelta(minutes=validity) if counts else EVENING - timedelta(seconds=1)
    taken_back = not counts and draw(st.booleans())
    staffed = draw(figure)
    return UnitAvailability(
        region=AGREED.region,
        unit=name,
        organisation=CARE[name].organisation,
        care_type=CARE[name].care_type,
        status=draw(statuses),
        staffed=staffed,
        reported_free=min(staffed, draw(figure)),
        free=None if taken_back else min(staffed, draw(figure)),
        held=draw(figure),
        promised=draw(figure),
        observed_at=observed,
        valid_until=EVENING + timedelta(hours=1) if taken_back else until,
        as_of=EVENING,
        version=1,
    )


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    """Of each unit something, or nothing ever."""
    heard = draw(st.sets(st.sampled_from(NAMES)))
    return picture_of(AGREED, [draw(views(name)) for name in sorted(heard)], at=EVENING)


def documents(picture: Picture) -> str:
    """All that carries figures."""
    fhir = [
        measures.region_report(picture, measures.totals_of(picture, picture.units)),
        *(measures.unit_report(picture, unit) for unit in picture.units),
        *(slot for unit in picture.units for slot in slots.slots(picture, unit)),
    ]
    lpz = lpz_document(picture, oids={}, words={})
    return json.dumps(fhir) + (have_document(picture) or b"").decode() + json.dumps(lpz)


@given(pictures())
def test_a_figure_that_does_not_count_is_nowhere(picture: Picture) -> None:
    assert FOUND.findall(documents(picture)) == []


def test_the_search_for_such_figures_finds_them() -> None:
    """A figure of this size that counts is told, so its absence above means something."""
    view = UnitAvailability(
        region=AGREED.region,
        unit="hic",
        organisation=CARE["hic"].organisation,
        care_type=CareType.GGZ_HIC,
        status=UnitStatus.STOP,
        staffed=80_001,
        reported_free=0,
        free=0,
        observed_at=EVENING,
        valid_until=EVENING,
        as_of=EVENING,
        version=1,
    )
    picture = picture_of(AGREED, [view], at=EVENING)
    assert "80001" in FOUND.findall(json.dumps(measures.unit_report(picture, CARE["hic"])))
    assert "80001" in FOUND.findall((have_document(picture) or b"").decode())


@given(pictures())
def test_a_unit_that_is_unknown_has_one_slot_and_it_is_not_free(picture: Picture) -> None:
    for each in picture.units:
        if picture.figure(each.id) is None:
            assert [slot["status"] for slot in slots.slots(picture, each)] == ["busy-unavailable"]


@given(pictures())
def test_no_more_slots_are_free_than_places_are(picture: Picture) -> None:
    for each in picture.units:
        figure = picture.figure(each.id)
        free = [slot for slot in slots.slots(picture, each) if slot["status"] == "free"]
        assert len(free) in (0, figure.free if figure else 0)
        assert not free or picture.takes(each.id)


@given(pictures())
def test_a_report_is_complete_only_when_every_unit_is_known(picture: Picture) -> None:
    known = {each.id: picture.figure(each.id) is not None for each in picture.units}
    whole = measures.region_report(picture, measures.totals_of(picture, picture.units))
    assert (whole["status"] == "complete") is all(known.values())
    for each in picture.units:
        assert (measures.unit_report(picture, each)["status"] == "complete") is known[each.id]


@given(pictures())
def test_have_counts_free_beds_of_units_that_are_known_and_admit(picture: Picture) -> None:
    written = have_document(picture) or b"<nothing/>"
    told = ET.fromstring(written).iter(f"{{{HAVE}}}AvailableCount")  # noqa: S314  our own words
    free = 0
    for each in picture.units:
        figure = picture.figure(each.id)
        if figure is not None and picture.admits(each) and each.care_type is not CareType.WIJKVERPLEGING:
            free += figure.free
    assert sum(int(count.text or "") for count in told) == free


@given(pictures())
def test_every_document_is_fhir(picture: Picture) -> None:
    found = [
        *(fault for unit in picture.units for fault in faults(measures.unit_report(picture, unit))),
        *(fault for unit in picture.units for slot in slots.slots(picture, unit) for fault in faults(slot)),
    ]
    assert found == []


def test_when_coordination_falls_silent_everything_becomes_unknown(evening: list[Look]) -> None:
    """No figure is valid for two days in Rijnmond; then nothing is left, though nobody says so."""
    look = evening[-1].later(days=2)
    resources = look.resources()
    assert {each["status"] for each in resources if each["resourceType"] == "Slot"} == {"busy-unavailable"}
    populations = [each for part in resources for each in every(part) if "code" in each and "count" in each]
    told = {each["code"]["coding"][-2]["code"] for each in populations}
    assert told == {"units", "unknown"}
    assert b"AvailableCount" not in (have_document(look.picture) or b"")
    assert {each["beschikbaarheid"][0]["status"] for each in lpz_document(look.picture, oids={}, words={})} <= {
        "onbekend",
        "dreigende stop",
        "stop",
    }


@pytest.mark.parametrize(
    ("changes", "known"),
    [
        pytest.param({}, True, id="valid"),
        pytest.param({"valid_until": EVENING}, True, id="at-its-last-moment"),
        pytest.param({"valid_until": EVENING - timedelta(milliseconds=1)}, False, id="past-it"),
        pytest.param({"free": None}, False, id="coordination-says-unknown"),
        pytest.param({"staffed": None, "reported_free": None, "free": None}, False, id="never-reported"),
        pytest.param({"free": 0}, True, id="full-is-known"),
    ],
)
def test_when_a_figure_counts(changes: dict[str, object], known: bool) -> None:
    view = UnitAvailability(
        region=AGREED.region,
        unit="hic",
        organisation="huis-hic",
        care_type=CareType.GGZ_HIC,
        status=UnitStatus.OPEN,
        staffed=4,
        reported_free=2,
        free=1,
        held=1,
        observed_at=EVENING - timedelta(hours=1),
        valid_until=EVENING + timedelta(hours=1),
        as_of=EVENING,
        version=1,
    )
    assert (known_figure(view.model_copy(update=changes), at=EVENING) is not None) is known
