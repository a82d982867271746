"""Meedenkadvies: asked, reminded, escalated along the agreed line, answered. An open consult always has somebody asked
and a next deadline, and ends only by an answer or by who asked. What was advised is never here.
"""

from dataclasses import dataclass

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.timers import Timer, Timers
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas.consult import ConsultAnswered, ConsultAsked, ConsultCancelled, ConsultOutcome
from spoedplein_schemas.decisions import (
    ConsultClosed,
    ConsultEscalated,
    ConsultOpened,
    ConsultPostponed,
    ConsultReminded,
)
from spoedplein_schemas.views import OpenConsult
from spoedplein_schemas.vocabulary import millis

#: Words about a consult may trail in for a day after it ended; then it is forgotten.
KEEP_MS = 24 * 60 * MINUTE_MS


@dataclass(slots=True)
class Consult:
    """Without `asked` only an end was heard yet. `calls_back_at` and `ended_at` are the source's times.

    `owner` is asked now, after `step` escalations.
    """

    id: str
    heard_at: int
    asked: ConsultAsked | None = None
    asked_at: int = 0
    first_answer_by: int = 0
    owner: str = ""
    step: int = 0
    answer_by: int = 0
    remind_at: int | None = None
    calls_back_at: int | None = None
    outcome: ConsultOutcome | None = None
    ended_at: int | None = None
    closed_at: int | None = None

    @property
    def open(self) -> bool:
        return self.asked is not None and self.closed_at is None


class Consults:
    def __init__(self, consults: dict[str, Consult], *, region: str, rules: Rules, timers: Timers) -> None:
        self.consults = consults
        self.changed = False
        self._region = region
        self._rules = rules
        self._timers = timers
        self._open: set[str] = set()
        for consult in consults.values():
            self._schedule(consult)

    def asked(self, turn: Turn, data: ConsultAsked) -> None:
        """A question is heard once; an answer that overtook it closes it at once."""
        consult = self._consult(turn, data.consult)
        if consult.asked is not None:
            return
        rule = self._rules.consult(data.specialty)
        consult.asked, consult.asked_at = data, min(millis(data.asked_at), turn.now)
        agreed = consult.asked_at + rule.answer_minutes * MINUTE_MS
        consult.owner = self._line(data.specialty)[0]
        consult.first_answer_by = consult.answer_by = agreed if data.answer_by is None else millis(data.answer_by)
        remind_at = consult.asked_at + rule.remind_minutes * MINUTE_MS
        consult.remind_at = remind_at if remind_at < consult.answer_by else None
        if consult.ended_at is not None:
            self._close(turn, consult)
            return
        if consult.calls_back_at is not None:
            self._postpone(consult)
        self._schedule(consult)
        turn.decide(
            ConsultOpened(
                consult=consult.id,
                case=data.case,
                specialty=data.specialty,
                owner=consult.owner,
                answer_by=moment(consult.answer_by),
            ),
            subject=consult.id,
        )

    def answered(self, turn: Turn, data: ConsultAnswered) -> None:
        consult, at = self._consult(turn, data.consult), millis(data.answered_at)
        if consult.ended_at is not None:
            return
        if data.outcome is ConsultOutcome.CALL_BACK:
            self._calls_back(turn, consult, at)
            return
        consult.outcome, consult.ended_at = data.outcome, at
        if consult.open:
            self._close(turn, consult)

    def cancelled(self, turn: Turn, data: ConsultCancelled) -> None:
        consult = self._consult(turn, data.consult)
        if consult.ended_at is not None:
            return
        consult.ended_at = millis(data.cancelled_at)
        if consult.open:
            self._close(turn, consult)

    def due(self, turn: Turn, name: str) -> None:
        """A reminder before the end of the term; after it the next of the line is asked, and the last one again."""
        consult = self.consults[name]
        consult.remind_at = None
        if turn.now <= consult.answer_by:
            self._schedule(consult)
            reminded = ConsultReminded(consult=name, owner=consult.owner, answer_by=moment(consult.answer_by))
            turn.decide(reminded, subject=name)
            return
        assert consult.asked is not None, "an open consult was asked"
        line, rule = self._line(consult.asked.specialty), self._rules.consult(consult.asked.specialty)
        previous, consult.step = consult.owner, consult.step + 1
        consult.owner = line[min(consult.step, len(line) - 1)]
        # Beyond the line the same one is asked again, ever less often: never lost, and no alarm that nobody hears.
        beyond = max(0, consult.step - len(line) + 1)
        term = min(rule.escalate_minutes << min(beyond, 10), 24 * 60) * MINUTE_MS
        # From the end of the last term; from now, where the log was quiet for longer than that.
        consult.answer_by = consult.answer_by + term if consult.answer_by + term > turn.now else turn.now + term
        self._schedule(consult)
        turn.decide(
            ConsultEscalated(
                consult=name,
                previous=previous,
                owner=consult.owner,
                step=consult.step,
                answer_by=moment(consult.answer_by),
            ),
            subject=name,
        )

    def forget(self, name: str) -> None:
        self.consults.pop(name, None)

    def open_views(self, *, limit: int) -> tuple[OpenConsult, ...]:
        """The first deadline first."""
        found = sorted((self._next_due(self.consults[name]), name) for name in self._open)
        return tuple(_view(self.consults[name], due) for due, name in found[:limit])

    def open_total(self) -> int:
        return len(self._open)

    # --- steps ------------------------------------------------------------------------------------------------

    def _consult(self, turn: Turn, name: str) -> Consult:
        consult = self.consults.get(name)
        if consult is None:
            consult = self.consults[name] = Consult(name, heard_at=turn.now)
            self._schedule(consult)
        return consult

    def _line(self, specialty: str) -> tuple[str, ...]:
        """Who is asked, in order; never nobody."""
        agreements = self._rules.agreements
        return self._rules.consult(specialty).asked or (agreements.owner if agreements else self._region,)

    def _calls_back(self, turn: Turn, consult: Consult, at: int) -> None:
        """Each promise to call back is one more term, from when it was given; said twice it is one."""
        if consult.calls_back_at is not None and at <= consult.calls_back_at:
            return
        consult.calls_back_at = at
        if not consult.open:
            return
        self._postpone(consult)
        self._schedule(consult)
        postponed = ConsultPostponed(consult=consult.id, owner=consult.owner, answer_by=moment(consult.answer_by))
        turn.decide(postponed, subject=consult.id)

    def _postpone(self, consult: Consult) -> None:
        assert consult.asked is not None, "what is postponed was asked"
        assert consult.calls_back_at is not None, "by a promise to call back"
        term = self._rules.consult(consult.asked.specialty).answer_minutes * MINUTE_MS
        consult.answer_by, consult.remind_at = max(consult.answer_by, consult.calls_back_at + term), None

    def _close(self, turn: Turn, consult: Consult) -> None:
        assert consult.ended_at is not None, "it ended"
        consult.closed_at = turn.now
        self._schedule(consult)
        turn.decide(
            ConsultClosed(
                consult=consult.id,
                outcome=consult.outcome,
                waited_seconds=max(0, consult.ended_at - consult.asked_at) // 1000,
                within_term=consult.ended_at <= consult.first_answer_by,
                escalations=consult.step,
            ),
            subject=consult.id,
        )

    def _next_due(self, consult: Consult) -> int:
        return consult.answer_by if consult.remind_at is None else consult.remind_at

    def _schedule(self, consult: Consult) -> None:
        self.changed = True
        if consult.open:
            self._open.add(consult.id)
        else:
            self._open.discard(consult.id)
        due = consult.answer_by + 1 if consult.remind_at is None else consult.remind_at
        self._timers.set(Timer.CONSULT, consult.id, due if consult.open else None)
        ended = consult.heard_at if consult.asked is None else consult.closed_at
        self._timers.set(Timer.FORGET_CONSULT, consult.id, None if ended is None else ended + KEEP_MS)


def _view(consult: Consult, due: int) -> OpenConsult:
    assert consult.asked is not None, "an open consult was asked"
    return OpenConsult(
        consult=consult.id,
        case=consult.asked.case,
        specialty=consult.asked.specialty,
        owner=consult.owner,
        since=moment(consult.asked_at),
        next_deadline=moment(due),
        escalations=consult.step,
        calls_back=consult.calls_back_at is not None,
    )
