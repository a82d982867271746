"""A neighbour whose log is not here: the decision says whom to call and by when, and the answer is an event."""

from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from spoedplein.domain.transfer.relay import relayed
from spoedplein.testing.builders import (
    EVENING,
    accepted,
    admitted,
    agreements,
    cancelled,
    capacity,
    profile,
    request,
    unit,
)
from spoedplein_schemas.decisions import CommandRefused, PlacementAdmitted, PlacementOffered, Refusal
from spoedplein_schemas.neighbours import AskedBy
from spoedplein_schemas.placement import TransferAnswered, TransferOutcome, TransferReason
from spoedplein_schemas.placement import TransferAsked as Question
from spoedplein_schemas.transfer import TransferAnswered as Answer
from spoedplein_schemas.transfer import TransferAsked, TransferConfirmed, TransferWithdrawn
from spoedplein_schemas.vocabulary import CareType, Frozen
from tests.domain.story import Story

ELV: Final = CareType.ELV_HOOG
DESK: Final = "coördinatiepunt Drechtsteden"
BY_TELEPHONE: Final[dict[str, Any]] = {
    "region": "drechtsteden", "asks": [ELV], "takes": [ELV], "answer_minutes": 30, "asked_by": "telephone",
    "contact": DESK,
}  # fmt: skip
NEXT: Final[dict[str, Any]] = {"region": "nijmegen", "asks": [ELV]}


def at(minutes: float) -> datetime:
    return EVENING + timedelta(minutes=minutes)


class Told(Story):
    """As any story, and what would travel to other logs."""

    def __init__(self, *neighbours: dict[str, Any], free: int = 0) -> None:
        self.travels: list[str] = []
        super().__init__(unit("hier", ELV), neighbours=neighbours)
        self.says(capacity("hier", free, at(0)))

    def _hears(self, record: Any) -> list[Any]:  # noqa: ANN401
        made = self.core.step(record)
        self.travels += [event.region for decision in made if (event := relayed(decision)) is not None]
        return [decision.data for decision in made]


def says(name: str, outcome: str, minutes: float, *, place: str | None = "bed-daar") -> TransferAnswered:
    return TransferAnswered(
        request=name,
        by_region="drechtsteden",
        answered_at=at(minutes),
        outcome=TransferOutcome(outcome),
        unit=place if outcome in ("accepted", "admitted") else None,
        reason=TransferReason.NOTHING_FITS if outcome == "none" else None,
    )


def test_the_owner_is_told_whom_to_call_and_by_when_and_nothing_travels() -> None:
    story = Told(BY_TELEPHONE, NEXT)
    asked = story.one(story.says(request("r-1", (ELV,), at(0))), TransferAsked)

    assert (asked.to_region, asked.by, asked.contact) == ("drechtsteden", AskedBy.TELEPHONE, DESK)
    assert (asked.owner, asked.answer_by, asked.ruled_out) == ("zcc-rijnmond", at(30), ("nijmegen",))
    assert story.travels == []


#: What the owner enters, one after the other; the state of the request after it; whom else he has to call or tell.
ANSWERS: Final = [
    (["none"], "waiting", [], ["nijmegen"]),
    (["accepted"], "accepted", [(TransferConfirmed, AskedBy.TELEPHONE, DESK)], []),
    (["accepted", "admitted"], "admitted", [(TransferConfirmed, AskedBy.TELEPHONE, DESK)], []),
    (["accepted", "released"], "waiting", [(TransferConfirmed, AskedBy.TELEPHONE, DESK)], ["nijmegen"]),
    (["admitted"], "admitted", [], []),
    (["none", "accepted"], "waiting", [], ["nijmegen"]),
]


@pytest.mark.parametrize("restart", [False, True], ids=["", "after a restart"])
@pytest.mark.parametrize(
    ("answers", "state", "calls", "travels"), ANSWERS, ids=[" then ".join(row[0]) for row in ANSWERS]
)
def test_the_answer_is_entered_as_an_event(
    *, answers: list[str], state: str, calls: list[Any], travels: list[str], restart: bool
) -> None:
    story = Told(BY_TELEPHONE, NEXT)
    asked = story.one(story.says(request("r-1", (ELV,), at(0))), TransferAsked)
    if restart:
        story.restarts()
    decided: list[Any] = []
    for minutes, outcome in enumerate(answers, start=5):
        story.jumps(at(minutes))
        decided += story.says(says(asked.transfer, outcome, minutes))

    told = [(type(each), each.by, each.contact) for each in decided if isinstance(each, TransferConfirmed)]
    assert (story.state("r-1").value, told, story.travels) == (state, calls, travels)


def test_without_an_answer_in_time_the_owner_says_never_mind_and_the_next_is_asked() -> None:
    story = Told(BY_TELEPHONE, NEXT)
    story.says(request("r-1", (ELV,), at(0)))
    decided = story.ticks(minutes=31)

    withdrawn = story.one(decided, TransferWithdrawn)
    assert (withdrawn.reason, withdrawn.by, withdrawn.contact) == (TransferReason.SILENCE, AskedBy.TELEPHONE, DESK)
    assert story.travels == ["nijmegen"]


def test_a_place_here_or_a_request_that_is_withdrawn_is_told_by_telephone_too() -> None:
    for said in ("placed", "cancelled"):
        story = Told(BY_TELEPHONE)
        story.says(request("r-1", (ELV,), at(0)))
        if said == "placed":
            offered = story.one(story.says(capacity("hier", 1, story.passes(minutes=1))), PlacementOffered)
            decided = story.says(accepted("r-1", offered.offer, story.now))
        else:
            decided = story.says(cancelled("r-1", story.passes(minutes=1)))

        assert story.one(decided, TransferWithdrawn).contact == DESK
        assert story.travels == []


def test_that_he_arrived_there_may_be_said_as_of_any_patient() -> None:
    story = Told(BY_TELEPHONE)
    asked = story.one(story.says(request("r-1", (ELV,), at(0))), TransferAsked)
    story.says(says(asked.transfer, "accepted", 5))

    assert story.one(story.says(admitted("r-1", "bed-daar", at(60))), PlacementAdmitted).unit == "bed-daar"


@pytest.mark.parametrize("outcome", ["accepted", "admitted"])
def test_a_place_without_a_unit_is_refused_with_the_mend(outcome: str) -> None:
    story = Told(BY_TELEPHONE)
    asked = story.one(story.says(request("r-1", (ELV,), at(0))), TransferAsked)
    refused = story.one(story.says(says(asked.transfer, outcome, 5, place=None)), CommandRefused)

    assert (refused.refusal, refused.detail) == (Refusal.UNKNOWN_UNIT, "a place has a unit: name it as they do there")
    assert story.one(story.says(says(asked.transfer, "accepted", 5)), TransferConfirmed).unit == "bed-daar"


def test_who_asks_us_by_telephone_is_answered_by_telephone() -> None:
    """His question was entered here by whoever took the call."""
    question = Question(
        request="drechtsteden.7",
        from_region="drechtsteden",
        asked_at=at(1),
        answer_by=at(30),
        requester="zcc-drechtsteden",
        owner="zcc-drechtsteden",
        profile=profile(ELV),
    )
    story = Told(BY_TELEPHONE, free=3)
    offered = story.one(story.says(question), PlacementOffered)
    said: Frozen = accepted("drechtsteden.7", offered.offer, story.passes(minutes=1))
    answered = story.one(story.says(said), Answer)

    assert (answered.outcome, answered.unit) == (TransferOutcome.ACCEPTED, "hier")
    assert (answered.by, answered.contact, story.travels) == (AskedBy.TELEPHONE, DESK, [])


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        pytest.param([{**BY_TELEPHONE, "asked_by": None}], "add `asked_by`", id="a desk that nobody calls"),
        pytest.param(
            [BY_TELEPHONE, {"region": "drechtsteden", "asks": ["grz"]}], "asked otherwise in an earlier row",
            id="one region in two ways",
        ),
        pytest.param([{**BY_TELEPHONE, "contact": "078 123 45 67"}], "looks like a telephone number", id="a number"),
        pytest.param([{**BY_TELEPHONE, "asked_by": "fax"}], "asked_by", id="another way"),
    ],
)  # fmt: skip
def test_agreements_say_one_way_and_a_desk(rows: list[dict[str, Any]], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        agreements(neighbours=rows)
