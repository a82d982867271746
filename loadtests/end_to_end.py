"""From sources to decisions, with every process and the broker on the same cores, beside a bare loop.

A life of the system: topics begin empty, agreements are adopted, the processes run. First its source topics are
filled before intake runs, and it takes them as fast as it can: saturation. Then messages come at steady rates, whatever
it makes of them, and each decision is clocked from the moment at which its message was to be published.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from loadtests import bare, rig, supply, traffic
from loadtests.bars import BARE, OURS
from loadtests.checking import check_life
from loadtests.meter import Spent
from loadtests.onlooker import latency_figures
from loadtests.results import Check, Figure, Measured, once
from loadtests.rig import LoadTestError, spent_figures
from loadtests.scenario import Chart, Plan, Progress, Scenario
from loadtests.stack import Stack
from loadtests.traffic import AllSeen, Leg, Seen, Traffic
from loadtests.watching import Spending, Watcher
from spoedplein.settings import Settings
from spoedplein.workers.output import Outbox
from spoedplein.workers.publishing import adopt
from spoedplein_schemas.vocabulary import SOURCE_TOPICS, Topic

#: National peak, headroom, and ten times that; in messages a second. The last is a share of saturation.
RATES: Final = {50: 20.0, 1000: 12.0, 10_000: 8.0}
SHARE_SECONDS: Final = 8.0
SHARE: Final = 0.8
SATURATION_SECONDS: Final = 10.0
#: The region's clock against ours: deadlines pass while it runs, and figures stay valid.
CLOCK_SPEED: Final = 20.0
#: A Saturday morning: the posts are open.
HOUR_MS: Final = 10 * 3_600_000
RUNS_MAX: Final = 3
READY_SECONDS_MAX: Final = 120.0
ALONE, TWO, ARCHIVED = f"{OURS} 1", f"{OURS} 2", f"{OURS} with archive"


@dataclass(frozen=True, slots=True)
class Life:
    """What is run: how many coordination processes, and whether it is archived. Neither for the bare loop."""

    name: str
    workers: int = 1
    archive: bool = False

    @property
    def bare(self) -> bool:
        return self.name == BARE

    @property
    def of(self) -> dict[str, str | float]:
        if self.bare:
            return {"path": BARE}
        return {"path": f"{OURS} with archive" if self.archive else OURS, "workers": self.workers}


LIVES: Final = (Life(BARE), Life(ALONE), Life(TWO, workers=2), Life(ARCHIVED, archive=True))


@dataclass
class Found:
    """Of all runs of one life."""

    spent: list[Spent] = field(default_factory=list)
    broker_us: list[float] = field(default_factory=list)
    #: By the rate as it is told: a number, or the share of saturation.
    seen: dict[str | int, list[Seen]] = field(default_factory=dict)


def run(plan: Plan, progress: Progress) -> Measured:
    runs = min(plan.runs, RUNS_MAX)
    progress.expect(2 + len(LIVES) * (1 + runs))
    progress.step("living the day, or reading it")
    day = supply.national(plan)
    given = {**day.settings(plan.state / "agreements"), "clock_ahead_seconds": 86_400}
    with Stack(plan.state, given, postgres=True) as stack:
        return asyncio.run(_EndToEnd(stack, day, plan, progress).measured(runs))


SCENARIO: Final = Scenario(
    name="end-to-end",
    title="From sources to decisions, beside a bare loop over the same messages",
    about="Source topics, intake, the log, coordination, decisions: real processes and a real broker on the same two "
    "cores, in the mix of messages of the national peak. Saturation, and latencies at steady rates from the moment at "
    "which a message was to be published.",
    minutes=16,
    run=run,
    charts=(
        Chart("From sources to decisions: events per second at saturation", "speed", apart="path"),
        Chart("CPU per event at saturation, by process", "cpu", apart="path"),
        Chart("Latency p50 by rate", "latency p50", apart="path", along="rate", log="xy"),
        Chart("Latency p99 by rate", "latency p99", apart="path", along="rate", log="xy"),
    ),
)


class _EndToEnd:
    def __init__(self, stack: Stack, day: supply.Supply, plan: Plan, progress: Progress) -> None:
        self.stack = stack
        self.day = day
        self.plan = plan
        self.progress = progress
        self.found = {life.name: Found() for life in LIVES}
        self.checks: list[Check] = []
        self.notes: list[str] = []
        #: How many messages saturate a life for about the wanted time.
        self.sizes = {life.name: plan.size(4000, 400) for life in LIVES}

    async def measured(self, runs: int) -> Measured:
        for life in LIVES if not self.plan.quick else ():
            self.progress.step(f"trying {life.name}")
            _, spent, _ = await self._live(life, ())
            self.sizes[life.name] = round(spent.speed * SATURATION_SECONDS)
        for number in range(runs):
            for life in LIVES:
                self.progress.step(f"run {number + 1} of {runs}, {life.name}")
                await self._run(life)
        return self._told()

    async def _run(self, life: Life) -> None:
        """Saturation, and in the same run the latencies, at a share of the saturation that was seen before."""
        rates = {} if life.archive else self._rates(life)
        seen, spent, broker_us = await self._live(life, [*rates.values()])
        found = self.found[life.name]
        found.spent.append(spent)
        found.broker_us.append(broker_us)
        for name, leg in zip(rates, seen, strict=True):
            found.seen.setdefault(name, []).append(leg)

    def _rates(self, life: Life) -> dict[str | int, Leg]:
        if self.plan.quick:
            return {50: Leg(count=50, rate=50.0), 1000: Leg(count=300, rate=1000.0)}
        saturation = self.sizes[life.name] / SATURATION_SECONDS
        held = {rate: seconds for rate, seconds in RATES.items() if rate < saturation}
        for rate in RATES.keys() - held.keys():
            self._note(f"{life.name} does not hold {rate:,}/s: it saturates at {saturation:,.0f}/s.")
        legs: dict[str | int, Leg] = {
            rate: Leg(count=round(rate * seconds), rate=float(rate)) for rate, seconds in held.items()
        }
        share = SHARE * saturation
        return {**legs, f"{SHARE:.0%}": Leg(count=round(share * SHARE_SECONDS), rate=share)}

    async def _live(self, life: Life, legs: Sequence[Leg]) -> tuple[Sequence[Seen], Spent, float]:
        """One life from its beginning to its end."""
        await self.stack.begin_anew()
        start_ms = self.day.day.start_ms + HOUR_MS
        saturation = Leg(count=self.sizes[life.name], rate=None)
        messages, ready = self.stack.state / "messages.jsonl", self.stack.state / "ready"
        ready.unlink(missing_ok=True)
        stamped = self._stamped(start_ms, [saturation, *legs])
        traffic.write_messages(stamped, messages)
        settings = self.stack.settings(
            clock_epoch_ms=start_ms, clock_started_ms=time.time_ns() // 1_000_000, clock_speed=CLOCK_SPEED
        )
        spec = Traffic(
            settings=_plain(settings), messages=messages, legs=(saturation, *legs), ready=ready, bare=life.bare
        )
        if life.bare:
            async with rig.topics(self.stack.bootstrap, [bare.OUTPUT]):
                return await self._bare(spec)
        return await self._ours(life, spec, settings)

    def _stamped(self, start_ms: int, legs: Sequence[Leg]) -> list[supply.Said]:
        """Messages of the day, each leg's spread over the time that it takes, in the region's clock."""
        said, at_ms = self.day.said(), float(start_ms)
        found: list[supply.Said] = []
        for leg in legs:
            rate = leg.rate or leg.count / SATURATION_SECONDS
            passing = list(islice(said, leg.count))
            if len(passing) < leg.count:
                raise LoadTestError(f"the day has too few messages for a leg of {leg.count:,}")
            found += supply.stamped(passing, round(at_ms), 1000 * CLOCK_SPEED / rate)
            at_ms += 1000 * CLOCK_SPEED * leg.count / rate
        return found

    async def _bare(self, spec: Traffic) -> tuple[Sequence[Seen], Spent, float]:
        told = bare.Bare(bootstrap=self.stack.bootstrap, group="bare", topics=tuple(SOURCE_TOPICS))
        start = lambda: self.stack.start_module("bare", "loadtests.bare", told.model_dump_json())  # noqa: E731
        seen, spent, broker_us = await self._travel(spec, ["bare"], start, seen_on=bare.OUTPUT)
        self.stack.stop("bare")
        return seen.legs[1:], spent, broker_us

    async def _ours(self, life: Life, spec: Traffic, settings: Settings) -> tuple[Sequence[Seen], Spent, float]:
        async with Outbox(settings) as outbox:
            for agreed in self.day.agreements:
                await adopt(outbox, settings, agreed, now_ms=self.day.day.start_ms + HOUR_MS)
        titles = [self.stack.start("coordinate", number=each + 1, settings=settings) for each in range(life.workers)]
        if life.archive:
            titles.append(self.stack.start("archive", settings=settings))
            await self.stack.ready("archive")
        await self.stack.ready("coordinate", members=life.workers)
        start = lambda: self.stack.start("intake", settings=settings)  # noqa: E731
        seen, spent, broker_us = await self._travel(spec, [*titles, "intake"], start, seen_on=Topic.LOG)
        self.stack.stop_all()
        self.checks += await check_life(self.stack, spec, name=life.name)
        return seen.legs[1:], spent, broker_us

    async def _travel(
        self, spec: Traffic, titles: Sequence[str], start: Callable[[], object], *, seen_on: str
    ) -> tuple[AllSeen, Spent, float]:
        """Fill the topics, let `start` begin to read them, see when all was decided; then the other legs."""
        async with Watcher(self.stack.bootstrap) as watcher:
            before = sum(await watcher.ends(seen_on))
            travelling = asyncio.create_task(asyncio.to_thread(rig.run_module, "loadtests.traffic", spec, AllSeen))
            await _until_there(spec.ready, travelling)
            start()
            async with Spending(self.stack) as spending:
                began, first = await watcher.beyond(seen_on, before, check=self.stack.check)
                seen = await travelling
        leg = seen.legs[0]
        events = leg.published - (sum(first) - before if seen_on == bare.OUTPUT else 0)
        seconds = max(0.02, leg.decided_at - began)
        cpu = spending.between(began, leg.decided_at)
        events = max(1, events)
        spent = Spent(events=events, seconds=seconds, cpu_seconds=sum(cpu[title] for title in titles))
        return seen, spent, cpu["broker"] / events * 1e6

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def _told(self) -> Measured:
        figures: list[Figure] = []
        for life in LIVES:
            found = self.found[life.name]
            figures += spent_figures(found.spent, **life.of)
            figures.append(Figure(name="broker cpu", unit="µs/event", of=life.of, runs=tuple(found.broker_us)))
        for life in LIVES:
            for rate, seen in self.found[life.name].seen.items():
                of = {**life.of, "rate": rate}
                figures += latency_figures([leg.latency for leg in seen], of)
                late = tuple(leg.late.p99 for leg in seen)
                figures.append(Figure(name="publisher late p99", unit="ms", of=of, runs=late))
        return Measured(figures=tuple(figures), checks=once(self.checks), notes=tuple(self.notes))


async def _until_there(file: Path, travelling: asyncio.Task[AllSeen]) -> None:
    deadline = time.monotonic() + READY_SECONDS_MAX
    while not await asyncio.to_thread(file.exists):
        if travelling.done():
            travelling.result()
        if time.monotonic() > deadline:
            raise LoadTestError(f"the messages were not published within {READY_SECONDS_MAX:.0f} s")
        await asyncio.sleep(0.02)


def _plain(settings: Settings) -> dict[str, object]:
    """What differs from the defaults, as JSON holds it."""
    return settings.model_dump(mode="json", exclude_defaults=True, exclude={"postgres_dsn"})
