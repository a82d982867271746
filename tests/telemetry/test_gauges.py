"""Gauges say what the newest views say; what a region agrees on no more leaves no figure behind."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest
from pydantic import BaseModel

from spoedplein.telemetry import gauges
from spoedplein.telemetry.metrics import Metrics
from spoedplein_schemas.crowding import LapseReason, ProposalLapsed
from spoedplein_schemas.examples import DECISION_EXAMPLES
from spoedplein_schemas.views import CareTypeAvailability, EscalationBoard, SiteBoard

NOW: Final = datetime(2026, 1, 10, 19, tzinfo=UTC)
OF_REGION: Final = {"region": "rijnmond", "as_of": NOW, "version": 1}
LEVEL: Final = {"level": "orange", "since": NOW, "measures": []}
PROPOSAL: Final = {"proposal": "rijnmond.1.0", "site": "schiedam", "since": NOW, "answer_by": NOW, "roles": ["nurse"]}


def plein(**more: Any) -> SiteBoard:  # noqa: ANN401  pydantic checks
    fields = {"site": "schiedam", "status": "open", "queues": [], "underway": []}
    return SiteBoard.model_validate(OF_REGION | fields | more)


def escalation(**more: Any) -> EscalationBoard:  # noqa: ANN401  pydantic checks
    return EscalationBoard.model_validate(OF_REGION | {"sites_stopped": 0, "sites": [], "proposals": []} | more)


FULL: Final = plein(
    rooms=[
        {"room": "kamer-1", "home": "seh", "use": "free"},
        {"room": "kamer-2", "home": "seh", "use": "taken"},
        {"room": "spreek", "home": "hap", "use": "cleaning"},
    ],
    crowding=LEVEL,
)
RED: Final = escalation(
    level="red",
    proposals=[
        {**PROPOSAL, "kind": "stop", "confirmed": False},
        {**PROPOSAL, "kind": "divert", "confirmed": True},
    ],
)


def look(metrics: Metrics, *views: BaseModel) -> dict[str, float]:
    """Every gauge of rooms, levels and proposals after these views, as `name{labels}`; kinds without one left out."""
    for view in views:
        gauges.show(metrics, view, now_ms=0)
    found = {}
    for family in metrics.registry.collect():
        for sample in family.samples:
            if family.name.removeprefix("spoedplein_") in {"free_rooms", "crowding_level", "open_proposals"}:
                labels = "/".join(value for name, value in sample.labels.items() if name != "region")
                found[f"{family.name.removeprefix('spoedplein_')} {labels}".strip()] = sample.value
    return {name: value for name, value in found.items() if value or not name.startswith("open_proposals")}


ALL: Final = {
    "free_rooms schiedam/seh": 1.0,
    "free_rooms schiedam/hap": 0.0,
    "crowding_level schiedam": 2.0,
    "crowding_level": 3.0,
    "open_proposals stop": 1.0,
}


@pytest.mark.parametrize(
    ("then", "gone"),
    [
        pytest.param((), set(), id="as the views say"),
        pytest.param((plein(rooms=[{"room": "spreek", "home": "hap", "use": "free"}], crowding=LEVEL),),
                     {"free_rooms schiedam/seh"}, id="one side has no rooms any more"),
        pytest.param((plein(),), {"free_rooms schiedam/seh", "free_rooms schiedam/hap", "crowding_level schiedam"},
                     id="neither rooms nor a level any more"),
        pytest.param((escalation(),), {"crowding_level", "open_proposals stop"}, id="no level of the region any more"),
    ],
)  # fmt: skip
def test_a_gauge_is_there_as_long_as_a_view_says_it(then: tuple[BaseModel, ...], gone: set[str]) -> None:
    metrics = Metrics()

    assert look(metrics, FULL, RED) == ALL
    assert set(look(metrics, *then)) == set(ALL) - gone


@pytest.mark.parametrize(
    ("view", "left"),
    [
        pytest.param(FULL, {"crowding_level", "open_proposals stop"}, id="a site"),
        pytest.param(RED, set(ALL) - {"crowding_level", "open_proposals stop"}, id="all that is proposed"),
    ],
)
def test_a_view_that_is_gone_takes_its_gauges_along(view: BaseModel, left: set[str]) -> None:
    metrics = Metrics()
    look(metrics, FULL, RED)

    gauges.retire(metrics, view)

    assert set(look(metrics)) == left


def test_what_nobody_knows_has_no_age() -> None:
    metrics = Metrics()
    counts = {"units": 1, "units_known": 1, "units_warning": 0, "units_stop": 0, "units_closed": 0, "free": 0}
    known = CareTypeAvailability.model_validate(
        OF_REGION | counts | {"care_type": "elv-hoog", "oldest_observed_at": NOW}
    )
    labels = {"region": "rijnmond", "care_type": "elv-hoog"}

    def ages(view: CareTypeAvailability) -> float | None:
        gauges.show(metrics, view, now_ms=1000 * round(NOW.timestamp()) + 90_000)
        return metrics.registry.get_sample_value("spoedplein_oldest_figure_age_seconds", labels)

    assert ages(known) == 90
    assert ages(known.model_copy(update={"units_known": 0, "oldest_observed_at": None})) is None


@pytest.mark.parametrize(("reason", "counted"), [(reason, reason is LapseReason.NO_ANSWER) for reason in LapseReason])
def test_a_proposal_that_is_needed_no_more_was_not_left_unanswered(reason: LapseReason, counted: bool) -> None:
    metrics, lapsed = Metrics(), DECISION_EXAMPLES[ProposalLapsed]
    data = lapsed.data.model_copy(update={"reason": reason})
    gauges.observe(metrics, lapsed.model_copy(update={"data": data}))
    found = metrics.registry.get_sample_value("spoedplein_proposals_unanswered_total", {"region": lapsed.region})
    assert (found or 0) == counted
