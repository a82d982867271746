"""A no as a page, for whoever looks with a browser; programs get their problem."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from spoedplein.portal.access import Action
from spoedplein.portal.access.visit import visit_of
from spoedplein.portal.page.rendering import language_of, respond
from spoedplein.portal.page.words import Texts
from spoedplein.portal.problems import ProblemError
from spoedplein.store.errors import StoreError

Handler = Callable[[Request, Any], Any]

#: Where programs ask: never a page.
_PROGRAMS: Final = ("/v1/", "/fhir/", "/health/")
_TEXTS: Final = {
    HTTPStatus.NOT_FOUND: "not-here",
    HTTPStatus.UNPROCESSABLE_ENTITY: "not-here",
    HTTPStatus.FORBIDDEN: "not-yours",
    HTTPStatus.TOO_MANY_REQUESTS: "too-many",
    HTTPStatus.SERVICE_UNAVAILABLE: "not-now",
}
#: Said by the code of the problem, before its status. Under these the page has the form of the noodknop.
_NOODKNOP: Final = {"access-log-away": "log-away", "emergency-not-declared": "emergency-reason"}


def add_refusals(app: FastAPI) -> None:
    """Over the handlers that make problems, which stay for programs."""
    for error in (ProblemError, HTTPException, RequestValidationError, StoreError):
        app.add_exception_handler(error, _answer(app.exception_handlers[error]))


def _answer(otherwise: Handler) -> Handler:
    async def answer(request: Request, error: Exception) -> Response:
        told: Response = await otherwise(request, error)
        if is_of_program(request):
            return told
        code = "archive-away" if isinstance(error, StoreError) else getattr(error, "code", None)
        return _page(request, told, code)

    return answer


def is_of_program(request: Request) -> bool:
    """Whoever does not ask for HTML, and whoever asks where there is none."""
    return request.url.path.startswith(_PROGRAMS) or "text/html" not in request.headers.get("accept", "")


def _page(request: Request, told: Response, code: str | None) -> Response:
    """To sign in for whoever must; a reload by script is told so, and shows what it has."""
    t = Texts(language_of(request))
    status = HTTPStatus(told.status_code)
    if status is HTTPStatus.UNAUTHORIZED and "hx-request" not in request.headers:
        visit_of(request).action = Action.SIGN_IN  # Of what he asked for nothing is shown.
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/sign-in?to={quote(request.url.path + query)}", HTTPStatus.SEE_OTHER)
    text = t(code if code == "archive-away" else _NOODKNOP.get(code or "", _TEXTS.get(status, "not-now")))
    shown = {"status": status.value, "text": text, "noodknop": code in _NOODKNOP}
    page = respond(request, t, "problem.html", shown, status=status)
    if "retry-after" in told.headers:
        page.headers["Retry-After"] = told.headers["retry-after"]
    return page
