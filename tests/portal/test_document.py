"""The OpenAPI document and README say of every route what it is, and who may ask it."""

import json
from typing import Any

import pytest
from fastapi.routing import RouteContext
from jsonschema import Draft202012Validator

from spoedplein.portal.access.roles import RULES
from spoedplein.portal.app import openapi, routed
from spoedplein.portal.document import action_of, routes_of
from spoedplein.stack.places import checkout_root
from spoedplein_schemas.intended_use import INTENDED_USE
from tests.docs.reading import Page, bare

FILE = checkout_root() / "schemas" / "json" / "openapi.json"
DOCUMENT = json.loads(openapi())
ROUTES = [
    pytest.param(route, id=f"{''.join(sorted(route.methods or ()))} {route.path}") for route in routes_of(routed())
]
OPERATIONS = [
    pytest.param(operation, id=operation["operationId"])
    for path in DOCUMENT["paths"].values()
    for operation in path.values()
]


def test_the_file_is_what_the_routes_say() -> None:
    assert FILE.read_bytes() == openapi(), "run `spoedplein schemas export`"


def test_the_intended_use_stands_in_it_word_for_word() -> None:
    assert INTENDED_USE in DOCUMENT["info"]["description"]
    assert DOCUMENT["openapi"].startswith("3.1")


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_says_once_what_is_done_by_it(route: RouteContext) -> None:
    assert action_of(route) in RULES


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_is_described(operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert len(str(operation["description"])) > 40
    assert operation["security"]


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for path in DOCUMENT["paths"].values() for operation in path.values()]
    assert len(set(names)) == len(names)


def test_every_shape_that_is_named_is_there_and_none_is_left_over() -> None:
    named = {word.split('"')[0] for word in openapi().decode().split('"#/components/schemas/')[1:]}
    assert named | {"Told"} == DOCUMENT["components"]["schemas"].keys()


@pytest.mark.parametrize("name", sorted(DOCUMENT["components"]["schemas"]))
def test_every_shape_is_a_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(DOCUMENT["components"]["schemas"][name])


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_example_is_what_its_schema_says(operation: dict[str, Any]) -> None:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    if "example" in content:
        schema = {**content["schema"], "components": DOCUMENT["components"]}
        Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(content["example"])


def test_readme_lists_every_endpoint_with_what_it_does_and_for_whom() -> None:
    listed = [(bare(row["Endpoint"]), row["What it does"], row["For"]) for row in Page("README.md").table("Endpoints")]
    told = [
        (f"{method.upper()} {path}", operation["summary"], _roles(operation["description"]))
        for path, operations in DOCUMENT["paths"].items()
        for method, operation in operations.items()
    ]
    assert listed == told


def _roles(description: str) -> str:
    return description.rpartition("For: ")[2].rstrip(".")
