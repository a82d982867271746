"""What requesters, owners and coordinators say of a request: asked, cancelled, labelled, handed over, overridden."""

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.availability import Units
from spoedplein.domain.eligibility import set_aside
from spoedplein.domain.placement.answers import Answers
from spoedplein.domain.placement.book import Book
from spoedplein.domain.placement.candidates import Candidates
from spoedplein.domain.placement.offers import Offers
from spoedplein.domain.placement.search import Search
from spoedplein.domain.request import Early, Request
from spoedplein.domain.timers import Timers
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas import placement as said
from spoedplein_schemas.decisions import (
    AdmissionOverdue,
    LabelRecorded,
    OfferEnd,
    OverrideRecorded,
    OwnershipChanged,
    PlacementAccepted,
    PlacementCancelled,
    Refusal,
)
from spoedplein_schemas.views import RequestState as State
from spoedplein_schemas.vocabulary import millis


class Requests:
    """The door of placement, and its parts: `book`, `search` and `answers`."""

    def __init__(
        self,
        requests: dict[str, Request],
        early: dict[str, Early],
        *,
        units: Units,
        rules: Rules,
        timers: Timers,
    ) -> None:
        self.book = Book(requests, early, rules=rules, timers=timers)
        self._candidates = Candidates(units=units, rules=rules)
        self.keep_free = self._candidates.keep_free
        self._offers = Offers(self.book, units=units, rules=rules)
        self.search = Search(self.book, self._candidates, self._offers, units=units, rules=rules)
        self.answers = Answers(self.book, self._offers, self.search, units=units)
        self._units = units
        self._rules = rules

    def requested(self, turn: Turn, data: said.PlacementRequested) -> None:
        if data.request in self.book.requests:
            return
        request = Request(wanted=data, owner=data.owner, opened_at=turn.now, review_at=turn.now)
        self.book.open(request)
        overtook = self.book.early.pop(data.request, None)
        if overtook is not None:
            self.cancelled(turn, overtook.said)
        else:
            self.search.search(turn, request)

    def give_back(self, turn: Turn, request: Request, end: OfferEnd) -> list[str]:
        """What is held or promised for it here is free again; the units that have a place more now."""
        freed = self._offers.let_go(turn, request, end)
        return [] if freed is None else [freed]

    def cancelled(self, turn: Turn, data: said.RequestCancelled) -> None:
        request = self.book.requests.get(data.request)
        if request is None:
            if data.request not in self.book.early:
                self.book.overtook(turn, Early(data, turn.now))
            return
        if request.state is State.CANCELLED:
            return
        if request.state is State.ADMITTED:
            self.book.refuse(turn, data, data.request, Refusal.REQUEST_CLOSED)
            return
        freed = self._offers.let_go(turn, request, OfferEnd.WITHDRAWN_CANCELLED)
        self.book.close(turn, request, State.CANCELLED)
        self.book.decide(turn, request, PlacementCancelled(request=request.id, reason=data.reason))
        if freed is not None:
            self.search.place_freed(turn, freed)

    def label_decided(self, turn: Turn, data: said.LabelDecided) -> None:
        request = self.book.known(turn, data, data.request)
        if request is None:
            return
        at = millis(data.decided_at)
        if request.label_at is not None and (at, data.label) <= (request.label_at, request.label):
            return
        if request.unit != data.unit:
            self.book.refuse(
                turn, data, data.request, Refusal.NOT_PLACED_THERE, detail=f"agreed: {request.unit or 'none'}"
            )
            return
        request.label, request.label_at = data.label, at
        self.book.decide(
            turn,
            request,
            LabelRecorded(request=request.id, unit=data.unit, label=data.label, decided_at=data.decided_at),
        )

    def ownership_handed_over(self, turn: Turn, data: said.OwnershipHandedOver) -> None:
        request, at = self.book.known(turn, data, data.request), millis(data.handed_over_at)
        if request is None or (request.owned_at is not None and at < request.owned_at):
            return
        if request.owner == data.to_owner:
            request.owned_at = at
        elif not request.open:
            self.book.refuse(turn, data, data.request, Refusal.REQUEST_CLOSED)
        elif request.owner != data.from_owner:
            self.book.refuse(turn, data, data.request, Refusal.NOT_THE_OWNER, detail=f"owner: {request.owner}")
        else:
            previous, request.owner, request.owned_at = request.owner, data.to_owner, at
            self.book.decide(
                turn, request, OwnershipChanged(request=request.id, previous=previous, owner=request.owner)
            )

    def overridden(self, turn: Turn, data: said.PlacementOverridden) -> None:
        """A professional places by his own judgement: recorded with what he set aside, never held back."""
        request, at = self.book.known(turn, data, data.request), millis(data.overridden_at)
        if request is None or (request.overridden_at is not None and at <= request.overridden_at):
            return
        if request.state in (State.ACCEPTED, State.ADMITTED) and request.unit == data.unit:
            request.overridden_at = at
            return
        unit = self._rules.units.get(data.unit)
        if not request.open:
            self.book.refuse(turn, data, data.request, Refusal.REQUEST_CLOSED)
            return
        if unit is None:
            self.book.refuse(turn, data, data.request, Refusal.UNKNOWN_UNIT, detail=data.unit)
            return
        freed = self._offers.let_go(turn, request, OfferEnd.WITHDRAWN_OVERRIDDEN)
        refused = self._candidates.passed(request, unit)
        against = set_aside(request.wanted.profile, unit, self._units, rules=self._rules, now=turn.now)
        offer = turn.next_id()
        request.accepted, request.accepted_at, request.overridden_at = offer, at, at
        self._offers.promise(turn, request, unit.id)
        assert request.admit_by is not None, "a promised place has a time to be taken"
        self.book.decide(
            turn,
            request,
            OverrideRecorded(
                request=request.id,
                unit=unit.id,
                role=data.by.role,
                ground=data.ground,
                against=against if refused is None else (refused, *against),
            ),
        )
        self.book.decide(
            turn,
            request,
            PlacementAccepted(
                request=request.id,
                offer=offer,
                unit=unit.id,
                owner=request.owner,
                admit_by=moment(request.admit_by),
            ),
        )
        self.search.withdraw(turn, unit)
        self._units.tell_conflict(turn, unit.id)
        if freed is not None:
            self.search.place_freed(turn, freed)

    def admission_overdue(self, turn: Turn, request_id: str) -> None:
        request = self.book.requests[request_id]
        assert request.unit is not None, "somebody accepted"
        assert request.admit_by is not None, "and a time was set"
        if request.overdue_since is None:
            request.overdue_since = request.admit_by
        request.admit_by = turn.now + self._rules.placement.admit_minutes * MINUTE_MS
        self.book.decide(
            turn,
            request,
            AdmissionOverdue(
                request=request.id,
                unit=request.unit,
                owner=request.owner,
                overdue_since=moment(request.overdue_since),
                review_at=moment(request.admit_by),
            ),
        )
