"""Who could take this person now: places that fit, best first, and why the others do not."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Response

from spoedplein.domain.request import Request
from spoedplein.portal.access import Action, Role
from spoedplein.portal.access.visit import CurrentVisit
from spoedplein.portal.api.asking import Asked, RequestPath, of_region
from spoedplein.portal.api.bodies import Body, BodyDep, Spoken, of_gate
from spoedplein.portal.cases import is_own, is_requester, request_of
from spoedplein.portal.etags import Freshness, unkept
from spoedplein.portal.eyes import viewer
from spoedplein.portal.naming import Name
from spoedplein.portal.problems import PROBLEMS, InputError, ProblemError, documented
from spoedplein.portal.search import Found, as_request, search
from spoedplein.wording.details import detail
from spoedplein.wording.words import EXCLUDED
from spoedplein_schemas.decisions import Exclusion, ExclusionCode, ScorePart, Shortfall
from spoedplein_schemas.placement import PlacementRequested
from spoedplein_schemas.sharing import PublicationLevel, Subject
from spoedplein_schemas.vocabulary import CareType, Frozen, OrganisationId, RegionId, UnitId

router = APIRouter(tags=["search"], responses={**PROBLEMS, **documented(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)})

#: Of a search no case is known, and nobody owns it.
SEARCH: Final = Spoken(
    PlacementRequested,
    filled=("request", "case", "requester", "owner", "requested_at", "follows"),
    named="SearchBody",
)
#: What a unit was asked and what it said to that, and what it announced to all.
_ANSWERS: Final = (ExclusionCode.DECLINED, ExclusionCode.NO_ANSWER, ExclusionCode.ASKED)
_STOPS: Final = (ExclusionCode.STOP, ExclusionCode.CLOSED)


class Fitting(Frozen):
    """A unit that could be asked now. `points` make its order, least first; `score` is what they are made of."""

    unit: UnitId
    name: str
    organisation: OrganisationId
    care_type: CareType
    points: int
    score: list[ScorePart]
    free: int | None
    observed_at: datetime | None
    valid_until: datetime | None
    age_seconds: int | None


class Excluded(Frozen):
    """A unit that cannot be asked now: the first rule against it, by its code and in Dutch.

    `detail` is what the rule says beside it, to who sees the whole region or runs the unit; `detail_words` in Dutch.
    """

    unit: UnitId
    name: str
    organisation: OrganisationId
    care_type: CareType
    code: ExclusionCode
    detail: str | None
    words: str
    detail_words: str | None


class Places(Frozen):
    """What a search found. `not_shared` counts units of which nothing may be told to whoever asks."""

    region: RegionId
    freshness: Freshness
    fitting: list[Fitting]
    excluded: list[Excluded]
    shortfalls: list[Shortfall]
    not_shared: int


@router.post(
    "/regions/{region}/search",
    summary="Who could take this profile now",
    response_model=Places,
    openapi_extra=SEARCH.documented,
)
async def search_places(asked: Annotated[Asked, of_region(Action.SEARCH_PLACES)], body: BodyDep) -> Response:
    """The rules and the order by which coordination would ask, at this moment. Nothing is held by looking."""
    SEARCH.refuse_filled(body)
    wanted = _wanted(asked, body)
    return _answer(asked, as_request(wanted, now_ms=asked.standing.now_ms))


@router.get(
    "/regions/{region}/requests/{request}/candidates",
    summary="Who could take this request now",
    response_model=Places,
    tags=["requests"],
)
async def candidates(
    asked: Annotated[Asked, of_region(Action.READ_REQUESTS)], visit: CurrentVisit, request: RequestPath
) -> Response:
    """The same for a request that stands: with who was asked already, and who said no, where he may know that."""
    found = request_of(asked.standing, asked.who, request)
    await visit.about(asked.region, (found.wanted.case, found.id))
    return _answer(asked, found)


class NotYetError(ProblemError):
    """The region's state is not read yet."""

    def __init__(self) -> None:
        detail = "What is free here is still being read; try again in a moment."
        super().__init__(HTTPStatus.SERVICE_UNAVAILABLE, "starting", detail, headers={"Retry-After": "2"})


def _wanted(asked: Asked, body: Body) -> PlacementRequested:
    """Judged by the same gate as a request; what a request needs beside the profile is filled in."""
    agreed = asked.standing.rules.agreements
    owner = agreed.owner if agreed else "zcc"
    filled: dict[str, Any] = {
        "request": "r-search",
        "case": "c-search",
        "requester": asked.who.organisation or owner,
        "owner": owner,
        "requested_at": asked.standing.now,
    }
    name = Name("search", "0", "0")
    event = asked.portal.submitting.event(asked.region, name, PlacementRequested, {**body, **filled})
    if isinstance(event, list):
        raise InputError(of_gate(fault) for fault in event)
    wanted: PlacementRequested = event.data
    return wanted


def _answer(asked: Asked, request: Request) -> Response:
    body = places_for(asked, request)
    return unkept(body, body.freshness)


def places_for(asked: Asked, request: Request) -> Places:
    """As whoever asks may see them; NotYetError while the region's state is read."""
    if asked.standing.folded is None:
        raise NotYetError
    found = search(asked.standing.folded.region, request, now_ms=asked.standing.now_ms)
    return _places(asked, found, request)


def _places(asked: Asked, found: Found, request: Request) -> Places:
    fitting = [_fitting(asked, *each) for each in found.fitting if _may_see(asked, each[1])]
    excluded = [_excluded(asked, each) for each in found.excluded if _may_know_why(asked, each, request)]
    unseen = len(found.fitting) + len(found.excluded) - len(fitting) - len(excluded)
    return Places(
        region=asked.region,
        freshness=asked.freshness,
        fitting=fitting,
        excluded=excluded,
        shortfalls=list(found.shortfalls) if asked.sees_all else [],
        not_shared=unseen,
    )


def _may_see(asked: Asked, name: str) -> bool:
    """All for the centre; a provider his own, and what the region shares as units."""
    if asked.sees_all or is_own(asked.standing, asked.who, name):
        return True
    return asked.who.role is Role.PROVIDER and _level(asked, Subject.AVAILABILITY, name) is PublicationLevel.UNIT


def _may_know_why(asked: Asked, found: Exclusion, request: Request) -> bool:
    """A provider hears of others neither that they are asked nor what they said, but to his own request."""
    if not _may_see(asked, found.unit):
        return False
    if asked.sees_all or is_own(asked.standing, asked.who, found.unit):
        return True
    if found.code in _ANSWERS:
        return is_requester(asked.who, request)
    return found.code not in _STOPS or _level(asked, Subject.STOPS, found.unit) is PublicationLevel.UNIT


def _level(asked: Asked, subject: Subject, name: str) -> PublicationLevel:
    unit = asked.standing.rules.units[name]
    eyes = viewer(asked.standing.rules, asked.who, asked.region)
    return eyes.level(subject, care_type=unit.care_type, organisation=unit.organisation)


def _fitting(asked: Asked, points: int, name: str, score: tuple[ScorePart, ...]) -> Fitting:
    unit, view = asked.standing.rules.units[name], asked.standing.live.unit(name)
    observed = view.observed_at if view else None
    age = None if observed is None else max(0, int((asked.standing.now - observed).total_seconds()))
    return Fitting(
        unit=name,
        name=unit.name,
        organisation=unit.organisation,
        care_type=unit.care_type,
        points=points,
        score=list(score) if asked.sees_all else [],
        free=view.free if view else None,
        observed_at=observed,
        valid_until=view.valid_until if view else None,
        age_seconds=age,
    )


def _excluded(asked: Asked, found: Exclusion) -> Excluded:
    unit = asked.standing.rules.units[found.unit]
    own = asked.sees_all or is_own(asked.standing, asked.who, found.unit)
    return Excluded(
        unit=found.unit,
        name=unit.name,
        organisation=unit.organisation,
        care_type=unit.care_type,
        code=found.code,
        detail=found.detail if own else None,
        words=EXCLUDED[found.code],
        detail_words=detail(found.detail) if own and found.detail else None,
    )
