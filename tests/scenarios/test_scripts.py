"""A script as its writer meets it: what he may say, what he expects, and what he is told when it is not so."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import pytest

from spoedplein.scenarios.playing import play
from spoedplein.scenarios.reading import ScenarioError, find, read_script
from spoedplein.scenarios.sayings import CannotBeSaidError, urgency, verbs
from spoedplein.scenarios.telling import differences, tell
from spoedplein_schemas import crowding, hap, placement, seh, vocabulary
from spoedplein_schemas import scenario as script
from spoedplein_schemas.scenario import Step

REGION = """\
region = "rijnmond"
version = "1"
title = "Afspraken"
owner = "zcc-rijnmond"
[[sites]]
id = "schiedam"
name = "Schiedam"
organisation = "franciscus"
services = [{ care_type = "hap" }, { care_type = "seh" }]
[[units]]
id = "elv-een"
name = "ELV een"
organisation = "huis-een"
care_type = "elv-hoog"
[[units]]
id = "elv-dag"
name = "ELV dag"
organisation = "huis-dag"
care_type = "elv-hoog"
windows = [{ from = "08:00", until = "18:00" }]
"""
HEAD = 'titel = "Proef"\nregio = "regio.toml"\nbegin = "2026-01-10 20:00"\n'
ASKED = """\
[[stap]]
om = "20:00"
meldt = { plek = "elv-een", vrij = 1, van = 4 }
[[stap]]
om = "20:05"
vraagt = { aanvraag = "r-1", zorg = ["elv-hoog"], urgentie = "U3" }
"""
REPORTED = """\
[[stap]]
om = "20:00"
bericht = {{ soort = "capacity.reported", inhoud = {{ unit = "elv-een", staffed = 4, free = 1, observed_at = "{}" }} }}
"""
OFFERED = "r-1 aangeboden aan elv-een tot 20:35 (1 vrij, cijfer 5 min oud; niet: 1 buiten opnametijd)"
REASON = "- elv-dag: buiten opnametijd (opname 08:00-18:00)"

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    (tmp_path / "regio.toml").write_text(REGION)

    def written(steps: str) -> Path:
        file = tmp_path / "proef.toml"
        file.write_text(HEAD + steps)
        return file

    return written


def wrong(file: Path) -> list[tuple[str, bool]]:
    """Text, and whether it came though nobody expected it."""
    return [(line.text, line.came) for line in differences(play(read_script(file)))]


# --- what is expected -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "differs"),
    [
        pytest.param([OFFERED], [], id="the very sentence"),
        pytest.param([OFFERED, REASON], [], id="with its reason"),
        pytest.param(["r-1 aangeboden aan elv-een …", "- elv-dag: buiten opnametijd …"], [], id="as much as matters"),
        pytest.param(["r-1 aangeboden aan elv-een ..."], [], id="three dots as typed"),
        pytest.param(["…"], [], id="whatever comes"),
        pytest.param([OFFERED, "..."], [], id="whatever comes, as typed"),
        pytest.param([], [(OFFERED, True)], id="nothing was expected"),
        pytest.param(
            ["r-1 aangeboden aan elv-dag …"],
            [("r-1 aangeboden aan elv-dag …", False), (OFFERED, True)], id="another was expected"),
        pytest.param(
            [OFFERED, "r-1: elv-een zegt toe …"], [("r-1: elv-een zegt toe …", False)], id="more was expected"),
        pytest.param(
            [OFFERED, "- elv-dag: vol"], [("- elv-dag: vol", False)], id="for another reason"),
    ],
)  # fmt: skip
def test_what_came_is_held_against_what_was_expected(
    write: Write, expected: list[str], differs: list[tuple[str, bool]]
) -> None:
    listed = "".join(f'    "{line}",\n' for line in expected)

    assert wrong(write(f"{ASKED}besluit = [\n{listed}]\n")) == differs


def test_the_story_is_told_with_marks(write: Write) -> None:
    told = list(tell(play(read_script(write(f'{ASKED}wie = "Huisarts"\nzegt = "Zij kan niet thuis blijven."\n')))))

    assert told[:2] == ["Proef", "zaterdag 10 januari 2026; Afspraken, versie 1"]
    assert told[3:] == [
        "20:00",
        "       meldt: plek elv-een, vrij 1, van 4",
        "20:05  Huisarts: Zij kan niet thuis blijven.",
        "       vraagt: aanvraag r-1, zorg elv-hoog, urgentie U3",
        f"       ✗ niet verwacht: {OFFERED}",
        f"         {REASON}",
        "",
        "2 stappen, 1 besluiten, 1 verschil",
    ]


def test_deadlines_pass_at_their_own_moment_between_the_steps(write: Write) -> None:
    steps = ASKED + f'besluit = ["{OFFERED}"]\n'
    steps += '[[stap]]\nom = "20:35"\nbesluit = ["r-1: elv-een antwoordt niet op tijd", "r-1: niets past nu …"]\n'
    steps += '[[stap]]\nom = "21:05"\nbesluit = ["r-1: niets past nu …"]\n'

    assert wrong(write(steps)) == []


def test_an_answer_in_the_minute_of_the_deadline_is_in_time(write: Write) -> None:
    steps = ASKED + f'besluit = ["{OFFERED}"]\n'
    steps += '[[stap]]\nom = "20:35"\nzegt-toe = { aanvraag = "r-1" }\nbesluit = ["r-1: elv-een zegt toe…"]\n'

    assert wrong(write(steps)) == []


def test_an_earlier_time_is_the_next_day(write: Write) -> None:
    steps = '[[stap]]\nom = "23:00"\n[[stap]]\nom = "01:30"\n[[stap]]\nom = "01:30"\n[[stap]]\nom = "00:10"\n'
    played = play(read_script(write(steps)))

    assert [f"{step.at:%d %H:%M}" for step in played.steps] == ["10 23:00", "11 01:30", "11 01:30", "12 00:10"]


# --- what is wrong in a script ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "line", "says"),
    [
        pytest.param("[[stap]]\nom = 20", 5, "stap.0.om: 20 is no time of day", id="a number for a time"),
        pytest.param('[[stap]]\nom = "20:00"\nvraag = {}', 6, 'did you mean "vraagt"?', id="a misspelt verb"),
        pytest.param(
            '[[stap]]\nom = "20:00"\nmeldt = { plek = "elv-een", vrij = 1 }', 6, "van: is missing", id="half a report"),
        pytest.param(
            '[[stap]]\nom = "20:00"\nstopt = { plek = "elv-een", reden = "voll" }', 6, 'did you mean "vol"?',
            id="a misspelt reason"),
        pytest.param(
            '[[stap]]\nom = "20:00"\nzegt-toe = { aanvraag = "r-9" }', 6,
            "no place is on offer to r-9 at this moment", id="an answer to nothing"),
        pytest.param(
            '[[stap]]\nom = "20:00"\ntriage = { patient = "c-9", urgentie = "U2" }', 6,
            "c-9 did not come in; say so in an earlier step with komt", id="a patient from nowhere"),
        pytest.param(
            f'{ASKED}[[stap]]\nom = "20:06"\nwijst-af = {{ aanvraag = "r-1", plek = "elv-dag" }}', 12,
            "no place is on offer to r-1 from elv-dag at this moment", id="the wrong house answers"),
        pytest.param(
            '[[stap]]\nom = "20:00"\nvraagt = { aanvraag = "r-1", zorg = ["elv-hoog"], urgentie = "heel erg" }', 6,
            '"heel erg" is no urgency; write such as U3, oranje, "ggz B" or "ambulance A1"', id="no urgency"),
        pytest.param(
            '[[stap]]\nom = "20:00"\nbericht = { soort = "bed.vrij" }', 6, 'there is no message "bed.vrij"',
            id="no such message"),
        pytest.param(
            '[[stap]]\nom = "20:00"\nbericht = { soort = "capacity.reported", inhoud = { unit = "elv-een" } }', 6,
            "capacity.reported: staffed: Field required", id="half a message"),
        pytest.param(
            REPORTED.format("24:00"), 6, '"24:00" is no time of day; write such as 20:00', id="after the day"),
        pytest.param(REPORTED.format("ab:cd"), 6, '"ab:cd" is no time of day', id="no time"),
        pytest.param(
            f'{ASKED}besluit = [\n    "…",\n    "- elv-dag: vol",\n]', 12,
            "stap.1.besluit.1: a reason stands below the decision that it is of", id="a reason of whatever comes"),
        pytest.param(
            f'{ASKED}besluit = ["...", "- elv-dag: vol"]', 10, "a reason stands below", id="the same as typed"),
        pytest.param(f'{ASKED}besluit = ["- elv-dag: vol"]', 10, "a reason stands below", id="a reason of nothing"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_or_said_is_named_with_its_line(write: Write, steps: str, line: int, says: str) -> None:
    file = write(steps)

    with pytest.raises(ScenarioError) as raised:
        play(read_script(file))

    first = str(raised.value).splitlines()[0]
    assert first.startswith(f"{file}:{line}: ")
    assert says in first


def test_a_script_whose_region_is_not_there_says_so(write: Write, tmp_path: Path) -> None:
    file = write('[[stap]]\nom = "20:00"')
    (tmp_path / "regio.toml").unlink()

    with pytest.raises(ScenarioError, match=r"proef\.toml:2: regio: there is no file .*regio\.toml"):
        read_script(file)


def test_a_moment_with_a_zone_is_refused(write: Write) -> None:
    file = write('[[stap]]\nom = "20:00"')
    file.write_text(file.read_text().replace('"2026-01-10 20:00"', "2026-01-10T20:00:00Z"))

    with pytest.raises(ScenarioError, match=r"proef\.toml:3: begin: .*local time"):
        read_script(file)


def test_a_name_that_is_not_there_lists_those_that_are() -> None:
    with pytest.raises(ScenarioError, match=r"no script of that name; there are .*schiedam"):
        find("schidam")


# --- Dutch words beside the contract's --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dutch", "contract"),
    [
        pytest.param(script.Geslacht, vocabulary.Sex, id="sex"),
        pytest.param(script.Reden, vocabulary.StopReason, id="stop"),
        pytest.param(script.Afwijzing, placement.DeclineReason, id="decline"),
        pytest.param(script.Intrekking, placement.CancelReason, id="cancel"),
        pytest.param(script.Grond, placement.OverrideGround, id="override"),
        pytest.param(script.Voorziening, vocabulary.Property, id="property"),
        pytest.param(script.Titel, vocabulary.LegalTitle, id="title"),
        pytest.param(script.Komst, hap.ArrivalMode, id="mode"),
        pytest.param(script.Afloop, hap.ContactOutcome, id="hap"),
        pytest.param(script.Vertrek, seh.Departure, id="seh"),
        pytest.param(script.Rol, vocabulary.Role, id="role"),
        pytest.param(script.Voorstel, vocabulary.ProposalKind, id="proposal"),
        pytest.param(script.Bezwaar, crowding.RejectionGround, id="rejection"),
        pytest.param(script.Antwoord, placement.TransferOutcome, id="transfer"),
    ],
)
def test_every_word_of_the_contract_can_be_said_in_dutch(dutch: type[StrEnum], contract: type[StrEnum]) -> None:
    assert list(dutch.__members__) == list(contract.__members__)


def test_every_verb_of_a_step_says_something() -> None:
    about = {"om", "wie", "zegt", "besluit"}

    assert list(verbs()) == [name for name in Step.model_fields if name not in about]


@pytest.mark.parametrize(
    ("words", "system", "code"),
    [
        ("U2", "nts", "U2"),
        ("oranje", "mts", "orange"),
        ("A1", "ambulance", "A1"),
        ("ambulance B1", "ambulance", "B1"),
        ("ggz B", "ggz", "B"),
        ("GGZ A", "ggz", "A"),
        ("esi 2", "esi", "2"),
    ],
)
def test_an_urgency_is_written_as_it_is_spoken(words: str, system: str, code: str) -> None:
    assert (urgency(words).system, urgency(words).code) == (system, code)


@pytest.mark.parametrize("words", ["U9", "ggz Z", "mts U2", "nhg U2", ""])
def test_what_no_system_knows_is_no_urgency(words: str) -> None:
    with pytest.raises(CannotBeSaidError, match="is no urgency"):
        urgency(words)
