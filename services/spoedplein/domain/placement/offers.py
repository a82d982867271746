"""Places held and promised: an offer made, answered, ended; a promise given and let go."""

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.availability import Stage, Units
from spoedplein.domain.placement.book import Book
from spoedplein.domain.placement.candidates import Candidate
from spoedplein.domain.placement.shortlist import RUNNERS_UP_MAX, PassedOver, Points
from spoedplein.domain.request import Offer, Request
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas.agreements import Unit
from spoedplein_schemas.decisions import (
    OfferEnd,
    OfferEnded,
    PlacementOffered,
    PromiseReleased,
    Refusal,
)
from spoedplein_schemas.placement import DeclineReason
from spoedplein_schemas.views import RequestState as State
from spoedplein_schemas.vocabulary import Frozen


class Offers:
    def __init__(self, book: Book, *, units: Units, rules: Rules) -> None:
        self._book = book
        self._units = units
        self._rules = rules

    def standing(self, turn: Turn, request: Request, data: Frozen, offer_id: str) -> Offer | None:
        """The offer that is answered; what it became, if it stands no longer."""
        found = next((offer for offer in request.offers.values() if offer.id == offer_id), None)
        if found is None and offer_id in request.ended:
            elsewhere = request.ended[offer_id] is OfferEnd.WITHDRAWN_ACCEPTED
            refusal = Refusal.ACCEPTED_ELSEWHERE if elsewhere else Refusal.OFFER_LAPSED
            self._book.refuse(turn, data, request.id, refusal, detail=request.ended[offer_id])
        elif found is None and offer_id != request.accepted:
            self._book.refuse(turn, data, request.id, Refusal.UNKNOWN_OFFER, detail=offer_id)
        return found

    def chosen(self, request: Request, found: list[Points]) -> list[Points]:
        """Who is asked now: the best, and as many beside him as was agreed for every care that is asked at once."""
        urgency = request.wanted.profile.urgency
        agreed = [self._rules.parallel_offers(offer.care_type, urgency) for offer in request.offers.values()]
        chosen: list[Points] = []
        for candidate in found:
            most = self._rules.parallel_offers(self._rules.units[candidate[1]].care_type, urgency)
            if len(agreed) < min([most, *agreed]):
                agreed.append(most)
                chosen.append(candidate)
        return chosen

    def offer(
        self,
        turn: Turn,
        request: Request,
        candidate: Candidate,
        *,
        passed: PassedOver,
        runners_up: tuple[str, ...],
    ) -> None:
        _, unit_id, score = candidate
        unit = self._rules.units[unit_id]
        basis = self._units.basis(unit, now=turn.now)
        answer_by = self._answer_by(request, unit, now=turn.now)
        request.attempts += 1
        request.state, request.review_at, request.shortfalls = State.OFFERED, None, ()
        offer = request.offers[unit_id] = Offer(turn.next_id(), unit_id, answer_by, unit.care_type)
        self._units.claim(unit_id, request.id, Stage.HELD, now=turn.now)
        self._book.decide(
            turn,
            request,
            PlacementOffered(
                request=request.id,
                offer=offer.id,
                unit=unit_id,
                care_type=unit.care_type,
                attempt=request.attempts,
                answer_by=moment(answer_by),
                owner=request.owner,
                score=score,
                basis=basis,
                excluded=tuple(passed.named),
                not_named=passed.others or None,
                runners_up=runners_up[:RUNNERS_UP_MAX],
            ),
        )
        self._book.index(request)

    def end(
        self, turn: Turn, request: Request, unit_id: str, end: OfferEnd, *, reason: DeclineReason | None = None
    ) -> None:
        """The hold is given back; the request waits again when it was its last."""
        offer = request.offers.pop(unit_id)
        if not request.offers and request.state is State.OFFERED:
            request.state, request.review_at = State.WAITING, turn.now
        request.ended[offer.id] = end
        self._units.release(unit_id, request.id)
        ended = OfferEnded(
            request=request.id,
            offer=offer.id,
            unit=unit_id,
            end=end,
            reason=reason,
            still_open=len(request.offers),
        )
        self._book.decide(turn, request, ended)
        self._book.index(request)

    def end_all(self, turn: Turn, request: Request, end: OfferEnd) -> list[str]:
        """Every offer that still stands; the units that have a place more now."""
        units = sorted(request.offers)
        for unit_id in units:
            self.end(turn, request, unit_id, end)
        return units

    def promise(self, turn: Turn, request: Request, unit_id: str) -> None:
        request.state, request.unit, request.review_at = State.ACCEPTED, unit_id, None
        request.overdue_since, request.shortfalls = None, ()
        request.admit_by = self._book.admit_by(request, now=turn.now)
        self._units.claim(unit_id, request.id, Stage.PROMISED, now=turn.now)
        self._book.index(request)

    def let_go(self, turn: Turn, request: Request, end: OfferEnd) -> list[str]:
        """Give back what the request holds or was promised; the units that have a place more now."""
        if request.offers:
            return self.end_all(turn, request, end)
        released, accepted = request.unit, request.accepted
        if released is None or accepted is None:
            return []
        request.ended[accepted] = end
        self._units.release(released, request.id)
        request.state, request.review_at = State.WAITING, turn.now
        request.unit, request.accepted, request.accepted_at, request.admit_by = None, None, None, None
        released_now = PromiseReleased(request=request.id, offer=accepted, unit=released, end=end)
        self._book.decide(turn, request, released_now)
        return [released]

    def _answer_by(self, request: Request, unit: Unit, *, now: int) -> int:
        """The agreed time; no longer than until the place is needed."""
        agreed = now + self._rules.rule(unit.care_type).answer_minutes * MINUTE_MS
        needed = request.needed_by
        return min(agreed, needed) if needed is not None and needed > now else agreed
