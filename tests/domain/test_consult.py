"""Meedenkadvies: never without somebody asked and a next deadline, and ended only by an answer or by who asked."""

import itertools
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoedplein.domain.consult import KEEP_MS
from spoedplein.testing.builders import EVENING, OWNER, actor
from spoedplein_schemas.consult import ConsultAnswered, ConsultAsked, ConsultCancelled, ConsultOutcome
from spoedplein_schemas.decisions import (
    ConsultClosed,
    ConsultEscalated,
    ConsultOpened,
    ConsultPostponed,
    ConsultReminded,
)
from spoedplein_schemas.views import ConsultsBoard, OpenConsult
from spoedplein_schemas.vocabulary import Frozen, Role
from tests.domain.story import Story, thorough

MINUTE: Final = timedelta(minutes=1)
DUTY, BACKUP = "geriater-dienst", "geriater-achterwacht"
RULE: Final = {
    "specialty": "geriatrie",
    "asked": [DUTY, BACKUP],
    "answer_minutes": 30,
    "remind_minutes": 20,
    "escalate_minutes": 15,
}
ADVICE, CALL_BACK = ConsultOutcome.ADVICE, ConsultOutcome.CALL_BACK


def house(*rules: dict[str, Any]) -> Story:
    return Story(consults=list(rules) or [RULE])


def at(minutes: float) -> datetime:
    return EVENING + minutes * MINUTE


def asks(minutes: float = 0, *, name: str = "m-1", specialty: str = "geriatrie", by: float | None = None) -> Frozen:
    answer_by = None if by is None else at(by)
    return ConsultAsked(
        consult=name, case="c-1", specialty=specialty, asked_at=at(minutes), by=actor(Role.GP), answer_by=answer_by
    )


def answers(minutes: float, outcome: ConsultOutcome = ADVICE) -> Frozen:
    return ConsultAnswered(consult="m-1", outcome=outcome, answered_at=at(minutes), by=actor(Role.SPECIALIST))


def withdraws(minutes: float) -> Frozen:
    return ConsultCancelled(consult="m-1", cancelled_at=at(minutes), by=actor(Role.GP))


def board(story: Story) -> tuple[OpenConsult, ...]:
    story.published()
    found = story.newest[b"rijnmond/consults"]
    assert isinstance(found, ConsultsBoard)
    return found.consults


@pytest.mark.parametrize(
    ("rules", "specialty", "owner", "minutes"),
    [
        pytest.param([RULE], "geriatrie", DUTY, 30, id="agreed for the specialty"),
        pytest.param([RULE], "cardiologie", OWNER, 30, id="not agreed: the region's owner, in the default term"),
        pytest.param([{"asked": ["dienst"], "answer_minutes": 45}], "cardiologie", "dienst", 45, id="for all others"),
        pytest.param([], "cardiologie", OWNER, 30, id="nothing agreed at all"),
    ],
)
def test_who_is_asked_and_by_when(rules: list[dict[str, Any]], specialty: str, owner: str, minutes: int) -> None:
    story = Story(consults=rules)
    opened = story.one(story.says(asks(specialty=specialty)), ConsultOpened)

    assert (opened.owner, opened.answer_by) == (owner, at(minutes))


#: What is said at which minute; then who was told what, at which minute.
COURSES: Final = [
    # said                                     told                                                          ends
    pytest.param([(9, answers(9))], [(9, "answered in time")], "closed", id="answered at once: nobody is reminded"),
    pytest.param([(25, answers(25))], [(20, "reminded geriater-dienst"), (25, "answered in time")], "closed",
                 id="after the reminder"),
    pytest.param([(40, answers(40))],
                 [(20, "reminded geriater-dienst"), (31, "to geriater-achterwacht"), (40, "answered late")],
                 "closed", id="too late: the next of the line was asked, his answer counts all the same"),
    pytest.param([(40, answers(28))],
                 [(20, "reminded geriater-dienst"), (31, "to geriater-achterwacht"), (40, "answered in time")],
                 "closed", id="answered in time, heard too late"),
    pytest.param([], [(20, "reminded geriater-dienst"), (31, "to geriater-achterwacht"),
                      (46, "to geriater-achterwacht"), (76, "to geriater-achterwacht")],
                 "open", id="never answered: the last of the line is asked again, ever less often, and it stays open"),
    pytest.param([(10, answers(10, CALL_BACK))], [(10, "calls back by 40"), (41, "to geriater-achterwacht"),
                                                  (56, "to geriater-achterwacht"), (86, "to geriater-achterwacht")],
                 "open", id="calls back: one more term, and no more than that"),
    pytest.param([(10, answers(10, CALL_BACK)), (20, answers(20))],
                 [(10, "calls back by 40"), (20, "answered in time")], "closed", id="calls back, and does"),
    pytest.param([(10, answers(10, CALL_BACK)), (12, answers(10, CALL_BACK)), (20, answers(20))],
                 [(10, "calls back by 40"), (20, "answered in time")], "closed", id="the same promise twice is one"),
    pytest.param([(5, withdraws(5)), (6, answers(6))], [(5, "withdrawn")], "closed", id="withdrawn: an answer is late"),
    pytest.param([(9, answers(9)), (11, withdraws(11))], [(9, "answered in time")], "closed", id="answered first"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "told", "ends"), COURSES)
def test_the_course_of_a_consult(said: list[tuple[int, Frozen]], told: list[tuple[int, str]], ends: str) -> None:
    story = house()
    story.says(asks())
    found: list[tuple[int, str]] = []
    for minute in range(1, 100):
        decided = story.ticks(minutes=1)
        decided += story.all_say(data for moment, data in said if moment == minute)
        found += [(minute, _word(each)) for each in decided]
        if minute % 9 == 0:
            story.restarts()

    assert found == told
    assert (len(board(story)) == 1) == (ends == "open")


def _word(data: object) -> str:
    match data:
        case ConsultReminded():
            return f"reminded {data.owner}"
        case ConsultEscalated():
            return f"to {data.owner}"
        case ConsultPostponed():
            return f"calls back by {(data.answer_by - EVENING) // MINUTE}"
        case ConsultClosed(outcome=None):
            return "withdrawn"
        case ConsultClosed():
            return "answered in time" if data.within_term else "answered late"
    return type(data).__name__


@pytest.mark.parametrize(
    ("by", "reminded"),
    [
        pytest.param(60, True, id="the asker can wait an hour: reminded after the agreed time, due at his"),
        pytest.param(10, False, id="he needs it in ten minutes: that is before a reminder"),
    ],
)
def test_the_asker_may_name_his_own_term(by: int, reminded: bool) -> None:
    story = house()
    opened = story.one(story.says(asks(by=by)), ConsultOpened)
    decided = story.ticks(minutes=by) if not reminded else story.ticks(minutes=20)

    assert opened.answer_by == at(by)
    assert any(isinstance(each, ConsultReminded) for each in decided) == reminded
    assert [type(each) for each in story.ticks(minutes=by)] == [ConsultEscalated]


@pytest.mark.parametrize(
    "ends", [[answers(8)], [withdraws(8)], [answers(4, CALL_BACK), answers(8)]], ids=["answer", "withdrawal", "both"]
)
def test_every_order_ends_closed_with_the_same_wait(ends: list[Frozen]) -> None:
    for order in itertools.permutations([asks(), *ends]):
        story = house()
        story.passes(minutes=9)
        decided = story.all_say([*order, *order])

        assert story.one(decided, ConsultClosed).waited_seconds == 480
        assert board(story) == ()


def test_an_answer_before_its_question_does_no_harm_and_is_kept_for_a_day() -> None:
    story = house()
    assert story.says(answers(0)) == []
    story.restarts()
    story.ticks(seconds=KEEP_MS // 1000)

    assert story.core.state.consults == {}


def test_the_board_has_the_first_deadline_first() -> None:
    story = house()
    story.all_say([asks(), asks(name="m-2", by=12), asks(name="m-3", by=90)])

    assert [(each.consult, each.next_deadline) for each in board(story)] == [
        ("m-2", at(12)),
        ("m-1", at(20)),
        ("m-3", at(20)),
    ]


@thorough
@given(
    said=st.lists(
        st.tuples(st.sampled_from(["ask", "advise", "call-back", "withdraw", "wait"]), st.integers(0, 3),
                  st.integers(-5, 90)),
        max_size=25,
    )
)  # fmt: skip
def test_an_open_consult_always_has_somebody_asked_and_a_next_deadline(said: list[tuple[str, int, int]]) -> None:
    story = house()
    for what, who, minutes in said:
        name = f"m-{who}"
        moment = story.now - timedelta(minutes=max(0, 5 - minutes))
        match what:
            case "ask":
                story.says(ConsultAsked(consult=name, case="c-1", specialty="geriatrie", asked_at=moment, by=actor()))
            case "withdraw":
                story.says(ConsultCancelled(consult=name, cancelled_at=moment, by=actor()))
            case "wait":
                story.ticks(minutes=max(1, minutes))
            case _:
                outcome = CALL_BACK if what == "call-back" else ADVICE
                story.says(ConsultAnswered(consult=name, outcome=outcome, answered_at=moment, by=actor()))
        now = story.now
        assert all(each.owner and each.next_deadline >= now for each in board(story))
        open_now = {name for name, each in story.core.state.consults.items() if each.asked and not each.closed_at}
        assert {each.consult for each in board(story)} == open_now
