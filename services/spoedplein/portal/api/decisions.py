"""Decisions: what was decided, why, and on what it rested."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import StringConstraints

from spoedplein.portal.access import Action
from spoedplein.portal.access.tenancy import NotFoundError
from spoedplein.portal.access.visit import CurrentVisit
from spoedplein.portal.api.asking import Asked, Moment, Name, of_region
from spoedplein.portal.decided import END, as_key, as_place, latest, place_of
from spoedplein.portal.etags import Freshness, unkept
from spoedplein.portal.paging import PageDep, cursor
from spoedplein.portal.problems import PROBLEMS
from spoedplein.portal.telling import DecisionNow, cases_of, decision_now, explanation, shown
from spoedplein.store.lookups import Place, Wanted
from spoedplein.wording import words
from spoedplein_schemas.vocabulary import Frozen, RegionId

router = APIRouter(tags=["decisions"], responses=PROBLEMS)

Kind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z-]*$", max_length=64)]
DecisionPath = Annotated[
    Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9.-]*\.[0-9]{1,18}\.[0-9]{1,9}$", max_length=120)],
    Path(description="`<region>.<log offset>.<index>`", examples=["rijnmond.1042.0"]),
]


class Decisions(Frozen):
    """One page of decisions, the newest first; `next` is the cursor of the following, older page."""

    region: RegionId
    freshness: Freshness
    decisions: list[DecisionNow]
    next: str | None


class Explained(Frozen):
    """A decision and why: its cause, the agreement, the data with age, and what was passed over, in words.

    `sentence` is Dutch, as on the board; null for what the board does not tell.
    """

    region: RegionId
    freshness: Freshness
    decision: DecisionNow
    explanation: list[str]
    sentence: str | None


@router.get("/regions/{region}/decisions", summary="Decisions, the newest first", response_model=Decisions)
async def decisions(  # noqa: PLR0917  one per filter
    asked: Annotated[Asked, of_region(Action.READ_DECISIONS)],
    visit: CurrentVisit,
    page: PageDep,
    kind: Annotated[list[Kind] | None, Query(description="Of these kinds, such as placement-offered.")] = None,
    request: Annotated[Name | None, Query(description="About this request.")] = None,
    unit: Annotated[Name | None, Query(description="About this unit.")] = None,
    site: Annotated[Name | None, Query(description="About this spoedplein.")] = None,
    until: Annotated[Moment | None, Query(description="Decided before this moment.")] = None,
) -> Response:
    """The latest from memory, older ones from the archive. A provider sees those about his own units and requests."""
    before = END if until is None else Place(until, -1, -1)
    after = before if page.after is None else min(before, as_place(page.after))
    wanted = Wanted(kind, request, unit, site)
    found = await latest(asked.portal, asked.standing, asked.who, wanted, before=after, limit=page.limit + 1)
    told, following = found[: page.limit], None
    if len(found) > page.limit:
        following = cursor(as_key(place_of(told[-1])))
    await visit.about(asked.region, [case for each in told for case in cases_of(each)])
    body = Decisions(
        region=asked.region,
        freshness=asked.freshness,
        decisions=[decision_now(each, whole=asked.sees_all) for each in told],
        next=following,
    )
    return unkept(body, body.freshness)


@router.get("/regions/{region}/decisions/{decision}", summary="One decision, and why", response_model=Explained)
async def decision(
    asked: Annotated[Asked, of_region(Action.READ_DECISIONS)], visit: CurrentVisit, decision: DecisionPath
) -> Response:
    """Its cause, the agreement, the data with age, and what was passed over: as `spoedplein explain` tells it."""
    found = asked.standing.live.decisions.get(decision) or await asked.portal.lookups.decision(decision)
    if found is None or found.region != asked.region:
        raise NotFoundError
    told = shown(asked.standing, asked.who, found)
    if told is None:
        raise NotFoundError
    await visit.about(asked.region, cases_of(found))
    body = Explained(
        region=asked.region,
        freshness=asked.freshness,
        decision=told,
        explanation=explanation(found, whole=asked.sees_all).splitlines(),
        sentence=words.tell(found, asked.standing.rules.zone) if asked.sees_all else None,
    )
    return unkept(body, body.freshness)
