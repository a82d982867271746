"""Is the process alive, and can it answer? For whoever starts, stops and balances portals."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Response

from spoedplein.portal.access import Action, Principal, allowed
from spoedplein.portal.problems import documented
from spoedplein.portal.state import PortalDep, Stale
from spoedplein_schemas.vocabulary import Frozen, RegionId

router = APIRouter(prefix="/health", tags=["health"], responses=documented(HTTPStatus.TOO_MANY_REQUESTS))


class Alive(Frozen):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(Frozen):
    """Whether this portal can answer, and of which regions what it shows may be behind."""

    status: Literal["ready", "starting"]
    stale: dict[RegionId, Stale]


@router.get("/live", summary="The process answers")
async def live(_who: Annotated[Principal, allowed(Action.READ_SERVICE)]) -> Alive:
    """Always, while the process runs: restart it when this does not answer."""
    return Alive()


@router.get("/ready", summary="The portal can answer", responses={503: {"model": Ready, "description": "Not yet."}})
async def ready(
    portal: PortalDep, response: Response, _who: Annotated[Principal, allowed(Action.READ_SERVICE)]
) -> Ready:
    """Once everything that stood in Kafka was read. Stale regions are answered for, with their age: it stays ready."""
    is_ready = portal.source.ready
    response.status_code = 200 if is_ready else 503
    stale = {name: why for name in portal.live.regions if (why := portal.standing(name).stale)}
    return Ready(status="ready" if is_ready else "starting", stale=stale)
