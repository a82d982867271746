"""The JSON Schema of a region's TOML file: what an editor shows and holds against it while somebody writes."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from spoedplein.stack.places import checkout_root
from tests.domain.test_agreements_faults import GOOD, changed

ROOT: Final = checkout_root()
FILE: Final = ROOT / "schemas" / "json" / "agreements.schema.json"
REGIONS: Final = sorted((ROOT / "deploy" / "regions").glob("*.toml"))
SCHEMA: Final[dict[str, Any]] = json.loads(FILE.read_bytes())
VALIDATOR: Final = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


def fields() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key of every table, as `Unit.windows`."""
    tables = {"Agreements": SCHEMA} | SCHEMA["$defs"]
    for table, definition in tables.items():
        for key, field in definition.get("properties", {}).items():
            yield f"{table}.{key}", field


def test_the_schema_is_of_the_newest_kind_and_closed() -> None:
    Draft202012Validator.check_schema(SCHEMA)

    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["additionalProperties"] is False
    assert '"null"' not in FILE.read_text(encoding="utf-8")


def test_every_table_and_every_key_is_described() -> None:
    silent = [name for name, field in fields() if not field.get("description")]
    tables = {name: each for name, each in SCHEMA["$defs"].items() if each["type"] == "object"}

    assert silent == []
    assert [name for name, each in tables.items() if not each.get("description")] == []


def test_examples_meet_the_schema_themselves() -> None:
    shown = {name: field["examples"] for name, field in fields() if "examples" in field}
    top = {name.removeprefix("Agreements."): values[0] for name, values in shown.items() if name.startswith("Agree")}

    assert {"units", "sites", "mappings", "owner"} <= set(top)
    assert [fault.message for fault in VALIDATOR.iter_errors(top)] == []


@pytest.mark.parametrize("file", [pytest.param(file, id=file.stem) for file in REGIONS])
def test_a_shipped_region_meets_the_schema(file: Path) -> None:
    written = tomllib.loads(file.read_text(encoding="utf-8"))

    assert [f"{fault.json_path}: {fault.message}" for fault in VALIDATOR.iter_errors(written)] == []


@pytest.mark.parametrize("file", [pytest.param(file, id=file.stem) for file in REGIONS])
def test_a_shipped_region_tells_editors_where_the_schema_is(file: Path) -> None:
    first, *_ = file.read_text(encoding="utf-8").splitlines()
    named = re.fullmatch(r"#:schema (\S+)", first)

    assert named
    assert (file.parent / named[1]).resolve() == FILE


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        pytest.param('owner = "zcc-rijnmond"\n', "", "$", id="a key is missing"),
        pytest.param("review_minutes", "reveiw_minutes", "$.placement", id="a key is misspelt"),
        pytest.param("review_minutes = 30", "review_minutes = 0", "$.placement.review_minutes", id="too few"),
        pytest.param('until = "20:00"', 'until = "25:00"', "$.units[1].windows[0].until", id="no time of day"),
        pytest.param('days = ["sat"]', 'days = ["zat"]', "$.units[1].windows[1].days[0]", id="none of the list"),
        pytest.param('id = "elv-een"', 'id = "ELV 1"', "$.units[0].id", id="no identifier"),
    ],
)
def test_what_is_wrong_in_a_file_is_wrong_for_the_editor_too(old: str, new: str, at: str) -> None:
    found = list(VALIDATOR.iter_errors(tomllib.loads(changed(old, new))))

    assert list(VALIDATOR.iter_errors(tomllib.loads(GOOD))) == []
    assert [fault.json_path for fault in found] == [at]
