"""What the batch transport costs, beside a bare aiokafka loop and an ordinary Faust agent, on a real broker.

The same messages (about 300 bytes of JSON, four partitions) are read through three paths. Each path runs in a process
of its own with uvloop, undecoded, with commits every half second, and counts what it gets: the price of delivery alone.

  bare     aiokafka: getmany in a loop
  batch    spoedplein.workers.transport: a handler for each batch
  vanilla  an ordinary Faust agent: a coroutine step for each event

The paths take turns, so that a slow minute of the machine hits all. Time runs from the first event to the last; CPU is
the process's, all threads. Vanilla Faust is so much slower that it gets only the first messages (--vanilla).

  python -m loadtests.transport                                 its own broker, needs Java
  python -m loadtests.transport --events 1000000 --runs 7
  python -m loadtests.transport --bootstrap localhost:9092      a running broker: makes and deletes one topic there
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import faust
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from rich.console import Console
from rich.table import Table

from spoedplein.stack.kafka import LocalKafka
from spoedplein.stack.places import checkout_root
from spoedplein.workers.transport import Batch, consume

PARTITIONS = 4
COMMIT_SECONDS = 0.5
RUN_SECONDS_MAX = 600
PATHS = ("bare", "batch", "vanilla")


@dataclass(frozen=True, slots=True)
class Measurement:
    path: str
    events: int
    seconds: float
    cpu_seconds: float

    @property
    def events_per_second(self) -> float:
        return self.events / self.seconds

    @property
    def cpu_us_per_event(self) -> float:
        return self.cpu_seconds / self.events * 1e6


class Meter:
    """Counts events; done at the wanted number."""

    def __init__(self, path: str, wanted: int) -> None:
        self.path = path
        self.wanted = wanted
        self.events = 0
        self.done = asyncio.Event()
        self.result: Measurement | None = None
        self._start: tuple[float, float] | None = None

    def count(self, events: int) -> None:
        if self._start is None:
            self._start = time.perf_counter(), time.process_time()
        self.events += events
        if self.events >= self.wanted and self.result is None:
            began, cpu_began = self._start
            self.result = Measurement(
                self.path, self.events, time.perf_counter() - began, time.process_time() - cpu_began
            )
            self.done.set()


def main() -> None:
    options = parse()
    if options.path:
        sys.stdout.write(json.dumps(asdict(run_path(options))))
        return
    with broker(options.bootstrap) as bootstrap:
        measurements = asyncio.run(compare(bootstrap, options))
    report(measurements, options)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.transport", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=400_000, help="messages for bare and batch (400000)")
    parser.add_argument("--vanilla", type=int, metavar="EVENTS", help="messages for vanilla (a twentieth of --events)")
    parser.add_argument("--runs", type=int, default=5, help="runs of each path, in turns (5)")
    parser.add_argument("--bootstrap", metavar="HOST:PORT", help="a running broker, instead of one for this test alone")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every measurement there too")
    parser.add_argument("--path", choices=PATHS, help=argparse.SUPPRESS)  # what the processes for one path are given
    parser.add_argument("--topic", help=argparse.SUPPRESS)
    parser.add_argument("--group", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.events < PARTITIONS or options.runs < 1:
        parser.error(f"--events must be at least {PARTITIONS} and --runs at least 1")
    options.vanilla = min(options.vanilla or max(options.events // 20, 1), options.events)
    return options


# -- the three paths, each in its own process


def run_path(options: argparse.Namespace) -> Measurement:
    path: dict[str, Callable[[argparse.Namespace, Meter], Awaitable[None]]]
    path = {"bare": run_bare, "batch": run_batch, "vanilla": run_vanilla}

    async def measure() -> Measurement:
        meter = Meter(options.path, options.events)
        await path[options.path](options, meter)
        if meter.result is None:
            raise SystemExit(f"{options.path} ended after {meter.events} of {meter.wanted} events")
        return meter.result

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(measure())


async def run_bare(options: argparse.Namespace, meter: Meter) -> None:
    consumer = AIOKafkaConsumer(
        options.topic,
        bootstrap_servers=options.bootstrap,
        group_id=options.group,
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


async def run_batch(options: argparse.Namespace, meter: Meter) -> None:
    async def count(batch: Batch) -> None:
        meter.count(len(batch.records))

    with faust_app(options, "kafkabatch") as app:
        consume(app, options.topic, count)
        await run_app(app, meter)


async def run_vanilla(options: argparse.Namespace, meter: Meter) -> None:
    with faust_app(options, "kafka") as app:

        @app.agent(app.topic(options.topic, key_serializer="raw", value_serializer="raw"))
        async def count(stream: faust.StreamT[bytes]) -> None:
            async for _ in stream:
                meter.count(1)

        await run_app(app, meter)


@contextlib.contextmanager
def faust_app(options: argparse.Namespace, scheme: str) -> Iterator[faust.App]:
    with tempfile.TemporaryDirectory(prefix="spoedplein-loadtest-") as data:
        yield faust.App(
            options.group,
            broker=f"{scheme}://{options.bootstrap}",
            broker_commit_interval=COMMIT_SECONDS,
            datadir=data,
            table_standby_replicas=0,
            topic_disable_leader=True,
            web_enabled=False,
        )


async def run_app(app: faust.App, meter: Meter) -> None:
    await app.start()
    await app.wait_first(meter.done.wait())
    await app.stop()
    if app.crash_reason is not None:
        raise app.crash_reason


# -- the comparison


@contextlib.contextmanager
def broker(bootstrap: str | None) -> Iterator[str]:
    if bootstrap is not None:
        yield bootstrap
        return
    with (
        tempfile.TemporaryDirectory(prefix="spoedplein-kafka-") as state,
        LocalKafka(Path(state), jars=checkout_root() / ".cache" / "jars", heap_mb=1024, say=say) as kafka,
    ):
        yield kafka.bootstrap


async def compare(bootstrap: str, options: argparse.Namespace) -> list[Measurement]:
    measurements: list[Measurement] = []
    async with filled_topic(bootstrap, options.events) as topic:
        for number in range(options.runs):
            for path in PATHS:
                events = options.vanilla if path == "vanilla" else options.events
                group = f"{topic}.{path}.{number}"
                measured = await asyncio.to_thread(
                    run_process, "--bootstrap", bootstrap, "--topic", topic, "--group", group, path=path, events=events
                )
                say(f"run {number + 1} of {options.runs}: {path:8} {measured.events_per_second:>12,.0f} events/s")
                measurements.append(measured)
    return measurements


def run_process(*arguments: str, path: str, events: int) -> Measurement:
    done = subprocess.run(
        [sys.executable, "-m", "loadtests.transport", "--path", path, "--events", str(events), *arguments],
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS_MAX,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"the {path} process failed:\n{done.stderr}")
    return Measurement(**json.loads(done.stdout))


@contextlib.asynccontextmanager
async def filled_topic(bootstrap: str, events: int) -> AsyncIterator[str]:
    topic = f"spoedplein.loadtest.transport.{os.getpid()}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
        say(f"Filling {topic} with {events:,} messages ...")
        await fill(bootstrap, topic, events)
        yield topic
    finally:
        await admin.delete_topics([topic])
        await admin.close()


async def fill(bootstrap: str, topic: str, events: int) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, max_batch_size=1 << 18) as producer:
        batches = [producer.create_batch() for _ in range(PARTITIONS)]
        for number in range(events):
            partition, value = number % PARTITIONS, message(number)
            if batches[partition].append(key=None, value=value, timestamp=None) is None:
                await producer.send_batch(batches[partition], topic, partition=partition)
                batches[partition] = producer.create_batch()
                batches[partition].append(key=None, value=value, timestamp=None)
        for partition, batch in enumerate(batches):
            await producer.send_batch(batch, topic, partition=partition)
        await producer.flush()


def message(number: int) -> bytes:
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


# -- the report


def report(measurements: list[Measurement], options: argparse.Namespace) -> None:
    speed = {path: statistics.median(m.events_per_second for m in measurements if m.path == path) for path in PATHS}
    table = Table(
        "path", title=f"Delivery alone: {len(message(0))}-byte messages, {PARTITIONS} partitions, one process"
    )
    for heading in ("events", "runs", "events/s (median)", "lowest - highest", "CPU us/event", "of bare", "x vanilla"):
        table.add_column(heading, justify="right")
    for path in PATHS:
        of_path = [m for m in measurements if m.path == path]
        speeds = sorted(m.events_per_second for m in of_path)
        table.add_row(
            path,
            f"{min(m.events for m in of_path):,}",
            str(len(of_path)),
            f"{speed[path]:,.0f}",
            f"{speeds[0]:,.0f} - {speeds[-1]:,.0f}",
            f"{statistics.median(m.cpu_us_per_event for m in of_path):.1f}",
            f"{speed[path] / speed['bare']:.0%}",
            f"{speed[path] / speed['vanilla']:.1f}",
        )
    Console(width=120).print(table)
    print(f"{setting()}; broker and consumer share the machine.")
    if options.vanilla < options.events:
        print(f"vanilla got the first {options.vanilla:,} of the same messages: it is too slow for all of them.")
    if options.json:
        written = {"setting": setting(), "measurements": [asdict(m) for m in measurements]}
        options.json.write_text(json.dumps(written, indent=2) + "\n")


def setting() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("faust-streaming", "aiokafka", "uvloop"))
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {libraries}"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
