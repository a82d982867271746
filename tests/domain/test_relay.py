"""What one region decides that another must hear becomes an event in its log; what is asked otherwise does not."""

from typing import Any, Final

import pytest

from spoedplein.domain.transfer.relay import RELAYED, relayed
from spoedplein_schemas import DECISIONS, EVENT, Decision, placement, transfer
from spoedplein_schemas.examples import DECISION_EXAMPLES
from spoedplein_schemas.neighbours import AskedBy
from spoedplein_schemas.vocabulary import Frozen


def made(kind: type[Frozen], **changes: Any) -> Decision:  # noqa: ANN401
    example = DECISION_EXAMPLES[kind]
    return example.model_copy(update={"data": example.data.model_copy(update=changes)})


#: The decision, the event that it becomes, and the field that names the region whose log it is written into.
TRAVELS: Final = [
    pytest.param(transfer.TransferAsked, placement.TransferAsked, "to_region", id="asked"),
    pytest.param(transfer.TransferAnswered, placement.TransferAnswered, "from_region", id="answered"),
    pytest.param(transfer.TransferConfirmed, placement.TransferConfirmed, "to_region", id="confirmed"),
    pytest.param(transfer.TransferWithdrawn, placement.TransferWithdrawn, "to_region", id="withdrawn"),
]


@pytest.mark.parametrize(("kind", "becomes", "to"), TRAVELS)
def test_it_is_written_into_the_other_log_under_an_id_that_follows_from_the_decision(
    kind: type[Frozen], becomes: type[Frozen], to: str
) -> None:
    decision = made(kind)
    told = relayed(decision)

    assert told is not None
    assert type(told.data) is becomes
    assert (told.region, told.id) == (getattr(decision.data, to), f"transfer.{decision.id}")
    assert (told.subject, told.time) == (decision.data.transfer, decision.time)
    assert told.source == f"urn:nld:spoedplein:region:{decision.region}"
    assert told.data.model_dump()["request"] == decision.data.transfer, "over there it is known by that pseudonym"


@pytest.mark.parametrize(("kind", "becomes", "to"), TRAVELS)
def test_sent_again_it_is_the_same_bytes_and_reads_as_an_event_of_the_contract(
    kind: type[Frozen], becomes: type[Frozen], to: str
) -> None:
    first, again = (relayed(made(kind)) for _ in range(2))
    assert first is not None
    assert again is not None
    sent = first.model_dump_json(exclude_none=True)

    assert sent == again.model_dump_json(exclude_none=True)
    assert type(EVENT.validate_json(sent).data) is becomes


@pytest.mark.parametrize("by", list(AskedBy))
@pytest.mark.parametrize(("kind", "becomes", "to"), TRAVELS)
def test_to_a_region_that_is_called_or_told_by_another_system_nothing_travels(
    kind: type[Frozen], becomes: type[Frozen], to: str, by: AskedBy
) -> None:
    assert relayed(made(kind, by=by, contact="coördinatiepunt")) is None


def test_who_answers_is_told_no_more_than_was_agreed() -> None:
    """The reasons of each of our units stay here; so does the quarter of a town where somebody lives."""
    answered = made(transfer.TransferAnswered)
    told = relayed(answered)

    assert told is not None
    assert answered.data.excluded
    assert not hasattr(told.data, "excluded")


@pytest.mark.parametrize(
    "kind", [kind.data for kind in DECISIONS if kind.data not in RELAYED], ids=lambda k: k.__name__
)
def test_nothing_else_travels(kind: type[Frozen]) -> None:
    assert relayed(DECISION_EXAMPLES[kind]) is None
