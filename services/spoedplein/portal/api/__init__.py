"""The HTTP API, version 1: one module per concept, each with its routes and the shapes that they answer."""

from typing import Final

from fastapi import APIRouter

from spoedplein.portal.api import (
    access_log,
    availability,
    boards,
    capacity,
    decisions,
    document,
    events,
    health,
    history,
    placements,
    proposals,
    regions,
    requests,
    search,
    stream,
    units,
)

PREFIX: Final = "/v1"
#: In the order of the document. What is fixed in a path goes before what is free there.
_PARTS: Final = (
    document,
    regions,
    availability,
    units,
    search,
    boards,
    requests,
    placements,
    capacity,
    proposals,
    decisions,
    events,
    history,
    access_log,
    stream,
)


def router() -> APIRouter:
    """All routes."""
    whole = APIRouter()
    for part in _PARTS:
        whole.include_router(part.router, prefix=PREFIX)
    whole.include_router(health.router)
    return whole
