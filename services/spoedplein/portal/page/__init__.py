"""The web page for coordinators and providers, in Dutch or English; and the page for citizens.

Drawn on the server from what the portal holds in memory. What somebody does on it goes through the HTTP API, as
anybody's command does: there is one way in. Without JavaScript everything can be read, by loading it again.
"""

from fastapi import FastAPI

from spoedplein.portal.page.assets import add_assets
from spoedplein.portal.page.refusals import add_refusals
from spoedplein.portal.page.routes import router

__all__ = ["add_to", "router"]


def add_to(app: FastAPI) -> None:
    """What pages need beside their routes; after `problems.add_to`."""
    add_assets(app)
    add_refusals(app)
