"""The commands as a user runs them: what they print, and how they end."""

import json
import os
import socket
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click
import pytest
from pydantic import SecretStr, ValidationError

from spoedplein.cli import COMMANDS, drawing, spoedplein
from spoedplein.domain.log import write_record
from spoedplein.settings import ENV_PREFIX, Settings
from spoedplein.stack.places import deploy_file
from spoedplein.testing import builders as say
from spoedplein.whatif.assumptions import WhatifError
from spoedplein_schemas.vocabulary import CareType

UNIT = "elv-hoog-frankeland"


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ENV_PREFIX)}
    command = [sys.executable, "-m", "spoedplein", *arguments]
    return subprocess.run(command, env=clean | environment, capture_output=True, text=True, check=False, timeout=60)


def _about(document: dict[str, Any], name: str) -> dict[str, Any]:
    """The warning about it."""
    found: dict[str, Any] = next(each for each in document["warnings"] if each["about"] == name)
    return found


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A place is reported, asked and offered; nobody answers."""
    script = say.Script()
    script.adopts(say.agreements(say.unit(UNIT, CareType.ELV_HOOG), say.unit("elv-hoog-ver", CareType.ELV_HOOG)))
    script.says(say.capacity(UNIT, 1, script.now))
    script.says(say.request("r-1", (CareType.ELV_HOOG,), script.passes(minutes=5)))
    script.ticks(hours=1)
    file = tmp_path / "log.jsonl"
    file.write_bytes(b"".join(write_record(record) for record in script.records))
    return file


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_found_under_its_name(name: str) -> None:
    command = spoedplein.get_command(click.Context(spoedplein), name)
    assert command is not None
    assert command.name == name


def test_the_list_of_commands_says_a_line_of_each_and_imports_none_of_them() -> None:
    code = (
        "import sys; from spoedplein.cli import spoedplein; spoedplein.main(['--help'], standalone_mode=False);"
        "print('imported', sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    listed, imported = done.stdout.split("\nCommands:\n")[1].split("imported ")
    assert [line.split()[0] for line in listed.splitlines()] == list(COMMANDS)
    assert "'pydantic'" not in imported
    assert "'faust'" not in imported


def test_an_unknown_command_is_told_with_where_to_look() -> None:
    done = _run("coordinat")
    assert done.returncode == 2
    assert "No such command 'coordinat'" in done.stderr


def test_a_worker_imports_nothing_of_the_portal_and_the_reports() -> None:
    code = "import spoedplein.cli.coordinate, sys; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert "'spoedplein.workers.coordination'" in done.stdout
    for room in ("spoedplein.portal", "spoedplein.reports", "spoedplein.stack", "fastapi", "jinja2", "matplotlib"):
        assert f"'{room}" not in done.stdout


def test_fold_prints_one_decision_a_line(log: Path) -> None:
    done = _run("fold", str(log))

    kinds = [json.loads(line)["type"] for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [kind.split(".")[3] for kind in kinds] == [
        "agreements-in-force",
        "placement-offered",
        "offer-ended",
        "placement-exhausted",
    ]


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_fold_gives_equal_bytes_under_any_hash_seed(log: Path, tmp_path: Path, seed: str) -> None:
    outs = [tmp_path / "one.jsonl", tmp_path / "other.jsonl"]
    for out, used in zip(outs, ("77", seed), strict=True):
        assert _run("fold", str(log), "--out", str(out), PYTHONHASHSEED=used).returncode == 0

    assert outs[0].read_bytes() == outs[1].read_bytes() != b""


def test_fold_under_other_agreements_follows_those(log: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('region = "rijnmond"\nversion = "what-if"\ntitle = "Zonder plekken"\nowner = "zcc-rijnmond"\n')

    done = _run("fold", str(log), "--agreements", str(other))

    decisions = [json.loads(line) for line in done.stdout.splitlines()]
    assert {decision["agreements"] for decision in decisions} == {"what-if"}
    assert "placement-offered" not in done.stdout


OTHER_REGION = 'region = "nijmegen"\nversion = "what-if"\ntitle = "Elders"\nowner = "zcc-nijmegen"\n'


def test_fold_under_agreements_of_one_region_leaves_the_others_theirs(log: Path, tmp_path: Path) -> None:
    other, script = tmp_path / "other.toml", say.Script("nijmegen")
    other.write_text(OTHER_REGION)
    script.says(say.capacity(UNIT, 1, script.now))
    with log.open("ab") as lines:
        lines.writelines(write_record(record) for record in script.records)

    done = _run("fold", str(log), "--agreements", str(other))

    assert done.returncode == 0
    assert "placement-offered" in done.stdout
    assert done.stdout == _run("fold", str(log)).stdout


def test_fold_under_agreements_of_a_region_that_is_not_there_says_so(log: Path, tmp_path: Path) -> None:
    other, out = tmp_path / "other.toml", tmp_path / "out.jsonl"
    other.write_text(OTHER_REGION)

    done = _run("fold", str(log), "--agreements", str(other), "--out", str(out))

    assert done.returncode == 1
    assert f"{other} holds the agreements of nijmegen, and {log} is a log of rijnmond" in done.stderr
    assert not out.exists()


@pytest.mark.parametrize(
    ("agreed", "lines"),
    [
        pytest.param('region = "rijnmond"\n', "", id="agreements that cannot be read"),
        pytest.param(None, '{"offset": 9}\n', id="half a log"),
    ],
)
def test_fold_leaves_a_file_as_it_was_until_it_has_all(
    log: Path, tmp_path: Path, agreed: str | None, lines: str
) -> None:
    other, out = tmp_path / "other.toml", tmp_path / "out.jsonl"
    out.write_text("what was there")
    other.write_text(agreed or "")
    with log.open("a") as more:
        more.write(lines)

    done = _run("fold", str(log), "--out", str(out), *(["--agreements", str(other)] if agreed else []))

    assert done.returncode == 1
    assert out.read_text() == "what was there"
    assert sorted(tmp_path.iterdir()) == [log, other, out]


def test_fold_does_not_write_over_its_own_log(log: Path) -> None:
    before = log.read_bytes()

    done = _run("fold", str(log), "--out", str(log))

    assert done.returncode == 2
    assert "--out is the log itself" in done.stderr
    assert log.read_bytes() == before


def test_fold_writes_to_what_is_no_file(log: Path) -> None:
    done = _run("fold", str(log), "--out", "/dev/stdout")

    assert done.returncode == 0
    assert done.stdout == _run("fold", str(log), "--out", "-").stdout != ""


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    file.write_text('{"offset": 1, "at": 2}\n')

    done = _run("fold", str(file))

    assert done.returncode == 1
    assert done.stderr.startswith("spoedplein: line 1, event: ")
    assert "Traceback" not in done.stderr


def test_explain_tells_cause_data_and_what_was_passed_over(log: Path) -> None:
    done = _run("explain", "rijnmond.2.0", "--log", str(log))

    assert done.returncode == 0
    assert "cause       placement.requested." in done.stdout
    assert f"rests on: {UNIT}, 1 free of which 0 held, seen 300 s before" in done.stdout
    assert "elv-hoog-ver                 never-reported" in done.stdout


def test_explain_says_where_it_looked_in_vain(log: Path) -> None:
    done = _run("explain", "rijnmond.99.0", "--log", str(log))

    assert done.returncode == 1
    assert done.stderr.startswith(f"No decision rijnmond.99.0 in {log}")


def test_agreements_check_sums_up_a_good_file() -> None:
    done = _run("agreements", "check", str(deploy_file("regions", "rijnmond.toml")))

    assert done.returncode == 0
    assert done.stdout.startswith("rijnmond ")


def test_agreements_check_names_line_and_place_of_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "region.toml"
    file.write_text('region = "rijnmond"\nversion = "1"\ntitle = "x"\nowner = "zcc"\n\n[[units]]\nid = "Elv 1"\n')

    done = _run("agreements", "check", str(file))

    assert done.returncode == 1
    assert f"{file}:7: units.0.id: " in done.stderr


def test_agreements_check_tells_warnings_and_themes_and_is_strict_on_demand(tmp_path: Path) -> None:
    file = tmp_path / "region.toml"
    file.write_text('region = "rijnmond"\nversion = "1"\ntitle = "x"\nowner = "zcc"\n')

    done, strict, told = (_run("agreements", "check", str(file), *more) for more in ((), ("--strict",), ("--json",)))

    assert (done.returncode, strict.returncode) == (0, 1)
    assert f"{file}:1: absent: no unit of elv-laag" in done.stdout
    assert "OPEN     Wie zelfverwijzers triageert (triage)" in done.stdout
    (document,) = json.loads(told.stdout)
    assert {"line": 1, "code": "absent", "about": "elv-laag"}.items() <= _about(document, "elv-laag").items()
    assert {theme["covered"] for theme in document["themes"]} == {False}


def test_agreements_check_looks_at_every_file(tmp_path: Path) -> None:
    good, bad = deploy_file("regions", "venlo.toml"), tmp_path / "region.toml"
    bad.write_text('region = "rijnmond"\n')

    done = _run("agreements", "check", str(bad), str(good))

    assert done.returncode == 1
    assert f"{bad}:1: owner: is missing" in done.stderr
    assert done.stdout.startswith("venlo ")


def test_agreements_diff_names_what_changes() -> None:
    one, other = (str(deploy_file("regions", f"{name}.toml")) for name in ("rijnmond", "rotterdam"))

    assert _run("agreements", "diff", one, one).stdout == "no difference\n"
    assert "~ owner: zcc-rijnmond -> zcc-rotterdam" in _run("agreements", "diff", one, other).stdout


def test_scenario_plays_a_script_that_we_ship_and_keeps_its_log(tmp_path: Path) -> None:
    log_file = tmp_path / "venlo.jsonl"
    done = _run("scenario", "venlo", "--log", str(log_file))

    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].endswith("geen verschillen")
    assert _run("fold", str(log_file)).returncode == 0


def test_scenario_ends_with_1_when_it_goes_otherwise(tmp_path: Path) -> None:
    text = deploy_file("scenarios", "venlo.toml").read_text(encoding="utf-8")
    script = tmp_path / "venlo.toml"
    script.write_text(
        text.replace("../regions/venlo.toml", str(deploy_file("regions", "venlo.toml"))).replace("HIC Venray", "X")
    )
    assert _run("scenario", str(script)).returncode == 0

    script.write_text(
        script.read_text().replace('"r-opname aangeboden aan ggz-hic-venray', '"r-opname aangeboden aan x')
    )
    done = _run("scenario", str(script))
    assert done.returncode == 1
    assert "verwacht, niet gekomen: r-opname aangeboden aan x" in done.stdout


def test_simulate_ends_with_the_number_of_violations_and_repeats_itself(tmp_path: Path) -> None:
    logs = [tmp_path / "one.jsonl", tmp_path / "other.jsonl"]
    for log_file in logs:
        done = _run("simulate", "--seeds", "2", "--hours", "1", "--log", str(log_file))
        assert done.stdout.splitlines()[-1] == "2 seeds, 0 violations"
        assert done.returncode == 0

    assert logs[0].read_bytes() == logs[1].read_bytes() != b""


def test_settings_are_shown_with_secrets_masked() -> None:
    done = _run("settings", SPOEDPLEIN_POSTGRES_DSN="postgresql://u:geheim@h/d", SPOEDPLEIN_COMMIT_SECONDS="2")

    assert done.returncode == 0
    assert "geheim" not in done.stdout
    assert "* SPOEDPLEIN_POSTGRES_DSN = ********" in done.stdout
    assert "* SPOEDPLEIN_COMMIT_SECONDS = 2.0" in done.stdout
    assert all(f"{ENV_PREFIX}{name.upper()} = " in done.stdout for name in Settings.model_fields)


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        pytest.param({"SPOEDPLEIN_METRICS_PORT": "x"}, "metrics_port", id="not a number"),
        pytest.param({"SPOEDPLEIN_KAFKA_SECURITY": "SASL_SSL"}, "SPOEDPLEIN_KAFKA_USERNAME", id="SASL without a user"),
        pytest.param({"SPOEDPLEIN_SETTINGS": "nowhere.toml"}, "nowhere.toml", id="file that is not there"),
        pytest.param({"SPOEDPLEIN_REGIONS": "rijnmond"}, "regions", id="a table that is no JSON"),
        pytest.param({"SPOEDPLEIN_KAFKA_BOOTSTRAP": "127.0.0.1:abc"}, "kafka_bootstrap", id="a port that is no number"),
        pytest.param({"SPOEDPLEIN_PORTAL_PROXIES": '["proxy.example.org"]'}, "portal_proxies", id="a proxy's name"),
        pytest.param({"SPOEDPLEIN_KAFKA_BOOTSTRAP": "a:1,,b:2"}, "kafka_bootstrap", id="a broker without a name"),
        pytest.param({"SPOEDPLEIN_POSTGRES_DSN": "localhost/db"}, "postgres_dsn", id="an address without its kind"),
        pytest.param({"SPOEDPLEIN_POSTGRES_DSN": "postgresql://u@h:x/db"}, "postgres_dsn", id="an address's port"),
    ],
)
def test_a_wrong_setting_is_named(environment: dict[str, str], names: str) -> None:
    done = _run("settings", **environment)

    assert done.returncode == 1
    assert names in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("text", [b"commit_seconds = ", b'kafka_bootstrap = "\xff"'], ids=["half a line", "not UTF-8"])
def test_a_settings_file_that_cannot_be_read_is_named(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(text)

    done = _run("settings", SPOEDPLEIN_SETTINGS=str(file))

    assert done.returncode == 1
    assert f"{file} is not valid TOML" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("dsn", "is_fine"),
    [
        ("postgresql://u:p%40ss@db.example:5432/d", True),
        ("postgres://u@h1:5432,h2:5433/d?sslmode=require", True),
        ("postgresql://u@[::1]:5432/d", True),
        ("postgresql:///d", True),
        ("mysql://u@h/d", False),
        ("postgresql://u@h:543210/d", False),
        ("postgresql://u:geheim@h\uff0fd", False),
    ],
)
def test_what_is_an_address_of_postgresql(dsn: str, *, is_fine: bool) -> None:
    with (
        nullcontext() if is_fine else pytest.raises(ValidationError, match="postgresql://user:password@host") as caught
    ):
        Settings(postgres_dsn=SecretStr(dsn))
    assert caught is None or "geheim" not in str(caught.value)


def test_a_busy_port_for_metrics_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = _run("archive", SPOEDPLEIN_METRICS_PORT=port, SPOEDPLEIN_METRICS_HOST="127.0.0.1")

    assert done.returncode == 1
    assert f"spoedplein: Metrics cannot be served at 127.0.0.1:{port}: Address already in use" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["agreements", "check", "{latin}"], "is not UTF-8 text, from byte 12 on"),
        (["scenario", "{latin}"], "is not UTF-8 text, from byte 12 on"),
        (["simulate", "--log", "{nowhere}/log.jsonl"], "is no directory: make it first"),
        (["scenario", "--log", "{nowhere}/log.jsonl"], "is no directory: make it first"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_before_any_work(tmp_path: Path, arguments: list[str], says: str) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'title = "caf\xe9"')

    done = _run(*(each.format(latin=latin, nowhere=tmp_path / "nowhere") for each in arguments))

    assert done.returncode in {1, 2}
    assert says in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_settings_come_from_the_file_and_the_environment_goes_over_it(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('commit_seconds = 3\nkafka_bootstrap = "from-file:9092"\n')

    done = _run("settings", SPOEDPLEIN_SETTINGS=str(file), SPOEDPLEIN_COMMIT_SECONDS="4")

    assert "SPOEDPLEIN_COMMIT_SECONDS = 4.0" in done.stdout
    assert 'SPOEDPLEIN_KAFKA_BOOTSTRAP = "from-file:9092"' in done.stdout


def test_kafka_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    said = say.event(say.capacity(UNIT, 1, say.EVENING), at=say.EVENING)
    file.write_text(said.model_dump_json(exclude_none=True) + "\n")

    done = _run("publish", str(file), SPOEDPLEIN_KAFKA_BOOTSTRAP="127.0.0.1:1")

    assert done.returncode == 1
    assert "spoedplein: Kafka does not answer at 127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr


def test_schemas_check_says_that_the_published_files_are_up_to_date() -> None:
    done = _run(
        "schemas", "export", "--check", "--out", str(deploy_file("kafka", "pom.xml").parents[2] / "schemas/json")
    )

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "command",
    [
        "up",
        "intake",
        "coordinate",
        "archive",
        "migrate",
        "publish",
        "fold",
        "explain",
        "simulate",
        "scenario",
        "agreements",
        "schemas",
    ],
)
def test_every_command_teaches(command: str) -> None:
    done = _run(command, "--help")

    assert done.returncode == 0
    assert len(done.stdout.splitlines()) >= 5


def test_whatif_tells_the_difference_and_keeps_every_figure(log: Path, tmp_path: Path) -> None:
    kept = tmp_path / "difference.json"
    done = _run("whatif", str(log), "--capacity", f"{UNIT}=0", "--json", str(kept))

    assert (done.returncode, done.stderr) == (0, "")
    assert "offers made                   1  0     -1" in done.stdout
    assert "A is the log's own history: 4 of 4 decisions are the same" in done.stdout
    told = json.loads(kept.read_text())
    assert (told["before"]["counts"]["offers"], told["after"]["counts"].get("offers", 0)) == (1, 0)


def test_whatif_under_the_same_text_says_that_nothing_differs(log: Path, tmp_path: Path) -> None:
    agreed = deploy_file("regions", "rijnmond.toml")
    done = _run("whatif", str(log), "--agreements", str(agreed), "--against", str(agreed))

    assert done.returncode == 0
    assert "No difference: B decides as A did." in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param([], 2, "Nothing to compare", id="nothing-asked"),
        pytest.param(["--capacity", "elv-hog=+1"], 1, "Did you mean elv-hoog", id="misspelt"),
        pytest.param(["--capacity", f"{UNIT}=+1", "--region", "venlo"], 1, "no record of venlo", id="other-region"),
        pytest.param(["--capacity", f"{UNIT}=+1", "--stay", "elv"], 1, "CARE_TYPE=HOURS", id="stay"),
        pytest.param(["--capacity", f"{UNIT}=+1", "--stay", "grz=-1"], 1, "CARE_TYPE=HOURS", id="stay-below-0"),
        pytest.param(["--capacity", f"{UNIT}=+1", "--stay", "grz=nan"], 1, "CARE_TYPE=HOURS", id="stay-no-number"),
        pytest.param(["--capacity", f"{UNIT}=+1", "--answer-minutes", "inf"], 2, "not in the range", id="for-ever"),
        pytest.param(["--capacity", f"{UNIT}=+1", "--admission-minutes", "nan"], 2, "no number of minutes", id="nan"),
        pytest.param(["--capacity", f"{UNIT}=+1", "--plot", "x.pdf"], 1, "ends in .png or .svg", id="plot"),
    ],
)
def test_whatif_says_what_it_cannot_use(log: Path, arguments: list[str], code: int, says: str) -> None:
    done = _run("whatif", str(log), *arguments)
    assert done.returncode == code
    assert says in done.stderr


def test_whatif_refuses_the_agreements_of_another_region(log: Path) -> None:
    done = _run("whatif", str(log), "--against", str(deploy_file("regions", "nijmegen.toml")))
    assert done.returncode == 1
    assert "the agreements of nijmegen, and the log is of rijnmond" in done.stderr


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_whatif_draws_the_same_picture_each_time(log: Path, tmp_path: Path, ending: str) -> None:
    files = [tmp_path / f"{name}.{ending}" for name in ("one", "other")]
    for file in files:
        assert _run("whatif", str(log), "--capacity", f"{UNIT}=+2", "--plot", str(file)).returncode == 0

    assert files[0].read_bytes() == files[1].read_bytes() != b""


def test_whatif_keeps_the_log_of_its_second_side_so_that_it_can_be_explained(log: Path, tmp_path: Path) -> None:
    kept = tmp_path / "b.jsonl"
    assert _run("whatif", str(log), "--capacity", "elv-hoog-ver=3", "--keep", str(kept)).returncode == 0

    done = _run("explain", "--log", str(kept), "rijnmond.2.0")
    assert done.returncode == 0
    assert "elv-hoog" in done.stdout


@pytest.mark.parametrize("first", [1, 0], ids=["room for an adoption before it", "from offset 0 on"])
def test_whatif_keeps_of_a_log_without_agreements_what_can_be_explained(tmp_path: Path, first: int) -> None:
    """The text of the side stands in what is kept; before offset 0 nothing can, and it is told to give it."""
    script, log, kept, text = say.Script(), tmp_path / "log.jsonl", tmp_path / "b.jsonl", tmp_path / "agreed.toml"
    script.says(say.capacity(UNIT, 0, script.now))
    script.says(say.request("r-1", (CareType.ELV_HOOG,), script.passes(minutes=5)))
    log.write_bytes(b"".join(write_record(each._replace(offset=each.offset + first)) for each in script.records))
    unit = f'[[units]]\nid = "{UNIT}"\nname = "ELV"\norganisation = "huis"\ncare_type = "elv-hoog"\n'
    text.write_text(f'region = "rijnmond"\nversion = "1"\ntitle = "x"\nowner = "zcc"\n{unit}')
    made = _run(
        *("whatif", str(log), "--agreements", str(text), "--capacity", f"{UNIT}=+1", "--stay", "wijkverpleging=inf"),
        *("--keep", str(kept)),
    )
    more = [] if first else ["--agreements", str(text)]

    done = _run("explain", "--log", str(kept), f"rijnmond.{first + 1}.0", *more)

    assert made.returncode == 0
    assert "to the end of the log (ggz-beoordeling 12 h)" in made.stdout
    assert made.stderr == (
        "" if first else f"{kept} begins before any agreements: fold or explain it with --agreements {text}.\n"
    )
    assert done.returncode == 0
    assert f"rests on: {UNIT}, 1 free" in done.stdout


def test_whatif_changes_places_of_every_unit_that_a_text_of_the_log_has(tmp_path: Path) -> None:
    script, log = say.Script(), tmp_path / "log.jsonl"
    for number, unit in enumerate(("elv-was", "elv-is")):
        script.adopts(say.agreements(say.unit(unit, CareType.ELV_HOOG), version=f"2026.{number}"))
        script.says(say.capacity(unit, 1, script.passes(minutes=1)))
    log.write_bytes(b"".join(map(write_record, script.records)))

    done = _run("whatif", str(log), "--capacity", "elv-was=+1", "--capacity", "elv-is=+1")

    assert (done.returncode, done.stderr) == (0, "")


def test_explain_takes_agreements_for_a_log_only(tmp_path: Path) -> None:
    done = _run("explain", "rijnmond.1.0", "--agreements", str(deploy_file("regions", "rijnmond.toml")))

    assert done.returncode == 2
    assert "--agreements goes with --log" in done.stderr


def test_report_names_a_timezone_that_is_none() -> None:
    days = ("--from", "2026-01-01", "--until", "2026-02-01")
    done = _run("report", "--region", "rijnmond", *days, "--timezone", "Europe/Amsterdm")

    assert done.returncode == 2
    assert '"Europe/Amsterdm" is no time zone' in done.stderr


def test_a_plot_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(WhatifError, match=r"extra `plots`: pip install 'spoedplein\[plots\]'"):
        drawing.check(Path("difference.png"))
