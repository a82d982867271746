"""What was: a unit's figures over time, a request's whole way, and where the chain stalled; from the archive."""

import asyncio
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response
from pydantic import TypeAdapter

from spoedplein.domain.agreements import Rules
from spoedplein.portal.access import Action
from spoedplein.portal.access.tenancy import NotFoundError, NotYoursError
from spoedplein.portal.access.visit import CurrentVisit
from spoedplein.portal.api.asking import Asked, Moment, RequestPath, UnitPath, of_region
from spoedplein.portal.cases import is_own
from spoedplein.portal.etags import Freshness, said, unkept
from spoedplein.portal.paging import CursorError, PageDep, cursor
from spoedplein.portal.problems import PROBLEMS, InputError, InputFault, ProblemError
from spoedplein.reports.report import Level, NotSharedError, Report, only, report
from spoedplein.reports.small_counts import K_DEFAULT
from spoedplein.reports.triple_aim import shipped
from spoedplein.store.placements import Placement
from spoedplein.store.reports import Asked as ReportAsked
from spoedplein.store.reports import Found, find
from spoedplein_schemas.vocabulary import CareType, Frozen, RegionId, StopReason, UnitId, UnitStatus

router = APIRouter(prefix="/regions/{region}", tags=["history"], responses=PROBLEMS)

#: More is for the command, which may take its time.
REPORT_DAYS_MAX: Final = 93
_REPORT: Final[TypeAdapter[Report]] = TypeAdapter(Report)


class SampleThen(Frozen):
    """A unit as it was from `as_of` on; `free` is null where it was unknown."""

    as_of: datetime
    status: UnitStatus
    reason: StopReason | None
    staffed: int | None
    reported_free: int | None
    free: int | None
    held: int
    promised: int
    observed_at: datetime | None
    valid_until: datetime | None


class History(Frozen):
    """One page of a unit's history, in order of time; `next` is the cursor of the following page."""

    region: RegionId
    freshness: Freshness
    unit: UnitId
    samples: list[SampleThen]
    next: str | None


class PlacementThen(Placement):
    """A request's whole way, as far as it was archived; `freshness` is of the region that was asked."""

    freshness: Freshness


class Period(Frozen):
    """From `since` up to but not including `until`."""

    since: datetime
    until: datetime


Since = Annotated[Moment, Query(description="From this moment on.", examples=["2026-01-10T00:00:00+01:00"])]
Until = Annotated[Moment, Query(description="Up to, not including.", examples=["2026-01-11T00:00:00+01:00"])]


@router.get("/units/{unit}/history", summary="A unit's figures over time", response_model=History)
async def unit_history(
    *,
    asked: Annotated[Asked, of_region(Action.READ_AVAILABILITY)],
    unit: UnitPath,
    page: PageDep,
    since: Since,
    until: Until,
) -> Response:
    """Every sample that was published. Of a provider's units only his own."""
    if not asked.sees_all and not is_own(asked.standing, asked.who, unit):
        raise NotFoundError
    after = -1 if page.after is None else _version(page.after)
    found = await asked.portal.lookups.history(
        asked.region, unit, since=since, until=ordered(since, until), after=after, limit=page.limit + 1
    )
    shown = found[: page.limit]
    samples = [SampleThen.model_validate(each, from_attributes=True) for each in shown]
    following = cursor([shown[-1].version]) if len(found) > page.limit else None
    body = History(region=asked.region, freshness=asked.freshness, unit=unit, samples=samples, next=following)
    return unkept(body, body.freshness)


@router.get("/requests/{request}/history", summary="A request's whole way", response_model=PlacementThen)
async def request_history(
    asked: Annotated[Asked, of_region(Action.READ_REQUESTS)], visit: CurrentVisit, request: RequestPath
) -> Response:
    """As far as it was archived: states, moments, refusals, how long it took. For the region's own centre."""
    found = await asked.portal.lookups.placement(asked.region, request) if asked.sees_all else None
    if found is None:
        raise NotFoundError
    await visit.about(asked.region, [name for name in (found.case_id, found.request_id) if name])
    body = PlacementThen(**found.model_dump(), freshness=asked.freshness)
    return unkept(body, body.freshness)


@router.get("/reports/bottlenecks", summary="Where the chain stalled", response_model=Report)
async def bottlenecks(
    *,
    asked: Annotated[Asked, of_region(Action.READ_REPORTS)],
    since: Since,
    until: Until,
    care_type: Annotated[list[CareType] | None, Query(description="Only of these.")] = None,
    level: Annotated[Level, Query(description="public: small counts are withheld.")] = Level.PUBLIC,
) -> Response:
    """The report of `spoedplein report`, over at most three months. Everything (`internal`) is for the centre only.

    At level `public` over one calendar month that has ended, whatever care of it is asked for: of reports that overlap,
    one less the other would tell what both withhold.
    """
    if level is Level.INTERNAL and not asked.sees_all:
        raise NotYoursError("Everything is for the region's own centre; ask for level public.")
    if ordered(since, until) - since > timedelta(days=REPORT_DAYS_MAX):
        raise InputError([_fault("until", f"lies more than {REPORT_DAYS_MAX} days later", "ask a shorter period")])
    care_types = tuple(care_type) if care_type else None
    if level is Level.PUBLIC:
        _check_publishable(asked, since, until)
    found = await _found(asked, ReportAsked(asked.region, since, until, None if level is Level.PUBLIC else care_types))
    try:
        made = await asyncio.to_thread(_made, found, level, asked.standing.rules)
    except NotSharedError as error:
        detail = "The region agreed not to show its reports to everybody."
        raise ProblemError(HTTPStatus.FORBIDDEN, "not-shared", detail) from error
    made = only(made, care_types) if level is Level.PUBLIC and care_types else made
    headers = {"Cache-Control": "no-store", **said(asked.freshness)}
    return Response(_REPORT.dump_json(made), headers=headers, media_type="application/json")


def _check_publishable(asked: Asked, since: datetime, until: datetime) -> None:
    """By agreements that are known, and over one whole month of the region's calendar."""
    if asked.standing.rules.agreements is None:
        detail = "Of this region no agreements are known, so neither is what it shows to everybody."
        raise ProblemError(HTTPStatus.FORBIDDEN, "not-shared", detail)
    zone, now = asked.standing.rules.zone, asked.standing.now
    begins = _month(since.astimezone(zone))
    if (since, until) != (begins, _next(begins)) or until > now:
        last = _month(_month(now.astimezone(zone)) - timedelta(days=1))
        mend = f"ask a month that is over, like since={last.isoformat()} and until={_next(last).isoformat()}"
        raise InputError([_fault("since", "is with `until` not one calendar month that has ended", mend)])


def _month(local: datetime) -> datetime:
    """Its beginning."""
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)


def _next(month: datetime) -> datetime:
    return _month(month + timedelta(days=32))


async def _found(asked: Asked, wanted: ReportAsked) -> Found:
    """A few at a time: each has a connection to itself for seconds, and the access log wants its own."""
    reporting = asked.portal.reporting
    try:
        async with asyncio.timeout(asked.portal.settings.portal_wait_seconds):
            await reporting.acquire()
    except TimeoutError as error:
        detail = "As many reports are being made as this portal makes at a time; ask again in a while."
        headers = {"Retry-After": "30"}
        raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "reports-busy", detail, headers=headers) from error
    try:
        return await find(asked.portal.settings, wanted)
    finally:
        reporting.release()


def _made(found: Found, level: Level, rules: Rules) -> Report:
    return report(found, level=level, k=K_DEFAULT, parameters=shipped(), zone=rules.zone.key, rules=rules)


def _version(key: list[object]) -> int:
    if len(key) != 1 or type(key[0]) is not int or not 0 <= key[0] < 2**53:
        raise CursorError
    return key[0]


def ordered(since: datetime, until: datetime) -> datetime:
    if until <= since:
        raise InputError([_fault("until", "is not later than `since`", "ask a period that ends after it begins")])
    return until


def _fault(name: str, detail: str, mend: str) -> InputFault:
    return InputFault(parameter=name, code="period", detail=detail, mend=mend)
