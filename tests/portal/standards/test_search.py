"""Searching: one row per parameter, and what is refused."""

import re
from urllib.parse import parse_qsl

import pytest

from spoedplein.portal.standards.fhir.bundles import Listing, searchset
from spoedplein.portal.standards.fhir.capability import BY_KIND, SERVED, capability_statement, interactions
from spoedplein.portal.standards.fhir.search import SearchError, conditions, matches
from spoedplein.testing.builders import EVENING
from spoedplein_schemas.intended_use import INTENDED_USE
from tests.portal.standards.looks import BASE, Look, faults

TASK = {
    "resourceType": "Task",
    "id": "rijnmond.1047.1",
    "meta": {"versionId": "1047.1", "lastUpdated": "2026-01-10T19:00:00.500+00:00"},
    "identifier": [{"system": "urn:spoedplein:offer", "value": "rijnmond.1047.1"}],
    "basedOn": [{"reference": "ServiceRequest/r-1"}],
    "status": "requested",
    "intent": "order",
    "businessStatus": {"coding": [{"system": "urn:spoedplein:offer-phase", "code": "offered"}]},
    "owner": {"reference": "Organization/frankeland"},
}


@pytest.mark.parametrize(
    ("query", "met"),
    [
        pytest.param("", True, id="no-parameters"),
        pytest.param("status=requested", True, id="code"),
        pytest.param("status=accepted", False, id="other-code"),
        pytest.param("status=accepted,requested", True, id="either"),
        pytest.param("status=requested&status=accepted", False, id="both"),
        pytest.param("status=urn:x|requested", False, id="a-system-that-it-has-not"),
        pytest.param("business-status=urn:spoedplein:offer-phase|offered", True, id="system-and-code"),
        pytest.param("business-status=urn:spoedplein:offer-phase|", True, id="any-code-of-a-system"),
        pytest.param("business-status=|offered", False, id="a-code-without-a-system"),
        pytest.param("identifier=urn:spoedplein:offer|rijnmond.1047.1", True, id="identifier"),
        pytest.param("identifier=rijnmond.1047.1", True, id="identifier-of-any-system"),
        pytest.param("owner=Organization/frankeland", True, id="reference"),
        pytest.param("owner=frankeland", True, id="reference-by-id"),
        pytest.param("owner=Organization/frank", False, id="another-reference"),
        pytest.param("based-on=ServiceRequest/r-1", True, id="reference-in-a-list"),
        pytest.param("_id=rijnmond.1047.1", True, id="id"),
        pytest.param("_lastUpdated=2026-01-10", True, id="that-day"),
        pytest.param("_lastUpdated=2026-01-09", False, id="another-day"),
        pytest.param("_lastUpdated=ge2026-01-10T19:00:00Z", True, id="since"),
        pytest.param("_lastUpdated=gt2026-01-10T19:00:00Z", False, id="after-that-second"),
        pytest.param("_lastUpdated=gt2026-01-10T18:59:59Z", True, id="after-an-earlier-second"),
        pytest.param("_lastUpdated=lt2026-01-10T20:00:00%2B01:00", False, id="before-with-an-offset"),
        pytest.param("_lastUpdated=le2026-01-10T19:00:00Z", True, id="until-that-second"),
        pytest.param("_lastUpdated=ne2026-01-10", False, id="not-that-day"),
        pytest.param("_lastUpdated=ge2026-01-10T20:00:00+01:00", True, id="a-plus-that-nobody-escaped"),
        pytest.param("_lastUpdated=9999-12-31", False, id="the-last-day-there-is"),
        pytest.param("_lastUpdated=lt9999-12-31", True, id="before-the-last-day"),
        pytest.param("_lastUpdated=le9999-12-31T23:59:59%2B01:00", True, id="until-the-last-second"),
        pytest.param("_lastUpdated=ge0001-01-01T00:00:00%2B14:00", True, id="since-the-first"),
        pytest.param("modified=2026-01-10", False, id="what-it-has-not-does-not-match"),
        pytest.param("_count=10&_format=json", True, id="how-it-is-answered-matches-all"),
    ],
)
def test_matching(query: str, met: bool) -> None:
    wanted, _ = conditions(parse_qsl(query), BY_KIND["Task"].parameters, lenient=False)
    assert matches(TASK, wanted) is met


@pytest.mark.parametrize(
    ("query", "parameter", "mend"),
    [
        pytest.param("stauts=requested", "stauts", "business-status", id="misspelt"),
        pytest.param("status:not=requested", "status:not", "status", id="a-modifier"),
        pytest.param("_lastUpdated=yesterday", "_lastUpdated", "2026-01-10T23:30:00+01:00", id="no-moment"),
        pytest.param("_lastUpdated=ge2026-01-10T19:00:00", "_lastUpdated", "offset", id="no-offset"),
        pytest.param("_lastUpdated=ap2026-01-10", "_lastUpdated", "2026-01-10", id="about"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_mend(query: str, parameter: str, mend: str) -> None:
    with pytest.raises(SearchError, match=re.escape(mend)) as refused:
        conditions(parse_qsl(query), BY_KIND["Task"].parameters, lenient=False)
    assert refused.value.parameter == parameter


def test_who_asks_leniently_hears_what_was_passed_over() -> None:
    wanted, passed_over = conditions(parse_qsl("stauts=x&status=accepted"), BY_KIND["Task"].parameters, lenient=True)
    assert passed_over == ["stauts"]
    assert not matches(TASK, wanted)


def test_every_parameter_finds_something_in_an_evening(evening: list[Look]) -> None:
    """A parameter that looks at an element that no resource has would never match, and nobody would see it."""
    resources = evening[-1].resources()
    blind = [
        f"{served.kind}.{each.name}"
        for served in SERVED
        for each in served.parameters
        if not any(list(each.values(one)) for one in resources if one["resourceType"] == served.kind)
    ]
    assert blind == []


def test_a_page_is_a_bundle_and_says_where_it_goes_on() -> None:
    query = [("status", "requested"), ("_cursor", "old")]
    page = searchset(Listing([TASK], total=7, following="new"), base=BASE, kind="Task", query=query, at=EVENING)
    assert faults(page) == []
    assert page["link"] == [
        {"relation": "self", "url": f"{BASE}/Task?status=requested&_cursor=old"},
        {"relation": "next", "url": f"{BASE}/Task?status=requested&_cursor=new"},
    ]
    assert page["total"] == 7
    assert page["entry"][0]["fullUrl"] == f"{BASE}/Task/rijnmond.1047.1"


def test_an_empty_page_has_no_entries() -> None:
    page = searchset(Listing([], total=0), base=BASE, kind="Task", query=[], at=EVENING)
    assert "entry" not in page
    assert faults(page) == []


def test_the_capability_statement_says_all_that_is_served() -> None:
    statement = capability_statement(base=BASE, version="0.1.0", at=EVENING)
    told = statement["rest"][0]["resource"]
    assert [each["type"] for each in told] == sorted(served.kind for served in SERVED)
    assert {each["type"]: [one["code"] for one in each["interaction"]] for each in told} == {
        served.kind: interactions(served) for served in SERVED
    }
    assert statement["implementation"] == {"description": INTENDED_USE, "url": BASE}
    assert faults(statement) == []
