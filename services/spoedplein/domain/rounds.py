"""A "report now" round: units are asked for a fresh figure; who answered, who is silent, how complete it became.

An answer is a message that names the round, or any figure counted since the question. So it does not matter what is
heard first: question, answer or reminder. A closed round stays closed; what is heard late only shows on the board.
"""

from dataclasses import dataclass, field

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.availability import STATUS_ONLY, Units
from spoedplein.domain.timers import Timer, Timers
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas.agreements import Unit
from spoedplein_schemas.capacity import ReportAsked
from spoedplein_schemas.decisions import (
    ExclusionCode,
    PlacementExhausted,
    RoundClosed,
    RoundCompleted,
    RoundOpened,
    RoundReminded,
)
from spoedplein_schemas.views import RoundView
from spoedplein_schemas.vocabulary import CareType, millis

#: Answers may trail in for a day after a round was closed; then it is forgotten.
KEEP_MS = 24 * 60 * MINUTE_MS
#: At most so many rounds are shown.
SHOWN_MAX = 20
#: What a fresh report would lift.
UNKNOWN = (ExclusionCode.STALE, ExclusionCode.NEVER_REPORTED)


@dataclass(slots=True)
class Round:
    """Without `opened_at` the question was not heard yet, only an answer to it.

    `asked_at` is the source's time but never after the log's; the others are the log's. `answered` has per unit when
    its answer was heard.
    """

    id: str
    heard_at: int
    opened_at: int | None = None
    asked_at: int = 0
    units: tuple[str, ...] = ()
    answer_by: int = 0
    remind_at: int | None = None
    closed_at: int | None = None
    answered: dict[str, int] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        return self.opened_at is not None and self.closed_at is None

    def outstanding(self) -> tuple[str, ...]:
        return tuple(unit for unit in self.units if unit not in self.answered)


class Rounds:
    def __init__(self, rounds: dict[str, Round], *, units: Units, rules: Rules, timers: Timers) -> None:
        self.rounds = rounds
        self.changed = False
        self._units = units
        self._rules = rules
        self._timers = timers
        #: Units of whom rounds wait to hear, with those.
        self.waiting: dict[str, set[str]] = {}
        for each in rounds.values():
            self._index(each)
            self._schedule(each)

    def asked(self, turn: Turn, data: ReportAsked) -> None:
        """A coordinator asks. The same question twice is one round."""
        known = self.rounds.get(data.ask)
        if known is not None and known.opened_at is not None:
            return
        wanted = data.care_types or tuple(CareType)
        units = sorted(unit.id for care_type in set(wanted) for unit in self._rules.units_of(care_type))
        self._open(turn, data.ask, units, asked_at=min(millis(data.asked_at), turn.now), care_types=data.care_types)

    def exhausted(self, turn: Turn, data: PlacementExhausted) -> None:
        """Where agreed: units without a valid figure are asked, when they are why somebody has no place now.

        In the turn in which other agreements came, he may have none for a unit that was taken out of them.
        """
        agreed = self._rules.rounds
        if not agreed.when_exhausted:
            return
        rested = turn.now - agreed.rest_minutes * MINUTE_MS
        unknown = {item.unit for item in data.excluded if item.code in UNKNOWN and item.unit in self._rules.units}
        units = sorted(unit for unit in unknown if self._asked_at(unit) < rested)
        if units:
            care_types = tuple(sorted({self._rules.units[unit].care_type for unit in units}))
            name = f"round-{turn.offset}-{len(turn.decisions)}"
            self._open(turn, name, units, asked_at=turn.now, care_types=care_types, request=data.request)

    def answered(self, turn: Turn, unit_id: str, ask: str) -> None:
        """A message that names the round it answers, however old the figure in it."""
        found = self.rounds.get(ask)
        if found is None:
            found = self.rounds[ask] = Round(ask, heard_at=turn.now)
            self._schedule(found)
        self._note(turn, found, unit_id)

    def seen(self, turn: Turn, unit_id: str, at: int) -> None:
        """A figure counted at `at`, by the source: it answers open questions of before, and closed ones in time."""
        waiting = self.waiting.get(unit_id)
        for name in sorted(waiting) if waiting else ():
            found = self.rounds[name]
            if at >= found.asked_at and (found.open or at <= found.answer_by):
                self._note(turn, found, unit_id)

    def due(self, turn: Turn, name: str) -> None:
        """Time to remind, or time is up; when the reminder is as late as the end, only the end is told."""
        found = self.rounds[name]
        if turn.now > found.answer_by:
            self._close(turn, found)
            return
        found.remind_at = None
        self._schedule(found)
        turn.decide(
            RoundReminded(round=name, outstanding=found.outstanding(), answer_by=moment(found.answer_by)), subject=name
        )

    def agreements_changed(self, turn: Turn) -> None:
        """A unit that was taken out of the agreements answers no more."""
        for found in sorted((each for each in self.rounds.values() if each.open), key=lambda each: each.id):
            gone = [unit for unit in found.units if unit not in self._rules.units]
            if gone:
                found.units = tuple(unit for unit in found.units if unit not in gone)
                for unit in gone:
                    self._heard(unit, found.id)
                self.changed = True
                self._complete(turn, found)

    def forget(self, name: str) -> None:
        found = self.rounds.pop(name)
        for unit_id in found.units:
            self._heard(unit_id, name)
        self.changed = True

    def views(self) -> tuple[RoundView, ...]:
        """Newest first."""
        asked = [(each.asked_at, each.id, each) for each in self.rounds.values() if each.opened_at is not None]
        return tuple(
            RoundView(
                round=each.id,
                since=moment(asked_at),
                answer_by=moment(each.answer_by),
                closed=not each.open,
                asked=len(each.units),
                answered=len(each.units) - len(each.outstanding()),
                outstanding=each.outstanding(),
            )
            for asked_at, _, each in sorted(asked, key=lambda row: row[:2], reverse=True)[:SHOWN_MAX]
        )

    def open_total(self) -> int:
        return sum(each.open for each in self.rounds.values())

    # --- steps ------------------------------------------------------------------------------------------------

    def _open(
        self,
        turn: Turn,
        name: str,
        units: list[str],
        *,
        asked_at: int,
        care_types: tuple[CareType, ...],
        request: str | None = None,
    ) -> None:
        agreed, early = self._rules.rounds, self.rounds.get(name)
        # A question that was held up for long gives units their time from when they could hear it.
        since = asked_at if turn.now - asked_at < agreed.remind_minutes * MINUTE_MS else turn.now
        found = self.rounds[name] = Round(
            name,
            heard_at=turn.now,
            opened_at=turn.now,
            asked_at=asked_at,
            units=tuple(units),
            answer_by=since + agreed.answer_minutes * MINUTE_MS,
            remind_at=since + agreed.remind_minutes * MINUTE_MS if agreed.reminds else None,
            answered=dict(early.answered) if early else {},
        )
        for unit_id in units:
            self._units.state(unit_id).asked_at = turn.now
            if self._seen_at(self._rules.units[unit_id]) >= asked_at:
                found.answered.setdefault(unit_id, turn.now)
        self._index(found)
        self._schedule(found)
        self.changed = True
        turn.decide(
            RoundOpened(
                round=name,
                care_types=care_types,
                units=found.units,
                answered=len(found.units) - len(found.outstanding()),
                remind_at=None if found.remind_at is None else moment(found.remind_at),
                answer_by=moment(found.answer_by),
                request=request,
            ),
            subject=name,
        )
        self._complete(turn, found)

    def _asked_at(self, unit_id: str) -> int:
        """When the unit was last asked; before all time when it never was."""
        state = self._units.states.get(unit_id)
        return -1 if state is None or state.asked_at is None else state.asked_at

    def _seen_at(self, unit: Unit) -> int:
        """When the unit last said how it stands, by its own clock; before all time when it never did."""
        state = self._units.state(unit.id)
        if unit.care_type in STATUS_ONLY and state.status_key is not None:
            return state.status_key[0]
        said = (state.figure.observed_at if state.figure else None, state.answered_at)
        return max((at for at in said if at is not None), default=-1)

    def _note(self, turn: Turn, found: Round, unit_id: str) -> None:
        if unit_id in found.answered:
            return
        found.answered[unit_id] = turn.now
        self.changed = True
        self._heard(unit_id, found.id)
        if found.open:
            self._complete(turn, found)

    def _heard(self, unit_id: str, name: str) -> None:
        """This round waits for this unit no longer."""
        waiting = self.waiting.get(unit_id, set())
        waiting.discard(name)
        if not waiting:
            self.waiting.pop(unit_id, None)

    def _complete(self, turn: Turn, found: Round) -> None:
        if found.outstanding():
            return
        assert found.opened_at is not None, "only an open round is completed"
        self._end(turn, found)
        took = (turn.now - found.opened_at) // 1000
        turn.decide(RoundCompleted(round=found.id, asked=len(found.units), took_seconds=took), subject=found.id)

    def _close(self, turn: Turn, found: Round) -> None:
        outstanding, asked = found.outstanding(), len(found.units)
        self._end(turn, found)
        answered = asked - len(outstanding)
        turn.decide(
            RoundClosed(
                round=found.id,
                asked=asked,
                answered=answered,
                percent=100 * answered // asked,
                outstanding=outstanding,
            ),
            subject=found.id,
        )

    def _end(self, turn: Turn, found: Round) -> None:
        found.closed_at, found.remind_at = turn.now, None
        self._schedule(found)
        self.changed = True

    def _index(self, found: Round) -> None:
        if found.opened_at is None:
            return
        for unit_id in found.outstanding():
            self.waiting.setdefault(unit_id, set()).add(found.id)

    def _schedule(self, found: Round) -> None:
        due = found.answer_by + 1 if found.remind_at is None else found.remind_at
        self._timers.set(Timer.ROUND, found.id, due if found.open else None)
        ended = found.heard_at if found.opened_at is None else found.closed_at
        self._timers.set(Timer.FORGET_ROUND, found.id, None if ended is None else ended + KEEP_MS)
