"""Many browsers that follow what is free, over the portal's server-sent events. A process of its own.

Each has a connection of its own. Frames that everybody gets are decoded once, when all is over; until then only the
moment of each arrival is kept.
"""

import asyncio
import json
import signal
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, Final, cast

import uvloop

from loadtests import rig
from loadtests.meter import Spec

#: So many connect at the same time; the portal tells each everything first.
CONNECTING: Final = 50
CONNECT_SECONDS_MAX: Final = 120.0
_END: Final = b"\n\n"
_CHANGES: Final = b"event: changes\n"


class Followers(Spec):
    """`count` followers, spread over the regions; `ready` is a file that is there when each has had his snapshot."""

    host: str
    port: int
    token: str
    regions: tuple[str, ...]
    count: int
    ready: Path
    frames: Path


class Frame(Spec):
    """Changes of one region as they went out, and when each follower had them, by `time.monotonic`."""

    region: str
    units: tuple[dict[str, Any], ...]
    arrivals: tuple[float, ...]


class Followed(Spec):
    """`lost` are connections that the portal or the network ended before it was over."""

    frames: int
    octets: int
    lost: int
    cpu_seconds: float
    seconds: float


class _Kept:
    """What all followers heard: by region and frame, when."""

    def __init__(self) -> None:
        self.arrivals: dict[tuple[str, bytes], list[float]] = defaultdict(list)
        self.frames = 0
        self.octets = 0
        self.lost = 0


class _Follower(asyncio.Protocol):
    """One connection; `has_all` when its snapshot is there."""

    def __init__(self, region: str, spec: Followers, kept: _Kept) -> None:
        self.has_all: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._region = region
        self._spec = spec
        self._kept = kept
        self._buffer = bytearray()
        self.leaving = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        path = f"/v1/regions/{self._region}/availability/stream"
        head = f"GET {path} HTTP/1.1\r\nHost: {self._spec.host}\r\nAuthorization: Bearer {self._spec.token}\r\n\r\n"
        cast("asyncio.Transport", transport).write(head.encode())

    def data_received(self, data: bytes) -> None:
        at = time.monotonic()
        self._kept.octets += len(data)
        self._buffer += data
        while (end := self._buffer.find(_END)) >= 0:
            frame = bytes(self._buffer[:end])
            del self._buffer[: end + len(_END)]
            if _CHANGES in frame:
                self._kept.frames += 1
                self._kept.arrivals[self._region, frame[frame.find(b"id: ") :]].append(at)
            elif b"event: snapshot\n" in frame and not self.has_all.done():
                self.has_all.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.leaving:
            self._kept.lost += 1
        if not self.has_all.done():
            told = f"the portal ended a stream before its snapshot: {bytes(self._buffer[:500])!r}"
            self.has_all.set_exception(exc or ConnectionError(told))


async def run(spec: Followers) -> Followed:
    asked, kept = asyncio.Event(), _Kept()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    followers = await _connected(spec, kept)
    kept.octets = 0
    spec.ready.touch()
    began, cpu_began = time.perf_counter(), time.process_time()
    await asked.wait()
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    for transport, follower in followers:
        follower.leaving = True
        transport.close()
    with spec.frames.open("w", encoding="utf-8") as lines:
        for (region, frame), arrivals in kept.arrivals.items():
            told = json.loads(frame.rpartition(b"data: ")[2])
            lines.write(Frame(region=region, units=told["units"], arrivals=tuple(arrivals)).model_dump_json() + "\n")
    return Followed(frames=kept.frames, octets=kept.octets, lost=kept.lost, cpu_seconds=cpu_seconds, seconds=seconds)


async def _connected(spec: Followers, kept: _Kept) -> list[tuple[asyncio.Transport, _Follower]]:
    loop, made = asyncio.get_running_loop(), []
    async with asyncio.timeout(CONNECT_SECONDS_MAX):
        for first in range(0, spec.count, CONNECTING):
            some = [
                await loop.create_connection(
                    lambda number=number: _Follower(spec.regions[number % len(spec.regions)], spec, kept),  # type: ignore[misc]
                    spec.host,
                    spec.port,
                )
                for number in range(first, min(first + CONNECTING, spec.count))
            ]
            await asyncio.gather(*(follower.has_all for _, follower in some))
            made += some
    return made


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(runner.run(run(Followers(**rig.told(sys.argv)))).model_dump_json())
