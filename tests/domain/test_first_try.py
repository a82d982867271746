"""By agreement the GP tries once himself, then the centre takes over (rule of the coordination point WSD)."""

from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from spoedplein.testing.builders import (
    EVENING,
    OWNER,
    actor,
    admitted,
    cancelled,
    capacity,
    handed_over,
    overridden,
    profile,
    request,
    unit,
)
from spoedplein_schemas.decisions import CommandRefused, OwnershipChanged, PlacementOffered
from spoedplein_schemas.placement import CancelReason, FirstTryAbandoned, PlacementRequested
from spoedplein_schemas.request_decisions import FirstTryBegun, FirstTryEnded
from spoedplein_schemas.vocabulary import CareType, Frozen, Role
from tests.domain.story import Story

ELV, RESPIJT = CareType.ELV_LAAG, CareType.RESPIJT
GP: Final = "huisarts-nieuwland"


def at(minutes: float) -> datetime:
    return EVENING + timedelta(minutes=minutes)


def asks(role: Role | None = Role.GP, *, owner: str = OWNER, **more: Any) -> PlacementRequested:  # noqa: ANN401
    care_types = more.pop("care_types", (ELV,))
    said = request("r-1", profile(*care_types, **more), at(0), owner=owner)
    return said.model_copy(update={"requester_role": role})


def abandoned(minutes: float) -> FirstTryAbandoned:
    return FirstTryAbandoned(request="r-1", abandoned_at=at(minutes), by=actor(Role.GP, GP))


class Trying(Story):
    """A GP has 20 minutes for ELV low; a place is free at `elv`."""

    def __init__(self) -> None:
        tries = [{"care_types": [ELV], "role": "gp", "minutes": 20}]
        super().__init__(unit("elv", ELV), unit("logeer", RESPIJT), first_tries=tries)
        self.all_say([capacity("elv", 1, at(0)), capacity("logeer", 1, at(0))])


@pytest.mark.parametrize(
    ("said", "first", "owner"),
    [
        pytest.param(asks(), "tries until 20:20", GP, id="a GP asks"),
        pytest.param(
            asks(owner=GP), "tries until 20:20", GP, id="who holds the regie already: then the region's centre"
        ),
        pytest.param(asks(Role.NURSE), "offered", OWNER, id="another role"),
        pytest.param(asks(None), "offered", OWNER, id="no role said"),
        pytest.param(asks(care_types=(RESPIJT,)), "offered", OWNER, id="other care"),
        pytest.param(asks(care_types=(RESPIJT, ELV)), "offered", OWNER, id="agreed for the second wish only"),
        pytest.param(asks(code="U1"), "offered", OWNER, id="life-threatening: never"),
        pytest.param(asks(needed_by=at(75)), "tries until 20:15", GP, id="needed by 21:15, the warning is at 20:15"),
        pytest.param(asks(needed_by=at(50)), "offered", OWNER, id="needed so soon that the warning is due"),
    ],
)
def test_who_tries_first_and_until_when(said: PlacementRequested, first: str, owner: str) -> None:
    story = Trying()
    decided = story.says(said)
    (begun, *_) = [made for made in decided if isinstance(made, FirstTryBegun | PlacementOffered)]
    local = begun.until + timedelta(hours=1) if isinstance(begun, FirstTryBegun) else None

    assert (f"tries until {local:%H:%M}" if local else "offered", begun.owner) == (first, owner)
    assert story.core.state.requests["r-1"].owner == owner
    assert story.unit("elv").held == (1 if first == "offered" and said.profile.care_types[0] == ELV else 0)


@pytest.mark.parametrize("restart", [False, True], ids=["", "after a restart"])
@pytest.mark.parametrize(
    ("said", "end", "owner", "state"),
    [
        pytest.param(None, "expired", OWNER, "offered", id="his time is up"),
        pytest.param(abandoned(10), "abandoned", OWNER, "offered", id="he found nothing"),
        pytest.param(
            cancelled("r-1", at(10), CancelReason.FOUND_ELSEWHERE),
            "found",
            GP,
            "cancelled",
            id="he found a place elsewhere",
        ),
        pytest.param(cancelled("r-1", at(10)), "cancelled", GP, "cancelled", id="no longer needed"),
        pytest.param(overridden("r-1", "logeer", at(10)), "found", OWNER, "accepted", id="he found a place here"),
        pytest.param(
            handed_over("r-1", "zcc-noord", at(10), from_owner=GP),
            "handed-over",
            "zcc-noord",
            "offered",
            id="handed over",
        ),
    ],
)
def test_how_the_try_ends_and_who_holds_the_regie_then(
    *, said: Frozen | None, end: str, owner: str, state: str, restart: bool
) -> None:
    story = Trying()
    story.says(asks())
    if restart:
        story.restarts()
    story.jumps(at(10))
    decided = story.says(said) if said is not None else story.ticks(minutes=10)
    ended = story.one(decided, FirstTryEnded)

    assert (ended.end.value, ended.owner) == (end, owner)
    assert (story.core.state.requests["r-1"].owner, story.state("r-1")) == (owner, state)
    changed = [(made.previous, made.owner) for made in decided if isinstance(made, OwnershipChanged)]
    assert changed == ([] if owner == GP else [(GP, owner)])


def test_the_board_shows_who_tries_and_until_when() -> None:
    story = Trying()
    story.says(asks())
    shown = story.requests()["r-1"]

    assert (shown.state.value, shown.owner, shown.next_deadline) == ("first-try", GP, at(20))


def test_nobody_is_admitted_by_a_try_that_did_not_say_where() -> None:
    story = Trying()
    story.says(asks())

    assert story.says(admitted("r-1", "elv", at(5))) == []
    assert story.one(story.ticks(minutes=10), CommandRefused).refusal.value == "not-placed-there"


def test_giving_up_a_try_that_never_was_is_refused_and_twice_is_no_matter() -> None:
    story = Trying()
    story.says(asks(None))
    assert story.one(story.says(abandoned(1)), CommandRefused).refusal.value == "no-first-try"
    other = Trying()
    other.says(asks())
    other.says(abandoned(1))

    assert other.says(abandoned(1)) == []


def test_giving_up_may_overtake_the_request() -> None:
    story = Trying()
    assert story.says(abandoned(0)) == []

    assert isinstance(story.says(asks())[-1], PlacementOffered)
