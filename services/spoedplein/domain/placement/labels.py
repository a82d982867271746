"""The label of a stay in a no-label bed: decided and dated during the stay, asked for when it stays away.

Who lies in an unlabelled bed cannot be at home, and which care this is was unknown at the door. A request that follows
from the stay names it; when its patient is admitted, the stay is over.
"""

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.placement.book import Book
from spoedplein.domain.request import Request
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas import placement as said
from spoedplein_schemas.decisions import LabelRecorded, Refusal
from spoedplein_schemas.request_decisions import FlowOnLinked, LabelDue
from spoedplein_schemas.vocabulary import millis

#: After so many reminders nobody will; the stay is forgotten like one that got its label.
REMINDERS_MAX = 5


class Labels:
    def __init__(self, book: Book, *, rules: Rules) -> None:
        self._book = book
        self._rules = rules

    def decided(self, turn: Turn, data: said.LabelDecided) -> None:
        request = self._book.known(turn, data, data.request)
        if request is None:
            return
        at = millis(data.decided_at)
        if request.label_at is not None and (at, data.label) <= (request.label_at, request.label):
            return
        if request.unit != data.unit:
            detail = f"agreed: {request.unit or 'none'}"
            self._book.refuse(turn, data, data.request, Refusal.NOT_PLACED_THERE, detail=detail)
            return
        request.label, request.label_at = data.label, at
        recorded = LabelRecorded(request=request.id, unit=data.unit, label=data.label, decided_at=data.decided_at)
        self._settle(turn, request)
        self._book.decide(turn, request, recorded)

    def due(self, turn: Turn, request_id: str) -> None:
        """No label yet: the owner is told, and told again as often as was said above."""
        request = self._book.requests[request_id]
        assert request.unit is not None, "only a stay waits for a label"
        assert request.closed_at is not None, "and it began with an admission"
        request.label_reminders += 1
        last = request.label_reminders == REMINDERS_MAX
        review_at = None if last else turn.now + self._rules.placement.label_minutes * MINUTE_MS
        request.label_review_at = review_at
        if last:
            request.settled_at = turn.now
        self._book.decide(
            turn,
            request,
            LabelDue(
                request=request.id,
                unit=request.unit,
                owner=request.owner,
                admitted_at=moment(request.closed_at),
                reminders=request.label_reminders,
                review_at=None if review_at is None else moment(review_at),
            ),
        )

    def link(self, turn: Turn, request: Request) -> None:
        """Tell from which stay the request follows, when it says so."""
        follows = request.wanted.follows
        if follows is None:
            return
        stay = self._book.requests.get(follows)
        unit, label = (None, None) if stay is None else (stay.unit, stay.label)
        linked = FlowOnLinked(request=request.id, follows=follows, unit=unit, label=label)
        self._book.decide(turn, request, linked)

    def flowed_on(self, turn: Turn, request: Request) -> None:
        """Its patient is in his next place: the stay that it followed needs no label any more."""
        stay = self._book.requests.get(request.wanted.follows or "")
        if stay is not None and stay.label_review_at is not None:
            self._settle(turn, stay)
            self._book.index(stay)

    def _settle(self, turn: Turn, request: Request) -> None:
        if request.label_review_at is not None:
            request.label_review_at, request.settled_at = None, turn.now
