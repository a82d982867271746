"""Bodies: JSON as it came, judged by the contract of the event that it becomes; and how the document describes them.

A body has the fields of the event's data, without what address and token say. What it may leave out is filled in here.
"""

import json
from collections.abc import Mapping
from copy import copy
from http import HTTPStatus
from typing import Annotated, Any, Final, NamedTuple

from fastapi import Depends
from pydantic import BaseModel, create_model
from starlette.requests import Request

from spoedplein.domain.gate import UnreadableError, read_object
from spoedplein.portal.problems import InputError, InputFault, ProblemError
from spoedplein.portal.state import PortalDep
from spoedplein_schemas.dead_letters import Fault
from spoedplein_schemas.examples import EVENT_EXAMPLES
from spoedplein_schemas.vocabulary import Frozen

#: Bodies that the document describes, by the name of their schema.
BODIES: Final[dict[str, type[BaseModel]]] = {}
_JSON: Final = "application/json"

Body = dict[str, Any]


class MediaTypeError(ProblemError):
    """Something else than JSON was sent."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "media-type", f"Send {_JSON}.", headers={"Accept": _JSON})


async def _body(request: Request, portal: PortalDep) -> Body:
    """One JSON object; nothing at all is an empty one."""
    raw = await request.body()
    if not raw:
        return {}
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent != _JSON:
        raise MediaTypeError
    try:
        return _whole(read_object(raw, bytes_max=portal.settings.event_bytes_max))
    except UnreadableError as error:
        raise InputError([of_gate(error.fault)]) from error


def _whole(body: Body) -> Body:
    """In JSON Schema 2.0 is a whole number, and our contracts know no other numbers."""
    found: Body = {name: _of_value(value) for name, value in body.items()}
    return found


def _of_value(value: Any) -> Any:  # noqa: ANN401  JSON
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return _whole(value)
        case list():
            return [_of_value(each) for each in value]
    return value


BodyDep = Annotated[Body, Depends(_body)]


class Spoken(NamedTuple):
    """Something that can be said: the data that a body becomes.

    `filled` are its fields that address and token say; `optional` those that are filled in when it leaves them out.
    """

    data: type[Frozen]
    filled: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    named: str | None = None

    @property
    def documented(self) -> dict[str, Any]:
        """`openapi_extra` of its route."""
        name = self.named or f"{self.data.__name__}Body"
        if name not in BODIES:
            BODIES[name] = _model(name, self)
        content: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{name}"}}
        if self.data in EVENT_EXAMPLES:
            told = json.loads(EVENT_EXAMPLES[self.data].data.model_dump_json(exclude_none=True))
            content["example"] = {field: value for field, value in told.items() if field not in self.filled}
        required = any(field.is_required() for field in BODIES[name].model_fields.values())
        return {"requestBody": {"content": {_JSON: content}, "required": required}}

    def refuse_filled(self, body: Mapping[str, Any]) -> None:
        """InputError for fields that address or token say already."""
        mend = "leave it out: the address and your token say it"
        said = [name for name in self.filled if name in body]
        if said:
            raise InputError(
                InputFault(pointer=f"/{name}", code="filled-in", detail="is filled in here", mend=mend) for name in said
            )


def of_gate(fault: Fault) -> InputFault:
    """A fault of the gate's, with its place in the body that was sent."""
    inside = fault.path.removeprefix("$.data")
    steps = inside.replace("[", ".").replace("]", "").split(".")
    pointer = "".join(f"/{step}" for step in steps if step not in ("", "$"))
    return InputFault(pointer=pointer, code=fault.code, detail=fault.message, mend=fault.mend)


def _model(name: str, spoken: Spoken) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for field, info in spoken.data.model_fields.items():
        told = copy(info)
        if field in spoken.optional and info.is_required():
            told.default = None
            fields[field] = (info.annotation | None, told)  # type: ignore[operator]
        elif field not in spoken.filled:
            fields[field] = (info.annotation, told)
    return create_model(name, __base__=Frozen, __doc__=spoken.data.__doc__, **fields)
