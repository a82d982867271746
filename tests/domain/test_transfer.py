"""Regions together: who is asked when nothing here fits, what each answer leads to, and what bridges the time."""

from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from spoedplein.domain.log import Record
from spoedplein.domain.region import Region, fold
from spoedplein.domain.transfer.relay import relayed
from spoedplein.testing.auditor import audit
from spoedplein.testing.builders import (
    EVENING,
    REGION,
    Script,
    accepted,
    admitted,
    agreements,
    cancelled,
    capacity,
    late_rejected,
    profile,
    request,
    unit,
)
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.decisions import CommandRefused, OfferEnded, PlacementOffered
from spoedplein_schemas.placement import (
    TransferAnswered,
    TransferAsked,
    TransferConfirmed,
    TransferOutcome,
    TransferReason,
    TransferWithdrawn,
)
from spoedplein_schemas.transfer import BridgingEnded, BridgingSought, BridgingStarted, GuestExpected
from spoedplein_schemas.transfer import TransferAnswered as Answer
from spoedplein_schemas.transfer import TransferAsked as Asked
from spoedplein_schemas.vocabulary import CareType, Frozen, Role
from tests.domain.story import Story

ELV, VISIT = CareType.ELV_HOOG, CareType.WIJKVERPLEGING
FIRST: Final = {"region": "nijmegen", "asks": [ELV], "takes": [ELV], "answer_minutes": 30, "keep_free": 1}
SECOND: Final = {"region": "venlo", "asks": [ELV], "answer_minutes": 20}
BRIDGE: Final = {"care_types": [ELV], "by": [VISIT]}


def at(minutes: float) -> datetime:
    return EVENING + timedelta(minutes=minutes)


def kinds(decided: list[Any]) -> list[str]:
    return [type(data).__name__ for data in decided]


def exchange(*neighbours: dict[str, Any], bridging: tuple[dict[str, Any], ...] = ()) -> Story:
    """One full ELV bed here, a nurse who can come, and these neighbours."""
    story = Story(unit("vol", ELV), unit("thuis", VISIT), neighbours=neighbours, bridging=bridging)
    story.all_say([capacity("vol", 0, at(0)), capacity("thuis", 2, at(0))])
    return story


def answer(name: str, outcome: str, minutes: float, region: str = "nijmegen") -> TransferAnswered:
    place = "bed-daar" if outcome in ("accepted", "admitted") else None
    return TransferAnswered(
        request=name, by_region=region, answered_at=at(minutes), outcome=TransferOutcome(outcome), unit=place
    )


#: What the neighbour answers, one after the other; the state of the request after it; and what was decided last.
ANSWERS: Final = (
    (("none",), "waiting", "TransferAsked"),
    (("accepted",), "accepted", "TransferConfirmed"),
    (("accepted", "accepted"), "accepted", "TransferConfirmed"),
    (("accepted", "admitted"), "admitted", "PlacementAdmitted"),
    (("admitted",), "admitted", "PlacementAdmitted"),
    (("accepted", "released"), "waiting", "TransferAsked"),
    (("none", "none"), "waiting", "TransferAsked"),
)


@pytest.mark.parametrize(("answers", "state", "last"), ANSWERS)
def test_what_a_neighbour_answers_decides_what_follows(answers: tuple[str, ...], state: str, last: str) -> None:
    story = exchange(FIRST, SECOND)
    asked = story.one(decided := story.says(request("r-1", (ELV,), at(0))), Asked)
    for number, outcome in enumerate(answers, start=1):
        decided += story.says(answer(asked.transfer, outcome, number))

    assert asked.to_region == "nijmegen"
    assert (story.state("r-1").value, kinds(decided)[-1]) == (state, last)


def test_a_neighbour_that_is_silent_is_told_so_and_the_next_is_asked() -> None:
    story = exchange(FIRST, SECOND)
    story.says(request("r-1", (ELV,), at(0)))
    decided = story.ticks(minutes=31)

    assert [data.to_region for data in decided if isinstance(data, Asked)] == ["venlo"]
    assert "TransferWithdrawn" in kinds(decided)


def test_a_yes_that_comes_too_late_changes_nothing() -> None:
    story = exchange(FIRST)
    asked = story.one(story.says(request("r-1", (ELV,), at(0))), Asked)
    story.ticks(minutes=31)

    assert story.says(answer(asked.transfer, "accepted", 32)) == []
    assert story.state("r-1").value == "waiting"


def test_the_first_yes_wins_and_the_neighbour_hears_that_it_was_ours() -> None:
    story = exchange(FIRST)
    asked = story.one(story.says(request("r-1", (ELV,), at(0))), Asked)
    offer = story.one(story.says(capacity("vol", 1, story.passes(minutes=2))), PlacementOffered).offer
    decided = story.says(accepted("r-1", offer, story.now))

    assert kinds(decided) == ["PlacementAccepted", "TransferWithdrawn"]
    assert decided[1].reason is TransferReason.PLACED
    assert story.says(answer(asked.transfer, "accepted", 3)) == []


def test_the_first_yes_wins_and_our_own_offer_goes_back_when_it_was_his() -> None:
    story = exchange(FIRST)
    asked = story.one(story.says(request("r-1", (ELV,), at(0))), Asked)
    story.says(capacity("vol", 1, story.passes(minutes=2)))
    decided = story.says(answer(asked.transfer, "accepted", 3))

    assert story.one(decided, OfferEnded).end.value == "withdrawn-transferred"
    assert story.unit("vol").free == 1


def test_an_answer_to_nothing_that_was_asked_is_refused() -> None:
    assert kinds(exchange(FIRST).says(answer("rijnmond.9.9", "accepted", 1))) == [CommandRefused.__name__]


def test_of_a_neighbours_unit_nothing_is_remembered_here() -> None:
    story = exchange(FIRST)
    transfer = story.one(story.says(request("r-1", (ELV,), at(0))), Asked).transfer
    story.says(answer(transfer, "admitted", 5))
    story.ticks(hours=25)

    assert (story.core.state.requests, set(story.core.state.units)) == ({}, {"vol", "thuis"})


def test_life_threatening_asks_all_neighbours_at_once() -> None:
    story = exchange(FIRST, SECOND)
    wanted = request("r-1", (ELV,), at(0))
    urgent = profile(ELV).urgency.model_copy(update={"code": "U1"})
    decided = story.says(wanted.model_copy(update={"profile": wanted.profile.model_copy(update={"urgency": urgent})}))

    assert [data.to_region for data in decided if isinstance(data, Asked)] == ["nijmegen", "venlo"]


# --- the region that is asked --------------------------------------------------------------------------------------


def asks(minutes: float = 0, *, until: float = 30, region: str = "nijmegen") -> TransferAsked:
    return TransferAsked(
        request="nijmegen.7.0",
        from_region=region,
        asked_at=at(minutes),
        answer_by=at(until),
        requester="zcc-nijmegen",
        owner="zcc-nijmegen",
        profile=profile(ELV),
    )


#: Free places here, who asks, until when; the answer, and why.
ASKED: Final = (
    (0, "nijmegen", 30, "none", "nothing-fits"),
    (1, "nijmegen", 30, "none", "nothing-fits"),
    (2, "nijmegen", 30, None, None),
    (2, "venlo", 30, "none", "not-agreed"),
    (2, "nijmegen", -1, "none", "too-late"),
)


@pytest.mark.parametrize(("free", "region", "until", "outcome", "reason"), ASKED)
def test_a_neighbour_is_served_by_our_rules_our_own_region_first(
    *, free: int, region: str, until: float, outcome: str | None, reason: str | None
) -> None:
    story = exchange(FIRST)
    story.says(capacity("vol", free, story.passes(minutes=1)))
    answers = [data for data in story.says(asks(region=region, until=until)) if isinstance(data, Answer)]

    assert [(data.outcome, data.reason) for data in answers] == ([(outcome, reason)] if outcome else [])


def test_a_place_for_a_neighbour_is_held_until_he_confirms_and_then_expected() -> None:
    story = exchange(FIRST)
    story.says(capacity("vol", 2, story.passes(minutes=1)))
    offer = story.one(story.says(asks()), PlacementOffered)
    answered = story.one(story.says(accepted("nijmegen.7.0", offer.offer, at(2))), Answer)
    confirmed = TransferConfirmed(request="nijmegen.7.0", from_region="nijmegen", confirmed_at=at(3))

    assert (offer.owner, answered.outcome, answered.unit) == ("zcc-nijmegen", "accepted", "vol")
    assert kinds(story.says(confirmed)) == [GuestExpected.__name__]
    assert story.says(confirmed) == []
    assert story.one(story.says(admitted("nijmegen.7.0", "vol", at(9))), Answer).outcome == "admitted"


@pytest.mark.parametrize("before", [True, False], ids=["before the question", "after the yes"])
def test_what_a_neighbour_withdraws_is_free_again(before: bool) -> None:
    story = exchange(FIRST)
    story.says(capacity("vol", 2, story.passes(minutes=1)))
    gone = TransferWithdrawn(
        request="nijmegen.7.0", from_region="nijmegen", withdrawn_at=at(4), reason=TransferReason.PLACED
    )
    story.all_say([gone, asks()] if before else [asks(), gone])
    story.restarts()

    assert (story.unit("vol").held, story.unit("vol").free, story.requests()) == (0, 2, {})


def test_a_yes_that_is_taken_back_is_told_to_the_neighbour() -> None:
    story = exchange(FIRST)
    story.says(capacity("vol", 2, story.passes(minutes=1)))
    offer = story.one(story.says(asks()), PlacementOffered).offer
    story.says(accepted("nijmegen.7.0", offer, at(2)))
    decided = story.says(late_rejected("nijmegen.7.0", "vol", at(5)))

    assert story.one(decided, Answer).outcome == "released"
    assert story.requests() == {}


def named(name: str, region: str) -> dict[str, Frozen]:
    """All that a neighbour may say of what it asks here."""
    return {
        "asked": asks(region=region, until=20).model_copy(update={"request": name}),
        "confirmed": TransferConfirmed(request=name, from_region=region, confirmed_at=at(3)),
        "withdrawn": TransferWithdrawn(
            request=name, from_region=region, withdrawn_at=at(3), reason=TransferReason.PLACED
        ),
    }


@pytest.mark.parametrize("whose", ["our own", "care in the meantime", "another neighbour"])
@pytest.mark.parametrize(
    ("what", "follows"),
    [
        pytest.param("asked", ["CommandRefused", "TransferAnswered"], id="a question: told no"),
        pytest.param("confirmed", ["CommandRefused"], id="a confirmation"),
        pytest.param("withdrawn", ["CommandRefused"], id="a withdrawal"),
    ],
)
def test_nobody_has_a_say_in_what_another_asked_under_the_same_name(whose: str, what: str, follows: list[str]) -> None:
    takes = {"takes": [ELV], "keep_free": 0}
    story = exchange({"region": "nijmegen"} | takes, {"region": "venlo"} | takes, bridging=(BRIDGE,))
    story.all_say([capacity("vol", 1, story.passes(minutes=1)), asks()])
    bridge = story.one(story.says(request("r-1", (ELV,), at(0))), BridgingSought).bridge
    name = {"our own": "r-1", "care in the meantime": bridge, "another neighbour": "nijmegen.7.0"}[whose]
    before = repr(story.core.state.requests[name])
    decided = story.says(named(name, "venlo")[what])

    assert kinds(decided) == follows
    assert all((made.from_region, made.outcome) == ("venlo", "none") for made in decided if isinstance(made, Answer))
    assert repr(story.core.state.requests[name]) == before
    story.ticks(minutes=21)
    assert set(story.requests()) == {"r-1", bridge, "nijmegen.7.0"}
    assert audit(story.script.records, list(fold(story.script.records, Region.empty(REGION)))) == []


@pytest.mark.parametrize("asked", [True, False], ids=["asked in vain before", "only withdrawn before"])
def test_a_request_of_our_own_is_ours_whatever_a_neighbour_said_of_its_name_before(asked: bool) -> None:
    story = exchange({"region": "nijmegen", "takes": [ELV]}, bridging=(BRIDGE,))
    said = named("r-1", "nijmegen")
    story.says(said["withdrawn"])
    if asked:
        story.says(said["asked"].model_copy(update={"answer_by": at(0)}))
    story.restarts()
    assert "BridgingSought" in kinds(story.says(request("r-1", (ELV,), at(0))))
    story.says(said["withdrawn"])
    assert story.one(story.says(said["asked"]), Answer).outcome == "none"
    story.ticks(hours=49)

    assert story.requests()["r-1"].state.value == "waiting"
    assert story.one(story.says(cancelled("r-1", story.now)), BridgingEnded).end == "request-cancelled"


def test_a_request_by_the_name_of_a_neighbours_patient_is_refused_and_not_lost() -> None:
    story = exchange({"region": "nijmegen", "takes": [ELV], "keep_free": 0})
    story.all_say([capacity("vol", 1, story.passes(minutes=1)), asks()])

    assert story.one(story.says(request("nijmegen.7.0", (ELV,), at(2))), CommandRefused).refusal == "name-taken"
    assert story.requests()["nijmegen.7.0"].owner == "zcc-nijmegen"


# --- care in the meantime ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ends", "end"), [("placed", "placed"), ("cancelled", "request-cancelled")])
def test_care_in_the_meantime_leaves_the_request_open_and_ends_with_it(ends: str, end: str) -> None:
    story = exchange(bridging=(BRIDGE,))
    decided = story.says(request("r-1", (ELV,), at(0)))
    bridge = story.one(decided, BridgingSought).bridge
    offer = story.one(decided, PlacementOffered).offer
    story.says(accepted(bridge, offer, at(1)))
    started = story.one(story.says(admitted(bridge, "thuis", at(2))), BridgingStarted)
    waits = story.requests()["r-1"]
    if ends == "placed":
        offered = story.one(story.says(capacity("vol", 1, story.passes(minutes=5))), PlacementOffered)
        decided = story.all_say([accepted("r-1", offered.offer, at(6)), admitted("r-1", "vol", at(7))])
    else:
        decided = story.says(cancelled("r-1", at(6)))

    assert (waits.owner, waits.state.value) == (started.owner, "waiting")
    assert (story.one(decided, BridgingEnded).end.value, story.one(decided, BridgingEnded).unit) == (end, "thuis")


def test_care_in_the_meantime_waits_for_no_try_of_the_requesters_own_and_has_the_same_owner() -> None:
    tries = [{"care_types": [VISIT], "minutes": 60}]
    story = Story(unit("vol", ELV), unit("thuis", VISIT), bridging=[BRIDGE], first_tries=tries)
    story.all_say([capacity("vol", 0, at(0)), capacity("thuis", 2, at(0))])
    decided = story.says(request("r-1", (ELV,), at(0)).model_copy(update={"requester_role": Role.GP}))
    bridge, offer = story.one(decided, BridgingSought), story.one(decided, PlacementOffered)

    assert (offer.request, offer.owner) == (bridge.bridge, bridge.owner)


def test_who_does_not_want_care_in_the_meantime_is_not_asked_again() -> None:
    story = exchange(bridging=(BRIDGE,))
    bridge = story.one(story.says(request("r-1", (ELV,), at(0))), BridgingSought).bridge
    ended = story.one(story.says(cancelled(bridge, at(1))), BridgingEnded)

    assert ended.end.value == "not-wanted"
    assert [data for data in story.ticks(hours=3) if isinstance(data, BridgingSought)] == []


# --- what travels ---------------------------------------------------------------------------------------------------


def test_what_travels_names_neither_request_nor_case_nor_quarter_and_is_the_same_bytes_twice() -> None:
    story = exchange(FIRST)
    record = story.script.says(request("r-1", (ELV,), at(0)))
    told = [event for made in story.core.step(record) if (event := relayed(made)) is not None]

    assert [event.region for event in told] == ["nijmegen"]
    assert "r-1" not in told[0].model_dump_json()
    assert told[0].data.profile.area is None


@pytest.mark.parametrize(
    ("neighbour", "fault"),
    [
        ({"region": "rijnmond", "asks": [ELV]}, "is this region itself"),
        ({"region": "venlo"}, "nothing is asked or taken"),
        ({"region": "venlo", "asks": [ELV, ELV]}, "agreed twice"),
    ],
)
def test_agreements_with_neighbours_that_cannot_be_are_refused(neighbour: dict[str, Any], fault: str) -> None:
    text = {"region": "rijnmond", "version": "1", "title": "t", "owner": "zcc", "neighbours": [neighbour]}
    with pytest.raises(ValueError, match=fault):
        Agreements.model_validate(text)


@pytest.mark.parametrize(
    ("characters", "fits"), [pytest.param(40, True, id="long"), pytest.param(41, False, id="too long")]
)
def test_a_regions_name_leaves_room_for_what_is_named_after_its_decisions(*, characters: int, fits: bool) -> None:
    region = "r" * characters
    if not fits:
        with pytest.raises(ValueError, match="has more than 40 characters"):
            agreements(region=region)
        return
    script = Script(region)
    script.adopts(agreements(unit("vol", ELV), region=region, neighbours=[FIRST], bridging=[BRIDGE]))
    script.says(request("r-1", (ELV,), script.now))
    core = Region.empty(region)
    last = [made for each in script.records for made in core.step(Record(each.offset + 10**18, each.at, each.event))][
        -1
    ]

    assert isinstance(last.data, Asked)
    assert last.data.transfer == last.id
