"""A provider answers by writing into the Task: what becomes of it, and what is refused."""

import asyncio
import json
from typing import Any

import pytest

from spoedplein.portal.standards.fhir.terms import DECLINE_REASON
from spoedplein.testing.builders import EVENING, cancelled, capacity, request
from spoedplein.testing.portal import MemoryBackend, portal_client
from spoedplein_schemas import kind_of
from spoedplein_schemas.vocabulary import CareType
from tests.portal.conftest import AGREED, COORDINATOR, OTHER, PROVIDER, PUBLIC, Asker, Who
from tests.portal.standards.looks import faults

BASE = "/fhir/rijnmond/Task"
PATCH = "application/json-patch+json"
FULL = {"coding": [{"system": DECLINE_REASON, "code": "full"}]}
NESTED = json.loads("[" * 400 + "]" * 400)


@pytest.fixture
def backend(backend: MemoryBackend) -> MemoryBackend:
    backend.says(request("r-1", (CareType.ELV_HOOG,), backend.now))
    return backend


async def task(ask: Asker, *, who: Who = PROVIDER) -> dict[str, Any]:
    """The one that is his."""
    page = await ask.get(BASE, who=who)
    found: dict[str, Any] = page["entry"][0]["resource"]
    return found


async def write(
    ask: Asker, name: str, body: object, *, method: str = "PUT", who: Who = PROVIDER, status: int = 200, **headers: str
) -> dict[str, Any]:
    sent = {
        **who.bearer(ask.backend.minter),
        "Content-Type": PATCH if method == "PATCH" else "application/fhir+json",
        **{header.replace("_", "-"): value for header, value in headers.items()},
    }
    answer = await ask.client.request(method, f"{BASE}/{name}", headers=sent, content=json.dumps(body))
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/fhir+json"
    told: dict[str, Any] = answer.json()
    assert faults(told) == []
    return told


def said(ask: Asker) -> list[str]:
    """What was sent onto the source topics, by name."""
    return [kind_of(type(event.data)).name for event in ask.backend.sent]


async def test_yes_then_he_is_here(ask: Asker) -> None:
    now = await task(ask)
    yes = await write(ask, now["id"], now | {"status": "accepted"})
    assert (yes["status"], yes["meta"]["versionId"] > now["meta"]["versionId"]) == ("accepted", True)
    ask.backend.passes(minutes=40)
    here = await write(ask, now["id"], yes | {"status": "completed"})
    assert here["status"] == "completed"
    assert said(ask) == ["placement.offer-accepted", "placement.patient-admitted"]
    event = ask.backend.sent[0]
    assert (event.data.by.role, event.data.by.organisation) == ("provider", "huis-elv-een")


async def test_no_with_its_reason_and_the_next_house_is_asked(ask: Asker) -> None:
    now = await task(ask)
    no = await write(ask, now["id"], now | {"status": "rejected", "statusReason": FULL})
    assert (no["status"], no["statusReason"]) == ("rejected", FULL)
    assert (await task(ask, who=OTHER))["status"] == "requested"
    assert await ask.get("/fhir/rijnmond/ServiceRequest", who=PROVIDER) | {"link": []} == {
        "resourceType": "Bundle",
        "meta": {"lastUpdated": "2026-01-10T19:00:00.000+00:00"},
        "type": "searchset",
        "total": 0,
        "link": [],
    }


async def test_no_after_all(ask: Asker) -> None:
    now = await task(ask)
    yes = await write(ask, now["id"], now | {"status": "accepted"})
    ask.backend.passes(minutes=5)
    back = await write(ask, now["id"], yes | {"status": "failed", "statusReason": FULL})
    assert (back["status"], said(ask)[-1]) == ("failed", "placement.late-rejected")


async def test_a_patch_says_the_same(ask: Asker) -> None:
    now = await task(ask)
    operations = [
        {"op": "test", "path": "/status", "value": "requested"},
        {"op": "replace", "path": "/status", "value": "rejected"},
        {"op": "add", "path": "/statusReason", "value": FULL},
    ]
    no = await write(ask, now["id"], operations, method="PATCH")
    assert (no["status"], said(ask)) == ("rejected", ["placement.offer-declined"])


async def test_written_as_it_stands_it_says_nothing(ask: Asker) -> None:
    now = await task(ask)
    assert await write(ask, now["id"], now) == now
    assert said(ask) == []


async def test_the_same_answer_with_its_key_is_one_event(ask: Asker) -> None:
    now = await task(ask)
    body = now | {"status": "accepted"}
    first = await write(ask, now["id"], body, Idempotency_Key="sleutel-een")
    again = await write(ask, now["id"], first, Idempotency_Key="sleutel-een")
    assert again == first
    assert len(said(ask)) == 1


async def test_who_read_an_older_task_is_told_that_it_changed(ask: Asker) -> None:
    now = await task(ask)
    tag = f'W/"{now["meta"]["versionId"]}"'
    await write(ask, now["id"], now | {"status": "accepted"}, If_Match=tag)
    told = await write(ask, now["id"], now | {"status": "rejected", "statusReason": FULL}, status=412, If_Match=tag)
    assert told["issue"][0]["code"] == "conflict"
    assert said(ask) == ["placement.offer-accepted"]


async def test_who_was_silent_too_long_is_refused_by_what_the_task_is_by_then(ask: Asker) -> None:
    now = await task(ask)
    ask.backend.passes(minutes=31)
    assert (await task(ask))["status"] == "cancelled"
    told = await write(ask, now["id"], now | {"status": "accepted"}, status=422)
    assert told["issue"][0]["expression"] == ["Task.status"]
    assert said(ask) == []


async def test_while_coordination_is_silent_it_is_sent_and_not_decided_yet(ask: Asker) -> None:
    now = await task(ask)
    ask.backend.holding = True
    told = await write(ask, now["id"], now | {"status": "accepted"}, status=202)
    assert (told["resourceType"], told["issue"][0]["severity"]) == ("OperationOutcome", "information")
    ask.backend.publishes_again()
    assert (await task(ask))["status"] == "accepted"


async def test_what_is_not_decided_yet_is_found_at_its_location(ask: Asker) -> None:
    now = await task(ask)
    ask.backend.holding = True
    headers = {"Content-Type": "application/fhir+json"}
    no = now | {"status": "rejected", "statusReason": FULL}
    answer = await ask.send("PUT", f"{BASE}/{now['id']}", no, who=PROVIDER, headers=headers)
    assert answer.status_code == 202
    place = answer.headers["location"]
    assert (await ask.get(place, who=PROVIDER))["status"] == "requested"
    ask.backend.publishes_again()
    assert (await ask.get(place, who=PROVIDER))["status"] == "rejected"
    await ask.get(place, who=OTHER, status=404)


async def test_what_came_too_late_is_refused_by_the_core(backend: MemoryBackend) -> None:
    """The request was cancelled, and coordination has not said so yet when the provider answers."""
    patient = MemoryBackend([AGREED], now=EVENING, portal_wait_seconds=60)
    patient.says(capacity("elv-een", 2, patient.now))
    patient.says(request("r-1", (CareType.ELV_HOOG,), patient.now))
    async with portal_client(patient) as client:
        ask = Asker(patient, client)
        now = await task(ask)
        patient.holding = True
        patient.says(cancelled("r-1", patient.now))
        writing = asyncio.create_task(write(ask, now["id"], now | {"status": "accepted"}, status=409))
        while not patient.sent:  # noqa: ASYNC110  whoever sends rings no bell
            await asyncio.sleep(0)
        patient.publishes_again()
        told = await writing
    assert told["issue"][0]["code"] == "conflict"
    assert "withdrawn-cancelled" in told["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        pytest.param({"status": "rejected"}, 422, ("required", ["Task.statusReason"]), id="no-reason"),
        pytest.param({"status": "completed"}, 422, ("business-rule", ["Task.status"]), id="not-accepted-yet"),
        pytest.param({"status": 5}, 422, ("business-rule", ["Task.status"]), id="no-status"),
        pytest.param({"note": [{"text": "mw. Jansen"}]}, 422, ("business-rule", ["Task.note"]), id="words"),
        pytest.param({"id": "rijnmond.9.9"}, 400, ("invalid", None), id="another-id"),
        pytest.param({"resourceType": "Patient"}, 400, ("invalid", None), id="another-kind"),
    ],
)
async def test_what_is_no_answer_is_refused(
    ask: Asker, body: dict[str, Any], status: int, told: tuple[str, list[str] | None]
) -> None:
    now = await task(ask)
    answer = await write(ask, now["id"], now | body, status=status)
    assert (answer["issue"][0]["code"], answer["issue"][0].get("expression")) == told
    assert "Jansen" not in json.dumps(answer)
    assert said(ask) == []


@pytest.mark.parametrize(
    ("operations", "status"),
    [
        pytest.param([{"op": "test", "path": "/status", "value": "accepted"}], 412, id="a-test-that-fails"),
        pytest.param([{"op": "remove", "path": "/statusReason"}], 400, id="what-is-not-there"),
        pytest.param([{"op": "replace", "path": "", "value": 3}], 422, id="no-task-is-left"),
        pytest.param([{"op": "add", "path": "status", "value": "accepted"}], 400, id="no-pointer"),
        pytest.param([{"op": "replace", "path": "/owner", "value": {}}], 422, id="what-cannot-change"),
        pytest.param([{"op": "add", "path": "/owner/display", "value": "x"}], 422, id="within-what-cannot-change"),
        pytest.param([{"op": "add", "path": "/status/x", "value": "x"}], 400, id="within-a-text"),
        pytest.param([{"op": "remove", "path": "/status"}], 422, id="no-status-is-left"),
        pytest.param([{"op": "verander"}], 400, id="no-operation"),
        pytest.param({"op": "replace"}, 400, id="no-list"),
        pytest.param([{"op": "test", "path": "/id"}] * 21, 400, id="too-many"),
        pytest.param([{"op": "move", "path": "/status", "from": "/text"}], 400, id="a-move"),
        pytest.param([{"op": "copy", "path": "/status", "from": "/id"}], 400, id="a-copy"),
        pytest.param([{"op": "test", "path": "/id", "value": NESTED}], 412, id="deep"),
        pytest.param(
            [{"op": "add", "path": "/text", "value": NESTED}, {"op": "test", "path": "/text", "value": NESTED}],
            400,
            id="deep-twice",
        ),
    ],
)
async def test_a_patch_that_does_not_fit_is_refused(ask: Asker, operations: Any, status: int) -> None:  # noqa: ANN401
    now = await task(ask)
    await write(ask, now["id"], operations, method="PATCH", status=status)
    assert said(ask) == []


async def test_a_patch_cannot_grow_what_it_is_applied_to(ask: Asker) -> None:
    """Each copy into itself would double it: a million after twenty."""
    now = await task(ask)
    grown = [{"op": "copy", "from": "/text", "path": "/text/-"}] * 3
    operations = [{"op": "add", "path": "/text", "value": [0] * 100}, *grown]
    told = await write(ask, now["id"], operations, method="PATCH", status=400)
    assert (told["issue"][0]["code"], said(ask)) == ("invalid", [])


async def test_a_patch_may_test_anything_and_is_told_where_it_may_not_write(ask: Asker) -> None:
    now = await task(ask)
    operations = [
        {"op": "test", "path": "/owner", "value": now["owner"]},
        {"op": "remove", "path": "/owner"},
    ]
    told = await write(ask, now["id"], operations, method="PATCH", status=422)
    assert (told["issue"][0]["code"], told["issue"][0]["expression"]) == ("business-rule", ["Task.owner"])


@pytest.mark.parametrize(
    ("who", "status"),
    [
        pytest.param(PUBLIC, 401, id="nobody"),
        pytest.param(OTHER, 404, id="another-house-knows-of-none"),
        pytest.param(Who(regions=("venlo",)), 404, id="another-region"),
    ],
)
async def test_who_may_not_answer(ask: Asker, who: Who, status: int) -> None:
    now = await task(ask)
    await write(ask, now["id"], now | {"status": "accepted"}, who=who, status=status)
    assert said(ask) == []


async def test_the_centre_may_write_down_what_was_said_by_telephone(ask: Asker) -> None:
    now = await task(ask)
    await write(ask, now["id"], now | {"status": "accepted"}, who=COORDINATOR)
    assert (ask.backend.sent[0].data.by.role, ask.backend.sent[0].data.by.organisation) == (
        "coordinator",
        "zcc-rijnmond",
    )


async def test_an_answer_is_on_record_with_the_event_that_it_became(ask: Asker) -> None:
    now = await task(ask)
    await write(ask, now["id"], now | {"status": "accepted"})
    entry = ask.backend.accesses.entries[-1]
    assert (entry.action, entry.cases, entry.event_id) == ("answer-offer", ("c-r-1", "r-1"), ask.backend.sent[0].id)


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        pytest.param(b"<Task/>", "application/fhir+xml", 415, id="xml"),
        pytest.param(b"{", "application/fhir+json", 400, id="no-json"),
        pytest.param(b"[" * 50_000, "application/fhir+json", 400, id="deep"),
        pytest.param(b" " * 300_000, "application/fhir+json", 413, id="large"),
        pytest.param(b"[]", "application/json", 400, id="a-list"),
    ],
)
async def test_a_body_that_is_no_resource_is_refused(ask: Asker, content: bytes, kind: str, status: int) -> None:
    headers = PROVIDER.bearer(ask.backend.minter) | {"Content-Type": kind}
    answer = await ask.client.put(f"{BASE}/rijnmond.4.0", headers=headers, content=content)
    assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome")
