"""Several providers asked at once, where agreed: the first yes wins, what others hold goes back in the same turn."""

from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from spoedplein.testing.builders import (
    EVENING,
    accepted,
    admitted,
    cancelled,
    capacity,
    declined,
    late_rejected,
    overridden,
    profile,
    request,
    stop,
    unit,
)
from spoedplein.testing.builders import adopted as taken_over
from spoedplein.testing.builders import agreements as agreed
from spoedplein_schemas.decisions import (
    CommandRefused,
    ExclusionCode,
    OfferEnded,
    PlacementAccepted,
    PlacementExhausted,
    PlacementOffered,
)
from spoedplein_schemas.vocabulary import CareType, Frozen
from tests.domain.story import Story

ELV, LAAG, RESPIJT = CareType.ELV_HOOG, CareType.ELV_LAAG, CareType.RESPIJT
NAMES: Final = ("a", "b", "c", "d")


def at(minutes: float) -> datetime:
    return EVENING + timedelta(minutes=minutes)


def rule(care_type: CareType, offers: int, *by_rank: int) -> dict[str, Any]:
    return {
        "care_type": care_type,
        "validity_minutes": 480,
        "answer_minutes": 30,
        "parallel_offers": offers,
        "parallel_offers_by_rank": by_rank,
    }


class AskedAtOnce(Story):
    """Four units of ELV high with a place each; r-1 asks one of them, and `offers` at once are asked."""

    def __init__(self, offers: int = 3, *, by_rank: tuple[int, ...] = (), code: str = "U3", **more: Any) -> None:  # noqa: ANN401
        super().__init__(*(unit(name, ELV) for name in NAMES), rules=[rule(ELV, offers, *by_rank)], **more)
        self.all_say([capacity(name, 1, at(0)) for name in NAMES])
        self.jumps(at(1))
        self.first = self.says(request("r-1", profile(ELV, code=code), at(1)))
        self.offer_of = {made.unit: made.offer for made in self.first if isinstance(made, PlacementOffered)}

    def asked(self) -> list[str]:
        return sorted(self.core.state.requests["r-1"].offers)

    def held(self) -> list[str]:
        return [name for name in NAMES if self.unit(name).held]


def ends(decided: list[Any]) -> list[tuple[str, str]]:
    return [(made.unit, made.end.value) for made in decided if isinstance(made, OfferEnded)]


@pytest.mark.parametrize(
    ("offers", "by_rank", "code", "asked"),
    [
        pytest.param(1, (), "U3", ["a"], id="nothing agreed: one after the other"),
        pytest.param(3, (), "U3", ["a", "b", "c"], id="three agreed"),
        pytest.param(9, (), "U3", ["a", "b", "c", "d"], id="more agreed than there are"),
        pytest.param(1, (4, 2), "U2", ["a", "b"], id="two agreed for rank 1"),
        pytest.param(1, (4, 2), "U1", ["a", "b", "c", "d"], id="four agreed for rank 0"),
        pytest.param(1, (4, 2), "U3", ["a"], id="rank 2 is not among those named"),
    ],
)
def test_so_many_are_asked_as_was_agreed_for_the_care_and_the_rank(
    offers: int, by_rank: tuple[int, ...], code: str, asked: list[str]
) -> None:
    story = AskedAtOnce(offers, by_rank=by_rank, code=code)

    assert (story.asked(), story.held()) == (asked, asked)


@pytest.mark.parametrize(
    ("high", "low", "asked"),
    [
        pytest.param(3, 3, ["hoog", "laag"], id="both agreed"),
        pytest.param(3, 1, ["hoog"], id="the second is only asked alone"),
        pytest.param(1, 3, ["hoog"], id="the first is only asked alone"),
    ],
)
def test_of_several_care_types_each_must_agree_to_be_asked_beside_others(high: int, low: int, asked: list[str]) -> None:
    story = Story(unit("hoog", ELV), unit("laag", LAAG), rules=[rule(ELV, high), rule(LAAG, low)])
    story.all_say([capacity("hoog", 1, at(0)), capacity("laag", 1, at(0))])
    made = story.says(request("r-1", (ELV, LAAG), at(0)))

    assert [each.unit for each in made if isinstance(each, PlacementOffered)] == asked


#: Three are asked, a, b and c. What is said, and what follows in the same turn.
TABLE: Final = [
    # said                                         ends                                              asked after
    ("a says yes", [("b", "withdrawn-accepted"), ("c", "withdrawn-accepted")], []),
    ("a says no", [("a", "declined")], ["b", "c", "d"]),
    ("a has a stop", [("a", "withdrawn-stop")], ["b", "c", "d"]),
    ("a has none after all", [("a", "withdrawn-conflict")], ["b", "c", "d"]),
    ("he is in a", [("b", "withdrawn-accepted"), ("c", "withdrawn-accepted")], []),
    ("cancelled", [(name, "withdrawn-cancelled") for name in "abc"], []),
    ("a professional chooses d", [(name, "withdrawn-overridden") for name in "abc"], []),
    ("nobody answers", [(name, "expired") for name in "abc"], ["d"]),
]


@pytest.mark.parametrize("restart", [False, True], ids=["", "after a restart"])
@pytest.mark.parametrize(("said", "ended", "after"), [pytest.param(*row, id=row[0]) for row in TABLE])
def test_what_is_said_to_one_of_three_offers(
    *, said: str, ended: list[tuple[str, str]], after: list[str], restart: bool
) -> None:
    story = AskedAtOnce()
    if restart:
        story.restarts()
    story.jumps(at(5))
    commands: dict[str, Frozen] = {
        "a says yes": accepted("r-1", story.offer_of["a"], at(5)),
        "a says no": declined("r-1", story.offer_of["a"], at(5)),
        "a has a stop": stop("a", at(5)),
        "a has none after all": capacity("a", 0, at(5)),
        "he is in a": admitted("r-1", "a", at(5)),
        "cancelled": cancelled("r-1", at(5)),
        "a professional chooses d": overridden("r-1", "d", at(5)),
    }
    decided = story.says(commands[said]) if said in commands else story.ticks(minutes=31)

    assert (ends(decided), story.asked(), story.held()) == (ended, after, after)


def test_a_second_yes_is_told_that_it_came_too_late() -> None:
    story = AskedAtOnce()
    story.says(accepted("r-1", story.offer_of["b"], at(5)))
    refused = story.one(story.says(accepted("r-1", story.offer_of["a"], at(6))), CommandRefused)

    assert (refused.refusal.value, refused.detail) == ("accepted-elsewhere", "withdrawn-accepted")
    assert (story.unit("a").held, story.unit("a").promised, story.unit("b").promised) == (0, 0, 1)


def test_places_given_back_go_to_who_waits_in_the_same_turn() -> None:
    story = AskedAtOnce(4)
    story.one(story.says(request("r-2", (ELV,), at(2))), PlacementExhausted)
    decided = story.says(accepted("r-1", story.offer_of["a"], at(3)))

    assert [made.request for made in decided if isinstance(made, PlacementOffered)] == ["r-2"] * 3
    assert story.one(decided, PlacementAccepted).unit == "a"


def test_each_offer_ends_at_its_own_deadline() -> None:
    story = AskedAtOnce(2)
    story.jumps(at(11))
    story.says(declined("r-1", story.offer_of["a"], at(11)))
    assert story.asked() == ["b", "c"]
    story.jumps(at(32))
    assert ends(story.ticks()) == [("b", "expired")]
    story.jumps(at(42))

    assert ends(story.ticks()) == [("c", "expired")]


def test_who_has_nothing_goes_before_who_could_have_one_more() -> None:
    """r-1 (U2) holds the only place; r-2 (U4) waits. The second place is r-2's, though r-1 may be asked two."""
    story = Story(unit("a", ELV), unit("b", ELV), rules=[rule(ELV, 2)])
    story.all_say([capacity("a", 1, at(0)), capacity("b", 0, at(0))])
    story.says(request("r-1", (ELV,), at(0), code="U2"))
    story.says(request("r-2", (ELV,), at(0), code="U4"))
    assert story.one(story.says(capacity("b", 1, at(1))), PlacementOffered).request == "r-2"
    story.says(cancelled("r-2", at(2)))

    assert sorted(story.core.state.requests["r-1"].offers) == ["a", "b"]


def test_danger_of_life_gives_way_to_nobody_who_has_nothing_yet() -> None:
    """r-1 (U1) holds the only place and may be asked two; r-5 (U5) waits. The second place is for r-1 too."""
    story = Story(unit("a", ELV), unit("b", ELV), rules=[rule(ELV, 2)])
    story.all_say([capacity("a", 1, at(0)), capacity("b", 0, at(0))])
    story.says(request("r-1", (ELV,), at(0), code="U1"))
    story.says(request("r-5", (ELV,), at(0), code="U5"))

    assert story.one(story.says(capacity("b", 1, at(1))), PlacementOffered).request == "r-1"


def test_an_offer_names_who_was_asked_just_before_and_who_is_next() -> None:
    story = AskedAtOnce(2)
    first, second = (made for made in story.first if isinstance(made, PlacementOffered))

    assert (first.unit, first.runners_up, first.excluded) == ("a", ("b", "c", "d"), ())
    assert (second.unit, second.runners_up) == ("b", ("c", "d"))
    assert [(item.unit, item.code, item.detail) for item in second.excluded] == [
        ("a", ExclusionCode.ASKED, "until 20:31")
    ]
    shown = story.requests()["r-1"]
    assert (shown.unit, shown.asked) == ("a", ("a", "b"))


def test_after_a_late_rejection_as_many_are_asked_as_before() -> None:
    story = AskedAtOnce(2)
    story.says(accepted("r-1", story.offer_of["a"], at(2)))
    story.jumps(at(3))
    story.says(late_rejected("r-1", "a", at(3)))

    assert story.asked() == ["b", "c"]


def test_new_agreements_take_back_what_they_do_not_allow_and_ask_no_more_than_they_say() -> None:
    """Unit a takes children only from now on; b may answer; and from now on one is asked after the other."""
    story = AskedAtOnce(2)
    units = (unit("a", ELV, age_bands=["0-11"]), *(unit(name, ELV) for name in "bcd"))
    decided = story.says(taken_over(agreed(*units, version="2026.2"), story.passes(minutes=1)))

    assert (ends(decided), story.asked()) == ([("a", "withdrawn-agreements")], ["b"])
