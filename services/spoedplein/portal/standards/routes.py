"""EDXL-HAVE and the LPZ feed over HTTP, beside the JSON of our own."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from spoedplein.portal.access import Action
from spoedplein.portal.api.asking import Asked, of_region
from spoedplein.portal.problems import PROBLEMS, ProblemError
from spoedplein.portal.standards.have import XML_TYPE, have_document
from spoedplein.portal.standards.lpz import lpz_document
from spoedplein.portal.standards.seeing import picture_of

router = APIRouter(prefix="/regions/{region}", tags=["standards"], responses=PROBLEMS)

_CACHING = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie, Accept"}


class NothingReportedError(ProblemError):
    """HAVE wants one hospital at least."""

    def __init__(self) -> None:
        detail = "Nobody has reported anything yet for which EDXL-HAVE has words, or that you may see."
        super().__init__(HTTPStatus.NOT_FOUND, "nothing-reported", detail)


@router.get(
    "/have.xml",
    summary="The region as EDXL-HAVE 1.0",
    response_class=Response,
    responses={200: {"content": {XML_TYPE: {"schema": {"type": "string"}}}, "description": "A HospitalStatus."}},
)
async def have(asked: Annotated[Asked, of_region(Action.READ_AVAILABILITY)]) -> Response:
    """Beds and the traffic of ambulances, of all that you may see as units. What is unknown has no count."""
    behind = asked.standing.stale
    document = have_document(picture_of(asked), behind=None if behind is None else behind.value)
    if document is None:
        raise NothingReportedError
    return Response(document, headers=_headers(asked), media_type=XML_TYPE)


@router.get("/lpz.json", summary="Emergency departments as LPZ shapes it", response_model=list[dict[str, Any]])
async def lpz(asked: Annotated[Asked, of_region(Action.READ_AVAILABILITY)]) -> Response:
    """One entry per location with an SEH, to be asked every five minutes or so."""
    settings = asked.portal.settings
    words = {str(name): told for name, told in settings.portal_lpz_words.items()}
    document = lpz_document(picture_of(asked), oids=settings.portal_lpz_oids, words=words)
    return JSONResponse(document, headers=_headers(asked))


def _headers(asked: Asked) -> dict[str, str]:
    behind = asked.standing.stale
    return _CACHING if behind is None else {**_CACHING, "Spoedplein-Stale": behind.value}
