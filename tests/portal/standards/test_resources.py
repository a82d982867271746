"""Every resource of an evening is FHIR: its elements, its required codes, its ids, and what it refers to."""

from collections import Counter

import pytest

from spoedplein.portal.standards.fhir.capability import SERVED
from spoedplein.portal.standards.fhir.elements import ID_LENGTH_MAX, present, resource_id
from tests.portal.standards.looks import Look, every, faults


def test_every_resource_is_fhir(evening: list[Look]) -> None:
    found = Counter(fault for look in evening for each in look.resources() for fault in faults(each))
    assert found == {}


def test_every_kind_that_is_served_is_in_the_evening(evening: list[Look]) -> None:
    """Or the test above proves nothing of it."""
    seen = {each["resourceType"] for look in evening for each in look.resources()}
    assert {served.kind for served in SERVED} <= seen


def test_an_id_names_one_resource_of_its_kind(evening: list[Look]) -> None:
    named = Counter((each["resourceType"], each["id"]) for each in evening[-1].resources() if "id" in each)
    assert {name: times for name, times in named.items() if times > 1} == {}


def test_what_is_referred_to_is_served(evening: list[Look]) -> None:
    resources = evening[-1].resources()
    served = {f"{each['resourceType']}/{each['id']}" for each in resources if "id" in each}
    referred = {part["reference"] for each in resources for part in every(each) if "reference" in part}
    assert {each for each in referred if isinstance(each, str)} - served == set()


def test_a_request_names_nobody(evening: list[Look]) -> None:
    """The source's own pseudonym of the person, which its other requests have too, is not told either."""
    cases = {case.request.wanted.case for look in evening for case in look.scene.cases.values()}
    told = {
        value
        for look in evening
        for each in look.resources()
        for part in every(each)
        for value in part.values()
        if isinstance(value, str)
    }
    assert cases
    assert cases & told == set()


def test_faults_are_found() -> None:
    wrong = {"resourceType": "Location", "id": "a b", "status": "shut", "alias": [], "free": 3}
    assert faults(wrong) == [
        "Location.id: string_pattern_mismatch",
        "Location.free: extra_forbidden",
        "Location.status: shut",
        "Location: alias is empty",
    ]


def test_an_id_that_fits_stays_and_a_longer_one_is_shortened_and_stays_its_own() -> None:
    long = "a" * 80
    assert resource_id("rijnmond.1047.1") == "rijnmond.1047.1"
    assert len(resource_id(long)) == ID_LENGTH_MAX
    assert resource_id(long) != resource_id(long + "b")


@pytest.mark.parametrize(("value", "stays"), [(0, True), (False, True), (None, False), ("", False), ([], False)])
def test_nothing_is_left_out_and_zero_is_not_nothing(value: object, stays: bool) -> None:
    assert ("x" in present(x=value)) is stays
