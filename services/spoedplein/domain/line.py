"""One queue as a data structure: a sorted class per rank, and who needs help now outside of them.

Both policies only ever compare the heads of the classes. Adding, taking, leaving and moving between classes cost the
logarithm of what waits; a position costs the number of classes on top of that.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sortedcontainers import SortedList

from spoedplein_schemas.agreements import QueuePolicy, ServicePoint

#: Rank of a patient who waits for triage: after every class that a professional assigned.
UNTRIAGED = 5
RANKS = range(6)

#: Start of waiting in milliseconds, and the patient's key: the order inside a class.
Entry = tuple[int, str]


class Standing(NamedTuple):
    """Where a waiting patient stands; no rank for who needs help now. `due` is a norm that is not breached yet."""

    rank: int | None
    entry: Entry
    due: int | None
    breached: bool
    code: str | None


class Line:
    def __init__(self) -> None:
        self.classes: tuple[SortedList[Entry], ...] = tuple(SortedList() for _ in RANKS)
        self.immediate: SortedList[Entry] = SortedList()
        self.breaches = [0 for _ in RANKS]
        self.left_unseen = 0
        self._dues: tuple[SortedList[Entry], ...] = tuple(SortedList() for _ in RANKS)
        self._codes: tuple[dict[str | None, int], ...] = tuple({} for _ in RANKS)

    def add(self, standing: Standing) -> None:
        rank, entry, due, breached, code = standing
        if rank is None:
            self.immediate.add(entry)
            return
        self.classes[rank].add(entry)
        self.breaches[rank] += breached
        self._codes[rank][code] = self._codes[rank].get(code, 0) + 1
        if due is not None:
            self._dues[rank].add((due, entry[1]))

    def remove(self, standing: Standing) -> None:
        rank, entry, due, breached, code = standing
        if rank is None:
            self.immediate.remove(entry)
            return
        self.classes[rank].remove(entry)
        self.breaches[rank] -= breached
        self._codes[rank][code] -= 1
        if not self._codes[rank][code]:
            del self._codes[rank][code]
        if due is not None:
            self._dues[rank].remove((due, entry[1]))

    def head(self, rank: int) -> Entry | None:
        """Who waits longest in this class."""
        waiting = self.classes[rank]
        return waiting[0] if waiting else None

    def next_due(self, rank: int) -> int | None:
        """The next norm of this class that can still be met."""
        return self._dues[rank][0][0] if self._dues[rank] else None

    def code(self, rank: int) -> str | None:
        """What everybody in this class was assigned, if that is one code."""
        return next(iter(self._codes[rank])) if len(self._codes[rank]) == 1 else None

    def ahead(self, service: ServicePoint, rank: int, entry: Entry, *, now: int) -> tuple[int, ...]:
        """Per rank, how many would be taken before this patient if nobody else came."""
        if service.policy is QueuePolicy.STRICT:
            before = [len(self.classes[other]) for other in range(rank)]
            return (*before, self.classes[rank].index(entry), *(0 for _ in RANKS[rank + 1 :]))
        score = rate(service, rank) * max(0, now - entry[0])
        return tuple(
            self.classes[rank].index(entry)
            if other == rank
            else _count_above(self.classes[other], rate(service, other), score, now=now, ties=other < rank)
            for other in RANKS
        )

    def order(self, service: ServicePoint, *, now: int) -> Iterator[tuple[int, Entry]]:
        """Who is taken next, and next, with his rank: heads of the classes compared, nothing else."""
        heads = [iter(waiting) for waiting in self.classes]
        firsts = [next(head, None) for head in heads]
        strict = service.policy is QueuePolicy.STRICT
        while True:
            best: tuple[int, int] | None = None
            for rank, first in enumerate(firsts):
                if first is not None:
                    score = 0 if strict else -rate(service, rank) * max(0, now - first[0])
                    if best is None or (score, rank) < best:
                        best = (score, rank)
            if best is None:
                return
            taken = firsts[best[1]]
            assert taken is not None, "only a class with somebody in it can be best"
            yield best[1], taken
            firsts[best[1]] = next(heads[best[1]], None)


def rate(service: ServicePoint, rank: int) -> int:
    """Priority per unit of waiting; a class without an agreed rate weighs half the one above it."""
    return service.rates[rank] if rank < len(service.rates) else 1 << (UNTRIAGED - rank)


def _count_above(waiting: SortedList[Entry], rate: int, score: int, *, now: int, ties: bool) -> int:
    """How many of a class have accumulated more than `score` (or as much, where ties go before)."""
    if ties and score == 0:
        return len(waiting)
    if rate == 0:
        return 0
    # rate * (now - since) > score, in whole milliseconds: since < now - score / rate
    limit = now - score // rate if not ties else now - (score + rate - 1) // rate + 1
    return waiting.bisect_left((limit, ""))
