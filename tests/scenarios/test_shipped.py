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
from spoedplein.scenarios.telling import GOOD, differences, tell
from spoedplein.stack.places import checkout_root
from spoedplein.testing.auditor import audit
from spoedplein_schemas.views import RequestsBoard

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


#: By region: what the Leidraad of 2026 tells of it, and the decision that shows it.
CHARACTER: Final = [
    ("schiedam", "one desk, one line", r"c-enkel naar de HAP \(wie zelfverwijzers trieert"),
    ("schiedam", "whoever wrote him down", r"c-fietser wacht bij HAP schiedam op triage"),
    ("schiedam", "an acute room that suits a child", r"acuut-kind in schiedam voor c-kind"),
    ("schiedam", "the obstetric post", r"c-zwanger naar de verloskundige post"),
    ("schiedam", "a GP tries once himself", r"r-70: huisartsen-schiedam zoekt eerst zelf"),
    ("nijmegen", "one entrance and two desks", r"v-pols wacht niet meer bij SEH nijmegen-west .*elders ingeschreven"),
    (
        "nijmegen",
        "the GP has the X-ray, and the SEH never wrote him down",
        r"c-pols bij HAP nijmegen-west is aan de beurt",
    ),
    ("nijmegen", "the SEH physician comes to look", r"Meedenkadvies m-1: advies gegeven"),
    ("nijmegen", "the network: GGZ", r"c-somber naar de GGZ-crisisdienst"),
    ("nijmegen", "the network: two houses asked at once", r"elv-laag-hatert hoeft niet meer: een ander zei eerder toe"),
    ("nijmegen", "the network: university hospital and ambulance", r"rit-7 bij nijmegen-umc: overgedragen"),
    ("amsterdam-noord", "one desk, one line", r"c-oor naar de HAP \(wie zelfverwijzers trieert"),
    ("amsterdam-noord", "NTS for all, at the SEH too", r"c-borst wacht bij SEH amsterdam-noord als U2"),
    (
        "amsterdam-noord",
        "rooms as a harmonica",
        r"seh-1 in amsterdam-noord is van SEH geleend aan HAP, volgens afspraak",
    ),
    ("amsterdam-noord", "help of each other", r"neemt op zich: bijspringen in amsterdam-noord"),
    ("rotterdam", "nurses for the HAP, by care path", r"c-katheter naar de acute wijkverpleging, zorgpad katheter"),
    ("rotterdam", "and for the ambulance", r"c-gegleden naar de acute wijkverpleging"),
    ("rotterdam", "without a doctor", r"klaar na .* min, zonder dokter, zorgpad"),
    ("venlo", "the pharmacy", r"c-medicijnen naar de dienstapotheek"),
    ("venlo", "the crisis service", r"v-verward naar de GGZ-crisisdienst"),
    ("venlo", "the birth centre", r"c-weeen naar de verloskundige post"),
    ("venlo", "the HAP by day", r"c-enkel wacht bij HAP venlo als U4"),
    ("venlo", "levels", r"venlo gaat van groen naar geel"),
]


@pytest.mark.parametrize(("region", "sentence"), [pytest.param(r, s, id=f"{r}: {what}") for r, what, s in CHARACTER])
def test_each_region_shows_what_it_is_known_for(region: str, sentence: str) -> None:
    (file,) = [file for file in FILES if file.stem == region]
    decided = [line for line in tell(play(read_script(file))) if line.strip().startswith(GOOD)]

    assert any(re.search(sentence, line) for line in decided), "\n".join(decided)


def test_the_visits_of_rotterdam_are_counted_against_what_was_agreed() -> None:
    """Four who were helped, three of them without a doctor; ten care paths, of which four were needed."""
    (file,) = [file for file in FILES if file.stem == "rotterdam"]
    played = play(read_script(file))
    core = Region.empty("rotterdam")
    for record in played.log:
        core.step(record)

    board = next(view for key, view in core.views() if key == b"rotterdam/requests")
    assert isinstance(board, RequestsBoard)
    assert board.home_care is not None
    told = board.home_care
    assert (told.helped, told.independent, told.percent, told.agreed_percent) == (4, 3, 75, 85)
    assert len(told.care_paths) == 4
    assert len(played.script.agreements.care_paths) == 10


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
