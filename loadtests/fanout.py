"""What others get of it: readers on Kafka, the archive; and whether workers stand still meanwhile.

The archive, and readers, take what stands on the topics already, as fast as they can. Then messages come at a steady
rate, with nobody reading beside the one who clocks, and with many: do they make decisions late?
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import asyncpg
import httpx

from loadtests import rig, supply
from loadtests.lives import Life, Lived, Lives
from loadtests.meter import Spent
from loadtests.onlooker import latency_figures
from loadtests.readers import Read, Readers
from loadtests.results import Check, Figure, Measured, once
from loadtests.rig import LoadTestError, spent_figures
from loadtests.scenario import Chart, Plan, Progress, Scenario
from loadtests.stack import Stack
from loadtests.traffic import Leg
from loadtests.watching import Spending, Watcher, archive_positions, archived, read_metric
from spoedplein_schemas.vocabulary import Topic

#: Records of a log from which come the decisions and views that are archived and read.
RECORDS: Final = 40_000
RATE: Final = 1000.0
SECONDS: Final = 12.0
READERS: Final = (1, 10)
#: Boards and screens that read beside.
BESIDE: Final = 20
RUNS_MAX: Final = 3
DONE_SECONDS_MAX: Final = 300.0
ALONE: Final = Life("nobody reads")
READ: Final = Life(f"{BESIDE} read", readers=BESIDE)
LIVES: Final = (ALONE, READ)


def run(plan: Plan, progress: Progress) -> Measured:
    runs = min(plan.runs, RUNS_MAX)
    progress.expect(2 + runs * (1 + len(READERS) + len(LIVES)))
    progress.step("living the day, or reading it")
    day = supply.national(plan)
    given = {**day.settings(plan.state / "agreements"), "clock_ahead_seconds": 86_400}
    with Stack(plan.state, given, postgres=True) as stack:
        return asyncio.run(_FanOut(stack, day, plan, progress).measured(runs))


SCENARIO: Final = Scenario(
    name="fan-out",
    title="What others get of it: readers, the archive, and stalls",
    about="Archive rows and views to readers per second, from filled topics; then decisions at a steady 1,000 messages "
    "a second, with and without many who read all that is published; and how long each event loop stood still.",
    minutes=6,
    run=run,
    charts=(
        Chart("Records per second from filled topics", "speed", apart="path"),
        Chart("Latency p99 at 1,000 messages a second", "latency p99", apart="beside"),
    ),
)


class _FanOut:
    def __init__(self, stack: Stack, day: supply.Supply, plan: Plan, progress: Progress) -> None:
        self.stack = stack
        self.day = day
        self.plan = plan
        self.progress = progress
        self.lives = Lives(stack, day)
        self.checks: list[Check] = []

    async def measured(self, runs: int) -> Measured:
        self.progress.step("filling the topics with a log, and what is decided on it")
        records = await self._fill(self.plan.size(RECORDS, 1000))
        archive: list[Spent] = []
        reads: dict[int, list[Read]] = {count: [] for count in READERS}
        for number in range(runs):
            self.progress.step(f"run {number + 1} of {runs}, archive")
            archive.append(await self._archive(records))
            for count in READERS:
                self.progress.step(f"run {number + 1} of {runs}, {count} readers")
                reads[count].append(await self._read(count))
        lived: dict[str, list[Lived]] = {life.name: [] for life in LIVES}
        for number in range(runs):
            for life in LIVES:
                self.progress.step(f"run {number + 1} of {runs}, {life.name}")
                lived[life.name].append(await self.lives.live(life, [self._leg()]))
        return Measured(
            figures=(*spent_figures(archive, path="archive"), *_read_figures(reads), *_life_figures(lived)),
            checks=once([*self.checks, *(check for each in lived.values() for one in each for check in one.checks)]),
            notes=_NOTES,
        )

    def _leg(self) -> Leg:
        return Leg(count=self.plan.size(round(RATE * SECONDS), 300), rate=RATE)

    async def _fill(self, events: int) -> int:
        """A log, its decisions and views, made by the real process. Returns how many records there are to archive."""
        await self.stack.begin_anew()
        log = self.day.log(events)
        await rig.fill(self.stack.bootstrap, Topic.LOG, dict(log))
        clock = {"clock_epoch_ms": self.day.day.start_ms, "clock_started_ms": time.time_ns() // 1_000_000}
        title = self.stack.start("coordinate", settings=self.stack.settings(**clock))
        handled = "spoedplein_events_total"
        await _until_metric(self.stack, title, handled, sum(map(len, log.values())))
        self.stack.stop_all()
        async with Watcher(self.stack.bootstrap) as watcher:
            return sum([sum(await watcher.ends(topic)) for topic in (Topic.LOG, Topic.DECISIONS, Topic.AVAILABILITY)])

    async def _archive(self, records: int) -> Spent:
        """From the first records in the database to the last."""
        await self.stack.empty_archive()
        settings = self.stack.settings()
        title = self.stack.start("archive", settings=settings)
        async with Spending(self.stack) as spending:
            began, first = await self._archive_beyond(0)
            done = await archived(self.stack, settings, seconds_max=DONE_SECONDS_MAX)
            ended = time.monotonic()
        self.stack.stop_all()
        right = done == records
        self.checks.append(Check(name="archive", passed=right, told=f"{done:,} of {records:,} records"))
        spent = spending.between(began, ended)
        return Spent(events=max(1, done - first), seconds=max(0.2, ended - began), cpu_seconds=spent[title])

    async def _archive_beyond(self, count: int) -> tuple[float, int]:
        deadline = time.monotonic() + DONE_SECONDS_MAX
        while True:
            self.stack.check()
            # Before its first start the archive has no tables.
            try:
                found = sum((await archive_positions(self.stack.settings())).values())
            except asyncpg.UndefinedTableError:
                found = 0
            if found > count:
                return time.monotonic(), found
            if time.monotonic() > deadline:
                raise LoadTestError(f"the archive has {found:,} records after {DONE_SECONDS_MAX:.0f} s")
            await asyncio.sleep(0.05)

    async def _read(self, count: int) -> Read:
        spec = Readers(bootstrap=self.stack.bootstrap, count=count, to_the_end=True)
        return await asyncio.to_thread(rig.run_module, "loadtests.readers", spec, Read)


_NOTES: Final = (
    "Readers read the bytes of every view and decision; they share one process, and the broker's cores.",
    "A stall is how late the event loop ran what was due, over a whole life; the bound is one of the metric's buckets.",
)


async def _until_metric(stack: Stack, title: str, sample: str, wanted: float) -> None:
    deadline = time.monotonic() + DONE_SECONDS_MAX
    async with httpx.AsyncClient() as client:
        while True:
            stack.check()
            try:
                found = await read_metric(client, stack.metrics[title], sample)
            except httpx.TransportError:  # it is only starting
                found = 0.0
            if found >= wanted:
                return
            if time.monotonic() > deadline:
                raise LoadTestError(
                    f"{title}: {sample} is {found:,.0f} of {wanted:,.0f} after {DONE_SECONDS_MAX:.0f} s"
                )
            await asyncio.sleep(0.2)


def _read_figures(reads: Mapping[int, Sequence[Read]]) -> Iterator[Figure]:
    for count, found in reads.items():
        spent = [Spent(events=each.records, seconds=each.seconds, cpu_seconds=each.cpu_seconds) for each in found]
        yield from spent_figures(spent, path=f"{count} reader{'s' if count > 1 else ''}")


def _life_figures(lived: Mapping[str, Sequence[Lived]]) -> Iterator[Figure]:
    for name, found in lived.items():
        of: dict[str, str | float] = {"beside": name}
        yield from latency_figures([each.seen[0].latency for each in found], of)
        for process in found[0].stalls:
            for share in (0.99, 1.0):
                bounds = tuple(1000 * each.stalls[process].at_most(share) for each in found)
                title = "stall p99, at most" if share < 1 else "longest stall, at most"
                yield Figure(name=title, unit="ms", of={**of, "process": process}, runs=bounds)
        if found[0].read is not None:
            speeds = tuple(each.read.records / each.read.seconds for each in found if each.read is not None)
            yield Figure(name="read", unit="records/s", of=of, runs=speeds)
