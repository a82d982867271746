"""Estimates are products of what is shown beside them, and every parameter says where it is from."""

import pytest

from spoedplein.reports.triple_aim import Aim, Basis, ParametersError, Status, estimates, read_parameters, shipped

EFFECT = """
[[effects]]
id = "bellen"
aim = "experience"
title = "Uren bellen"
basis = "placed"
unit = "uur"
divide_by = 60
[[effects.parameters]]
name = "minuten per plaatsing"
low = 15
high = 90
status = "assumption"
source = "de regio"
"""


def test_what_comes_along_names_a_source_or_says_that_it_is_assumed() -> None:
    effects = shipped().effects
    assert {each.aim for each in effects} == set(Aim)
    parameters = [parameter for each in effects for parameter in each.parameters]
    assert all(each.source for each in parameters)
    assert all(each.low < each.high for each in parameters if each.status is Status.ASSUMPTION)
    # Of all figures one has a source that gives it: what a region does not set itself stays an assumption.
    assert [each.source for each in parameters if each.status is Status.SOURCE] == [
        "7 Nederlandse SEH's, 2013: PMC4845371"
    ]


@pytest.mark.parametrize(
    ("count", "low", "high", "why"),
    [
        pytest.param(40, 10, 60, "40 placements of 15 to 90 minutes are 10 to 60 hours", id="product"),
        pytest.param(0, 0, 0, "nobody placed, nothing saved", id="none"),
        pytest.param(None, None, None, "what is not published is not multiplied either", id="withheld"),
    ],
)
def test_an_effect(count: int | None, low: float | None, high: float | None, why: str) -> None:
    (found,) = estimates(read_parameters(EFFECT, name="x"), {Basis.PLACED: count})
    assert (found.low, found.high) == (low, high), why
    assert found.assumed


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        pytest.param("low = 15", "low = 95", r"low \(95\) is above high \(90\)", id="range"),
        pytest.param('basis = "placed"', 'basis = "guessed"', r"effects\.0\.basis", id="basis"),
        pytest.param('source = "de regio"', 'source = ""', r"effects\.0\.parameters\.0\.source", id="no-source"),
        pytest.param("divide_by = 60", "divide_by = 0", r"divide_by", id="by-zero"),
        pytest.param("low = 15", "low = ", "not valid TOML", id="toml"),
    ],
)
def test_parameters_that_cannot_be_used_are_named(was: str, becomes: str, says: str) -> None:
    with pytest.raises(ParametersError, match=says):
        read_parameters(EFFECT.replace(was, becomes), name="x")
