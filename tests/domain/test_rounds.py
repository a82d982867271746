"""A "report now" round: who was asked, who answered, who is silent, in whatever order it is heard."""

import itertools
from datetime import timedelta
from typing import Any, Final

import pytest

from spoedplein.domain.rounds import KEEP_MS
from spoedplein.testing.builders import (
    EVENING,
    OWNER,
    SITE,
    actor,
    agreements,
    cancelled,
    capacity,
    request,
    site,
    unit,
)
from spoedplein_schemas import seh
from spoedplein_schemas.capacity import ReportAnswered, ReportAsked
from spoedplein_schemas.decisions import PlacementExhausted, RoundClosed, RoundCompleted, RoundOpened, RoundReminded
from spoedplein_schemas.views import RoundsBoard, RoundView
from spoedplein_schemas.vocabulary import CareType, Frozen, UnitStatus
from tests.domain.story import Story

ELV, RESPIJT = CareType.ELV_HOOG, CareType.RESPIJT
MINUTE: Final = timedelta(minutes=1)
ROUND: Final = "avondronde"
AGREED: Final = {"answer_minutes": 30, "remind_minutes": 20}


def house(**agreed: Any) -> Story:  # noqa: ANN401  pydantic checks
    units = (unit("elv-een", ELV), unit("elv-twee", ELV), unit("respijt", RESPIJT))
    seh_unit = unit("seh", CareType.SEH, site=SITE)
    return Story(*units, seh_unit, sites=[site()], rounds=AGREED | agreed)


def asks(*care_types: CareType, minutes: float = 0, name: str = ROUND) -> ReportAsked:
    return ReportAsked(ask=name, asked_at=EVENING + minutes * MINUTE, by=actor(), care_types=care_types)


def reports(name: str, minutes: float, *, answers: str | None = None) -> Frozen:
    return capacity(name, 1, EVENING + minutes * MINUTE, answers=answers)


def stands(name: str, minutes: float, *, ask: str = ROUND) -> ReportAnswered:
    return ReportAnswered(ask=ask, unit=name, observed_at=EVENING + minutes * MINUTE)


def board(story: Story) -> tuple[RoundView, ...]:
    story.published()
    found = story.newest[b"rijnmond/rounds"]
    assert isinstance(found, RoundsBoard)
    return found.rounds


@pytest.mark.parametrize(
    ("asked", "units"),
    [
        pytest.param((), ("elv-een", "elv-twee", "respijt", "seh"), id="nothing named: everybody"),
        pytest.param((ELV,), ("elv-een", "elv-twee"), id="one care type: its units"),
        pytest.param((RESPIJT, ELV), ("elv-een", "elv-twee", "respijt"), id="two care types: the units of both"),
        pytest.param((ELV, ELV), ("elv-een", "elv-twee"), id="named twice: asked once"),
    ],
)
def test_who_is_asked(asked: tuple[CareType, ...], units: tuple[str, ...]) -> None:
    opened = house().says(asks(*asked))

    assert [(each.units, each.answered) for each in opened if isinstance(each, RoundOpened)] == [(units, 0)]


#: Asked at 0, answer by 30. Times are minutes by the source; each row is heard before the end.
ANSWERS: Final = [
    # what is heard of elv-een                          before the question   after it      does it answer?
    pytest.param([], [reports("elv-een", 4)], True, id="a figure counted since: yes"),
    pytest.param([], [reports("elv-een", -4)], False, id="a figure counted before, in late: no"),
    pytest.param([reports("elv-een", -4)], [], False, id="a figure that we had: no, a newer one is asked"),
    pytest.param([reports("elv-een", 1)], [], True, id="counted since, heard before the question: yes"),
    pytest.param([], [reports("elv-een", -4, answers=ROUND)], True, id="names the round, by a slow clock: yes"),
    pytest.param([reports("elv-een", -4, answers=ROUND)], [], True, id="names the round, heard before it: yes"),
    pytest.param([], [reports("elv-een", -4, answers="ochtend")], False, id="names another round: no"),
    pytest.param([], [stands("elv-een", 4)], True, id="nothing newer, the last figure stands: yes"),
    pytest.param([stands("elv-een", -4)], [], True, id="that, heard before the question: yes"),
    pytest.param([], [stands("elv-een", 4, ask="ochtend")], True, id="said to another round, but since: yes"),
    pytest.param([], [reports("elv-een", 4), reports("elv-een", 4)], True, id="said twice: once is enough"),
    pytest.param([], [stands("respijt", 4)], False, id="another unit, not asked: no"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "answers"), ANSWERS)
def test_what_counts_as_an_answer(before: list[Frozen], after: list[Frozen], answers: bool) -> None:
    story = house()
    story.passes(minutes=5)
    story.all_say([*before, asks(ELV), *after])
    story.restarts()

    (shown,) = [view for view in board(story) if view.round == ROUND]
    assert shown.outstanding == (("elv-twee",) if answers else ("elv-een", "elv-twee"))


def test_a_seh_answers_with_its_status() -> None:
    story = house()
    opened = story.says(asks(CareType.SEH))
    status = seh.StatusReported(site=SITE, status=UnitStatus.OPEN, observed_at=EVENING + MINUTE)

    assert story.one(opened, RoundOpened).units == ("seh",)
    assert story.one(story.says(status), RoundCompleted).asked == 1


#: Minutes after the question at which elv-een and elv-twee answer; none: never.
COURSES: Final = [
    # answers           decisions, by minute                                                  completeness
    pytest.param((2, 5), [(5, "completed")], "2/2", id="both at once: complete, nobody is reminded"),
    pytest.param((2, 25), [(20, "reminded"), (25, "completed")], "2/2", id="one late: reminded, then complete"),
    pytest.param((2, 30), [(20, "reminded"), (30, "completed")], "2/2", id="at the last moment is in time"),
    pytest.param((2, None), [(20, "reminded"), (31, "closed 50%")], "1/2", id="one silent: closed, half complete"),
    pytest.param((2, 45), [(20, "reminded"), (31, "closed 50%")], "2/2", id="after the close: shown, not decided"),
    pytest.param((None, None), [(20, "reminded"), (31, "closed 0%")], "0/2", id="all silent: closed, and said so"),
]


@pytest.mark.parametrize(("answers", "decided", "shown"), COURSES)
def test_the_course_of_a_round(
    answers: tuple[int | None, int | None], decided: list[tuple[int, str]], shown: str
) -> None:
    story = house()
    story.says(asks(ELV))
    told: list[tuple[int, str]] = []
    for minute in range(1, 61):
        found = story.ticks(minutes=1)
        for name, answer in zip(("elv-een", "elv-twee"), answers, strict=True):
            if answer == minute:
                found += story.says(reports(name, minute, answers=ROUND))
        told += [(minute, _word(each)) for each in found if _word(each)]
        if minute % 7 == 0:
            story.restarts()

    (view,) = board(story)
    assert told == decided
    assert f"{view.answered}/{view.asked}" == shown


def _word(data: object) -> str:
    match data:
        case RoundReminded():
            return "reminded"
        case RoundCompleted():
            return "completed"
        case RoundClosed():
            return f"closed {data.percent}%"
    return ""


def test_those_who_are_silent_are_named() -> None:
    story = house()
    story.says(asks(ELV))
    story.says(reports("elv-twee", 0))

    assert story.one(story.ticks(minutes=20), RoundReminded).outstanding == ("elv-een",)
    closed = story.one(story.ticks(minutes=10, seconds=1), RoundClosed)
    assert (closed.outstanding, closed.asked, closed.answered) == (("elv-een",), 2, 1)


def test_a_clock_that_wakes_late_tells_only_the_end() -> None:
    story = house()
    story.says(asks(ELV))

    assert [type(each) for each in story.ticks(hours=3)] == [RoundClosed]


def test_the_same_question_twice_is_one_round() -> None:
    story = house()
    decided = story.all_say([asks(ELV), asks(ELV)])
    story.ticks(hours=1)

    assert [type(each) for each in decided] == [RoundOpened]
    assert story.says(asks(ELV)) == [], "not even when it has closed"


def test_a_round_without_units_is_complete_at_once() -> None:
    opened, completed = house().says(asks(CareType.GRZ))

    assert (opened.units, completed.asked, completed.took_seconds) == ((), 0, 0)


def test_every_order_of_question_and_answers_ends_the_same() -> None:
    facts = [asks(ELV), reports("elv-een", -1, answers=ROUND), stands("elv-twee", 2), reports("elv-twee", 1)]
    for order in itertools.permutations(facts):
        story = house()
        story.passes(minutes=5)
        decided = story.all_say([*order, *order])

        assert [type(each) for each in decided].count(RoundCompleted) == 1
        assert [(view.answered, view.asked) for view in board(story)] == [(2, 2)]


def test_a_unit_that_leaves_the_agreements_is_waited_for_no_more() -> None:
    story = house()
    story.all_say([asks(ELV), reports("elv-een", 0)])
    decided = story.adopts(agreements(unit("elv-een", ELV), version="2026.2", rounds=AGREED))

    assert story.one(decided, RoundCompleted).asked == 1
    story.ticks(seconds=KEEP_MS // 1000)
    assert story.says(capacity("elv-twee", 1, story.now)) == [], "nor when the round is forgotten"


def test_a_unit_that_leaves_the_agreements_is_not_asked_for_whom_it_had_no_place() -> None:
    """He is looked for again by the old agreements in the turn in which the new ones come."""
    agreed: dict[str, Any] = {"when_exhausted": True, "rest_minutes": 10}
    story = house(**agreed)
    story.says(request("r-1", (ELV,), story.now))
    story.passes(minutes=31)
    decided = story.adopts(agreements(unit("elv-een", ELV), version="2026.2", rounds=AGREED | agreed))

    exhausted = [each.excluded for each in decided if isinstance(each, PlacementExhausted)]
    assert [exclusion.unit for exclusion in exhausted[0]] == ["elv-een", "elv-twee"]
    assert story.one(decided, RoundOpened).units == ("elv-een",)


def test_a_round_is_forgotten_a_day_after_its_end_and_so_is_an_answer_to_none() -> None:
    story = house()
    story.all_say([asks(ELV), reports("elv-een", 0), reports("elv-twee", 0), stands("respijt", 0, ask="nooit")])
    story.restarts()
    story.ticks(seconds=KEEP_MS // 1000 - 1)
    assert set(story.core.state.rounds) == {ROUND, "nooit"}
    story.ticks(seconds=1)

    assert story.core.state.rounds == {}
    assert board(story) == ()


#: elv-een is full, elv-twee was last seen too long ago; a request for ELV finds nothing.
AUTOMATIC: Final = [
    # agreed                                        asked of                 why
    pytest.param({}, [], id="nothing agreed: nobody is asked by itself"),
    pytest.param({"when_exhausted": True}, [("elv-twee",)], id="agreed: only whose figure is unknown"),
]


@pytest.mark.parametrize(("agreed", "asked"), AUTOMATIC)
def test_a_request_without_a_place_may_open_a_round(agreed: dict[str, Any], asked: list[tuple[str, ...]]) -> None:
    story = house(**agreed)
    story.says(capacity("elv-een", 0, story.now))
    decided = story.says(request("r-1", (ELV,), story.now))
    again = story.says(request("r-2", (ELV,), story.now))

    assert [each.units for each in decided if isinstance(each, RoundOpened)] == asked
    assert [each.request for each in decided if isinstance(each, RoundOpened)] == ["r-1"] * len(asked)
    assert not [each for each in again if isinstance(each, RoundOpened)], "a unit that was asked is left to answer"


def test_after_the_agreed_rest_it_is_asked_again() -> None:
    story = house(when_exhausted=True, rest_minutes=60)
    story.says(request("r-1", (RESPIJT,), story.now))
    story.ticks(minutes=60)
    assert not [each for each in story.says(request("r-2", (RESPIJT,), story.now)) if isinstance(each, RoundOpened)]
    story.restarts()
    story.ticks(minutes=1)

    assert story.one(story.says(request("r-3", (RESPIJT,), story.now)), RoundOpened).units == ("respijt",)


@pytest.mark.parametrize("restart", [False, True], ids=["straight on", "after a restart"])
@pytest.mark.parametrize(
    ("hours", "asked"), [pytest.param(71, False, id="it rests still"), pytest.param(73, True, id="it has rested")]
)
def test_a_rest_of_days_outlasts_the_round(*, hours: int, asked: bool, restart: bool) -> None:
    story = house(when_exhausted=True, rest_minutes=72 * 60)
    story.all_say([request("r-1", (RESPIJT,), story.now), cancelled("r-1", story.now)])
    story.ticks(hours=1)
    story.ticks(hours=hours - 1)
    assert story.core.state.rounds == {}
    if restart:
        story.restarts()
    decided = story.says(request("r-2", (RESPIJT,), story.now))

    assert any(isinstance(each, RoundOpened) for each in decided) is asked


def test_the_answer_to_an_automatic_round_finds_the_place() -> None:
    story = house(when_exhausted=True)
    opened = story.one(story.says(request("r-1", (RESPIJT,), story.now)), RoundOpened)
    story.passes(minutes=4)
    decided = [type(each).__name__ for each in story.says(capacity("respijt", 1, story.now, answers=opened.round))]

    assert decided == ["PlacementOffered", "RoundCompleted"]
    assert story.requests()["r-1"].owner == OWNER
