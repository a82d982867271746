"""One queue as a data structure, ours beside others, with 100 to 1,000,000 waiting."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Final

from loadtests.growth.patients import NOW, key, rank, since
from loadtests.growth.rivals import ACCUMULATING, STRICT, Kept, Waiting
from loadtests.growth.turns import Turns, settled
from loadtests.results import Check, Figure

FIGURE: Final = "structure"
OPERATIONS: Final = ("add", "take", "cancel", "re-triage", "position", "board")
#: So many of each operation before the next; as many come as go, so that a small queue stays small.
AT_ONCE: Final = 10
CYCLES: Final = 30
#: Every so many-eth patient, so that few are spread over the hour as well and lower classes overtake higher ones.
SPREAD: Final = 1009


@dataclass(slots=True)
class Queue:
    """One way to keep it, with so many waiting."""

    path: str
    waiting: int
    kept: Kept
    numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        for waiting in self._next(self.waiting):
            self.kept.add(waiting)

    def cycle(self, turns: Turns) -> None:
        """Some come, are looked up, triaged anew, and go; some are taken, and put back outside of the clock."""
        came = self._next(AT_ONCE)
        names = [waiting.key for waiting in came]
        turns.timed(self._of("add"), self.kept.add, came, whole=True)
        turns.timed(self._of("position"), lambda name: self.kept.ahead(name, NOW), names)
        turns.timed(self._of("board"), lambda _: self.kept.board(NOW), range(2))
        turns.timed(self._of("re-triage"), self._retriage, names, whole=True)
        turns.timed(self._of("cancel"), self.kept.cancel, names, whole=True)
        for waiting in turns.timed(self._of("take"), lambda _: self.kept.take(NOW), range(AT_ONCE)):
            self.kept.add(waiting)

    def _of(self, operation: str) -> dict[str, str | float]:
        return {"path": self.path, "operation": operation, "waiting": self.waiting}

    def _next(self, size: int) -> list[Waiting]:
        return [Waiting(rank(number), since(number), key(number)) for number in islice(self.numbers, size)]

    def _retriage(self, name: str) -> None:
        gone = self.kept.cancel(name)
        self.kept.add(gone._replace(rank=1 + gone.rank % 4))


def measure(sizes: Sequence[int], *, rounds: int) -> list[Figure]:
    """Figures of each operation, called `FIGURE: operation`."""
    turns = Turns(FIGURE)
    queues = [Queue(path, size, new()) for size in sizes for path, new in {**ACCUMULATING, **STRICT}.items()]
    settled()
    for _ in range(rounds):
        for queue in queues:
            for _ in range(CYCLES):
                queue.cycle(turns)
        turns.end_round()
    return sorted((_named(figure) for figure in turns.figures()), key=lambda figure: figure.name)


def _named(figure: Figure) -> Figure:
    of = dict(figure.of)
    return figure.model_copy(update={"name": f"{FIGURE}: {of.pop('operation')}", "of": of})


def check(waiting: int) -> Check:
    """Whether those of one policy take the same patients in the same order; a fast queue that is wrong is none."""
    faults = []
    for policy, ways in (("accumulating", ACCUMULATING), ("strict", STRICT)):
        orders = {path: _order(Queue(path, waiting, new(), numbers=count(0, SPREAD))) for path, new in ways.items()}
        if len(set(orders.values())) > 1:
            faults.append(f"{policy}: {' and '.join(orders)} differ")
    told = "; ".join(faults) or f"the same {waiting} patients in the same order, from the same places"
    return Check(name="queues of one policy agree", passed=not faults, told=told)


def _order(queue: Queue) -> tuple[tuple[int, str], ...]:
    """Everybody as he is taken, each with how many were said to be before him at that moment: none."""
    found = []
    board = [waiting.key for waiting in queue.kept.board(NOW)]
    for place in range(queue.waiting):
        name = board[place] if place < len(board) else None
        ahead = 0 if name is None else queue.kept.ahead(name, NOW)
        taken = queue.kept.take(NOW)
        assert name is None or name == taken.key, f"{queue.path}: the board says {name}, {taken.key} was taken"
        found.append((ahead, taken.key))
    return tuple(found)
