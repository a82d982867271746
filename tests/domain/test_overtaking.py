"""What is heard before the request that it is about is kept a while; of two overrides the later counts."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Final

import pytest

from spoedplein.domain.region import Region, fold
from spoedplein.testing.auditor import audit
from spoedplein.testing.builders import (
    EVENING,
    OWNER,
    REGION,
    accepted,
    admitted,
    cancelled,
    capacity,
    declined,
    handed_over,
    late_rejected,
    overridden,
    request,
    unit,
)
from spoedplein.testing.builders import adopted as taken_over
from spoedplein.testing.builders import agreements as agreed
from spoedplein_schemas.decisions import CommandRefused, OverrideRecorded, PlacementOffered
from spoedplein_schemas.vocabulary import CareType, Frozen
from tests.domain.story import Story

ELV: Final = CareType.ELV_HOOG


def at(minutes: float) -> datetime:
    return EVENING + timedelta(minutes=minutes)


def told() -> Story:
    story = Story(unit("hier", ELV), unit("daar", ELV))
    story.all_say([capacity("hier", 1, at(0)), capacity("daar", 1, at(0))])
    story.jumps(at(3))
    return story


REQUEST: Final = request("r-1", (ELV,), at(0))
OVERTAKES: Final = [
    # said before the request                                       state        owner         unit
    pytest.param([overridden("r-1", "hier", at(1))], "accepted", OWNER, "hier", id="overridden"),
    pytest.param([handed_over("r-1", "zcc-noord", at(1))], "offered", "zcc-noord", None, id="handed over"),
    pytest.param([cancelled("r-1", at(1))], "cancelled", OWNER, None, id="cancelled"),
    pytest.param(
        [overridden("r-1", "hier", at(1)), admitted("r-1", "hier", at(2))],
        "admitted",
        OWNER,
        "hier",
        id="placed, and in",
    ),
    pytest.param(
        [overridden("r-1", "hier", at(1)), overridden("r-1", "daar", at(2))],
        "accepted",
        OWNER,
        "daar",
        id="overridden twice",
    ),
    pytest.param(
        [overridden("r-1", "hier", at(1)), late_rejected("r-1", "hier", at(2))],
        "offered",
        OWNER,
        None,
        id="and taken back",
    ),
    pytest.param(
        [handed_over("r-1", "zcc-noord", at(1)), cancelled("r-1", at(2))],
        "cancelled",
        "zcc-noord",
        None,
        id="and cancelled",
    ),
]


@pytest.mark.parametrize("restart", [False, True], ids=["", "after a restart"])
@pytest.mark.parametrize(("said", "state", "owner", "place"), OVERTAKES)
def test_in_whatever_order_they_came_it_ends_as_it_happened(
    *, said: list[Frozen], state: str, owner: str, place: str | None, restart: bool
) -> None:
    for order in permutations(said):
        story = told()
        assert story.all_say(order) == []
        assert story.all_say(order) == [], "heard twice is heard once"
        if restart:
            story.restarts()
        story.says(REQUEST)
        found = story.core.state.requests["r-1"]

        assert (found.state, found.owner, found.unit, story.core.state.early) == (state, owner, place, {})


@pytest.mark.parametrize("restart", [False, True], ids=["", "after a restart"])
@pytest.mark.parametrize(
    ("said", "then", "refused"),
    [
        # said of a request that is offered to "hier"                    state, place               refused in the end
        pytest.param([overridden("r-1", "daar", at(4)), admitted("r-1", "daar", at(5))],
                     ("admitted", "daar"), [], id="he is in it, and then we hear who placed him there"),
        pytest.param([overridden("r-1", "daar", at(5)), admitted("r-1", "daar", at(4))],
                     ("admitted", "daar"), [], id="also when the two clocks differ"),
        pytest.param([admitted("r-1", "daar", at(4))],
                     ("offered", None), ["not-placed-there"], id="nobody placed him there: refused in the end"),
        pytest.param([overridden("r-1", "hier", at(4)), admitted("r-1", "daar", at(5))],
                     ("accepted", "hier"), ["not-placed-there"], id="placed elsewhere than where he is said to be"),
        pytest.param([overridden("r-1", "daar", at(4)), admitted("r-1", "daar", at(5)), admitted("r-1", "daar", at(6))],
                     ("admitted", "daar"), [], id="admitted twice"),
    ],
)  # fmt: skip
def test_an_admission_may_come_before_the_override_that_it_follows_from(
    *, said: list[Frozen], then: tuple[str, str | None], refused: list[str], restart: bool
) -> None:
    for order in permutations(said):
        story = told()
        story.says(REQUEST.model_copy(update={"preferred": ("hier",)}))
        story.jumps(at(7))
        story.all_say(order[:1])
        if restart:
            story.restarts()
        decided = [*story.all_say([*order, *order]), *story.ticks(minutes=11)]
        found = story.core.state.requests["r-1"]

        assert (found.state, found.unit, story.core.state.early) == (*then, {})
        assert [made.refusal.value for made in decided if isinstance(made, CommandRefused)] == refused


@pytest.mark.parametrize("restart", [False, True], ids=["", "after a restart"])
@pytest.mark.parametrize(
    ("yes", "no", "ends"),
    [
        pytest.param(4, 5, ("offered", None, "daar"), id="taken back after the yes: another is asked"),
        pytest.param(5, 4, ("accepted", "hier", None), id="a yes after it: it stands"),
        pytest.param(4, 4, ("offered", None, "daar"), id="of the same moment: taken back"),
    ],
)
def test_a_yes_that_was_taken_back_holds_no_place_in_whatever_order_the_two_came(
    *, yes: int, no: int, ends: tuple[str, str | None, str | None], restart: bool
) -> None:
    for order in permutations(("yes", "no", "no again")):
        story = told()
        offer = story.one(story.says(REQUEST.model_copy(update={"preferred": ("hier",)})), PlacementOffered)
        story.jumps(at(7))
        for each in order:
            story.says(accepted("r-1", offer.offer, at(yes)) if each == "yes" else late_rejected("r-1", "hier", at(no)))
            if restart:
                story.restarts()
        found = story.core.state.requests["r-1"]

        assert (found.state, found.unit, found.offer and found.offer.unit) == ends
        assert audit(story.script.records, list(fold(story.script.records, Region.empty(REGION)))) == []
        assert not [made for made in story.ticks(minutes=11) if isinstance(made, CommandRefused)]


def test_a_place_that_is_taken_back_before_the_yes_is_refused_once_and_offered_still() -> None:
    story = told()
    story.says(REQUEST.model_copy(update={"preferred": ("hier",)}))
    no = late_rejected("r-1", "hier", at(3))

    assert story.one(story.says(no), CommandRefused).refusal.value == "not-placed-there"
    assert (story.ticks(minutes=11), story.core.state.early) == ([], {})
    assert story.requests()["r-1"].unit == "hier"


@pytest.mark.parametrize("restart", [False, True], ids=["", "after a restart"])
@pytest.mark.parametrize(
    ("said", "owner"),
    [
        pytest.param([("a", OWNER, 4), ("b", "a", 5)], "b", id="handed on"),
        pytest.param([("a", OWNER, 4), ("b", "a", 5), ("c", "b", 6)], "c", id="twice"),
        pytest.param([("a", OWNER, 4), (OWNER, "a", 5), ("b", OWNER, 6)], "b", id="back, and elsewhere"),
        pytest.param([("a", OWNER, 5), ("b", "a", 4)], "a", id="by who did not have it yet: not handed on"),
    ],
)
def test_hand_overs_end_with_the_last_one_in_whatever_order_they_came(
    said: list[tuple[str, str, int]], owner: str, *, restart: bool
) -> None:
    for order in permutations([*said, said[0]]):
        story = told()
        story.says(REQUEST)
        story.jumps(at(7))
        for to, by, minute in order:
            story.says(handed_over("r-1", to, at(minute), from_owner=by))
            if restart:
                story.restarts()

        assert story.core.state.requests["r-1"].owner == owner
        assert audit(story.script.records, list(fold(story.script.records, Region.empty(REGION)))) == []
        assert not [made for made in story.ticks(minutes=11) if isinstance(made, CommandRefused)]
        assert story.core.state.early == {}


@pytest.mark.parametrize("said", [accepted("r-1", "rijnmond.7.0", at(1)), declined("r-1", "rijnmond.7.0", at(1))])
def test_an_answer_to_an_offer_cannot_overtake_its_request(said: Frozen) -> None:
    assert told().one(told().says(said), CommandRefused).refusal.value == "unknown-request"


@pytest.mark.parametrize(
    ("minutes", "refused"),
    [
        pytest.param(9, [], id="nine minutes: still kept"),
        pytest.param(10, ["PlacementOverridden"], id="ten minutes: refused, and forgotten"),
    ],
)
def test_what_waits_in_vain_is_refused_when_its_time_is_over(minutes: int, refused: list[str]) -> None:
    story = told()
    story.all_say([overridden("r-1", "hier", at(1)), cancelled("r-1", at(1))])
    decided = story.ticks(minutes=minutes)

    assert [made.command for made in decided if isinstance(made, CommandRefused)] == refused
    assert len(story.core.state.early["r-1"]) == 2 - len(refused)


@pytest.mark.parametrize(
    ("first", "second", "outcome", "place"),
    [
        pytest.param((5, "hier"), (6, "daar"), "recorded", "daar", id="a later one"),
        pytest.param((5, "hier"), (5, "hier"), "", "hier", id="the same again"),
        pytest.param((5, "hier"), (4, "daar"), "superseded", "hier", id="an earlier one"),
        pytest.param((5, "hier"), (4, "hier"), "superseded", "hier", id="an earlier one to the same place"),
        pytest.param((5, "hier"), (5, "daar"), "superseded", "hier", id="of the same moment, elsewhere: one of them"),
        pytest.param((5, "daar"), (5, "hier"), "recorded", "hier", id="and whichever came first, the same one"),
        pytest.param((5, "hier"), (6, "hier"), "", "hier", id="a later one to where he goes already"),
    ],
)
def test_of_two_overrides_the_later_counts_and_the_other_is_told(
    first: tuple[int, str], second: tuple[int, str], outcome: str, place: str
) -> None:
    story = told()
    story.says(REQUEST)
    story.says(overridden("r-1", first[1], at(first[0])))
    decided = story.says(overridden("r-1", second[1], at(second[0])))
    found = [made.refusal.value for made in decided if isinstance(made, CommandRefused)]
    found += ["recorded" for made in decided if isinstance(made, OverrideRecorded)]

    assert ("".join(found), story.core.state.requests["r-1"].unit) == (outcome, place)


def test_a_unit_that_left_the_agreements_keeps_no_claim_when_its_request_is_forgotten() -> None:
    story = told()
    offer = story.one(story.says(REQUEST), PlacementOffered)
    story.all_say([accepted("r-1", offer.offer, at(4)), admitted("r-1", offer.unit, at(5))])
    story.says(taken_over(agreed(version="2026.2"), story.passes(minutes=1)))
    assert story.core.state.units[offer.unit].claims
    story.ticks(hours=25)

    assert (story.core.state.requests, story.core.state.units[offer.unit].claims) == ({}, {})
