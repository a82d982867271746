"""A clock that moves only when it is told to."""

from dataclasses import dataclass


@dataclass(slots=True)
class ManualClock:
    """Twin of `SystemClock`. A process that waits by this clock does not wait at all."""

    at_ms: int

    def now_ms(self) -> int:
        return self.at_ms

    def wall_seconds(self, simulated_ms: int) -> float:
        """Nothing really passes: waiting is for whoever calls `pass_ms`."""
        del simulated_ms
        return 0.0

    def pass_ms(self, passed_ms: int) -> None:
        if passed_ms < 0:
            msg = f"time does not run back: asked to pass {passed_ms} ms"
            raise ValueError(msg)
        self.at_ms += passed_ms


@dataclass(slots=True)
class WallClock(ManualClock):
    """The same where time that passed on it counts as real time: for what is measured, not waited for."""

    def wall_seconds(self, simulated_ms: int) -> float:
        return simulated_ms / 1000
