"""A request for a place: offered, accepted, admitted; declined, expired, taken back; exhausted and looked at again.

One unit is asked at a time and its place held until it answers. An open request always has an owner and a next
deadline. Candidates pass the hard rules (`eligibility`), then the lowest score is asked first.
"""

from sortedcontainers import SortedList

from spoedplein.domain.agreements import MINUTE_MS, Rules, distance_km
from spoedplein.domain.availability import RECENT_MS, Stage, Units
from spoedplein.domain.eligibility import exclusion, opens_at, set_aside, shut
from spoedplein.domain.request import Early, Offer, Passed, Request
from spoedplein.domain.timers import Timer, Timers
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas import placement as said
from spoedplein_schemas.agreements import Unit
from spoedplein_schemas.decisions import (
    AdmissionOverdue,
    CommandRefused,
    Exclusion,
    ExclusionCode,
    LabelRecorded,
    OfferEnd,
    OfferEnded,
    OverrideRecorded,
    OwnershipChanged,
    PlacementAccepted,
    PlacementAdmitted,
    PlacementCancelled,
    PlacementExhausted,
    PlacementOffered,
    PlacementReopened,
    PromiseReleased,
    Refusal,
    ScorePart,
)
from spoedplein_schemas.placement import DeclineReason
from spoedplein_schemas.views import OpenRequest
from spoedplein_schemas.views import RequestState as State
from spoedplein_schemas.vocabulary import CareType, Frozen, millis

#: Answers may trail in for a day after a request was closed; then it is forgotten.
KEEP_MS = 24 * 60 * MINUTE_MS
#: At most so many runners-up are named beside an offer.
RUNNERS_UP_MAX = 5
#: These refusals say something of the moment, not of the person: a newer report lifts them.
PASSING = (DeclineReason.FULL, DeclineReason.STAFF)


class Requests:
    """Every request of a region. `early` holds cancellations that overtook their request."""

    def __init__(
        self,
        requests: dict[str, Request],
        early: dict[str, Early],
        *,
        units: Units,
        rules: Rules,
        timers: Timers,
    ) -> None:
        self.requests = requests
        self.early = early
        self.changed = False
        self._units = units
        self._rules = rules
        self._timers = timers
        self._waiting: dict[CareType, SortedList[tuple[int, int, str]]] = {care: SortedList() for care in CareType}
        for request in requests.values():
            self._index(request)
            self._schedule(request)
        for name, overtook in early.items():
            self._timers.set(Timer.FORGET_REQUEST, name, overtook.heard_at + KEEP_MS)

    # --- what sources say -------------------------------------------------------------------------------------

    def requested(self, turn: Turn, data: said.PlacementRequested) -> None:
        if data.request in self.requests:
            return
        request = Request(wanted=data, owner=data.owner, opened_at=turn.now, review_at=turn.now)
        self.requests[data.request] = request
        self._index(request)
        overtook = self.early.pop(data.request, None)
        if overtook is not None:
            self.cancelled(turn, overtook.said)
        else:
            self._search(turn, request)

    def transfer_asked(self, turn: Turn, data: said.TransferAsked) -> None:
        """A neighbour's request is served like one of our own; its owner stays with the neighbour."""
        wanted = said.PlacementRequested(
            request=data.request,
            case=data.request,
            requester=data.requester,
            owner=data.owner,
            profile=data.profile,
            requested_at=data.asked_at,
        )
        self.requested(turn, wanted)

    def accepted(self, turn: Turn, data: said.OfferAccepted) -> None:
        request = self._known(turn, data, data.request)
        if request is None or data.offer == request.accepted:
            return
        offer = self._standing_offer(turn, request, data, data.offer)
        if offer is None:
            return
        request.accepted, request.accepted_at, request.offer = offer.id, millis(data.accepted_at), None
        self._promise(turn, request, offer.unit)
        assert request.admit_by is not None, "a promised place has a time to be taken"
        self._decide(
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
        request = self._known(turn, data, data.request)
        if request is None or request.ended.get(data.offer) is OfferEnd.DECLINED:
            return
        if data.offer == request.accepted:
            self._refuse(
                turn, data, request.id, Refusal.OFFER_LAPSED, detail="accepted: take it back with late-rejected"
            )
            return
        offer = self._standing_offer(turn, request, data, data.offer)
        if offer is None:
            return
        lifts = data.reason in PASSING
        request.passed[offer.unit] = Passed(ExclusionCode.DECLINED, data.reason, turn.now, lifts)
        self._end_offer(turn, request, OfferEnd.DECLINED, reason=data.reason)
        self._search(turn, request)
        self._place_freed(turn, offer.unit)

    def admitted(self, turn: Turn, data: said.PatientAdmitted) -> None:
        request = self._known(turn, data, data.request)
        if request is None or (request.state is State.ADMITTED and request.unit == data.unit):
            return
        unit = request.offer.unit if request.offer is not None else request.unit
        if not request.open:
            self._refuse(turn, data, data.request, Refusal.REQUEST_CLOSED)
        elif unit != data.unit:
            self._refuse(turn, data, data.request, Refusal.NOT_PLACED_THERE, detail=f"agreed: {unit or 'none'}")
        else:
            self._admit(turn, request, data)

    def late_rejected(self, turn: Turn, data: said.LateRejected) -> None:
        request = self._known(turn, data, data.request)
        if request is None:
            return
        rejected_at = millis(data.rejected_at)
        stands = request.state is State.ACCEPTED and request.unit == data.unit
        if not stands or (request.accepted_at is not None and rejected_at < request.accepted_at):
            if data.unit not in request.passed:
                detail = f"agreed: {request.unit or 'none'}"
                self._refuse(turn, data, data.request, Refusal.NOT_PLACED_THERE, detail=detail)
            return
        lifts = data.reason in PASSING
        request.passed[data.unit] = Passed(ExclusionCode.DECLINED, data.reason, turn.now, lifts)
        if request.accepted is not None:
            request.ended[request.accepted] = OfferEnd.DECLINED
        self._units.release(data.unit, request.id)
        request.unit, request.accepted, request.accepted_at, request.admit_by = None, None, None, None
        request.state, request.review_at = State.WAITING, turn.now
        self._decide(
            turn,
            request,
            PlacementReopened(request=request.id, unit=data.unit, owner=request.owner, reason=data.reason),
        )
        self._index(request)
        self._search(turn, request)
        self._place_freed(turn, data.unit)

    def cancelled(self, turn: Turn, data: said.RequestCancelled) -> None:
        request = self.requests.get(data.request)
        if request is None:
            if data.request not in self.early:
                self.early[data.request] = Early(data, turn.now)
                self._timers.set(Timer.FORGET_REQUEST, data.request, turn.now + KEEP_MS)
            return
        if request.state is State.CANCELLED:
            return
        if request.state is State.ADMITTED:
            self._refuse(turn, data, data.request, Refusal.REQUEST_CLOSED)
            return
        freed = self._let_go(turn, request, OfferEnd.WITHDRAWN_CANCELLED)
        self._close(turn, request, State.CANCELLED)
        self._decide(turn, request, PlacementCancelled(request=request.id, reason=data.reason))
        if freed is not None:
            self._place_freed(turn, freed)

    def label_decided(self, turn: Turn, data: said.LabelDecided) -> None:
        request = self._known(turn, data, data.request)
        if request is None:
            return
        at = millis(data.decided_at)
        if request.label_at is not None and (at, data.label) <= (request.label_at, request.label):
            return
        if request.unit != data.unit:
            self._refuse(turn, data, data.request, Refusal.NOT_PLACED_THERE, detail=f"agreed: {request.unit or 'none'}")
            return
        request.label, request.label_at = data.label, at
        self._decide(
            turn,
            request,
            LabelRecorded(request=request.id, unit=data.unit, label=data.label, decided_at=data.decided_at),
        )

    def ownership_handed_over(self, turn: Turn, data: said.OwnershipHandedOver) -> None:
        request, at = self._known(turn, data, data.request), millis(data.handed_over_at)
        if request is None or (request.owned_at is not None and at < request.owned_at):
            return
        if request.owner == data.to_owner:
            request.owned_at = at
        elif not request.open:
            self._refuse(turn, data, data.request, Refusal.REQUEST_CLOSED)
        elif request.owner != data.from_owner:
            self._refuse(turn, data, data.request, Refusal.NOT_THE_OWNER, detail=f"owner: {request.owner}")
        else:
            previous, request.owner, request.owned_at = request.owner, data.to_owner, at
            self._decide(turn, request, OwnershipChanged(request=request.id, previous=previous, owner=request.owner))

    def overridden(self, turn: Turn, data: said.PlacementOverridden) -> None:
        """A professional places by his own judgement: recorded with what he set aside, never held back."""
        request, at = self._known(turn, data, data.request), millis(data.overridden_at)
        if request is None or (request.overridden_at is not None and at <= request.overridden_at):
            return
        if request.state in (State.ACCEPTED, State.ADMITTED) and request.unit == data.unit:
            request.overridden_at = at
            return
        unit = self._rules.units.get(data.unit)
        if not request.open:
            self._refuse(turn, data, data.request, Refusal.REQUEST_CLOSED)
            return
        if unit is None:
            self._refuse(turn, data, data.request, Refusal.UNKNOWN_UNIT, detail=data.unit)
            return
        freed = self._let_go(turn, request, OfferEnd.WITHDRAWN_OVERRIDDEN)
        refused = self._passed(request, unit)
        against = set_aside(request.wanted.profile, unit, self._units, rules=self._rules, now=turn.now)
        offer = turn.next_id()
        request.accepted, request.accepted_at, request.overridden_at = offer, at, at
        self._promise(turn, request, unit.id)
        assert request.admit_by is not None, "a promised place has a time to be taken"
        self._decide(
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
        self._decide(
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
        self._withdraw(turn, unit)
        self._units.tell_conflict(turn, unit.id)
        if freed is not None:
            self._place_freed(turn, freed)

    # --- what time and places bring ---------------------------------------------------------------------------

    def offer_expired(self, turn: Turn, request_id: str) -> None:
        """Nobody answered in time: the next unit is asked."""
        request = self.requests[request_id]
        assert request.offer is not None, "an offer's deadline goes with the offer"
        unit_id = request.offer.unit
        request.passed[unit_id] = Passed(ExclusionCode.NO_ANSWER, None, turn.now, lifts=True)
        self._end_offer(turn, request, OfferEnd.EXPIRED)
        self._search(turn, request)
        self._place_freed(turn, unit_id)

    def admission_overdue(self, turn: Turn, request_id: str) -> None:
        request = self.requests[request_id]
        assert request.unit is not None, "somebody accepted"
        assert request.admit_by is not None, "and a time was set"
        if request.overdue_since is None:
            request.overdue_since = request.admit_by
        request.admit_by = turn.now + self._rules.placement.admit_minutes * MINUTE_MS
        self._decide(
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

    def review_due(self, turn: Turn, request_id: str) -> None:
        self._search(turn, self.requests[request_id])

    def forget(self, request_id: str) -> None:
        self.early.pop(request_id, None)
        self.requests.pop(request_id, None)

    def unit_changed(self, turn: Turn, unit_id: str) -> None:
        """A unit reported, opened or stopped: holds that no longer stand are withdrawn, waiting requests looked at."""
        unit = self._rules.units.get(unit_id)
        if unit is None:
            return
        self._withdraw(turn, unit)
        self._units.tell_conflict(turn, unit_id)
        self._place_freed(turn, unit_id)

    def agreements_changed(self, turn: Turn) -> None:
        """New rules: whoever waits is looked at again, most urgent first."""
        keys = sorted({key for waiting in self._waiting.values() for key in waiting})
        for _, _, request_id in keys:
            self._search(turn, self.requests[request_id])

    def open_views(self, *, limit: int) -> tuple[OpenRequest, ...]:
        """Open requests, most urgent first."""
        found = sorted((self._key(request), request) for request in self.requests.values() if request.open)
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

    # --- steps ------------------------------------------------------------------------------------------------

    def _search(self, turn: Turn, request: Request) -> None:
        """Ask the best unit; with none, say of each why not and when it is looked at again."""
        found, excluded = self._candidates(request, now=turn.now)
        if found:
            self._offer(turn, request, found, tuple(excluded))
        else:
            self._exhaust(turn, request, tuple(excluded))

    def _place_freed(self, turn: Turn, unit_id: str) -> None:
        """Offer what came free to those who wait for it, most urgent first."""
        unit = self._rules.units.get(unit_id)
        if unit is None:
            return
        for _, _, request_id in list(self._waiting[unit.care_type]):
            if not self._units.free(unit, self._units.state(unit_id), now=turn.now):
                return
            request = self.requests[request_id]
            if self._why_not(request, unit, now=turn.now) is None:
                self._search(turn, request)

    def _candidates(
        self, request: Request, *, now: int
    ) -> tuple[list[tuple[int, str, tuple[ScorePart, ...]]], list[Exclusion]]:
        """Units that fit, best first, as (points, unit, parts); and the others with their reason."""
        found: list[tuple[int, str, tuple[ScorePart, ...]]] = []
        excluded: list[Exclusion] = []
        for care_type in request.wanted.profile.care_types:
            for unit in self._rules.units_of(care_type):
                reason = self._why_not(request, unit, now=now)
                if reason is None:
                    parts = self._score(request, unit, now=now)
                    found.append((sum(part.points for part in parts), unit.id, parts))
                else:
                    excluded.append(reason)
        return sorted(found), excluded

    def _why_not(self, request: Request, unit: Unit, *, now: int) -> Exclusion | None:
        refused = self._passed(request, unit)
        return refused or exclusion(request.wanted.profile, unit, self._units, rules=self._rules, now=now)

    def _passed(self, request: Request, unit: Unit) -> Exclusion | None:
        """That the unit said no or nothing, and why; lifted by a newer figure if it was a matter of the moment."""
        passed, figure = request.passed.get(unit.id), self._units.state(unit.id).figure
        if passed is None or (passed.lifts and figure is not None and figure.counted_at > passed.at):
            return None
        return Exclusion(unit=unit.id, code=passed.code, detail=passed.reason)

    def _score(self, request: Request, unit: Unit, *, now: int) -> tuple[ScorePart, ...]:
        """Points, least first: order asked, way to go, age of the figure, recent placements; less for a wish."""
        agreed, wanted = self._rules.placement, request.wanted
        state = self._units.state(unit.id)
        observed = self._units.observed_at(unit, state)
        age_minutes = 0 if observed is None else max(0, now - observed) // MINUTE_MS
        recent = sum(at > now - RECENT_MS for at in state.promised_at)
        same_site = wanted.origin is not None and wanted.origin == unit.site
        later = wanted.profile.care_types.index(unit.care_type)
        return (
            ScorePart(part="care-type-order", points=later * agreed.points_per_later_care_type),
            ScorePart(part="distance", points=self._distance_km(request, unit) * agreed.points_per_km),
            ScorePart(part="data-age", points=age_minutes * agreed.points_per_age_minute),
            ScorePart(part="recent-placements", points=recent * agreed.points_per_recent_placement),
            ScorePart(part="same-site", points=-agreed.points_same_site if same_site else 0),
            ScorePart(part="preferred", points=-agreed.points_preferred if unit.id in wanted.preferred else 0),
        )

    def _distance_km(self, request: Request, unit: Unit) -> int:
        origin = self._rules.sites.get(request.wanted.origin) if request.wanted.origin else None
        there = self._rules.place_of(unit)
        return distance_km(origin.place, there) if origin and origin.place and there else 0

    def _offer(
        self,
        turn: Turn,
        request: Request,
        found: list[tuple[int, str, tuple[ScorePart, ...]]],
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
        self._decide(
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
        self._index(request)

    def _exhaust(self, turn: Turn, request: Request, excluded: tuple[Exclusion, ...]) -> None:
        request.rounds += 1
        request.state = State.WAITING
        request.review_at = self._review_at(excluded, now=turn.now)
        self._decide(
            turn,
            request,
            PlacementExhausted(
                request=request.id,
                owner=request.owner,
                excluded=excluded,
                review_at=moment(request.review_at),
                rounds=request.rounds,
            ),
        )
        self._index(request)

    def _review_at(self, excluded: tuple[Exclusion, ...], *, now: int) -> int:
        """After the agreed rest, or as soon as a unit begins to admit."""
        latest = now + self._rules.placement.review_minutes * MINUTE_MS
        shut = [item.unit for item in excluded if item.code is ExclusionCode.OUTSIDE_WINDOW]
        opening = [opens_at(self._rules.units[unit], rules=self._rules, now=now) for unit in shut]
        return min([latest, *(at for at in opening if at is not None and at > now)])

    def _end_offer(self, turn: Turn, request: Request, end: OfferEnd, *, reason: DeclineReason | None = None) -> None:
        offer = request.offer
        assert offer is not None, "only a standing offer ends"
        request.offer, request.state, request.review_at = None, State.WAITING, turn.now
        request.ended[offer.id] = end
        self._units.release(offer.unit, request.id)
        self._decide(
            turn, request, OfferEnded(request=request.id, offer=offer.id, unit=offer.unit, end=end, reason=reason)
        )
        self._index(request)

    def _let_go(self, turn: Turn, request: Request, end: OfferEnd) -> str | None:
        """Give back what the request holds or was promised; the unit that has a place more now."""
        if request.offer is not None:
            unit_id = request.offer.unit
            self._end_offer(turn, request, end)
            return unit_id
        released, accepted = request.unit, request.accepted
        if released is None or accepted is None:
            return None
        request.ended[accepted] = end
        self._units.release(released, request.id)
        request.state, request.review_at = State.WAITING, turn.now
        request.unit, request.accepted, request.accepted_at, request.admit_by = None, None, None, None
        self._decide(turn, request, PromiseReleased(request=request.id, offer=accepted, unit=released, end=end))
        return released

    def _withdraw(self, turn: Turn, unit: Unit) -> None:
        """Holds that a newer report or a stop left without ground: newest first, and their requests go on."""
        state = self._units.state(unit.id)
        for name in self._units.holds(unit.id):
            request = self.requests[name]
            if shut(request.wanted.profile, state, rules=self._rules):
                end = OfferEnd.WITHDRAWN_STOP
            elif self._units.overcommitted(unit.id):
                end = OfferEnd.WITHDRAWN_CONFLICT
            else:
                continue
            self._end_offer(turn, request, end)
            self._search(turn, request)

    def _promise(self, turn: Turn, request: Request, unit_id: str) -> None:
        request.state, request.unit, request.review_at = State.ACCEPTED, unit_id, None
        request.overdue_since = None
        request.admit_by = turn.now + self._rules.placement.admit_minutes * MINUTE_MS
        self._units.claim(unit_id, request.id, Stage.PROMISED, now=turn.now)
        self._index(request)

    def _admit(self, turn: Turn, request: Request, data: said.PatientAdmitted) -> None:
        at = millis(data.admitted_at)
        if request.offer is not None:
            request.accepted, request.offer = request.offer.id, None
        request.unit = data.unit
        self._units.admit(data.unit, request.id, at=at)
        self._close(turn, request, State.ADMITTED)
        waited = max(0, turn.now - request.opened_at) // 1000
        self._decide(turn, request, PlacementAdmitted(request=request.id, unit=data.unit, to_place_seconds=waited))
        self._place_freed(turn, data.unit)

    def _close(self, turn: Turn, request: Request, state: State) -> None:
        request.state, request.closed_at = state, turn.now
        request.admit_by, request.review_at = None, None
        self._index(request)

    def _known(self, turn: Turn, data: Frozen, request_id: str) -> Request | None:
        request = self.requests.get(request_id)
        if request is None:
            self._refuse(turn, data, request_id, Refusal.UNKNOWN_REQUEST)
        return request

    def _standing_offer(self, turn: Turn, request: Request, data: Frozen, offer_id: str) -> Offer | None:
        if request.offer is not None and request.offer.id == offer_id:
            return request.offer
        if offer_id in request.ended:
            self._refuse(turn, data, request.id, Refusal.OFFER_LAPSED, detail=request.ended[offer_id])
        elif offer_id != request.accepted:
            self._refuse(turn, data, request.id, Refusal.UNKNOWN_OFFER, detail=offer_id)
        return None

    def _refuse(self, turn: Turn, data: Frozen, subject: str, refusal: Refusal, *, detail: str | None = None) -> None:
        command = type(data).__name__
        turn.decide(CommandRefused(command=command, subject=subject, refusal=refusal, detail=detail), subject=subject)

    def _decide(self, turn: Turn, request: Request, data: Frozen) -> None:
        self.changed = True
        self._schedule(request)
        turn.decide(data, subject=request.id)

    def _key(self, request: Request) -> tuple[int, int, str]:
        return (self._rules.rank(request.wanted.profile.urgency).rank, request.opened_at, request.id)

    def _index(self, request: Request) -> None:
        """Keep the lists of who waits for which care, and the deadlines, in line with the request's state."""
        self.changed = True
        self._schedule(request)
        key, waits = self._key(request), request.state is State.WAITING
        for care_type in request.wanted.profile.care_types:
            line = self._waiting[care_type]
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
