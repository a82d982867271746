"""A stay in a no-label bed: asked for its label when it stays away, and followed by a request that names it."""

from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from spoedplein.testing.builders import EVENING, OWNER, accepted, admitted, capacity, labelled, request, unit
from spoedplein_schemas.decisions import PlacementOffered
from spoedplein_schemas.request_decisions import FlowOnLinked, LabelDue
from spoedplein_schemas.vocabulary import CareType
from tests.domain.story import Story

ELV, NO_LABEL = CareType.ELV_HOOG, CareType.ONGELABELD
TERM: Final = 600


def at(minutes: float) -> datetime:
    return EVENING + timedelta(minutes=minutes)


class Staying(Story):
    """r-1 was admitted to the no-label bed at minute 10; a label is due within ten hours."""

    def __init__(self, care_type: CareType = NO_LABEL) -> None:
        super().__init__(unit("bed", care_type), unit("elv", ELV), placement={"label_minutes": TERM})
        self.all_say([capacity("bed", 1, at(0)), capacity("elv", 1, at(0))])
        self.lies("r-1", self.says(request("r-1", (care_type,), at(0))))

    def lies(self, name: str, decided: list[Any]) -> None:
        offer = self.one(decided, PlacementOffered)
        self.says(accepted(name, offer.offer, self.now))
        self.jumps(self.now + timedelta(minutes=10))
        self.says(admitted(name, offer.unit, self.now))

    def due(self, hours: int) -> list[LabelDue]:
        """What is asked in so many hours."""
        return [made for _ in range(hours) for made in self.ticks(hours=1) if isinstance(made, LabelDue)]


@pytest.mark.parametrize("restart", [False, True], ids=["", "after a restart"])
def test_the_owner_is_asked_again_and_again_and_then_no_more(*, restart: bool) -> None:
    story = Staying()
    if restart:
        story.restarts()
    asked = story.due(80)

    assert [(each.owner, each.unit, each.reminders, each.admitted_at) for each in asked] == [
        (OWNER, "bed", number, at(10)) for number in range(1, 6)
    ]
    assert [each.review_at is None for each in asked] == [False] * 4 + [True]
    assert story.core.state.requests == {}, "forgotten a day after the last reminder"


@pytest.mark.parametrize(
    ("labelled_after", "reminders"),
    [pytest.param(5, 0, id="in time"), pytest.param(15, 1, id="after the first reminder")],
)
def test_a_label_ends_the_asking_and_its_stay_is_remembered_for_a_day_more(labelled_after: int, reminders: int) -> None:
    story = Staying()
    before = story.due(labelled_after)
    story.says(labelled("r-1", "bed", ELV, story.now))
    after = story.due(20)

    assert (len(before), after) == (reminders, [])
    assert list(story.core.state.requests) == ["r-1"]
    story.ticks(hours=5)
    assert story.core.state.requests == {}


def test_a_bed_with_a_label_of_its_own_needs_none() -> None:
    assert Staying(CareType.GRZ).due(30) == []


def test_a_request_that_follows_names_the_stay_and_ends_the_asking_when_its_patient_moves() -> None:
    story = Staying()
    follows = request("r-2", (ELV,), story.now).model_copy(update={"follows": "r-1"})
    decided = story.says(follows)
    linked = story.one(decided, FlowOnLinked)
    assert (linked.follows, linked.unit, linked.label) == ("r-1", "bed", None)
    story.lies("r-2", decided)

    assert story.due(30) == []


def test_a_request_that_follows_what_we_do_not_know_is_served_all_the_same() -> None:
    story = Staying()
    decided = story.says(request("r-2", (ELV,), story.now).model_copy(update={"follows": "r-9"}))

    assert (story.one(decided, FlowOnLinked).unit, story.one(decided, PlacementOffered).unit) == (None, "elv")
