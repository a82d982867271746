"""What a process of its own is told, counts and answers. Needs pydantic only: every environment can import it."""

import asyncio
import time

from pydantic import BaseModel, ConfigDict


class Spec(BaseModel):
    """What a process of its own is told, and what it answers: JSON on its command line, JSON on its output."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Spent(Spec):
    """Events that were handled, from the first to the last, and what that took."""

    events: int
    seconds: float
    cpu_seconds: float

    @property
    def speed(self) -> float:
        return self.events / self.seconds

    @property
    def cpu_us(self) -> float:
        return self.cpu_seconds / self.events * 1e6


class Meter:
    """Counts what the process that it lives in handles; done at the wanted number."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.events = 0
        self.done = asyncio.Event()
        self.spent: Spent | None = None
        self._began: tuple[float, float] | None = None

    def count(self, events: int) -> None:
        if self._began is None:
            self._began = time.perf_counter(), time.process_time()
        self.events += events
        if self.events >= self.wanted and self.spent is None:
            began, cpu_began = self._began
            self.spent = Spent(
                events=self.events,
                seconds=time.perf_counter() - began,
                cpu_seconds=time.process_time() - cpu_began,
            )
            self.done.set()
