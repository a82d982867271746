"""How many stops, how long, how many at once: cases that can be counted on fingers. Hours are of one day."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from spoedplein.reports.stops import stops

MIDNIGHT = datetime(2026, 1, 10, tzinfo=UTC)
Change = tuple[str, float, str]


def _rows(changes: list[Change]) -> list[dict[str, Any]]:
    return [
        {
            "unit_id": unit,
            "care_type": "seh",
            "status": status,
            "reason": "full" if status == "stop" else None,
            "decided_at": MIDNIGHT + timedelta(hours=hour),
        }
        for unit, hour, status in changes
    ]


@pytest.mark.parametrize(
    ("changes", "begun", "hours", "at_once", "together", "why"),
    [
        pytest.param([("a", 8, "stop"), ("a", 10, "open")], 1, 2, 1, 0, "two hours", id="one"),
        pytest.param([("a", 8, "stop"), ("a", 9, "stop"), ("a", 10, "open")], 1, 2, 1, 0, "renewed", id="renewed"),
        pytest.param([("a", 8, "warning"), ("a", 9, "open")], 0, 0, 0, 0, "a warning is no stop", id="warning"),
        pytest.param([("a", -3, "stop"), ("a", 1, "open")], 0, 1, 1, 0, "begun the day before", id="from-before"),
        pytest.param([("a", 22, "stop")], 1, 2, 1, 0, "lasts past midnight", id="into-the-next"),
        pytest.param(
            [("a", 8, "stop"), ("a", 11, "open"), ("b", 10, "stop"), ("b", 12, "open")],
            2,
            5,
            2,
            1,
            "10 to 11",
            id="two",
        ),
        pytest.param(
            [("a", 8, "stop"), ("a", 10, "open"), ("b", 10, "stop"), ("b", 12, "open")], 2, 4, 1, 0, "after", id="turns"
        ),
    ],
)
def test_stops_of_a_day(  # noqa: PLR0917  columns of the table
    changes: list[Change], begun: int, hours: float, at_once: int, together: float, why: str
) -> None:
    found = stops(_rows(changes), since=MIDNIGHT, until=MIDNIGHT + timedelta(days=1)).get("seh")
    told = (found.begun, found.hours, found.at_once, found.hours_together) if found else (0, 0, 0, 0)
    assert told == (begun, hours, at_once, together), why


def test_a_stop_ends_when_its_unit_leaves_the_agreements() -> None:
    changes: list[Change] = [("a", 8, "stop"), ("b", 8, "stop")]
    left = {"a": MIDNIGHT + timedelta(hours=10)}
    until = MIDNIGHT + timedelta(hours=12)
    found = stops(_rows(changes), since=MIDNIGHT, until=until, left=lambda unit, _since: left.get(unit))["seh"]
    assert (found.hours, found.hours_together) == (2 + 4, 2)
