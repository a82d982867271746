"""What became of each offer: a fold of decisions, as far as they are told.

An offer whose beginning is not among them is known from what is told of it later.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple, TypeAlias

from spoedplein.domain.request import Request
from spoedplein.domain.turn import moment
from spoedplein.portal.standards.fhir.elements import Told
from spoedplein.portal.standards.fhir.terms import OfferPhase
from spoedplein_schemas import Decision, decisions
from spoedplein_schemas.decisions import OfferEnd
from spoedplein_schemas.placement import DeclineReason
from spoedplein_schemas.vocabulary import CareType, Frozen

#: Nobody waits for an answer or a patient any more.
OVER = (OfferPhase.DECLINED, OfferPhase.LATE_REJECTED, OfferPhase.ENDED, OfferPhase.ADMITTED)


class Offered(NamedTuple):
    """One offer to one unit. `version` is the place in the log (offset and index) of what was last decided of it."""

    offer: str
    request: str
    unit: str
    phase: OfferPhase
    changed_at: datetime | None = None
    version: str | None = None
    care_type: CareType | None = None
    offered_at: datetime | None = None
    answer_by: datetime | None = None
    admit_by: datetime | None = None
    reason: DeclineReason | OfferEnd | None = None


Course: TypeAlias = dict[str, Offered]


def course(told: Iterable[Decision]) -> Course:
    """By offer, in the order in which they were made. Decisions come in the order of the log."""
    found: Course = {}
    for decision in told:
        _follow(found, decision)
    return found


def last_told(told: Iterable[Decision]) -> dict[str, Told]:
    """Of each request that anything was decided of, when that last was, and its place in the log."""
    return {
        request: Told(decision.time, _place(decision.id))
        for decision in told
        if (request := getattr(decision.data, "request", None)) is not None
    }


def offers_of(request: Request, told: Mapping[str, Offered]) -> Iterator[Offered]:
    """Of one request: all that were told, and those that stand now though their beginning is not told any more."""
    known = {each.offer: each for each in told.values() if each.request == request.id}
    for offer in request.offers.values():
        known.setdefault(
            offer.id,
            Offered(
                offer=offer.id,
                request=request.id,
                unit=offer.unit,
                phase=OfferPhase.OFFERED,
                version=_place(offer.id),
                care_type=offer.care_type,
                answer_by=moment(offer.answer_by),
            ),
        )
    if request.accepted is not None and request.unit is not None and request.accepted not in known:
        admit_by = None if request.admit_by is None else moment(request.admit_by)
        known[request.accepted] = Offered(
            offer=request.accepted,
            request=request.id,
            unit=request.unit,
            phase=OfferPhase.ACCEPTED if request.open else OfferPhase.ADMITTED,
            admit_by=admit_by,
        )
    yield from known.values()


def _follow(found: Course, decision: Decision) -> None:
    told = _told(found, decision.data, at=decision.time)
    if told is not None:
        found[told.offer] = told._replace(changed_at=decision.time, version=_place(decision.id))


def _place(decision_id: str) -> str:
    """Offset and index: the id without its region. An offer is called after the decision that made it."""
    return ".".join(decision_id.rsplit(".", 2)[1:])


def _told(found: Course, data: Frozen, *, at: datetime) -> Offered | None:  # noqa: PLR0911  one per decision
    """What a decision says of an offer; nothing for most decisions, and for a placement without an offer."""
    match data:
        case decisions.PlacementOffered():
            offered = Offered(data.offer, data.request, data.unit, OfferPhase.OFFERED)
            return offered._replace(care_type=data.care_type, offered_at=at, answer_by=data.answer_by)
        case decisions.PlacementAccepted():
            return _before(found, data)._replace(phase=OfferPhase.ACCEPTED, admit_by=data.admit_by)
        case decisions.OfferEnded(end=OfferEnd.DECLINED):
            return _before(found, data)._replace(phase=OfferPhase.DECLINED, reason=data.reason)
        case decisions.OfferEnded() | decisions.PromiseReleased():
            return _before(found, data)._replace(phase=OfferPhase.ENDED, reason=data.end)
        case decisions.PlacementReopened():
            return _standing(found, data, OfferPhase.LATE_REJECTED, reason=data.reason)
        case decisions.AdmissionOverdue():
            return _standing(found, data, OfferPhase.OVERDUE)
        case decisions.PlacementAdmitted():
            return _standing(found, data, OfferPhase.ADMITTED)
    return None


def _before(
    found: Course, data: decisions.PlacementAccepted | decisions.OfferEnded | decisions.PromiseReleased
) -> Offered:
    return found.get(data.offer) or Offered(data.offer, data.request, data.unit, OfferPhase.OFFERED)


def _standing(
    found: Course,
    data: decisions.PlacementReopened | decisions.AdmissionOverdue | decisions.PlacementAdmitted,
    phase: OfferPhase,
    *,
    reason: DeclineReason | None = None,
) -> Offered | None:
    """The offer of this request to this unit that is not over: these decisions do not name it."""
    of_unit = (each for each in found.values() if (each.request, each.unit) == (data.request, data.unit))
    stands = next((each for each in of_unit if each.phase not in OVER), None)
    return None if stands is None else stands._replace(phase=phase, reason=reason)
