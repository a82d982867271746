"""FHIR, HAVE and LPZ as one asks them over HTTP: who sees what, how one searches, and how a no is said."""

from typing import Any

import pytest
from fastapi.routing import APIRoute

from spoedplein.portal.access import Role
from spoedplein.portal.app import routed
from spoedplein.portal.document import routes_of
from spoedplein.portal.standards.fhir.capability import SERVED
from spoedplein.testing.builders import EVENING, agreements, capacity, request, site, unit
from spoedplein.testing.portal import MemoryBackend, portal_client
from spoedplein_schemas.seh import StatusReported
from spoedplein_schemas.vocabulary import CareType, StopReason, UnitStatus
from tests.portal.conftest import COORDINATOR, OTHER, PROVIDER, PUBLIC, Asker, Who
from tests.portal.standards.looks import faults, walk

AUDITOR = Who(Role.AUDITOR)
OPERATOR = Who(Role.OPERATOR)
ELSEWHERE = Who(Role.COORDINATOR, regions=("venlo",))
BASE = "/fhir/rijnmond"
KINDS = [served.kind for served in SERVED]


@pytest.fixture
def backend(backend: MemoryBackend) -> MemoryBackend:
    """Somebody has asked for a place, and the first house is asked."""
    backend.says(request("r-1", (CareType.ELV_HOOG,), backend.now))
    return backend


async def found(ask: Asker, path: str, *, who: Who = COORDINATOR) -> list[dict[str, Any]]:
    """The resources of a page."""
    page = await ask.get(f"{BASE}/{path}", who=who)
    assert faults(page) == []
    return [each["resource"] for each in page.get("entry", []) if each["search"]["mode"] == "match"]


def ids(resources: list[dict[str, Any]]) -> list[str]:
    return [each["id"] for each in resources]


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_searched_can_be_read(ask: Asker, kind: str) -> None:
    resources = await found(ask, kind)
    assert resources
    for each in resources:
        assert faults(each) == []
        assert await ask.get(f"{BASE}/{kind}/{each['id']}") == each


async def test_the_capability_statement_says_what_the_routes_do(ask: Asker) -> None:
    """Each interaction that it names has its route, and no route does something that it does not name."""
    statement = await ask.get(f"{BASE}/metadata", who=PUBLIC)
    assert faults(statement) == []
    assert statement["implementation"]["url"] == "http://portal/fhir/rijnmond"
    told = {
        (interaction["code"], each["type"])
        for each in statement["rest"][0]["resource"]
        for interaction in each["interaction"]
    }
    words = {("GET", False): "search-type", ("GET", True): "read", ("PUT", True): "update", ("PATCH", True): "patch"}
    made = set()
    for route in routes_of(routed()):
        assert isinstance(route.original_route, APIRoute)
        _, _, rest = route.original_route.path_format.partition("/fhir/{region}/")
        if rest and rest != "metadata":
            kind, _, one = rest.partition("/")
            made |= {(words[method, bool(one)], kind) for method in route.methods or ()}
    assert made == told


async def test_every_parameter_is_taken_by_its_route(ask: Asker) -> None:
    """The statement and the routes come from one table; a value that matches nothing is a page without entries."""
    for served in SERVED:
        for each in served.parameters:
            value = "2026-01-10" if each.kind == "date" else "zzz"
            page = await ask.get(f"{BASE}/{served.kind}?{each.name}={value}")
            assert page["type"] == "searchset", each.name


# --- who sees what ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "tasks", "requests"),
    [
        pytest.param(COORDINATOR, 1, 1, id="the-centre-all"),
        pytest.param(AUDITOR, 1, 1, id="the-auditor-too"),
        pytest.param(PROVIDER, 1, 1, id="who-is-asked"),
        pytest.param(OTHER, 0, 0, id="who-is-not"),
        pytest.param(Who(Role.PROVIDER, "huisarts-nieuwland"), 0, 1, id="who-asked-himself"),
    ],
)
async def test_requests_and_offers_are_seen_by_whom_they_concern(
    ask: Asker, who: Who, tasks: int, requests: int
) -> None:
    assert len(await found(ask, "Task", who=who)) == tasks
    assert len(await found(ask, "ServiceRequest", who=who)) == requests


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        pytest.param(PUBLIC, "Slot", 401, id="nobody-without-a-token"),
        pytest.param(PUBLIC, "Task", 401, id="nor-an-offer"),
        pytest.param(PUBLIC, "metadata", 200, id="what-is-served-is-no-secret"),
        pytest.param(OPERATOR, "Task", 403, id="an-operator-no-case"),
        pytest.param(OPERATOR, "Slot", 200, id="an-operator-availability"),
        pytest.param(ELSEWHERE, "Slot", 404, id="another-region"),
        pytest.param(OTHER, "Task/rijnmond.4.0", 404, id="an-offer-to-another"),
        pytest.param(OTHER, "ServiceRequest/r-1", 404, id="a-request-of-others"),
    ],
)
async def test_who_may_not_is_told_so_in_an_outcome(ask: Asker, who: Who, path: str, status: int) -> None:
    answer = await ask.send("GET", f"{BASE}/{path}", who=who)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/fhir+json")
    assert faults(answer.json()) == []


async def test_a_provider_sees_of_others_what_is_free_and_of_himself_everything(ask: Asker) -> None:
    statuses: dict[str, set[str]] = {}
    for each in await found(ask, "Slot", who=PROVIDER):
        statuses.setdefault(each["id"].rpartition("--")[0], set()).add(each["status"])
    assert statuses["elv-een"] == {"free", "busy-tentative", "busy"}
    assert statuses["elv-twee"] == {"free"}
    assert statuses["elv-stil"] == {"busy-unavailable"}
    masked = await ask.get(f"{BASE}/MeasureReport/elv-twee", who=PROVIDER)
    reasons = [*walk(masked, ["group", "population", "_count", "extension", "valueCode"])]
    assert set(reasons) == {"masked"}


async def test_what_is_seen_of_cases_is_on_record(ask: Asker) -> None:
    await found(ask, "Task", who=PROVIDER)
    (entry,) = ask.backend.accesses.entries
    assert (entry.cases, entry.action, entry.organisation) == (("c-r-1", "r-1"), "read-requests", "huis-elv-een")
    await found(ask, "ServiceRequest?_count=0")
    assert ask.backend.accesses.entries[-1].cases == ()
    await found(ask, "Slot")
    assert len(ask.backend.accesses.entries) == 2


# --- searching ----------------------------------------------------------------------------------------------------


async def test_pages_follow_each_other_and_miss_nothing(ask: Asker) -> None:
    whole = ids(await found(ask, "Slot?_count=200"))
    address, seen = f"{BASE}/Slot?_count=7", []
    while address:
        page = await ask.get(address)
        assert page["total"] == len(whole)
        seen += [each["resource"]["id"] for each in page["entry"]]
        links = {link["relation"]: link["url"] for link in page["link"]}
        address = links.get("next", "").removeprefix("http://portal")
    assert seen == whole
    assert len(whole) > 20


async def test_a_count_of_nothing_only_counts(ask: Asker) -> None:
    page = await ask.get(f"{BASE}/Slot?status=free&_count=0")
    assert (page["total"], "entry" in page) == (2, False)


@pytest.mark.parametrize(
    ("path", "status", "issue"),
    [
        pytest.param("Slot?stauts=free", 400, ("invalid", ["http.stauts"]), id="misspelt"),
        pytest.param("Slot?start=soon", 400, ("invalid", ["http.start"]), id="no-moment"),
        pytest.param("Slot?_count=-1", 400, ("invalid", ["http._count"]), id="fewer-than-none"),
        pytest.param("Slot?_count=veel", 400, ("invalid", ["http._count"]), id="no-number"),
        pytest.param("Slot?_cursor=onzin", 422, ("business-rule", None), id="no-cursor"),
        pytest.param(f"Slot?_cursor={'W1tb' * 3000}", 422, ("business-rule", None), id="a-cursor-without-a-bottom"),
        pytest.param("Slot?_format=xml", 406, ("not-supported", None), id="xml"),
        pytest.param("Slot/een_twee", 422, ("business-rule", ["http.id"]), id="no-id"),
        pytest.param("Location/nergens", 404, ("not-found", None), id="not-there"),
        pytest.param("Patient", 404, ("not-found", None), id="not-served"),
    ],
)
async def test_a_no_says_where(ask: Asker, path: str, status: int, issue: tuple[str, list[str] | None]) -> None:
    told = await ask.get(f"{BASE}/{path}", status=status)
    assert faults(told) == []
    assert [(each["code"], each.get("expression")) for each in told["issue"]] == [issue]


async def test_who_asks_leniently_is_told_what_was_passed_over(ask: Asker) -> None:
    answer = await ask.send("GET", f"{BASE}/Task?stauts=x", headers={"Prefer": "respond-async; handling=lenient"})
    *_, remark = answer.json()["entry"]
    assert (remark["search"]["mode"], remark["resource"]["issue"][0]["expression"]) == ("outcome", ["http.stauts"])
    assert answer.json()["link"][0]["url"] == "http://portal/fhir/rijnmond/Task"
    assert faults(answer.json()) == []


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        pytest.param("application/fhir+json", 200, id="fhir"),
        pytest.param("application/json;q=0.9, text/html", 200, id="json"),
        pytest.param("application/fhir+xml", 406, id="xml"),
    ],
)
async def test_only_json_is_served(ask: Asker, accept: str, status: int) -> None:
    answer = await ask.send("GET", f"{BASE}/Slot", headers={"Accept": accept})
    assert answer.status_code == status


async def test_what_may_be_behind_says_so(ask: Asker) -> None:
    ask.backend.source.answers = False
    answer = await ask.send("GET", f"{BASE}/Slot")
    *_, remark = answer.json()["entry"]
    assert (answer.headers["spoedplein-stale"], remark["search"]["mode"]) == ("kafka-silent", "outcome")
    assert "kafka-silent" in remark["resource"]["issue"][0]["diagnostics"]


async def test_a_method_that_is_not_there_is_an_outcome_too(ask: Asker) -> None:
    answer = await ask.send("DELETE", f"{BASE}/Slot/elv-een--1")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.json()["issue"][0]["code"] == "not-supported"


async def test_a_problem_stays_a_problem_elsewhere(ask: Asker) -> None:
    assert (await ask.send("GET", "/v1/nowhere")).headers["content-type"] == "application/problem+json"


# --- HAVE and LPZ -------------------------------------------------------------------------------------------------


async def test_have_is_xml_and_says_when_it_may_be_behind(ask: Asker) -> None:
    answer = await ask.send("GET", "have.xml")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    assert answer.text.count("<have:AvailableCount>1</have:AvailableCount>") == 2  # one of each house: a third is held
    assert "may be behind" not in answer.text
    ask.backend.source.answers = False
    assert "may be behind: kafka-silent" in (await ask.send("GET", "have.xml")).text


async def test_have_of_a_region_in_which_nobody_spoke_is_not_there() -> None:
    quiet = MemoryBackend([agreements(unit("elv-een", CareType.ELV_HOOG))], now=EVENING)
    async with portal_client(quiet) as client:
        told = await Asker(quiet, client).get("have.xml", status=404)
    assert told["type"].endswith(":nothing-reported")


async def test_lpz_has_the_oids_and_words_of_the_settings() -> None:
    spoed = agreements(unit("spoed", CareType.SEH, site="schiedam"), sites=[site()])
    more = {"portal_lpz_oids": {"schiedam": "2.16.528.1"}, "portal_lpz_words": {"stop": "STOP", "reason": "waarom"}}
    backend = MemoryBackend([spoed], now=EVENING, **more)
    status = StatusReported(
        site="schiedam", status=UnitStatus.STOP, observed_at=backend.now, reason=StopReason.CROWDING
    )
    backend.says(status)
    backend.says(capacity("spoed", 3, backend.now))
    async with portal_client(backend) as client:
        (told,) = await Asker(backend, client).get("lpz.json")
    assert (told["oid"], told["locatie"]) == ("2.16.528.1", "schiedam")
    assert (told["beschikbaarheid"][0]["status"], told["beschikbaarheid"][0]["waarom"]) == ("STOP", "crowding")


@pytest.mark.parametrize("path", ["have.xml", "lpz.json"])
async def test_documents_are_for_who_may_see_availability(ask: Asker, path: str) -> None:
    assert (await ask.send("GET", path, who=PUBLIC)).status_code == 401
    assert (await ask.send("GET", path, who=ELSEWHERE)).status_code == 404
