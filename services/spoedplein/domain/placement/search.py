"""The search for a place: the best units are asked; when nothing fits it is said why, and looked at again.

It starts again when a unit reports, opens or stops, when somebody says no or nothing, and when the agreed rest is over.
"""

from functools import partial

from spoedplein.domain.agreements import Rules
from spoedplein.domain.availability import Units, UnitState
from spoedplein.domain.eligibility import misfit, shut, within
from spoedplein.domain.placement.book import Book
from spoedplein.domain.placement.candidates import Candidates
from spoedplein.domain.placement.offers import Offers
from spoedplein.domain.placement.shortfall import Shortfalls
from spoedplein.domain.placement.shortlist import Shortlist
from spoedplein.domain.request import Passed, Request
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas.agreements import Unit
from spoedplein_schemas.decisions import Exclusion, ExclusionCode, OfferEnd, PlacementExhausted
from spoedplein_schemas.placement import Profile
from spoedplein_schemas.views import RequestState as State


class Search:
    def __init__(self, book: Book, candidates: Candidates, offers: Offers, *, units: Units, rules: Rules) -> None:
        self._book = book
        self._candidates = candidates
        self._offers = offers
        self._shortlist = Shortlist(candidates, units=units, rules=rules)
        self._shortfalls = Shortfalls(candidates, units=units, rules=rules)
        self._units = units
        self._rules = rules

    def search(self, turn: Turn, request: Request) -> None:
        """Ask the best units; with none asked, say of each why not and when it is looked at again."""
        ranked = self._shortlist.best(request, now=turn.now)
        best = self._offers.chosen(request, ranked.order)
        if best:
            chosen = self._shortlist.explained(request, best, ranked, now=turn.now)
            passed = self._shortlist.passed_over(request, now=turn.now)
            runners_up = tuple(name for _, name in ranked.order if name not in {each[1] for each in chosen})
            for candidate in chosen:
                later = tuple(name for _, name, _ in chosen[chosen.index(candidate) + 1 :])
                self._offers.offer(turn, request, candidate, passed=passed, runners_up=(*later, *runners_up))
                passed.named.append(self._candidates.asked(request, candidate[1]))
        if not request.offers:
            _, excluded = self._candidates.find(request, now=turn.now)
            self.exhausted(turn, request, tuple(excluded))

    def exhausted(self, turn: Turn, request: Request, excluded: tuple[Exclusion, ...]) -> None:
        """Nothing here fits, or all said no: the one way by which a search ends without an offer."""
        request.rounds += 1
        request.state = State.WAITING
        request.review_at = self._candidates.review_at(excluded, now=turn.now)
        request.shortfalls = self._shortfalls.sum_up(request, excluded, now=turn.now)
        self._book.decide(
            turn,
            request,
            PlacementExhausted(
                request=request.id,
                owner=request.owner,
                excluded=excluded,
                review_at=moment(request.review_at),
                rounds=request.rounds,
                shortfalls=request.shortfalls,
            ),
        )
        self._book.index(request)

    def place_freed(self, turn: Turn, unit_id: str) -> None:
        """Offer what came free to those who wait for it, most urgent first."""
        unit, state = self._rules.units.get(unit_id), self._units.state(unit_id)
        if unit is None or not self._units.free(unit, state, now=turn.now):
            return
        if not within(unit.windows, rules=self._rules, now=turn.now):
            return
        for request_id in self._book.waiting[unit.care_type].whom(partial(self._may_fit, unit, state)):
            if not self._units.free(unit, state, now=turn.now):
                return
            request = self._book.requests[request_id]
            if self._candidates.why_not(request, unit, now=turn.now) is None:
                self.search(turn, request)

    def withdraw(self, turn: Turn, unit: Unit) -> None:
        """Holds that a newer report or a stop left without ground: the least urgent first, of those the newest.

        Their requests go on when all of them are back, the most urgent first.
        """
        state, withdrawn = self._units.state(unit.id), list[Request]()
        holding = [self._book.requests[name] for name in self._units.holds(unit.id)]
        for request in sorted(holding, key=self._book.key, reverse=True):
            if shut(request.wanted.profile, state, rules=self._rules):
                end = OfferEnd.WITHDRAWN_STOP
            elif self._units.overcommitted(unit.id):
                end = OfferEnd.WITHDRAWN_CONFLICT
            else:
                continue
            self._offers.end(turn, request, unit.id, end)
            withdrawn.append(request)
        for request in reversed(withdrawn):
            self.search(turn, request)

    def unit_changed(self, turn: Turn, unit_id: str) -> None:
        """A unit reported, opened or stopped: holds that no longer stand are withdrawn, waiting requests looked at."""
        unit, state = self._rules.units.get(unit_id), self._units.states.get(unit_id)
        if unit is None or state is None:
            return
        if state.claims:
            self.withdraw(turn, unit)
            self._units.tell_conflict(turn, unit_id)
        if self._book.waiting[unit.care_type].asking:
            self.place_freed(turn, unit_id)

    def agreements_changed(self, turn: Turn) -> None:
        """New rules: offers that they do not allow go back, and whoever waits is looked at again, most urgent first."""
        asked = [request for request in self._book.requests.values() if request.offers]
        for request in sorted(asked, key=self._book.key):
            for unit_id in [name for name in sorted(request.offers) if not self._still_fits(request, name)]:
                self._offers.end(turn, request, unit_id, OfferEnd.WITHDRAWN_AGREEMENTS)
        for *_, request_id in sorted({place for line in self._book.waiting.values() for place in line}):
            self.search(turn, self._book.requests[request_id])

    def offer_expired(self, turn: Turn, request_id: str) -> None:
        """Nobody answered in time: the next unit is asked."""
        request = self._book.requests[request_id]
        silent = sorted(offer.unit for offer in request.offers.values() if offer.answer_by < turn.now)
        for unit_id in silent:
            offer = request.offers[unit_id].id
            request.passed[unit_id] = Passed(ExclusionCode.NO_ANSWER, None, turn.now, lifts=True, offer=offer)
            self._offers.end(turn, request, unit_id, OfferEnd.EXPIRED)
        self.search(turn, request)
        for unit_id in silent:
            self.place_freed(turn, unit_id)

    def _may_fit(self, unit: Unit, state: UnitState, profile: Profile) -> bool:
        """What is left for the moment and for the request itself to say, is not asked here."""
        return not shut(profile, state, rules=self._rules) and misfit(profile, unit, rules=self._rules) is None

    def _still_fits(self, request: Request, unit_id: str) -> bool:
        """A unit that left the agreements may still answer what it was asked; nobody new is offered to it."""
        unit = self._rules.units.get(unit_id)
        if unit is None:
            return True
        if unit.care_type not in request.wanted.profile.care_types:
            return False
        return misfit(request.wanted.profile, unit, rules=self._rules) is None
