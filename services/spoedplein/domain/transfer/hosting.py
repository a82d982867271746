"""The region that is asked: a neighbour's patient is served by our own rules, our own region first.

The request is kept here under the transfer's pseudonym, and its owner stays the neighbour's. A place that a provider
accepts is held until the neighbour confirms or withdraws. Every question is answered: with a unit, or with none and
why; at the latest when its time is over.
"""

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass

from spoedplein.domain.agreements import Rules
from spoedplein.domain.placement import Requests
from spoedplein.domain.placement.book import KEEP_MS
from spoedplein.domain.timers import Timer, Timers
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas import placement as said
from spoedplein_schemas.decisions import Exclusion, Refusal
from spoedplein_schemas.neighbours import Neighbour, NeighbourSharing
from spoedplein_schemas.placement import CancelReason, ShortOf, TransferOutcome, TransferReason
from spoedplein_schemas.transfer import GuestExpected, TransferAnswered
from spoedplein_schemas.views import RequestState as State
from spoedplein_schemas.vocabulary import Actor, CareType, Role, millis


@dataclass(slots=True)
class Guest:
    """A neighbour's question, by the transfer's pseudonym. `told` is the newest outcome that the neighbour has."""

    id: str
    region: str
    owner: str
    answer_by: int
    keep_free: int = 0
    told: TransferOutcome | None = None
    unit: str | None = None
    confirmed: bool = False
    expected: bool = False
    withdrawn: bool = False
    ended_at: int | None = None


class Hosting:
    """`ours` has, by name, what already means something of our own, and so nothing of a neighbour's."""

    def __init__(
        self,
        guests: dict[str, Guest],
        *,
        requests: Requests,
        rules: Rules,
        timers: Timers,
        ours: Sequence[Container[str]],
    ) -> None:
        self.guests = guests
        self._requests = requests
        self._rules = rules
        self._timers = timers
        self._ours = ours
        for guest in guests.values():
            self._schedule(guest)

    def asked(self, turn: Turn, data: said.TransferAsked) -> None:
        """Under a name that means somebody else here, a system beside this one asks for nobody: it asks anew."""
        if self._is_of_another(data.request, data.from_region):
            self._requests.book.refuse(turn, data, data.request, Refusal.NAME_TAKEN)
            reason = TransferReason.NOT_AGREED
            self._tell(turn, data.request, data.from_region, TransferOutcome.NONE, reason=reason)
            return
        if data.request in self.guests:
            return
        guest = Guest(data.request, data.from_region, data.owner, millis(data.answer_by))
        self.guests[guest.id] = guest
        self._schedule(guest)
        agreed = self._agreed(data)
        if not agreed:
            self._no(turn, guest, TransferReason.NOT_AGREED)
        elif turn.now >= guest.answer_by:
            self._no(turn, guest, TransferReason.TOO_LATE)
        else:
            care_types = tuple(care_type for care_type, _ in agreed)
            urgent = self._rules.rank(data.profile.urgency).life_threatening
            guest.keep_free = 0 if urgent else max(neighbour.keep_free for _, neighbour in agreed)
            self._requests.keep_free[guest.id] = guest.keep_free
            self._requests.requested(
                turn,
                said.PlacementRequested(
                    request=data.request,
                    case=data.request,
                    requester=data.requester,
                    owner=data.owner,
                    profile=data.profile.model_copy(update={"care_types": care_types}),
                    requested_at=data.asked_at,
                ),
            )

    def confirmed(self, turn: Turn, data: said.TransferConfirmed) -> None:
        guest = self._heard(turn, data)
        if guest is not None:
            guest.confirmed = True
            self._expect(turn, guest)

    def withdrawn(self, turn: Turn, data: said.TransferWithdrawn) -> None:
        """The neighbour needs it no more; said before the question, the question finds nobody home."""
        guest = self._heard(turn, data)
        if guest is not None:
            guest.withdrawn = True
            self._close(turn, guest, CancelReason.FOUND_ELSEWHERE)

    def lapsed(self, turn: Turn, guest_id: str) -> None:
        """The time that the neighbour gave is over, and no provider said yes."""
        guest = self.guests[guest_id]
        self._no(turn, guest, TransferReason.TOO_LATE)
        self._close(turn, guest, CancelReason.NO_LONGER_NEEDED)

    # --- what became of the request here ------------------------------------------------------------------------------

    def exhausted(self, turn: Turn, guest: Guest, excluded: tuple[Exclusion, ...]) -> None:
        """Nothing here fits now: that is the answer, so that the neighbour can go on."""
        self._no(turn, guest, TransferReason.NOTHING_FITS, excluded=excluded)
        self._close(turn, guest, CancelReason.NO_LONGER_NEEDED)

    def promised(self, turn: Turn, guest: Guest, unit: str) -> None:
        guest.unit = unit
        self._answer(turn, guest, TransferOutcome.ACCEPTED, unit=unit)
        guest.expected = False
        self._expect(turn, guest)

    def reopened(self, turn: Turn, guest: Guest) -> None:
        """A provider took his yes back: the neighbour looks further himself."""
        guest.unit = None
        self._answer(turn, guest, TransferOutcome.RELEASED, reason=TransferReason.TAKEN_BACK)
        self._close(turn, guest, CancelReason.NO_LONGER_NEEDED)

    def admitted(self, turn: Turn, guest: Guest, unit: str) -> None:
        guest.unit = unit
        self._answer(turn, guest, TransferOutcome.ADMITTED, unit=unit)
        self._end(turn, guest)

    def cancelled(self, turn: Turn, guest: Guest) -> None:
        """By whom does not matter: a neighbour that counts on us hears of it."""
        if guest.told in (None, TransferOutcome.ACCEPTED) and not guest.withdrawn:
            outcome = TransferOutcome.NONE if guest.told is None else TransferOutcome.RELEASED
            self._answer(turn, guest, outcome, reason=TransferReason.CANCELLED)
        self._end(turn, guest)

    def forget(self, guest_id: str) -> None:
        self.guests.pop(guest_id)
        self._requests.keep_free.pop(guest_id, None)

    def give_up(self, guest_id: str) -> None:
        """The name means somebody of our own from now on."""
        self.forget(guest_id)
        self._timers.set(Timer.TRANSFER, guest_id, None)
        self._timers.set(Timer.FORGET_TRANSFER, guest_id, None)

    def _agreed(self, data: said.TransferAsked) -> list[tuple[CareType, Neighbour]]:
        return [
            (care_type, neighbour)
            for care_type in data.profile.care_types
            for neighbour in self._rules.neighbours
            if neighbour.region == data.from_region and care_type in neighbour.takes
        ]

    def _is_of_another(self, name: str, region: str) -> bool:
        guest = self.guests.get(name)
        return any(name in known for known in self._ours) if guest is None else guest.region != region

    def _heard(self, turn: Turn, data: said.TransferConfirmed | said.TransferWithdrawn) -> Guest | None:
        """Kept when it overtook the question, so that the question finds what was said of it.

        Only who asked has a say in it.
        """
        name, region = data.request, data.from_region
        if self._is_of_another(name, region):
            self._requests.book.refuse(turn, data, name, Refusal.UNKNOWN_TRANSFER)
            return None
        guest = self.guests.get(name)
        if guest is None:
            guest = self.guests[name] = Guest(name, region, region, turn.now, ended_at=turn.now)
            self._schedule(guest)
        return guest

    def _expect(self, turn: Turn, guest: Guest) -> None:
        request = self._requests.book.requests.get(guest.id)
        if guest.expected or not guest.confirmed or request is None or request.state is not State.ACCEPTED:
            return
        guest.expected = True
        assert request.unit is not None, "accepted is in a unit"
        turn.decide(
            GuestExpected(transfer=guest.id, from_region=guest.region, unit=request.unit, owner=guest.owner),
            subject=guest.id,
        )

    def _no(self, turn: Turn, guest: Guest, reason: TransferReason, *, excluded: tuple[Exclusion, ...] = ()) -> None:
        if guest.told is None and not guest.withdrawn:
            self._answer(turn, guest, TransferOutcome.NONE, reason=reason, excluded=excluded)
        self._end(turn, guest)

    def _answer(
        self,
        turn: Turn,
        guest: Guest,
        outcome: TransferOutcome,
        *,
        unit: str | None = None,
        reason: TransferReason | None = None,
        excluded: tuple[Exclusion, ...] = (),
    ) -> None:
        guest.told = outcome
        self._schedule(guest)
        self._tell(turn, guest.id, guest.region, outcome, unit=unit, reason=reason, excluded=excluded)

    def _tell(
        self,
        turn: Turn,
        name: str,
        region: str,
        outcome: TransferOutcome,
        *,
        unit: str | None = None,
        reason: TransferReason | None = None,
        excluded: tuple[Exclusion, ...] = (),
    ) -> None:
        sharing = next(
            (each.sharing for each in self._rules.neighbours if each.region == region), NeighbourSharing.OUTCOME
        )
        reach = self._rules.reach(region)
        codes = Counter(each.code.value for each in excluded)
        turn.decide(
            TransferAnswered(
                transfer=name,
                from_region=region,
                outcome=outcome,
                unit=unit,
                reason=reason,
                excluded=excluded,
                short_of=()
                if sharing is NeighbourSharing.OUTCOME
                else tuple(ShortOf(code=code, units=count) for code, count in sorted(codes.items())),
                passed_over=tuple(each.unit for each in excluded) if sharing is NeighbourSharing.UNITS else (),
                by=reach.by,
                contact=reach.contact,
            ),
            subject=name,
        )

    def _close(self, turn: Turn, guest: Guest, reason: CancelReason) -> None:
        """What is held or promised for the neighbour's patient is free again."""
        self._end(turn, guest)
        request = self._requests.book.requests.get(guest.id)
        if request is not None and request.open:
            by = Actor(role=Role.SYSTEM, organisation=guest.owner)
            cancelled = said.RequestCancelled(request=guest.id, reason=reason, cancelled_at=moment(turn.now), by=by)
            self._requests.cancelled(turn, cancelled)

    def _end(self, turn: Turn, guest: Guest) -> None:
        if guest.ended_at is None:
            guest.ended_at = turn.now
        self._schedule(guest)

    def _schedule(self, guest: Guest) -> None:
        waits = guest.told is None and guest.ended_at is None
        self._timers.set(Timer.TRANSFER, guest.id, guest.answer_by + 1 if waits else None)
        if guest.ended_at is not None:
            self._timers.set(Timer.FORGET_TRANSFER, guest.id, guest.ended_at + 2 * KEEP_MS)
