"""Overbruggingszorg: agreed care in the meantime, as a request of its own beside the real one, which stays open."""

from dataclasses import dataclass

from spoedplein.domain.agreements import Rules
from spoedplein.domain.placement import Requests
from spoedplein.domain.request import Request
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas import placement as said
from spoedplein_schemas.decisions import OwnershipChanged
from spoedplein_schemas.placement import CancelReason
from spoedplein_schemas.transfer import BridgingEnd, BridgingEnded, BridgingSought, BridgingStarted
from spoedplein_schemas.views import RequestState as State
from spoedplein_schemas.vocabulary import Actor, CareType, Role


@dataclass(slots=True)
class Bridge:
    """By the real request's id. `id` is the request for care in the meantime; `unit` where it is given, once begun."""

    request: str
    id: str
    unit: str | None = None
    ended: bool = False


class Bridges:
    def __init__(self, bridges: dict[str, Bridge], *, requests: Requests, rules: Rules) -> None:
        self.bridges = bridges
        self._requests = requests
        self._rules = rules
        self.by_id = {bridge.id: bridge for bridge in bridges.values()}

    def seek(self, turn: Turn, request: Request) -> None:
        """Once for a request: who says that it is not wanted is not asked again."""
        profile = request.wanted.profile
        agreed = next((each for each in self._rules.bridging if profile.care_types[0] in each.care_types), None)
        if agreed is None or request.id in self.bridges:
            return
        bridge = Bridge(request.id, turn.next_id())
        self.bridges[request.id] = self.by_id[bridge.id] = bridge
        assert request.review_at is not None, "who waits is looked at again"
        self._requests.book.decide(
            turn,
            request,
            BridgingSought(
                request=request.id,
                bridge=bridge.id,
                care_types=agreed.by,
                owner=request.owner,
                review_at=moment(request.review_at),
            ),
        )
        needs = tuple(need for need in profile.needs if need not in agreed.waives)
        meantime = {"care_types": agreed.by, "needs": needs, "needed_by": None}
        self._requests.requested(
            turn,
            request.wanted.model_copy(
                update={
                    "request": bridge.id,
                    "owner": request.owner,
                    "requester_role": None,  # his own try, if one was agreed, is over: nothing waits for another
                    "profile": profile.model_copy(update=meantime),
                    "requested_at": moment(turn.now),
                    "preferred": (),
                }
            ),
        )

    def in_vain(self, request: Request) -> bool:
        """No care in the meantime is to be had: none was agreed, it is not wanted, or nothing fits."""
        bridge = self.bridges.get(request.id)
        if bridge is None or bridge.ended or bridge.unit is not None:
            return bridge is None or bridge.ended
        meantime = self._requests.book.requests.get(bridge.id)
        return meantime is None or (meantime.state is State.WAITING and meantime.rounds > 0)

    def sought(self, request: Request) -> tuple[CareType, ...]:
        """Which care in the meantime was looked for."""
        bridge = self.bridges.get(request.id)
        meantime = None if bridge is None else self._requests.book.requests.get(bridge.id)
        return () if meantime is None else meantime.wanted.profile.care_types

    def started(self, turn: Turn, bridge: Bridge, unit: str) -> None:
        bridge.unit = unit
        request = self._requests.book.requests.get(bridge.request)
        if request is not None and request.open:
            self._requests.book.decide(
                turn,
                request,
                BridgingStarted(
                    request=request.id,
                    bridge=bridge.id,
                    unit=unit,
                    owner=request.owner,
                    review_at=moment(request.deadline),
                ),
            )

    def not_wanted(self, turn: Turn, bridge: Bridge) -> None:
        self._ended(turn, bridge, BridgingEnd.NOT_WANTED)

    def end(self, turn: Turn, request_id: str, end: BridgingEnd) -> None:
        """The real request is done: so is what bridged the time until then."""
        bridge = self.bridges.get(request_id)
        if bridge is None:
            return
        self._ended(turn, bridge, end)
        request = self._requests.book.requests.get(bridge.id)
        if request is not None and request.open:
            by = Actor(role=Role.SYSTEM, organisation=request.owner)
            reason = CancelReason.FOUND_ELSEWHERE if end is BridgingEnd.PLACED else CancelReason.NO_LONGER_NEEDED
            self._requests.cancelled(
                turn, said.RequestCancelled(request=bridge.id, reason=reason, cancelled_at=moment(turn.now), by=by)
            )

    def owned(self, turn: Turn, request_id: str, owner: str) -> None:
        """Who has the regie over a request has it over what bridges the time."""
        bridge = self.bridges.get(request_id)
        request = self._requests.book.requests.get(bridge.id) if bridge is not None else None
        if request is not None and request.open and request.owner != owner:
            previous, request.owner = request.owner, owner
            self._requests.book.decide(
                turn, request, OwnershipChanged(request=request.id, previous=previous, owner=owner)
            )

    def forget_with(self, request_id: str) -> None:
        bridge = self.bridges.pop(request_id, None)
        if bridge is not None:
            del self.by_id[bridge.id]

    def _ended(self, turn: Turn, bridge: Bridge, end: BridgingEnd) -> None:
        if not bridge.ended:
            bridge.ended = True
            ended = BridgingEnded(request=bridge.request, bridge=bridge.id, end=end, unit=bridge.unit)
            turn.decide(ended, subject=bridge.request)
