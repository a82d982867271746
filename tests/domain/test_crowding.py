"""Crowding: the eight measures, levels with hysteresis, simultaneous stops, and proposals that wait for a person."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

import pytest

from spoedplein.testing.builders import EVENING, SITE, actor, arrived, left, seh_triaged, site, treated, unit
from spoedplein_schemas.agreements import ServicePoint
from spoedplein_schemas.ambulance import AmbulanceArrived, PatientHandedOver
from spoedplein_schemas.crowding import (
    LapseReason,
    LevelChanged,
    MeasureState,
    ProposalAnswer,
    ProposalAnswered,
    ProposalConfirmed,
    ProposalLapsed,
    ProposalMade,
    ProposalOver,
    ProposalRejected,
    RejectionGround,
    StopEnding,
)
from spoedplein_schemas.decisions import CommandRefused, PatientImmediate, Refusal
from spoedplein_schemas.seh import Departure, Disposition, DispositionDecided, StatusReported
from spoedplein_schemas.views import EscalationBoard
from spoedplein_schemas.vocabulary import (
    CareType,
    CrowdingLevel,
    CrowdingMeasure,
    Frozen,
    ProposalKind,
    Role,
    StopReason,
    UnitStatus,
)
from tests.domain.story import Story

SEH: Final = CareType.SEH
OTHER: Final = "rotterdam-zuid"


def at(minutes: float) -> datetime:
    return EVENING + timedelta(minutes=minutes)


def region(**rule: Any) -> Story:  # noqa: ANN401  pydantic checks
    """Two SEHs with ten places each; levels at once and with few cases, unless said otherwise."""
    crowding = {"places": 10, "cases_min": 1, "up_minutes": 0, "down_minutes": 10, **rule}
    return Story(
        *(unit(f"seh-{name}", SEH, site=name) for name in (SITE, OTHER)),
        sites=[site(name, ServicePoint(care_type=SEH)) for name in (SITE, OTHER)],
        crowding=[{"site": SITE, **crowding}, {"site": OTHER, **crowding}],
        escalation={"down_minutes": 10},
    )


def says(present: int, boarding: int, when: datetime, *, status: str = "open", where: str = SITE) -> StatusReported:
    stopped = status == "stop"
    return StatusReported(
        site=where,
        status=UnitStatus(status),
        observed_at=when,
        present=present,
        boarding_ward=boarding,
        reason=StopReason.CROWDING if stopped else None,
        expected_end=when + timedelta(minutes=60) if stopped else None,
    )


def measured(story: Story, which: CrowdingMeasure) -> Any:  # noqa: ANN401
    level = story.board(SITE).crowding
    assert level is not None
    return next(each for each in level.measures if each.measure is which)


def visit(name: str, *, triage: float = 2, seen: float = 10, out: float | None = None) -> list[Frozen]:
    said: list[Frozen] = [arrived(name, at(0)), seh_triaged(name, "orange", at(triage)), treated(name, at(seen))]
    return said if out is None else [*said, left(name, at(out))]


def admit(name: str, minutes: float) -> DispositionDecided:
    return DispositionDecided(visit=name, site=SITE, disposition=Disposition.ADMIT, decided_at=at(minutes))


def offload(minutes: float) -> list[Frozen]:
    return [
        AmbulanceArrived(ride="rit-1", site=SITE, arrived_at=at(0)),
        PatientHandedOver(ride="rit-1", site=SITE, handed_over_at=at(minutes)),
    ]


@pytest.mark.parametrize(
    ("which", "said", "value", "state"),
    [
        pytest.param("offload", offload(15), 15, "calm", id="offload of a quarter"),
        pytest.param("offload", offload(16), 16, "crowded", id="offload above a quarter"),
        pytest.param("left-unseen", [arrived("v-1", at(0)), left("v-1", at(9), departure=Departure.LEFT_UNSEEN)],
                     100, "crowded", id="left without being seen"),
        pytest.param("left-unseen", visit("v-1", out=60), 0, "calm", id="left after treatment"),
        pytest.param("triage-delay", visit("v-1", triage=5), 5, "calm", id="triage after five minutes"),
        pytest.param("triage-delay", visit("v-1", triage=6), 6, "crowded", id="triage after six"),
        pytest.param("occupancy", [says(10, 0, at(230))], 100, "calm", id="every place taken"),
        pytest.param("occupancy", [says(11, 0, at(230))], 110, "crowded", id="more patients than places"),
        pytest.param("occupancy", visit("v-1"), 10, "calm", id="without a report: our own count"),
        pytest.param("length-of-stay", visit("v-1", out=239), 239, "calm", id="out within four hours"),
        pytest.param("emergent-wait", visit("v-1", seen=30), 30, "calm", id="orange seen within half an hour"),
        pytest.param("emergent-wait", visit("v-1", seen=31), 31, "crowded", id="orange seen after it"),
        pytest.param("emergent-wait", visit("v-1")[:2], 240, "crowded", id="orange not seen at all"),
        pytest.param("admitted-still-here", [*visit("v-1", out=220), admit("v-1", 100)], 0, "calm",
                     id="gone two hours after the decision to admit"),
        pytest.param("admitted-still-here", [*visit("v-1"), admit("v-1", 100)], 100, "crowded",
                     id="still there after two hours"),
        pytest.param("boarding", [says(10, 1, at(230))], 10, "calm", id="one in ten boards"),
        pytest.param("boarding", [says(9, 1, at(230))], 11, "crowded", id="more than one in ten"),
        pytest.param("boarding", [*visit("v-1"), admit("v-1", 200)], 100, "crowded", id="boarding: our own count"),
        pytest.param("offload", visit("v-1"), None, "unknown", id="no ambulance was ever heard of: unknown"),
    ],
)  # fmt: skip
def test_each_measure_is_counted_from_events(which: str, said: Sequence[Frozen], value: int | None, state: str) -> None:
    story = region(validity_minutes=240)
    story.jumps(at(235))
    story.all_say(said)
    story.restarts()
    story.jumps(at(240))
    story.ticks()

    found = measured(story, CrowdingMeasure(which))

    assert (found.value, found.state) == (value, state)


EVENING_OF_FOUR: Final[tuple[Frozen, ...]] = (
    *visit("v-1", triage=3, seen=41, out=90),
    *visit("v-2", triage=8)[:2],
    *visit("v-3", out=80),
    admit("v-3", 30),
    admit("v-2", 60),
    left("v-4", at(70), departure=Departure.LEFT_UNSEEN),
    arrived("v-4", at(20)),
    *offload(22),
    says(9, 2, at(95)),
    says(7, 1, at(85)),
)


@pytest.mark.parametrize("seed", range(20))
def test_the_measures_follow_from_the_facts_in_whatever_order_and_however_often_they_are_heard(seed: int) -> None:
    chance, shown = Random(seed), []  # noqa: S311  an order, not a secret
    mixed = chance.sample([*EVENING_OF_FOUR, *EVENING_OF_FOUR[::2]], k=len(EVENING_OF_FOUR) + len(EVENING_OF_FOUR[::2]))
    for said in (EVENING_OF_FOUR, mixed):
        story = region(validity_minutes=240)
        story.jumps(at(98))
        story.all_say(said)
        story.jumps(at(100))
        story.ticks()
        level = story.board(SITE).crowding
        assert level is not None
        shown.append([(each.measure, each.value, each.cases, each.state) for each in level.measures])

    assert shown[0] == shown[1]


def test_a_repeated_word_is_no_sign_of_life() -> None:
    story = region(validity_minutes=15)
    said = visit("v-1")
    story.all_say(said)
    story.passes(minutes=20)
    story.all_say(said)
    story.ticks(minutes=1)

    assert measured(story, CrowdingMeasure.TRIAGE_DELAY).state is MeasureState.UNKNOWN


def test_too_few_cases_are_not_crowded_and_a_silent_source_is_unknown() -> None:
    story = region(cases_min=2)
    story.all_say(visit("v-1", triage=9))
    story.ticks(minutes=5)
    assert measured(story, CrowdingMeasure.TRIAGE_DELAY).state is MeasureState.FEW
    story.ticks(minutes=61)
    assert measured(story, CrowdingMeasure.TRIAGE_DELAY).state is MeasureState.UNKNOWN


def crowds(story: Story, minutes: int, *, boarding: int = 5) -> list[Any]:
    """Reports of a full house, every five minutes."""
    decided = []
    for _ in range(minutes // 5):
        story.passes(minutes=5)
        decided += story.says(says(20 if boarding else 1, boarding, story.now))
    return decided


def levels(decided: Sequence[object], *, where: str | None = SITE) -> list[CrowdingLevel]:
    return [each.level for each in decided if isinstance(each, LevelChanged) and each.site == where]


def test_a_level_is_reached_after_its_minutes_and_left_after_its_minutes_below() -> None:
    story = region(yellow_from=1, orange_from=2, red_from=8, up_minutes=10, down_minutes=20)
    assert levels(crowds(story, 10)) == []
    assert levels(crowds(story, 10)) == [CrowdingLevel.ORANGE]
    assert levels(crowds(story, 20, boarding=0)) == []
    assert levels(crowds(story, 15, boarding=0)) == [CrowdingLevel.GREEN]


def test_unknown_measures_neither_raise_nor_lower_a_level() -> None:
    story = region(yellow_from=1, orange_from=2, red_from=8, validity_minutes=15)
    crowds(story, 10)
    quiet = [decided for _ in range(12) for decided in story.ticks(minutes=10)]

    assert levels(quiet) == []
    assert measured(story, CrowdingMeasure.OCCUPANCY).state is MeasureState.UNKNOWN
    shown = story.board(SITE).crowding
    assert shown is not None
    assert shown.level is CrowdingLevel.ORANGE


def proposal(story: Story, kind: ProposalKind) -> str:
    story.published()
    board = story.newest[b"rijnmond/escalation"]
    assert isinstance(board, EscalationBoard)
    return next(each.proposal for each in board.proposals if each.kind is kind)


def crowded() -> tuple[Story, list[Any]]:
    story = region(yellow_from=1, orange_from=2, red_from=8)
    return story, crowds(story, 10)


@pytest.mark.parametrize(
    ("role", "outcome"),
    [(Role.NURSE, "confirmed"), (Role.COORDINATOR, "confirmed"), (Role.PROVIDER, "refused"), (Role.GP, "refused")],
)
def test_only_an_agreed_role_confirms(role: Role, outcome: str) -> None:
    story, made = crowded()
    assert story.one(made, ProposalMade).kind is ProposalKind.WARNING
    name = proposal(story, ProposalKind.WARNING)

    (answer,) = story.says(ProposalConfirmed(proposal=name, confirmed_at=story.now, by=actor(role)))

    if outcome == "confirmed":
        assert isinstance(answer, ProposalAnswered)
        assert answer.answer is ProposalAnswer.CONFIRMED
    else:
        assert isinstance(answer, CommandRefused)
        assert answer.refusal is Refusal.ROLE_NOT_AGREED


def test_nothing_is_done_by_itself_and_silence_lets_a_proposal_lapse() -> None:
    story, _ = crowded()
    before = story.unit(f"seh-{SITE}").status
    lapsed = story.one(crowds(story, 20), ProposalLapsed)

    assert lapsed.reason is LapseReason.NO_ANSWER
    assert story.unit(f"seh-{SITE}").status is before
    assert [each.kind for each in crowds(story, 70) if isinstance(each, ProposalMade)] == [ProposalKind.WARNING]


def test_a_rejection_closes_it_and_a_late_or_other_answer_is_refused() -> None:
    story, _ = crowded()
    name = proposal(story, ProposalKind.WARNING)
    no = ProposalRejected(proposal=name, rejected_at=story.now, by=actor(), ground=RejectionGround.NOT_NEEDED)
    yes = ProposalConfirmed(proposal=name, confirmed_at=story.now, by=actor())

    assert story.one(story.says(no), ProposalAnswered).ground is RejectionGround.NOT_NEEDED
    assert story.says(no) == []
    assert story.one(story.says(yes), CommandRefused).refusal is Refusal.PROPOSAL_CLOSED
    unknown = yes.model_copy(update={"proposal": "rijnmond.999.0"})
    assert story.one(story.says(unknown), CommandRefused).refusal is Refusal.UNKNOWN_PROPOSAL


def test_what_was_confirmed_is_said_to_be_over_when_the_level_is_left() -> None:
    story, _ = crowded()
    name = proposal(story, ProposalKind.WARNING)
    story.says(ProposalConfirmed(proposal=name, confirmed_at=story.now, by=actor()))

    assert story.one(crowds(story, 40, boarding=0), ProposalOver).proposal == name


def test_two_stops_at_once_raise_the_region_and_ask_the_neighbour() -> None:
    story = region()
    first = story.says(says(1, 0, story.now, status="stop"))
    second = story.says(says(1, 0, story.now, status="stop", where=OTHER))

    assert levels(first, where=None) == [CrowdingLevel.YELLOW]
    assert levels(second, where=None) == [CrowdingLevel.ORANGE]
    assert story.one(second, ProposalMade).kind is ProposalKind.NEIGHBOUR


def test_a_stop_that_ends_is_told_before_it_lapses_and_holds_back_nobody_in_danger() -> None:
    story = region()
    story.says(says(1, 0, story.now, status="stop"))
    decided = story.all_say([arrived("v-red", story.now), seh_triaged("v-red", "red", story.now)])
    assert any(isinstance(each, PatientImmediate) for each in decided)

    assert story.one(story.ticks(minutes=45), StopEnding).until == at(60)
    assert [each for each in story.ticks(minutes=10) if isinstance(each, StopEnding)] == []
