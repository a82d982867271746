"""Every no over HTTP is a problem after RFC 9457: a stable code, the place, and the mend."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse

from spoedplein.domain.errors import SpoedpleinError

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


async def answer_problem(_request: Request, error: Exception) -> JSONResponse:
    """Exception handler of the app: `app.add_exception_handler(ProblemError, answer_problem)`."""
    assert isinstance(error, ProblemError)
    return error.response()
