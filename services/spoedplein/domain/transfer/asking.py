"""The region that has the request: it asks neighbours, hears them, and takes one place at most.

The first yes wins, of our own providers and of every neighbour alike; whoever else was asked is told at once that he
need not look any further. A yes that comes after that changes nothing: the place is given back by the same word.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.placement import Requests
from spoedplein.domain.placement.book import KEEP_MS
from spoedplein.domain.request import Request
from spoedplein.domain.timers import Timer, Timers
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas import placement as said
from spoedplein_schemas.decisions import OfferEnd, PlacementAdmitted, PlacementReopened, Refusal
from spoedplein_schemas.neighbours import Neighbour
from spoedplein_schemas.placement import DeclineReason, TransferOutcome, TransferReason
from spoedplein_schemas.transfer import TransferAsked, TransferConfirmed, TransferWithdrawn
from spoedplein_schemas.views import RequestState as State
from spoedplein_schemas.vocabulary import CareType, millis


class Stage(StrEnum):
    ASKED = "asked"
    REFUSED = "refused"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    ADMITTED = "admitted"


#: The longest rest that can be agreed, after which an ended transfer has nothing more to tell.
REST_MAX_MS = 7 * KEEP_MS
_STANDING = (Stage.ASKED, Stage.CONFIRMED)
#: Of two answers of the same moment the later in a transfer's life counts.
_ORDER = (TransferOutcome.NONE, TransferOutcome.ACCEPTED, TransferOutcome.RELEASED, TransferOutcome.ADMITTED)


@dataclass(slots=True)
class Transfer:
    """One question to one neighbour. `heard` is the newest answer's own moment and rank; `ended_at` the log's time."""

    id: str
    request: str
    region: str
    asked_at: int
    answer_by: int
    stage: Stage = Stage.ASKED
    unit: str | None = None
    heard: tuple[int, int] | None = None
    ended_at: int | None = None


class Asking:
    def __init__(self, transfers: dict[str, Transfer], *, requests: Requests, rules: Rules, timers: Timers) -> None:
        self.transfers = transfers
        self._requests = requests
        self._rules = rules
        self._timers = timers
        self._of: dict[str, list[str]] = {}
        for transfer in transfers.values():
            self._of.setdefault(transfer.request, []).append(transfer.id)
            self._schedule(transfer)

    def of(self, request_id: str) -> list[Transfer]:
        return [self.transfers[name] for name in self._of.get(request_id, ())]

    def stands(self, request_id: str) -> bool:
        """Whether a neighbour is asked who did not answer yet."""
        return any(transfer.stage is Stage.ASKED for transfer in self.of(request_id))

    def asked(self, request: Request, *, now: int) -> tuple[str, ...] | None:
        """The neighbours who were asked, in order; nothing while one of them is, or stands to say something new."""
        if self.stands(request.id) or self._not_asked(request, now=now):
            return None
        return tuple(dict.fromkeys(transfer.region for transfer in self.of(request.id)))

    def ask_next(self, turn: Turn, request: Request) -> bool:
        """Ask the next agreed neighbour, or all of them when it is life-threatening; false when nobody is left."""
        urgent = self._rules.rank(request.wanted.profile.urgency).life_threatening
        left = self._not_asked(request, now=turn.now)
        for index, (neighbour, care_types) in enumerate(left if urgent else left[:1]):
            later = () if urgent else tuple(each.region for each, _ in left[index + 1 :])
            self._ask(turn, request, neighbour, care_types, later=later)
        return bool(left)

    def answered(self, turn: Turn, data: said.TransferAnswered) -> Request | None:
        """Hear a neighbour; the request, when it is free to go on looking."""
        transfer = self.transfers.get(data.request)
        if transfer is None or transfer.region != data.by_region:
            self._requests.book.refuse(turn, data, data.request, Refusal.UNKNOWN_TRANSFER)
            return None
        if data.unit is None and data.outcome in (TransferOutcome.ACCEPTED, TransferOutcome.ADMITTED):
            detail = "a place has a unit: name it as they do there"
            self._requests.book.refuse(turn, data, data.request, Refusal.UNKNOWN_UNIT, detail=detail)
            return None
        heard = (millis(data.answered_at), _ORDER.index(data.outcome))
        if transfer.heard is not None and heard <= transfer.heard:
            return None
        transfer.heard = heard
        request = self._requests.book.requests.get(transfer.request)
        if request is None:
            return None
        match data.outcome:
            case TransferOutcome.NONE | TransferOutcome.RELEASED:
                return self._refused(turn, request, transfer)
            case TransferOutcome.ACCEPTED if data.unit is not None:
                self._accepted(turn, request, transfer, data.unit)
            case TransferOutcome.ADMITTED if data.unit is not None:
                self._admitted(turn, request, transfer, data)
        return None

    def lapsed(self, turn: Turn, transfer_id: str) -> Request | None:
        """No answer in time: the neighbour is told, and the request is free to go on."""
        transfer = self.transfers[transfer_id]
        request = self._requests.book.requests.get(transfer.request)
        self._end(turn, transfer, Stage.WITHDRAWN)
        if request is not None:
            self._withdrawn(turn, request, transfer, TransferReason.SILENCE)
        return request

    def withdraw(self, turn: Turn, request: Request, reason: TransferReason, *, but: str | None = None) -> None:
        """Nobody need look any further, and what was taken elsewhere is given back; `but` is the one that stays."""
        for transfer in self.of(request.id):
            if transfer.stage in _STANDING and transfer.id != but:
                self._end(turn, transfer, Stage.WITHDRAWN)
                self._withdrawn(turn, request, transfer, reason)

    def arrived(self, turn: Turn, request: Request) -> None:
        """The patient is in a place: the transfer by which he came there is done, all others are withdrawn."""
        for transfer in self.of(request.id):
            if transfer.stage is Stage.CONFIRMED and transfer.unit == request.unit:
                self._end(turn, transfer, Stage.ADMITTED)
        self.withdraw(turn, request, TransferReason.PLACED)

    def forget(self, transfer_id: str) -> None:
        transfer = self.transfers.pop(transfer_id)
        siblings = self._of[transfer.request]
        siblings.remove(transfer_id)
        if not siblings:
            del self._of[transfer.request]

    def _not_asked(self, request: Request, *, now: int) -> list[tuple[Neighbour, tuple[CareType, ...]]]:
        """Neighbours agreed for this care, in their order, that stand to say something new."""
        found = []
        for neighbour in self._rules.neighbours:
            care_types = tuple(each for each in request.wanted.profile.care_types if each in neighbour.asks)
            rest_from = now - neighbour.again_minutes * MINUTE_MS
            lately = any(each.region == neighbour.region and each.asked_at > rest_from for each in self.of(request.id))
            if care_types and not lately:
                found.append((neighbour, care_types))
        return found

    def _ask(
        self,
        turn: Turn,
        request: Request,
        neighbour: Neighbour,
        care_types: tuple[CareType, ...],
        *,
        later: tuple[str, ...],
    ) -> None:
        answer_by = turn.now + neighbour.answer_minutes * MINUTE_MS
        transfer = Transfer(turn.next_id(), request.id, neighbour.region, turn.now, answer_by)
        self.transfers[transfer.id] = transfer
        self._of.setdefault(request.id, []).append(transfer.id)
        self._schedule(transfer)
        self._requests.book.decide(
            turn,
            request,
            TransferAsked(
                request=request.id,
                transfer=transfer.id,
                to_region=neighbour.region,
                owner=request.owner,
                answer_by=moment(answer_by),
                # The quarter of a town says where somebody lives: a neighbour has no use for it.
                profile=request.wanted.profile.model_copy(update={"care_types": care_types, "area": None}),
                ruled_out=tuple(dict.fromkeys(later)),
                by=neighbour.asked_by,
                contact=neighbour.contact,
            ),
        )

    def _refused(self, turn: Turn, request: Request, transfer: Transfer) -> Request | None:
        if transfer.stage is Stage.ASKED:
            self._end(turn, transfer, Stage.REFUSED)
            return request
        if transfer.stage is not Stage.CONFIRMED or not request.open:
            return None
        unit = request.unit
        self._end(turn, transfer, Stage.REFUSED)
        self._wait(turn, request)
        assert unit is not None, "a confirmed transfer has its unit"
        reopened = PlacementReopened(request=request.id, unit=unit, owner=request.owner, reason=DeclineReason.OTHER)
        self._requests.book.decide(turn, request, reopened)
        self._requests.search.search(turn, request)
        return None

    def _accepted(self, turn: Turn, request: Request, transfer: Transfer, unit: str) -> None:
        moved = transfer.stage is Stage.CONFIRMED and transfer.unit != unit
        takes = transfer.stage is Stage.ASKED and request.state in (State.WAITING, State.OFFERED)
        if not (moved or takes):
            return
        transfer.stage, transfer.unit = Stage.CONFIRMED, unit
        self._schedule(transfer)
        freed = self._requests.give_back(turn, request, OfferEnd.WITHDRAWN_TRANSFERRED)
        admit_by = self._requests.book.admit_by(request, now=turn.now)
        request.state, request.unit, request.review_at = State.ACCEPTED, unit, None
        request.admit_by, request.overdue_since = admit_by, None
        self._requests.book.index(request)
        reach = self._rules.reach(transfer.region)
        self._requests.book.decide(
            turn,
            request,
            TransferConfirmed(
                request=request.id,
                transfer=transfer.id,
                to_region=transfer.region,
                unit=unit,
                owner=request.owner,
                admit_by=moment(admit_by),
                by=reach.by,
                contact=reach.contact,
            ),
        )
        self.withdraw(turn, request, TransferReason.PLACED, but=transfer.id)
        self._look_again(turn, freed)
        self._requests.answers.heed_early(turn, request)

    def _admitted(self, turn: Turn, request: Request, transfer: Transfer, data: said.TransferAnswered) -> None:
        """The patient is there, whatever we thought of it: what is held or promised here is free again."""
        if not request.open:
            if transfer.stage is not Stage.ADMITTED:
                self._requests.book.refuse(turn, data, request.id, Refusal.REQUEST_CLOSED)
            return
        if transfer.stage is not Stage.CONFIRMED:
            freed = self._requests.give_back(turn, request, OfferEnd.WITHDRAWN_TRANSFERRED)
        else:
            freed = []
        transfer.stage, transfer.unit = Stage.CONFIRMED, data.unit
        request.unit = data.unit
        self._requests.book.close(turn, request, State.ADMITTED)
        waited = max(0, turn.now - request.opened_at) // 1000
        assert data.unit is not None, "an admission names its unit"
        self._requests.book.decide(
            turn, request, PlacementAdmitted(request=request.id, unit=data.unit, to_place_seconds=waited)
        )
        self._look_again(turn, freed)

    def _wait(self, turn: Turn, request: Request) -> None:
        request.state, request.review_at = State.WAITING, turn.now
        request.unit, request.admit_by, request.overdue_since = None, None, None
        self._requests.book.index(request)

    def _look_again(self, turn: Turn, freed: Iterable[str]) -> None:
        for unit_id in freed:
            self._requests.search.place_freed(turn, unit_id)

    def _withdrawn(self, turn: Turn, request: Request, transfer: Transfer, reason: TransferReason) -> None:
        reach = self._rules.reach(transfer.region)
        self._requests.book.decide(
            turn,
            request,
            TransferWithdrawn(
                request=request.id,
                transfer=transfer.id,
                to_region=transfer.region,
                owner=request.owner,
                reason=reason,
                by=reach.by,
                contact=reach.contact,
            ),
        )

    def _end(self, turn: Turn, transfer: Transfer, stage: Stage) -> None:
        transfer.stage, transfer.ended_at = stage, turn.now
        self._schedule(transfer)

    def _schedule(self, transfer: Transfer) -> None:
        asked = transfer.stage is Stage.ASKED
        self._timers.set(Timer.TRANSFER, transfer.id, transfer.answer_by + 1 if asked else None)
        if transfer.ended_at is not None:
            self._timers.set(Timer.FORGET_TRANSFER, transfer.id, transfer.ended_at + REST_MAX_MS)
