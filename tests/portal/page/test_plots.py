"""What was free over time, as a line: whole where the figure holds, broken where it is unknown."""

from datetime import UTC, datetime, timedelta

import pytest

from spoedplein.portal.api.units import UnitNow
from spoedplein.portal.page.plots import plot, region_map
from spoedplein.store.lookups import Sample
from spoedplein_schemas.agreements import Place
from spoedplein_schemas.vocabulary import UnitStatus

SINCE = datetime(2026, 1, 10, 12, tzinfo=UTC)
UNTIL = SINCE + timedelta(hours=10)


def sample(hour: int, free: int | None, valid_until: int | None = None) -> Sample:
    return Sample(
        status="open",
        reason=None,
        staffed=4,
        reported_free=free,
        free=free,
        held=0,
        promised=0,
        observed_at=None,
        valid_until=None if valid_until is None else SINCE + timedelta(hours=valid_until),
        as_of=SINCE + timedelta(hours=hour),
        version=hour,
    )


@pytest.mark.parametrize(
    ("said", "samples", "pieces", "unknown", "most"),
    [
        ("nothing was said", [], 0, 0, 1),
        ("one figure until the end; before it, unknown", [sample(2, 3)], 1, 1, 3),
        ("two figures are one line with a step", [sample(0, 3), sample(5, 1)], 1, 0, 3),
        ("a figure grows old before the next one", [sample(0, 3, 4), sample(5, 1)], 2, 1, 3),
        ("a figure grows old, and nothing follows", [sample(0, 2, 4)], 1, 1, 2),
        ("unknown between two figures", [sample(0, 3), sample(4, None), sample(5, 1)], 2, 1, 3),
        ("none free is a line at the bottom", [sample(0, 0)], 1, 0, 1),
    ],
)
def test_the_line_is_whole_where_a_figure_holds(  # noqa: PLR0917  the row
    said: str, samples: list[Sample], pieces: int, unknown: int, most: int
) -> None:
    drawn = plot("elv-een", samples, since=SINCE, until=UNTIL)

    assert (said, drawn.steps.count("M"), len(drawn.unknown), drawn.most) == (said, pieces, unknown, most)


def test_the_highest_figure_stands_free_of_the_edge_and_none_free_on_the_axis() -> None:
    drawn = plot("elv-een", [sample(0, 3), sample(5, 0)], since=SINCE, until=UNTIL)

    assert drawn.steps == "M34.0,12.0H337.0V112.0H640.0"


@pytest.mark.parametrize(
    ("units", "free", "tone"),
    [
        pytest.param([("open", 2), ("warning", 1)], 3, "free", id="both take"),
        pytest.param([("open", 0), ("stop", 2)], 0, "stop", id="behind a stop there is no place"),
        pytest.param([("closed", 2)], 0, "full", id="nor behind a closing"),
        pytest.param([("open", 1), ("closed", 2)], 1, "free", id="one takes"),
        pytest.param([(None, 1)], 1, "free", id="whose status is not shared"),
        pytest.param([("stop", None)], None, "unknown", id="nobody knows"),
    ],
)
def test_a_spot_of_the_map_tells_what_is_free_for_somebody(
    units: list[tuple[str | None, int | None]], free: int | None, tone: str
) -> None:
    there = [
        UnitNow.model_construct(
            unit=f"elv-{number}",
            name=None,
            site=None,
            place=Place(lat=51.9, lon=4.4),
            status=None if status is None else UnitStatus(status),
            free=places,
        )
        for number, (status, places) in enumerate(units)
    ]

    drawn = region_map(there, [])

    assert drawn is not None
    assert [(spot.free, spot.tone) for spot in drawn.spots] == [(free, tone)]
