"""A provider's answer over HTTP: a Task that is put, or patched, becomes the event that it says."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal, NamedTuple

import jsonpatch
from fastapi import APIRouter, Header
from jsonpointer import JsonPointer, JsonPointerException
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.responses import Response

from spoedplein.portal.access import Action, may_act_for_unit
from spoedplein.portal.access.tenancy import NotFoundError
from spoedplein.portal.access.visit import CurrentVisit
from spoedplein.portal.api.asking import Asked, of_region
from spoedplein.portal.api.bodies import Spoken
from spoedplein.portal.api.saying import Filled, Saying
from spoedplein.portal.problems import ProblemError
from spoedplein.portal.standards.fhir.answers import ANSWERED, PASSED_OVER, Answer, AnswerError, said_by
from spoedplein.portal.standards.fhir.bundles import issue, outcome
from spoedplein.portal.standards.fhir.capability import PATCH_TYPE
from spoedplein.portal.standards.fhir.course import Offered
from spoedplein.portal.standards.fhir.elements import JSON_TYPE, Resource, resource_id
from spoedplein.portal.standards.fhir.routes import PREFIX, FhirResponse, IdPath, answered, fhir_answers, one
from spoedplein.portal.standards.fhir.scene import Case
from spoedplein.portal.standards.seeing import scene_of
from spoedplein_schemas.placement import OfferAccepted

router = APIRouter(prefix=f"{PREFIX}/{{region}}/Task", tags=["fhir"])

OPERATIONS_MAX: Final = 20
_JSON_TYPES: Final = ("application/json", JSON_TYPE)
#: Any will do: it is replaced by what the Task turns out to say.
_UNSAID: Final = Spoken(OfferAccepted)

_ANSWERS: Final = fhir_answers("Task") | {
    202: {
        "description": "Sent; what is decided is not known yet. Read the Task again, at `Location`.",
        "content": {JSON_TYPE: {"schema": {"type": "object"}}},
    }
}

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Made by you, once for each answer: the same key and answer is the same event.",
    ),
]
IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=200, description="The ETag of the Task as read.")]


class Operation(BaseModel):
    """Of a JSON Patch (RFC 6902), as far as an answer needs it: `copy` could make a Task that no memory holds."""

    op: Literal["add", "remove", "replace", "test"]
    path: Annotated[str, Field(max_length=200)]
    value: Any = None


_PATCH: Final = TypeAdapter(Annotated[list[Operation], Field(max_length=OPERATIONS_MAX)])


class NoResourceError(ProblemError):
    """What was sent is no Task, or another one than the address names."""

    def __init__(self, detail: str, *, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(status, "no-task", detail)


class MediaTypeError(ProblemError):
    def __init__(self, wanted: str) -> None:
        super().__init__(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "media-type", f"Send {wanted}.", headers={"Accept": wanted})


class ChangedError(ProblemError):
    """The Task is another one by now than the one that was read."""

    def __init__(self, now: str) -> None:
        detail = f"The Task has changed since; it is {now} now. Read it again."
        super().__init__(HTTPStatus.PRECONDITION_FAILED, "changed", detail)


class NoAnswerError(ProblemError):
    """What was written cannot be said, and where."""

    def __init__(self, error: AnswerError) -> None:
        more = {"issue": error.issue, "place": error.place}
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY, "no-answer", str(error), more=more)


class Standing(NamedTuple):
    """The Task as it stands, and what it is about."""

    task: Resource
    offer: Offered
    case: Case


def _body(content: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {content: {"schema": schema}}}}


@router.put(
    "/{id}",
    summary="Answer an offer with its Task",
    response_class=FhirResponse,
    responses=_ANSWERS,
    openapi_extra=_body(JSON_TYPE, {"type": "object"}),
)
async def update_task(  # noqa: PLR0917  each is a part of the request
    asked: Annotated[Asked, of_region(Action.ANSWER_OFFER)],
    visit: CurrentVisit,
    name: IdPath,
    key: Key = None,
    if_match: IfMatch = None,
) -> Response:
    """Send it as it was read, with another `status`, and a `statusReason` when that is a no."""
    sent = await _json(asked, *_JSON_TYPES)
    if not isinstance(sent, dict) or sent.get("resourceType") != "Task" or sent.get("id") != name:
        raise NoResourceError("Send a Task with the id of the address.")
    saying = Saying(asked, visit, _UNSAID, {}, key)
    return await _become(saying, name, if_match, lambda _: sent)


@router.patch(
    "/{id}",
    summary="Answer an offer with a patch of its Task",
    response_class=FhirResponse,
    responses=_ANSWERS,
    openapi_extra=_body(PATCH_TYPE, {"type": "array", "items": {"type": "object"}}),
)
async def patch_task(  # noqa: PLR0917  each is a part of the request
    asked: Annotated[Asked, of_region(Action.ANSWER_OFFER)],
    visit: CurrentVisit,
    name: IdPath,
    key: Key = None,
    if_match: IfMatch = None,
) -> Response:
    """A JSON Patch of `status`, and of `statusReason` when that is a no."""
    try:
        operations = _PATCH.validate_python(await _json(asked, PATCH_TYPE))
    except ValidationError as error:
        detail = f"Send a JSON Patch of {OPERATIONS_MAX} operations at most, each an add, remove, replace or test."
        raise NoResourceError(detail) from error
    saying = Saying(asked, visit, _UNSAID, {}, key)
    return await _become(saying, name, if_match, lambda task: _patched(task, operations))


async def _become(saying: Saying, name: str, if_match: str | None, write: Callable[[Resource], Resource]) -> Response:
    """The event that the written Task says, and the Task as it stands after it."""
    asked = saying.asked
    stands = _standing(asked, name)
    unit = asked.standing.rules.units[stands.offer.unit]
    may_act_for_unit(asked.who, unit.id, organisation=unit.organisation)
    _check_unchanged(stands.task, if_match)
    try:
        data = said_by(write(stands.task), stands.task, stands.offer, Answer(saying.by, saying.now))
    except AnswerError as error:
        raise NoAnswerError(error) from error
    request = stands.case.request
    if data is None:
        await saying.visit.about(asked.region, (request.wanted.case, request.id))
        return answered(stands.task, asked)
    said = saying._replace(spoken=Spoken(type(data)))
    filled = Filled((request.wanted.case, request.id), data.model_dump(exclude_none=True))
    reason: str = getattr(data, "reason", "")
    response = await said.becomes(lambda _: filled, request=request.id, offer=stands.offer.offer, reason=reason)
    now = asked._replace(standing=asked.portal.standing(asked.region))
    if response.status_code == HTTPStatus.ACCEPTED:
        told = "Sent; what is decided is not known yet. Read the Task again."
        body = outcome([issue("informational", told, severity="information")])
        place = {"Location": f"{PREFIX}/{asked.region}/Task/{name}"}
        return FhirResponse(body, HTTPStatus.ACCEPTED, headers=place)
    return answered(_standing(now, name).task, now)


def _standing(asked: Asked, name: str) -> Standing:
    """Raises NotFoundError."""
    scene = scene_of(asked, cases=True)
    for case in scene.cases.values():
        for offer in case.offers:
            if resource_id(offer.offer) == name:
                return Standing(one(scene, "Task", name), offer, case)
    raise NotFoundError


def _check_unchanged(task: Resource, if_match: str | None) -> None:
    """Who sends no If-Match answers whatever the Task is by now; the core refuses what came too late."""
    now = task.get("meta", {}).get("versionId")
    if if_match is not None and if_match.strip() not in ("*", f'W/"{now}"', f'"{now}"'):
        raise ChangedError(task["status"])


def _patched(task: Resource, operations: list[Operation]) -> Resource:
    """Raises AnswerError when it would write elsewhere than an answer does."""
    try:
        for each in operations:
            _check_place(task, each)
        patched: Resource = jsonpatch.JsonPatch([each.model_dump() for each in operations]).apply(task)
    except jsonpatch.JsonPatchTestFailed as error:
        raise ChangedError(task["status"]) from error
    except (jsonpatch.JsonPatchException, JsonPointerException, RecursionError) as error:
        raise NoResourceError("The patch does not fit the Task as it stands. Read it again.") from error
    return patched


def _check_place(task: Resource, operation: Operation) -> None:
    """An answer is written where `said_by` takes it from; anything may be tested."""
    element = next(iter(JsonPointer(operation.path).parts), None)
    if operation.op != "test" and element not in ANSWERED | PASSED_OVER:
        place = f"Task.{element}" if element in task else "Task"
        raise AnswerError("business-rule", "Patch status and statusReason only.", place=place)


async def _json(asked: Asked, *types: str) -> Any:  # noqa: ANN401  whatever was sent
    sent = asked.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent not in types:
        raise MediaTypeError(" or ".join(types))
    raw = await asked.request.body()
    if len(raw) > asked.portal.settings.event_bytes_max:
        detail = f"Send {asked.portal.settings.event_bytes_max} bytes at most."
        raise NoResourceError(detail, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise NoResourceError("What was sent is no JSON.") from error
