"""Server-sent events: who follows is told what changed, encoded once for all who see the same.

Changes are gathered per tick. Whoever has version n gets, at the next tick, what changed since n in its newest form:
nobody has a queue, and a slow follower skips what was overtaken meanwhile. Who fell more ticks behind than the setting
`portal_stream_ticks`, or comes back with a version that nobody can tell from any more, gets one fresh snapshot.

    id: 19ba3aba85c.88          epoch and version: send it back as Last-Event-ID
    event: snapshot             everything; forget what you had
    event: changes              what changed since the id before
    event: freshness            nothing changed; how current what you have is
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from itertools import count
from typing import Final, NamedTuple

from spoedplein.clock import Clock
from spoedplein.portal.bell import Bell
from spoedplein.portal.live import Changes, Live, Plane
from spoedplein.settings import Settings
from spoedplein.telemetry.metrics import Metrics

#: Without changes for so long a follower is told how current what he has is: that also keeps the line open.
HEARTBEAT_SECONDS: Final = 15.0
#: After which a stream ends, so that whoever follows shows again that he may.
STREAM_SECONDS_MAX: Final = 900.0
#: After which a browser tries again when the line breaks.
RETRY_MS: Final = 2000


class Frame(NamedTuple):
    """One event of a stream: the bytes that go over the line, up to which version they tell, and the cases in them.

    Without bytes nothing changed that is followed.
    """

    data: bytes
    version: int
    cases: tuple[str, ...]


class Eyes(NamedTuple):
    """Those who see the same: `key` tells them from others, `planes` are what they follow.

    `body` writes what they see as JSON, with its cases; it is given what changed, or None for everything.
    """

    key: tuple[object, ...]
    planes: tuple[Plane, ...]
    body: Callable[[Changes | None], tuple[str, tuple[str, ...]]]
    freshness: Callable[[], str]


class Hub:
    """The followers of one region; those of all regions by their network address are counted in `addresses`."""

    def __init__(self, name: str, live: Live, settings: Settings, metrics: Metrics, *, addresses: Counter[str]) -> None:
        self.name = name
        self.followers = 0
        self._addresses = addresses
        self._live = live
        self._region = live.regions[name]
        self._metrics = metrics
        self._ticks_max = settings.portal_stream_ticks
        self._bell = Bell()
        self._closing = False
        self._ticks: deque[int] = deque([0], maxlen=self._ticks_max)
        self._told = 0
        self._beat = 0
        self._frames: dict[tuple[object, ...], Frame] = {}

    def tick(self, *, beat: bool) -> None:
        """Whoever follows looks for what is new; at a heartbeat also when there is nothing."""
        new = self._region.version != self._told
        if new:
            self._told = self._region.version
            self._ticks.append(self._told)
        if new or beat:
            self._frames.clear()
            self._beat += beat
            self._bell.ring()

    def close(self) -> None:
        """Every stream ends after what it is sending."""
        self._closing = True
        self._bell.ring()

    async def follow(
        self, eyes: Eyes, *, address: str, since: int | None, seen: Callable[[Iterable[str]], Awaitable[None]]
    ) -> AsyncIterator[bytes]:
        """Until the hub closes, the follower goes, or his time is over and he is to show again who he is.

        `seen` puts on record which cases go out, before they do.
        """
        self._count(1, address)
        until = asyncio.get_running_loop().time() + STREAM_SECONDS_MAX
        try:
            yield f"retry: {RETRY_MS}\n\n".encode()
            version, beat = since, self._beat
            while not self._closing and asyncio.get_running_loop().time() < until:
                rung = self._bell.rung
                frame = self._next(eyes, version, beat=self._beat > beat)
                beat = self._beat
                if frame.cases:
                    await seen(frame.cases)
                if frame.data:
                    yield frame.data
                version = frame.version
                await self._bell.heard(since=rung)
        finally:
            self._count(-1, address)

    def _count(self, more: int, address: str) -> None:
        self.followers += more
        self._addresses[address] += more
        if not self._addresses[address]:
            del self._addresses[address]
        self._metrics.streams.labels(self.name).set(self.followers)

    def _next(self, eyes: Eyes, version: int | None, *, beat: bool) -> Frame:
        if version is None or version < self._ticks[0] or not self._region.tells_from(version):
            if version is not None:
                self._metrics.stream_drops.labels(self.name).inc()
            return self._framed((*eyes.key, "snapshot"), lambda: self._frame(eyes, None))
        # What changed is gathered once for all who see the same, and not for each: there may be thousands of them.
        if self._region.changed_at(*eyes.planes) > version:
            return self._framed((*eyes.key, version), lambda: self._frame(eyes, self._region.changes(version)))
        if beat:
            return self._framed((*eyes.key, "beat"), lambda: self._beat_frame(eyes))
        return Frame(b"", self._region.version, ())

    def _framed(self, key: tuple[object, ...], make: Callable[[], Frame]) -> Frame:
        """Made once per tick, whoever asks for it first."""
        frame = self._frames.get(key)
        if frame is None:
            frame = self._frames[key] = make()
        return frame

    def _frame(self, eyes: Eyes, changes: Changes | None) -> Frame:
        version = self._region.version
        body, cases = eyes.body(changes)
        name = "snapshot" if changes is None else "changes"
        data = f"id: {self._live.epoch}.{version}\nevent: {name}\ndata: {body}\n\n"
        return Frame(data.encode(), version, cases)

    def _beat_frame(self, eyes: Eyes) -> Frame:
        told = f"event: freshness\ndata: {eyes.freshness()}\n\n"
        return Frame(told.encode(), self._region.version, ())


class Push:
    """A hub per region, and the clock that they tick by."""

    def __init__(
        self, live: Live, settings: Settings, clock: Clock, metrics: Metrics, *, stale: Callable[[str], object]
    ) -> None:
        """`stale` says of a region why what is known of it may be behind; who follows hears when that changes."""
        self.addresses = Counter[str]()
        self.hubs = {name: Hub(name, live, settings, metrics, addresses=self.addresses) for name in live.regions}
        self._live = live
        self._settings = settings
        self._clock = clock
        self._metrics = metrics
        self._stale = stale
        self._was: dict[str, object] = {}

    @property
    def followers(self) -> int:
        return sum(hub.followers for hub in self.hubs.values())

    def close(self) -> None:
        """Streams end; whoever followed comes back to another portal, or to this one when it runs again."""
        for hub in self.hubs.values():
            hub.close()

    def since(self, last_event_id: str | None) -> int | None:
        """The version in an id of ours; nothing in one of another epoch."""
        epoch, _, version = (last_event_id or "").rpartition(".")
        return int(version) if epoch == self._live.epoch and version.isascii() and version.isdigit() else None

    async def run(self) -> None:
        """Until cancelled."""
        every = self._settings.portal_push_seconds
        beats = max(1, round(HEARTBEAT_SECONDS / every))
        for number in count(1):
            await asyncio.sleep(every)
            self._live.settle(self._clock.now_ms())
            for name, hub in self.hubs.items():
                hub.tick(beat=self._turned(name) or number % beats == 0)
                self._measure(name)

    def _turned(self, name: str) -> bool:
        """Whether a region grew stale, or is no longer."""
        before, self._was[name] = self._was.get(name), self._stale(name)
        return before != self._was[name]

    def _measure(self, name: str) -> None:
        heard_ms = self._live.regions[name].heard_ms
        if heard_ms is not None:
            age = self._clock.wall_seconds(self._clock.now_ms() - heard_ms)
            self._metrics.portal_age_seconds.labels(name).set(max(0.0, age))
        self._metrics.portal_stale.labels(name).set(self._was[name] is not None)
