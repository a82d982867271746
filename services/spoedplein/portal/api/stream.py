"""Following a region: what is there first, then what changes, as server-sent events."""

from collections.abc import Awaitable, Callable, Iterable
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Response
from starlette.responses import StreamingResponse

from spoedplein.portal.access import Action
from spoedplein.portal.access.visit import CurrentVisit, Visit
from spoedplein.portal.api.asking import Asked, of_region
from spoedplein.portal.api.availability import FreeNow, free_now
from spoedplein.portal.api.boards import Boards, boards_now, cases_on
from spoedplein.portal.api.requests import RequestNow, requests_now
from spoedplein.portal.api.units import UnitNow, units_now
from spoedplein.portal.cases import all_requests, may_know
from spoedplein.portal.etags import Freshness
from spoedplein.portal.live import Changes, Plane
from spoedplein.portal.problems import PROBLEMS, ProblemError
from spoedplein.portal.push import Eyes
from spoedplein.portal.telling import DecisionNow, about, cases_of, shown
from spoedplein_schemas.vocabulary import Frozen, RegionId, RequestId

router = APIRouter(tags=["stream"], responses=PROBLEMS)

MEDIA_TYPE: Final = "text/event-stream"
#: Of the decisions in a snapshot, the newest.
SNAPSHOT_DECISIONS: Final = 50


class Part(StrEnum):
    """What can be followed."""

    AVAILABILITY = "availability"
    BOARDS = "boards"
    REQUESTS = "requests"
    DECISIONS = "decisions"


_PLANES: Final = {
    Part.AVAILABILITY: Plane.AVAILABILITY,
    Part.BOARDS: Plane.BOARDS,
    Part.REQUESTS: Plane.DECISIONS,
    Part.DECISIONS: Plane.DECISIONS,
}


class Told(Frozen):
    """What an event of the stream carries. In a snapshot everything that is followed, in `changes` what changed.

    `care_types` and `units` replace those of the same name (and place), `boards` what is not null in it, `requests`
    those of the same name, closed ones too; `decisions` are new ones, and in a snapshot the latest. `gone` are units
    and spoedpleinen that are in the agreements no more, `withdrawn` requests that are no more for whoever follows.
    """

    region: RegionId
    freshness: Freshness
    care_types: list[FreeNow]
    units: list[UnitNow]
    boards: Boards | None
    requests: list[RequestNow]
    decisions: list[DecisionNow]
    gone: list[str]
    withdrawn: list[RequestId]


class FullError(ProblemError):
    """As many follow as this portal was set to serve."""

    def __init__(self) -> None:
        detail = "As many follow this portal as it serves; ask again later, or another portal."
        super().__init__(HTTPStatus.SERVICE_UNAVAILABLE, "streams-full", detail, headers={"Retry-After": "30"})


class ManyError(ProblemError):
    """As many follow from one network address as this portal was set to serve there."""

    def __init__(self, most: int) -> None:
        detail = f"{most} streams go to this address, which is all that it may have; end one, or wait for its end."
        headers = {"Retry-After": "30"}
        super().__init__(HTTPStatus.TOO_MANY_REQUESTS, "streams-full-per-address", detail, headers=headers)


_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Events without an end: `snapshot`, `changes`, `freshness`. Their data is JSON, as `Told`; of "
        "`freshness` as `Freshness`.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}
LastEventId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", max_length=64, description="The last id that was heard: what came since is told."),
]


@router.get("/regions/{region}/stream", summary="Follow a region", response_class=StreamingResponse, responses=_STREAM)
async def stream(
    asked: Annotated[Asked, of_region(Action.READ_BOARDS)],
    visit: CurrentVisit,
    of: Annotated[list[Part] | None, Query(description="Only these; left out, everything.")] = None,
    last_event_id: LastEventId = None,
) -> Response:
    """Availability, boards, requests and decisions, as whoever asks may see them; with cases."""
    return await _follow(asked, tuple(sorted(set(of or Part))), last_event_id, visit)


@router.get(
    "/regions/{region}/availability/stream",
    summary="Follow what is free",
    response_class=StreamingResponse,
    responses=_STREAM,
)
async def availability_stream(
    asked: Annotated[Asked, of_region(Action.READ_PUBLIC)], last_event_id: LastEventId = None
) -> Response:
    """Availability as finely as it is shared with whoever asks; nothing of cases."""
    return await _follow(asked, (Part.AVAILABILITY,), last_event_id, None)


async def _follow(asked: Asked, parts: tuple[Part, ...], last_event_id: str | None, visit: Visit | None) -> Response:
    async def seen(cases: Iterable[str]) -> None:
        if visit is not None:
            await visit.about(asked.region, cases)

    return await followed(asked, _eyes(asked, parts), last_event_id, seen=seen)


async def followed(
    asked: Asked, eyes: Eyes, last_event_id: str | None, *, seen: Callable[[Iterable[str]], Awaitable[None]]
) -> Response:
    """A stream of what these eyes see; FullError and ManyError when there are as many as may be."""
    push, settings = asked.portal.push, asked.portal.settings
    address = asked.request.client.host if asked.request.client else "unknown"
    if push.followers >= settings.portal_streams_max:
        raise FullError
    if push.addresses[address] >= settings.portal_streams_per_address:
        raise ManyError(settings.portal_streams_per_address)
    await seen(())
    events = push.hubs[asked.region].follow(eyes, address=address, since=push.since(last_event_id), seen=seen)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, headers=headers, media_type=MEDIA_TYPE)


def _eyes(asked: Asked, parts: tuple[Part, ...]) -> Eyes:
    """How a region looks to whoever asks, at whatever moment it is drawn."""
    who = asked.who

    def now() -> Asked:
        return asked._replace(standing=asked.portal.standing(asked.region))

    def body(changes: Changes | None) -> tuple[str, tuple[str, ...]]:
        told, cases = told_now(now(), parts, changes)
        return told.model_dump_json(), tuple(dict.fromkeys(cases))

    key = (who.role, who.organisation, who.units, asked.region in who.regions, parts)

    def freshness() -> str:
        return now().freshness.model_dump_json()

    planes = tuple({_PLANES[part]: None for part in parts})
    return Eyes(key, planes, body, freshness)


def told_now(asked: Asked, parts: tuple[Part, ...], changes: Changes | None) -> tuple[Told, list[str]]:
    """What is to be told of a region, and the cases in it."""
    decisions = _decisions(asked, changes) if Part.DECISIONS in parts else []
    requests = _requests(asked, changes) if Part.REQUESTS in parts else []
    withdrawn = _withdrawn(asked, changes) if Part.REQUESTS in parts else []
    boards = _boards(asked, changes) if Part.BOARDS in parts else None
    care_types, units = _availability(asked, changes) if Part.AVAILABILITY in parts else ([], [])
    told = Told(
        region=asked.region,
        freshness=asked.freshness,
        care_types=care_types,
        units=units,
        boards=boards,
        requests=requests,
        decisions=[each for each, _ in decisions],
        gone=changes.gone if changes else [],
        withdrawn=withdrawn,
    )
    cases = [case for each in requests for case in (each.case, each.request)] + withdrawn
    cases += [case for _, of in decisions for case in of]
    return told, cases + (list(cases_on(boards)) if boards else [])


def _availability(asked: Asked, changes: Changes | None) -> tuple[list[FreeNow], list[UnitNow]]:
    """Changed units, and the sums over their care types."""
    free = free_now(asked.standing, asked.who)
    if changes is None:
        return free, units_now(asked.standing, asked.who)
    if not changes.units and not changes.gone:
        return [], []
    named = {view.unit for view in changes.units}
    care_types = {view.care_type for view in changes.units}
    told = free if changes.gone else [each for each in free if each.care_type in care_types]
    return told, units_now(asked.standing, asked.who, only=named)


def _boards(asked: Asked, changes: Changes | None) -> Boards | None:
    """All of them, or those that changed; None when none did."""
    if changes is not None and not changes.boards:
        return None
    return boards_now(asked, only=None if changes is None else changes.boards.keys())


def _requests(asked: Asked, changes: Changes | None) -> list[RequestNow]:
    """Open ones, or those of which something was decided."""
    named = None if changes is None else {request for each in changes.decisions if (request := about(each))}
    return requests_now(asked, only=named)


def _withdrawn(asked: Asked, changes: Changes | None) -> list[RequestId]:
    """What he was asked or had promised, and is told now to be so no more: he is to forget it."""
    decided = [] if changes is None else changes.decisions
    named = {about(each): None for each in decided if shown(asked.standing, asked.who, each) is not None}
    known = all_requests(asked.standing)
    return [
        name
        for name in named
        if name is not None and not (name in known and may_know(asked.standing, asked.who, known[name]))
    ]


def _decisions(asked: Asked, changes: Changes | None) -> list[tuple[DecisionNow, list[str]]]:
    found = list(asked.standing.live.decisions.values())[-SNAPSHOT_DECISIONS:] if changes is None else changes.decisions
    seen = ((shown(asked.standing, asked.who, each), each) for each in found)
    return [(told, list(cases_of(each))) for told, each in seen if told is not None]
