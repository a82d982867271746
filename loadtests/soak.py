"""A long time at a steady load: does memory grow, does anything wait, is anything lost?

A whole country lives in the running system: its people and sources, who react to what is decided, with intake,
coordination, archive, PostgreSQL and the broker on the same cores.
"""

import asyncio
import math
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Final

import httpx
import psutil

from loadtests import rig, supply
from loadtests.bars import OURS
from loadtests.checking import check_partition
from loadtests.living import DIGEST_BYTES, Lived, Living, Stretch, digest
from loadtests.onlooker import latency_figures
from loadtests.results import Check, Course, Figure, Measured
from loadtests.rig import PARTITIONS
from loadtests.scenario import Plan, Progress, Scenario
from loadtests.stack import Stack
from loadtests.watching import archived, read_metric, rows
from spoedplein.settings import Settings
from spoedplein.workers.output import Outbox
from spoedplein.workers.publishing import adopt
from spoedplein.workers.reading import stored
from spoedplein_schemas.dead_letters import DeadLetter
from spoedplein_schemas.vocabulary import Topic

#: Messages a second over a simulated day; and how many the country says on such a day.
RATE: Final = 1000.0
A_DAY: Final = 1_010_000
HOUR: Final = 3600.0
QUICK_SECONDS: Final = 15.0
#: Of the time, after which memory is looked at. Seven tenths of an hour is two and a half simulated days: facts are
#: kept for a day, so the second day's busiest hours still stand on the first's, and only the third repeats the one
#: before. What is left is a whole day, with its own busiest hours.
WARM_UP: Final = 0.7
#: Growth over the whole time that is too small to tell from how an allocator breathes.
NOISE_SHARE: Final = 0.01
#: Fewer have no trend.
SAMPLES_MIN: Final = 3
ARCHIVED_SECONDS_MAX: Final = 900.0
WATCHED: Final = ("intake", "coordinate", "archive")
WAITING: Final = "spoedplein_consumer_lag_records"
#: A plot shows so many points.
POINTS_MAX: Final = 240


@dataclass
class Sample:
    """Once in a while: memory in MiB per process, and records that wait."""

    at: float
    memory: dict[str, float]
    waiting: dict[str, float]


@dataclass
class Watch:
    """Samples the processes until it is cancelled."""

    stack: Stack
    every: float
    began: float = field(default_factory=time.monotonic)
    samples: list[Sample] = field(default_factory=list)

    async def run(self) -> None:
        async with httpx.AsyncClient() as client:
            while True:
                await asyncio.sleep(self.every)
                self.stack.check()
                memory = {name: self.stack.process(name).memory_info().rss / 2**20 for name in WATCHED}
                memory["broker"] = psutil.Process(self.stack.broker_pid).memory_info().rss / 2**20
                waiting = {name: await read_metric(client, self.stack.metrics[name], WAITING) for name in WATCHED}
                self.samples.append(Sample(time.monotonic() - self.began, memory, waiting))


def run(plan: Plan, progress: Progress) -> Measured:
    seconds = plan.seconds or (QUICK_SECONDS if plan.quick else HOUR)
    day = supply.national(plan)
    speed = 40.0 if plan.quick else RATE / (A_DAY / 86_400)
    clock = {
        "clock_epoch_ms": day.day.start_ms,
        "clock_started_ms": time.time_ns() // 1_000_000,
        "clock_speed": speed,
    }
    with Stack(plan.state, {**day.settings(plan.state / "agreements"), **clock}, postgres=True) as stack:
        return asyncio.run(_soak(stack, day, seconds, progress))


SCENARIO: Final = Scenario(
    name="soak",
    title="An hour at 1,000 events a second: memory, lag, latency, and whether anything is lost",
    about="A whole country lives in the running system, some ninety times as fast as in truth: people and sources who "
    "react to what is decided; intake, coordination, archive, PostgreSQL and the broker on the same cores.",
    minutes=70,
    run=run,
    own_time=True,
)


async def _soak(stack: Stack, day: supply.Supply, seconds: float, progress: Progress) -> Measured:
    settings = stack.settings()
    await stack.begin_anew()
    async with Outbox(settings) as outbox:
        for agreed in day.agreements:
            await adopt(outbox, settings, agreed, now_ms=settings.clock().now_ms())
    for name in ("coordinate", "archive", "intake"):
        stack.start(name)
    for name in ("coordinate", "archive", "intake"):
        await stack.ready(name)
    spec = Living(
        settings=settings.model_dump(mode="json", exclude_defaults=True, exclude={"postgres_dsn"}),
        day=day.day,
        seconds=seconds,
        stretch_seconds=min(10.0, seconds / 6),
        ids=stack.state / "ids",
        stretches=stack.state / "stretches.jsonl",
    )
    watch = Watch(stack, every=min(5.0, seconds / 20))
    watching = asyncio.create_task(watch.run())
    telling = asyncio.create_task(_tell(watch, seconds, progress))
    live = partial(rig.run_module, "loadtests.living", spec, Lived, seconds_max=2 * seconds + rig.RUN_SECONDS_MAX)
    living = asyncio.create_task(asyncio.to_thread(live))
    await asyncio.wait({living, watching}, return_when=asyncio.FIRST_COMPLETED)
    if watching.done():
        watching.result()
    lived = await living
    telling.cancel()
    progress.say("everything is decided; waiting for the archive")
    watching.cancel()
    for name in ("intake", "coordinate"):
        stack.stop(name)
    await archived(stack, settings, seconds_max=ARCHIVED_SECONDS_MAX)
    stack.stop_all()
    progress.say("counting what stands on the topics and in the database")
    checks, lost = await _checks(settings, spec, lived)
    return Measured(
        figures=tuple(_figures(watch, lived, lost)),
        checks=tuple(checks),
        courses=tuple(_courses(watch, list(_stretches(spec)))),
        notes=_NOTES,
    )


async def _tell(watch: Watch, seconds: float, progress: Progress) -> None:
    steps = 60
    progress.expect(steps)
    for number in range(steps):
        last = watch.samples[-1] if watch.samples else None
        waits = "" if last is None else f", {sum(last.waiting.values()):,.0f} records wait"
        progress.step(f"{number * seconds / steps:,.0f} of {seconds:,.0f} s{waits}")
        await asyncio.sleep(seconds / steps)


async def _checks(settings: Settings, spec: Living, lived: Lived) -> tuple[list[Check], int]:
    """Each published id once in the log; each record of log and decisions once in the archive."""
    published = _digests(spec)
    found = _Found()
    for partition in range(PARTITIONS):
        async for record in stored(settings, Topic.LOG, partition):
            found.note(record.value or b"", published)
        async for _ in stored(settings, Topic.DECISIONS, partition):
            found.decisions += 1
        async for record in stored(settings, Topic.DEAD_LETTERS, partition):
            found.refuse(DeadLetter.model_validate_json(record.value or b""), published)
    counts = (await rows(settings, _COUNTS))[0]
    events, decisions = (counts["events"], counts["event_places"]), (counts["decisions"], counts["decision_ids"])
    missing = len(published) - len(found.seen)
    checks = [
        _same("published messages in the log, once each", len(published), len(found.seen)),
        _same("messages in the log twice", 0, found.twice),
        Check(name="messages refused", passed=not found.refused, told=found.refusals()),
        _same("log records in the archive", found.events, events[0]),
        _same("decisions in the archive", found.decisions, decisions[0]),
        _same("decisions in the archive, once each", decisions[0], decisions[1]),
        *await check_partition(settings, 0, name="soak"),
    ]
    lost = missing + found.twice + found.refused
    lost += abs(found.events - events[0]) + abs(found.decisions - decisions[1])
    assert lived.published == len(published), "every id was kept"
    return checks, lost


_COUNTS: Final = """
SELECT (SELECT count(*) FROM spoedplein.events) AS events,
       (SELECT count(DISTINCT (partition, log_offset)) FROM spoedplein.events) AS event_places,
       (SELECT count(*) FROM spoedplein.decisions) AS decisions,
       (SELECT count(DISTINCT id) FROM spoedplein.decisions) AS decision_ids
"""


@dataclass
class _Found:
    seen: set[bytes] = field(default_factory=set)
    events: int = 0
    twice: int = 0
    decisions: int = 0
    refused: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def note(self, value: bytes, published: set[bytes]) -> None:
        """What the clock or another region said was not published by anybody; it counts as an event only."""
        self.events += 1
        name = digest(supply.id_of(value))
        if name in self.seen:
            self.twice += 1
        elif name in published:
            self.seen.add(name)

    def refuse(self, letter: DeadLetter, published: set[bytes]) -> None:
        """Refused is lost only when somebody published it; a neighbour that is not there is asked in vain."""
        ours = letter.id is not None and digest(letter.id) in published
        self.refused += ours
        fault = letter.faults[0]
        self.reasons[f"{fault.code} at {fault.path} ({'a source' if ours else 'between regions'})"] += 1

    def refusals(self) -> str:
        return ", ".join(f"{count} {reason}" for reason, count in self.reasons.most_common()) or "none"


def _digests(spec: Living) -> set[bytes]:
    held = spec.ids.read_bytes()
    return {held[start : start + DIGEST_BYTES] for start in range(0, len(held), DIGEST_BYTES)}


def _same(name: str, wanted: int, found: int) -> Check:
    return Check(name=name, passed=wanted == found, told=f"{found:,} of {wanted:,}")


def _stretches(spec: Living) -> Iterator[Stretch]:
    with spec.stretches.open(encoding="utf-8") as lines:
        yield from map(Stretch.model_validate_json, lines)


def _figures(watch: Watch, lived: Lived, lost: int) -> Iterator[Figure]:
    yield Figure(name="published", unit="events/s", of={"path": OURS}, runs=(lived.published / lived.seconds,))
    yield from latency_figures([lived.latency], {"path": OURS})
    yield Figure(name="lost", unit="events", runs=(lost,))
    warm = [sample for sample in watch.samples if WARM_UP * lived.seconds <= sample.at <= lived.seconds]
    for name in WATCHED if len(warm) >= SAMPLES_MIN else ():
        slope = Slope.of([sample.at for sample in warm], [sample.memory[name] for sample in warm])
        of: dict[str, str | float] = {"process": name}
        yield Figure(name="memory", unit="MiB", of=of, runs=(slope.median,))
        yield Figure(name="memory slope", unit="MiB/h", of=of, runs=(slope.per_second * HOUR,))
        yield Figure(name="memory slope over noise", unit="x", of=of, runs=(slope.over_noise,))


_NOTES: Final = (
    "A latency runs from the moment at which a message was said, so a late publisher counts as well.",
    f"Memory is looked at after {WARM_UP:.0%} of the time: growth over the rest against noise.",
    f"Noise is how far it swings around its trend (95 % of the samples), and never less than {NOISE_SHARE:.0%} of it.",
)


@dataclass(frozen=True, slots=True)
class Slope:
    """The trend of memory: least squares, and how its growth compares with how memory swings around it."""

    median: float
    per_second: float
    over_noise: float

    @classmethod
    def of(cls, at: Sequence[float], values: Sequence[float]) -> "Slope":
        fit = statistics.linear_regression(at, values)
        rest = sorted(value - fit.slope * moment - fit.intercept for moment, value in zip(at, values, strict=True))
        margin = math.floor(0.025 * len(rest))
        noise = max(rest[-1 - margin] - rest[margin], NOISE_SHARE * statistics.median(values))
        return cls(statistics.median(values), fit.slope, fit.slope * (at[-1] - at[0]) / noise)


def _courses(watch: Watch, stretches: Sequence[Stretch]) -> Iterator[Course]:
    for name in (*WATCHED, "broker"):
        yield _course("Memory", "MiB", name, [(each.at, each.memory[name]) for each in watch.samples])
    for name in WATCHED:
        yield _course("Records that wait", "records", name, [(each.at, each.waiting[name]) for each in watch.samples])
    latencies = [(each.at, each.latency) for each in stretches]
    yield _course("Latency, publishing to decision", "ms", "p50", [(at, each.p50) for at, each in latencies])
    yield _course("Latency, publishing to decision", "ms", "p99", [(at, each.p99) for at, each in latencies])
    pairs = [(0.0, 0.0), *((each.at, each.published) for each in stretches)]
    rates = [(at, published / (at - before)) for (before, _), (at, published) in pairwise(pairs)]
    yield _course("Published", "events/s", "all sources", rates)


def _course(name: str, unit: str, of: str, points: Sequence[tuple[float, float]]) -> Course:
    every = max(1, math.ceil(len(points) / POINTS_MAX))
    kept = points[::every]
    return Course(
        name=name,
        unit=unit,
        of={"of": of},
        seconds=tuple(round(at, 1) for at, _ in kept),
        values=tuple(round(value, 2) for _, value in kept),
    )
