"""The ROAZ: proposed to a person when a request is exhausted everywhere, and ended when it is met."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from spoedplein.testing.builders import (
    EVENING,
    accepted,
    actor,
    admitted,
    agreements,
    cancelled,
    capacity,
    handed_over,
    late_rejected,
    overridden,
    profile,
    request,
    unit,
)
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.crowding import (
    LapseReason,
    ProposalAnswer,
    ProposalAnswered,
    ProposalConfirmed,
    ProposalLapsed,
    ProposalMade,
    ProposalOver,
    ProposalRejected,
    RejectionGround,
)
from spoedplein_schemas.decisions import CommandRefused, PlacementOffered, Refusal
from spoedplein_schemas.placement import TransferAnswered, TransferOutcome
from spoedplein_schemas.transfer import BridgingSought, TransferAsked
from spoedplein_schemas.vocabulary import CareType, Frozen, ProposalKind, Role
from tests.domain.story import Story

ELV, GRZ, VISIT = CareType.ELV_HOOG, CareType.GRZ, CareType.WIJKVERPLEGING
ROAZ: Final[dict[str, Any]] = {
    "kind": "roaz", "level": "red", "roles": ["coordinator"], "exhausted_rank_max": 3, "answer_minutes": 20,
    "again_minutes": 60,
}  # fmt: skip
NEIGHBOUR: Final = {"region": "nijmegen", "asks": [ELV], "answer_minutes": 30, "again_minutes": 600}
BRIDGE: Final = {"care_types": [ELV], "by": [VISIT]}
UNITS: Final = (unit("vol", ELV), unit("ook-vol", ELV), unit("thuis", VISIT))


def at(minutes: float) -> datetime:
    return EVENING + timedelta(minutes=minutes)


def region(
    *, roaz: dict[str, Any] | None = ROAZ, nurses: int = 0, neighbour: bool = True, bridge: bool = True
) -> Story:
    """Two full ELV beds, a neighbour, and nurses who could come in the meantime."""
    story = Story(
        *UNITS,
        neighbours=[NEIGHBOUR] if neighbour else [],
        bridging=[BRIDGE] if bridge else [],
        proposals=[] if roaz is None else [roaz],
    )
    story.all_say([capacity("vol", 0, at(0)), capacity("ook-vol", 0, at(0)), capacity("thuis", nurses, at(0))])
    return story


def asks(story: Story, code: str = "U3", name: str = "r-1") -> list[Any]:
    return story.says(request(name, profile(ELV, code=code), story.now))


def neighbour_says(story: Story, decided: list[Any], outcome: str = "none") -> list[Any]:
    asked = story.one(decided, TransferAsked)
    place = "bed-daar" if outcome in ("accepted", "admitted") else None
    said = TransferAnswered(
        request=asked.transfer,
        by_region="nijmegen",
        answered_at=story.passes(minutes=1),
        outcome=TransferOutcome(outcome),
        unit=place,
    )
    return story.says(said)


def roaz(decided: list[Any]) -> list[ProposalMade]:
    return [each for each in decided if isinstance(each, ProposalMade) and each.kind is ProposalKind.ROAZ]


def open_roaz(story: Story) -> str:
    story.published()
    (shown,) = story.newest[b"rijnmond/escalation"].proposals
    assert (shown.kind, shown.request) == (ProposalKind.ROAZ, "r-1")
    return str(shown.proposal)


@pytest.mark.parametrize(
    ("agreed", "code", "nurses", "answer", "proposed"),
    [
        # agreed                               urgency nurses neighbour   proposed
        pytest.param({}, "U3", 0, "none", True, id="nothing here, nothing there, nobody in the meantime"),
        pytest.param({}, "U3", 0, None, False, id="the neighbour has not answered yet"),
        pytest.param({}, "U3", 0, "accepted", False, id="the neighbour has a place"),
        pytest.param({}, "U3", 2, "none", False, id="a nurse is asked for the meantime"),
        pytest.param({"bridge": False}, "U3", 2, "none", True, id="no care in the meantime was agreed"),
        pytest.param({"neighbour": False}, "U3", 0, None, True, id="no neighbour was agreed"),
        pytest.param({"neighbour": False, "bridge": False}, "U3", 0, None, True, id="nothing else was agreed"),
        pytest.param({}, "U1", 0, "none", True, id="more urgent than was agreed"),
        pytest.param({}, "U4", 0, "none", True, id="as urgent as was agreed"),
        pytest.param({}, "U5", 0, "none", False, id="less urgent than was agreed"),
        pytest.param({"roaz": None}, "U1", 0, "none", False, id="the region agreed nothing on it"),
    ],
)
def test_it_is_proposed_when_nothing_fits_anywhere(
    *, agreed: dict[str, Any], code: str, nurses: int, answer: str | None, proposed: bool
) -> None:
    story = region(nurses=nurses, **agreed)
    decided = asks(story, code)
    if answer is not None:
        decided += neighbour_says(story, decided, answer)

    assert len(roaz(decided)) == proposed


def exhausted(**agreed: Any) -> tuple[Story, ProposalMade]:  # noqa: ANN401
    story = region(**agreed)
    decided = asks(story)
    (made,) = roaz(decided + neighbour_says(story, decided))
    return story, made


def test_it_says_for_whom_what_was_short_who_was_asked_who_may_confirm_and_by_when() -> None:
    story, made = exhausted()

    assert (made.request, made.owner, made.site, made.level) == ("r-1", "zcc-rijnmond", None, None)
    assert [(each.care_type, each.units) for each in made.shortfalls] == [(ELV, 2)]
    assert (made.neighbours, made.bridging) == (("nijmegen",), (VISIT,))
    assert (made.roles, made.answer_by) == ((Role.COORDINATOR,), at(21))
    assert open_roaz(story).startswith("rijnmond.")


def test_a_nurse_who_finds_no_time_makes_it_needed_and_one_who_comes_ends_it() -> None:
    story = region(nurses=1)
    decided = asks(story)
    decided += neighbour_says(story, decided)
    bridge, visit = story.one(decided, BridgingSought).bridge, story.one(decided, PlacementOffered)
    assert roaz(decided) == []
    decided = story.says(capacity("thuis", 0, story.passes(minutes=1)))
    assert [each.request for each in roaz(decided)] == ["r-1"], "the offer is withdrawn: nobody can come"

    offered = story.one(story.says(capacity("thuis", 1, story.passes(minutes=1))), PlacementOffered)
    assert (offered.request, offered.unit) == (bridge, visit.unit)
    assert story.says(accepted(bridge, offered.offer, story.now))[-1:] != []
    ended = story.one(story.says(admitted(bridge, "thuis", story.passes(minutes=1))), ProposalLapsed)
    assert (ended.request, ended.reason) == ("r-1", LapseReason.NO_LONGER_NEEDED)


Happens = Callable[[Story], list[Frozen]]


def offer_and_yes(story: Story) -> list[Frozen]:
    offered = story.one(story.says(capacity("vol", 1, story.passes(minutes=1))), PlacementOffered)
    return [accepted("r-1", offered.offer, story.now)]


ENDS: Final = [
    # what happens then                                                        ended
    pytest.param(offer_and_yes, True, id="a bed here comes free and is promised"),
    pytest.param(lambda story: [capacity("vol", 1, story.now)], False, id="a bed here comes free and is asked"),
    pytest.param(lambda story: [overridden("r-1", "vol", story.now)], True, id="a professional places him"),
    pytest.param(lambda story: [cancelled("r-1", story.now)], True, id="no place is needed any more"),
    pytest.param(lambda story: [handed_over("r-1", "zcc-noord", story.now)], False, id="the regie passes on"),
    pytest.param(
        lambda story: [overridden("r-1", "vol", story.now), admitted("r-1", "vol", story.now)], True,
        id="placed, and in: ended once",
    ),
    pytest.param(lambda story: [request("r-2", profile(ELV), story.now)], False, id="somebody else asks"),
]  # fmt: skip


@pytest.mark.parametrize("restart", [False, True], ids=["", "after a restart"])
@pytest.mark.parametrize("confirmed", [False, True], ids=["not answered yet", "confirmed"])
@pytest.mark.parametrize(("happens", "met"), ENDS)
def test_it_ends_when_the_request_is_met(happens: Happens, *, met: bool, confirmed: bool, restart: bool) -> None:
    story, _ = exhausted()
    name = open_roaz(story)
    if confirmed:
        said = story.says(ProposalConfirmed(proposal=name, confirmed_at=story.now, by=actor()))
        answered = story.one(said, ProposalAnswered)
        assert (answered.answer, answered.request) == (ProposalAnswer.CONFIRMED, "r-1")
    if restart:
        story.restarts()
    story.passes(minutes=1)

    decided = story.all_say(happens(story))

    ended = [each for each in decided if isinstance(each, ProposalLapsed | ProposalOver)]
    assert [(type(each), each.proposal, each.request) for each in ended] == (
        [(ProposalOver if confirmed else ProposalLapsed, name, "r-1")] if met else []
    )


def test_a_place_in_another_region_ends_it() -> None:
    """Asked again after its rest, the neighbour has a place after all."""
    story = region()
    story.adopts(_with_rest(30))
    decided = asks(story)
    assert roaz(neighbour_says(story, decided))
    decided = story.ticks(minutes=31)
    ended = story.one(neighbour_says(story, decided, "accepted"), ProposalLapsed)

    assert (ended.request, ended.reason) == ("r-1", LapseReason.NO_LONGER_NEEDED)


def _with_rest(minutes: int) -> Agreements:
    neighbours = [{**NEIGHBOUR, "again_minutes": minutes}]
    longer = {**ROAZ, "answer_minutes": 240}
    return agreements(*UNITS, version="2026.2", neighbours=neighbours, bridging=[BRIDGE], proposals=[longer])


@pytest.mark.parametrize(
    ("role", "taken"), [(Role.COORDINATOR, True), (Role.NURSE, False), (Role.PROVIDER, False), (Role.GP, False)]
)
def test_only_an_agreed_role_confirms_it(role: Role, *, taken: bool) -> None:
    story, _ = exhausted()
    (answer,) = story.says(ProposalConfirmed(proposal=open_roaz(story), confirmed_at=story.now, by=actor(role)))

    assert isinstance(answer, ProposalAnswered) is taken
    assert not isinstance(answer, CommandRefused) or answer.refusal is Refusal.ROLE_NOT_AGREED


def test_without_an_answer_it_lapses_and_is_proposed_again_after_its_rest() -> None:
    """Reviews come every half hour; the rest of an hour is counted from the lapse at 20 minutes."""
    story, _ = exhausted()
    lapsed = story.one(story.ticks(minutes=21), ProposalLapsed)
    again = [(minutes, roaz(story.ticks(minutes=10))) for minutes in range(31, 121, 10)]

    assert (lapsed.reason, lapsed.request) == (LapseReason.NO_ANSWER, "r-1")
    assert [minutes for minutes, made in again if made] == [91]


def test_after_a_no_it_rests_too_but_a_place_that_is_taken_back_makes_it_needed_at_once() -> None:
    story, _ = exhausted(bridge=False)
    no = ProposalRejected(
        proposal=open_roaz(story), rejected_at=story.now, by=actor(), ground=RejectionGround.SOLVED_OTHERWISE
    )
    story.says(no)
    assert roaz(story.ticks(minutes=31)) == []
    story.says(overridden("r-1", "vol", story.passes(minutes=1)))
    decided = story.says(late_rejected("r-1", "vol", story.passes(minutes=1)))

    assert len(roaz(decided)) == 1


def test_each_request_has_its_own_and_a_request_that_is_closed_leaves_nothing_behind() -> None:
    story = region(neighbour=False)
    decided = [*asks(story, name="r-1"), *asks(story, name="r-2")]
    assert [each.request for each in roaz(decided)] == ["r-1", "r-2"]
    story.all_say([cancelled("r-1", story.passes(minutes=1)), cancelled("r-2", story.now)])
    story.ticks(hours=25)

    assert (story.core.state.proposals, story.core.state.proposals_again_at) == ({}, {})


@pytest.mark.parametrize(
    ("proposals", "ends"),
    [
        pytest.param([ROAZ], False, id="the same agreement again"),
        pytest.param([{**ROAZ, "exhausted_rank_max": 1}], True, id="only for the more urgent"),
        pytest.param([], True, id="for no request"),
    ],
)
def test_other_agreements_end_it_when_they_know_it_no_more(proposals: list[dict[str, Any]], *, ends: bool) -> None:
    story, _ = exhausted()
    text = agreements(*UNITS, version="2026.2", neighbours=[NEIGHBOUR], bridging=[BRIDGE], proposals=proposals)
    lapsed = [each for each in story.adopts(text) if isinstance(each, ProposalLapsed)]

    assert [(each.request, each.reason) for each in lapsed] == (
        [("r-1", LapseReason.AGREEMENTS_CHANGED)] if ends else []
    )


def test_only_the_roaz_is_agreed_for_requests() -> None:
    with pytest.raises(ValueError, match="only roaz has exhausted_rank_max"):
        agreements(proposals=[{**ROAZ, "kind": "stop"}])
