"""Who follows is told what changed, each tick, in its newest form; who falls behind begins anew."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from spoedplein.portal.live import Changes, Live, LiveRegion, Plane
from spoedplein.portal.push import Eyes, Hub
from spoedplein.testing.builders import REGION, capacity
from spoedplein.testing.portal import MemoryBackend, served_portal
from spoedplein.workers.following import Message
from spoedplein_schemas.decisions import PlacementOffered
from spoedplein_schemas.examples import DECISION_EXAMPLES
from spoedplein_schemas.vocabulary import Topic
from tests.portal.conftest import AGREED, COORDINATOR, EVENING, PROVIDER, PUBLIC, Asker, Who, wanted

ALL = f"/v1/regions/{REGION}/stream"
FREE = f"/v1/regions/{REGION}/availability/stream"


class Events:
    """Of a stream, one by one."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self.last_id = ""

    async def next(self) -> tuple[str, Any]:
        """Name and data; a test that waits in vain ends by its own timeout."""
        name, data = "", None
        async for line in self._lines:
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                data = json.loads(value)
            elif field == "id":
                self.last_id = value
            elif not line and data is not None:
                return name, data
        raise EOFError


@pytest.fixture
def backend() -> MemoryBackend:
    evening = MemoryBackend([AGREED], now=EVENING, portal_push_seconds=0.05, portal_stream_ticks=3)
    evening.says(capacity("elv-een", 2, evening.now))
    evening.says(capacity("elv-twee", 1, evening.now))
    return evening


@pytest.fixture
async def ask(backend: MemoryBackend) -> AsyncIterator[Asker]:
    async with served_portal(backend) as client:
        yield Asker(backend, client)


@asynccontextmanager
async def following(
    ask: Asker, path: str = ALL, *, last_id: str | None = None, who: Who = COORDINATOR
) -> AsyncIterator[Events]:
    headers = who.bearer(ask.backend.minter)
    headers |= {"Last-Event-ID": last_id} if last_id else {}
    async with ask.client.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Events(answer.aiter_lines())


async def test_first_everything_then_what_changed(ask: Asker, backend: MemoryBackend) -> None:
    async with following(ask) as events:
        name, told = await events.next()
        assert name == "snapshot"
        assert {each["unit"]: each["free"] for each in told["units"]}["elv-een"] == 2
        assert [each["kind"] for each in told["decisions"]] == ["agreements-in-force"]

        backend.says(capacity("elv-een", 1, backend.now, staffed=9))
        name, told = await events.next()
        assert name == "changes"
        assert [(each["unit"], each["free"]) for each in told["units"]] == [("elv-een", 1)]
        assert [each["care_type"] for each in told["care_types"]] == ["elv-hoog"]
        assert told["boards"] is None

        await ask.post("requests", wanted(), status=201)
        _, told = await events.next()
        assert [each["kind"] for each in told["decisions"]] == ["placement-offered"]
        assert [each["state"] for each in told["requests"]] == ["offered"]
        assert told["requests"][0]["case"] in backend.accesses.entries[-1].cases


async def test_who_comes_back_is_told_what_he_missed_in_its_newest_form(ask: Asker, backend: MemoryBackend) -> None:
    async with following(ask, FREE) as events:
        await events.next()
    for free in (1, 0):
        backend.passes(seconds=1)
        backend.says(capacity("elv-een", free, backend.now))
    async with following(ask, FREE, last_id=events.last_id) as events:
        name, told = await events.next()
    assert name == "changes"
    assert [(each["unit"], each["free"]) for each in told["units"]] == [("elv-een", 0)]


@pytest.mark.parametrize("last_id", ["an-earlier-life.3", "nothing", "0.-1"], ids=["epoch", "no-id", "no-version"])
async def test_an_id_that_tells_us_nothing_begins_anew(ask: Asker, last_id: str) -> None:
    async with following(ask, FREE, last_id=last_id) as events:
        assert (await events.next())[0] == "snapshot"


async def test_who_is_too_far_behind_begins_anew_and_is_counted(ask: Asker, backend: MemoryBackend) -> None:
    async with following(ask, FREE) as events, following(ask, FREE) as witness:
        await events.next()
        await witness.next()
        for free in (9, 8, 7, 6):
            backend.passes(seconds=1)
            backend.says(capacity("elv-een", free, backend.now))
            await witness.next()
    async with following(ask, FREE, last_id=events.last_id) as again:
        name, told = await again.next()
    assert (name, {each["unit"]: each["free"] for each in told["units"]}["elv-een"]) == ("snapshot", 6)
    assert backend.metrics.stream_drops.labels(REGION)._value.get() == 1


async def test_a_citizen_follows_sums_and_a_provider_his_own(ask: Asker, backend: MemoryBackend) -> None:
    async with following(ask, FREE, who=PUBLIC) as citizen, following(ask, ALL, who=PROVIDER) as provider:
        _, told = await citizen.next()
        assert (told["units"], [each["place"] for each in told["care_types"]]) == ([], [None, None])
        await provider.next()

        await ask.post("requests", wanted(needs=["single-room"]), status=201)
        _, told = await provider.next()
        (decision,) = told["decisions"]
        assert (decision["kind"], decision["redacted"]) == ("placement-offered", True)
        assert "elv-twee" not in json.dumps(told["decisions"] + told["requests"])
        assert told["withdrawn"] == []
        request, offer = told["requests"][0]["request"], decision["id"]

        await ask.post(f"requests/{request}/offers/{offer}/decline", {"reason": "full"}, who=PROVIDER)
        _, told = await provider.next()
        assert [each["kind"] for each in told["decisions"]] == ["offer-ended"]
        assert (told["requests"], told["withdrawn"]) == ([], [request])
        assert request in backend.accesses.entries[-1].cases

        backend.passes(seconds=1)
        await ask.post("units/elv-twee/stop", {"reason": "staff"})
        _, told = await provider.next()
        assert told["decisions"] == []


async def test_what_many_follow_is_gathered_and_written_once_and_everybody_gets_the_same_bytes() -> None:
    evening = MemoryBackend([AGREED], now=EVENING)
    live = Live([REGION], epoch="e")
    hub, region = Hub(REGION, live, evening.settings, evening.metrics, addresses=Counter()), live.regions[REGION]
    asked: list[int | None] = []

    def body(changes: Changes | None) -> tuple[str, tuple[str, ...]]:
        asked.append(None if changes is None else len(changes.decisions))
        return json.dumps(len(asked)), ()

    async def seen(_cases: Iterable[str]) -> None:
        """Nothing of cases."""

    eyes = Eyes(("all",), (Plane.DECISIONS,), body, lambda: "{}")
    followers = [hub.follow(eyes, address="one", since=None, seen=seen) for _ in range(100)]
    for follower in followers:
        await anext(follower)
    snapshots = [await anext(follower) for follower in followers]
    waiting = [asyncio.ensure_future(anext(follower)) for follower in followers]
    await asyncio.sleep(0)

    decision = DECISION_EXAMPLES[PlacementOffered].model_copy(update={"region": REGION})
    region.take([Message(REGION, decision, Topic.DECISIONS)], now_ms=0)
    hub.tick(beat=False)
    changes = await asyncio.gather(*waiting)
    assert asked == [None, 1]
    assert len({id(frame) for frame in snapshots}) == len({id(frame) for frame in changes}) == 1
    for follower in followers:
        await follower.aclose()  # type: ignore[attr-defined]


def a_change(hub: Hub, region: LiveRegion) -> None:
    decision = DECISION_EXAMPLES[PlacementOffered].model_copy(update={"region": REGION})
    region.take([Message(REGION, decision, Topic.DECISIONS)], now_ms=0)
    hub.tick(beat=False)


def growing_stale(hub: Hub, _region: LiveRegion) -> None:
    hub.tick(beat=True)


def the_end(hub: Hub, _region: LiveRegion) -> None:
    hub.close()


@pytest.mark.parametrize("during", ["recording", "sending"])
@pytest.mark.parametrize(("happens", "told"), [(a_change, ["changes"]), (growing_stale, ["freshness"]), (the_end, [])])
async def test_what_comes_while_a_follower_is_served_is_told_right_after(
    happens: Callable[[Hub, LiveRegion], None], told: list[str], during: str
) -> None:
    evening = MemoryBackend([AGREED], now=EVENING)
    live = Live([REGION], epoch="e")
    hub, names = Hub(REGION, live, evening.settings, evening.metrics, addresses=Counter()), list[str]()

    def meanwhile(what: str) -> None:
        if what == during and names == (["snapshot"] if what == "sending" else []):
            happens(hub, live.regions[REGION])

    async def seen(_cases: Iterable[str]) -> None:
        meanwhile("recording")

    async def follow() -> None:
        eyes = Eyes(("all",), (Plane.DECISIONS,), lambda _changes: ("{}", ("c-1",)), lambda: "{}")
        async for frame in hub.follow(eyes, address="one", since=None, seen=seen):
            names.extend(re.findall("event: (.+)", frame.decode()))
            meanwhile("sending")

    task = asyncio.create_task(follow())
    await asyncio.sleep(0.05)
    assert names == ["snapshot", *told]
    assert task.done() == (happens is the_end)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_stream_without_a_token_is_for_what_everybody_may_see(ask: Asker) -> None:
    assert (await ask.client.get(ALL)).status_code == 401


async def test_growing_stale_is_told_at_once(ask: Asker, backend: MemoryBackend) -> None:
    async with following(ask, FREE) as events:
        await events.next()
        backend.source.answers = False
        name, told = await events.next()
    assert (name, told["why"]) == ("freshness", "kafka-silent")


async def test_a_figure_that_grows_old_is_told_also_when_nobody_says_so(ask: Asker, backend: MemoryBackend) -> None:
    async with following(ask, FREE) as events:
        await events.next()
        backend.holding = True
        backend.clock.pass_ms(481 * 60_000)
        told: dict[str, Any] = {}
        while not told.get("units"):
            _, told = await events.next()
    assert {each["free"] for each in told["units"]} == {None}


async def test_more_streams_than_the_setting_are_refused(backend: MemoryBackend) -> None:
    backend.settings = backend.settings.model_copy(update={"portal_streams_max": 1})
    async with served_portal(backend) as client:
        ask = Asker(backend, client)
        async with following(ask, FREE) as events:
            await events.next()
            answer = await client.get(FREE)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


@pytest.mark.parametrize(
    ("proxies", "statuses"),
    [
        pytest.param(("127.0.0.1",), [429, 200], id="a proxy that is believed: another address has streams of its own"),
        pytest.param(("10.0.0.0/8",), [429, 429], id="one that is not: whatever it says, it is one address"),
    ],
)
async def test_one_address_cannot_take_all_streams(
    backend: MemoryBackend, proxies: tuple[str, ...], statuses: list[int]
) -> None:
    limits = {"portal_streams_per_address": 2, "portal_proxies": proxies}
    backend.settings = backend.settings.model_copy(update=limits)
    async with served_portal(backend) as client:

        async def status(address: str) -> int:
            headers = {"X-Forwarded-For": address}
            async with client.stream("GET", FREE, headers=headers) as answer:
                assert answer.status_code == 200 or answer.headers["retry-after"] == "30"
                return answer.status_code

        headers = {"X-Forwarded-For": "192.0.2.1"}
        async with (
            client.stream("GET", FREE, headers=headers) as one,
            client.stream("GET", FREE, headers=headers) as two,
        ):
            followed = [Events(stream.aiter_lines()) for stream in (one, two)]
            assert [(await events.next())[0] for events in followed] == ["snapshot"] * 2
            assert [await status("192.0.2.1"), await status("192.0.2.2")] == statuses
        async with asyncio.timeout(30):
            while await status("192.0.2.1") != 200:  # noqa: ASYNC110  that a stream ended tells nobody
                await asyncio.sleep(0.05)


async def test_streams_end_when_the_portal_stops(backend: MemoryBackend) -> None:
    async with httpx.AsyncClient() as other:
        async with served_portal(backend) as client:
            request = other.build_request("GET", f"{client.base_url}{FREE}", timeout=30)
            answer = await other.send(request, stream=True)
            events = Events(answer.aiter_lines())
            assert (await events.next())[0] == "snapshot"
        with pytest.raises(EOFError):
            await events.next()
        await answer.aclose()
