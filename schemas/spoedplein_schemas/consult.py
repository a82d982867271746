"""Meedenkadvies: a professional asks another to think along."""

from enum import StrEnum

from spoedplein_schemas.vocabulary import Actor, CaseId, Code, Frozen, Instant


class ConsultOutcome(StrEnum):
    ADVICE = "advice"
    REFER = "refer"
    TAKE_OVER = "take-over"
    CALL_BACK = "call-back"


class ConsultAsked(Frozen):
    """`specialty` by its code; the question itself travels by telephone, not here.

    `answer_by` is when the asker needs it; without it the agreed term of the specialty counts.
    """

    consult: CaseId
    case: CaseId
    specialty: Code
    asked_at: Instant
    by: Actor
    answer_by: Instant | None = None


class ConsultAnswered(Frozen):
    """The professional answered; what he advised is in the patient's record, not here.

    `call-back` promises an answer: the consult stays open, with a new term.
    """

    consult: CaseId
    outcome: ConsultOutcome
    answered_at: Instant
    by: Actor


class ConsultCancelled(Frozen):
    """The asker needs no answer any more."""

    consult: CaseId
    cancelled_at: Instant
    by: Actor
