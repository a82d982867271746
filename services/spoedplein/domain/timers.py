"""Deadlines. A heap that never forgets and is never trusted: whoever is told checks that the deadline still stands.

Entries fire by (moment, kind, key), a total order that does not depend on when they were set.
"""

from enum import StrEnum
from heapq import heapify, heappop, heappush
from typing import Final

#: Below this size the heap is not worth sweeping, whatever share of it is outdated.
SWEEP_MIN = 1024


class Timer(StrEnum):
    NORM = "norm"
    REASSESS = "reassess"
    STALE = "stale"
    STATUS = "status"
    VISIT = "visit"
    OFFER = "offer"
    ADMISSION = "admission"
    REVIEW = "review"
    TRANSFER = "transfer"
    ROUND = "round"
    CONSULT = "consult"
    OFFLOAD = "offload"
    SILENT_RIDE = "silent-ride"
    ROOM = "room"
    ROOM_PROPOSAL = "room-proposal"
    LEVEL = "level"
    PROPOSAL = "proposal"
    STOP_REMINDER = "stop-reminder"
    FORGET_OCCUPANT = "forget-occupant"
    FORGET_VISIT = "forget-visit"
    FORGET_OFFLOAD = "forget-offload"
    FORGET_PROPOSAL = "forget-proposal"
    NEEDED_BY = "needed-by"
    LABEL = "label"
    EARLY = "early"
    FORGET_PATIENT = "forget-patient"
    FORGET_REQUEST = "forget-request"
    FORGET_TRANSFER = "forget-transfer"
    FORGET_RIDE = "forget-ride"
    FORGET_ROUND = "forget-round"
    FORGET_CONSULT = "forget-consult"


#: Later than any moment.
NEVER: Final = 1 << 62

Deadline = tuple[int, Timer, str]


class Timers:
    """Set often, fire once. Nothing fires before `first`.

    A deadline that is put off, as that of each new figure is, stays in the heap where it was: when its old moment
    comes it is put in anew at the one that stands.
    """

    def __init__(self) -> None:
        self.first = NEVER
        self._heap: list[Deadline] = []
        self._sweep_at = SWEEP_MIN
        #: What stands, and where in the heap it is waited for: never later than it stands. By kind, and then by key.
        self._current: dict[Timer, dict[str, int]] = {timer: {} for timer in Timer}
        self._queued: dict[Timer, dict[str, int]] = {timer: {} for timer in Timer}

    def __len__(self) -> int:
        return sum(map(len, self._current.values()))

    def set(self, timer: Timer, key: str, due: int | None) -> None:
        """Let `timer` of `key` fire at `due`; `None` takes it back."""
        if due is None:
            self._current[timer].pop(key, None)
            return
        self._current[timer][key] = due
        queued = self._queued[timer].get(key)
        if queued is None or due < queued:
            self._queue(timer, key, due)
            if len(self._heap) > self._sweep_at:
                self._sweep()

    def next_due(self) -> int | None:
        while self._heap:
            due, timer, key = self._heap[0]
            if self._current[timer].get(key) == due:
                return due
            self._pass_over(due, timer, key)
        return None

    def pop_due(self, now: int) -> tuple[Timer, str] | None:
        """The first deadline at or before `now`, taken out; `None` when there is none."""
        while self._heap and self._heap[0][0] <= now:
            due, timer, key = self._heap[0]
            if self._current[timer].get(key) == due:
                self._take_out()
                del self._current[timer][key], self._queued[timer][key]
                return timer, key
            self._pass_over(due, timer, key)
        return None

    def _pass_over(self, due: int, timer: Timer, key: str) -> None:
        """Nothing fires here: it was put off, taken back, or brought forward and has fired since."""
        self._take_out()
        if self._queued[timer].get(key) == due:
            del self._queued[timer][key]
            stands = self._current[timer].get(key)
            if stands is not None:
                self._queue(timer, key, stands)

    def _queue(self, timer: Timer, key: str, due: int) -> None:
        self._queued[timer][key] = due
        heappush(self._heap, (due, timer, key))
        self.first = self._heap[0][0]

    def _take_out(self) -> None:
        heappop(self._heap)
        self.first = self._heap[0][0] if self._heap else NEVER

    def _sweep(self) -> None:
        """When more than half of it is outdated; it is looked at again when it could be."""
        if len(self._heap) > 2 * len(self):
            self._queued = {timer: dict(standing) for timer, standing in self._current.items()}
            standing = ((due, timer, key) for timer, dues in self._current.items() for key, due in dues.items())
            self._heap = list(standing)
            heapify(self._heap)
            self.first = self._heap[0][0] if self._heap else NEVER
        self._sweep_at = max(SWEEP_MIN, 2 * len(self))
