"""Every no over HTTP is a problem after RFC 9457: a stable code, the place, and the mend.

Nothing that was sent is repeated in it.
"""

import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spoedplein.domain.errors import SpoedpleinError
from spoedplein.store.errors import NotMigratedError, StoreError
from spoedplein_schemas.decisions import Refusal

LOGGER = logging.getLogger(__name__)
MEDIA_TYPE: Final = "application/problem+json"
#: Before the code; together they are the problem's `type`.
TYPE_PREFIX: Final = "urn:nl:spoedplein:problem:"


class ProblemError(SpoedpleinError):
    """What is refused: HTTP status, a code from a closed set per room, a sentence with the mend.

    `more` are further members of the problem; `headers` go with the answer. Neither may hold what the asker sent.
    """

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = dict(more or {})

    def body(self) -> dict[str, Any]:
        return {
            **self.more,
            "type": TYPE_PREFIX + self.code,
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
        }

    def response(self) -> JSONResponse:
        return JSONResponse(self.body(), self.status.value, self.headers, MEDIA_TYPE)


class InputError(ProblemError):
    """Something that was sent does not fit; `errors` says of each place what, and how to mend it."""

    def __init__(self, errors: Iterable["InputFault"]) -> None:
        told = [each.model_dump(mode="json", exclude_none=True) for each in errors]
        places = ", ".join(str(each.get("pointer") or each.get("parameter")) for each in told)
        detail = f"{places[:300]}: see `errors` for what is wrong and how to mend it."
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY, "input", detail, more={"errors": told})


class InputFault(BaseModel):
    """One fault: where (a JSON pointer into the body, or a parameter by name), what is wrong, and the mend."""

    pointer: str | None = Field(default=None, examples=["/profile/age_band"])
    parameter: str | None = Field(default=None, examples=["limit"])
    code: str = Field(examples=["schema"])
    detail: str
    mend: str


class Problem(BaseModel):
    """A no after RFC 9457. `type` is a stable code, `detail` says what to do.

    `errors`: of what does not fit. `event`, `decision`, `refusal`: of what the core refused (409), by which decision,
    and why. `role`, `action`: of what a role may not do (403).
    """

    type: str = Field(examples=[TYPE_PREFIX + "input"])
    title: str
    status: int
    detail: str
    errors: list[InputFault] | None = None
    event: str | None = None
    decision: str | None = None
    refusal: Refusal | None = None
    role: str | None = None
    action: str | None = None


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status.value: {"description": status.description or status.phrase, "content": content} for status in statuses
    }


#: What any route may answer beside what it is for, as the OpenAPI document tells it.
PROBLEMS: Final = documented(
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


async def answer_problem(_request: Request, error: Exception) -> JSONResponse:
    """Exception handler of the app: `app.add_exception_handler(ProblemError, answer_problem)`."""
    assert isinstance(error, ProblemError)
    return error.response()


def add_to(app: FastAPI) -> None:
    """Every error that leaves the app is a problem."""
    app.add_exception_handler(ProblemError, answer_problem)
    app.add_exception_handler(RequestValidationError, _of_parameters)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(StoreError, _of_store)
    app.add_exception_handler(Exception, _of_ours)


class Faults:
    """ASGI: a fault of ours is answered within what dresses and counts answers; then the server is told, and logs it.

    The framework itself would answer it outside of all that. Nobody is answered, and nothing failed, when whoever asked
    went away while he was still sending.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except ClientDisconnect:
            return
        except Exception as error:
            if scope["type"] == "http" and not started:
                answer = scope["app"].exception_handlers.get(Exception, _of_ours)
                await (await answer(Request(scope), error))(scope, receive, send)
            raise


async def _of_parameters(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return InputError(_fault(each) for each in error.errors()).response()


def _fault(error: Mapping[str, Any]) -> InputFault:
    kind, *loc = error["loc"]
    of_body = kind == "body"
    return InputFault(
        pointer="".join(f"/{part}" for part in loc) if of_body else None,
        parameter=None if of_body else str(loc[0] if loc else kind),
        code="schema",
        detail=str(error["msg"]),
        mend="the OpenAPI document says what belongs here",
    )


async def _of_http(request: Request, error: Exception) -> JSONResponse:
    """What the framework answers by itself: no such path, no such method."""
    assert isinstance(error, HTTPException)
    status, headers = HTTPStatus(error.status_code), dict(error.headers or {})
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods(request))
    detail = {
        HTTPStatus.NOT_FOUND: "There is nothing at this address; the OpenAPI document lists what there is.",
        HTTPStatus.METHOD_NOT_ALLOWED: "This address does not do that; `Allow` says what it does.",
    }.get(status, status.description or status.phrase)
    code = status.phrase.lower().replace(" ", "-")
    return ProblemError(status, code, detail, headers=headers).response()


def _methods(request: Request) -> list[str]:
    """All that the address does, by whichever routes."""
    found: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        if route.path_regex.match(request.scope["path"]):
            found |= route.methods or set()
    return sorted(found)


async def _of_store(_request: Request, error: Exception) -> JSONResponse:
    """The archive is away, or was never filled: what is live can still be asked."""
    LOGGER.warning("the archive did not answer: %s", error, extra={"action": "portal.archive-away"})
    why = "has no tables yet" if isinstance(error, NotMigratedError) else "does not answer now"
    detail = f"The archive {why}. Try again; what is live can still be asked."
    return ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE, "archive-away", detail, headers={"Retry-After": "10"}
    ).response()


async def _of_ours(_request: Request, error: Exception) -> JSONResponse:
    """A fault of our own; the server logs it, and nothing of it is told."""
    LOGGER.error("a request failed: %s", type(error).__name__, extra={"action": "portal.failed"})
    detail = "Something went wrong here. Try again, or tell who runs this portal when it was."
    return ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", detail).response()
