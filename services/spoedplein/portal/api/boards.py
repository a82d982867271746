"""Boards: queues, rooms and crowding of each spoedplein; ambulances, rounds, consults and escalation of the region."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import APIRouter, Response
from pydantic import BaseModel

from spoedplein.portal.access import Action, Role
from spoedplein.portal.access.tenancy import NotFoundError
from spoedplein.portal.access.visit import CurrentVisit
from spoedplein.portal.api.asking import Asked, SitePath, of_region
from spoedplein.portal.etags import KEPT, Freshness
from spoedplein.portal.eyes import viewer
from spoedplein.portal.problems import PROBLEMS
from spoedplein_schemas.views import AmbulanceBoard, ConsultsBoard, EscalationBoard, RoundsBoard, SiteBoard
from spoedplein_schemas.vocabulary import CareType, Count, Frozen, RegionId, SiteId

router = APIRouter(tags=["boards"], responses=PROBLEMS)

_Board = TypeVar("_Board", bound=BaseModel)


class QueueNow(Frozen):
    """How many wait, and since when: at one spoedplein, or in the whole region. Nobody is named in it."""

    service: CareType
    site: SiteId | None
    waiting: Count
    oldest_since: datetime | None


class Boards(Frozen):
    """Every board of a region. A provider sees lengths of queues as finely as the region shares them, and no board."""

    region: RegionId
    freshness: Freshness
    sites: list[SiteBoard]
    escalation: EscalationBoard | None
    ambulance: AmbulanceBoard | None
    rounds: RoundsBoard | None
    consults: ConsultsBoard | None
    queues: list[QueueNow]


class OneBoard(Frozen):
    """The board of one spoedplein, and how current that is."""

    region: RegionId
    freshness: Freshness
    board: SiteBoard


@router.get("/regions/{region}/boards", summary="Boards", response_model=Boards, responses=KEPT)
async def boards(asked: Annotated[Asked, of_region(Action.READ_BOARDS)], visit: CurrentVisit) -> Response:
    """Of each spoedplein its queues, rooms, ambulances under way and crowding; of the region what goes on in it."""
    body = boards_now(asked)
    await visit.about(asked.region, cases_on(body))
    return asked.answer(body)


@router.get(
    "/regions/{region}/boards/{site}", summary="The board of one spoedplein", response_model=OneBoard, responses=KEPT
)
async def board(
    asked: Annotated[Asked, of_region(Action.READ_BOARDS)], visit: CurrentVisit, site: SitePath
) -> Response:
    """Its queues in the order of taking, rooms, ambulances under way, and how crowded it is."""
    found = next((each for each in asked.standing.live.sites() if each.site == site), None)
    if found is None or asked.who.role is Role.PROVIDER:
        raise NotFoundError
    await visit.about(asked.region, cases_at(found))
    return asked.answer(OneBoard(region=asked.region, freshness=asked.freshness, board=found))


def boards_now(asked: Asked, *, only: Collection[str] | None = None) -> Boards:
    """As whoever asks may see them; or `only` those of these names."""
    whole = asked.sees_all
    sites = asked.standing.live.sites() if whole else []
    return Boards(
        region=asked.region,
        freshness=asked.freshness,
        sites=[each for each in sites if only is None or each.site in only],
        escalation=_named(asked, "escalation", EscalationBoard, only=only),
        ambulance=_named(asked, "ambulance", AmbulanceBoard, only=only),
        rounds=_named(asked, "rounds", RoundsBoard, only=only),
        consults=_named(asked, "consults", ConsultsBoard, only=only),
        queues=[] if whole else list(_queues(asked)),
    )


def cases_on(body: Boards) -> Iterator[str]:
    """Pseudonyms, for the record of who saw what."""
    for site in body.sites:
        yield from cases_at(site)
    if body.consults is not None:
        yield from (each.case for each in body.consults.consults)


def cases_at(site: SiteBoard) -> Iterator[str]:
    for queue in site.queues:
        yield from queue.immediate
        yield from (waiting.case for waiting in queue.next)
    for room in site.rooms:
        yield from (case for case in (room.case, room.proposed_for) if case is not None)


def _named(asked: Asked, name: str, kind: type[_Board], *, only: Collection[str] | None) -> _Board | None:
    found = asked.standing.live.board(name)
    wanted = asked.sees_all and (only is None or name in only)
    return found if wanted and isinstance(found, kind) else None


def _queues(asked: Asked) -> Iterator[QueueNow]:
    eyes = viewer(asked.standing.rules, asked.who, asked.region)
    for each in eyes.queues(asked.standing.live.sites()):
        yield QueueNow(service=each.service, site=each.place, waiting=each.waiting, oldest_since=each.oldest_since)
