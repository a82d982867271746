"""What providers say of what they were offered: yes, no, he is here, and no after all."""

from spoedplein.domain.availability import Units
from spoedplein.domain.placement.book import Book
from spoedplein.domain.placement.offers import Offers
from spoedplein.domain.placement.search import Search
from spoedplein.domain.request import Passed, Request
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas import placement as said
from spoedplein_schemas.decisions import (
    ExclusionCode,
    OfferEnd,
    PlacementAccepted,
    PlacementAdmitted,
    PlacementReopened,
    Refusal,
)
from spoedplein_schemas.placement import DeclineReason
from spoedplein_schemas.views import RequestState as State
from spoedplein_schemas.vocabulary import millis

#: These refusals say something of the moment, not of the person: a newer report lifts them.
PASSING = (DeclineReason.FULL, DeclineReason.STAFF)


class Answers:
    def __init__(self, book: Book, offers: Offers, search: Search, *, units: Units) -> None:
        self._book = book
        self._offers = offers
        self._search = search
        self._units = units

    def accepted(self, turn: Turn, data: said.OfferAccepted) -> None:
        request = self._book.known(turn, data, data.request)
        if request is None or data.offer == request.accepted:
            return
        offer = self._offers.standing(turn, request, data, data.offer)
        if offer is None:
            return
        request.accepted, request.accepted_at, request.offer = offer.id, millis(data.accepted_at), None
        self._offers.promise(turn, request, offer.unit)
        assert request.admit_by is not None, "a promised place has a time to be taken"
        self._book.decide(
            turn,
            request,
            PlacementAccepted(
                request=request.id,
                offer=offer.id,
                unit=offer.unit,
                owner=request.owner,
                admit_by=moment(request.admit_by),
            ),
        )

    def declined(self, turn: Turn, data: said.OfferDeclined) -> None:
        request = self._book.known(turn, data, data.request)
        if request is None or request.ended.get(data.offer) is OfferEnd.DECLINED:
            return
        if data.offer == request.accepted:
            self._book.refuse(
                turn, data, request.id, Refusal.OFFER_LAPSED, detail="accepted: take it back with late-rejected"
            )
            return
        offer = self._offers.standing(turn, request, data, data.offer)
        if offer is None:
            return
        lifts = data.reason in PASSING
        request.passed[offer.unit] = Passed(ExclusionCode.DECLINED, data.reason, turn.now, lifts)
        self._offers.end(turn, request, OfferEnd.DECLINED, reason=data.reason)
        self._search.search(turn, request)
        self._search.place_freed(turn, offer.unit)

    def admitted(self, turn: Turn, data: said.PatientAdmitted) -> None:
        request = self._book.known(turn, data, data.request)
        if request is None or (request.state is State.ADMITTED and request.unit == data.unit):
            return
        unit = request.offer.unit if request.offer is not None else request.unit
        if not request.open:
            self._book.refuse(turn, data, data.request, Refusal.REQUEST_CLOSED)
        elif unit != data.unit:
            self._book.refuse(turn, data, data.request, Refusal.NOT_PLACED_THERE, detail=f"agreed: {unit or 'none'}")
        else:
            self._admit(turn, request, data)

    def late_rejected(self, turn: Turn, data: said.LateRejected) -> None:
        request = self._book.known(turn, data, data.request)
        if request is None:
            return
        rejected_at = millis(data.rejected_at)
        stands = request.state is State.ACCEPTED and request.unit == data.unit
        if not stands or (request.accepted_at is not None and rejected_at < request.accepted_at):
            if data.unit not in request.passed:
                detail = f"agreed: {request.unit or 'none'}"
                self._book.refuse(turn, data, data.request, Refusal.NOT_PLACED_THERE, detail=detail)
            return
        lifts = data.reason in PASSING
        request.passed[data.unit] = Passed(ExclusionCode.DECLINED, data.reason, turn.now, lifts)
        if request.accepted is not None:
            request.ended[request.accepted] = OfferEnd.DECLINED
        self._units.release(data.unit, request.id)
        request.unit, request.accepted, request.accepted_at, request.admit_by = None, None, None, None
        request.state, request.review_at = State.WAITING, turn.now
        self._book.decide(
            turn,
            request,
            PlacementReopened(request=request.id, unit=data.unit, owner=request.owner, reason=data.reason),
        )
        self._book.index(request)
        self._search.search(turn, request)
        self._search.place_freed(turn, data.unit)

    def _admit(self, turn: Turn, request: Request, data: said.PatientAdmitted) -> None:
        at = millis(data.admitted_at)
        if request.offer is not None:
            request.accepted, request.offer = request.offer.id, None
        request.unit = data.unit
        self._units.admit(data.unit, request.id, at=at)
        self._book.close(turn, request, State.ADMITTED)
        waited = max(0, turn.now - request.opened_at) // 1000
        self._book.decide(turn, request, PlacementAdmitted(request=request.id, unit=data.unit, to_place_seconds=waited))
        self._search.place_freed(turn, data.unit)
