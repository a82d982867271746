"""From outside: how a topic grows, and what processes spend meanwhile."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import TracebackType
from typing import Final, NamedTuple, Self

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition
from prometheus_client.parser import text_string_to_metric_families

from loadtests.rig import PARTITIONS, LoadTestError
from loadtests.stack import Stack
from spoedplein.settings import Settings
from spoedplein_schemas.vocabulary import Topic

LOOK_SECONDS: Final = 0.02
CPU_SECONDS: Final = 0.2
GROWS_SECONDS_MAX: Final = 600.0
ARCHIVED: Final = (Topic.LOG, Topic.DECISIONS, Topic.AVAILABILITY)


class Watcher:
    """Looks at the ends of topics, as a client of its own."""

    def __init__(self, bootstrap: str) -> None:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._consumer.stop()

    async def ends(self, topic: str) -> tuple[int, ...]:
        """Records per partition of a topic from which nothing was ever removed."""
        places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        found = await self._consumer.end_offsets(places)
        return tuple(int(found[place]) for place in places)

    async def beyond(self, topic: str, count: int, *, check: Callable[[], None]) -> tuple[float, tuple[int, ...]]:
        """When it was first seen to hold more than so many, by `time.monotonic`, and what each partition held then."""
        deadline = time.monotonic() + GROWS_SECONDS_MAX
        while sum(found := await self.ends(topic)) <= count:
            check()
            if time.monotonic() > deadline:
                raise LoadTestError(f"{topic} holds {sum(found):,} records and does not grow beyond {count:,}")
            await asyncio.sleep(LOOK_SECONDS)
        return time.monotonic(), found


@dataclass
class Spending:
    """CPU of every process of a stack, sampled while it is open."""

    stack: Stack
    samples: list[tuple[float, Mapping[str, float]]] = field(default_factory=list)
    _sampling: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._sampling = asyncio.create_task(self._sample())
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        assert self._sampling is not None, "it was opened"
        self._sampling.cancel()
        await asyncio.gather(self._sampling, return_exceptions=True)
        self.samples.append((time.monotonic(), self.stack.cpu_seconds()))

    def between(self, begin: float, end: float) -> dict[str, float]:
        """CPU seconds of each process between two moments, by straight lines between samples."""
        names = self.samples[-1][1].keys()
        return {name: self._at(name, end) - self._at(name, begin) for name in names}

    def _at(self, name: str, moment: float) -> float:
        held = [(at, spent.get(name, 0.0)) for at, spent in self.samples]
        for (at, spent), (later, more) in pairwise(held):
            if moment < later:
                share = max(0.0, moment - at) / (later - at)
                return spent + share * (more - spent)
        return held[-1][1]

    async def _sample(self) -> None:
        while True:
            self.samples.append((time.monotonic(), self.stack.cpu_seconds()))
            await asyncio.sleep(CPU_SECONDS)


class Watched(NamedTuple):
    """From the first outputs seen to the last: how many each partition held at first, and what was spent meanwhile."""

    first: tuple[int, ...]
    seconds: float
    cpu: Mapping[str, float]


async def watch(stack: Stack, topic: str, wanted: int) -> Watched:
    """Until `topic` holds what is wanted, and no more."""
    async with Watcher(stack.bootstrap) as watcher, Spending(stack) as spending:
        began, first = await watcher.beyond(topic, 0, check=stack.check)
        ended, last = await watcher.beyond(topic, wanted - 1, check=stack.check)
    if sum(last) != wanted:
        raise LoadTestError(f"{topic} holds {sum(last):,} records where {wanted:,} were to follow")
    return Watched(first, max(LOOK_SECONDS, ended - began), spending.between(began, ended))


async def read_metric(client: httpx.AsyncClient, address: str, sample: str) -> float:
    """The sum of every sample of this name that a process publishes."""
    text = (await client.get(address, timeout=30)).text
    found = (each for family in text_string_to_metric_families(text) for each in family.samples)
    return sum(each.value for each in found if each.name == sample)


class Histogram(NamedTuple):
    """Counts by upper bound, each with those below it, as Prometheus keeps them."""

    buckets: tuple[tuple[float, float], ...]

    @property
    def total(self) -> float:
        return self.buckets[-1][1] if self.buckets else 0.0

    def at_most(self, share: float) -> float:
        """A bound that this share of what was seen did not exceed; infinity beyond the last."""
        return next((bound for bound, count in self.buckets if count >= share * self.total), 0.0)


async def read_histogram(client: httpx.AsyncClient, address: str, name: str) -> Histogram:
    """One without labels of its own."""
    text = (await client.get(address, timeout=30)).text
    found = (each for family in text_string_to_metric_families(text) for each in family.samples)
    return Histogram(tuple((float(each.labels["le"]), each.value) for each in found if each.name == f"{name}_bucket"))


async def archived(stack: Stack, settings: Settings, *, seconds_max: float) -> int:
    """Until the archive has every record of its topics; how many those are."""
    deadline = time.monotonic() + seconds_max
    while True:
        stack.check()
        async with Watcher(stack.bootstrap) as watcher:
            wanted = {topic: sum(await watcher.ends(topic)) for topic in ARCHIVED}
        done = await archive_positions(settings)
        if all(done.get(topic, 0) >= count for topic, count in wanted.items()):
            return sum(wanted.values())
        if time.monotonic() > deadline:
            raise LoadTestError(f"the archive has {done}, and {wanted} was to be, after {seconds_max:.0f} s")
        await asyncio.sleep(0.2)


async def archive_positions(settings: Settings) -> dict[str, int]:
    """Records that the archive has, by topic."""
    have = await rows(settings, "SELECT topic, sum(next_offset) AS n FROM spoedplein.positions GROUP BY topic")
    return {str(row["topic"]): int(row["n"]) for row in have}


async def rows(settings: Settings, query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(settings.postgres_dsn.get_secret_value())
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()
