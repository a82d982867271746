"""The OpenAPI document: what FastAPI tells of the routes, with the bodies, problems and tokens that it cannot see."""

from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from pydantic.json_schema import models_json_schema

from spoedplein.portal.access import Action, Allowed, Role
from spoedplein.portal.access.roles import RULES
from spoedplein.portal.api.bodies import BODIES
from spoedplein.portal.api.stream import Told
from spoedplein.portal.problems import Problem
from spoedplein.portal.state import Stale

_BEARER: Final = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "An access token of the region's own issuer, with role, regions and, for a provider, organisation.",
}
#: Of answers that carry `freshness`.
_FRESH: Final = {
    "Spoedplein-As-Of": {
        "description": "As of when coordination said it; left out before it said anything.",
        "schema": {"type": "string", "format": "date-time"},
    },
    "Spoedplein-Stale": {
        "description": "Why it may be behind; left out when it is not.",
        "schema": {"type": "string", "enum": list(Stale)},
    },
}
#: Of answers that whoever asks may have already.
_TAG: Final = {"ETag": {"description": "Send it back in `If-None-Match`.", "schema": {"type": "string"}}}
_IF_NONE_MATCH: Final = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The ETag of the answer that you have: 304 when it is so still.",
}
#: Shapes that no route names as its own answer.
_MORE: Final = (Problem, Told)


def document(app: FastAPI) -> dict[str, Any]:
    """Of this app's routes that are in the schema."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        schemas |= _bodies() | schemas
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        made["components"]["schemas"] = dict(sorted(schemas.items()))
        made["components"]["securitySchemes"] = {"bearer": _BEARER}
        for route in routes_of(app):
            if route.include_in_schema:
                _secure(made["paths"][route.path_format], route)
        for path in made["paths"].values():
            for operation in path.values():
                for parameter in operation.get("parameters", ()):
                    parameter["schema"] = _never_null(parameter["schema"])
                _tell_headers(operation, schemas)
        app.openapi_schema = made
    return app.openapi_schema


def routes_of(app: FastAPI) -> list[RouteContext]:
    """Every route of the API, the document's own included."""
    return [each for each in iter_route_contexts(app.routes) if isinstance(each.original_route, APIRoute)]


def action_of(route: RouteContext) -> Action:
    """What the route's one `allowed` says that it does."""
    (action,) = {each.action for each in _allowed(route.dependant)}
    return action


def _allowed(dependant: Dependant) -> Iterator[Allowed]:
    for each in dependant.dependencies:
        if isinstance(each.call, Allowed):
            yield each.call
        yield from _allowed(each)


def _secure(path: dict[str, Any], route: RouteContext) -> None:
    """By token; or without, where the public may ask too."""
    roles = RULES[action_of(route)].roles
    for method in route.methods or ():
        operation = path[method.lower()]
        operation["security"] = [{"bearer": []}, {}] if Role.PUBLIC in roles else [{"bearer": []}]
        operation["description"] = f"{operation['description']}\n\nFor: {', '.join(sorted(roles))}."


def _tell_headers(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """How current an answer is, and its tag."""
    answers = operation["responses"]
    for answer in answers.values():
        shape = answer.get("content", {}).get("application/json", {}).get("schema", {})
        model = schemas.get(shape.get("$ref", "").rpartition("/")[2], {})
        if "freshness" in model.get("properties", {}):
            answer["headers"] = dict(_FRESH)
    if "304" in answers:
        operation.setdefault("parameters", []).append(dict(_IF_NONE_MATCH))
        answers["200"]["headers"] |= _TAG


def _never_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is there or it is not; none can be null."""
    (*kept,) = (each for each in schema.get("anyOf", ()) if each != {"type": "null"})
    if len(kept) != 1:
        return schema
    return {**{name: told for name, told in schema.items() if name != "anyOf"}, **kept[0]}


def _bodies() -> dict[str, Any]:
    models = [(model, "validation") for model in BODIES.values()] + [(model, "serialization") for model in _MORE]
    _, made = models_json_schema(models, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    found: dict[str, Any] = made.get("$defs", {})
    return found
