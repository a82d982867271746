"""Professionals who take patients one at a time: a small queue of the simulated world, not the one under test."""

from collections.abc import Callable
from dataclasses import dataclass

from spoedplein.testing.world import World

#: Begins the care of a patient and says how long it takes, in milliseconds.
Begin = Callable[[], int]


@dataclass(slots=True)
class Ticket:
    rank: int
    since_ms: int
    number: int
    begin: Begin


class Crew:
    def __init__(self, world: World, hands: int) -> None:
        self.hands = hands
        self.waiting: list[Ticket] = []
        self._world = world
        self._busy = 0
        self._number = 0

    def waits(self, rank: int, begin: Begin) -> Ticket:
        """Rank 0 is helped at once, whoever must be called for it."""
        self._number += 1
        ticket = Ticket(rank, self._world.now_ms, self._number, begin)
        if rank == 0:
            ticket.begin()
        else:
            self.waiting.append(ticket)
            self._take()
        return ticket

    def reranked(self, ticket: Ticket, rank: int) -> None:
        if ticket in self.waiting:
            ticket.rank = rank
            if rank == 0:
                self.waiting.remove(ticket)
                ticket.begin()

    def leaves(self, ticket: Ticket) -> bool:
        """Whether he was still waiting."""
        if ticket in self.waiting:
            self.waiting.remove(ticket)
            return True
        return False

    def staffed(self, hands: int) -> None:
        self.hands = hands
        self._take()

    def _take(self) -> None:
        while self.waiting and self._busy < self.hands:
            first = min(self.waiting, key=lambda ticket: (ticket.rank, ticket.since_ms, ticket.number))
            self.waiting.remove(first)
            self._busy += 1
            self._world.after(first.begin(), self._done)

    def _done(self) -> None:
        self._busy -= 1
        self._take()
