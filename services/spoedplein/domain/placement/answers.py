"""What providers say of what they were offered: yes, no, he is here, and no after all."""

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.availability import Units
from spoedplein.domain.placement.book import Book
from spoedplein.domain.placement.home_care import HomeCare
from spoedplein.domain.placement.labels import Labels
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
from spoedplein_schemas.vocabulary import CareType, millis

#: These refusals say something of the moment, not of the person: a newer report lifts them.
PASSING = (DeclineReason.FULL, DeclineReason.STAFF)


class Answers:
    def __init__(
        self,
        book: Book,
        offers: Offers,
        search: Search,
        *,
        labels: Labels,
        home_care: HomeCare,
        units: Units,
        rules: Rules,
    ) -> None:
        self._book = book
        self._offers = offers
        self._search = search
        self._labels = labels
        self._home_care = home_care
        self._units = units
        self._rules = rules

    def accepted(self, turn: Turn, data: said.OfferAccepted) -> None:
        """The first yes counts: what others hold for this request goes back in the same turn."""
        request = self._book.known(turn, data, data.request)
        if request is None or data.offer == request.accepted:
            return
        offer = self._offers.standing(turn, request, data, data.offer)
        if offer is None:
            self._came_late(turn, request, data.offer)
            return
        del request.offers[offer.unit]
        request.accepted, request.accepted_at = offer.id, millis(data.accepted_at)
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
        self._give_back_the_rest(turn, request)
        self.heed_early(turn, request)

    def _came_late(self, turn: Turn, request: Request, offer_id: str) -> None:
        """A yes after its time promises nothing; who said it may be asked again."""
        for unit_id in [name for name, passed in request.passed.items() if passed.offer == offer_id]:
            del request.passed[unit_id]
            if request.open:
                self._search.place_freed(turn, unit_id)

    def declined(self, turn: Turn, data: said.OfferDeclined) -> None:
        request = self._book.known(turn, data, data.request)
        if request is None or request.ended.get(data.offer) is OfferEnd.DECLINED:
            return
        if data.offer == request.accepted:
            detail = "accepted: take it back with late-rejected"
            self._book.refuse(turn, data, request.id, Refusal.OFFER_LAPSED, detail=detail)
            return
        offer = self._offers.standing(turn, request, data, data.offer)
        if offer is None:
            return
        self._passes(turn, request, offer.unit, data.reason)
        self._offers.end(turn, request, offer.unit, OfferEnd.DECLINED, reason=data.reason)
        self._search.search(turn, request)
        self._search.place_freed(turn, offer.unit)

    def admitted(self, turn: Turn, data: said.PatientAdmitted, *, in_time: bool = True) -> None:
        """One to where he was not placed may have overtaken the override that places him there: it is kept a while."""
        request = self._book.known(turn, data, data.request)
        if request is None or (request.state is State.ADMITTED and request.unit == data.unit):
            return
        agreed = data.unit if data.unit in request.offers else request.unit
        if not request.open:
            self._book.refuse(turn, data, data.request, Refusal.REQUEST_CLOSED)
        elif agreed == data.unit:
            self._admit(turn, request, data)
        elif in_time:
            self._book.keep(turn, request.id, data)
        else:
            named = agreed or ", ".join(sorted(request.offers)) or "none"
            detail = f"agreed: {named}"[:200]
            self._book.refuse(turn, data, data.request, Refusal.NOT_PLACED_THERE, detail=detail)

    def heed_early(self, turn: Turn, request: Request) -> None:
        """He is placed now, and was heard to be there already, or not to be welcome after all: that counts now."""
        assert request.unit is not None, "a placed request has its unit"
        taken_back = self._book.came_early(request.id, request.unit, said.LateRejected)
        for arrived in self._book.came_early(request.id, request.unit, said.PatientAdmitted):
            self.admitted(turn, arrived)
        for rejected in taken_back:
            self.late_rejected(turn, rejected)

    def late_rejected(self, turn: Turn, data: said.LateRejected) -> None:
        """One that overtook the yes that it takes back is refused as things stand, and heeded after the yes."""
        request = self._book.known(turn, data, data.request)
        if request is None:
            return
        rejected_at = millis(data.rejected_at)
        stands = request.state is State.ACCEPTED and request.unit == data.unit
        if not stands or (request.accepted_at is not None and rejected_at < request.accepted_at):
            if data.unit not in request.passed:
                detail = f"agreed: {request.unit or 'none'}"
                self._book.refuse(turn, data, data.request, Refusal.NOT_PLACED_THERE, detail=detail)
            if data.unit in request.offers:
                self._book.keep(turn, request.id, data)
            return
        self._passes(turn, request, data.unit, data.reason)
        if request.accepted is not None:
            request.ended[request.accepted] = OfferEnd.DECLINED
        self._units.release(data.unit, request.id)
        request.unit, request.accepted, request.accepted_at, request.admit_by = None, None, None, None
        request.state, request.review_at = State.WAITING, turn.now
        reopened = PlacementReopened(request=request.id, unit=data.unit, owner=request.owner, reason=data.reason)
        self._book.decide(turn, request, reopened)
        self._book.index(request)
        self._search.search(turn, request)
        self._search.place_freed(turn, data.unit)

    def _passes(self, turn: Turn, request: Request, unit_id: str, reason: DeclineReason) -> None:
        request.passed[unit_id] = Passed(ExclusionCode.DECLINED, reason, turn.now, reason in PASSING)

    def _admit(self, turn: Turn, request: Request, data: said.PatientAdmitted) -> None:
        at = millis(data.admitted_at)
        offer = request.offers.pop(data.unit, None)
        if offer is not None:
            request.accepted = offer.id
        request.unit, request.admitted_at = data.unit, at
        self._units.admit(data.unit, request.id, at=at, now=turn.now)
        unit = self._rules.units.get(data.unit)
        if unit is not None and unit.care_type is CareType.ONGELABELD and request.label is None:
            request.label_review_at = turn.now + self._rules.placement.label_minutes * MINUTE_MS
        self._book.close(turn, request, State.ADMITTED)
        waited = max(0, turn.now - request.opened_at) // 1000
        admitted = PlacementAdmitted(request=request.id, unit=data.unit, to_place_seconds=waited)
        self._book.decide(turn, request, admitted)
        self._labels.flowed_on(turn, request)
        self._home_care.heed_early(turn, request)
        self._give_back_the_rest(turn, request)
        self._search.place_freed(turn, data.unit)

    def _give_back_the_rest(self, turn: Turn, request: Request) -> None:
        for unit_id in self._offers.end_all(turn, request, OfferEnd.WITHDRAWN_ACCEPTED):
            self._search.place_freed(turn, unit_id)
