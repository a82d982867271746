"""Deadlines. A heap that never forgets and is never trusted: whoever is told checks that the deadline still stands.

Entries fire by (moment, kind, key), a total order that does not depend on when they were set.
"""

from collections.abc import Callable
from enum import StrEnum
from heapq import heapify, heappop, heappush, heapreplace
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
Owner = Callable[[str], int | None]


class Timers:
    """Set often, fire once. Nothing fires before `first`.

    A deadline that is put off, as that of each new figure is, stays in the heap where it was: when its old moment
    comes it is put in anew at the one that stands. Deadlines that are put off all the time need not even be told of
    it: their owner is asked (`ask`) when that moment comes.
    """

    def __init__(self) -> None:
        self.first = NEVER
        self._heap: list[Deadline] = []
        self._sweep_at = SWEEP_MIN
        #: What stands, and where in the heap it is waited for: never later than it stands. By kind, and then by key.
        self._current: dict[Timer, dict[str, int]] = {timer: {} for timer in Timer}
        self._queued: dict[Timer, dict[str, int]] = {timer: {} for timer in Timer}
        self._owners: dict[Timer, Owner] = {}

    def ask(self, timer: Timer, owner: Owner) -> None:
        """From a key, the owner says when its deadline of this kind stands, if it does. It fires once.

        What the owner says may grow later unheard; he sets it when there was none, or when it comes sooner.
        """
        self._owners[timer] = owner

    def __len__(self) -> int:
        """How many stand."""
        kept = ((timer, key) for timer, keys in self._queued.items() for key in keys)
        return sum(self._stands(timer, key) is not None for timer, key in kept)

    def set(self, timer: Timer, key: str, due: int | None) -> None:
        """Let `timer` of `key` fire at `due`; `None` takes it back."""
        if due is None:
            self._current[timer].pop(key, None)
            return
        if timer not in self._owners:
            self._current[timer][key] = due
        queued = self._queued[timer].get(key)
        if queued is None or due < queued:
            self._queued[timer][key] = due
            heappush(self._heap, (due, timer, key))
            self.first = self._heap[0][0]
            if len(self._heap) > self._sweep_at:
                self._sweep()

    def fill(self, timer: Timer, dues: dict[str, int]) -> None:
        """Set these of a kind that nobody asks for and of which none is set yet: all at once, for a third."""
        assert timer not in self._owners, "its owner is asked"
        assert not self._queued[timer], "what is set already is set one by one"
        self._current[timer], self._queued[timer] = dues, dict(dues)
        self._heap += [(due, timer, key) for key, due in dues.items()]
        heapify(self._heap)
        self._sweep_at = max(self._sweep_at, 2 * len(self._heap))
        self._look()

    def next_due(self) -> int | None:
        return self.first if self._find(NEVER - 1) else None

    def is_due(self, now: int) -> bool:
        """Whether something is to fire at or before `now`."""
        return self.first <= now and self._find(now)

    def pop_due(self, now: int) -> tuple[Timer, str] | None:
        """The first deadline at or before `now`, taken out; `None` when there is none."""
        if not self.is_due(now):
            return None
        _, timer, key = heappop(self._heap)
        self._current[timer].pop(key, None)
        del self._queued[timer][key]
        self._look()
        return timer, key

    def _find(self, now: int) -> bool:
        """Pass over what was put off, taken back, or brought forward and has fired since, until the first one stands.

        False when there is none at or before `now`.
        """
        heap = self._heap
        while heap and heap[0][0] <= now:
            due, timer, key = heap[0]
            queued = self._queued[timer]
            if queued.get(key) != due:
                heappop(heap)
                continue
            stands = self._stands(timer, key)
            if stands == due:
                break
            if stands is None:
                heappop(heap)
                del queued[key]
            else:
                queued[key] = stands
                heapreplace(heap, (stands, timer, key))
        self._look()
        return self.first <= now

    def _stands(self, timer: Timer, key: str) -> int | None:
        owner = self._owners.get(timer)
        return self._current[timer].get(key) if owner is None else owner(key)

    def _look(self) -> None:
        self.first = self._heap[0][0] if self._heap else NEVER

    def _sweep(self) -> None:
        """When more than half of it is outdated; it is looked at again when it could be."""
        standing = len(self)
        if len(self._heap) > 2 * standing:
            dues = [(self._stands(timer, key), timer, key) for timer, keys in self._queued.items() for key in keys]
            self._heap = [(due, timer, key) for due, timer, key in dues if due is not None]
            heapify(self._heap)
            self._queued = {timer: {} for timer in Timer}
            for due, timer, key in self._heap:
                self._queued[timer][key] = due
            self._look()
        self._sweep_at = max(SWEEP_MIN, 2 * standing)
