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
_Name = tuple[Timer, str]


class Timers:
    """Set often, fire once. Nothing fires before `first`.

    A deadline that is put off, as that of each new figure is, stays in the heap where it was: when its old moment
    comes it is put in anew at the one that stands.
    """

    def __init__(self) -> None:
        self.first = NEVER
        self._heap: list[Deadline] = []
        #: What stands, and where in the heap it is waited for: never later than it stands.
        self._current: dict[_Name, int] = {}
        self._queued: dict[_Name, int] = {}

    def __len__(self) -> int:
        return len(self._current)

    def set(self, timer: Timer, key: str, due: int | None) -> None:
        """Let `timer` of `key` fire at `due`; `None` takes it back."""
        name = (timer, key)
        if due is None:
            self._current.pop(name, None)
            return
        self._current[name] = due
        queued = self._queued.get(name)
        if queued is None or due < queued:
            self._queue(name, due)
            if len(self._heap) > SWEEP_MIN and len(self._heap) > 2 * len(self._current):
                self._sweep()

    def next_due(self) -> int | None:
        while self._heap:
            due, name = self._first()
            if self._current.get(name) == due:
                return due
            self._pass_over(due, name)
        return None

    def pop_due(self, now: int) -> _Name | None:
        """The first deadline at or before `now`, taken out; `None` when there is none."""
        while self._heap and self._heap[0][0] <= now:
            due, name = self._first()
            if self._current.get(name) == due:
                self._take_out()
                del self._current[name], self._queued[name]
                return name
            self._pass_over(due, name)
        return None

    def _first(self) -> tuple[int, _Name]:
        due, timer, key = self._heap[0]
        return due, (timer, key)

    def _pass_over(self, due: int, name: _Name) -> None:
        """Nothing fires here: it was put off, taken back, or brought forward and has fired since."""
        self._take_out()
        if self._queued.get(name) == due:
            del self._queued[name]
            stands = self._current.get(name)
            if stands is not None:
                self._queue(name, stands)

    def _queue(self, name: _Name, due: int) -> None:
        self._queued[name] = due
        heappush(self._heap, (due, *name))
        self.first = self._heap[0][0]

    def _take_out(self) -> None:
        heappop(self._heap)
        self.first = self._heap[0][0] if self._heap else NEVER

    def _sweep(self) -> None:
        self._queued = dict(self._current)
        self._heap = [(due, timer, key) for (timer, key), due in self._current.items()]
        heapify(self._heap)
        self.first = self._heap[0][0] if self._heap else NEVER
