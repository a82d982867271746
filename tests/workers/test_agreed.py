"""The gate follows the agreements files, and is not closed by a file that cannot be used."""

import logging
import os
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from spoedplein.domain.errors import AgreementsError
from spoedplein.domain.gate import Admitted, Gate
from spoedplein.testing.builders import EVENING, event, triaged
from spoedplein.workers.agreed import LOOK_MS, AgreedGate
from spoedplein_schemas.vocabulary import Topic, millis

NOW: Final = millis(EVENING)
MAKE: Final = partial(Gate, bytes_max=100_000, clock_ahead_ms=0)


def text(*sites: str) -> str:
    head = 'region = "rijnmond"\nversion = "1"\ntitle = "Afspraken"\nowner = "zcc"\n'
    return head + "".join(f'[[sites]]\nid = "{site}"\nname = "{site}"\norganisation = "post"\n' for site in sites)


def lets_in(gate: Gate, site: str) -> bool:
    raw = event(triaged("c-1", "U2", EVENING, at_site=site), at=EVENING).model_dump_json(exclude_none=True).encode()
    return isinstance(gate.admit(raw, topic=Topic.HAP, partition=0, offset=0, received_ms=NOW), Admitted)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "rijnmond.toml"
    file.write_text(text("schiedam"))
    return file


def test_a_file_that_changed_is_followed_and_not_looked_at_for_every_batch(file: Path) -> None:
    gate = AgreedGate([file], {"rijnmond": 0}, MAKE)
    assert (lets_in(gate.at(NOW), "schiedam"), lets_in(gate.at(NOW), "vlaardingen")) == (True, False)

    file.write_text(text("schiedam", "vlaardingen"))
    assert not lets_in(gate.at(NOW + LOOK_MS - 1), "vlaardingen")
    assert lets_in(gate.at(NOW + LOOK_MS), "vlaardingen")


def test_a_file_that_is_swapped_under_a_link_is_followed(tmp_path: Path) -> None:
    """As a cluster does with a mounted file: the link names another directory all at once."""
    for name, sites in (("old", ("schiedam",)), ("new", ("noord",))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "regio.toml").write_text(text(*sites))
    (tmp_path / "now").symlink_to("old")
    gate = AgreedGate([tmp_path / "now" / "regio.toml"], {"rijnmond": 0}, MAKE)
    assert lets_in(gate.at(NOW), "schiedam")

    (tmp_path / "next").symlink_to("new")
    os.replace(tmp_path / "next", tmp_path / "now")  # noqa: PTH105  the call that is atomic
    assert (lets_in(gate.at(NOW + LOOK_MS), "noord"), lets_in(gate.at(NOW + LOOK_MS), "schiedam")) == (True, False)


@pytest.mark.parametrize("broken", [pytest.param("owner = 3", id="unusable"), pytest.param(None, id="gone")])
def test_what_cannot_be_used_is_told_once_and_the_gate_stays(
    file: Path, broken: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    gate = AgreedGate([file], {"rijnmond": 0}, MAKE)
    gate.at(NOW)
    if broken is None:
        file.unlink()
    else:
        file.write_text(broken)
    with caplog.at_level(logging.ERROR):
        assert lets_in(gate.at(NOW + LOOK_MS), "schiedam")
        assert lets_in(gate.at(NOW + 2 * LOOK_MS), "schiedam")
    assert [str(file) in record.getMessage() for record in caplog.records] == [True]

    file.write_text(text("vlaardingen"))
    assert lets_in(gate.at(NOW + 3 * LOOK_MS), "vlaardingen")


def test_at_the_start_a_file_that_cannot_be_used_is_an_error(file: Path) -> None:
    with pytest.raises(AgreementsError, match="is not in the setting `regions`"):
        AgreedGate([file], {"nijmegen": 0}, MAKE)
