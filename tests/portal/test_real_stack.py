"""The portal on a system that runs: Kafka, PostgreSQL and the workers, each a process of its own."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from spoedplein.domain.turn import moment
from spoedplein.stack.places import deploy_file
from spoedplein.stack.system import System
from spoedplein.testing.builders import capacity, event
from spoedplein.testing.portal import portal_on
from spoedplein.testing.tokens import Minter
from spoedplein.workers.output import Outbox
from spoedplein.workers.publishing import publish_events
from spoedplein_schemas.vocabulary import Frozen
from tests.conftest import StartSystem
from tests.docs.reading import Page
from tests.portal.conftest import COORDINATOR, Who, wanted
from tests.system.conftest import alone, kill

pytestmark = [pytest.mark.system, pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(600)]

REGION = "rijnmond"
HOUSE = Who(organisation="frankeland")
DEADLINE_SECONDS = 90


@pytest.fixture(scope="module")
def system(start_system: StartSystem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One region that lives; its coordination may be away for two seconds before the portal says so."""
    agreed = alone(deploy_file("regions", "rijnmond.toml"), tmp_path_factory.mktemp("agreed"))
    with start_system([agreed], portal_stale_seconds=2.0, portal_push_seconds=0.1, portal_wait_seconds=30.0) as running:
        yield running


@pytest.fixture(scope="module")
def minter() -> Minter:
    return Minter()


class Portal:
    """A portal's client, within the region."""

    def __init__(self, client: httpx.AsyncClient, minter: Minter) -> None:
        self.client = client
        self._minter = minter

    async def get(self, path: str, *, who: Who = COORDINATOR) -> Any:  # noqa: ANN401  JSON
        answer = await self.client.get(self._path(path), headers=who.bearer(self._minter))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: object = None, *, who: Who = COORDINATOR, key: str | None = None) -> Any:  # noqa: ANN401
        headers = who.bearer(self._minter) | ({"Idempotency-Key": key} if key else {})
        answer = await self.client.post(self._path(path), headers=headers, json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def until(self, path: str, holds: Callable[[Any], bool]) -> Any:  # noqa: ANN401
        """What is there once it is there, and is so."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while True:
                answer = await self.client.get(self._path(path), headers=COORDINATOR.bearer(self._minter))
                if answer.status_code == 200 and holds(told := answer.json()):
                    return told
                await asyncio.sleep(0.05)

    def _path(self, path: str) -> str:
        return path if path.startswith("/") else f"/v1/regions/{REGION}/{path}"


async def said(system: System, *facts: Frozen) -> None:
    """By a source, onto its own topic."""
    now = moment(system.settings.clock().now_ms())
    async with Outbox(system.settings) as outbox:
        await publish_events(outbox, system.settings, [event(fact, at=now, region=REGION) for fact in facts])


async def free(system: System, unit: str, count: int) -> None:
    await said(system, capacity(unit, count, moment(system.settings.clock().now_ms())))


def fresh(told: Any) -> bool:  # noqa: ANN401
    return told["freshness"]["stale"] is False


async def test_a_man_of_84_is_placed_over_http_and_each_step_is_said_once(system: System, minter: Minter) -> None:
    await free(system, "elv-hoog-frankeland", 2)
    async with portal_on(system.settings, minter) as client:
        portal = Portal(client, minter)
        await portal.until("units/elv-hoog-frankeland", lambda told: told["unit"]["free"] == 2)
        body = wanted() | {"preferred": ["elv-hoog-frankeland"]}
        body["profile"] |= {"gp_keeps_treating": True}  # type: ignore[operator]
        asked = await portal.post("requests", body, key="man-van-84")
        offered = next(each for each in asked["decisions"] if each["kind"] == "placement-offered")
        assert offered["data"]["unit"] == "elv-hoog-frankeland", asked

    async with portal_on(system.settings, minter) as client:
        portal = Portal(client, minter)
        await portal.until("availability", fresh)
        again = await portal.post("requests", body, key="man-van-84")
        assert (again["event"], again["decisions"]) == (asked["event"], asked["decisions"])

        request = asked["request"]
        path = f"requests/{request}/offers/{offered['id']}/accept"
        accepted = await portal.post(path, who=HOUSE, key="ja-graag-1")
        assert [each["kind"] for each in accepted["decisions"]] == ["placement-accepted"]
        admitted = await portal.post(f"requests/{request}/admit", who=HOUSE)
        assert "placement-admitted" in [each["kind"] for each in admitted["decisions"]]

        await portal.until(f"decisions?request={request}&limit=1", lambda told: bool(told["decisions"]))
        told = await portal.get(f"decisions/{offered['id']}")
        assert any(line.startswith("  rests on: elv-hoog-frankeland") for line in told["explanation"])
        way = await portal.until(f"requests/{request}/history", lambda told: told["state"] == "admitted")
        assert (way["unit_id"], way["attempts"]) == ("elv-hoog-frankeland", 1)
        assert fresh(way)


async def test_what_was_is_in_the_archive(system: System, minter: Minter) -> None:
    async with portal_on(system.settings, minter) as client:
        portal = Portal(client, minter)
        await free(system, "elv-hoog-noorderbaken", 1)
        since = moment(system.settings.clock().now_ms()) - timedelta(hours=1)
        period = f"since={since:%Y-%m-%dT%H:%M:%SZ}&until={since + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"
        history = f"units/elv-hoog-noorderbaken/history?{period}"
        told = await portal.until(history, lambda told: any(each["free"] == 1 for each in told["samples"]))
        assert [each["status"] for each in told["samples"]][-1] == "open"

        report = await portal.get(f"reports/bottlenecks?{period}&level=internal")
        assert "demand" in [section["id"] for section in report["sections"]]


async def test_a_coordination_that_dies_is_told_and_what_it_missed_comes_when_it_is_back(
    system: System, minter: Minter
) -> None:
    await free(system, "elv-hoog-frankeland", 2)
    async with portal_on(system.settings, minter) as client:
        portal = Portal(client, minter)
        await portal.until("units/elv-hoog-frankeland", lambda told: told["unit"]["reported_free"] == 2 and fresh(told))
        kill(system.workers["coordinate"])
        await free(system, "elv-hoog-frankeland", 1)
        told = await portal.until("units/elv-hoog-frankeland", lambda told: not fresh(told))
        assert told["freshness"]["why"] == "coordination-behind"
        assert told["unit"]["reported_free"] == 2

        system.workers["coordinate"].stop()
        system.start_worker("coordinate")
        told = await portal.until("units/elv-hoog-frankeland", fresh)
        assert told["unit"]["reported_free"] == 1


async def test_a_stream_goes_on_where_it_broke_off(system: System, minter: Minter) -> None:
    async with portal_on(system.settings, minter) as client:
        portal = Portal(client, minter)
        await portal.until("availability", fresh)
        first, last_id = await _next(portal, None)
        assert first == "snapshot"
        await free(system, "elv-hoog-frankeland", 4)
        await portal.until("units/elv-hoog-frankeland", lambda told: told["unit"]["free"] == 4)
        name, _ = await _next(portal, last_id)
        assert name == "changes"


async def test_the_twenty_lines_of_readme_follow_what_is_free(system: System, minter: Minter) -> None:
    """As a reader copies them, without a token: sums, and unknown is never zero."""
    async with portal_on(system.settings, minter) as client:
        await Portal(client, minter).until("availability", fresh)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            Page("README.md").block("python", "Follow what is free"),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PORTAL": str(client.base_url).rstrip("/")},
        )
        try:
            assert process.stdout is not None
            async with asyncio.timeout(DEADLINE_SECONDS):
                lines = [(await process.stdout.readline()).decode().split() for _ in range(12)]
                assert ["snapshot", "grz", "unknown", "free"] in lines
                await free(system, "elv-hoog-frankeland", 7)
                while True:
                    name, care_type, count, _ = (await process.stdout.readline()).decode().split()
                    if (name, care_type) == ("changes", "elv-hoog"):
                        break
            assert int(count) >= 7
        finally:
            process.kill()
            await process.wait()


async def _next(portal: Portal, last_id: str | None) -> tuple[str, str]:
    """Name and id of the first event of a stream."""
    headers = {"Last-Event-ID": last_id} if last_id else {}
    found: dict[str, str] = {}
    async with portal.client.stream("GET", f"/v1/regions/{REGION}/availability/stream", headers=headers) as answer:
        async for line in answer.aiter_lines():
            field, _, value = line.partition(": ")
            found[field] = value
            if "data" in found:
                break
    return found["event"], found["id"]
