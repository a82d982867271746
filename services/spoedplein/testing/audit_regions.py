"""What the logs of regions that exchange patients tell together: nobody in two places, nothing asked into the void."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from spoedplein.domain.log import Record
from spoedplein.testing.audit_rules import Violation
from spoedplein_schemas import Decision, decisions, placement, transfer

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


@dataclass(slots=True)
class Told:
    """What one region tells of each transfer and each request, in the order of its log."""

    life: Life
    settled: dict[str, list[Decision]] = field(default_factory=lambda: defaultdict(list))
    of_request: dict[str, list[Decision]] = field(default_factory=lambda: defaultdict(list))
    answered: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for record in self.life.log:
            match record.event.data:
                case placement.TransferAnswered() as data:
                    self.answered.add(data.request)
                case placement.TransferAsked() as data:
                    self.asked.add(data.request)
        for each in self.life.decisions:
            match each.data:
                case transfer.TransferWithdrawn() | transfer.TransferConfirmed():
                    self.settled[each.data.transfer].append(each)
                case data if (request := getattr(data, "request", None)) is not None:
                    self.of_request[request].append(each)

    def admissions(self, request: str) -> list[decisions.PlacementAdmitted]:
        return [each.data for each in self.of_request[request] if isinstance(each.data, decisions.PlacementAdmitted)]


def audit_together(lives: Sequence[Life]) -> list[Violation]:
    """Everything that is wrong between these regions though each may be right by itself."""
    found: list[Violation] = []
    by_region = {life.region: Told(life) for life in lives}
    for life in lives:
        for made in life.decisions:
            if not isinstance(made.data, transfer.TransferAsked) or made.data.by is not None:
                continue
            other = by_region.get(made.data.to_region)
            if other is not None:
                found += _check_transfer(made, made.data, by_region[life.region], other)
        found += _check_origin(life, by_region)
    return found


def _check_transfer(made: Decision, asked: transfer.TransferAsked, here: Told, there: Told) -> Iterable[Violation]:
    """One transfer, from the question to its end, in both logs."""
    offset = int(made.id.rsplit(".", 2)[1])
    settled = here.settled[asked.transfer]
    if (
        not settled
        and asked.transfer not in here.answered
        and here.life.ends_at > asked.answer_by + timedelta(seconds=1)
    ):
        yield Violation("I1", f"transfer {asked.transfer}: neither answered, lapsed nor withdrawn", offset)
    if asked.transfer not in there.asked and there.life.ends_at > made.time + UNDERWAY:
        yield Violation("I1", f"transfer {asked.transfer}: {there.life.region} never heard of it", offset)
    placed_here = here.admissions(asked.request)
    placed_there = there.admissions(asked.transfer)
    own = [each for each in placed_here if each.unit not in {other.unit for other in placed_there}]
    if own and placed_there:
        units = f"{own[0].unit} and {placed_there[0].unit}"
        yield Violation("I2", f"request {asked.request}: placed in both regions, {units}", offset)
    yield from _check_given_back(asked, settled, there, offset=offset)


def _check_given_back(
    asked: transfer.TransferAsked, settled: Sequence[Decision], there: Told, *, offset: int
) -> Iterable[Violation]:
    """What was withdrawn long enough ago holds no place over there."""
    if not settled or not isinstance(settled[-1].data, transfer.TransferWithdrawn):
        return
    if there.life.ends_at <= settled[-1].time + UNDERWAY:
        return
    held = False
    for each in there.of_request[asked.transfer]:
        if isinstance(each.data, decisions.PlacementOffered | decisions.PlacementAccepted):
            held = True
        elif isinstance(each.data, _FREES):
            held = False
    if held:
        message = (
            f"transfer {asked.transfer}: withdrawn at {settled[-1].time}, and {there.life.region} holds a place still"
        )
        yield Violation("I2", message, offset)


def _check_origin(life: Life, by_region: dict[str, Told]) -> Iterable[Violation]:
    """What a region hears of another was decided there."""
    decided = {f"transfer.{each.id}": each for other in by_region.values() for each in other.life.decisions}
    for record in life.log:
        data = record.event.data
        sender = getattr(data, "from_region", None) or getattr(data, "by_region", None)
        if sender in by_region and isinstance(data, _TRAVELS) and record.event.id not in decided:
            message = f"{record.event.id} came from {sender}, where nobody decided it"
            yield Violation("I9", message, record.offset)


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
