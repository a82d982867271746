"""Five regions after the policy text, each with an evening that goes as its script expects."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from spoedplein.domain.region import Region
from spoedplein.scenarios.playing import play
from spoedplein.scenarios.reading import read_script, shipped
from spoedplein.scenarios.telling import differences, tell
from spoedplein.stack.places import checkout_root
from spoedplein.testing.auditor import audit

FILES: Final = shipped()
CASES: Final = [pytest.param(file, id=file.stem) for file in FILES]
SCHEMA: Final[dict[str, Any]] = json.loads((checkout_root() / "schemas/json/scenario.schema.json").read_bytes())


def test_there_is_one_for_each_region_of_the_policy_text() -> None:
    assert {file.stem for file in FILES} >= {"schiedam", "nijmegen", "amsterdam-noord", "rotterdam", "venlo"}


@pytest.mark.parametrize("file", CASES)
def test_everything_goes_as_expected(file: Path) -> None:
    played = play(read_script(file))

    assert [line.text for line in differences(played)] == [], "\n".join(tell(played))
    assert len(played.decisions) > 10


@pytest.mark.parametrize("file", CASES)
def test_the_auditor_agrees(file: Path) -> None:
    played = play(read_script(file))

    assert audit(played.log, played.decisions) == []


@pytest.mark.parametrize("file", CASES)
def test_a_crash_after_any_message_changes_nothing(file: Path) -> None:
    played = play(read_script(file))
    core = Region.empty(played.script.agreements.region)

    again = []
    for record in played.log:
        again += core.step(record)
        core = Region.restore(core.snapshot())
    assert tuple(again) == played.decisions


@pytest.mark.parametrize("file", CASES)
def test_it_is_written_as_an_editor_would_have_it(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    first = re.match(r"#:schema (\S+)\n", text)

    assert first
    assert (file.parent / first[1]).resolve() == checkout_root() / "schemas/json/scenario.schema.json"
    faults = Draft202012Validator(SCHEMA).iter_errors(tomllib.loads(text))
    assert [f"{fault.json_path}: {fault.message}" for fault in faults] == []


@pytest.mark.parametrize("file", CASES)
def test_it_can_be_read_by_who_knows_no_code(file: Path) -> None:
    """Every step says who speaks and what he says; the story says what it is about."""
    scenario = read_script(file).scenario

    assert len(scenario.verhaal) > 150
    assert [step.om for step in scenario.stap if not (step.wie and step.zegt)] == []


def test_the_schema_describes_every_key() -> None:
    tables = {"Scenario": SCHEMA} | SCHEMA["$defs"]
    silent = [
        f"{name}.{key}"
        for name, table in tables.items()
        for key, field in table.get("properties", {}).items()
        if not field.get("description")
    ]

    Draft202012Validator.check_schema(SCHEMA)
    assert silent == []
