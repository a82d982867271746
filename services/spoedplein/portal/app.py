"""The portal as one ASGI application: what it shares, its routes, and its errors."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import Lifespan

from spoedplein.clock import Clock
from spoedplein.portal import api, page, problems
from spoedplein.portal.access import Access
from spoedplein.portal.access import routes as access_routes
from spoedplein.portal.document import document
from spoedplein.portal.measuring import Measured
from spoedplein.portal.standards import refusing, routing
from spoedplein.portal.state import Outer, Portal
from spoedplein.settings import Settings
from spoedplein.telemetry.metrics import Metrics
from spoedplein_schemas.intended_use import INTENDED_USE

TITLE: Final = "spoedplein"
DESCRIPTION: Final = f"""**Intended use.** {INTENDED_USE}

What is free and how old that is, boards and requests, decisions with their reasons; and what a coordinator or provider
says, which becomes an event on the source topics. A figure that is not known is `null`, never 0. Every answer says as
of when it is; `stale` says that it may be behind. Errors are problems after RFC 9457.
"""
#: Chapters of the document, in its order.
TAGS: Final = (
    ("regions", "Which regions are coordinated here, and how current what is shown of them is."),
    ("availability", "What is free, how old that is, and what is not known."),
    ("search", "Who could take somebody now, and why not the others."),
    ("boards", "Queues, rooms and crowding of each spoedplein."),
    ("requests", "Requests for a place: whose they are, and what is due."),
    ("placement", "What people say of requests and offers. Each becomes an event; send an Idempotency-Key with it."),
    ("capacity", "What units say of themselves, and the question that has them report now."),
    ("escalation", "Proposals that wait for a person."),
    ("decisions", "What was decided, and why."),
    ("history", "What was, from the archive."),
    ("access-log", "Who looked at which case, or acted on it."),
    ("stream", "Server-sent events."),
    ("standards", "The region in the words of EDXL-HAVE and LPZ."),
    ("fhir", "FHIR R4, one base address per region; errors are OperationOutcomes. `metadata` says what is served."),
    ("health", "For whoever starts, stops and balances portals."),
)


def build(settings: Settings, clock: Clock, metrics: Metrics, *, access: Access, outer: Outer | None = None) -> FastAPI:
    """An app of its own: what it shares begins with its lifespan and ends with it."""
    portal = Portal(settings, clock, metrics, outer=outer)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with access, portal.running():
            yield

    app = routed(lifespan)
    app.state.portal = portal
    access.add_to(app)
    app.add_middleware(Measured, metrics=metrics)
    problems.add_to(app)
    page.add_to(app)
    refusing.add_to(app)
    return app


def routed(lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """The routes alone: enough for the document, and for nothing else."""
    app = FastAPI(
        title=TITLE,
        summary="Live availability and placement for acute-care coordination",
        description=DESCRIPTION,
        version=version("spoedplein"),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        openapi_tags=[{"name": name, "description": told} for name, told in TAGS],
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
    )
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    app.include_router(api.router())
    app.include_router(page.router)
    app.include_router(routing.router(prefix=api.PREFIX))
    app.include_router(access_routes.router)
    return app


def openapi() -> bytes:
    """The document as a file."""
    return json.dumps(routed().openapi(), indent=2, ensure_ascii=False).encode() + b"\n"


def _operation_id(route: APIRoute) -> str:
    """The name of the function: what a generated client calls it."""
    return route.name
