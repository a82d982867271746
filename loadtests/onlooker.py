"""Somebody who reads what comes out: when each cause was first answered, and what was said.

A latency runs from the moment at which a message was to be published, whether or not its publisher was late: what waits
because the system is slow counts in full.
"""

import asyncio
import math
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Final, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from loadtests.meter import Spec
from loadtests.results import Figure
from loadtests.rig import PARTITIONS

#: In a decision, of which message it is the consequence; in a message that is only sent on, its own id.
CAUSE: Final = re.compile(rb'"causationid":"([^"]+)"')
ITSELF: Final = re.compile(rb'"id":"([^"]+)"')
_FETCH_BYTES: Final = 4_000_000
#: What no decision followed from within so long is forgotten: most messages are only noted.
FORGET_SECONDS: Final = 300.0


class Latency(Spec):
    """In milliseconds; of those messages that something followed from."""

    count: int
    p50: float
    p99: float
    p999: float
    highest: float


def latency(seconds: Iterable[float]) -> Latency:
    held = sorted(seconds)
    if not held:
        return Latency(count=0, p50=0, p99=0, p999=0, highest=0)
    return Latency(
        count=len(held),
        p50=1000 * _quantile(held, 0.5),
        p99=1000 * _quantile(held, 0.99),
        p999=1000 * _quantile(held, 0.999),
        highest=1000 * held[-1],
    )


def latency_figures(runs: Sequence[Latency], of: Mapping[str, str | float]) -> list[Figure]:
    """In milliseconds: p50, p99, p99.9 and the highest, each of every run; none where a run had nothing to tell."""
    if not all(run.count for run in runs):
        return []
    takes: dict[str, Callable[[Latency], float]] = {
        "latency p50": lambda run: run.p50,
        "latency p99": lambda run: run.p99,
        "latency p99.9": lambda run: run.p999,
        "latency max": lambda run: run.highest,
    }
    return [
        Figure(name=name, unit="ms", of=dict(of), runs=tuple(take(run) for run in runs)) for name, take in takes.items()
    ]


def _quantile(held: list[float], share: float) -> float:
    """The smallest that at least this share does not exceed."""
    return held[max(0, math.ceil(share * len(held)) - 1)]


class Onlooker:
    """Reads what comes to `topic` while it is open; `hears` is called with every value and its cause."""

    def __init__(
        self,
        bootstrap: str,
        topic: str,
        cause: re.Pattern[bytes],
        *,
        hears: Callable[[str, bytes], None] = lambda _cause, _value: None,
    ) -> None:
        self.count = 0
        #: When the last that was awaited came.
        self.last_at = 0.0
        #: Latencies since the last call of `take`.
        self._seconds: list[float] = []
        self._expected: dict[str, float] = {}
        self._awaited: set[str] = set()
        self._all_here = asyncio.Event()
        self._cause = cause
        self.hears = hears
        self._places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, enable_auto_commit=False, max_partition_fetch_bytes=_FETCH_BYTES
        )
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        self._consumer.assign(self._places)
        await self._consumer.seek_to_end(*self._places)
        for place in self._places:
            await self._consumer.position(place)
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        assert self._reading is not None, "it was opened"
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self._consumer.stop()

    def expect(self, name: str, at: float) -> None:
        """This message was to be published at this moment, by `time.monotonic`."""
        self._expected[name] = at

    def look_for(self, names: Iterable[str]) -> None:
        """Look out for answers to these; say so before they are published."""
        self._awaited |= set(names)

    async def all_here(self, *, seconds_max: float) -> float:
        """Until each that is awaited was answered; when that was. `TimeoutError` names one that was not."""
        self._all_here.clear()
        if self._awaited:
            try:
                async with asyncio.timeout(seconds_max):
                    await self._all_here.wait()
            except TimeoutError:
                missing = sorted(self._awaited)
                msg = f"{len(missing)} messages were not answered within {seconds_max:.0f} s, {missing[0]} among them"
                raise TimeoutError(msg) from None
        return self.last_at

    def take(self) -> list[float]:
        """Latencies in seconds since the last call."""
        taken, self._seconds = self._seconds, []
        old = time.monotonic() - FORGET_SECONDS
        self._expected = {name: at for name, at in self._expected.items() if at > old}
        return taken

    async def _read(self) -> None:
        while True:
            found = await self._consumer.getmany(timeout_ms=1000)
            at = time.monotonic()
            for records in found.values():
                self.count += len(records)
                for record in records:
                    self._note(record.value, at)

    def _note(self, value: bytes, at: float) -> None:
        match = self._cause.search(value)
        if match is None:
            return
        cause = match[1].decode()
        published = self._expected.pop(cause, None)
        if published is not None:
            self._seconds.append(at - published)
        if cause in self._awaited:
            self._awaited.discard(cause)
            self.last_at = at
            if not self._awaited:
                self._all_here.set()
        self.hears(cause, value)
