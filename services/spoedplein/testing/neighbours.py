"""Neighbouring regions of which we only see what they say: for a region that is simulated alone.

A neighbour answers with a place, with none, too late or not at all; he takes a yes back now and then. Of what he asks
himself he confirms most, and withdraws the rest.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from spoedplein.testing.world import SYSTEM, World
from spoedplein_schemas import Decision, transfer
from spoedplein_schemas import placement as said
from spoedplein_schemas.placement import TransferOutcome, TransferReason
from spoedplein_schemas.vocabulary import Frozen, millis

#: Planning values: no figures are known.
OUTCOMES: Final = {"silent": 15.0, "late": 8.0, "none": 42.0, "place": 35.0}
TAKEN_BACK: Final = 0.1
WITHDRAWN: Final = 0.2


class Neighbours:
    def __init__(self, world: World) -> None:
        self._world = world
        self._chance = world.chance("neighbours")
        self._reactions: dict[type[Frozen], Callable[[Any], None]] = {
            transfer.TransferAsked: self._asked,
            transfer.TransferConfirmed: self._confirmed,
            transfer.TransferAnswered: self._answered,
        }

    def react(self, decision: Decision) -> None:
        reaction = self._reactions.get(type(decision.data))
        if reaction is not None:
            self._world.at(millis(decision.time), partial(reaction, decision.data))

    def _asked(self, asked: transfer.TransferAsked) -> None:
        outcome = self._chance.pick(OUTCOMES)
        if outcome == "silent":
            return
        term_ms = max(1, millis(asked.answer_by) - self._world.now_ms)
        after_ms = round(term_ms * (1.1 if outcome == "late" else self._chance.between(0.05, 0.9)))
        found = outcome in ("place", "late")
        self._world.after(after_ms, partial(self._says_of_ours, asked.transfer, asked.to_region, found=found))

    def _says_of_ours(self, name: str, region: str, *, found: bool) -> None:
        outcome = TransferOutcome.ACCEPTED if found else TransferOutcome.NONE
        self._answers(name, region, outcome)

    def _confirmed(self, confirmed: transfer.TransferConfirmed) -> None:
        outcome = TransferOutcome.RELEASED if self._chance.happens(TAKEN_BACK) else TransferOutcome.ADMITTED
        after_ms = self._chance.around_ms(60, 0.5)
        self._world.after(after_ms, partial(self._answers, confirmed.transfer, confirmed.to_region, outcome))

    def _answers(self, name: str, region: str, outcome: TransferOutcome) -> None:
        there = outcome in (TransferOutcome.ACCEPTED, TransferOutcome.ADMITTED)
        reason = {
            TransferOutcome.NONE: TransferReason.NOTHING_FITS,
            TransferOutcome.RELEASED: TransferReason.TAKEN_BACK,
        }
        answered = said.TransferAnswered(
            request=name,
            by_region=region,
            answered_at=self._world.moment(),
            outcome=outcome,
            unit=f"plek-{region}" if there else None,
            reason=reason.get(outcome),
        )
        self._world.voice(f"neighbour-{region}", SYSTEM).says(answered, subject=name)

    def _answered(self, answered: transfer.TransferAnswered) -> None:
        if answered.outcome is not TransferOutcome.ACCEPTED:
            return
        withdraws = self._chance.happens(WITHDRAWN)
        after_ms = self._chance.around_ms(2)
        self._world.after(
            after_ms, partial(self._settles, answered.transfer, answered.from_region, withdraws=withdraws)
        )

    def _settles(self, name: str, region: str, *, withdraws: bool) -> None:
        now = self._world.moment()
        settled: Frozen
        if withdraws:
            reason = TransferReason.PLACED
            settled = said.TransferWithdrawn(request=name, from_region=region, withdrawn_at=now, reason=reason)
        else:
            settled = said.TransferConfirmed(request=name, from_region=region, confirmed_at=now)
        self._world.voice(f"neighbour-{region}", SYSTEM).says(settled, subject=name)
