"""The HTTP API, version 1: one module per concept, each with its routes and the shapes that they answer."""

from typing import Final

from fastapi import APIRouter

from spoedplein.portal.api import availability, document, health, regions, units

PREFIX: Final = "/v1"


def router() -> APIRouter:
    """All routes, in the order of the document."""
    whole = APIRouter()
    for part in (document, regions, availability, units):
        whole.include_router(part.router, prefix=PREFIX)
    whole.include_router(health.router)
    return whole
