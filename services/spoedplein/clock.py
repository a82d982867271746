"""The only place that reads the clock.

A region's time is the timestamp of its log. For a simulation or a replay of old data the processes share a scaled
clock: it started at `epoch_ms` when the wall clock read `started_ms`, and runs `speed` times as fast.
"""

import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        ...

    def wall_seconds(self, simulated_ms: int) -> float:
        """How long to wait, in real seconds, for this much of the clock's own time to pass."""
        ...


class SystemClock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def wall_seconds(self, simulated_ms: int) -> float:
        return simulated_ms / 1000


@dataclass(frozen=True, slots=True)
class ScaledClock:
    epoch_ms: int
    started_ms: int
    speed: float

    def now_ms(self) -> int:
        return self.epoch_ms + int((time.time_ns() // 1_000_000 - self.started_ms) * self.speed)

    def wall_seconds(self, simulated_ms: int) -> float:
        return simulated_ms / 1000 / self.speed
