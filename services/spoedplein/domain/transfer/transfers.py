"""What follows from a decision for the regions together: the ladder from our own region to the ROAZ.

Own region first; then the agreed neighbours, one after the other (all at once when it is life-threatening); then care
in the meantime; and when nobody can give that either, the ROAZ, if a person confirms it. The request itself stays open,
with its owner and its next deadline, and is looked at in our own region all the while.
"""

from typing import Any

from spoedplein.domain.agreements import Rules
from spoedplein.domain.placement import Requests
from spoedplein.domain.proposals import Proposals
from spoedplein.domain.request import Request
from spoedplein.domain.timers import Timers
from spoedplein.domain.transfer.asking import Asking, Transfer
from spoedplein.domain.transfer.bridging import Bridge, Bridges
from spoedplein.domain.transfer.hosting import Guest, Hosting
from spoedplein.domain.transfer.roaz import Roaz
from spoedplein.domain.turn import Turn
from spoedplein_schemas import decisions, placement, transfer
from spoedplein_schemas.decisions import Refusal
from spoedplein_schemas.placement import TransferReason
from spoedplein_schemas.transfer import BridgingEnd
from spoedplein_schemas.views import RequestState as State
from spoedplein_schemas.vocabulary import Frozen


class Transfers:
    def __init__(
        self,
        transfers: dict[str, Transfer],
        guests: dict[str, Guest],
        bridges: dict[str, Bridge],
        *,
        requests: Requests,
        proposals: Proposals,
        rules: Rules,
        timers: Timers,
    ) -> None:
        self.asking = Asking(transfers, requests=requests, rules=rules, timers=timers)
        self.bridges = Bridges(bridges, requests=requests, rules=rules)
        #: A request, what bridges one, or a question to a neighbour.
        ours = (requests.book.requests, self.bridges.by_id, transfers)
        self.hosting = Hosting(guests, requests=requests, rules=rules, timers=timers, ours=ours)
        self._roaz = Roaz(proposals=proposals, rules=rules)
        self._requests = requests
        for guest in guests.values():
            requests.keep_free[guest.id] = guest.keep_free

    def requested(self, turn: Turn, data: placement.PlacementRequested) -> None:
        """By our own. A name by which a neighbour's patient waits here cannot be anybody else's: that is told."""
        if data.request in self.hosting.guests:
            if data.request in self._requests.book.requests:
                self._requests.book.refuse(turn, data, data.request, Refusal.NAME_TAKEN)
                return
            self.hosting.give_up(data.request)
        self._requests.requested(turn, data)

    def answered(self, turn: Turn, data: placement.TransferAnswered) -> None:
        request = self.asking.answered(turn, data)
        if request is not None:
            self._climb(turn, request)

    def lapsed(self, turn: Turn, name: str) -> None:
        if name in self.hosting.guests:
            self.hosting.lapsed(turn, name)
            return
        request = self.asking.lapsed(turn, name)
        if request is not None:
            self._climb(turn, request)

    def agreements_changed(self, turn: Turn) -> None:
        self._roaz.agreements_changed(turn, self._requests.book.requests)

    def forget(self, name: str) -> None:
        if name in self.hosting.guests:
            self.hosting.forget(name)
        else:
            self.asking.forget(name)

    def follow(self, turn: Turn, *, first: int = 0) -> int:
        """What the decisions of this turn mean for neighbours and care in the meantime; how many there are by then."""
        index = first
        while index < len(turn.decisions):
            data: Any = turn.decisions[index].data
            index += 1
            if type(data) not in _FOLLOWED:
                continue
            guest = self.hosting.guests.get(data.request)
            if guest is not None:
                self._of_guest(turn, guest, data)
            else:
                self._of_own(turn, data)
        return index

    def _of_guest(self, turn: Turn, guest: Guest, data: Frozen) -> None:
        match data:
            case decisions.PlacementExhausted():
                self.hosting.exhausted(turn, guest, data.excluded)
            case decisions.PlacementAccepted():
                self.hosting.promised(turn, guest, data.unit)
            case decisions.PlacementReopened():
                self.hosting.reopened(turn, guest)
            case decisions.PlacementAdmitted():
                self.hosting.admitted(turn, guest, data.unit)
            case decisions.PlacementCancelled():
                self.hosting.cancelled(turn, guest)

    def _of_own(self, turn: Turn, data: Any) -> None:  # noqa: ANN401  one of _FOLLOWED
        request, bridge = self._requests.book.requests[data.request], self.bridges.by_id.get(data.request)
        if bridge is not None:
            self._of_bridge(turn, bridge, data)
            return
        if isinstance(data, _MEETS):
            self._roaz.met(turn, request.id)
        match data:
            case decisions.PlacementExhausted():
                self._climb(turn, request)
            case decisions.PlacementAccepted():
                self.asking.withdraw(turn, request, TransferReason.PLACED)
            case decisions.PlacementReopened():
                self.asking.withdraw(turn, request, TransferReason.TAKEN_BACK)
            case decisions.PlacementAdmitted():
                self.asking.arrived(turn, request)
                self.bridges.end(turn, request.id, BridgingEnd.PLACED)
            case decisions.PlacementCancelled():
                self.asking.withdraw(turn, request, TransferReason.CANCELLED)
                self.bridges.end(turn, request.id, BridgingEnd.REQUEST_CANCELLED)
            case decisions.OwnershipChanged():
                self.bridges.owned(turn, request.id, data.owner)

    def _of_bridge(self, turn: Turn, bridge: Bridge, data: Frozen) -> None:
        """What became of care in the meantime."""
        match data:
            case decisions.PlacementAdmitted():
                self.bridges.started(turn, bridge, data.unit)
            case decisions.PlacementCancelled():
                self.bridges.not_wanted(turn, bridge)
            case decisions.PlacementExhausted():
                self._turn_to_roaz(turn, self._requests.book.requests[bridge.request])

    def _climb(self, turn: Turn, request: Request) -> None:
        """One step up: the next neighbour, after the last of them care in the meantime, and in the end the ROAZ."""
        if request.state is not State.WAITING or self.asking.stands(request.id):
            return
        if not self.asking.ask_next(turn, request):
            self.bridges.seek(turn, request)
            self._turn_to_roaz(turn, request)

    def _turn_to_roaz(self, turn: Turn, request: Request) -> None:
        asked = self.asking.asked(request, now=turn.now)
        if request.state is State.WAITING and asked is not None and self.bridges.in_vain(request):
            self._roaz.propose(turn, request, neighbours=asked, bridging=self.bridges.sought(request))


#: A place, or care until there is one, or no need of it any more.
_MEETS = (
    decisions.PlacementAccepted,
    decisions.PlacementAdmitted,
    decisions.PlacementCancelled,
    transfer.TransferConfirmed,
    transfer.BridgingStarted,
)
_FOLLOWED: frozenset[type[Frozen]] = frozenset(
    {
        *_MEETS,
        decisions.PlacementExhausted,
        decisions.PlacementReopened,
        decisions.OwnershipChanged,
    }
)
