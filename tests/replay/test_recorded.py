"""Recorded logs give the decisions that were recorded with them, byte for byte.

When a decision changed on purpose: `python -m tests.replay.record` shows how, `--write` keeps it.
"""

import json
from pathlib import Path

import pytest

from spoedplein.domain.log import read_log, write_record
from spoedplein.domain.region import Region, fold
from spoedplein.testing.auditor import audit
from tests.replay import man_of_84
from tests.replay.record import BYTES_MAX, LIVES, decided_today, decisions_of, difference, logs

LOGS = pytest.mark.parametrize("log", logs(), ids=lambda path: path.stem)


@LOGS
def test_a_recorded_log_is_decided_as_it_was(log: Path) -> None:
    assert difference(log)[:20] == []
    assert decided_today(log) == decisions_of(log).read_bytes()


@LOGS
def test_the_auditor_finds_nothing_in_a_recorded_log(log: Path) -> None:
    with log.open("rb") as lines:
        records = list(read_log(lines))

    assert audit(records, list(fold(records, Region.empty(records[0].event.region)))) == []


@LOGS
def test_a_recorded_log_is_small_and_written_as_we_write_today(log: Path) -> None:
    lines = log.read_bytes().splitlines(keepends=True)

    assert sum(map(len, lines)) < BYTES_MAX
    assert [write_record(record) for record in read_log(lines)] == lines


def test_every_log_that_has_a_recipe_is_recorded_and_no_decisions_lie_about_without_one() -> None:
    assert {log.stem for log in logs()} == {*LIVES, "man-of-84"}
    assert {path.name for path in logs()[0].parent.glob("*.decisions.jsonl")} == {
        decisions_of(log).name for log in logs()
    }


# --- the man of 84 ------------------------------------------------------------------------------------------------


def kinds_of(request: str) -> list[str]:
    lines = decisions_of(Path(__file__).parent / "man-of-84.jsonl").read_bytes().splitlines()
    made = [json.loads(line) for line in lines]
    return [
        each["type"].removeprefix("nl.spoedplein.decision.").removesuffix(".v1")
        for each in made
        if each.get("subject") == request
    ]


def test_the_story_is_the_one_that_is_recorded() -> None:
    recorded = (Path(__file__).parent / "man-of-84.jsonl").read_bytes()

    assert b"".join(write_record(record) for record in man_of_84.told()) == recorded


def test_the_man_of_84_gets_the_bed_and_nobody_else_gets_it_too() -> None:
    assert kinds_of("r-84") == ["placement-offered", "placement-accepted", "placement-admitted", "label-recorded"]
    assert kinds_of("r-other")[0] == "placement-exhausted"
    assert "placement-offered" in kinds_of("r-other"), "when the bed is reported free again, it is his to be offered"
