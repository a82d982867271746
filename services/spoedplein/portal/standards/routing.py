"""Every route of the standards, and how they say no."""

from fastapi import APIRouter

from spoedplein.portal.standards import routes
from spoedplein.portal.standards.fhir import answering
from spoedplein.portal.standards.fhir import routes as fhir


def router(*, prefix: str) -> APIRouter:
    """`prefix` is where our own JSON is; FHIR has an address of its own."""
    whole = APIRouter()
    whole.include_router(routes.router, prefix=prefix)
    whole.include_router(fhir.router)
    whole.include_router(answering.router)
    return whole
