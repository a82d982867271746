"""The examples are one night, told without contradictions and without persons."""

import json
import re
from datetime import datetime
from typing import Any

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_structured_event, to_structured_event
from cloudevents.core.formats.json import JSONFormat
from pydantic import ValidationError

from spoedplein.contracts.catalogue import CONTRACTS, Contract
from spoedplein.domain.agreements import adopted
from spoedplein_schemas import (
    DECISION,
    DECISIONS,
    EVENT,
    EVENTS,
    Event,
    agreements,
    decisions,
    encoded,
    fact,
    placement,
)
from spoedplein_schemas.capacity import CapacityReported
from spoedplein_schemas.examples import AGREEMENTS, DECISION_EXAMPLES, EVENT_EXAMPLES, VIEW_EXAMPLES
from spoedplein_schemas.vocabulary import Role, millis

CLOUD_EVENTS = [pytest.param(contract, id=contract.name) for contract in CONTRACTS if contract.is_cloud_event]


def wire(contract: Contract) -> bytes:
    return contract.example.model_dump_json(exclude_none=True).encode()


def test_there_is_one_example_of_each_kind() -> None:
    assert list(EVENT_EXAMPLES) == [kind.data for kind in EVENTS]
    assert list(DECISION_EXAMPLES) == [kind.data for kind in DECISIONS]


@pytest.mark.parametrize("contract", CLOUD_EVENTS)
def test_the_cloudevents_sdk_reads_and_writes_our_messages_unharmed(contract: Contract) -> None:
    content = json.loads(wire(contract))
    message = KafkaMessage(headers={"content-type": b"application/cloudevents+json"}, key=None, value=wire(contract))

    read = from_structured_event(message, JSONFormat())

    attributes = {name: value for name, value in content.items() if name not in ("data", "time")}
    assert attributes == {name: value for name, value in read.get_attributes().items() if name != "time"}
    assert {"id", "source", "type", "specversion", "region"} <= attributes.keys()
    assert read.get_time() == datetime.fromisoformat(content["time"])
    assert read.get_data() == content["data"]
    adapter: Any = DECISION if "causationid" in content else EVENT
    assert adapter.validate_json(to_structured_event(read, JSONFormat()).value, strict=True) == contract.example


@pytest.mark.parametrize("event", EVENT_EXAMPLES.values(), ids=[kind.name for kind in EVENTS])
def test_the_core_is_told_the_same_by_a_fact_as_by_the_whole_event(event: Event) -> None:
    said = fact(encoded(event))

    assert (said["id"], said["region"], said["data"]) == (event.id, event.region, event.data)
    assert type(said["data"]) is type(event.data)


def test_a_fact_of_data_that_the_contract_does_not_allow_is_refused() -> None:
    report = EVENT_EXAMPLES[CapacityReported]
    wrong = report.model_copy(update={"data": report.data.model_copy(update={"free": -1})})

    with pytest.raises(ValidationError, match=r"capacity\.reported\.v1`\.data\.free"):
        fact(encoded(wrong))


def test_ids_are_used_once() -> None:
    ids = [message.id for message in (*EVENT_EXAMPLES.values(), *DECISION_EXAMPLES.values())]

    assert len(set(ids)) == len(ids)


def test_messages_are_sent_after_what_they_say_happened() -> None:
    """Within half a minute: sources report as it happens, except what they foresee."""
    foreseen = {"eta", "expected_end", "needed_by", "answer_by"}
    for event in EVENT_EXAMPLES.values():
        for name, value in event.data:
            if isinstance(value, datetime) and name not in foreseen:
                assert 0 <= (event.time - value).total_seconds() <= 60, (event.type, name)


def test_decisions_carry_the_time_of_their_cause_and_follow_the_order_of_the_log() -> None:
    causes = {event.id: event.time for event in EVENT_EXAMPLES.values()}
    by_offset = sorted(DECISION_EXAMPLES.values(), key=lambda decision: int(decision.id.split(".")[1]))

    assert [decision.time for decision in by_offset] == sorted(decision.time for decision in by_offset)
    known = [decision for decision in by_offset if decision.causationid in causes]
    assert all(decision.time == causes[decision.causationid] for decision in known)
    assert len(known) > len(DECISION_EXAMPLES) / 2


def test_one_offset_has_one_cause() -> None:
    causes: dict[str, set[str]] = {}
    for decision in DECISION_EXAMPLES.values():
        causes.setdefault(decision.id.rpartition(".")[0], set()).add(decision.causationid)

    assert {offset: found for offset, found in causes.items() if len(found) > 1} == {}


def test_the_offer_that_was_accepted_is_the_one_that_was_made() -> None:
    made = DECISION_EXAMPLES[decisions.PlacementOffered]
    accepted = EVENT_EXAMPLES[placement.OfferAccepted]
    asked = EVENT_EXAMPLES[placement.PlacementRequested]
    admitted = DECISION_EXAMPLES[decisions.PlacementAdmitted]

    assert made.id == made.data.offer == accepted.data.offer
    assert made.data.request == accepted.data.request == asked.data.request
    assert accepted.time < made.data.answer_by
    at = EVENT_EXAMPLES[placement.PatientAdmitted].data.admitted_at
    assert admitted.data.to_place_seconds == (at - asked.data.requested_at).total_seconds()


def test_ages_are_counted_from_the_figure_to_the_decision() -> None:
    made = DECISION_EXAMPLES[decisions.PlacementOffered]
    basis = made.data.basis

    assert basis.age_seconds == (millis(made.time) - millis(basis.observed_at)) // 1000


def test_places_of_the_region_are_in_its_agreements() -> None:
    units = {unit.id for unit in AGREEMENTS.units}
    sites = {site.id for site in AGREEMENTS.sites}
    rooms = {name for room in AGREEMENTS.rooms for name in room.names}
    elsewhere = {"ggz-hic-duinrand"}

    for message in (*EVENT_EXAMPLES.values(), *DECISION_EXAMPLES.values()):
        assert getattr(message.data, "unit", None) in {*units, *elsewhere, None}
        assert getattr(message.data, "site", None) in {*sites, None}
        assert getattr(message.data, "room", None) in {*rooms, None}
        for exclusion in getattr(message.data, "excluded", ()):
            assert getattr(exclusion, "unit", None) in {*units, None}
            assert getattr(exclusion, "room", None) in {*rooms, None}


def test_the_digest_is_the_one_that_adopting_gives() -> None:
    example = EVENT_EXAMPLES[agreements.AgreementsAdopted].data

    assert adopted(AGREEMENTS, at_ms=millis(example.adopted_at), by=example.by) == example


@pytest.mark.parametrize("contract", [pytest.param(contract, id=contract.name) for contract in CONTRACTS])
def test_nothing_identifies_a_person(contract: Contract) -> None:
    text = re.sub(r"urn:nld:oin:[0-9]{20}|[0-9a-f]{64}", "", contract.example.model_dump_json())

    assert not re.search(r"(?<![0-9])[0-9]{9}(?![0-9])", text), "nine digits, as a BSN has"
    assert not re.search(r"[1-9][0-9]{3} ?[A-Z]{2}\b", text), "a whole postcode"
    assert not re.search(r"[\w.]+@[\w.]+\.\w|\b0[1-9][0-9 -]{8,}", text), "an address to reach somebody by"


def test_who_acted_is_a_role_and_an_organisation() -> None:
    acted = [event.data.by for event in EVENT_EXAMPLES.values() if getattr(event.data, "by", None)]

    assert {actor.role for actor in acted} == {Role.COORDINATOR, Role.GP, Role.NURSE, Role.PROVIDER}
    assert len(VIEW_EXAMPLES) == sum(contract.name.startswith("view.") for contract in CONTRACTS)
