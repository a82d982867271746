"""When a care type had no place that was known to be free; unknown is not none."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from spoedplein.reports.gaps import Admission, DayPart, Looks, gaps, part_of
from spoedplein.testing.builders import agreements, unit
from spoedplein_schemas.vocabulary import CareType

#: A Saturday, 23:30 in the Netherlands.
NIGHT = datetime(2026, 1, 10, 22, 30, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Amsterdam")
BY_DAY, ALWAYS = "elv-by-day", "elv-always"


def _admission() -> Admission:
    agreed = agreements(
        unit(BY_DAY, CareType.ELV_HOOG, windows=[{"from": "08:00", "until": "20:00"}]), unit(ALWAYS, CareType.ELV_HOOG)
    )
    adopted = {"agreements": agreed.model_dump(mode="json", by_alias=True, exclude_none=True)}
    return Admission([{"appended_at": datetime(2026, 1, 1, tzinfo=UTC), "adopted": adopted}])


def _look(unit_id: str, has_place: bool | None) -> dict[str, Any]:
    """Free, full, or (None) not known."""
    return {
        "care_type": "elv-hoog",
        "unit_id": unit_id,
        "moment": NIGHT,
        "staffed": 2,
        "known": has_place is not None,
        "has_place": bool(has_place),
    }


@pytest.mark.parametrize(
    ("by_day", "always", "told", "why"),
    [
        pytest.param(False, True, Looks(1), "one that admits has a place", id="a-place"),
        pytest.param(True, False, Looks(1, none=1, shut=1), "it admits until 20:00 only", id="shut"),
        pytest.param(False, False, Looks(1, none=1), "both are full", id="full"),
        pytest.param(False, None, Looks(1, unknown=1), "the one that admits is silent", id="silent"),
        pytest.param(None, False, Looks(1, none=1), "who is silent would not admit now anyhow", id="silent-and-shut"),
        pytest.param(None, True, Looks(1), "a known place is enough", id="one-silent"),
    ],
)
def test_at_half_past_eleven_at_night(by_day: bool | None, always: bool | None, told: Looks, why: str) -> None:
    found = gaps([_look(ALWAYS, always), _look(BY_DAY, by_day)], admits=_admission().admits, zone=ZONE)["elv-hoog"]
    assert found.hours[5 * 24 + 23] == told, why
    assert found.part(DayPart.NIGHT) == told
    assert (found.units, found.staffed) == (2, 4)


@pytest.mark.parametrize(
    ("day", "hour", "part"),
    [
        pytest.param(0, 8, DayPart.DAY, id="monday-at-eight"),
        pytest.param(0, 16, DayPart.DAY, id="until-five"),
        pytest.param(0, 17, DayPart.EVENING, id="then-the-evening"),
        pytest.param(4, 22, DayPart.EVENING, id="friday-at-ten"),
        pytest.param(5, 12, DayPart.WEEKEND, id="saturday-noon"),
        pytest.param(6, 23, DayPart.NIGHT, id="sunday-night"),
        pytest.param(0, 7, DayPart.NIGHT, id="until-eight"),
    ],
)
def test_parts_of_the_week(day: int, hour: int, part: DayPart) -> None:
    assert part_of(day * 24 + hour) is part


def test_agreements_hold_from_their_adoption_on() -> None:
    known = _admission()
    assert known.admits(BY_DAY, datetime(2025, 12, 31, 23, tzinfo=UTC))  # nothing was agreed yet
    assert not known.admits(BY_DAY, NIGHT)
    assert known.admits("unknown-unit", NIGHT)
    assert (known.units_of("elv-hoog"), known.units_of("grz")) == (2, 0)


def test_a_unit_leaves_with_the_agreements_that_lack_it() -> None:
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    both, one = agreements(unit("a", CareType.SEH), unit("b", CareType.SEH)), agreements(unit("a", CareType.SEH))
    rows = [
        {"appended_at": begins + timedelta(days=day), "adopted": {"agreements": each.model_dump(mode="json")}}
        for day, each in enumerate((both, one, both))
    ]
    known = Admission(rows)
    assert known.left("b", begins) == begins + timedelta(days=1)
    assert known.left("b", begins + timedelta(days=1)) is None
    assert known.left("a", begins) is None
