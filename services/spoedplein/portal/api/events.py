"""What became of an event that was said here."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import StringConstraints

from spoedplein.portal.access import Action
from spoedplein.portal.access.tenancy import NotFoundError
from spoedplein.portal.access.visit import CurrentVisit
from spoedplein.portal.api.asking import Asked, of_region
from spoedplein.portal.api.saying import Answered, told_of
from spoedplein.portal.etags import unkept
from spoedplein.portal.naming import is_said_by
from spoedplein.portal.problems import PROBLEMS
from spoedplein.portal.submitting import Followed
from spoedplein.portal.telling import cases_of

router = APIRouter(tags=["placement"], responses=PROBLEMS)

EventPath = Annotated[
    Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$", max_length=120)],
    Path(
        description="The event, as it was answered.",
        examples=["portal.gchdiejfkalbmcndoepfgahb-icjdkelfmanb-ocpdgehfiajb"],
    ),
]


@router.get("/regions/{region}/events/{event}", summary="What became of what was said", response_model=Answered)
async def event(
    asked: Annotated[Asked, of_region(Action.READ_DECISIONS)], visit: CurrentVisit, event: EventPath
) -> Response:
    """Decided, or not yet. Known for as long as it is among the latest; later its decisions are among all others.

    To the region's own centre, to who said it, and to whom its decisions concern.
    """
    submitting = asked.portal.submitting
    if not submitting.is_known(asked.region, event):
        raise NotFoundError
    decisions = submitting.decided(asked.region, event)
    await visit.about(asked.region, [case for each in decisions or () for case in cases_of(each)])
    told = told_of(asked, Followed(event, decisions), request=None)
    said = is_said_by(event, asked.who.subject, asked.organisation)
    if not asked.sees_all and not said and not told.decisions:
        raise NotFoundError
    return unkept(told, told.freshness)
