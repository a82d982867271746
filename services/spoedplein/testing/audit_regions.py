"""What the logs of regions that exchange patients tell together: nobody in two places, nothing asked into the void."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from spoedplein.domain.log import Record
from spoedplein.testing.audit_rules import Violation
from spoedplein_schemas import Decision, decisions, placement, transfer
from spoedplein_schemas.placement import TransferOutcome

#: So long a message between regions may be on its way: the longest gap, the widest delay, and some more.
UNDERWAY: Final = timedelta(minutes=40)


class Life(NamedTuple):
    log: Sequence[Record]
    decisions: Sequence[Decision]

    @property
    def region(self) -> str:
        return self.log[0].event.region

    @property
    def ends_at(self) -> datetime:
        return datetime.fromtimestamp(max(record.at for record in self.log) / 1000, UTC)


def audit_together(lives: Sequence[Life]) -> list[Violation]:
    """Everything that is wrong between these regions though each may be right by itself."""
    found: list[Violation] = []
    by_region = {life.region: life for life in lives}
    for life in lives:
        for made in life.decisions:
            other = by_region.get(made.data.to_region) if isinstance(made.data, transfer.TransferAsked) else None
            if other is not None and isinstance(made.data, transfer.TransferAsked):
                found += _check_transfer(made, made.data, life, other)
        found += _check_origin(life, by_region)
    return found


def _check_transfer(made: Decision, asked: transfer.TransferAsked, here: Life, there: Life) -> Iterable[Violation]:
    """One transfer, from the question to its end, in both logs."""
    offset = int(made.id.rsplit(".", 2)[1])
    settled = [each for each in here.decisions if _is_of(each, asked.transfer, _SETTLED)]
    heard = [record for record in here.log if _answers(record, asked.transfer)]
    if not settled and not heard and here.ends_at > asked.answer_by + timedelta(seconds=1):
        yield Violation("I1", f"transfer {asked.transfer}: neither answered, lapsed nor withdrawn", offset)
    reached = any(_asks(record, asked.transfer) for record in there.log)
    if not reached and there.ends_at > made.time + UNDERWAY:
        yield Violation("I1", f"transfer {asked.transfer}: {there.region} never heard of it", offset)
    placed_here = _admissions(here, asked.request)
    placed_there = _admissions(there, asked.transfer)
    own = [each for each in placed_here if each.unit not in {other.unit for other in placed_there}]
    if own and placed_there:
        units = f"{own[0].unit} and {placed_there[0].unit}"
        yield Violation("I2", f"request {asked.request}: placed in both regions, {units}", offset)
    yield from _check_given_back(asked, settled, there, offset=offset)


def _check_given_back(
    asked: transfer.TransferAsked, settled: Sequence[Decision], there: Life, *, offset: int
) -> Iterable[Violation]:
    """What was withdrawn long enough ago holds no place over there."""
    if not settled or not isinstance(settled[-1].data, transfer.TransferWithdrawn):
        return
    if there.ends_at <= settled[-1].time + UNDERWAY:
        return
    held = False
    for each in there.decisions:
        if getattr(each.data, "request", None) == asked.transfer:
            if isinstance(each.data, decisions.PlacementOffered | decisions.PlacementAccepted):
                held = True
            elif isinstance(each.data, _FREES):
                held = False
    if held:
        message = f"transfer {asked.transfer}: withdrawn at {settled[-1].time}, and {there.region} holds a place still"
        yield Violation("I2", message, offset)


def _check_origin(life: Life, by_region: dict[str, Life]) -> Iterable[Violation]:
    """What a region hears of another was decided there."""
    decided = {f"transfer.{each.id}": each for other in by_region.values() for each in other.decisions}
    for record in life.log:
        data = record.event.data
        sender = getattr(data, "from_region", None) or getattr(data, "by_region", None)
        if sender in by_region and isinstance(data, _TRAVELS) and record.event.id not in decided:
            message = f"{record.event.id} came from {sender}, where nobody decided it"
            yield Violation("I9", message, record.offset)


def _is_of(decision: Decision, name: str, kinds: tuple[type, ...]) -> bool:
    return isinstance(decision.data, kinds) and decision.data.transfer == name  # type: ignore[attr-defined]


def _answers(record: Record, name: str) -> bool:
    data = record.event.data
    return isinstance(data, placement.TransferAnswered) and data.request == name and data.outcome in TransferOutcome


def _asks(record: Record, name: str) -> bool:
    return isinstance(record.event.data, placement.TransferAsked) and record.event.data.request == name


def _admissions(life: Life, request: str) -> list[decisions.PlacementAdmitted]:
    return [
        each.data
        for each in life.decisions
        if isinstance(each.data, decisions.PlacementAdmitted) and each.data.request == request
    ]


_SETTLED: Final = (transfer.TransferWithdrawn, transfer.TransferConfirmed)
_TRAVELS: Final = (
    placement.TransferAsked,
    placement.TransferAnswered,
    placement.TransferConfirmed,
    placement.TransferWithdrawn,
)
_FREES: Final = (
    decisions.OfferEnded,
    decisions.PromiseReleased,
    decisions.PlacementReopened,
    decisions.PlacementAdmitted,
    decisions.PlacementCancelled,
)
