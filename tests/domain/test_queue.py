"""Waiting at the HAP and the SEH: who is next, by when, and what is told; against a naive recount.

"In the end" for one patient means: where he stands (rank, start of waiting, norm), or that he waits no longer. It
follows from the facts alone, whatever their order and however often each is said.
"""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoedplein.domain.queue import KEEP_MS, RANKS
from spoedplein.testing.builders import (
    EVENING,
    SITE,
    Script,
    arrived,
    called,
    closed,
    left,
    registered,
    retriaged,
    seh_retriaged,
    seh_triaged,
    site,
    treated,
    triaged,
)
from spoedplein_schemas.agreements import QueuePolicy, ServicePoint
from spoedplein_schemas.decisions import (
    NormBreached,
    PatientGone,
    PatientImmediate,
    PatientQueued,
    PatientTaken,
    ReassessmentDue,
)
from spoedplein_schemas.hap import ContactOutcome
from spoedplein_schemas.views import QueueBoard
from spoedplein_schemas.vocabulary import CareType, Frozen, UrgencySystem, millis
from tests.domain.story import Story, thorough

HAP, SEH = CareType.HAP, CareType.SEH
MINUTE: Final = timedelta(minutes=1)
CODES: Final = {0: "U1", 1: "U2", 2: "U3", 3: "U4", 4: "U5", 5: None}


def at(minutes: float) -> datetime:
    return EVENING + minutes * MINUTE


def waiting_room(*points: ServicePoint, start: datetime = EVENING) -> Story:
    return Story(sites=[site(SITE, *points)], board_size=1000, start=start)


def accumulating(*rates: int) -> ServicePoint:
    return ServicePoint(care_type=HAP, policy=QueuePolicy.ACCUMULATING, rates=rates)


def queue_of(story: Story, service: CareType = HAP) -> QueueBoard:
    """As it would be shown at the log's time."""
    return story.core.parts.queues.board(SITE, service, now=story.core.now)


def next_up(story: Story, service: CareType = HAP) -> list[str]:
    return [waiting.case for waiting in queue_of(story, service).next]


def comes(story: Story, case: str, code: str | None, since: datetime) -> list[Any]:
    said: list[Frozen] = [registered(case, since)]
    if code is not None:
        said.append(triaged(case, code, since))
    return story.all_say(said)


# --- order --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "order"),
    [
        pytest.param([("a", "U3", 0), ("b", "U3", 1)], "a b", id="one class: by arrival"),
        pytest.param([("a", "U3", 1), ("b", "U3", 0)], "b a", id="one class: by arrival, not by the order heard"),
        pytest.param([("a", "U3", 0), ("b", "U2", 9)], "b a", id="the more urgent class first"),
        pytest.param([("a", "U5", 0), ("b", "U4", 1), ("c", "U3", 2), ("d", "U2", 3)], "d c b a", id="every class"),
        pytest.param([("a", None, 0), ("b", "U5", 9)], "b a", id="not triaged yet: after every class"),
        pytest.param([("b", "U3", 0), ("a", "U3", 0)], "a b", id="the same moment: by name, whatever was heard first"),
        pytest.param([("a", "U3", 0), ("b", "U1", 9)], "a", id="life-threatening: outside the order"),
    ],
)
def test_the_strict_policy_takes_class_by_class(who: list[tuple[str, str | None, int]], order: str) -> None:
    story = waiting_room(start=at(10))
    for case, code, minutes in who:
        comes(story, case, code, at(minutes))

    assert next_up(story) == order.split()


@pytest.mark.parametrize(
    ("rates", "who", "order"),
    [
        pytest.param((0, 4, 2, 1, 1, 1), [("a", "U2", 51), ("b", "U3", 0)], "b a", id="100 min x 2 beats 49 min x 4"),
        pytest.param((0, 4, 2, 1, 1, 1), [("a", "U2", 49), ("b", "U3", 0)], "a b", id="51 min x 4 beats 100 min x 2"),
        pytest.param((0, 4, 2, 1, 1, 1), [("a", "U3", 0), ("b", "U2", 50)], "b a", id="equal scores: the urgent class"),
        pytest.param((0, 4, 2, 0, 0, 0), [("a", "U4", 0), ("b", "U3", 99)], "b a", id="a class that gains nothing"),
        pytest.param((), [("a", "U2", 60), ("b", "U3", 0)], "b a", id="no rates agreed: half the class above"),
    ],
)
def test_the_accumulating_policy_weighs_the_time_waited(
    rates: tuple[int, ...], who: list[tuple[str, str, int]], order: str
) -> None:
    story = waiting_room(accumulating(*rates), start=at(100))
    for case, code, minutes in who:
        comes(story, case, code, at(minutes))

    assert next_up(story) == order.split()


PATIENTS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(-5, 3_000)), min_size=1, max_size=14
)  # (rank, seconds since the start; below zero: by a clock ahead, after now)
RATES = st.one_of(st.just(()), st.lists(st.integers(0, 5), min_size=1, max_size=6).map(tuple))


def naive_order(patients: Sequence[tuple[str, int, int]], point: ServicePoint, *, now_ms: int) -> list[str]:
    """Again and again the patient with the most points among all who wait, life-threatening apart."""
    rates = [*point.rates, *(2 ** (5 - rank) for rank in RANKS[len(point.rates) :])]

    def points(patient: tuple[str, int, int]) -> tuple[float, ...]:
        _, rank, since_ms = patient
        weight = 0 if point.policy is QueuePolicy.STRICT else rates[rank] * max(0, now_ms - since_ms)
        return (-weight, rank, since_ms)

    waiting = [patient for patient in patients if patient[1] > 0]
    return [case for case, _, _ in sorted(waiting, key=lambda patient: (*points(patient), patient[0]))]


@thorough
@given(PATIENTS, RATES, st.sampled_from(QueuePolicy))
def test_the_order_is_total_and_is_that_of_a_naive_recount(
    who: list[tuple[int, int]], rates: tuple[int, ...], policy: QueuePolicy
) -> None:
    """Heads of classes compared, against every patient compared; nobody is lost and nobody is twice on the board."""
    point = ServicePoint(care_type=HAP, policy=policy, rates=rates)
    story = waiting_room(point, start=at(50))
    patients = []
    for number, (rank, seconds_ago) in enumerate(who):
        case, since = f"c-{number:02}", story.now - timedelta(seconds=seconds_ago)
        comes(story, case, CODES[rank], since)
        patients.append((case, rank, millis(since)))
    board = queue_of(story)

    assert [waiting.case for waiting in board.next] == naive_order(patients, point, now_ms=story.now_ms)
    assert sorted((*board.immediate, *(waiting.case for waiting in board.next))) == [case for case, _, _ in patients]
    assert [queue.length for queue in board.classes] == [
        0 if rank == 0 else sum(rank == theirs for _, theirs, _ in patients) for rank in RANKS
    ]


@thorough
@given(PATIENTS, RATES, st.sampled_from(QueuePolicy))
def test_the_position_told_is_the_place_in_that_order(
    who: list[tuple[int, int]], rates: tuple[int, ...], policy: QueuePolicy
) -> None:
    point = ServicePoint(care_type=HAP, policy=policy, rates=rates)
    story = waiting_room(point, start=at(50))
    patients: list[tuple[str, int, int]] = []
    for number, (rank, seconds_ago) in enumerate(who):
        case, since = f"c-{number:02}", story.now - timedelta(seconds=seconds_ago)
        patients.append((case, rank, millis(since)))
        told = [data for data in comes(story, case, CODES[rank], since) if isinstance(data, PatientQueued)]
        if rank > 0:
            order = naive_order(patients, point, now_ms=story.now_ms)
            before = order[: order.index(case)]
            by_rank = [sum(theirs == other for name, theirs, _ in patients if name in before) for other in RANKS]
            assert (told[-1].position, list(told[-1].ahead)) == (len(before) + 1, by_rank)


def test_a_rank_is_stable_who_came_first_stays_before_who_came_later() -> None:
    story = waiting_room()
    for number in range(20):
        comes(story, f"c-{number:02}", "U3", story.passes(seconds=1))
    for number in range(0, 20, 3):
        story.says(called(f"c-{number:02}", story.now))

    assert next_up(story) == [f"c-{number:02}" for number in range(20) if number % 3]


def test_the_board_shows_as_many_as_agreed_and_counts_all() -> None:
    story = Story(sites=[site()], board_size=2)
    for number in range(5):
        comes(story, f"c-{number}", "U3", at(number))

    assert next_up(story) == ["c-0", "c-1"]
    assert queue_of(story).classes[2].length == 5


def test_queues_of_sites_and_services_are_apart() -> None:
    story = Story(sites=[site("schiedam"), site("venlo")])
    story.all_say([registered("c-1", at(0)), registered("c-1", at(0), at_site="venlo"), arrived("c-1", at(0))])
    story.says(called("c-1", at(1)))

    boards = {place: story.board(place).queues for place in ("schiedam", "venlo")}
    assert [[len(queue.next) for queue in boards[place]] for place in boards] == [[0, 1], [1, 0]]


# --- what is told -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["U0", "U1"])
def test_a_life_threatening_patient_is_told_of_at_once_and_stands_before_everybody(code: str) -> None:
    story = waiting_room()
    comes(story, "c-1", "U2", at(0))
    told = comes(story, "c-2", code, at(0))

    assert story.one(told, PatientImmediate).urgency.code == code
    assert queue_of(story).immediate == ("c-2",)
    assert next_up(story) == ["c-1"]


@pytest.mark.parametrize("policy", QueuePolicy)
@pytest.mark.parametrize("full", [0, 50])
def test_nothing_ever_delays_a_life_threatening_patient(policy: QueuePolicy, full: int) -> None:
    """No queue length, no policy and no breach of another changes what is decided for him."""
    story = waiting_room(ServicePoint(care_type=HAP, policy=policy))
    for number in range(full):
        comes(story, f"c-{number:02}", "U2", at(0))
    story.ticks(hours=3)

    assert isinstance(story.one(comes(story, "rood", "U1", story.now), PatientImmediate), PatientImmediate)


@pytest.mark.parametrize(
    ("second", "told", "rank", "due"),
    [
        pytest.param(retriaged("c-1", "U2", at(10)), PatientQueued, 1, at(60), id="up a class: the norm from arrival"),
        pytest.param(retriaged("c-1", "U4", at(10)), PatientQueued, 3, at(1440), id="down a class"),
        pytest.param(retriaged("c-1", "U5", at(10)), PatientQueued, 4, None, id="down to a class without norm"),
        pytest.param(retriaged("c-1", "U1", at(10)), PatientImmediate, None, None, id="up to life-threatening"),
        pytest.param(retriaged("c-1", "U3", at(10)), None, 2, at(240), id="the same again: nothing to tell"),
        pytest.param(retriaged("c-1", "U2", at(1)), None, 2, at(240), id="an older assessment trails in"),
        pytest.param(retriaged("c-1", "U2", at(5)), PatientQueued, 1, at(60), id="of the same moment: more urgent"),
        pytest.param(retriaged("c-1", "U4", at(5)), None, 2, at(240), id="of the same moment: less urgent"),
    ],
)
def test_re_triage_moves_a_patient_and_keeps_his_time_of_arrival(
    second: Frozen, told: type[Frozen] | None, rank: int | None, due: datetime | None
) -> None:
    story = waiting_room(start=at(10))
    story.all_say([registered("c-1", at(0)), triaged("c-1", "U3", at(5))])
    decided = story.says(second)
    standing = [(waiting.rank, waiting.due_at, waiting.since) for waiting in queue_of(story).next]

    assert [type(data) for data in decided] == ([] if told is None else [told])
    assert standing == ([] if rank is None else [(rank, due, at(0))])


def test_a_patient_who_is_better_leaves_the_immediate_ones_and_queues() -> None:
    story = waiting_room()
    comes(story, "c-1", "U1", at(0))
    told = story.says(retriaged("c-1", "U3", story.passes(minutes=5)))

    assert story.one(told, PatientQueued).rank == 2
    assert (queue_of(story).immediate, next_up(story)) == ((), ["c-1"])


def test_an_urgency_leaves_as_it_came() -> None:
    story = waiting_room()
    assigned = triaged("c-1", "U2", at(1)).urgency.model_copy(update={"proposed_code": "U4", "version": "2025-beta"})
    story.says(registered("c-1", at(0)))
    queued = story.one(story.says(triaged("c-1", "U2", at(1)).model_copy(update={"urgency": assigned})), PatientQueued)
    (breach,) = story.ticks(minutes=61)
    taken = story.one(story.says(called("c-1", story.now)), PatientTaken)

    assert queued.urgency == breach.urgency == taken.urgency == assigned


@pytest.mark.parametrize(
    ("ends", "told", "waited_seconds"),
    [
        pytest.param(called("c-1", at(59)), PatientTaken, 59 * 60, id="called"),
        pytest.param(closed("c-1", at(30), ContactOutcome.LEFT_UNSEEN), PatientGone, 30 * 60, id="left unseen"),
        pytest.param(closed("c-1", at(2), ContactOutcome.OWN_GP), PatientGone, 120, id="to his own GP"),
    ],
)
def test_the_end_of_waiting_is_told_once(ends: Frozen, told: type[Any], waited_seconds: int) -> None:
    story = waiting_room(start=at(59))
    comes(story, "c-1", "U2", at(0))
    (data,) = story.says(ends)

    assert (type(data), data.waited_seconds) == (told, waited_seconds)
    assert story.says(ends) == []
    assert story.says(closed("c-1", at(120))) == [], "closing after care began is nothing new"
    assert queue_of(story).next == ()


# --- norms --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "code", "norm_minutes"),
    [
        pytest.param(HAP, None, None, id="HAP, before triage: none"),
        pytest.param(HAP, "U2", 60, id="HAP U2: within the hour"),
        pytest.param(HAP, "U3", 240, id="HAP U3: within hours"),
        pytest.param(HAP, "U4", 1440, id="HAP U4: within a day"),
        pytest.param(HAP, "U5", None, id="HAP U5: next working day, no norm"),
        pytest.param(SEH, None, 10, id="SEH, before triage: ten minutes"),
        pytest.param(SEH, "orange", 10, id="SEH orange"),
        pytest.param(SEH, "yellow", 60, id="SEH yellow"),
        pytest.param(SEH, "green", 120, id="SEH green"),
        pytest.param(SEH, "blue", 240, id="SEH blue"),
    ],
)
def test_the_breach_of_a_norm_is_told_once_and_only_after_it_has_passed(
    service: CareType, code: str | None, norm_minutes: int | None
) -> None:
    story = waiting_room()
    begins, assigns = (registered, triaged) if service is HAP else (arrived, seh_triaged)
    story.says(begins("c-1", at(0)))
    if code is not None:
        story.says(assigns("c-1", code, at(0)))
    if norm_minutes is None:
        assert story.ticks(hours=72) == []
        return
    story.jumps(at(norm_minutes))
    assert story.ticks() == []
    (breach,) = story.ticks(seconds=1)

    assert (breach.due_at, breach.waited_seconds) == (at(norm_minutes), norm_minutes * 60 + 1)
    assert story.ticks(hours=48) == []
    assert sum(queue.breaches for queue in queue_of(story, service).classes) == 1


@pytest.mark.parametrize(
    ("minutes", "within"),
    [pytest.param(59, True, id="before"), pytest.param(60, True, id="at"), pytest.param(61, False, id="after")],
)
def test_who_is_taken_within_his_norm_is_not_said_to_have_breached_it(minutes: int, *, within: bool) -> None:
    """The norm and the call may fall on the same millisecond; then both say "in time"."""
    story = waiting_room()
    comes(story, "c-1", "U2", at(0))
    story.jumps(at(minutes))
    decided = story.says(called("c-1", story.now))

    assert story.one(decided, PatientTaken).within_norm is within
    assert any(isinstance(data, NormBreached) for data in decided) is not within


def test_a_new_class_is_a_new_norm_and_may_be_breached_in_its_turn() -> None:
    """U3 breached after four hours; as U2 the hour had long passed: told at once; back as U3: told before."""
    story = waiting_room()
    comes(story, "c-1", "U3", at(0))
    assert [data.due_at for data in story.ticks(minutes=241)] == [at(240)]
    told = story.says(retriaged("c-1", "U2", story.passes(minutes=1)))
    assert [type(data) for data in told] == [PatientQueued, NormBreached]
    assert told[1].due_at == at(60)

    assert [type(data) for data in story.says(retriaged("c-1", "U3", story.passes(minutes=1)))] == [PatientQueued]
    assert story.ticks(hours=9) == []


@pytest.mark.parametrize("restart", [False, True], ids=["straight on", "after a restart"])
def test_a_breach_told_before_a_restart_is_not_told_again(restart: bool) -> None:
    story = waiting_room()
    comes(story, "c-1", "U2", at(0))
    story.ticks(minutes=61)
    if restart:
        story.restarts()

    assert story.ticks(hours=5) == []
    assert queue_of(story).classes[1].breaches == 1


def test_a_norm_is_not_told_twice_when_the_registration_is_heard_late() -> None:
    """First only the triage was heard; the wait turns out to be longer, and the norm is breached as it was."""
    story = waiting_room()
    story.says(triaged("c-1", "U2", at(0)))
    assert [data.due_at for data in story.ticks(minutes=61)] == [at(60)]

    assert story.says(registered("c-1", at(-20))) == []
    assert queue_of(story).next[0].breached
    assert story.ticks(hours=5) == []


def test_the_next_deadline_of_a_class_is_the_first_norm_that_can_still_be_met() -> None:
    """The one at the head is past his, and U2 and orange share a rank with other norms."""
    story = waiting_room()
    comes(story, "c-1", "U2", at(0))
    comes(story, "c-2", "U2", at(30))
    comes(story, "c-3", "orange", at(40))
    story.jumps(at(45))
    story.ticks()
    assert queue_of(story).classes[1].next_due_at == at(50), "orange may wait ten minutes"
    story.jumps(at(61))
    story.ticks()

    assert (queue_of(story).classes[1].next_due_at, queue_of(story).classes[1].breaches) == (at(90), 2)


# --- looked at again, left unseen, side by side -------------------------------------------------------------------


def looked_at(*minutes: int) -> ServicePoint:
    return ServicePoint(care_type=HAP, reassess_minutes=minutes)


@pytest.mark.parametrize("restart", [False, True], ids=["straight on", "after a restart"])
def test_a_re_assessment_is_told_once_for_each_due_moment(restart: bool) -> None:
    story = waiting_room(looked_at(0, 15, 30))
    comes(story, "c-1", "U3", at(0))
    assert story.ticks(minutes=29) == []
    (due,) = story.ticks(minutes=1)
    if restart:
        story.restarts()

    assert (due.due_at, due.assessed_at, due.missed) == (at(30), at(0), 1)
    assert story.ticks(minutes=29) == []
    assert [data.due_at for data in story.ticks(minutes=1)] == [at(60)]


@pytest.mark.parametrize(
    ("said", "told_at"),
    [
        pytest.param(retriaged("c-1", "U3", at(20)), [50], id="looked at again, the same: thirty minutes from then"),
        pytest.param(retriaged("c-1", "U2", at(20)), [35, 50], id="looked at again, worse: fifteen"),
        pytest.param(retriaged("c-1", "U1", at(20)), [], id="now: no re-assessment to wait for"),
        pytest.param(retriaged("c-1", "U5", at(20)), [], id="a class for which none is agreed"),
        pytest.param(called("c-1", at(20)), [], id="waits no longer"),
    ],
)
def test_it_stops_when_somebody_looked(said: Frozen, told_at: list[int]) -> None:
    story = waiting_room(looked_at(0, 15, 30))
    comes(story, "c-1", "U3", at(0))
    story.jumps(at(20))
    story.says(said)
    told = [data for _ in range(30) for data in story.ticks(minutes=1)]

    assert [data.due_at for data in told if isinstance(data, ReassessmentDue)] == [at(minute) for minute in told_at]


def test_of_several_due_moments_that_nobody_heard_the_newest_is_told_with_their_number() -> None:
    story = waiting_room(looked_at(0, 15, 30))
    comes(story, "c-1", "U3", at(0))
    told = [data for data in story.ticks(minutes=100) if isinstance(data, ReassessmentDue)]

    assert [(data.due_at, data.missed) for data in told] == [(at(90), 3)]


def test_who_left_without_being_seen_is_told_as_such_and_counted_for_a_day() -> None:
    story = waiting_room()
    for name in ("c-1", "c-2", "c-3"):
        comes(story, name, "U3", at(0))
    gone = story.one(story.says(closed("c-1", story.passes(minutes=50), ContactOutcome.LEFT_UNSEEN)), PatientGone)
    story.says(closed("c-2", story.now, ContactOutcome.OWN_GP))
    story.says(closed("c-3", story.now, ContactOutcome.LEFT_UNSEEN))

    assert gone.left_unseen
    assert queue_of(story).left_unseen == 2
    story.says(called("c-3", at(40)))
    assert queue_of(story).left_unseen == 1, "he was seen, it turns out"
    story.ticks(hours=25)
    assert queue_of(story).left_unseen == 0


def test_scales_stand_side_by_side_and_none_is_rewritten() -> None:
    """The newest sorts him; what another professional assigned on his scale stays as it was."""
    story = waiting_room(start=at(30))
    comes(story, "c-1", "U3", at(0))
    story.says(retriaged("c-1", "orange", at(9)))
    (shown,) = queue_of(story).next

    assert (shown.rank, shown.urgency and shown.urgency.code) == (1, "orange")
    assert [urgency.code for urgency in shown.beside] == ["U3"]


def test_a_position_is_told_with_who_is_before_and_since_when() -> None:
    story = waiting_room(start=at(41))
    for name, minute in (("c-1", 0), ("c-2", 10)):
        comes(story, name, "U2", at(minute))
    queued = [data for data in comes(story, "c-3", "U3", at(20)) if isinstance(data, PatientQueued)][-1]
    (before,) = queued.before

    assert (queued.position, before.count, before.code, before.oldest_since) == (3, 2, "U2", at(0))
    assert queue_of(story).next[2].ahead == (0, 2, 0, 0, 0, 0)


def test_the_next_deadline_of_a_quiet_region_is_the_next_norm() -> None:
    story = waiting_room()
    comes(story, "c-1", "U3", at(0))
    comes(story, "c-2", "U2", at(0))

    due = story.core.next_due_ms()
    assert due is not None
    assert 0 <= due - millis(at(60)) <= 1


# --- facts out of order, and twice --------------------------------------------------------------------------------

IN_THE_END: Final = (
    pytest.param([registered("c", at(0)), triaged("c", "U3", at(5))], (2, at(0)), id="waits"),
    pytest.param(
        [registered("c", at(0)), triaged("c", "U3", at(5)), retriaged("c", "U2", at(9))], (1, at(0)), id="re-triaged up"
    ),
    pytest.param(
        [registered("c", at(0)), triaged("c", "U1", at(5)), retriaged("c", "U4", at(9))], (3, at(0)), id="and down"
    ),
    pytest.param(
        [registered("c", at(0)), triaged("c", "U3", at(5)), retriaged("c", "U1", at(5))],
        ("now", at(0)),
        id="one moment",
    ),
    pytest.param([registered("c", at(0)), triaged("c", "U3", at(5)), called("c", at(20))], None, id="taken"),
    pytest.param([registered("c", at(0)), called("c", at(20)), closed("c", at(40))], None, id="taken, then closed"),
    pytest.param(
        [registered("c", at(0)), closed("c", at(40), ContactOutcome.LEFT_UNSEEN)], None, id="registered, gone unseen"
    ),
)


@pytest.mark.parametrize(("facts", "standing"), IN_THE_END)
def test_every_order_of_the_facts_ends_the_same(facts: list[Frozen], standing: tuple[Any, datetime] | None) -> None:
    for order in itertools.permutations([*facts, facts[0], facts[-1]]):
        story = waiting_room(start=at(60))
        story.all_say(order)
        board = queue_of(story)
        found = [(waiting.rank, waiting.since) for waiting in board.next] + [("now", at(0)) for _ in board.immediate]
        assert found == ([] if standing is None else [standing])


def test_who_is_taken_before_he_was_registered_never_waits() -> None:
    """The call overtook the registration: nothing is told, and nobody is left behind in the queue."""
    story = waiting_room(start=at(10))

    assert story.all_say([called("c-1", at(9)), triaged("c-1", "U2", at(1)), registered("c-1", at(0))]) == []
    assert story.ticks(hours=9) == []
    assert queue_of(story).next == ()


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param([arrived("v", at(0)), seh_triaged("v", "orange", at(4)), treated("v", at(8))], id="treated"),
        pytest.param([arrived("v", at(0)), seh_retriaged("v", "red", at(4)), left("v", at(9))], id="left"),
    ],
)
def test_the_same_holds_at_the_seh(facts: list[Frozen]) -> None:
    for order in itertools.permutations(facts):
        story = waiting_room(start=at(30))
        story.all_say([*order, *order])
        assert (queue_of(story, SEH).next, queue_of(story, SEH).immediate) == ((), ())


def test_triage_heard_before_registration_counts_the_wait_from_registration() -> None:
    story = waiting_room(start=at(10))
    story.says(triaged("c-1", "U2", at(6)))
    assert [waiting.since for waiting in queue_of(story).next] == [at(6)]
    story.says(registered("c-1", at(0)))

    assert [(waiting.since, waiting.due_at) for waiting in queue_of(story).next] == [(at(0), at(60))]


def test_a_wait_without_registration_counts_from_the_first_word_about_it() -> None:
    """However often he is looked at, and whatever trails in."""
    story = waiting_room(start=at(10))
    story.says(retriaged("c-1", "U3", at(10)))
    story.says(triaged("c-1", "U3", at(0)))
    for minute in (100, 200):
        story.jumps(at(minute))
        story.says(retriaged("c-1", "U3", at(minute)))
    assert [(waiting.since, waiting.due_at) for waiting in queue_of(story).next] == [(at(0), at(240))]
    story.restarts()
    story.jumps(at(241))

    assert [data.due_at for data in story.ticks() if isinstance(data, NormBreached)] == [at(240)]


# --- forgetting ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("restart", [False, True], ids=["straight on", "after a restart"])
def test_a_patient_is_forgotten_a_day_after_his_end_was_heard(restart: bool) -> None:
    story = waiting_room()
    comes(story, "c-1", "U2", at(0))
    story.says(called("c-1", story.passes(minutes=10)))
    if restart:
        story.restarts()
    story.ticks(seconds=KEEP_MS // 1000 - 1)
    assert story.says(registered("c-1", at(0))) == [], "a word that trails in within the day is recognised"
    story.ticks(seconds=1)

    assert story.core.state.patients == {}
    assert story.core.next_due_ms() is None


def test_who_waits_is_never_forgotten() -> None:
    story = waiting_room()
    comes(story, "c-1", "U4", at(0))
    story.ticks(hours=24 * 30)

    assert next_up(story) == ["c-1"]


# --- anything, in any order ---------------------------------------------------------------------------------------

CASES = ("c-0", "c-1", "c-2")
FACTS = st.tuples(
    st.sampled_from(("registered", "triaged", "retriaged", "called", "closed")),
    st.sampled_from(CASES),
    st.sampled_from(("U1", "U2", "U3", "U4")),
    st.integers(0, 120),
)


def fact(what: str, case: str, code: str, minute: int) -> Frozen:
    when = at(minute)
    made: dict[str, Frozen] = {
        "registered": registered(case, when),
        "triaged": triaged(case, code, when),
        "retriaged": retriaged(case, code, when),
        "called": called(case, when),
        "closed": closed(case, when),
    }
    return made[what]


@thorough
@given(st.lists(FACTS, max_size=12), st.randoms(use_true_random=False))
def test_duplicates_and_reordering_change_nothing_in_the_end(
    facts: list[tuple[str, str, str, int]], chance: Random
) -> None:
    """In the end: boards of the queue, marks of breach apart (a norm may pass before its re-triage is heard)."""
    said = [fact(*each) for each in facts]
    mixed = [*said, *chance.choices(said, k=len(said) // 2)] if said else []
    chance.shuffle(mixed)
    boards = []
    for order in (said, mixed):
        story = waiting_room(start=at(121))
        story.all_say(order)
        board = queue_of(story)
        boards.append((board.immediate, [waiting.model_dump(exclude={"breached"}) for waiting in board.next]))

    assert boards[0] == boards[1]


@thorough
@given(st.lists(FACTS, max_size=20))
def test_nobody_is_lost(facts: list[tuple[str, str, str, int]]) -> None:
    """Whoever was named and neither called nor closed is on the board, once."""
    story = waiting_room(start=at(121))
    story.all_say(fact(*each) for each in facts)
    ended = {case for what, case, _, _ in facts if what in ("called", "closed")}
    board = queue_of(story)
    shown = [*board.immediate, *(waiting.case for waiting in board.next)]

    assert sorted(shown) == sorted({case for _, case, _, _ in facts} - ended)


def test_codes_of_every_system_have_a_place_in_the_queue() -> None:
    """GGZ letters and ambulance codes may come in at a HAP; none is without a rank."""
    story = waiting_room()
    for system in UrgencySystem:
        assert all(rank.rank in RANKS for rank in story.core.parts.rules.ranks.values() if rank.system is system)


def test_a_log_that_begins_in_the_middle_has_queues_without_agreements() -> None:
    """Unknown sites queue strictly: nobody waits unseen because a file was not adopted yet."""
    script, story = Script(), Story()
    story.says(registered("c-1", script.now, at_site="elders"))

    board = story.core.parts.queues.board("elders", HAP, now=story.now_ms)
    assert board.classes[5].length == 1
