"""The loop of request and answer in FHIR, over a real Kafka and PostgreSQL: asked, answered by a Task, archived."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from spoedplein.clock import SystemClock
from spoedplein.domain.turn import moment
from spoedplein.portal.access import Access, Role
from spoedplein.portal.access.recorder import Recorder
from spoedplein.portal.app import build
from spoedplein.settings import Settings
from spoedplein.stack.system import System
from spoedplein.store.access_log import AccessStore
from spoedplein.store.migrate import migrate
from spoedplein.telemetry.metrics import Metrics
from spoedplein.testing import builders as say
from spoedplein.testing.tokens import Minter
from spoedplein.testing.witness import Witness
from spoedplein_schemas import Event
from spoedplein_schemas.decisions import PlacementAccepted, PlacementAdmitted
from spoedplein_schemas.vocabulary import CareType, Frozen
from tests.portal.standards.looks import faults
from tests.system.conftest import EPOCH_MS, StartSystem

pytestmark = [pytest.mark.system, pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(300)]

AT: Final = moment(EPOCH_MS) - timedelta(minutes=1)
#: For something that happens at once, on a machine that does much else.
PATIENCE_SECONDS: Final = 60
BASE: Final = "/fhir/een"
AGREEMENTS: Final = """
region = "een"
version = "2026.1"
title = "Afspraken voor een test"
owner = "zcc-een"

[[units]]
id = "elv-een"
name = "ELV Een"
organisation = "huis-een"
care_type = "elv-hoog"
"""


def test_a_place_is_asked_and_given_by_tasks(start_system: StartSystem, tmp_path: Path) -> None:
    file = tmp_path / "een.toml"
    file.write_text(AGREEMENTS)
    with start_system([file], portal_wait_seconds=30) as system:
        witness = Witness(system.settings, "een")
        witness.publish([_event(say.capacity("elv-een", 2, AT)), _event(say.request("r-1", (CareType.ELV_HOOG,), AT))])
        asyncio.run(_answers(system))
        decided = [type(each.data) for each in witness.settled().decisions]
        assert [kind for kind in decided if kind in (PlacementAccepted, PlacementAdmitted)] == [
            PlacementAccepted,
            PlacementAdmitted,
        ]
        assert witness.dead_letters() == []


async def _answers(system: System) -> None:
    """As the provider's own system would: find the Task, say yes, and then that the patient is there."""
    minter = Minter()
    async with _portal(system.settings, minter) as client:
        client.headers.update(minter.bearer(Role.PROVIDER, organisation="huis-een", regions=("een",)))
        (task,) = await _until(lambda: _tasks(client), lambda tasks: len(tasks) == 1)
        assert (task["status"], faults(task)) == ("requested", [])
        await _until(lambda: _found(client, "Slot?status=busy-tentative"), lambda held: len(held) == 1)
        task = await _writes(client, task, "accepted")
        task = await _writes(client, task, "completed")
        assert await _tasks(client) == [task]
        (report,) = await _found(client, "MeasureReport?subject=elv-een")
        assert (report["status"], faults(report)) == ("complete", [])


async def _writes(client: httpx.AsyncClient, task: dict[str, Any], status: str) -> dict[str, Any]:
    headers = {"Content-Type": "application/fhir+json", "If-Match": f'W/"{task["meta"]["versionId"]}"'}
    answer = await client.put(f"{BASE}/Task/{task['id']}", json=task | {"status": status}, headers=headers)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    assert told["status"] == status
    return told


async def _tasks(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    return await _found(client, "Task")


async def _found(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    """Nothing while the portal does not know the region yet."""
    answer = await client.get(f"{BASE}/{path}")
    if answer.status_code == 503:
        return []
    assert answer.status_code == 200, answer.text
    entries = answer.json().get("entry", [])
    return [each["resource"] for each in entries if each["search"]["mode"] == "match"]


async def _until(
    ask: Callable[[], Awaitable[list[dict[str, Any]]]], is_there: Callable[[list[dict[str, Any]]], bool]
) -> list[dict[str, Any]]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_there(found := await ask()):  # noqa: ASYNC110  as a client without a stream does
            await asyncio.sleep(0.1)
    return found


@asynccontextmanager
async def _portal(settings: Settings, minter: Minter) -> AsyncIterator[httpx.AsyncClient]:
    """On the system's own Kafka and PostgreSQL, access log included; its tokens are of a key of the test."""
    metrics = Metrics()
    await migrate(settings)
    async with AccessStore(settings) as store:
        recorder = Recorder(store, metrics)
        access = Access(minter.verifier(), recorder, metrics=metrics, clock=SystemClock(), parts=())
        app = build(settings, settings.clock(), metrics, access=access)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://portal", timeout=60) as client:
                yield client


def _event(data: Frozen) -> Event:
    return say.event(data, at=AT, region="een")
