"""A place needed by a moment: told before, told when missed; answers come in time or are not asked."""

from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from spoedplein.testing.builders import EVENING, OWNER, accepted, cancelled, capacity, late_rejected, request, unit
from spoedplein_schemas.decisions import (
    AdmissionOverdue,
    ExclusionCode,
    PlacementAccepted,
    PlacementExhausted,
    PlacementOffered,
)
from spoedplein_schemas.request_decisions import NeededByMissed, NeededByNear
from spoedplein_schemas.vocabulary import CareType
from tests.domain.story import Story

ELV: Final = CareType.ELV_HOOG


def at(minutes: float) -> datetime:
    return EVENING + timedelta(minutes=minutes)


def told(decided: list[Any]) -> list[str]:
    words = {NeededByNear: "near", NeededByMissed: "missed"}
    return [words[type(made)] for made in decided if type(made) in words]


@pytest.mark.parametrize(
    ("needed", "story_told"),
    [
        pytest.param(
            120, {60: ["near"], 121: ["missed"]}, id="in two hours: told an hour before, and when it is missed"
        ),
        pytest.param(30, {0: ["near"], 31: ["missed"]}, id="in half an hour: told at once"),
        pytest.param(-5, {0: ["missed"]}, id="asked too late: only that"),
    ],
)
def test_the_owner_hears_once_that_it_is_near_and_once_that_it_was_missed(
    needed: int, story_told: dict[int, list[str]]
) -> None:
    story = Story(unit("vol", ELV), placement={"review_minutes": 7})
    story.says(capacity("vol", 0, at(0)))
    heard = {0: told(story.says(request("r-1", (ELV,), at(0), needed_by=at(needed))))}
    for minutes in range(1, 180):
        story.jumps(at(minutes))
        heard[minutes] = told(story.ticks())

    assert {minutes: words for minutes, words in heard.items() if words} == story_told


@pytest.mark.parametrize("said", [accepted, cancelled], ids=["promised", "cancelled"])
def test_who_has_a_place_or_needs_none_is_not_told_of(said: Any) -> None:  # noqa: ANN401
    story = Story(unit("elv", ELV), placement={"admit_minutes": 500})
    story.says(capacity("elv", 1, at(0)))
    offer = story.one(story.says(request("r-1", (ELV,), at(0), needed_by=at(120))), PlacementOffered).offer
    story.says(accepted("r-1", offer, at(1)) if said is accepted else cancelled("r-1", at(1)))

    assert told(story.ticks(hours=4)) == []


@pytest.mark.parametrize(
    ("needed", "due"),
    [
        pytest.param(None, 241, id="needed at no moment: as was agreed"),
        pytest.param(300, 241, id="needed later than was agreed: as was agreed"),
        pytest.param(45, 45, id="needed sooner: by then"),
        pytest.param(1, 241, id="needed when it was promised: as was agreed"),
    ],
)
def test_who_was_promised_a_place_comes_before_he_needs_it_or_the_owner_looks(needed: int | None, due: int) -> None:
    story = Story(unit("elv", ELV))
    story.says(capacity("elv", 1, at(0)))
    needed_by = None if needed is None else at(needed)
    asked = request("r-1", (ELV,), at(0), code="U1", needed_by=needed_by)
    offer = story.one(story.says(asked), PlacementOffered).offer
    story.jumps(at(1))
    promised = story.one(story.says(accepted("r-1", offer, at(1))), PlacementAccepted)
    story.jumps(at(due) + timedelta(seconds=1))
    overdue = story.one(story.ticks(), AdmissionOverdue)

    assert (promised.admit_by, overdue.overdue_since) == (at(due), at(due))


def test_a_promise_taken_back_after_the_moment_is_told_as_missed() -> None:
    story = Story(unit("elv", ELV), placement={"admit_minutes": 500})
    story.says(capacity("elv", 1, at(0)))
    offer = story.one(story.says(request("r-1", (ELV,), at(0), needed_by=at(20))), PlacementOffered).offer
    story.says(accepted("r-1", offer, at(1)))
    story.jumps(at(30))
    missed = story.one(story.says(late_rejected("r-1", "elv", at(30))), NeededByMissed)

    assert (missed.owner, missed.needed_by) == (OWNER, at(20))


@pytest.mark.parametrize(
    ("needed", "code", "outcome"),
    [
        pytest.param(120, "U3", ("offered", 30), id="time enough: the agreed 30 minutes"),
        pytest.param(20, "U3", ("offered", 20), id="needed in 20 minutes: so long to answer"),
        pytest.param(5, "U3", ("offered", 5), id="just the least that was agreed"),
        pytest.param(4, "U3", ("needed-by", "an answer takes 5 min"), id="no time to answer: passed over"),
        pytest.param(4, "U1", ("offered", 4), id="life-threatening: asked all the same"),
        pytest.param(-1, "U3", ("offered", 30), id="it has passed: as if there were none"),
    ],
)
def test_an_answer_comes_before_the_place_is_needed_or_is_not_asked(
    needed: int, code: str, outcome: tuple[str, object]
) -> None:
    story = Story(unit("elv", ELV))
    story.says(capacity("elv", 1, at(0)))
    (made, *_) = story.says(request("r-1", (ELV,), at(0), code=code, needed_by=at(needed)))
    found: tuple[str, object]
    if isinstance(made, PlacementOffered):
        found = ("offered", (made.answer_by - at(0)) // timedelta(minutes=1))
    else:
        found = (made.excluded[0].code.value, made.excluded[0].detail)

    assert found == outcome


def test_when_the_moment_has_passed_what_was_too_late_for_it_is_looked_at_again() -> None:
    """The unit opens at 20:30, needed by 20:10: too late. At 20:10 that is missed, and at 20:30 it is asked."""
    windows = [{"from": "20:30", "until": "06:00"}]
    story = Story(unit("elv", ELV, windows=windows), placement={"review_minutes": 600})
    story.says(capacity("elv", 1, at(0)))
    first = story.one(story.says(request("r-1", (ELV,), at(0), needed_by=at(10))), PlacementExhausted)
    story.jumps(at(11))
    decided = story.ticks()
    again = story.one(decided, PlacementExhausted)

    assert [first.excluded[0].code, again.excluded[0].code] == [ExclusionCode.NEEDED_BY, ExclusionCode.OUTSIDE_WINDOW]
    assert (told(decided), again.review_at) == (["missed"], at(30))
