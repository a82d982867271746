"""Under FHIR every no is an OperationOutcome: what is a problem elsewhere is said in FHIR's words there."""

import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final, cast

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from spoedplein.portal.problems import ProblemError
from spoedplein.portal.standards.fhir.bundles import ISSUES, issue, outcome
from spoedplein.portal.standards.fhir.elements import JSON_TYPE, Element
from spoedplein.portal.standards.fhir.routes import PREFIX
from spoedplein.store.errors import StoreError

_REFUSALS: Final = (ProblemError, RequestValidationError, HTTPException, StoreError, Exception)
_Answer = Callable[[Request, Any], Awaitable[Response]]


def add_to(app: FastAPI) -> None:
    """After the handlers of the app itself: they are asked first, and their answer is put in other words."""
    for kind in _REFUSALS:
        answer = cast("_Answer", app.exception_handlers[kind])
        app.add_exception_handler(kind, _in_fhir(answer))


def _in_fhir(answer: _Answer) -> _Answer:
    async def told(request: Request, error: Exception) -> Response:
        response = await answer(request, error)
        if not request.url.path.startswith(f"{PREFIX}/"):
            return response
        headers = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
        problem = json.loads(bytes(response.body))
        issues = list(_issues(problem))
        return JSONResponse(outcome(issues), response.status_code, headers, JSON_TYPE)

    return told


def _issues(problem: dict[str, Any]) -> list[Element]:
    """One per fault, or one for the whole."""
    code = ISSUES.get(HTTPStatus(problem["status"]), "processing")
    if faults := problem.get("errors"):
        return [issue(code, f"{each['detail']}; {each['mend']}", place=_place(each)) for each in faults]
    return [issue(problem.get("issue", code), problem["detail"], place=problem.get("place"))]


def _place(fault: dict[str, Any]) -> str | None:
    """A parameter as FHIR names it, or a JSON pointer as a path."""
    if parameter := fault.get("parameter"):
        return f"http.{parameter}"
    pointer: str | None = fault.get("pointer")
    return pointer.strip("/").replace("/", ".") if pointer else None
