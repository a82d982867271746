"""What goes wrong between a source and the log: doubles, other orders, gaps, wrong clocks, silence. From a seed.

    edge = Edge(Faults(), seed=7, start_ms=...)
    edge.take(workload.emit(until_ms))
    for at_ms, event in edge.give(until_ms): ...

Nothing that a source said is lost for good, except by a silent source.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Final, TypeVar

from spoedplein.testing.chance import HOUR_MS, MINUTE_MS, Chance
from spoedplein_schemas import Event
from spoedplein_schemas.vocabulary import Frozen

M = TypeVar("M", bound=Frozen)
#: A source repeats what it was not sure of, soon or after its restart.
REPEATS_WITHIN_MINUTES: Final = 20.0


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares are of messages (`doubled`, `delayed`) or of sources (`skewed`, `silent`); 0 switches a fault off.

    A delayed message comes up to `window_seconds` later than others of its source. A gap stops a source for up to
    `gap_minutes`, once in `gap_hours`; then all that it held comes at once. A skewed clock is wrong by up to
    `skew_seconds` either way in all that its source says. A silent source stops for good somewhere in the first day.
    """

    doubled: float = 0.02
    delayed: float = 0.02
    window_seconds: int = 90
    gap_hours: float = 24.0
    gap_minutes: int = 25
    skewed: float = 0.15
    skew_seconds: int = 20
    silent: float = 0.03


NONE: Final = Faults(doubled=0, delayed=0, gap_hours=0, skewed=0, silent=0)


class Edge:
    def __init__(self, faults: Faults, *, seed: int, start_ms: int) -> None:
        self._faults = faults
        self._seed = seed
        self._start_ms = start_ms
        self._lines: dict[str, _Line] = {}
        self._underway: list[tuple[int, int, Event]] = []
        self._turns = count()

    def take(self, said: Iterable[tuple[int, Event]]) -> None:
        """What sources publish, in time order."""
        for at_ms, event in said:
            if event.source not in self._lines:
                self._lines[event.source] = _Line(self._faults, Chance(self._seed, event.source), self._start_ms)
            for arrives_ms, arriving in self._lines[event.source].carry(at_ms, event):
                heapq.heappush(self._underway, (arrives_ms, next(self._turns), arriving))

    def give(self, until_ms: int) -> list[tuple[int, Event]]:
        """What arrives up to then, in the order of arrival."""
        arrived = []
        while self._underway and self._underway[0][0] <= until_ms:
            at_ms, _, event = heapq.heappop(self._underway)
            arrived.append((at_ms, event))
        return arrived


class _Line:
    """From one source to the log."""

    def __init__(self, faults: Faults, chance: Chance, start_ms: int) -> None:
        self._faults = faults
        self._chance = chance
        skewed = chance.happens(faults.skewed)
        self._skew = timedelta(seconds=chance.whole(-faults.skew_seconds, faults.skew_seconds) if skewed else 0)
        silent = chance.happens(faults.silent)
        self._silent_from_ms = start_ms + chance.whole(HOUR_MS, 24 * HOUR_MS) if silent else None
        self._gap_starts_ms = self._gap_ends_ms = start_ms
        self._next_gap()

    def carry(self, at_ms: int, event: Event) -> list[tuple[int, Event]]:
        if self._silent_from_ms is not None and at_ms >= self._silent_from_ms:
            return []
        while self._faults.gap_hours and at_ms >= self._gap_ends_ms:
            self._next_gap()
        arrives_ms = self._gap_ends_ms if self._in_gap(at_ms) else at_ms
        if self._chance.happens(self._faults.delayed):
            arrives_ms += self._chance.whole(1, self._faults.window_seconds * 1000)
        told = shifted(event, self._skew)
        arriving = [(arrives_ms, told)]
        if self._chance.happens(self._faults.doubled):
            arriving.append((arrives_ms + self._chance.between_ms(0, REPEATS_WITHIN_MINUTES), told))
        return arriving

    def _in_gap(self, at_ms: int) -> bool:
        return self._gap_starts_ms <= at_ms < self._gap_ends_ms

    def _next_gap(self) -> None:
        if self._faults.gap_hours:
            self._gap_starts_ms = self._gap_ends_ms + self._chance.until_next_ms(self._faults.gap_hours * HOUR_MS)
            self._gap_ends_ms = self._gap_starts_ms + self._chance.whole(
                MINUTE_MS, self._faults.gap_minutes * MINUTE_MS
            )


def shifted(message: M, skew: timedelta) -> M:
    """The same, told by a clock that is wrong by `skew`."""
    if not skew:
        return message
    changed: dict[str, object] = {}
    for name in type(message).model_fields:
        value = getattr(message, name)
        if isinstance(value, datetime):
            changed[name] = value + skew
        elif isinstance(value, Frozen):
            changed[name] = shifted(value, skew)
    return message.model_copy(update=changed)
