"""A bar compares like with like, and what could not be measured is missed."""

from typing import Final

import pytest
from loadtests import bars
from loadtests.onlooker import latency, latency_figures
from loadtests.results import RESULTS, Figure, Result, newest

LONG: Final = next(bar for bar in bars.BARS if bar.name == "recovery-of-a-long-log")


def recovered(seconds: float, *, log: int, membership: str = "static", entities: int = 100) -> Figure:
    of: dict[str, str | float] = {"workers": 1, "membership": membership, "entities": entities, "log": log}
    return Figure(name="recovery", unit="s", of=of, runs=(seconds,))


def result(*figures: Figure, quick: bool = False) -> Result:
    kept = newest(RESULTS)["recovery"]
    return kept.model_copy(update={"figures": figures, "checks": (), "quick": quick})


@pytest.mark.parametrize(
    ("figures", "ratio"),
    [
        pytest.param(
            [
                recovered(4, log=100),
                recovered(5, log=400),
                recovered(9, log=100, membership="dynamic"),
                recovered(1, log=10, entities=10),
            ],
            1.25,
            id="of one membership, and of the most entities",
        ),
        pytest.param([recovered(4, log=100)], None, id="one length only"),
        pytest.param(
            [recovered(4, log=100), recovered(8, log=400), recovered(9, log=400)], None, id="two of one length"
        ),
    ],
)
def test_a_long_log_is_held_against_a_short_one_that_differs_in_nothing_else(
    figures: list[Figure], ratio: float | None
) -> None:
    (verdict,) = bars.judge({"recovery": result(*figures)}, [LONG])
    assert (verdict.value, verdict.passed) == (ratio, ratio is not None)


def test_only_where_nobody_measured_or_to_check_the_harness_a_bar_says_nothing() -> None:
    judged = [
        bars.judge(found, [LONG])[0].passed for found in ({}, {"recovery": result(quick=True)}, {"recovery": result()})
    ]
    assert judged == [None, None, False]


def test_a_run_in_which_nothing_was_decided_has_no_latency() -> None:
    assert latency_figures([latency([0.1]), latency([])], {}) == []
    assert [figure.runs for figure in latency_figures([latency([0.1])], {})] == [(100.0,)] * 4
