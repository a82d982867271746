"""What a run leaves for the next: time that never runs back, names that never come twice, partitions that stay."""

from pathlib import Path

import pytest

from spoedplein.clock import ScaledClock
from spoedplein.stack.errors import StackError
from spoedplein.stack.runs import FILE, Run, Runs
from spoedplein.testing.clock import ManualClock

START_MS = 1_767_976_200_000


def _begin(state: Path, *regions: str, seed: int | None = None) -> Run:
    return Runs(state).begin(seed=seed, start_ms=START_MS, regions=regions or ["rijnmond"], partitions=4)


def test_the_first_run_starts_at_its_moment_and_each_next_one_has_another_name(tmp_path: Path) -> None:
    first, second = _begin(tmp_path), _begin(tmp_path)

    assert (first.reached_ms, first.name) == (START_MS, "x1")
    assert (second.reached_ms, second.name) == (START_MS, "x2")


def test_sources_that_start_anew_within_a_run_get_a_name_that_no_later_run_takes(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    runs.begin(seed=None, start_ms=START_MS, regions=["rijnmond"], partitions=4)

    assert runs.begin_again().name == "x2"
    assert _begin(tmp_path).name == "x3"


def test_a_run_that_ended_well_is_gone_on_with_where_it_ended(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    runs.begin(seed=None, start_ms=START_MS, regions=["rijnmond"], partitions=4)
    runs.reach(ManualClock(START_MS + 90_000), ahead=False)

    assert _begin(tmp_path).reached_ms == START_MS + 90_000


def test_a_run_that_was_killed_is_gone_on_with_after_all_that_its_clock_can_have_said(tmp_path: Path) -> None:
    clock = ScaledClock(epoch_ms=START_MS, started_ms=0, speed=60)
    runs = Runs(tmp_path)
    runs.begin(seed=None, start_ms=START_MS, regions=["rijnmond"], partitions=4)
    before = clock.now_ms()
    runs.reach(clock, ahead=True)

    assert _begin(tmp_path).reached_ms >= before + 5 * 60_000


def test_a_seed_holds_until_another_is_asked_for(tmp_path: Path) -> None:
    assert [_begin(tmp_path, seed=seed).seed for seed in (7, None, 8, None)] == [7, 7, 8, 8]


@pytest.mark.parametrize(
    ("asked", "placed"),
    [
        pytest.param([["rijnmond"], ["nijmegen", "rijnmond"]], {"rijnmond": 0, "nijmegen": 1}, id="a-newer-one-after"),
        pytest.param([["rijnmond"], ["nijmegen"]], {"rijnmond": 0, "nijmegen": 1}, id="one-that-is-away-keeps-its-own"),
        pytest.param([list("abcdef")], dict(zip("abcdef", (0, 1, 2, 3, 0, 1), strict=True)), id="more-than-partitions"),
    ],
)
def test_a_region_keeps_its_partition(tmp_path: Path, asked: list[list[str]], placed: dict[str, int]) -> None:
    for regions in asked:
        run = _begin(tmp_path, *regions)

    assert run.partitions == placed


def test_a_record_that_cannot_be_read_is_named_with_the_mend(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"number": 0}')

    with pytest.raises(StackError, match=rf"{FILE} cannot be read, .*Put it back, or remove .* to begin anew"):
        _begin(tmp_path)


def test_what_was_forgotten_begins_again(tmp_path: Path) -> None:
    _begin(tmp_path)
    Runs(tmp_path).forget()

    assert _begin(tmp_path).number == 1
