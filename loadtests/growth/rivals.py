"""Other ways to keep a queue, each as it is usually written, with the same five operations as `Ours`.

A patient is (rank, start of waiting, key). All of them find anybody by key in a dictionary: cancel and re-triage name
a patient, as sources do.
"""

import heapq
from collections.abc import Callable
from itertools import islice
from typing import Final, NamedTuple, Protocol

from sortedcontainers import SortedList

from loadtests.bars import OURS
from spoedplein.domain.line import Line, Standing
from spoedplein_schemas.agreements import QueuePolicy, ServicePoint
from spoedplein_schemas.vocabulary import CareType

#: Priority per minute waited, by rank.
RATES: Final = (0, 12, 6, 3, 1, 4)
BOARD: Final = 50


class Waiting(NamedTuple):
    rank: int
    since: int
    key: str


class Kept(Protocol):
    """One queue. `now` is later than every start of waiting."""

    def add(self, waiting: Waiting) -> None: ...

    def take(self, now: int) -> Waiting:
        """Who is next, taken out."""

    def cancel(self, key: str) -> Waiting: ...

    def ahead(self, key: str, now: int) -> int:
        """How many would be taken before him."""

    def board(self, now: int) -> list[Waiting]:
        """The next so many."""


class Ours:
    """The core's: a sorted class per rank, heads compared. Accumulating priority, the dearer of the two policies."""

    def __init__(self) -> None:
        self._line = Line()
        self._standing: dict[str, Standing] = {}
        self._service = ServicePoint(care_type=CareType.HAP, policy=QueuePolicy.ACCUMULATING, rates=RATES)

    def add(self, waiting: Waiting) -> None:
        standing = Standing(waiting.rank, (waiting.since, waiting.key), waiting.since, breached=False, code=None)
        self._standing[waiting.key] = standing
        self._line.add(standing)

    def take(self, now: int) -> Waiting:
        _, (_, key) = next(self._line.order(self._service, now=now))
        return self.cancel(key)

    def cancel(self, key: str) -> Waiting:
        standing = self._standing.pop(key)
        self._line.remove(standing)
        return Waiting(standing.rank or 0, standing.entry[0], key)

    def ahead(self, key: str, now: int) -> int:
        standing = self._standing[key]
        return sum(self._line.ahead(self._service, standing.rank or 0, standing.entry, now=now))

    def board(self, now: int) -> list[Waiting]:
        order = islice(self._line.order(self._service, now=now), BOARD)
        return [Waiting(rank, since, key) for rank, (since, key) in order]


class LazyHeap:
    """heapq, with strict classes: who left stays in the heap until he comes up, or until they are the greater part.

    Accumulating priority cannot be kept in one heap: with time, order between classes changes.
    """

    def __init__(self) -> None:
        self._heap: list[Waiting] = []
        self._live: dict[str, Waiting] = {}

    def add(self, waiting: Waiting) -> None:
        self._live[waiting.key] = waiting
        heapq.heappush(self._heap, waiting)

    def take(self, now: int) -> Waiting:  # noqa: ARG002  strict classes do not depend on it
        while True:
            first = heapq.heappop(self._heap)
            if self._live.get(first.key) is first:
                del self._live[first.key]
                return first

    def cancel(self, key: str) -> Waiting:
        gone = self._live.pop(key)
        if len(self._heap) > 2 * len(self._live) + 64:
            self._heap = list(self._live.values())
            heapq.heapify(self._heap)
        return gone

    def ahead(self, key: str, now: int) -> int:  # noqa: ARG002
        own = self._live[key]
        return sum(other < own for other in self._live.values())

    def board(self, now: int) -> list[Waiting]:  # noqa: ARG002
        return heapq.nsmallest(BOARD, self._live.values())


class Sorted:
    """One sortedcontainers.SortedList, with strict classes."""

    def __init__(self) -> None:
        self._order: SortedList[Waiting] = SortedList()
        self._live: dict[str, Waiting] = {}

    def add(self, waiting: Waiting) -> None:
        self._live[waiting.key] = waiting
        self._order.add(waiting)

    def take(self, now: int) -> Waiting:  # noqa: ARG002
        first = self._order.pop(0)
        del self._live[first.key]
        return first

    def cancel(self, key: str) -> Waiting:
        gone = self._live.pop(key)
        self._order.remove(gone)
        return gone

    def ahead(self, key: str, now: int) -> int:  # noqa: ARG002
        return self._order.index(self._live[key])

    def board(self, now: int) -> list[Waiting]:  # noqa: ARG002
        return list(self._order.islice(0, BOARD))


class Textbook:
    """Accumulating priority as it is defined (Stanford, Taylor and Ziedins 2014): whoever has most when somebody is
    taken is next, and so everybody's is worked out then.
    """

    def __init__(self) -> None:
        self._live: dict[str, Waiting] = {}

    def add(self, waiting: Waiting) -> None:
        self._live[waiting.key] = waiting

    def take(self, now: int) -> Waiting:
        return self.cancel(min(self._live.values(), key=_order(now)).key)

    def cancel(self, key: str) -> Waiting:
        return self._live.pop(key)

    def ahead(self, key: str, now: int) -> int:
        order = _order(now)
        own = order(self._live[key])
        return sum(order(other) < own for other in self._live.values())

    def board(self, now: int) -> list[Waiting]:
        return heapq.nsmallest(BOARD, self._live.values(), key=_order(now))


def _order(now: int) -> Callable[[Waiting], tuple[int, Waiting]]:
    """Most priority first; equals by rank, start of waiting and key, as in ours."""
    return lambda waiting: (-RATES[waiting.rank] * (now - waiting.since), waiting)


STRICT: Final[dict[str, Callable[[], Kept]]] = {
    "heapq, lazy deletion": LazyHeap,
    "one SortedList": Sorted,
}
ACCUMULATING: Final[dict[str, Callable[[], Kept]]] = {
    OURS: Ours,
    "textbook accumulating priority": Textbook,
}
