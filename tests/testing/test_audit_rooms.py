"""The auditor of rooms: a true story passes, and each lie about it is found."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.testing.auditor import audit
from spoedplein.testing.builders import REGION, SITE, Script, agreements, arrived, seh_triaged, site, unit, urgency
from spoedplein_schemas import Decision
from spoedplein_schemas.agreements import ServicePoint
from spoedplein_schemas.rooms import (
    RoomAssigned,
    RoomCleaned,
    RoomConflict,
    RoomExclusion,
    RoomExclusionCode,
    RoomLacking,
    RoomProposalEnded,
    RoomProposed,
)
from spoedplein_schemas.vocabulary import CareType

SEH: Final = CareType.SEH


def evening() -> tuple[list[Record], list[Decision]]:
    """One free room for two patients, one of them in danger of life; in the other one two are written down."""
    story = Script()
    story.adopts(
        agreements(
            unit("seh", SEH, site=SITE),
            sites=[site(SITE, ServicePoint(care_type=SEH))],
            rooms=[{"id": "kamer", "site": SITE, "home": "seh", "count": 2}],
            room_rules=[{"site": SITE}],
        )
    )
    for room in ("kamer-1", "kamer-2"):
        story.says(RoomCleaned(site=SITE, room=room, cleaned_at=story.now))
    for case in ("v-0", "v-00"):
        story.says(RoomAssigned(site=SITE, room="kamer-2", service=SEH, case=case, assigned_at=story.now))
    for case, code in (("v-1", "yellow"), ("v-red", "red"), ("v-red-2", "red")):
        story.says(arrived(case, story.now))
        story.says(seh_triaged(case, code, story.now))
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
    assert {RoomProposed, RoomProposalEnded, RoomLacking, RoomConflict} <= kinds
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
        pytest.param(RoomConflict, lambda _: {"cases": ("v-0", "v-1")}, "I9", "by the facts", id="others lie there"),
        pytest.param(RoomConflict, lambda _: {"room": "kamer-1"}, "I9", "that is not told", id="in another room"),
    ],
)  # fmt: skip
def test_a_lie_is_found(kind: type[Any], lie: Callable[[Any], dict[str, Any]], invariant: str, words: str) -> None:
    violations = audit(*changed(kind, lie))

    assert any(found.invariant == invariant and words in found.message for found in violations), violations


def test_two_in_one_room_of_whom_nothing_is_told_are_missed() -> None:
    log, decisions = evening()
    told = [each for each in decisions if not isinstance(each.data, RoomConflict)]

    assert [(found.invariant, found.message) for found in audit(log, told)] == [
        ("I9", "kamer-2 at schiedam has ['v-0', 'v-00'] by the facts, and that is not told")
    ]
