"""Places held and promised: an offer made, answered, ended; a promise given and let go."""

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.availability import Stage, Units
from spoedplein.domain.placement.book import Book
from spoedplein.domain.placement.candidates import Candidate
from spoedplein.domain.request import Offer, Request
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas.decisions import (
    Exclusion,
    OfferEnd,
    OfferEnded,
    PlacementOffered,
    PromiseReleased,
    Refusal,
)
from spoedplein_schemas.placement import DeclineReason
from spoedplein_schemas.views import RequestState as State
from spoedplein_schemas.vocabulary import Frozen

#: At most so many runners-up are named beside an offer.
RUNNERS_UP_MAX = 5


class Offers:
    def __init__(self, book: Book, *, units: Units, rules: Rules) -> None:
        self._book = book
        self._units = units
        self._rules = rules

    def standing(self, turn: Turn, request: Request, data: Frozen, offer_id: str) -> Offer | None:
        if request.offer is not None and request.offer.id == offer_id:
            return request.offer
        if offer_id in request.ended:
            self._book.refuse(turn, data, request.id, Refusal.OFFER_LAPSED, detail=request.ended[offer_id])
        elif offer_id != request.accepted:
            self._book.refuse(turn, data, request.id, Refusal.UNKNOWN_OFFER, detail=offer_id)
        return None

    def offer(
        self,
        turn: Turn,
        request: Request,
        found: list[Candidate],
        excluded: tuple[Exclusion, ...],
    ) -> None:
        _, unit_id, score = found[0]
        unit = self._rules.units[unit_id]
        basis = self._units.basis(unit, now=turn.now)
        answer_by = turn.now + self._rules.rule(unit.care_type).answer_minutes * MINUTE_MS
        request.attempts += 1
        request.state, request.review_at = State.OFFERED, None
        request.offer = Offer(turn.next_id(), unit_id, answer_by)
        self._units.claim(unit_id, request.id, Stage.HELD, now=turn.now)
        self._book.decide(
            turn,
            request,
            PlacementOffered(
                request=request.id,
                offer=request.offer.id,
                unit=unit_id,
                care_type=unit.care_type,
                attempt=request.attempts,
                answer_by=moment(answer_by),
                owner=request.owner,
                score=score,
                basis=basis,
                excluded=excluded,
                runners_up=tuple(name for _, name, _ in found[1 : 1 + RUNNERS_UP_MAX]),
            ),
        )
        self._book.index(request)

    def end(self, turn: Turn, request: Request, end: OfferEnd, *, reason: DeclineReason | None = None) -> None:
        offer = request.offer
        assert offer is not None, "only a standing offer ends"
        request.offer, request.state, request.review_at = None, State.WAITING, turn.now
        request.ended[offer.id] = end
        self._units.release(offer.unit, request.id)
        self._book.decide(
            turn, request, OfferEnded(request=request.id, offer=offer.id, unit=offer.unit, end=end, reason=reason)
        )
        self._book.index(request)

    def promise(self, turn: Turn, request: Request, unit_id: str) -> None:
        request.state, request.unit, request.review_at = State.ACCEPTED, unit_id, None
        request.overdue_since = None
        request.admit_by = turn.now + self._rules.placement.admit_minutes * MINUTE_MS
        self._units.claim(unit_id, request.id, Stage.PROMISED, now=turn.now)
        self._book.index(request)

    def let_go(self, turn: Turn, request: Request, end: OfferEnd) -> str | None:
        """Give back what the request holds or was promised; the unit that has a place more now."""
        if request.offer is not None:
            unit_id = request.offer.unit
            self.end(turn, request, end)
            return unit_id
        released, accepted = request.unit, request.accepted
        if released is None or accepted is None:
            return None
        request.ended[accepted] = end
        self._units.release(released, request.id)
        request.state, request.review_at = State.WAITING, turn.now
        request.unit, request.accepted, request.accepted_at, request.admit_by = None, None, None, None
        self._book.decide(turn, request, PromiseReleased(request=request.id, offer=accepted, unit=released, end=end))
        return released
