"""Requests for a place: which are open, with whose they are and what is due; one of them; who could take it now."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from spoedplein.domain.request import OPEN, Request
from spoedplein.domain.turn import moment
from spoedplein.portal.access import Action
from spoedplein.portal.access.visit import CurrentVisit
from spoedplein.portal.api.asking import Asked, Name, RequestPath, of_region
from spoedplein.portal.cases import all_requests, in_order, is_own, is_requester, may_know, place, request_of
from spoedplein.portal.etags import KEPT, Freshness
from spoedplein.portal.paging import PageDep
from spoedplein.portal.problems import PROBLEMS
from spoedplein_schemas.decisions import ExclusionCode, Shortfall
from spoedplein_schemas.placement import OfferId, Profile
from spoedplein_schemas.views import RequestState
from spoedplein_schemas.vocabulary import (
    CareType,
    CaseId,
    Frozen,
    OrganisationId,
    OwnerId,
    RegionId,
    RequestId,
    SiteId,
    UnitId,
    Urgency,
)

router = APIRouter(tags=["requests"], responses=PROBLEMS)


class OfferNow(Frozen):
    """A unit that is asked, and by when it answers."""

    offer: OfferId
    unit: UnitId
    answer_by: datetime


class PassedNow(Frozen):
    """A unit that said no, or nothing in time; a newer report of it may lift that."""

    unit: UnitId
    code: ExclusionCode
    reason: str | None
    at: datetime


class RequestNow(Frozen):
    """A request: what is asked, who owns it, how far it is, and by when something must happen.

    A provider sees of others' units neither that they are asked nor what they said.
    """

    request: RequestId
    case: CaseId
    requester: OrganisationId
    owner: OwnerId
    state: RequestState
    urgency: Urgency
    care_types: list[CareType]
    profile: Profile
    origin: SiteId | None
    since: datetime
    next_deadline: datetime | None
    needed_by: datetime | None
    unit: UnitId | None
    admit_by: datetime | None
    offers: list[OfferNow]
    passed: list[PassedNow]
    attempts: int
    shortfalls: list[Shortfall]


class Requests(Frozen):
    """One page of requests, most urgent first, then the oldest; `next` is the cursor of the following page."""

    region: RegionId
    freshness: Freshness
    open_total: int
    requests: list[RequestNow]
    next: str | None


class OneRequest(Frozen):
    """One request, and how current that is."""

    region: RegionId
    freshness: Freshness
    request: RequestNow


@router.get("/regions/{region}/requests", summary="Requests for a place", response_model=Requests, responses=KEPT)
async def requests(  # noqa: PLR0917  one per filter
    asked: Annotated[Asked, of_region(Action.READ_REQUESTS)],
    visit: CurrentVisit,
    page: PageDep,
    state: Annotated[list[RequestState] | None, Query(description="In any of these; left out, the open ones.")] = None,
    care_type: Annotated[list[CareType] | None, Query(description="That ask for any of these.")] = None,
    owner: Annotated[Name | None, Query(description="Of this owner.")] = None,
    unit: Annotated[Name | None, Query(description="For which this unit is asked, or has promised.")] = None,
) -> Response:
    """Those that whoever asks may know of: the centre all, a provider his own and those that he is asked for."""
    states = state or list(OPEN)
    known = [each for each in all_requests(asked.standing).values() if may_know(asked.standing, asked.who, each)]
    wanted = [
        each
        for each in known
        if each.state in states
        and (not care_type or set(care_type) & set(each.wanted.profile.care_types))
        and owner in (None, each.owner)
        and (unit is None or unit in (*each.offers, each.unit))
    ]
    shown, following = page.of(in_order(asked.standing, wanted), lambda each: list(place(asked.standing, each)))
    await visit.about(asked.region, [name for each in shown for name in (each.wanted.case, each.id)])
    body = Requests(
        region=asked.region,
        freshness=asked.freshness,
        open_total=sum(each.open for each in known),
        requests=[request_now(asked, each) for each in shown],
        next=following,
    )
    return asked.answer(body)


@router.get("/regions/{region}/requests/{request}", summary="One request", response_model=OneRequest, responses=KEPT)
async def request(
    asked: Annotated[Asked, of_region(Action.READ_REQUESTS)], visit: CurrentVisit, request: RequestPath
) -> Response:
    """Open, or closed less than a day ago; older ones are in the history."""
    found = request_of(asked.standing, asked.who, request)
    await visit.about(asked.region, (found.wanted.case, found.id))
    body = OneRequest(region=asked.region, freshness=asked.freshness, request=request_now(asked, found))
    return asked.answer(body)


def requests_now(asked: Asked, *, only: Collection[str] | None = None) -> list[RequestNow]:
    """Those that whoever asks may know of: open ones, or `only` of these, whatever became of them."""
    found = all_requests(asked.standing).values()
    wanted = [each for each in found if (each.open if only is None else each.id in only)]
    return [request_now(asked, each) for each in wanted if may_know(asked.standing, asked.who, each)]


def request_now(asked: Asked, request: Request) -> RequestNow:
    """As whoever asks may see it."""
    whole = asked.sees_all or is_requester(asked.who, request)

    def seen(unit: str) -> bool:
        return whole or is_own(asked.standing, asked.who, unit)

    unit = request.unit if request.unit is not None and seen(request.unit) else None
    return RequestNow(
        request=request.id,
        case=request.wanted.case,
        requester=request.wanted.requester,
        owner=request.owner,
        state=request.state,
        urgency=request.wanted.profile.urgency,
        care_types=list(request.wanted.profile.care_types),
        profile=request.wanted.profile,
        origin=request.wanted.origin,
        since=moment(request.opened_at),
        next_deadline=moment(request.deadline) if request.open else None,
        needed_by=request.wanted.profile.needed_by,
        unit=unit,
        admit_by=None if request.admit_by is None or unit is None else moment(request.admit_by),
        offers=[
            OfferNow(offer=offer.id, unit=offer.unit, answer_by=moment(offer.answer_by))
            for offer in sorted(request.offers.values(), key=lambda offer: (offer.answer_by, offer.unit))
            if seen(offer.unit)
        ],
        passed=[
            PassedNow(unit=name, code=passed.code, reason=passed.reason, at=moment(passed.at))
            for name, passed in sorted(request.passed.items())
            if seen(name)
        ],
        attempts=request.attempts,
        shortfalls=list(request.shortfalls) if whole else [],
    )
