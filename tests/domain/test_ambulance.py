"""Ambulances under way: the newest announcement counts, and an ended ride stays ended, in any order of messages."""

import itertools
from datetime import timedelta
from typing import Final

import pytest

from spoedplein.domain.ambulance import KEEP_MS
from spoedplein.testing.builders import EVENING, announced, lifted, site, stop, unit, unit_closed, urgency, warning
from spoedplein_schemas.ambulance import (
    AmbulanceArrived,
    Candidate,
    DestinationAsked,
    PatientHandedOver,
    RideDispatched,
    RideReleased,
    TransportCancelled,
)
from spoedplein_schemas.decisions import (
    DestinationsShown,
    DivertProposed,
    OffloadEnded,
    OffloadOverdue,
    RideLapsed,
    RideRedirected,
)
from spoedplein_schemas.views import AmbulanceBoard
from spoedplein_schemas.vocabulary import CareType, Frozen, Property, RidePhase, UnitStatus, UrgencySystem, millis
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
    assert all(isinstance(each, RideRedirected) for each in decided), "who comes is shown; nothing is decided by it"


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
    story.all_say([announced("rit-1", "A2", EVENING), is_released("rit-1", minutes=25)])
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


# --- how far a ride is ----------------------------------------------------------------------------------------------

D = RideDispatched(ride="rit-1", urgency=urgency("A2", UrgencySystem.AMBULANCE), dispatched_at=EVENING - 9 * MINUTE)
N = announced("rit-1", "A2", EVENING)
X = TransportCancelled(ride="rit-1", cancelled_at=EVENING + MINUTE)
AGAIN = announced("rit-1", "A2", EVENING + 2 * MINUTE, at_site=THERE)
A = arrives("rit-1", minutes=11)
H = hands_over("rit-1", minutes=20)
R = is_released("rit-1", minutes=25)

#: Every order of these facts, each said twice, comes to the same.
PHASES = [
    # facts               how far                seen by
    pytest.param([D], RidePhase.DISPATCHED, None, id="on its way to a call"),
    pytest.param([D, N], RidePhase.ANNOUNCED, HERE, id="on its way to a site"),
    pytest.param([D, N, X], RidePhase.CANCELLED, None, id="does not come after all"),
    pytest.param([N, X, AGAIN], RidePhase.ANNOUNCED, THERE, id="cancelled, then announced elsewhere"),
    pytest.param([N, AGAIN], RidePhase.ANNOUNCED, THERE, id="redirected: one ride, at one site"),
    pytest.param([D, N, A], RidePhase.ARRIVED, HERE, id="stands there"),
    pytest.param([D, A], RidePhase.ARRIVED, HERE, id="stands there, never announced"),
    pytest.param([N, X, A], RidePhase.ARRIVED, HERE, id="cancelled, and came all the same"),
    pytest.param([N, A, H], RidePhase.OFFLOADED, None, id="free of the patient"),
    pytest.param([N, A, H, R], RidePhase.RELEASED, None, id="free"),
    pytest.param([D, R], RidePhase.RELEASED, None, id="free, without a hospital in it"),
]


@pytest.mark.parametrize(("facts", "phase", "seen"), PHASES)
def test_how_far_a_ride_is_follows_from_its_facts(facts: list[Frozen], phase: RidePhase, seen: str | None) -> None:
    for order in itertools.permutations(facts):
        story = two_sites()
        story.all_say([*order, *order])
        story.restarts()

        assert (story.core.state.rides["rit-1"].phase, story.core.state.rides["rit-1"].where) == (phase, seen)
        assert [len(story.board(each).underway) for each in (HERE, THERE)] == [seen == HERE, seen == THERE]


def test_the_region_counts_its_rides_by_how_far_and_how_urgent() -> None:
    story = two_sites()
    story.all_say(
        [D, announced("rit-2", "A1", EVENING), announced("rit-3", "A1", EVENING), arrives("rit-3", minutes=0)]
    )
    story.says(is_released("rit-4", minutes=1))
    story.restarts()
    story.published()
    board = story.newest[b"rijnmond/ambulance"]
    assert isinstance(board, AmbulanceBoard)

    assert [(each.phase, each.code, each.rides) for each in board.rides] == [
        ("announced", "A1", 1),
        ("arrived", "A1", 1),
        ("dispatched", "A2", 1),
    ]


@pytest.mark.parametrize(
    ("said", "decided"),
    [
        pytest.param([N, AGAIN], [(HERE, THERE)], id="announced elsewhere: redirected"),
        pytest.param([N, AGAIN, AGAIN, N], [(HERE, THERE)], id="said again, and the old one late: once"),
        pytest.param([AGAIN, N], [], id="the old one late: nothing"),
        pytest.param([N, announced("rit-1", "A1", EVENING + MINUTE)], [], id="the same site, more urgent: nothing"),
        pytest.param([N, X, AGAIN], [], id="cancelled before: a new way, no redirect"),
    ],
)
def test_a_redirect_is_said_once(said: list[Frozen], decided: list[tuple[str, str]]) -> None:
    found = two_sites().all_say(said)

    assert [(each.previous, each.site) for each in found if isinstance(each, RideRedirected)] == decided


# --- the offload ----------------------------------------------------------------------------------------------------

#: Arrived at minute 0, norm fifteen minutes. When the hand-over was, and when it was heard.
OFFLOADS = [
    # handed over, heard at    told
    pytest.param(9, 9, [(9, "540 s, in time")], id="in time"),
    pytest.param(15, 15, [(15, "900 s, in time")], id="at the last moment is in time"),
    pytest.param(22, 22, [(16, "overdue"), (22, "1320 s, late")], id="late: told when the norm passed, and at the end"),
    pytest.param(9, 22, [(16, "overdue"), (22, "540 s, in time")], id="in time, heard late: as far as we knew"),
    pytest.param(None, None, [(16, "overdue")], id="never heard: told once"),
]


@pytest.mark.parametrize(("handed_over", "heard", "told"), OFFLOADS)
def test_how_long_the_offload_took(handed_over: int | None, heard: int | None, told: list[tuple[int, str]]) -> None:
    story = two_sites()
    story.all_say([announced("rit-1", "A2", EVENING), arrives("rit-1", minutes=0)])
    found: list[tuple[int, str]] = []
    for minute in range(1, 40):
        decided = story.ticks(minutes=1)
        if minute == heard and handed_over is not None:
            decided += story.all_say([hands_over("rit-1", minutes=handed_over)] * 2)
        found += [(minute, _offload(each)) for each in decided]
        if minute % 7 == 0:
            story.restarts()

    assert found == told


def _offload(data: object) -> str:
    if isinstance(data, OffloadEnded):
        return f"{data.offload_seconds} s, {'in time' if data.within_norm else 'late'}"
    return "overdue" if isinstance(data, OffloadOverdue) else type(data).__name__


def test_an_arrival_heard_after_the_hand_over_gives_the_same_offload_time() -> None:
    story = two_sites()
    story.passes(minutes=30)
    decided = story.all_say(
        [hands_over("rit-1", minutes=20), arrives("rit-1", minutes=11), arrives("rit-1", minutes=11)]
    )

    assert story.one(decided, OffloadEnded).offload_seconds == 540
    assert story.ticks(hours=1) == []


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        pytest.param([D], True, id="sent, and never heard of again: said"),
        pytest.param([N], True, id="announced, and never came: said"),
        pytest.param([N, A], True, id="stands there still: said"),
        pytest.param([N, X], False, id="cancelled: nobody is in it"),
        pytest.param([N, A, H], False, id="handed over: nobody is in it"),
        pytest.param([N, R], False, id="released: it ended"),
    ],
)
def test_a_ride_that_falls_silent_is_forgotten_after_the_agreed_time(facts: list[Frozen], told: bool) -> None:
    story = two_sites()
    story.all_say(facts)
    decided = story.ticks(minutes=732)
    story.ticks(minutes=24 * 60)

    assert [type(each) for each in decided if isinstance(each, RideLapsed)] == [RideLapsed] * told
    assert story.core.state.rides == {}


# --- where to -------------------------------------------------------------------------------------------------------

EAST = "oost"


def three_departments() -> Story:
    """Schiedam has what a child needs; venlo is agreed first for 311x."""
    return Story(
        unit("seh-schiedam", CareType.SEH, site=HERE, properties=["child-suited"]),
        unit("seh-venlo", CareType.SEH, site=THERE),
        unit("seh-oost", CareType.SEH, site=EAST),
        sites=[site(HERE), site(THERE), site(EAST), site("post")],
        areas=[{"codes": ["311"], "sites": [THERE, HERE]}, {"codes": ["3"], "sites": [EAST]}],
    )


def asks(code: str, *etas: tuple[str, int], area: str | None = "3118", needs: tuple[Property, ...] = ()) -> Frozen:
    return DestinationAsked(
        ride="rit-1",
        urgency=urgency(code, UrgencySystem.AMBULANCE),
        asked_at=EVENING,
        area=area,
        needs=needs,
        candidates=tuple(Candidate(site=at_site, eta=EVENING + minutes * MINUTE) for at_site, minutes in etas),
    )


LACKS = "property-missing"
CHILD = (Property.CHILD_SUITED,)
STOP = [stop("seh-venlo", EVENING)]
#: What was said of departments, and what is asked; then which are shown in order, and which passed over, and why.
CASES = [
    # said                  asked                                       shown                  passed over
    pytest.param([], asks("A2"), "venlo schiedam oost", "", id="nothing in the way: the agreed order of the area"),
    pytest.param([], asks("A2", area="3999"), "oost schiedam venlo", "", id="the longest postcode that fits counts"),
    pytest.param([], asks("A2", ("oost", 5), ("venlo", 9)), "venlo schiedam oost", "", id="ordinary: as agreed"),
    pytest.param([], asks("A1", ("oost", 5), ("venlo", 9)), "oost venlo schiedam", "", id="life-threatening: soonest"),
    pytest.param([], asks("A2", ("oost", 5), area=None), "oost schiedam venlo", "", id="no area: soonest first"),
    pytest.param(STOP, asks("A2"), "schiedam oost", "venlo stop", id="a stop: passed over"),
    pytest.param(STOP, asks("A1"), "venlo schiedam oost", "", id="a stop never holds back the life-threatening"),
    pytest.param([warning("seh-venlo", EVENING)], asks("A2"), "schiedam oost venlo", "", id="a warning: last"),
    pytest.param([warning("seh-venlo", EVENING)], asks("A0"), "venlo schiedam oost", "", id="a warning, A0: no matter"),
    pytest.param([unit_closed("seh-venlo", EVENING)], asks("A2"), "schiedam oost", "venlo closed", id="closed"),
    pytest.param([unit_closed("seh-venlo", EVENING)], asks("A1"), "schiedam oost venlo", "", id="closed, A1: last"),
    pytest.param([], asks("A2", needs=CHILD), "schiedam", f"oost {LACKS}, venlo {LACKS}", id="a child"),
    pytest.param([], asks("A1", needs=CHILD), "venlo schiedam oost", "", id="a child, A1: nobody is left out"),
    pytest.param([], asks("A2", ("post", 3)), "venlo schiedam oost", "post no-department", id="no SEH there"),
    pytest.param([stop(f"seh-{name}", EVENING) for name in ("venlo", "oost", "schiedam")], asks("A2"), "",
                 "oost stop, schiedam stop, venlo stop", id="all on stop: it says so, and whoever asked decides"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "asked", "shown", "passed"), CASES)
def test_where_an_ambulance_may_go(said: list[Frozen], asked: Frozen, shown: str, passed: str) -> None:
    story = three_departments()
    story.all_say(said)
    found = story.one(story.says(asked), DestinationsShown)

    assert " ".join(each.site for each in found.options) == shown
    assert ", ".join(f"{each.site} {each.code}" for each in found.passed) == passed


def test_the_same_question_twice_is_answered_once_and_a_newer_one_again() -> None:
    story = three_departments()
    first = asks("A2")
    assert isinstance(first, DestinationAsked)
    later = first.model_copy(update={"asked_at": EVENING + MINUTE})
    decided = story.all_say([first, first, later, first])

    assert [type(each) for each in decided] == [DestinationsShown] * 2


def test_a_message_said_again_does_not_keep_a_silent_ride_alive() -> None:
    story = two_sites()
    story.says(N)
    story.ticks(minutes=700)
    story.says(N)

    assert [type(each) for each in story.ticks(minutes=32) if isinstance(each, RideLapsed)] == [RideLapsed]


def test_a_planned_ride_is_not_silent_before_it_is_expected() -> None:
    story = two_sites()
    story.says(announced("rit-1", "B1", EVENING, minutes=14 * 60))
    decided = story.ticks(hours=25)

    assert decided == []
    assert expected_at(story, HERE) == [("rit-1", "B1", 14 * 60)]
    assert [type(each) for each in story.ticks(hours=1)] == [RideLapsed]


LAPSED: Final = 13 * 60


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        pytest.param([announced("rit-1", "A1", EVENING + LAPSED * MINUTE)], True, id="announced again"),
        pytest.param([arrives("rit-1", minutes=LAPSED)], True, id="arrived"),
        pytest.param([arrives("rit-1", minutes=12)], False, id="arrived long ago, heard now"),
        pytest.param([N], False, id="said before"),
        pytest.param([is_released("rit-1", minutes=20), arrives("rit-1", minutes=LAPSED)], False, id="released"),
    ],
)
@pytest.mark.parametrize("restart", [False, True], ids=["straight on", "after a restart"])
def test_a_ride_that_fell_silent_is_seen_again_when_it_is_heard_of(
    *, said: list[Frozen], seen: bool, restart: bool
) -> None:
    story = two_sites()
    story.says(N)
    assert [type(each) for each in story.ticks(minutes=LAPSED)] == [RideLapsed]
    if restart:
        story.restarts()
    story.all_say(said)

    assert [way.ride for way in story.board(HERE).underway] == ["rit-1"] * seen
    for _ in range(2):
        story.ticks(hours=25)
    assert story.core.state.rides == {}


def test_of_two_hand_overs_and_releases_the_earliest_counts() -> None:
    for order in itertools.permutations([20, 14]):
        story = two_sites()
        story.passes(minutes=25)
        decided = story.all_say([arrives("rit-1", minutes=0), *(hands_over("rit-1", minutes=each) for each in order)])
        story.all_say([is_released("rit-1", minutes=each) for each in order])
        ride = story.core.state.rides["rit-1"]

        assert (ride.handed_over_at, ride.released_at) == (millis(EVENING + 14 * MINUTE),) * 2
        assert story.one(decided, OffloadEnded).offload_seconds == order[0] * 60


def test_each_department_comes_with_what_the_crew_should_know() -> None:
    story = three_departments()
    story.all_say([*STOP, announced("rit-2", "A2", EVENING, at_site=THERE), arrives("rit-2", minutes=0, at_site=THERE)])
    found = story.one(story.says(asks("A1", (THERE, 7))), DestinationsShown)
    venlo, schiedam = found.options[:2]

    assert found.life_threatening
    assert (venlo.status, venlo.cautions, venlo.standing) == (UnitStatus.STOP, ("stop",), 1)
    assert (venlo.order, venlo.eta, venlo.free) == (1, EVENING + 7 * MINUTE, None)
    assert (schiedam.order, schiedam.eta, schiedam.cautions) == (2, None, ("status-unknown",))


#: A stop at venlo, and a ride announced there.
DIVERTS = [
    # code, order of saying                        proposed
    pytest.param("A2", "stop first", True, id="announced to a stop: others are named"),
    pytest.param("A2", "ride first", True, id="the stop came while he was on the way: others are named"),
    pytest.param("A1", "stop first", False, id="life-threatening: never"),
    pytest.param("A0", "ride first", False, id="life-threatening, on the way: never"),
]


@pytest.mark.parametrize(("code", "order", "proposed"), DIVERTS)
def test_a_divert_is_proposed_once_and_nothing_moves_by_it(code: str, order: str, proposed: bool) -> None:
    story = three_departments()
    said: list[Frozen] = [*STOP, announced("rit-1", code, EVENING, at_site=THERE)]
    facts = said if order == "stop first" else said[::-1]
    decided = story.all_say([*facts, *facts])
    found = [each for each in decided if isinstance(each, DivertProposed)]

    assert [each.code for each in found] == ["stop"] * proposed
    assert story.board(THERE).underway[0].ride == "rit-1"
    assert all({option.site for option in each.options} == {HERE, EAST} for each in found)


def test_who_is_on_the_way_to_a_stop_hears_of_the_first_that_takes_people_again() -> None:
    departments = [unit(f"seh-{name}", CareType.SEH, site=name) for name in (HERE, THERE)]
    story = Story(*departments, sites=[site(HERE), site(THERE)])
    story.all_say([stop("seh-schiedam", EVENING), stop("seh-venlo", EVENING)])
    assert story.all_say([announced("rit-1", "A2", EVENING), announced("rit-2", "A1", EVENING)]) == []
    decided = story.says(lifted("seh-venlo", story.passes(minutes=2)))
    found = story.one(decided, DivertProposed)

    assert (found.ride, found.site, [option.site for option in found.options]) == ("rit-1", HERE, [THERE])
    later = [stop("seh-venlo", story.passes(minutes=1)), lifted("seh-venlo", story.passes(minutes=1))]
    assert not [each for each in story.all_say(later) if isinstance(each, DivertProposed)]
