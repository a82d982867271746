"""Lives of the system: topics begin empty, agreements are adopted, processes run, messages come; all is checked."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

import httpx

from loadtests import bare, rig, supply, traffic
from loadtests.bars import BARE, OURS
from loadtests.checking import check_life
from loadtests.meter import Spent
from loadtests.readers import Read, Readers
from loadtests.results import Check
from loadtests.rig import LoadTestError
from loadtests.screens import Screens, ShownBy
from loadtests.stack import Stack
from loadtests.traffic import AllSeen, Leg, Seen, Traffic
from loadtests.watching import Histogram, Spending, Watcher, read_histogram
from spoedplein.settings import Settings
from spoedplein.workers.output import Outbox
from spoedplein.workers.publishing import adopt
from spoedplein_schemas.vocabulary import SOURCE_TOPICS, Topic

#: The region's clock against ours: deadlines pass while it runs, and figures stay valid.
CLOCK_SPEED: Final = 20.0
#: A leg without a rate is told as if it took about so long.
SATURATION_SECONDS: Final = 10.0
#: A Saturday morning: the posts are open.
HOUR_MS: Final = 10 * 3_600_000
READY_SECONDS_MAX: Final = 120.0
STALLS: Final = "spoedplein_event_loop_lag_seconds"


@dataclass(frozen=True, slots=True)
class Life:
    """What runs: how many coordination processes, whether it is archived, and how many read beside it.

    With `followers`, even none, there is a portal too. Nothing of that for the bare loop. `reports` is the share of
    messages that tell of places; the others are about patients, and dearer.
    """

    name: str
    workers: int = 1
    archive: bool = False
    readers: int = 0
    followers: int | None = None
    reports: float = supply.PEAK_REPORTS

    @property
    def bare(self) -> bool:
        return self.name == BARE

    @property
    def of(self) -> dict[str, str | float]:
        if self.bare:
            return {"path": BARE}
        path = f"{OURS} with archive" if self.archive else OURS
        if self.reports != supply.PEAK_REPORTS:
            path += f", {self.reports:.0%} reports"
        return {"path": path, "workers": self.workers}


@dataclass(frozen=True, slots=True)
class Lived:
    """`spent` and `broker_us` are of the first leg, when that has no rate; `seen` has the other legs."""

    seen: Sequence[Seen]
    spent: Spent
    broker_us: float
    checks: Sequence[Check] = ()
    #: Event-loop lag of each process, over its whole life.
    stalls: Mapping[str, Histogram] = field(default_factory=dict)
    #: Records that readers beside it got, together.
    read: Read | None = None
    #: What a portal showed beside it.
    shown: ShownBy | None = None


class Lives:
    """One stack, many lives."""

    def __init__(self, stack: Stack, day: supply.Supply) -> None:
        self.stack = stack
        self.day = day

    async def live(self, life: Life, legs: Sequence[Leg]) -> Lived:
        await self.stack.begin_anew()
        start_ms = self.day.day.start_ms + HOUR_MS
        messages, ready = self.stack.state / "messages.jsonl", self.stack.state / "ready"
        ready.unlink(missing_ok=True)
        stamped = self._stamped(start_ms, legs, life.reports)
        traffic.write_messages(stamped, messages)
        settings = self.stack.settings(
            clock_epoch_ms=start_ms, clock_started_ms=time.time_ns() // 1_000_000, clock_speed=CLOCK_SPEED
        )
        spec = Traffic(settings=_plain(settings), messages=messages, legs=tuple(legs), ready=ready, bare=life.bare)
        if life.bare:
            async with rig.topics(self.stack.bootstrap, [bare.OUTPUT]):
                return await self._bare(spec)
        return await self._ours(life, spec, settings)

    def _stamped(self, start_ms: int, legs: Sequence[Leg], reports: float) -> list[supply.Said]:
        """Messages of the day, each leg's spread over the time that it takes, in the region's clock."""
        said, at_ms = self.day.said(reports), float(start_ms)
        found: list[supply.Said] = []
        for leg in legs:
            rate = leg.rate or leg.count / SATURATION_SECONDS
            passing = list(islice(said, leg.count))
            if len(passing) < leg.count:
                raise LoadTestError(f"the day has too few messages for a leg of {leg.count:,}")
            found += supply.stamped(passing, round(at_ms), 1000 * CLOCK_SPEED / rate)
            at_ms += 1000 * CLOCK_SPEED * leg.count / rate
        return found

    async def _bare(self, spec: Traffic) -> Lived:
        told = bare.Bare(bootstrap=self.stack.bootstrap, group="bare", topics=tuple(SOURCE_TOPICS))

        async def start() -> None:
            self.stack.start_module("bare", "loadtests.bare", told.model_dump_json())

        seen, spent, broker_us = await self._travel(spec, ["bare"], start, seen_on=bare.OUTPUT)
        self.stack.stop("bare")
        return Lived(_rated(seen), spent, broker_us)

    async def _ours(self, life: Life, spec: Traffic, settings: Settings) -> Lived:
        async with Outbox(settings) as outbox:
            for agreed in self.day.agreements:
                await adopt(outbox, settings, agreed, now_ms=self.day.day.start_ms + HOUR_MS)
        titles = [self.stack.start("coordinate", number=each + 1, settings=settings) for each in range(life.workers)]
        if life.archive:
            titles.append(self.stack.start("archive", settings=settings))
            await self.stack.ready("archive")
        await self.stack.ready("coordinate", members=life.workers)

        async def start() -> None:
            self.stack.start("intake", settings=settings)
            if spec.legs[0].rate is not None:
                await self.stack.ready("intake")

        if life.readers:
            self._start_readers(life.readers)
        titles.append("intake")
        async with AsyncExitStack() as beside:
            screens = None
            if life.followers is not None:
                screens = await beside.enter_async_context(Screens(self.stack, settings, count=life.followers))
            seen, spent, broker_us = await self._travel(spec, titles, start, seen_on=Topic.LOG)
            shown = screens.shown() if screens else None
        async with httpx.AsyncClient() as client:
            stalls = {title: await read_histogram(client, self.stack.metrics[title], STALLS) for title in titles}
        read = self._stop_readers() if life.readers else None
        self.stack.stop_all()
        checks = await check_life(self.stack, spec, name=life.name)
        return Lived(_rated(seen), spent, broker_us, checks, stalls, read, shown)

    def _start_readers(self, count: int) -> None:
        told = Readers(bootstrap=self.stack.bootstrap, count=count, to_the_end=False)
        self.stack.start_module("readers", "loadtests.readers", told.model_dump_json())

    def _stop_readers(self) -> Read:
        """What they told when they were asked to stop."""
        output = self.stack.output("readers")
        self.stack.stop("readers")
        return Read.model_validate_json(output.read_text(encoding="utf-8").strip().splitlines()[-1])

    async def _travel(
        self, spec: Traffic, titles: Sequence[str], start: Callable[[], Awaitable[None]], *, seen_on: str
    ) -> tuple[AllSeen, Spent, float]:
        """See when all of each leg was decided. `start` lets somebody read the topics: when the first leg, if it has no
        rate, has filled them; before anything comes, if it has.
        """
        async with Watcher(self.stack.bootstrap) as watcher:
            before = sum(await watcher.ends(seen_on))
            filled = spec.legs[0].rate is None
            if not filled:
                await start()
            travelling = asyncio.create_task(asyncio.to_thread(rig.run_module, "loadtests.traffic", spec, AllSeen))
            await _until_there(spec.ready, travelling)
            if filled:
                await start()
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


def _rated(seen: AllSeen) -> Sequence[Seen]:
    return [leg for leg in seen.legs if leg.late.count]


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
