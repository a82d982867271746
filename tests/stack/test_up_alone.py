"""`spoedplein up` without its servers: who may run, and how it ends when nobody reads what it says."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from spoedplein.settings import Settings
from spoedplein.stack import up
from spoedplein.stack.errors import StackError
from spoedplein.stack.processes import alone
from spoedplein.stack.runs import FILE
from spoedplein.stack.up import Up, Wanted
from spoedplein.testing import builders as say


class NoServers:
    """Comes as far as a run does, and is asked to end at once."""

    portal = "http://127.0.0.1:0"

    def __init__(self, *_given: object, resume: Callable[[], object], **_more: object) -> None:
        self.agreements = [say.agreements()]
        self.settings = Settings()
        self.metrics: dict[str, str] = {}
        self.stopped = False
        self._resume = resume

    def start(self, _workers: Sequence[str]) -> None:
        self._resume()
        raise KeyboardInterrupt

    def stop(self) -> None:
        self.stopped = True


@pytest.fixture
def systems(monkeypatch: pytest.MonkeyPatch) -> list[NoServers]:
    """What is started from now on."""
    made: list[NoServers] = []

    def make(*given: object, **more: Any) -> NoServers:  # noqa: ANN401  as `System` takes them
        made.append(NoServers(*given, **more))
        return made[-1]

    monkeypatch.setattr(up, "System", make)
    return made


def nobody_reads(_text: str) -> None:
    raise BrokenPipeError


def test_who_reads_no_more_does_not_keep_the_servers_from_stopping(systems: list[NoServers], tmp_path: Path) -> None:
    assert up.up(Wanted(broker="embedded", state=tmp_path), say=nobody_reads) == 130
    assert [each.stopped for each in systems] == [True]


def test_a_second_one_on_the_same_state_touches_nothing(systems: list[NoServers], tmp_path: Path) -> None:
    state = tmp_path / "embedded"
    state.mkdir()
    (state / FILE).write_text("of the first")

    with alone(state, name="up"), pytest.raises(StackError, match="up already runs on"):
        up.up(Wanted(broker="embedded", state=tmp_path), say=nobody_reads)

    assert systems == []
    assert (state / FILE).read_text() == "of the first"


@pytest.mark.usefixtures("systems")
async def test_a_board_that_ends_does_not_end_what_it_shows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async def broken(*_given: object) -> None:
        raise RuntimeError("nothing to draw on")

    monkeypatch.setattr(up, "show", broken)
    said: list[str] = []

    await Up(tmp_path, Wanted(broker="embedded"), say=said.append)._show()

    assert said == [f"The board ended: nothing to draw on. All runs on without it; more is in {tmp_path / up.OUTPUT}."]
