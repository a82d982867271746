"""Whom a system on one machine can reach: a neighbour that does not run in it is asked by telephone."""

from collections.abc import Collection

from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.neighbours import AskedBy


def within_reach(text: Agreements, running: Collection[str]) -> Agreements:
    """The text as it can be lived by here; itself, when every neighbour runs here or is called anyhow."""
    neighbours = tuple(
        each
        if each.region in running or each.asked_by is not None
        else each.model_copy(update={"asked_by": AskedBy.TELEPHONE})
        for each in text.neighbours
    )
    return text if neighbours == text.neighbours else text.model_copy(update={"neighbours": neighbours})
