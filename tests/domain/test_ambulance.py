"""Ambulances under way: the newest announcement counts, and an ended ride stays ended, in any order of messages."""

import itertools
from datetime import timedelta

import pytest

from spoedplein.domain.ambulance import KEEP_MS
from spoedplein.testing.builders import EVENING, announced, site, urgency
from spoedplein_schemas.ambulance import AmbulanceArrived, PatientHandedOver, RideDispatched, RideReleased
from spoedplein_schemas.vocabulary import Frozen, UrgencySystem
from tests.domain.story import Story

HERE, THERE = "schiedam", "venlo"
MINUTE = timedelta(minutes=1)


def two_sites() -> Story:
    return Story(sites=[site(HERE), site(THERE)])


def arrives(ride: str, *, minutes: int, at_site: str = HERE) -> AmbulanceArrived:
    return AmbulanceArrived(ride=ride, site=at_site, arrived_at=EVENING + minutes * MINUTE)


def hands_over(ride: str, *, minutes: int) -> PatientHandedOver:
    return PatientHandedOver(ride=ride, site=HERE, handed_over_at=EVENING + minutes * MINUTE)


def is_released(ride: str, *, minutes: int) -> RideReleased:
    return RideReleased(ride=ride, released_at=EVENING + minutes * MINUTE)


def expected_at(story: Story, at_site: str) -> list[tuple[str, str, int]]:
    """Ride, urgency, and minutes after the start."""
    board = story.board(at_site)
    return [(way.ride, way.urgency.code, (way.eta - EVENING) // MINUTE) for way in board.underway]


def test_a_site_sees_who_comes_first_expected_first() -> None:
    story = two_sites()
    story.all_say([announced("rit-1", "A2", EVENING, minutes=20), announced("rit-2", "A1", EVENING, minutes=9)])
    story.says(announced("rit-3", "A2", EVENING, at_site=THERE))

    assert expected_at(story, HERE) == [("rit-2", "A1", 9), ("rit-1", "A2", 20)]
    assert expected_at(story, THERE) == [("rit-3", "A2", 12)]


@pytest.mark.parametrize(
    ("said", "here", "there"),
    [
        pytest.param([], [("rit-1", "A2", 12)], [], id="announced once"),
        pytest.param([announced("rit-1", "A2", EVENING)], [("rit-1", "A2", 12)], [], id="the same twice"),
        pytest.param(
            [announced("rit-1", "A1", EVENING + MINUTE, minutes=4)], [("rit-1", "A1", 5)], [], id="worse, and sooner"
        ),
        pytest.param([announced("rit-1", "A1", EVENING - MINUTE)], [("rit-1", "A2", 12)], [], id="an older one late"),
        pytest.param(
            [announced("rit-1", "A2", EVENING + MINUTE, at_site=THERE)], [], [("rit-1", "A2", 13)], id="diverted"
        ),
        pytest.param([arrives("rit-1", minutes=11)], [("rit-1", "A2", 12)], [], id="arrived, the offload goes on"),
        pytest.param([hands_over("rit-1", minutes=20)], [], [], id="handed over"),
        pytest.param([is_released("rit-1", minutes=3)], [], [], id="released on the way"),
        pytest.param(
            [hands_over("rit-1", minutes=20), announced("rit-1", "A1", EVENING + 30 * MINUTE)], [], [],
            id="announced after its end",
        ),
        pytest.param(
            [RideDispatched(ride="rit-9", urgency=urgency("A1", UrgencySystem.AMBULANCE), dispatched_at=EVENING)],
            [("rit-1", "A2", 12)], [], id="another was sent, nobody is announced",
        ),
    ],
)  # fmt: skip
def test_what_a_site_sees_after(
    said: list[Frozen], here: list[tuple[str, str, int]], there: list[tuple[str, str, int]]
) -> None:
    story = two_sites()
    story.says(announced("rit-1", "A2", EVENING))
    decided = story.all_say(said)

    assert (expected_at(story, HERE), expected_at(story, THERE)) == (here, there)
    assert decided == [], "who comes is shown; nothing is decided by it"


@pytest.mark.parametrize("ends", [hands_over("rit-1", minutes=20), is_released("rit-1", minutes=25)], ids=["h", "r"])
def test_every_order_of_a_rides_messages_ends_the_same(ends: Frozen) -> None:
    facts = [
        announced("rit-1", "A2", EVENING),
        announced("rit-1", "A1", EVENING + MINUTE, at_site=THERE),
        arrives("rit-1", minutes=11, at_site=THERE),
        announced("rit-2", "A2", EVENING, at_site=THERE),
    ]
    for order in itertools.permutations([*facts, ends, ends]):
        story = two_sites()
        story.all_say(order)
        assert (expected_at(story, HERE), expected_at(story, THERE)) == ([], [("rit-2", "A2", 12)])


def test_every_order_without_the_end_leaves_the_ride_where_it_was_diverted_to() -> None:
    facts = [
        announced("rit-1", "A2", EVENING),
        announced("rit-1", "A1", EVENING + MINUTE, at_site=THERE),
        arrives("rit-1", minutes=11, at_site=THERE),
    ]
    for order in itertools.permutations([*facts, *facts]):
        story = two_sites()
        story.all_say(order)
        (way,) = story.board(THERE).underway
        assert (way.urgency.code, way.arrived_at) == ("A1", EVENING + 11 * MINUTE)
        assert story.board(HERE).underway == ()


def test_an_ended_ride_is_forgotten_after_a_day_and_not_before() -> None:
    story = two_sites()
    story.all_say([announced("rit-1", "A2", EVENING), hands_over("rit-1", minutes=20)])
    story.restarts()
    story.ticks(seconds=KEEP_MS // 1000 - 1)
    assert "rit-1" in story.core.state.rides
    story.ticks(seconds=1)

    assert story.core.state.rides == {}


def test_a_diversion_publishes_the_boards_of_both_sites() -> None:
    story = two_sites()
    story.says(announced("rit-1", "A2", EVENING))
    story.published()
    story.says(announced("rit-1", "A2", EVENING + MINUTE, at_site=THERE))

    assert story.published() == {f"/{HERE}", f"/{THERE}"}
