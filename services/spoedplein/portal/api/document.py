"""The OpenAPI document of this very API."""

from typing import Annotated, Any

from fastapi import APIRouter, Request

from spoedplein.portal.access import Action, Principal, allowed

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json")
async def openapi(request: Request, _who: Annotated[Principal, allowed(Action.READ_SERVICE)]) -> dict[str, Any]:
    document: dict[str, Any] = request.app.openapi()
    return document
