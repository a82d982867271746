"""One queue as a data structure: a sorted class per rank, and who needs help now outside of them.

Both policies only ever compare the heads of the classes. Adding, taking, leaving and moving between classes cost the
logarithm of what waits; a position costs the number of classes on top of that.
"""

from array import array
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple

from sortedcontainers import SortedList

from spoedplein.domain.timers import SWEEP_MIN
from spoedplein.domain.turn import moment
from spoedplein_schemas.agreements import QueuePolicy, ServicePoint
from spoedplein_schemas.decisions import Before
from spoedplein_schemas.vocabulary import CareType

#: Rank of a patient who waits for triage: after every class that a professional assigned.
UNTRIAGED = 5
RANKS = range(6)

#: Up to so many a class is one array; it does not become one again.
FEW: Final = 32_768

#: A queue: the site and the service.
Place = tuple[str, CareType]
#: Start of waiting in milliseconds, and the patient's key: the order inside a class.
Entry = tuple[int, str]


class Standing(NamedTuple):
    """Where a waiting patient stands; no rank for who needs help now. `due` is a norm that is not breached yet."""

    rank: int | None
    entry: Entry
    due: int | None
    breached: bool
    code: str | None


class Class:
    """Who waits in one class, by start of waiting and then by key.

    Sorted are the starts alone, as numbers side by side in memory: looking for a place among them costs less than to
    follow a list to as many objects, until there are so many that moving them up costs more.
    """

    def __init__(self) -> None:
        #: How many wait.
        self.size = 0
        self._starts: array[int] | SortedList[int] = array("q")
        self._keys: dict[int, list[str]] = {}

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "Class":
        """All of these, sorted once."""
        found, ordered = cls(), sorted(entries)
        for since, key in ordered:
            found._keys.setdefault(since, []).append(key)
        found.size = len(ordered)
        starts = array("q", [since for since, _ in ordered])
        found._starts = SortedList(starts) if found.size > FEW else starts
        return found

    def __len__(self) -> int:
        return self.size

    def first(self) -> Entry | None:
        """Who waits longest."""
        if not self.size:
            return None
        since = self._starts[0]
        return since, self._keys[since][0]

    def __iter__(self) -> Iterator[Entry]:
        told = None
        for since in self._starts:
            if since != told:
                yield from ((since, key) for key in self._keys[since])
            told = since

    def add(self, entry: Entry) -> None:
        since, key = entry
        starts = self._starts
        self.size += 1
        if isinstance(starts, SortedList):
            starts.add(since)
        else:
            insort(starts, since)
            if self.size > FEW:
                self._starts = SortedList(starts)
        keys = self._keys.get(since)
        if keys is None:
            self._keys[since] = [key]
        else:
            insort(keys, key)

    def remove(self, entry: Entry) -> None:
        since, key = entry
        starts = self._starts
        self.size -= 1
        if isinstance(starts, SortedList):
            starts.remove(since)
        else:
            del starts[bisect_left(starts, since)]
        keys = self._keys[since]
        del keys[bisect_left(keys, key)]
        if not keys:
            del self._keys[since]

    def index(self, entry: Entry) -> int:
        """How many of the class are before him."""
        since, key = entry
        return self.before(since) + bisect_left(self._keys[since], key)

    def before(self, since: int) -> int:
        """How many of the class wait from before this moment."""
        starts = self._starts
        return starts.bisect_left(since) if isinstance(starts, SortedList) else bisect_left(starts, since)


class Soonest:
    """Moments by key, of which only the first is asked: one that was taken back is passed over when it comes up."""

    def __init__(self) -> None:
        self._due: dict[str, int] = {}
        self._heap: list[Entry] = []

    @classmethod
    def of(cls, dues: dict[str, int]) -> "Soonest":
        found = cls()
        found._due, found._heap = dues, [(due, key) for key, due in dues.items()]
        heapify(found._heap)
        return found

    def set(self, key: str, due: int) -> None:
        self._due[key] = due
        heappush(self._heap, (due, key))

    def take_back(self, key: str) -> None:
        del self._due[key]
        if len(self._heap) > SWEEP_MIN and len(self._heap) > 2 * len(self._due):
            self._heap = [(due, key) for key, due in self._due.items()]
            heapify(self._heap)

    def first(self) -> int | None:
        heap = self._heap
        while heap and self._due.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        return heap[0][0] if heap else None


class Load(NamedTuple):
    """How many wait in the classes of a queue, and how many of them past their norm."""

    waiting: int
    late: int


class Line:
    def __init__(self) -> None:
        self.classes: tuple[Class, ...] = tuple(Class() for _ in RANKS)
        self.immediate: SortedList[Entry] = SortedList()
        self.breaches = [0 for _ in RANKS]
        #: In the classes together: who waits, and who of them longer than his norm.
        self.waiting = 0
        self.late = 0
        self.left_unseen = 0
        self._dues: tuple[Soonest, ...] = tuple(Soonest() for _ in RANKS)
        self._codes: tuple[dict[str | None, int], ...] = tuple({} for _ in RANKS)

    @classmethod
    def of(cls, standings: Iterable[Standing]) -> "Line":
        """All of these, who stand in one queue: the same as one by one, for half."""
        line, by_rank = cls(), tuple(list[Standing]() for _ in RANKS)
        for each in standings:
            if each.rank is None:
                line.immediate.add(each.entry)
            else:
                by_rank[each.rank].append(each)
        line.classes = tuple(Class.of([each.entry for each in waiting]) for waiting in by_rank)
        line.breaches = [sum([each.breached for each in waiting]) for waiting in by_rank]
        line.waiting, line.late = sum(map(len, by_rank)), sum(line.breaches)
        line._dues = tuple(
            Soonest.of({each.entry[1]: each.due for each in waiting if each.due is not None}) for waiting in by_rank
        )
        line._codes = tuple(dict(Counter([each.code for each in waiting])) for waiting in by_rank)
        return line

    def add(self, standing: Standing) -> None:
        rank, entry, due, breached, code = standing
        if rank is None:
            self.immediate.add(entry)
            return
        self.classes[rank].add(entry)
        self.waiting += 1
        self.late += breached
        self.breaches[rank] += breached
        codes = self._codes[rank]
        codes[code] = codes.get(code, 0) + 1
        if due is not None:
            self._dues[rank].set(entry[1], due)

    def remove(self, standing: Standing) -> None:
        rank, entry, due, breached, code = standing
        if rank is None:
            self.immediate.remove(entry)
            return
        self.classes[rank].remove(entry)
        self.waiting -= 1
        self.late -= breached
        self.breaches[rank] -= breached
        codes = self._codes[rank]
        codes[code] -= 1
        if not codes[code]:
            del codes[code]
        if due is not None:
            self._dues[rank].take_back(entry[1])

    def head(self, rank: int) -> Entry | None:
        """Who waits longest in this class."""
        return self.classes[rank].first()

    def next_due(self, rank: int) -> int | None:
        """The next norm of this class that can still be met."""
        return self._dues[rank].first()

    def code(self, rank: int) -> str | None:
        """What everybody in this class was assigned, if that is one code."""
        return next(iter(self._codes[rank])) if len(self._codes[rank]) == 1 else None

    def ahead(self, service: ServicePoint, rank: int, entry: Entry, *, now: int) -> tuple[int, ...]:
        """Per rank, how many would be taken before this patient if nobody else came."""
        ahead, classes, since = [0 for _ in RANKS], self.classes, entry[0]
        ahead[rank] = classes[rank].index(entry)
        if service.policy is QueuePolicy.STRICT:
            ahead[:rank] = [waiting.size for waiting in classes[:rank]]
            return tuple(ahead)
        rates, waited = _rates(service.rates), max(0, now - since)
        score = rates[rank] * waited
        for other, waiting in enumerate(classes):
            if waiting.size and other != rank:
                ahead[other] = _count_above(waiting, rates[other], score, now=now, ties=other < rank)
        return tuple(ahead)

    def before(self, ahead: tuple[int, ...]) -> tuple[Before, ...]:
        """Of each class that has somebody before him: the head waits longest, and is the first to be before him."""
        found = []
        for rank, count in enumerate(ahead):
            head = self.head(rank) if count else None
            if head is not None:
                found.append(Before(rank=rank, count=count, oldest_since=moment(head[0]), code=self.code(rank)))
        return tuple(found)

    def order(self, service: ServicePoint, *, now: int) -> Iterator[tuple[int, Entry]]:
        """Who is taken next, and next, with his rank: heads of the classes compared, nothing else."""
        strict = service.policy is QueuePolicy.STRICT
        rates = [0 for _ in RANKS] if strict else _rates(service.rates)
        waiting = [iter(each) for each in self.classes]
        heads: list[tuple[int, int, Entry]] = []
        for rank in RANKS:
            _push_head(heads, waiting[rank], rank, rates[rank], now=now)
        while heads:
            _, rank, entry = heads[0]
            yield rank, entry
            heappop(heads)
            _push_head(heads, waiting[rank], rank, rates[rank], now=now)


def rate(service: ServicePoint, rank: int) -> int:
    """Priority per unit of waiting; a class without an agreed rate weighs half the one above it."""
    return _rates(service.rates)[rank]


@lru_cache(maxsize=1024)
def _rates(agreed: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(agreed[rank] if rank < len(agreed) else 1 << (UNTRIAGED - rank) for rank in RANKS)


def _push_head(
    heads: list[tuple[int, int, Entry]], waiting: Iterator[Entry], rank: int, rate: int, *, now: int
) -> None:
    """The next of this class among the heads: most priority first, the lower rank before its equals."""
    entry = next(waiting, None)
    if entry is not None:
        heappush(heads, (-rate * max(0, now - entry[0]), rank, entry))


def _count_above(waiting: Class, rate: int, score: int, *, now: int, ties: bool) -> int:
    """How many of a class have accumulated more than `score` (or as much, where ties go before)."""
    if ties and score == 0:
        return waiting.size
    if rate == 0:
        return 0
    # rate * (now - since) > score, in whole milliseconds: since < now - score / rate
    return waiting.before(now - score // rate if not ties else now - (score + rate - 1) // rate + 1)
