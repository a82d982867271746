"""The auditor of rooms, levels and proposals: a true story passes, and each lie about it is found."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.testing.auditor import audit
from spoedplein.testing.builders import REGION, SITE, Script, agreements, arrived, seh_triaged, site, unit, urgency
from spoedplein_schemas import Decision
from spoedplein_schemas.agreements import ServicePoint
from spoedplein_schemas.crowding import LevelChanged, MeasureState, ProposalLapsed, ProposalMade
from spoedplein_schemas.rooms import (
    RoomAssigned,
    RoomCleaned,
    RoomExclusion,
    RoomExclusionCode,
    RoomLacking,
    RoomProposalEnded,
    RoomProposed,
)
from spoedplein_schemas.seh import StatusReported
from spoedplein_schemas.vocabulary import CareType, UnitStatus

SEH: Final = CareType.SEH


def evening() -> tuple[list[Record], list[Decision]]:
    """One free room for two patients, one of them in danger of life, and a house that is too full."""
    story = Script()
    story.adopts(
        agreements(
            unit("seh", SEH, site=SITE),
            sites=[site(SITE, ServicePoint(care_type=SEH))],
            rooms=[{"id": "kamer", "site": SITE, "home": "seh", "count": 2}],
            room_rules=[{"site": SITE}],
            crowding=[{"site": SITE, "places": 10, "orange_from": 2, "up_minutes": 0, "cases_min": 1}],
        )
    )
    for room in ("kamer-1", "kamer-2"):
        story.says(RoomCleaned(site=SITE, room=room, cleaned_at=story.now))
    story.says(RoomAssigned(site=SITE, room="kamer-2", service=SEH, case="v-0", assigned_at=story.now))
    for case, code in (("v-1", "yellow"), ("v-red", "red"), ("v-red-2", "red")):
        story.says(arrived(case, story.now))
        story.says(seh_triaged(case, code, story.now))
    full = StatusReported(site=SITE, status=UnitStatus.OPEN, observed_at=story.now, present=20, boarding_ward=5)
    story.says(full)
    story.ticks(minutes=6)
    story.ticks(minutes=20)
    core = Region.empty(REGION)
    return story.records, [decision for record in story.records for decision in core.step(record)]


def changed(kind: type[Any], change: Callable[[Any], dict[str, Any]]) -> tuple[list[Record], list[Decision]]:
    """The first decision of this kind says something else."""
    log, decisions = evening()
    index = next(place for place, each in enumerate(decisions) if isinstance(each.data, kind))
    data = decisions[index].data.model_copy(update=change(decisions[index].data))
    decisions[index] = decisions[index].model_copy(update={"data": data})
    return log, decisions


def test_a_true_story_passes() -> None:
    log, decisions = evening()

    kinds = {type(decision.data) for decision in decisions}
    assert {RoomProposed, RoomProposalEnded, RoomLacking, LevelChanged, ProposalMade, ProposalLapsed} <= kinds
    assert audit(log, decisions) == []


KEPT: Final = RoomExclusion(room="kamer-1", code=RoomExclusionCode.NOT_LENT)


@pytest.mark.parametrize(
    ("kind", "lie", "invariant", "words"),
    [
        pytest.param(RoomProposed, lambda _: {"room": "kamer-2"}, "I3", "is taken", id="a room with somebody in it"),
        pytest.param(RoomProposed, lambda _: {"room": "kamer-9"}, "I9", "nothing was agreed", id="no such room"),
        pytest.param(RoomProposed, lambda _: {"follow_by": None}, "I4", "danger of life", id="would never lapse"),
        pytest.param(RoomProposed, lambda _: {"lent": True}, "I9", "lent", id="lent by nobody"),
        pytest.param(RoomProposalEnded, lambda _: {"case": "v-9"}, "I9", "there was none", id="ends what never was"),
        pytest.param(RoomLacking, lambda _: {"excluded": (KEPT,), "urgency": urgency("red")}, "I4", "kept from him",
                     id="danger of life waits"),
        pytest.param(
            LevelChanged,
            lambda data: {"measures": tuple(each.model_copy(update={"state": MeasureState.UNKNOWN, "value": None})
                                            for each in data.measures)},
            "I6", "rises", id="a level on what is unknown",
        ),
        pytest.param(LevelChanged, lambda data: {"previous": data.level}, "I9", "it was", id="a level from another"),
        pytest.param(ProposalMade, lambda data: {"answer_by": data.answer_by - timedelta(hours=1)}, "I1", "waits",
                     id="a proposal that stays open"),
        pytest.param(ProposalLapsed, lambda _: {"proposal": "rijnmond.0.9"}, "I1", "ends as if", id="lapses unmade"),
    ],
)  # fmt: skip
def test_a_lie_is_found(kind: type[Any], lie: Callable[[Any], dict[str, Any]], invariant: str, words: str) -> None:
    violations = audit(*changed(kind, lie))

    assert any(found.invariant == invariant and words in found.message for found in violations), violations
