"""The book of requests: who waits for which care, whose deadline is next, and what was decided of each.

An open request always has an owner and a next deadline.
"""

from sortedcontainers import SortedList

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.request import Early, Request
from spoedplein.domain.timers import Timer, Timers
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas.decisions import CommandRefused, Refusal
from spoedplein_schemas.views import OpenRequest
from spoedplein_schemas.views import RequestState as State
from spoedplein_schemas.vocabulary import CareType, Frozen

#: Answers may trail in for a day after a request was closed; then it is forgotten.
KEEP_MS = 24 * 60 * MINUTE_MS


class Book:
    """Every request of a region. `early` holds cancellations that overtook their request."""

    def __init__(self, requests: dict[str, Request], early: dict[str, Early], *, rules: Rules, timers: Timers) -> None:
        self.requests = requests
        self.early = early
        self.waiting: dict[CareType, SortedList[tuple[int, int, str]]] = {care: SortedList() for care in CareType}
        self._rules = rules
        self._timers = timers
        for request in requests.values():
            self.index(request)
        for name, overtook in early.items():
            self._timers.set(Timer.FORGET_REQUEST, name, overtook.heard_at + KEEP_MS)
        self.changed = False

    def open(self, request: Request) -> None:
        self.requests[request.id] = request
        self.index(request)

    def overtook(self, turn: Turn, early: Early) -> None:
        """Keep what was said of a request that we do not know yet."""
        self.early[early.said.request] = early
        self._timers.set(Timer.FORGET_REQUEST, early.said.request, turn.now + KEEP_MS)

    def close(self, turn: Turn, request: Request, state: State) -> None:
        request.state, request.closed_at = state, turn.now
        request.admit_by, request.review_at = None, None
        self.index(request)

    def known(self, turn: Turn, data: Frozen, request_id: str) -> Request | None:
        request = self.requests.get(request_id)
        if request is None:
            self.refuse(turn, data, request_id, Refusal.UNKNOWN_REQUEST)
        return request

    def refuse(self, turn: Turn, data: Frozen, subject: str, refusal: Refusal, *, detail: str | None = None) -> None:
        command = type(data).__name__
        turn.decide(CommandRefused(command=command, subject=subject, refusal=refusal, detail=detail), subject=subject)

    def decide(self, turn: Turn, request: Request, data: Frozen) -> None:
        self.changed = True
        self._schedule(request)
        turn.decide(data, subject=request.id)

    def key(self, request: Request) -> tuple[int, int, str]:
        return (self._rules.rank(request.wanted.profile.urgency).rank, request.opened_at, request.id)

    def index(self, request: Request) -> None:
        """Keep the lists of who waits for which care, and the deadlines, in line with the request's state."""
        self.changed = True
        self._schedule(request)
        key, waits = self.key(request), request.state is State.WAITING
        for care_type in request.wanted.profile.care_types:
            line = self.waiting[care_type]
            if waits and key not in line:
                line.add(key)
            elif not waits:
                line.discard(key)

    def _schedule(self, request: Request) -> None:
        answer_by = request.offer.answer_by if request.offer else None
        self._timers.set(Timer.OFFER, request.id, None if answer_by is None else answer_by + 1)
        self._timers.set(Timer.ADMISSION, request.id, None if request.admit_by is None else request.admit_by + 1)
        self._timers.set(Timer.REVIEW, request.id, request.review_at)
        if request.closed_at is not None:
            self._timers.set(Timer.FORGET_REQUEST, request.id, request.closed_at + KEEP_MS)

    def forget(self, request_id: str) -> None:
        self.early.pop(request_id, None)
        self.requests.pop(request_id, None)

    def open_views(self, *, limit: int) -> tuple[OpenRequest, ...]:
        """Open requests, most urgent first."""
        found = sorted((self.key(request), request) for request in self.requests.values() if request.open)
        return tuple(
            OpenRequest(
                request=request.id,
                owner=request.owner,
                care_types=request.wanted.profile.care_types,
                urgency=request.wanted.profile.urgency,
                state=request.state,
                since=moment(request.opened_at),
                next_deadline=moment(request.deadline),
                unit=request.offer.unit if request.offer else request.unit,
            )
            for _, request in found[:limit]
        )

    def open_total(self) -> int:
        return sum(request.open for request in self.requests.values())
