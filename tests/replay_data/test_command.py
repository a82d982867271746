"""`python -m loadtests.replay` as its user meets it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from loadtests.replay.__main__ import Unusable, data_beside, main
from loadtests.replay.p2000 import P2000

from spoedplein.domain.agreements import read_agreements
from spoedplein.domain.log import read_log
from spoedplein_schemas.agreements import AgreementsAdopted
from spoedplein_schemas.seh import StatusReported

Run = Callable[..., Result]
PAGES = """date,time,page_type,message,capcode_description
2031-02-01,03:04:05,GROUP,TNO EEH Blaricum dicht,Infocode
2031-02-02,09:10:11,GROUP,A1 AMBU 17999 <straat> 3999XX Dorp DORPXX bon 4711,Monitorcode
2031-02-02,09:00:00,GROUP,P 1 Brand woning,Brandweer
"""


@pytest.fixture
def run(write: Callable[[str, str], None], tmp_path: Path) -> Run:
    write("p2000_sample/ambulance_2021-12_2023-10.csv", PAGES)

    def ran(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["p2000", "--data", str(tmp_path), *arguments])

    return ran


def test_a_log_file_starts_with_the_agreements_and_can_be_read_back(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "log.jsonl"
    result = run("--out", str(out))

    assert result.exit_code == 0, result.output
    records = list(read_log(out.read_bytes().splitlines()))
    assert [record.offset for record in records] == [0, 1, 2]
    assert [type(record.event.data) for record in records][:2] == [AgreementsAdopted, StatusReported]
    assert records[0].at == records[1].at < records[2].at


def test_at_the_end_stands_what_became_of_every_row(run: Run) -> None:
    result = run()

    lines = [" ".join(line.replace("│", " ").split()) for line in result.stdout.splitlines()]
    assert "read 3" in lines
    assert "mapped 2" in lines
    assert any(line.startswith("not-an-ambulance 1 ") for line in lines)
    assert "ambulance.ride-dispatched 1 the data" in lines


def test_a_day_is_replayed_alone(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "log.jsonl"

    assert run("--day", "2031-02-01", "--out", str(out)).exit_code == 0
    assert len(out.read_bytes().splitlines()) == 2


def test_list_shows_the_days_and_what_the_harness_adds(run: Run) -> None:
    result = run("--list")

    assert "2 days from 2031-02-01 to 2031-02-02" in result.stdout
    assert " ".join(P2000.choices[0].split()) in " ".join(result.stdout.split())


def test_the_agreements_are_written_as_the_toml_that_intake_reads(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "nederland.toml"

    assert run("--agreements", str(file)).exit_code == 0
    assert read_agreements(file.read_text(encoding="utf-8"), name=file.name) == P2000(tmp_path).agreements()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["--day", "2031-02-03"], "nothing on 2031-02-03. They run from 2031-02-01", id="no such day"),
        pytest.param(["--speed", "5"], "give --bootstrap", id="speed without a broker"),
        pytest.param(["--out", "a", "--bootstrap", "b:1"], "give one of them", id="two destinations"),
        pytest.param(
            ["--bootstrap", "b:1", "--speed", "5", "--as-fast-as-possible"], "exclude each other", id="two speeds"
        ),
        pytest.param(["--data", "/nowhere-at-all"], "does not exist", id="no such directory"),
    ],
)
def test_a_mistake_is_a_sentence_and_exit_code_2(run: Run, arguments: list[str], sentence: str) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert sentence in " ".join(result.stderr.split())


def test_a_data_directory_without_the_data_set_names_the_file_that_is_missing(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["taiwan", "--data", str(tmp_path)])

    assert result.exit_code == 2
    assert "fetches_2025-10.csv.gz is not there" in " ".join(result.stderr.split())


def test_a_file_with_other_columns_is_named(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "p2000_sample" / "ambulance_2021-12_2023-10.csv"
    file.write_text(PAGES.replace("message", "text"), encoding="utf-8")
    result = run()

    assert result.exit_code == 2
    assert "lacks column message" in " ".join(result.stderr.split())


def test_a_file_that_is_cut_short_is_named(tmp_path: Path, write: Callable[[str, str], None]) -> None:
    write("taiwan_er_status/fetches_2025-10.csv.gz", "fetched_at\n2031-03-01T08:00:05+08:00\n")
    file = tmp_path / "taiwan_er_status" / "fetches_2025-10.csv.gz"
    file.write_bytes(file.read_bytes()[:-9])
    result = CliRunner().invoke(main, ["taiwan", "--data", str(tmp_path)])

    assert result.exit_code == 2
    assert "Take a fresh copy" in " ".join(result.stderr.split())


def test_without_any_data_directory_the_message_says_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="--data or SPOEDPLEIN_DATA") as refused:
        data_beside(tmp_path / "absent")

    assert refused.value.exit_code == 2
