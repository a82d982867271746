"""What breaks somebody who did not change is caught; what breaks nobody passes."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spoedplein.contracts import breaking_changes, publish
from spoedplein.contracts.compatibility import UnknownKeywordError
from spoedplein.contracts.json_schemas import Schema
from spoedplein.contracts.publishing import PublishingError, current, read_published

PUBLISHED = Path(__file__).parent / "published" / "v1.json"
Edit = Callable[[Schema], object]


def test_what_was_published_is_kept() -> None:
    assert breaking_changes(read_published(PUBLISHED), current()) == []


def test_every_contract_is_published() -> None:
    """Run `spoedplein schemas publish` after adding one, or what it promises goes unguarded."""
    assert sorted(read_published(PUBLISHED)) == sorted(current())


#: A message with one of everything that our schemas use.
MESSAGE: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["unit", "free", "urgency"],
    "properties": {
        "unit": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 64, "minLength": 1},
        "free": {"type": "integer", "minimum": 0, "maximum": 100},
        "share": {"type": "number"},
        "until": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
        "status": {"$ref": "#/$defs/Status", "default": "open"},
        "reason": {"$ref": "#/$defs/Reason"},
        "urgency": {"$ref": "#/$defs/Urgency"},
        "includes": {"type": "array", "items": {"type": "string"}, "minItems": 0, "maxItems": 9},
        "codes": {"type": "object", "additionalProperties": {"type": "string"}},
        "version": {"const": "1.0", "type": "string"},
    },
    "$defs": {
        "Status": {"enum": ["open", "stop"], "type": "string"},
        "Reason": {"enum": ["full", "staff"], "type": "string", "x-open": True},
        "Urgency": {
            "type": "object",
            "additionalProperties": False,
            "required": ["system", "code"],
            "properties": {"system": {"enum": ["nts", "mts"]}, "code": {"type": "string"}},
            "allOf": [
                {
                    "if": {"properties": {"system": {"const": "nts"}}, "required": ["system"]},
                    "then": {"properties": {"code": {"enum": ["U1", "U2"]}}},
                }
            ],
        },
    },
}


def changed(edit: Edit) -> Schema:
    schema = copy.deepcopy(MESSAGE)
    edit(schema)
    return schema


def set_in(*path: str | int, to: object) -> Edit:
    def edit(schema: Schema) -> None:
        inner: Any = schema
        for part in path[:-1]:
            inner = inner[part]
        inner[path[-1]] = to

    return edit


def drop(*path: str | int) -> Edit:
    def edit(schema: Schema) -> None:
        inner: Any = schema
        for part in path[:-1]:
            inner = inner[part]
        if isinstance(path[-1], str):
            inner.pop(path[-1])
        else:
            del inner[path[-1]]

    return edit


def both(*edits: Edit) -> Edit:
    return lambda schema: [edit(schema) for edit in edits]


def field(*path: str) -> tuple[str, ...]:
    return ("properties", *path)


CONDITION = {"properties": {"system": {"const": "mts"}}, "required": ["system"]}
NEW_FIELD = set_in(*field("note"), to={"type": "string"})
WITHOUT_FREE = both(drop(*field("free")), set_in("required", to=["unit", "urgency"]))

#: (edit, breaks an old producer of an event, breaks an old reader of a decision)
CASES = [
    pytest.param(lambda _: None, None, None, id="nothing"),
    pytest.param(set_in("description", to="better words"), None, None, id="words"),
    pytest.param(NEW_FIELD, None, None, id="optional field added"),
    pytest.param(
        both(NEW_FIELD, set_in("required", to=["unit", "free", "urgency", "note"])),
        "message.note is required now",
        None,
        id="required field added",
    ),
    pytest.param(
        set_in("required", to=["unit", "free", "urgency", "share"]),
        "message.share is required now",
        None,
        id="optional field made required",
    ),
    pytest.param(
        set_in("required", to=["unit", "urgency"]), None, "message.free may be absent now", id="required made optional"
    ),
    pytest.param(
        WITHOUT_FREE, "message.free is no longer taken", "message.free may be absent now", id="required field removed"
    ),
    pytest.param(
        drop(*field("share")), "message.share is no longer taken", "message.share is gone", id="optional field removed"
    ),
    pytest.param(
        set_in(*field("free", "type"), to="string"),
        "message.free: type was integer, is string",
        "message.free: type was integer, is string",
        id="type changed",
    ),
    pytest.param(
        set_in(*field("share", "type"), to="integer"),
        "message.share: type was number, is integer",
        None,
        id="type narrowed",
    ),
    pytest.param(
        set_in(*field("free"), to={"type": "number", "minimum": 0, "maximum": 100}),
        None,
        "message.free: type was integer, is number",
        id="type widened",
    ),
    pytest.param(
        set_in("$defs", "Status", "enum", to=["open"]), "message.status may no longer be stop", None, id="value removed"
    ),
    pytest.param(
        set_in("$defs", "Status", "enum", to=["open", "stop", "closed"]),
        None,
        "message.status may be closed, new in a list that is not open",
        id="value added to a closed list",
    ),
    pytest.param(
        set_in("$defs", "Reason", "enum", to=["full", "staff", "other"]), None, None, id="value added to an open list"
    ),
    pytest.param(
        set_in("$defs", "Status", to={"type": "string"}),
        None,
        "message.status: list of values was ('open', 'stop'), is any",
        id="list opened to any word",
    ),
    pytest.param(
        set_in(*field("unit", "pattern"), to="^[a-z-]+$"),
        "message.unit: pattern was ^[a-z]+$, is ^[a-z-]+$",
        "message.unit: pattern was ^[a-z]+$, is ^[a-z-]+$",
        id="pattern changed",
    ),
    pytest.param(
        drop(*field("unit", "pattern")), None, "message.unit: pattern was ^[a-z]+$, is None", id="pattern dropped"
    ),
    pytest.param(
        set_in(*field("share", "minimum"), to=0), "message.share: minimum was None, is 0", None, id="minimum added"
    ),
    pytest.param(
        set_in(*field("free", "maximum"), to=50), "message.free: maximum was 100, is 50", None, id="maximum lowered"
    ),
    pytest.param(
        set_in(*field("free", "maximum"), to=500), None, "message.free: maximum was 100, is 500", id="maximum raised"
    ),
    pytest.param(
        set_in(*field("unit", "minLength"), to=3), "message.unit: minLength was 1, is 3", None, id="longer at least"
    ),
    pytest.param(
        set_in(*field("unit", "maxLength"), to=32), "message.unit: maxLength was 64, is 32", None, id="shorter at most"
    ),
    pytest.param(
        set_in(*field("includes", "minItems"), to=1), "message.includes: minItems was 0, is 1", None, id="more items"
    ),
    pytest.param(
        set_in(*field("includes", "items", "type"), to="integer"),
        "message.includes[]: type was string, is integer",
        "message.includes[]: type was string, is integer",
        id="items of another type",
    ),
    pytest.param(
        set_in(*field("until"), to={"type": "string", "format": "date-time"}),
        "message.until may no longer be null",
        None,
        id="null refused",
    ),
    pytest.param(
        set_in(*field("unit"), to={"anyOf": [MESSAGE["properties"]["unit"], {"type": "null"}]}),
        None,
        "message.unit may be null",
        id="null allowed",
    ),
    pytest.param(
        set_in("properties", "until", "anyOf", 0, "format", to="date"),
        "message.until: format was date-time, is date",
        "message.until: format was date-time, is date",
        id="format changed",
    ),
    pytest.param(
        set_in(*field("status", "default"), to="stop"),
        "message.status: left out it meant open, and means stop now",
        None,
        id="default changed",
    ),
    pytest.param(
        set_in(*field("codes", "additionalProperties", "type"), to="integer"),
        "message.codes.*: type was string, is integer",
        "message.codes.*: type was string, is integer",
        id="values of a table of another type",
    ),
    pytest.param(
        set_in(*field("codes", "additionalProperties"), to=False),
        "message.codes no longer takes fields of any name",
        None,
        id="table closed",
    ),
    pytest.param(
        set_in(*field("version", "const"), to="2.0"),
        "message.version may no longer be 1.0",
        "message.version may be 2.0, new in a list that is not open",
        id="constant changed",
    ),
    pytest.param(
        set_in("$defs", "Urgency", "allOf", 0, "then", "properties", "code", "enum", to=["U1"]),
        "message.urgency.code may no longer be U2",
        None,
        id="value removed in a condition",
    ),
    pytest.param(
        set_in("$defs", "Urgency", "allOf", 0, "then", "properties", "code", "enum", to=["U1", "U2", "U3"]),
        None,
        "message.urgency.code may be U3, new in a list that is not open",
        id="value added in a condition",
    ),
    pytest.param(
        set_in(
            "$defs",
            "Urgency",
            "allOf",
            to=[
                MESSAGE["$defs"]["Urgency"]["allOf"][0],
                {"if": CONDITION, "then": {"properties": {"code": {"enum": ["red"]}}}},
            ],
        ),
        f"message.urgency has a new condition: {json.dumps(CONDITION, sort_keys=True)}",
        None,
        id="condition added on a value in use",
    ),
    pytest.param(
        drop("$defs", "Urgency", "allOf"),
        None,
        'message.urgency has a new condition: {"properties": {"system": {"const": "nts"}}, "required": ["system"]}',
        id="condition dropped",
    ),
    pytest.param(
        both(
            set_in("$defs", "Urgency", "properties", "system", "enum", to=["nts", "mts", "esi"]),
            lambda schema: schema["$defs"]["Urgency"]["allOf"].append(
                {
                    "if": {"properties": {"system": {"const": "esi"}}, "required": ["system"]},
                    "then": {"properties": {"code": {"enum": ["1"]}}},
                }
            ),
        ),
        None,
        "message.urgency.system may be esi, new in a list that is not open",
        id="condition added on a value that is new",
    ),
]


@pytest.mark.parametrize(("edit", "to_producers", "_"), CASES)
def test_changes_of_an_event(edit: Edit, to_producers: str | None, _: str | None) -> None:
    found = breaking_changes({"capacity.reported.v1": MESSAGE}, {"capacity.reported.v1": changed(edit)})

    assert found == ([f"capacity.reported.v1: {to_producers}"] if to_producers else [])


@pytest.mark.parametrize(("edit", "_", "to_readers"), CASES)
def test_changes_of_a_decision(edit: Edit, _: str | None, to_readers: str | None) -> None:
    found = breaking_changes({"decision.made.v1": MESSAGE}, {"decision.made.v1": changed(edit)})

    if to_readers == "message.free may be absent now" and "free" not in changed(edit)["properties"]:
        assert "decision.made.v1: message.free is gone" in found
    else:
        assert found == ([f"decision.made.v1: {to_readers}"] if to_readers else [])


@pytest.mark.parametrize("name", ["view.board.v1", "dead-letter.v1"])
def test_views_and_dead_letters_are_judged_as_their_readers_see_them(name: str) -> None:
    edit = set_in("required", to=["unit", "urgency"])

    assert breaking_changes({name: MESSAGE}, {name: changed(edit)}) == [f"{name}: message.free may be absent now"]


def test_a_kind_of_message_may_come_but_not_go() -> None:
    one, two = {"hap.opened.v1": MESSAGE}, {"hap.opened.v1": MESSAGE, "hap.opened.v2": MESSAGE}

    assert breaking_changes(one, two) == []
    assert breaking_changes(two, one) == ["hap.opened.v2: gone; who used it is left without"]


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(set_in(*field("free", "multipleOf"), to=2), id="keyword"),
        pytest.param(set_in("$defs", "Urgency", "allOf", 0, to={"required": ["code"]}), id="allOf without a condition"),
    ],
)
def test_what_it_cannot_judge_is_refused_not_passed(edit: Edit) -> None:
    with pytest.raises(UnknownKeywordError, match=r"multipleOf|if-then"):
        breaking_changes({"capacity.reported.v1": MESSAGE}, {"capacity.reported.v1": changed(edit)})


def test_publishing_adds_what_is_new_and_refuses_what_breaks(tmp_path: Path) -> None:
    file = tmp_path / "v1.json"
    publish(file)
    promised = read_published(file)
    removed = promised.pop("clock.ticked.v1")
    file.write_text(json.dumps(promised))

    publish(file)
    assert read_published(file)["clock.ticked.v1"] == removed

    promised["clock.stopped.v1"] = removed
    file.write_text(json.dumps(promised))
    with pytest.raises(PublishingError, match=r"clock\.stopped\.v1: gone"):
        publish(file)
    assert "clock.stopped.v1" in read_published(file)
