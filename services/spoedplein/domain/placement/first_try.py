"""The requester's own try. By agreement he looks himself first and holds the regie; then the centre takes over.

The rule of the coordination point WSD: a GP tries once himself, then the centre does. Who is in mortal danger does not
wait for it, nor does anybody for whom a place is needed so soon that the warning is due.
"""

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.placement.book import Book
from spoedplein.domain.request import Request
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas.decisions import OwnershipChanged
from spoedplein_schemas.request_decisions import FirstTryBegun, FirstTryEnded, TryEnd
from spoedplein_schemas.views import RequestState as State


class FirstTries:
    def __init__(self, book: Book, *, rules: Rules) -> None:
        self._book = book
        self._rules = rules

    def begun(self, turn: Turn, request: Request) -> bool:
        """Whether the requester tries first; from here on he holds the regie, until a moment that is told."""
        wanted, until = request.wanted, self._until(request, now=turn.now)
        then = self._taken_over_by(request)
        if until is None or then is None:
            return False
        request.state, request.review_at = State.FIRST_TRY, until
        request.owner, request.then_owner = wanted.requester, then
        begun = FirstTryBegun(request=request.id, owner=request.owner, until=moment(until), then=then)
        self._book.decide(turn, request, begun)
        self._book.index(request)
        return True

    def ended(self, turn: Turn, request: Request, end: TryEnd) -> None:
        """Found or not, the centre takes the regie over: it is never absent. The search begins with whoever calls."""
        assert request.then_owner is not None, "somebody takes over"
        previous, then = request.owner, request.then_owner
        self._close(turn, request, end, owner=then)
        request.owner = then
        self._book.decide(turn, request, OwnershipChanged(request=request.id, previous=previous, owner=then))

    def closed(self, turn: Turn, request: Request, end: TryEnd) -> None:
        """The request closes with the try: nothing is left to take over."""
        self._close(turn, request, end, owner=request.owner)

    def handed_over(self, turn: Turn, request: Request, to: str) -> None:
        """He gives the regie away himself: the hand-over says to whom."""
        self._close(turn, request, TryEnd.HANDED_OVER, owner=to)

    def _close(self, turn: Turn, request: Request, end: TryEnd, *, owner: str) -> None:
        request.state, request.review_at, request.then_owner = State.WAITING, turn.now, None
        self._book.decide(turn, request, FirstTryEnded(request=request.id, end=end, owner=owner))
        self._book.index(request)

    def _until(self, request: Request, *, now: int) -> int | None:
        wanted = request.wanted
        minutes = self._rules.first_try_minutes(wanted.profile.care_types[0], wanted.requester_role)
        if minutes is None or self._rules.rank(wanted.profile.urgency).life_threatening:
            return None
        until = now + minutes * MINUTE_MS
        if request.needed_by is not None:
            until = min(until, request.needed_by - self._rules.placement.needed_by_warning_minutes * MINUTE_MS)
        return until if until > now else None

    def _taken_over_by(self, request: Request) -> str | None:
        """The owner that the request names, or the region's centre; nobody when the requester is that himself."""
        wanted, agreements = request.wanted, self._rules.agreements
        if wanted.owner != wanted.requester:
            return wanted.owner
        return agreements.owner if agreements is not None and agreements.owner != wanted.requester else None
