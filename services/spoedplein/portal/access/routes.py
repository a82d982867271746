"""Signing in and out with a browser, and declaring emergency use (noodknop) there. Pages show the forms."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from spoedplein.portal.access.allowed import allowed
from spoedplein.portal.access.entrance import access_of
from spoedplein.portal.access.principal import Principal
from spoedplein.portal.access.roles import Action
from spoedplein.portal.access.signing_in import RETURN_PATH, SIGN_IN_PATH, UNDER_WAY_SECONDS, is_of_ours
from spoedplein.portal.access.visit import visit_of

SIGN_OUT_PATH: Final = "/sign-out"
EMERGENCY_PATH: Final = "/emergency"
BINDING_COOKIE: Final = "spoedplein-sign-in"
_SEE_OTHER: Final = 303

router = APIRouter(include_in_schema=False)


@router.get(SIGN_IN_PATH)
async def sign_in(
    request: Request,
    _who: Annotated[Principal, allowed(Action.SIGN_IN)],
    to: Annotated[str, Query(max_length=2000)] = "/",
) -> Response:
    """To the issuer's page, and later to where the browser wanted to be."""
    access = access_of(request)
    page, begun = await access.signing_in.begin(to)
    response = RedirectResponse(page, _SEE_OTHER)
    response.set_cookie(
        BINDING_COOKIE,
        begun.binding,
        max_age=UNDER_WAY_SECONDS,
        path=SIGN_IN_PATH,
        secure=access.cookies.secure,
        httponly=True,
        samesite="lax",
    )
    return response


@router.get(RETURN_PATH)
async def signed_in(
    request: Request,
    _who: Annotated[Principal, allowed(Action.SIGN_IN)],
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str | None, Query(max_length=4000)] = None,
    error: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Where the issuer sends the browser back to."""
    access = access_of(request)
    binding = request.cookies.get(BINDING_COOKIE, "")
    session, to = await access.signing_in.finish(state=state, binding=binding, code=code, error=error)
    response = RedirectResponse(to, _SEE_OTHER)
    access.cookies.give(response, session)
    response.delete_cookie(BINDING_COOKIE, path=SIGN_IN_PATH)
    return response


@router.post(SIGN_OUT_PATH)
async def sign_out(request: Request, _who: Annotated[Principal, allowed(Action.SIGN_OUT)]) -> Response:
    """Ends the session here, and leads to where the issuer ends its own."""
    access = access_of(request)
    session = visit_of(request).session
    response = RedirectResponse("/" if session is None else await access.signing_in.leave(session), _SEE_OTHER)
    access.cookies.take(response)
    return response


@router.post(EMERGENCY_PATH)
async def emergency(
    request: Request,
    who: Annotated[Principal, allowed(Action.DECLARE_EMERGENCY)],
    reason: Annotated[str, Form(max_length=1000)],
    to: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Emergency use of this session for a quarter of an hour, with the reason; each access says so on record."""
    access = access_of(request)
    session = visit_of(request).session
    stated = access.stated(reason, who)
    if session is not None:
        access.sessions.declare(session, stated)
    return RedirectResponse(to if is_of_ours(to) else "/", _SEE_OTHER)
