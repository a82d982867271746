"""What a provider writes into a Task, as the event that says it: yes, no with a reason, he is here, no after all."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from spoedplein.domain.errors import SpoedpleinError
from spoedplein.portal.standards.fhir.course import Offered
from spoedplein.portal.standards.fhir.elements import Resource
from spoedplein.portal.standards.fhir.terms import DECLINE_REASON, OfferPhase
from spoedplein_schemas.placement import DeclineReason, LateRejected, OfferAccepted, OfferDeclined, PatientAdmitted
from spoedplein_schemas.vocabulary import Actor, Frozen

#: What may differ from the Task as it stands: the answer, and what only tells when it was written. A Task is served as
#: soon as its offer is known, and gets its moment when the decision was published.
ANSWERED: Final = frozenset({"status", "statusReason"})
PASSED_OVER: Final = frozenset({"meta", "text", "businessStatus", "authoredOn", "lastModified"})


class AnswerError(SpoedpleinError):
    """What was written is no answer. `issue` is FHIR's issue-type, `place` the element that is wrong."""

    def __init__(self, issue: str, detail: str, *, place: str) -> None:
        super().__init__(detail)
        self.issue = issue
        self.place = place


class Answer(NamedTuple):
    """Who says it, and when."""

    by: Actor
    at: datetime


Say = Callable[[Offered, Answer, DeclineReason | None], Frozen]


def _accepted(offer: Offered, answer: Answer, _: DeclineReason | None) -> Frozen:
    return OfferAccepted(request=offer.request, offer=offer.offer, accepted_at=answer.at, by=answer.by)


def _declined(offer: Offered, answer: Answer, reason: DeclineReason | None) -> Frozen:
    assert reason is not None, "a no has a reason"
    return OfferDeclined(request=offer.request, offer=offer.offer, reason=reason, declined_at=answer.at, by=answer.by)


def _admitted(offer: Offered, answer: Answer, _: DeclineReason | None) -> Frozen:
    return PatientAdmitted(request=offer.request, unit=offer.unit, admitted_at=answer.at)


def _late_rejected(offer: Offered, answer: Answer, reason: DeclineReason | None) -> Frozen:
    assert reason is not None, "a no has a reason"
    return LateRejected(request=offer.request, unit=offer.unit, reason=reason, rejected_at=answer.at, by=answer.by)


class Move(NamedTuple):
    """A status that may be written over another, what it says, and whether it needs a `statusReason`."""

    was: tuple[OfferPhase, ...]
    status: str
    says: Say
    event: type[Frozen]
    with_reason: bool = False


_PROMISED: Final = (OfferPhase.ACCEPTED, OfferPhase.OVERDUE)

#: All that can be written. Everything else in a Task follows from decisions.
MOVES: Final = (
    Move((OfferPhase.OFFERED,), "accepted", _accepted, OfferAccepted),
    Move((OfferPhase.OFFERED,), "rejected", _declined, OfferDeclined, with_reason=True),
    Move(_PROMISED, "completed", _admitted, PatientAdmitted),
    Move(_PROMISED, "failed", _late_rejected, LateRejected, with_reason=True),
)


def said_by(wanted: Resource, stands: Resource, offer: Offered, answer: Answer) -> Frozen | None:
    """The data of the event that was meant; nothing when the Task has that status already. Raises AnswerError.

    `stands` is the Task as it is served now: what else differs from it is refused, never passed over in silence.
    """
    for name in sorted((wanted.keys() | stands.keys()) - ANSWERED - PASSED_OVER):
        if wanted.get(name) != stands.get(name):
            detail = f"{name} cannot be changed here; send it as it stands, and change status and statusReason only."
            raise AnswerError("business-rule", detail, place=f"Task.{name}")
    status = wanted.get("status")
    if status == stands["status"]:
        return None
    move = next((each for each in MOVES if offer.phase in each.was and each.status == status), None)
    if move is None:
        can = " or ".join(each.status for each in MOVES if offer.phase in each.was) or "nothing"
        detail = f"From {stands['status']} ({offer.phase.value}) a Task can be set to {can}."
        raise AnswerError("business-rule", detail, place="Task.status")
    return move.says(offer, answer, _reason(wanted) if move.with_reason else None)


def _reason(wanted: Mapping[str, Any]) -> DeclineReason:
    """The one coding of ours in `statusReason`."""
    codings = wanted.get("statusReason", {}).get("coding", []) if isinstance(wanted.get("statusReason"), dict) else []
    ours = [each.get("code") for each in codings if isinstance(each, dict) and each.get("system") == DECLINE_REASON]
    known = ", ".join(reason.value for reason in DeclineReason)
    if len(ours) != 1 or ours[0] not in [reason.value for reason in DeclineReason]:
        detail = f"A no needs one coding of {DECLINE_REASON} in statusReason: {known}."
        raise AnswerError("required" if not ours else "code-invalid", detail, place="Task.statusReason")
    return DeclineReason(ours[0])
