"""Deadlines. A heap that never forgets and is never trusted: whoever is told checks that the deadline still stands.

Entries fire by (moment, kind, key), a total order that does not depend on when they were set.
"""

from enum import StrEnum
from heapq import heapify, heappop, heappush

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


Deadline = tuple[int, Timer, str]


class Timers:
    """Set often, fire once: setting a deadline again leaves the old entry, which is passed over when its time comes."""

    def __init__(self) -> None:
        self._heap: list[Deadline] = []
        self._current: dict[tuple[Timer, str], int] = {}

    def __len__(self) -> int:
        return len(self._current)

    def set(self, timer: Timer, key: str, due: int | None) -> None:
        """Let `timer` of `key` fire at `due`; `None` takes it back."""
        name = (timer, key)
        if due is None:
            self._current.pop(name, None)
            return
        if self._current.get(name) == due:
            return
        self._current[name] = due
        heappush(self._heap, (due, timer, key))
        if len(self._heap) > SWEEP_MIN and len(self._heap) > 2 * len(self._current):
            self._sweep()

    def next_due(self) -> int | None:
        self._drop_outdated()
        return self._heap[0][0] if self._heap else None

    def pop_due(self, now: int) -> tuple[Timer, str] | None:
        """The first deadline at or before `now`, taken out; `None` when there is none."""
        self._drop_outdated()
        if not self._heap or self._heap[0][0] > now:
            return None
        _, timer, key = heappop(self._heap)
        del self._current[(timer, key)]
        return timer, key

    def _drop_outdated(self) -> None:
        heap, current = self._heap, self._current
        while heap and current.get((heap[0][1], heap[0][2])) != heap[0][0]:
            heappop(heap)

    def _sweep(self) -> None:
        self._heap = [(due, timer, key) for (timer, key), due in self._current.items()]
        heapify(self._heap)
