"""A country that lives: every region's people and sources, who hear what is decided and react. A process.

The clock runs so fast that messages come at the wanted rate over a simulated day: more by day than by night. What was
published is kept as digests of its ids, to be held against the log; latencies are told per stretch of time.
"""

import asyncio
import contextlib
import hashlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import uvloop

from loadtests import rig
from loadtests.meter import Spec
from loadtests.nation import Day
from loadtests.onlooker import CAUSE, Latency, Onlooker, latency
from loadtests.posting import Markers, Posts, as_said, new_producer
from spoedplein.settings import Settings
from spoedplein.testing.workload import Workload
from spoedplein_schemas import DECISION
from spoedplein_schemas.vocabulary import Topic

POLL_SECONDS: Final = 0.01
DIGEST_BYTES: Final = 8
DECIDED_SECONDS_MAX: Final = 600.0


class Living(Spec):
    """`ids` and `stretches` are files that this process writes: digests of ids, and a `Stretch` on each line."""

    settings: dict[str, object]
    day: Day
    seconds: float
    stretch_seconds: float
    ids: Path
    stretches: Path


class Stretch(Spec):
    """`late_ms`: by how much messages were published later than their moment, at most."""

    at: float
    published: int
    late_ms: float
    latency: Latency


class Lived(Spec):
    published: int
    decisions: int
    latency: Latency
    seconds: float


def digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=DIGEST_BYTES).digest()


async def run(spec: Living) -> Lived:
    settings, day = Settings.model_validate(spec.settings), spec.day
    towns = {
        agreed.region: Workload(agreed, seed=day.seed, start_ms=settings.clock().now_ms(), intensity=day.intensity)
        for agreed in day.agreements()
    }
    with spec.ids.open("wb") as ids, spec.stretches.open("w", encoding="utf-8", buffering=1) as stretches:
        async with (
            new_producer(settings) as producer,
            Onlooker(settings.kafka_bootstrap, Topic.DECISIONS, CAUSE) as onlooker,
        ):
            country = _Country(settings, towns, Posts(producer), onlooker)
            country.keeps = ids.write
            onlooker.hears = country.hears
            began = time.monotonic()
            while (at := time.monotonic() - began) < spec.seconds:
                await country.lives_on(until=began + min(spec.seconds, at + spec.stretch_seconds))
                stretches.write(country.stretch(time.monotonic() - began).model_dump_json() + "\n")
            seconds = time.monotonic() - began
            await country.comes_to_rest(Markers(settings))
            return Lived(
                published=country.published,
                decisions=onlooker.count,
                latency=latency(country.seconds),
                seconds=seconds,
            )


def _deaf(_cause: str, _value: bytes) -> None:
    """Who has gone to sleep."""


class _Country:
    def __init__(self, settings: Settings, towns: dict[str, Workload], posts: Posts, onlooker: Onlooker) -> None:
        self._clock = settings.clock()
        self._regions = settings.regions
        self._towns = towns
        self._posts = posts
        self._onlooker = onlooker
        self._late_ms = 0.0
        self._before = 0
        self.keeps: Callable[[bytes], object] = bytes
        self.published = 0
        self.seconds: list[float] = []

    def hears(self, _cause: str, value: bytes) -> None:
        decision = DECISION.validate_json(value)
        self._towns[decision.region].observe(decision)

    async def lives_on(self, *, until: float) -> None:
        while time.monotonic() < until:
            now_ms, now = self._clock.now_ms(), time.monotonic()
            for town in self._towns.values():
                said = town.emit(now_ms)
                self._posts.put([as_said(event, self._regions) for _, event in said])
                for at_ms, event in said:
                    # Its own moment, not ours: who publishes late has not made the system any faster.
                    late = self._clock.wall_seconds(now_ms - at_ms)
                    self._late_ms = max(self._late_ms, 1000 * late)
                    self._onlooker.expect(event.id, now - late)
                    self.keeps(digest(event.id))
                self.published += len(said)
            await asyncio.sleep(POLL_SECONDS)

    def stretch(self, at: float) -> Stretch:
        found = self._onlooker.take()
        self.seconds += found
        stretch = Stretch(at=at, published=self.published - self._before, late_ms=self._late_ms, latency=latency(found))
        self._before, self._late_ms = self.published, 0.0
        return stretch

    async def comes_to_rest(self, markers: Markers) -> None:
        """Nothing more is said; until all that was is decided."""
        ends = markers.said("rest")
        self._onlooker.hears = _deaf
        self._onlooker.look_for(each.id for each in ends)
        self._posts.put(ends)
        for each in ends:
            self.keeps(digest(each.id))
        self.published += len(ends)
        await self._onlooker.all_here(seconds_max=DECIDED_SECONDS_MAX)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(runner.run(run(Living(**rig.told(sys.argv)))).model_dump_json())
