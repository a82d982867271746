"""Events of a file go out at the distances that they have in time, those of one moment together."""

from datetime import timedelta

import pytest

from spoedplein.testing import builders as say
from spoedplein.workers.publishing import BATCH_MAX, TOGETHER_SECONDS, _groups
from spoedplein_schemas import Event


def events(*seconds: float) -> list[Event]:
    """One at each of these moments."""
    moments = [say.EVENING + timedelta(seconds=each) for each in seconds]
    return [say.event(say.capacity("elv", number, at), at=at) for number, at in enumerate(moments)]


def paused(found: list[Event], speed: float | None) -> list[tuple[float, int]]:
    """After how long, how many."""
    return [(round(wait, 6), len(group)) for wait, group in _groups(found, speed=speed)]


def test_small_distances_add_up() -> None:
    """An event a second, sixty times as fast: a pause before each handful, and in all as long as it should take."""
    told = events(*range(600))

    groups = list(_groups(told, speed=60))

    assert [event for _, group in groups for event in group] == told
    assert all((group[-1].time - group[0].time).total_seconds() / 60 <= TOGETHER_SECONDS for _, group in groups)
    last = groups[-1][1][0]
    assert sum(wait for wait, _ in groups) == pytest.approx((last.time - told[0].time).total_seconds() / 60)


@pytest.mark.parametrize(
    ("seconds", "speed", "expected"),
    [
        pytest.param((0, 60, 120), 60, [(0.0, 1), (1.0, 1), (1.0, 1)], id="each on its own"),
        pytest.param((0, 1, 60, 61), 60, [(0.0, 2), (1.0, 2)], id="from the first of a group to that of the next"),
        pytest.param((60, 0, 120), 60, [(0.0, 2), (1.0, 1)], id="what comes too late goes at once"),
        pytest.param((0, 60, 3600), None, [(0.0, 3)], id="without a speed all at once"),
    ],
)
def test_what_goes_together(seconds: tuple[float, ...], speed: float | None, expected: list[tuple[float, int]]) -> None:
    assert paused(events(*seconds), speed) == expected


def test_no_more_than_a_batch_goes_together() -> None:
    assert paused(events(*[0.0] * (BATCH_MAX + 1)), 60) == [(0.0, BATCH_MAX), (0.0, 1)]
