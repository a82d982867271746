"""Who looked at which case or acted on it: for the auditor, after NEN 7513. Reading it is put on record too."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request

from spoedplein.portal.access import Action, CurrentVisit
from spoedplein.portal.access.entrance import access_of
from spoedplein.portal.api.asking import Asked, Name, of_region
from spoedplein.portal.api.history import Since, Until, ordered
from spoedplein.portal.paging import CursorError, Key, PageDep, cursor
from spoedplein.portal.problems import PROBLEMS
from spoedplein.store.access_log import AccessEntry, AccessOutcome, Place
from spoedplein_schemas.vocabulary import Frozen, RegionId

router = APIRouter(prefix="/regions/{region}", tags=["access-log"], responses=PROBLEMS)


class AccessThen(Frozen):
    """One access: when, which cases (or requests), who and for whom, in which role, what he did, and how it ended.

    `emergency` is the reason of emergency use (noodknop). `event_id` is of the event that the action became.
    """

    at: datetime
    cases: list[str]
    subject: str
    on_behalf_of: str | None
    organisation: str | None
    role: str
    action: str
    what: str
    outcome: AccessOutcome
    emergency: str | None
    event_id: str | None


class AccessLog(Frozen):
    """One page of the log, in order of time; `next` is the cursor of the following page."""

    region: RegionId
    accesses: list[AccessThen]
    next: str | None


@router.get("/access-log", summary="Who looked at which case, or acted on it")
async def access_log(
    *,
    asked: Annotated[Asked, of_region(Action.READ_ACCESS_LOG)],
    visit: CurrentVisit,
    request: Request,
    page: PageDep,
    since: Since,
    until: Until,
    case: Annotated[Name | None, Query(description="Only of this case or request, by its pseudonym.")] = None,
) -> AccessLog:
    """In the order in which it happened, refusals included; for an auditor who signed in with two factors.

    Put beside a case's own file it is the overview that a patient may ask for.
    """
    await visit.about(asked.region, [] if case is None else [case])
    found = await access_of(request).recorder.store.read(
        [asked.region],
        since=since,
        until=ordered(since, until),
        case=case,
        after=None if page.after is None else _place(page.after),
        limit=page.limit + 1,
    )
    shown = found[: page.limit]
    following = _cursor(shown[-1]) if len(found) > page.limit else None
    accesses = [AccessThen(**each.model_dump(exclude={"id", "region"})) for each in shown]
    return AccessLog(region=asked.region, accesses=accesses, next=following)


def _cursor(last: AccessEntry) -> str:
    return cursor([last.at.astimezone(UTC).isoformat(), last.id])


def _place(key: Key) -> Place:
    try:
        moment, name = key
        place = Place(datetime.fromisoformat(moment), name)
    except (TypeError, ValueError) as error:
        raise CursorError from error
    if place.at.tzinfo is None or not (isinstance(name, str) and name.isascii() and name.isprintable()):
        raise CursorError
    return place
