"""A request and what each provider answered: ServiceRequest, and a Task per offer.

The Dutch guide for acute care leaves this loop to the telephone, and says that a Task is to carry it once there is an
answer with a reason. It is additive: the Task is based on the request, and the request is the same without it.

Nobody is identified: the subject is the request's own pseudonym, and nothing links it to another request.
"""

from collections.abc import Iterator
from typing import Final

from spoedplein.domain.request import Request
from spoedplein.domain.turn import moment
from spoedplein.portal.standards.fhir import terms
from spoedplein.portal.standards.fhir.course import Offered
from spoedplein.portal.standards.fhir.elements import (
    Element,
    Resource,
    Told,
    coding,
    concept,
    extension,
    identifier,
    instant,
    period,
    present,
    reference,
    resource,
    second,
)
from spoedplein_schemas.agreements import Unit
from spoedplein_schemas.decisions import OfferEnd
from spoedplein_schemas.placement import Profile
from spoedplein_schemas.views import RequestState
from spoedplein_schemas.vocabulary import Urgency

#: Yes or no in the profile; told where it was said.
_SAID: Final = (
    "wlz_indication",
    "wlz_expected",
    "gp_keeps_treating",
    "medically_stable",
    "expectancy_under_three_months",
)


def service_request(region: str, request: Request, *, unit: Unit | None, told: Told | None = None) -> Resource:
    """The request as its asker put it, and how it stands. `unit` is where the patient goes, once that is accepted.

    `told` is of the last decision on it; without one it is as old as itself.
    """
    profile = request.wanted.profile
    first, *others = dict.fromkeys(profile.care_types)
    placed = request.state in (RequestState.ACCEPTED, RequestState.ADMITTED) and unit is not None
    return resource(
        "ServiceRequest",
        request.id,
        told=told or Told(moment(request.opened_at), None),
        extension=list(_course_of(request)),
        identifier=[request_identifier(region, request.id)],
        status=terms.REQUEST_STATUS[request.state],
        intent="order",
        category=[concept(coding(terms.SNOMED, "308292007", "Transfer of care"))],
        code=concept(terms.care_type_coding(first)),
        orderDetail=[*(concept(terms.care_type_coding(each)) for each in others), *_details(profile)],
        subject=_subject(region, request.id),
        occurrenceDateTime=profile.needed_by and second(profile.needed_by),
        authoredOn=second(request.wanted.requested_at),
        requester=_organisation(request.wanted.requester),
        performer=[reference("Organization", unit.organisation)] if placed and unit else [],
        locationReference=[reference("Location", unit.id)] if placed and unit else [],
    )


def task(region: str, offer: Offered, unit: Unit, *, owner: str) -> Resource:
    """One offer to one provider. His answer is due by `restriction.period.end`; `owner` holds the regie."""
    return resource(
        "Task",
        offer.offer,
        told=Told(offer.changed_at, offer.version),
        identifier=[identifier(f"{terms.OWN}:offer", offer.offer)],
        basedOn=[_request_reference(region, offer.request)],
        status=terms.TASK_STATUS[offer.phase],
        statusReason=_reason(offer),
        businessStatus=concept(coding(terms.OFFER_PHASE, offer.phase.value)),
        intent="order",
        code=concept(coding(terms.TASK_CODE, "fulfill", "Fulfill the focal request")),
        focus=_request_reference(region, offer.request),
        for_=_subject(region, offer.request),
        authoredOn=offer.offered_at and second(offer.offered_at),
        lastModified=offer.changed_at and second(offer.changed_at),
        requester=_organisation(owner),
        owner=reference("Organization", unit.organisation),
        location=reference("Location", unit.id),
        restriction=present(period=period(None, offer.admit_by or offer.answer_by)),
    )


def request_identifier(region: str, request: str) -> Element:
    return identifier(terms.region_system(region, "request"), request)


def _request_reference(region: str, request: str) -> Element:
    return reference("ServiceRequest", request, known_as=request_identifier(region, request))


def _subject(region: str, request: str) -> Element:
    """A logical reference: there is no Patient resource here, and none can be asked for."""
    return {"type": "Patient", "identifier": identifier(terms.region_system(region, "pseudonym"), request)}


def _organisation(name: str) -> Element:
    """Logical: whoever asks need not be in the agreements."""
    return {"type": "Organization", "identifier": identifier(terms.ORGANISATION, name)}


def _reason(offer: Offered) -> Element:
    if offer.reason is None:
        return {}
    system = terms.OFFER_END if isinstance(offer.reason, OfferEnd) else terms.DECLINE_REASON
    return concept(coding(system, offer.reason.value))


def _course_of(request: Request) -> Iterator[Element]:
    """How far it is, who holds the regie, what must happen by when, and the urgency in the scale that it came in."""
    yield extension(terms.STATE_EXTENSION, valueCoding=coding(terms.REQUEST_STATE, request.state.value))
    yield extension(terms.OWNER_EXTENSION, valueReference=_organisation(request.owner))
    if request.open:
        yield extension(terms.DEADLINE_EXTENSION, valueInstant=instant(moment(request.deadline)))
    yield extension(terms.URGENCY_EXTENSION, valueCoding=_urgency(request.wanted.profile.urgency))


def _urgency(urgency: Urgency) -> Element:
    """Never turned into FHIR's own priority: that would be another scale than the professional's."""
    return {"system": f"{terms.OWN}:urgency:{urgency.system}", "version": urgency.version, "code": urgency.code}


def _details(profile: Profile) -> Iterator[Element]:
    """What is needed of the place, in codes of ours."""
    yield concept(coding(terms.AGE_BAND, profile.age_band.value))
    yield concept(coding(terms.LEGAL_TITLE, profile.legal_title.value))
    if profile.sex is not None:
        yield concept(coding(terms.SEX, profile.sex.value))
    for need in profile.needs:
        yield concept(coding(terms.PROPERTY, need.value))
    for name in _SAID:
        said = getattr(profile, name)
        if said is not None:
            yield concept(coding(f"{terms.OWN}:{name.replace('_', '-')}", "true" if said else "false"))
