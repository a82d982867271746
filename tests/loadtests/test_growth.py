"""Growth: every part of the measurement runs, and what it compares does the same."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from loadtests.growth import lines, scenario
from loadtests.growth.patients import NOW
from loadtests.growth.rivals import ACCUMULATING, STRICT, Kept, Waiting
from loadtests.growth.turns import Turns
from loadtests.scenario import Plan


class Unseen:
    """Progress that nobody looks at."""

    def expect(self, steps: int) -> None:
        self.left = steps

    def step(self, doing: str) -> None:
        assert doing
        self.left -= 1

    def say(self, text: str) -> None:
        raise AssertionError(text)


def test_all_of_it_runs_small_and_says_what_it_measured(tmp_path: Path) -> None:
    progress = Unseen()
    measured = scenario.run(Plan(quick=True, runs=1, state=tmp_path), progress)

    assert progress.left == 0
    assert measured.sound
    drawn = {chart.figure for chart in scenario.SCENARIO.charts}
    assert drawn <= {figure.name for figure in measured.figures}
    assert all(run > 0 for figure in measured.figures for run in figure.runs)


@pytest.mark.parametrize("ways", [ACCUMULATING, STRICT], ids=["accumulating", "strict"])
def test_ways_to_keep_a_queue_agree_after_anything(ways: dict[str, type[Kept]]) -> None:
    """The same comings, goings and changes of class: the same board, places and order."""
    histories = {path: tuple(_life(new(), Random(7))) for path, new in ways.items()}  # noqa: S311  a seed
    assert len(set(histories.values())) == 1


def _life(kept: Kept, chance: Random) -> Iterator[tuple[str, ...] | int]:
    names: list[str] = []
    for number in range(400):
        names.append(f"c-{number}")
        kept.add(Waiting(chance.randint(1, 5), NOW - chance.randrange(1, 3_600_000), names[-1]))
        if number % 3 == 0:
            gone = kept.cancel(names.pop(chance.randrange(len(names))))
            if number % 2:
                kept.add(gone._replace(rank=1 + gone.rank % 5))
                names.append(gone.key)
        if number % 5 == 0 and names:
            yield kept.ahead(chance.choice(names), NOW)
            yield tuple(waiting.key for waiting in kept.board(NOW))
            taken = kept.take(NOW)
            names.remove(taken.key)
            yield (taken.key,)


def test_a_wrong_queue_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "STRICT", {**STRICT, "wrong": ACCUMULATING["textbook accumulating priority"]})
    check = lines.check(100)

    assert not check.passed
    assert "strict" in check.told


def test_what_scans_is_stopped_and_what_must_be_whole_is_not() -> None:
    turns = Turns("x")
    many = range(1_000_000)
    few = turns.timed({"of": "slow"}, lambda _: sum(range(2_000_000)), many)
    whole = turns.timed({"of": "slow, whole"}, lambda _: sum(range(2_000_000)), range(8), whole=True)
    again = turns.timed({"of": "slow"}, lambda _: 1, range(5))
    turns.end_round()

    assert 0 < len(few) < len(many)
    assert len(whole) == 8
    assert again == []
    assert [len(figure.runs) for figure in turns.figures()] == [1, 1]
