"""What requesters, owners and coordinators say of a request: asked, cancelled, handed over, overridden, given up."""

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.availability import Units
from spoedplein.domain.eligibility import set_aside
from spoedplein.domain.placement.answers import Answers
from spoedplein.domain.placement.book import Book
from spoedplein.domain.placement.candidates import Candidates
from spoedplein.domain.placement.first_try import FirstTries
from spoedplein.domain.placement.home_care import Days, HomeCare
from spoedplein.domain.placement.labels import Labels
from spoedplein.domain.placement.offers import Offers
from spoedplein.domain.placement.search import Search
from spoedplein.domain.request import Early, Overtaking, Request
from spoedplein.domain.timers import Timers
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas import placement as said
from spoedplein_schemas.agreements import Unit
from spoedplein_schemas.decisions import (
    AdmissionOverdue,
    OfferEnd,
    OverrideRecorded,
    OwnershipChanged,
    PlacementAccepted,
    PlacementCancelled,
    Refusal,
)
from spoedplein_schemas.home_care import VisitEnded
from spoedplein_schemas.request_decisions import NeededByMissed, NeededByNear, TryEnd
from spoedplein_schemas.views import RequestState as State
from spoedplein_schemas.vocabulary import millis


class Requests:
    """The door of placement, and its parts: `book`, `search`, `answers`, `labels` and `home_care`."""

    def __init__(
        self,
        requests: dict[str, Request],
        early: dict[str, list[Early]],
        visits: Days,
        *,
        units: Units,
        rules: Rules,
        timers: Timers,
    ) -> None:
        self.book = Book(requests, early, rules=rules, timers=timers)
        self.labels = Labels(self.book, rules=rules)
        self.home_care = HomeCare(visits, book=self.book, rules=rules)
        self._candidates = Candidates(units=units, rules=rules)
        self.keep_free = self._candidates.keep_free
        self._offers = Offers(self.book, units=units, rules=rules)
        self.search = Search(self.book, self._candidates, self._offers, units=units, rules=rules)
        self.answers = Answers(
            self.book,
            self._offers,
            self.search,
            labels=self.labels,
            home_care=self.home_care,
            units=units,
            rules=rules,
        )
        self._tries = FirstTries(self.book, rules=rules)
        self._units = units
        self._rules = rules

    # --- what sources say -------------------------------------------------------------------------------------

    def requested(self, turn: Turn, data: said.PlacementRequested) -> None:
        """Created once. What overtook it is heeded first: then there may be nothing left to look for."""
        if data.request in self.book.requests:
            return
        request = Request(wanted=data, owner=data.owner, opened_at=turn.now, review_at=turn.now)
        overtook = self.book.overtook(request.id)
        self.book.open(request)
        self.labels.link(turn, request)
        tries = not overtook and self._tries.begun(turn, request)
        for earlier in overtook:
            self._heed(turn, earlier)
        if request.state is State.WAITING and not tries:
            self.search.search(turn, request)

    def give_back(self, turn: Turn, request: Request, end: OfferEnd) -> list[str]:
        """What is held or promised for it here is free again; the units that have a place more now."""
        return self._offers.let_go(turn, request, end)

    def first_try_abandoned(self, turn: Turn, data: said.FirstTryAbandoned) -> None:
        request = self.book.known(turn, data, data.request)
        if request is None or (not request.open and request.wanted.requester_role is not None):
            return
        if request.state is State.FIRST_TRY:
            self._tries.ended(turn, request, TryEnd.ABANDONED)
            self.search.search(turn, request)
        elif request.wanted.requester_role is None:
            self.book.refuse(turn, data, request.id, Refusal.NO_FIRST_TRY)

    def cancelled(self, turn: Turn, data: said.RequestCancelled) -> None:
        request = self.book.known(turn, data, data.request)
        if request is None or request.state is State.CANCELLED:
            return
        if request.state is State.ADMITTED:
            self.book.refuse(turn, data, data.request, Refusal.REQUEST_CLOSED)
            return
        if request.state is State.FIRST_TRY:
            found = data.reason is said.CancelReason.FOUND_ELSEWHERE
            self._tries.closed(turn, request, TryEnd.FOUND if found else TryEnd.CANCELLED)
        freed = self._offers.let_go(turn, request, OfferEnd.WITHDRAWN_CANCELLED)
        self.book.close(turn, request, State.CANCELLED)
        self.book.decide(turn, request, PlacementCancelled(request=request.id, reason=data.reason))
        for unit_id in freed:
            self.search.place_freed(turn, unit_id)

    def ownership_handed_over(self, turn: Turn, data: said.OwnershipHandedOver) -> None:
        """By who has the regie. Who does not have it yet is refused, and heeded if it turns out that he had got it."""
        request, at = self.book.known(turn, data, data.request), millis(data.handed_over_at)
        if request is None or (request.owned_at is not None and at < request.owned_at):
            return
        if request.owner == data.to_owner:
            request.owned_at = at
        elif not request.open:
            self.book.refuse(turn, data, data.request, Refusal.REQUEST_CLOSED)
        elif request.owner != data.from_owner:
            self.book.refuse(turn, data, data.request, Refusal.NOT_THE_OWNER, detail=f"owner: {request.owner}")
            self.book.keep(turn, request.id, data)
        else:
            self._hand_over(turn, request, data.to_owner, at=at)

    def overridden(self, turn: Turn, data: said.PlacementOverridden) -> None:
        """A professional places by his own judgement: recorded with what he set aside, never held back.

        Of two the later by his clock counts; one that was heeded before and is heard again changes nothing.
        """
        request, key = self.book.known(turn, data, data.request), (millis(data.overridden_at), data.unit)
        if request is None or key in request.overrides:
            return
        unit = self._rules.units.get(data.unit)
        if request.overrides and key < max(request.overrides):
            later = moment(max(request.overrides)[0])
            detail = f"overridden to {request.unit or 'none'} at {later:%Y-%m-%dT%H:%M:%SZ}"
            self.book.refuse(turn, data, data.request, Refusal.SUPERSEDED, detail=detail)
        elif request.state in (State.ACCEPTED, State.ADMITTED) and request.unit == data.unit:
            request.overrides.append(key)
        elif not request.open:
            self.book.refuse(turn, data, data.request, Refusal.REQUEST_CLOSED)
        elif unit is None:
            self.book.refuse(turn, data, data.request, Refusal.UNKNOWN_UNIT, detail=data.unit)
        else:
            request.overrides.append(key)
            self._override(turn, request, unit, data)

    # --- what time brings -------------------------------------------------------------------------------------

    def review_due(self, turn: Turn, request_id: str) -> None:
        """Time to look again; or the requester's own try is over."""
        request = self.book.requests[request_id]
        if request.state is State.FIRST_TRY:
            self._tries.ended(turn, request, TryEnd.EXPIRED)
        self.search.search(turn, request)

    def needed_by_due(self, turn: Turn, request_id: str) -> None:
        """Told twice at most: that the place is needed soon, and that it was needed. Then hours no longer exclude."""
        request = self.book.requests[request_id]
        needed_by = request.needed_by
        assert needed_by is not None, "the deadline goes with the need"
        request.near_told, request.missed_told = True, turn.now > needed_by
        told = NeededByMissed if request.missed_told else NeededByNear
        self.book.decide(turn, request, told(request=request.id, owner=request.owner, needed_by=moment(needed_by)))
        if request.missed_told and request.state is State.WAITING:
            self.search.search(turn, request)

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

    def early_lapsed(self, turn: Turn, request_id: str) -> None:
        """Nothing came in time that gives sense to what was said.

        Nothing is told of a cancellation, nor of what was refused when it was heard.
        """
        for data in self.book.waited_in_vain(request_id, now=turn.now):
            if request_id not in self.book.requests:
                if not isinstance(data, said.RequestCancelled):
                    self.book.refuse(turn, data, request_id, Refusal.UNKNOWN_REQUEST)
            elif isinstance(data, said.PatientAdmitted):
                self.answers.admitted(turn, data, in_time=False)
            elif isinstance(data, VisitEnded):
                self.home_care.ended(turn, data, in_time=False)

    def forget(self, request_id: str) -> None:
        """Nothing more is expected of it. A unit that is registered no longer will not report who is in it."""
        request = self.book.forget(request_id)
        if request is not None and request.unit is not None and request.unit not in self._rules.units:
            self._units.release(request.unit, request.id)

    # --- steps ------------------------------------------------------------------------------------------------

    def _heed(self, turn: Turn, data: Overtaking) -> None:
        """What overtook its request. A table of our own methods would hold us in memory for ever."""
        match data:
            case said.RequestCancelled():
                self.cancelled(turn, data)
            case said.PlacementOverridden():
                self.overridden(turn, data)
            case said.OwnershipHandedOver():
                self.ownership_handed_over(turn, data)
            case said.FirstTryAbandoned():
                self.first_try_abandoned(turn, data)
            case said.PatientAdmitted():
                self.answers.admitted(turn, data)
            case said.LateRejected():
                self.answers.late_rejected(turn, data)
            case said.LabelDecided():
                self.labels.decided(turn, data)
            case VisitEnded():
                self.home_care.ended(turn, data)

    def _hand_over(self, turn: Turn, request: Request, to: str, *, at: int) -> None:
        trying = request.state is State.FIRST_TRY
        if trying:
            self._tries.handed_over(turn, request, to)
        previous, request.owner, request.owned_at = request.owner, to, at
        self.book.decide(turn, request, OwnershipChanged(request=request.id, previous=previous, owner=request.owner))
        if trying:
            self.search.search(turn, request)
        for data in self.book.hand_overs_by(request.id, to):
            self.ownership_handed_over(turn, data)

    def _override(self, turn: Turn, request: Request, unit: Unit, data: said.PlacementOverridden) -> None:
        if request.state is State.FIRST_TRY:
            self._tries.ended(turn, request, TryEnd.FOUND)
        freed = self._offers.let_go(turn, request, OfferEnd.WITHDRAWN_OVERRIDDEN)
        refused = self._candidates.passed(request, unit)
        against = set_aside(request.wanted.profile, unit, self._units, rules=self._rules, now=turn.now)
        request.accepted, request.accepted_at = turn.next_id(), millis(data.overridden_at)
        self._offers.promise(turn, request, unit.id)
        assert request.admit_by is not None, "a promised place has a time to be taken"
        recorded = OverrideRecorded(
            request=request.id,
            unit=unit.id,
            role=data.by.role,
            ground=data.ground,
            against=against if refused is None else (refused, *against),
        )
        accepted = PlacementAccepted(
            request=request.id,
            offer=request.accepted,
            unit=unit.id,
            owner=request.owner,
            admit_by=moment(request.admit_by),
        )
        self.book.decide(turn, request, recorded)
        self.book.decide(turn, request, accepted)
        self.search.withdraw(turn, unit)
        self._units.tell_conflict(turn, unit.id)
        for unit_id in freed:
            self.search.place_freed(turn, unit_id)
        self.answers.heed_early(turn, request)
