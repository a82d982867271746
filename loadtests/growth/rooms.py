"""The core's queues, and the whole core, with 100 to 1,000,000 patients waiting at twelve HAPs.

`queue operation` is `domain.queue` alone: facts, route, place in line, deadlines, and the decision with its explained
position. `event with waiting` is `Region.step`: all that follows from one message of the log.
"""

from collections.abc import Iterator, Sequence
from itertools import count, islice
from typing import Final

from loadtests.bars import OURS
from loadtests.growth.patients import NOW, SITES, agreed, case, code, key, patients, since, site_of
from loadtests.growth.story import Story
from loadtests.growth.turns import Turns, settled
from loadtests.results import Figure
from spoedplein.domain.agreements import Rules
from spoedplein.domain.queue import Queues
from spoedplein.domain.timers import Timers
from spoedplein.domain.turn import Turn
from spoedplein.testing.builders import REGION
from spoedplein_schemas.views import QueueBoard
from spoedplein_schemas.vocabulary import CareType

QUEUE: Final = "queue operation"
EVENT: Final = "event with waiting"
AT_ONCE: Final = 10
CYCLES: Final = 12
HAP: Final = CareType.HAP


class Room:
    """The queues of a region, with so many waiting."""

    def __init__(self, waiting: int) -> None:
        self.waiting = waiting
        self._numbers: Iterator[int] = count(waiting)
        known = {each.key: each for each in patients(waiting)}
        self.queues = Queues(known, rules=Rules(agreed()), timers=Timers())

    def cycle(self, turns: Turns) -> None:
        """Somebody is added when he is registered and triaged; half of them are taken, half of them go."""
        came = list(islice(self._numbers, 2 * AT_ONCE))
        turns.timed(self._of("add"), self.add, came, whole=True)
        turns.timed(self._of("re-triage"), self._retriaged, came, whole=True)
        turns.timed(self._of("board"), self._board, came[:2])
        turns.timed(self._of("take"), self._taken, came[:AT_ONCE], whole=True)
        turns.timed(self._of("cancel"), self._gone, came[AT_ONCE:], whole=True)
        for number in came:
            self.queues.forget(key(number))
        self.queues.take_moved()

    def add(self, number: int) -> None:
        self.queues.arrived(_turn(), case=case(number), site=site_of(number), service=HAP, at=since(number))
        self._triaged(number)

    def _of(self, operation: str) -> dict[str, str | float]:
        return {"path": OURS, "operation": operation, "waiting": self.waiting}

    def _retriaged(self, number: int) -> None:
        self._triaged(number, later=1)

    def _triaged(self, number: int, *, later: int = 0) -> None:
        """Explains the position in its decision; `later` he is of another class."""
        urgency, at = code(number + later * len(SITES)), since(number) + later
        self.queues.triaged(_turn(), case=case(number), site=site_of(number), service=HAP, urgency=urgency, at=at)

    def _board(self, number: int) -> QueueBoard:
        return self.queues.board(site_of(number), HAP, now=NOW)

    def _taken(self, number: int) -> None:
        self.queues.taken(_turn(), case=case(number), site=site_of(number), service=HAP, at=NOW)

    def _gone(self, number: int) -> None:
        self.queues.gone(_turn(), case=case(number), site=site_of(number), service=HAP, outcome="cancelled", at=NOW)


def _turn() -> Turn:
    return Turn(REGION, 1, NOW, "e-1", "2026.1")


def queues(sizes: Sequence[int], *, rounds: int) -> list[Figure]:
    turns, rooms = Turns(QUEUE), [Room(size) for size in sizes]
    settled()
    for _ in range(rounds):
        for room in rooms:
            for _ in range(CYCLES):
                room.cycle(turns)
        turns.end_round()
    return turns.figures()


def events(sizes: Sequence[int], *, rounds: int) -> list[Figure]:
    turns = Turns(EVENT)
    stories = [(size, Story.of(agreed(), waiting=size)) for size in sizes]
    settled()
    for _ in range(rounds):
        for size, story in stories:
            for _ in range(CYCLES):
                for kind, records in story.visits(AT_ONCE):
                    turns.timed({"kind": kind, "waiting": size}, story.region.step, records, whole=True)
                story.region.views()
        turns.end_round()
    return turns.figures()
