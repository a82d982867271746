"""What is said about placements: asked, answered, admitted, taken back, cancelled, handed over, placed otherwise."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Response

from spoedplein.domain.request import Request
from spoedplein.portal.access import Action, Role, may_act_for_organisation, may_act_for_unit
from spoedplein.portal.access.tenancy import NotFoundError, NotYoursError
from spoedplein.portal.api.asking import OfferPath, RequestPath
from spoedplein.portal.api.bodies import Spoken
from spoedplein.portal.api.saying import ANSWERS, Answered, Filled, Saying, says
from spoedplein.portal.cases import all_requests, is_requester, offer_of, request_of
from spoedplein.portal.naming import Name
from spoedplein.portal.problems import PROBLEMS, ProblemError
from spoedplein_schemas import placement as said
from spoedplein_schemas.decisions import PlacementOffered

REQUEST: Final = Spoken(said.PlacementRequested, optional=("request", "case", "requester", "owner", "requested_at"))
ACCEPT: Final = Spoken(said.OfferAccepted, filled=("request", "offer", "by"), optional=("accepted_at",))
DECLINE: Final = Spoken(said.OfferDeclined, filled=("request", "offer", "by"), optional=("declined_at",))
ADMIT: Final = Spoken(said.PatientAdmitted, filled=("request",), optional=("unit", "admitted_at"))
LATE_REJECT: Final = Spoken(said.LateRejected, filled=("request", "by"), optional=("unit", "rejected_at"))
LABEL: Final = Spoken(said.LabelDecided, filled=("request", "by"), optional=("unit", "decided_at"))
CANCEL: Final = Spoken(said.RequestCancelled, filled=("request", "by"), optional=("cancelled_at",))
ABANDON: Final = Spoken(said.FirstTryAbandoned, filled=("request", "by"), optional=("abandoned_at",))
HAND_OVER: Final = Spoken(said.OwnershipHandedOver, filled=("request", "by"), optional=("from_owner", "handed_over_at"))
OVERRIDE: Final = Spoken(said.PlacementOverridden, filled=("request", "by"), optional=("overridden_at",))

router = APIRouter(prefix="/regions/{region}/requests", tags=["placement"], responses={**PROBLEMS, **ANSWERS})


class ExistsError(ProblemError):
    """A request by that name was made before, by another message."""

    def __init__(self) -> None:
        detail = "There is a request by that name already; take another name, or leave it to us."
        super().__init__(HTTPStatus.CONFLICT, "request-exists", detail)


@router.post(
    "",
    summary="Ask for a place",
    status_code=201,
    response_model=Answered,
    openapi_extra=REQUEST.documented,
)
async def request_place(saying: Annotated[Saying, says(REQUEST, Action.REQUEST_PLACE)]) -> Response:
    """A coded profile under a pseudonym; never a name, number or address.

    Names for request and case are made here when none are given. A provider asks for his own organisation, and the
    region's centre holds the regie unless he names another owner.
    """
    return await saying.becomes(lambda name: _asked(saying, name), creates=lambda name: _request(saying, name))


def _request(saying: Saying, name: Name) -> str:
    given = saying.body.get("request")
    return given if isinstance(given, str) else f"r-{name.key[:12]}"


def _asked(saying: Saying, name: Name) -> Filled:
    """What the body leaves out; what it says is judged by the gate."""
    agreed = saying.asked.standing.rules.agreements
    request, case = _request(saying, name), f"c-{name.key[12:]}"
    if request in all_requests(saying.asked.standing):
        raise ExistsError
    requester = saying.body.get("requester")
    if isinstance(requester, str):
        may_act_for_organisation(saying.asked.who, requester)
    said = saying.body.get("case")
    fields = {
        "request": request,
        "case": case,
        "requester": saying.organisation,
        "owner": agreed.owner if agreed else saying.organisation,
        "requested_at": saying.now,
    }
    return Filled((said if isinstance(said, str) else case, request), fields)


@router.post(
    "/{request}/offers/{offer}/accept",
    summary="Say yes to an offer",
    response_model=Answered,
    openapi_extra=ACCEPT.documented,
)
async def accept_offer(
    saying: Annotated[Saying, says(ACCEPT, Action.ANSWER_OFFER)], request: RequestPath, offer: OfferPath
) -> Response:
    """The place is promised. 409 when the offer ended, or another unit was first."""
    return await saying.becomes(
        lambda _: _answered(saying, request, offer, "accepted_at"), request=request, offer=offer
    )


@router.post(
    "/{request}/offers/{offer}/decline",
    summary="Say no to an offer",
    response_model=Answered,
    openapi_extra=DECLINE.documented,
)
async def decline_offer(
    saying: Annotated[Saying, says(DECLINE, Action.ANSWER_OFFER)], request: RequestPath, offer: OfferPath
) -> Response:
    """The next candidate is asked."""
    return await saying.becomes(
        lambda _: _answered(saying, request, offer, "declined_at"), request=request, offer=offer
    )


def _answered(saying: Saying, request: str, offer: str, moment: str) -> Filled:
    """An offer to a unit of his own; also one that ended: then the core says how."""
    standing, who = saying.asked.standing, saying.asked.who
    found = all_requests(standing).get(request)
    unit = None if found is None else _unit_of(saying, found, offer)
    if found is None or unit is None:
        raise NotFoundError
    if who.role is Role.PROVIDER:
        agreed = standing.rules.units.get(unit)
        if agreed is None or agreed.organisation != who.organisation:
            raise NotFoundError
        may_act_for_unit(who, unit, organisation=agreed.organisation)
    fields = {"request": request, "offer": offer, moment: saying.now, "by": saying.by}
    return Filled((found.wanted.case, request), fields)


def _unit_of(saying: Saying, request: Request, offer: str) -> str | None:
    """To whom the offer is, or was made."""
    standing = offer_of(request, offer)
    if standing is not None:
        return standing.unit
    if offer == request.accepted:
        return request.unit
    decision = saying.asked.standing.live.decisions.get(offer)
    made = decision.data if decision is not None else None
    return made.unit if isinstance(made, PlacementOffered) and made.request == request.id else None


@router.post(
    "/{request}/admit",
    summary="Tell that the patient is in the place",
    response_model=Answered,
    openapi_extra=ADMIT.documented,
)
async def admit_patient(saying: Annotated[Saying, says(ADMIT, Action.ADMIT)], request: RequestPath) -> Response:
    """In the unit that promised the place, unless another that was asked is named."""
    return await saying.becomes(lambda _: _at_unit(saying, request, "admitted_at", by=False), request=request)


@router.post(
    "/{request}/late-reject",
    summary="Take an acceptance back",
    response_model=Answered,
    openapi_extra=LATE_REJECT.documented,
)
async def reject_late(
    saying: Annotated[Saying, says(LATE_REJECT, Action.LATE_REJECT)], request: RequestPath
) -> Response:
    """The search starts again, at once."""
    return await saying.becomes(lambda _: _at_unit(saying, request, "rejected_at", by=True), request=request)


@router.post(
    "/{request}/label",
    summary="Tell which care a no-label stay turned out to be",
    response_model=Answered,
    openapi_extra=LABEL.documented,
)
async def decide_label(saying: Annotated[Saying, says(LABEL, Action.ADMIT)], request: RequestPath) -> Response:
    """Decided and dated during the stay, by who treats."""
    return await saying.becomes(lambda _: _at_unit(saying, request, "decided_at", by=True), request=request)


def _at_unit(saying: Saying, request: str, moment: str, *, by: bool) -> Filled:
    """Of the unit that the request has, or that the body names."""
    standing, who = saying.asked.standing, saying.asked.who
    found = request_of(standing, who, request)
    named = saying.body.get("unit")
    unit = named if isinstance(named, str) else found.unit
    agreed = standing.rules.units.get(unit or "")
    if unit is not None and agreed is not None:
        may_act_for_unit(who, unit, organisation=agreed.organisation)
    elif who.role is Role.PROVIDER:
        raise NotYoursError("You act for units of your own only.")
    fields = {"request": request, "unit": unit, moment: saying.now, **({"by": saying.by} if by else {})}
    return Filled((found.wanted.case, request), {name: value for name, value in fields.items() if value is not None})


@router.post(
    "/{request}/cancel",
    summary="No place is needed any more",
    response_model=Answered,
    openapi_extra=CANCEL.documented,
)
async def cancel_request(
    saying: Annotated[Saying, says(CANCEL, Action.CANCEL_REQUEST)], request: RequestPath
) -> Response:
    """What is held or promised is free again."""
    return await saying.becomes(lambda _: _of_requester(saying, request, "cancelled_at"), request=request)


@router.post(
    "/{request}/abandon-first-try",
    summary="The requester found nothing himself",
    response_model=Answered,
    openapi_extra=ABANDON.documented,
)
async def abandon_first_try(
    saying: Annotated[Saying, says(ABANDON, Action.REQUEST_PLACE)], request: RequestPath
) -> Response:
    """The centre takes over before his time is up."""
    return await saying.becomes(lambda _: _of_requester(saying, request, "abandoned_at"), request=request)


def _of_requester(saying: Saying, request: str, moment: str) -> Filled:
    found = request_of(saying.asked.standing, saying.asked.who, request)
    if saying.asked.who.role is Role.PROVIDER and not is_requester(saying.asked.who, found):
        raise NotYoursError("Only who asked for the place, or the centre, can say this.")
    return Filled((found.wanted.case, request), {"request": request, moment: saying.now, "by": saying.by})


@router.post(
    "/{request}/hand-over",
    summary="Hand the regie over",
    response_model=Answered,
    openapi_extra=HAND_OVER.documented,
)
async def hand_over(saying: Annotated[Saying, says(HAND_OVER, Action.HAND_OVER)], request: RequestPath) -> Response:
    """To another owner; from the present one unless named: 409 when it is somebody else's by now."""
    return await saying.becomes(lambda _: _handed_over(saying, request), request=request)


def _handed_over(saying: Saying, request: str) -> Filled:
    found, who = request_of(saying.asked.standing, saying.asked.who, request), saying.asked.who
    if who.role is Role.PROVIDER and who.organisation != found.owner:
        raise NotYoursError("Only the owner, or the centre, can hand a request over.")
    fields = {"request": request, "from_owner": found.owner, "handed_over_at": saying.now, "by": saying.by}
    return Filled((found.wanted.case, request), fields)


@router.post(
    "/{request}/override",
    summary="Place otherwise, by one's own judgement",
    response_model=Answered,
    openapi_extra=OVERRIDE.documented,
)
async def override(saying: Annotated[Saying, says(OVERRIDE, Action.OVERRIDE)], request: RequestPath) -> Response:
    """Recorded with the rules that it sets aside, and never held back."""
    return await saying.becomes(lambda _: _overridden(saying, request), request=request)


def _overridden(saying: Saying, request: str) -> Filled:
    found = request_of(saying.asked.standing, saying.asked.who, request)
    fields = {"request": request, "overridden_at": saying.now, "by": saying.by}
    return Filled((found.wanted.case, request), fields)
