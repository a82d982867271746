"""The portal as one ASGI application: what it shares, its routes, and its errors."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

from spoedplein.clock import Clock
from spoedplein.portal import api, problems
from spoedplein.portal.access import Access
from spoedplein.portal.state import Portal
from spoedplein.settings import Settings
from spoedplein.telemetry.metrics import Metrics
from spoedplein_schemas.intended_use import INTENDED_USE

TITLE: Final = "spoedplein"
DESCRIPTION: Final = f"""**Intended use.** {INTENDED_USE}

What is free and how old that is, boards and requests, decisions with their reasons; and what a coordinator or provider
says, which becomes an event on the source topics. A figure that is not known is `null`, never 0. Every answer says as
of when it is; `stale` says that it may be behind. Errors are problems after RFC 9457.
"""


def build(settings: Settings, clock: Clock, metrics: Metrics, *, access: Access) -> FastAPI:
    """An app of its own: what it shares begins with its lifespan and ends with it."""
    portal = Portal(settings, clock, metrics)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with access, portal.running():
            yield

    app = FastAPI(
        title=TITLE,
        summary="Live availability and placement for acute-care coordination",
        description=DESCRIPTION,
        version=version("spoedplein"),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
    )
    app.state.portal = portal
    access.add_to(app)
    problems.add_to(app)
    app.include_router(api.router())
    return app


def _operation_id(route: APIRoute) -> str:
    """The name of the function: what a generated client calls it."""
    return route.name
