"""What the batch transport costs, beside a bare aiokafka loop and an ordinary Faust agent.

The same messages (about 300 bytes of JSON, four partitions) are read through three paths. Each path runs in a process
of its own with uvloop, undecoded, with commits every half second, and counts what it gets: the price of delivery alone.
"""

import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

import faust
import uvloop
from aiokafka import AIOKafkaConsumer

from loadtests import rig
from loadtests.bars import BARE
from loadtests.meter import Meter, Spec, Spent
from loadtests.results import Measured
from loadtests.rig import PARTITIONS, spent_figures
from loadtests.scenario import Chart, Plan, Progress, Scenario
from spoedplein.workers.output import Outgoing
from spoedplein.workers.transport import Batch, consume

COMMIT_SECONDS: Final = 0.5
BATCH: Final = "batch transport"
VANILLA: Final = "vanilla Faust agent"
PATHS: Final = (BARE, BATCH, VANILLA)
#: Vanilla Faust is so much slower that it gets only the first messages.
VANILLA_SHARE: Final = 20


class Delivery(Spec):
    """One run of one path."""

    path: str
    bootstrap: str
    topic: str
    group: str
    events: int


def run(plan: Plan, progress: Progress) -> Measured:
    events = plan.size(400_000, 4000)
    progress.expect(1 + plan.runs * len(PATHS))
    progress.step("starting a broker, filling a topic")
    with rig.broker(plan.state) as kafka:
        spent = asyncio.run(_compare(kafka.bootstrap, plan.runs, events, progress))
    return Measured(
        figures=tuple(figure for path in PATHS for figure in spent_figures(spent[path], path=path)),
        notes=(
            f"{len(_message(0))}-byte messages, {PARTITIONS} partitions; delivery and commits: counted, not decoded.",
            f"Vanilla Faust got the first {events // VANILLA_SHARE:,} of the same {events:,} messages.",
        ),
    )


SCENARIO: Final = Scenario(
    name="delivery",
    title="Delivery alone: the batch transport beside a bare loop and an ordinary Faust agent",
    about="Messages are read and counted, not decoded: the price of the framework around a handler.",
    minutes=1.5,
    run=run,
    charts=(
        Chart("Delivery alone: events per second", "speed", apart="path"),
        Chart("Delivery alone: CPU per event", "cpu", apart="path"),
    ),
)


async def _compare(bootstrap: str, runs: int, events: int, progress: Progress) -> dict[str, list[Spent]]:
    topic = "loadtest.delivery"
    spent: dict[str, list[Spent]] = {path: [] for path in PATHS}
    async with rig.topics(bootstrap, [topic]):
        messages: dict[int, list[Outgoing]] = {partition: [] for partition in range(PARTITIONS)}
        for number in range(events):
            messages[number % PARTITIONS].append(Outgoing(b"", _message(number)))
        await rig.fill(bootstrap, topic, dict(messages))
        for number in range(runs):
            for path in PATHS:
                progress.step(f"run {number + 1} of {runs}, {path}")
                wanted = events // VANILLA_SHARE if path == VANILLA else events
                group = f"{topic}.{PATHS.index(path)}.{number}"
                spec = Delivery(path=path, bootstrap=bootstrap, topic=topic, group=group, events=wanted)
                spent[path].append(await asyncio.to_thread(rig.run_module, "loadtests.delivery", spec, Spent))
    return spent


def _message(number: int) -> bytes:
    """The shape of an event of ours, some 300 bytes."""
    return json.dumps(
        {
            "id": f"{number:032x}",
            "type": "vitals.observed",
            "region": "rotterdam-rijnmond",
            "facility": f"facility-{number % 97:04}",
            "patient": f"patient-{number % 4099:06}",
            "observed_at": "2026-01-01T00:00:00.000000+00:00",
            "vitals": {"heart_rate": 80, "systolic": 120, "saturation": 97, "breaths": 16, "temperature": 37.2},
        }
    ).encode()


# -- the three paths, each in its own process


async def _run_path(spec: Delivery) -> Spent:
    meter = Meter(spec.events)
    path: dict[str, Callable[[Delivery, Meter], Awaitable[None]]]
    path = {BARE: _run_bare, BATCH: _run_batch, VANILLA: _run_vanilla}
    await path[spec.path](spec, meter)
    if meter.spent is None:
        raise SystemExit(f"{spec.path} ended after {meter.events} of {meter.wanted} events")
    return meter.spent


async def _run_bare(spec: Delivery, meter: Meter) -> None:
    consumer = AIOKafkaConsumer(
        spec.topic,
        bootstrap_servers=spec.bootstrap,
        group_id=spec.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    async with consumer:
        next_commit = time.monotonic() + COMMIT_SECONDS
        while not meter.done.is_set():
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                meter.count(len(records))
            if time.monotonic() >= next_commit:
                await consumer.commit()
                next_commit = time.monotonic() + COMMIT_SECONDS
        await consumer.commit()


async def _run_batch(spec: Delivery, meter: Meter) -> None:
    async def count(batch: Batch) -> None:
        meter.count(len(batch.records))

    with _faust_app(spec, "kafkabatch") as app:
        consume(app, spec.topic, count)
        await _run_app(app, meter)


async def _run_vanilla(spec: Delivery, meter: Meter) -> None:
    with _faust_app(spec, "kafka") as app:

        @app.agent(app.topic(spec.topic, key_serializer="raw", value_serializer="raw"))
        async def count(stream: faust.StreamT[bytes]) -> None:
            async for _ in stream:
                meter.count(1)

        await _run_app(app, meter)


@contextlib.contextmanager
def _faust_app(spec: Delivery, scheme: str) -> Iterator[faust.App]:
    with tempfile.TemporaryDirectory(prefix="spoedplein-loadtest-") as data:
        yield faust.App(
            spec.group,
            broker=f"{scheme}://{spec.bootstrap}",
            broker_commit_interval=COMMIT_SECONDS,
            datadir=data,
            table_standby_replicas=0,
            topic_disable_leader=True,
            web_enabled=False,
        )


async def _run_app(app: faust.App, meter: Meter) -> None:
    await app.start()
    await app.wait_first(meter.done.wait())
    await app.stop()
    if app.crash_reason is not None:
        raise app.crash_reason


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        spent = runner.run(_run_path(Delivery(**rig.told(sys.argv))))
    print(spent.model_dump_json())
