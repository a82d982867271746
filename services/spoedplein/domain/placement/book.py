"""The book of requests: who waits for which care, whose deadline is next, and what was decided of each.

An open request always has an owner and a next deadline.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar, get_args

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.line import RANKS
from spoedplein.domain.placement.line_up import LineUp, Place
from spoedplein.domain.request import PLACELESS, Early, Overtaking, Request
from spoedplein.domain.timers import Timer, Timers
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas.decisions import CommandRefused, Refusal
from spoedplein_schemas.home_care import VisitEnded
from spoedplein_schemas.placement import LateRejected, OwnershipHandedOver, PatientAdmitted, RequestCancelled
from spoedplein_schemas.views import OpenRequest
from spoedplein_schemas.views import RequestState as State
from spoedplein_schemas.vocabulary import CareType, Frozen, millis

#: Answers may trail in for a day after a request was closed; then it is forgotten.
KEEP_MS = 24 * 60 * MINUTE_MS
AtUnit = TypeVar("AtUnit", PatientAdmitted, LateRejected, VisitEnded)
OVERTAKING: tuple[type[Frozen], ...] = get_args(Overtaking)


class Book:
    """Every request of a region. `early` holds what overtook its request, or what it follows from."""

    def __init__(
        self, requests: dict[str, Request], early: dict[str, list[Early]], *, rules: Rules, timers: Timers
    ) -> None:
        self.requests = requests
        self.early = early
        self.waiting = {care_type: LineUp() for care_type in CareType}
        self._places: dict[str, Place] = {}
        self._rules = rules
        self._timers = timers
        for request in requests.values():
            self.index(request)
        for name in early:
            self._schedule_early(name)
        self.changed = False

    def open(self, request: Request) -> None:
        self.requests[request.id] = request
        self.index(request)

    def close(self, turn: Turn, request: Request, state: State) -> None:
        request.state, request.closed_at = state, turn.now
        request.admit_by, request.review_at = None, None
        self.index(request)

    def known(self, turn: Turn, data: Frozen, request_id: str) -> Request | None:
        """The request that is spoken of. What may overtake its request is kept for it, the rest is refused."""
        request = self.requests.get(request_id)
        if request is None and isinstance(data, OVERTAKING):
            self.keep(turn, request_id, data)  # type: ignore[arg-type]
        elif request is None:
            self.refuse(turn, data, request_id, Refusal.UNKNOWN_REQUEST)
        return request

    def keep(self, turn: Turn, request_id: str, data: Overtaking) -> None:
        """Said too early: before the request, or before what it follows from. Said twice is said once."""
        kept = self.early.setdefault(request_id, [])
        if all(each.said != data for each in kept):
            term = KEEP_MS if isinstance(data, RequestCancelled) else self._rules.placement.early_minutes * MINUTE_MS
            kept.append(Early(data, turn.now, turn.now + term))
        self._schedule_early(request_id)

    def overtook(self, request_id: str) -> list[Overtaking]:
        """What was heard of it before itself, in the order in which it happened; kept no longer."""
        return self._take(request_id, lambda _: True)

    def came_early(self, request_id: str, unit_id: str, kind: type[AtUnit]) -> list[AtUnit]:
        """What was kept of this kind that is about this unit, the first first; kept no longer."""
        taken = self._take(request_id, lambda each: isinstance(each.said, kind) and each.said.unit == unit_id)
        return [said for said in taken if isinstance(said, kind)]

    def hand_overs_by(self, request_id: str, owner: str) -> list[OwnershipHandedOver]:
        """What was kept of this owner's giving the regie away, the first first; kept no longer."""
        taken = self._take(
            request_id, lambda each: isinstance(each.said, OwnershipHandedOver) and each.said.from_owner == owner
        )
        return [said for said in taken if isinstance(said, OwnershipHandedOver)]

    def waited_in_vain(self, request_id: str, *, now: int) -> list[Overtaking]:
        """What was kept for as long as was agreed; kept no longer."""
        return self._take(request_id, lambda each: each.until <= now)

    def refuse(self, turn: Turn, data: Frozen, subject: str, refusal: Refusal, *, detail: str | None = None) -> None:
        command = type(data).__name__
        turn.decide(CommandRefused(command=command, subject=subject, refusal=refusal, detail=detail), subject=subject)

    def decide(self, turn: Turn, request: Request, data: Frozen) -> None:
        self.changed = True
        self._schedule(request)
        turn.decide(data, subject=request.id)

    def key(self, request: Request) -> tuple[int, int, str]:
        return (self._rules.rank(request.wanted.profile.urgency).rank, request.opened_at, request.id)

    def admit_by(self, request: Request, *, now: int) -> int:
        """Until when who was promised a place may come: the agreed time; no longer than until he needs it."""
        agreed, needed = now + self._rules.placement.admit_minutes * MINUTE_MS, request.needed_by
        return min(agreed, needed) if needed is not None and needed > now else agreed

    def index(self, request: Request) -> None:
        """Keep the lists of who waits for which care, and the deadlines, in line with the request's state."""
        self.changed = True
        self._schedule(request)
        before, now = self._places.get(request.id), self._place(request)
        if before == now:
            return
        profile = request.wanted.profile
        for care_type in dict.fromkeys(profile.care_types):
            if before is not None:
                self.waiting[care_type].discard(profile, before)
            if now is not None:
                self.waiting[care_type].add(profile, now)
        self._places.pop(request.id, None)
        if now is not None:
            self._places[request.id] = now

    def forget(self, request_id: str) -> Request | None:
        return self.requests.pop(request_id, None)

    def open_views(self, *, limit: int) -> tuple[OpenRequest, ...]:
        """Open requests, most urgent first."""
        found = sorted((self.key(request), request) for request in self.requests.values() if request.open)
        return tuple(_view(request) for _, request in found[:limit])

    def open_total(self) -> int:
        return sum(request.open for request in self.requests.values())

    def _place(self, request: Request) -> Place | None:
        """Where it stands in line: it waits, or fewer are asked than agreed."""
        urgency, care_types = request.wanted.profile.urgency, request.wanted.profile.care_types
        agreed = self._rules.rank(urgency)
        danger = agreed.rank if agreed.life_threatening else len(RANKS)
        if request.state is State.WAITING:
            return (danger, False, *self.key(request))
        most = max(self._rules.parallel_offers(care_type, urgency) for care_type in care_types)
        if request.state is State.OFFERED and len(request.offers) < most:
            return (danger, True, *self.key(request))
        return None

    def _take(self, request_id: str, wanted: Callable[[Early], bool]) -> list[Overtaking]:
        kept = self.early.pop(request_id, [])
        if left := [each for each in kept if not wanted(each)]:
            self.early[request_id] = left
        self._schedule_early(request_id)
        taken = sorted(filter(wanted, kept), key=lambda each: (_said_at(each.said), each.heard_at))
        return [each.said for each in taken]

    def _schedule_early(self, request_id: str) -> None:
        kept = self.early.get(request_id, ())
        self._timers.set(Timer.EARLY, request_id, min((each.until for each in kept), default=None))

    def _schedule(self, request: Request) -> None:
        offer = request.offer
        self._timers.set(Timer.OFFER, request.id, None if offer is None else offer.answer_by + 1)
        self._timers.set(Timer.ADMISSION, request.id, None if request.admit_by is None else request.admit_by + 1)
        self._timers.set(Timer.REVIEW, request.id, request.review_at)
        self._timers.set(Timer.NEEDED_BY, request.id, self._needed_by_due(request))
        self._timers.set(Timer.LABEL, request.id, request.label_review_at)
        if request.closed_at is not None:
            done = max(request.closed_at, request.settled_at or 0) + KEEP_MS
            self._timers.set(Timer.FORGET_REQUEST, request.id, done if request.label_review_at is None else None)

    def _needed_by_due(self, request: Request) -> int | None:
        """When to tell that the place is needed soon, and then that it was."""
        needed = request.needed_by
        if needed is None or request.missed_told or request.state not in PLACELESS:
            return None
        return needed + 1 if request.near_told else needed - self._rules.placement.needed_by_warning_minutes * MINUTE_MS


def _said_at(data: Overtaking) -> int:
    """Its own moment: the only field of each that says when."""
    return max(millis(value) for value in vars(data).values() if isinstance(value, datetime))


def _view(request: Request) -> OpenRequest:
    offer = request.offer
    return OpenRequest(
        request=request.id,
        owner=request.owner,
        care_types=request.wanted.profile.care_types,
        urgency=request.wanted.profile.urgency,
        state=request.state,
        since=moment(request.opened_at),
        next_deadline=moment(request.deadline),
        unit=offer.unit if offer else request.unit,
        asked=tuple(sorted(request.offers)),
        needed_by=request.wanted.profile.needed_by,
        shortfalls=request.shortfalls if request.state is State.WAITING else (),
    )
