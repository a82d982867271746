"""A message that is wrong in a required place is refused: by the published schema and by us alike."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from spoedplein.contracts.catalogue import CONTRACTS, Contract, Direction
from spoedplein.contracts.json_schemas import schema_of
from spoedplein_schemas import DECISION, EVENT, EVENTS, hap
from spoedplein_schemas.examples import EVENT_EXAMPLES

SAID = [contract for contract in CONTRACTS if contract.is_cloud_event and contract.direction is Direction.SAID]
TOLD = [contract for contract in CONTRACTS if contract.is_cloud_event and contract.direction is Direction.TOLD]
VALIDATORS = {
    contract.name: Draft202012Validator(schema_of(contract), format_checker=Draft202012Validator.FORMAT_CHECKER)
    for contract in CONTRACTS
}
MISSING = object()
#: Nothing that a required field of ours may be: free text is short, numbers are not negative, no table has such names.
WRONG = st.one_of(
    st.just(MISSING),
    st.none(),
    st.floats(allow_nan=False, min_value=-1e6, max_value=-0.5),
    st.just("no " * 200),
    st.lists(st.lists(st.integers(), max_size=1), min_size=1, max_size=2),
    st.dictionaries(st.sampled_from(["naam", "bsn"]), st.integers(), min_size=1),
)


def content_of(contract: Contract) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(contract.example.model_dump_json(exclude_none=True))
    return content


def required_places(contract: Contract) -> list[tuple[str, ...]]:
    """Required fields of the envelope and of the data, as paths."""
    schema = schema_of(contract)
    data = schema["$defs"][schema["properties"]["data"]["$ref"].removeprefix("#/$defs/")]
    own = [(name,) for name in schema["required"]]
    return [*own, *(("data", name) for name in data.get("required", ()))]


PLACES = {contract.name: required_places(contract) for contract in (*SAID, *TOLD)}


def put(content: dict[str, Any], place: tuple[str, ...], value: object) -> None:
    inner = content
    for part in place[:-1]:
        inner = inner[part]
    if value is MISSING:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value


def accepted_by_us(contract: Contract, content: dict[str, Any]) -> bool:
    adapter: Any = EVENT if contract.direction is Direction.SAID else DECISION
    try:
        adapter.validate_json(json.dumps(content), strict=True)
    except ValidationError:
        return False
    return True


@settings(deadline=None)
@given(data=st.data())
def test_any_required_field_made_wrong_is_refused_by_the_schema_and_by_us(data: st.DataObject) -> None:
    contract = data.draw(st.sampled_from([*SAID, *TOLD]), label="contract")
    place = data.draw(st.sampled_from(PLACES[contract.name]), label="place")
    value = data.draw(WRONG, label="value")
    content = content_of(contract)
    put(content, place, value)

    assert not VALIDATORS[contract.name].is_valid(content)
    # What has a default in the models is still read when it is missing; the schema asks senders to say it.
    if value is not MISSING or not has_default(contract, place):
        assert not accepted_by_us(contract, content)


def has_default(contract: Contract, place: tuple[str, ...]) -> bool:
    owner: Any = contract.example
    for part in place[:-1]:
        owner = getattr(owner, part)
    fields = type(owner).model_fields
    return place != ("type",) and not fields[place[-1]].is_required()


@settings(deadline=None)
@given(contract=st.sampled_from(SAID), inside=st.booleans(), name=st.from_regex(r"[a-z]{3,12}_x", fullmatch=True))
def test_a_field_that_nobody_knows_is_refused(contract: Contract, inside: bool, name: str) -> None:
    content = content_of(contract)
    put(content, ("data", name) if inside else (name,), "anything")

    assert not VALIDATORS[contract.name].is_valid(content)
    assert not accepted_by_us(contract, content)


@settings(deadline=None)
@given(
    contract=st.sampled_from([one for one in SAID if "urgency" in content_of(one)["data"]]),
    urgency=st.fixed_dictionaries(
        {
            "system": st.sampled_from(["nts", "mts", "ambulance", "ggz", "esi", "retts"]),
            "version": st.just("1"),
            "code": st.sampled_from(["U0", "U5", "U6", "red", "pink", "A0", "B", "B3", "C2", "A", "G", "1", "5", "6"]),
        },
        optional={"proposed_code": st.sampled_from([None, "U1", "red", "A1", "A", "1"])},
    ),
)
def test_the_schema_knows_the_codes_of_each_triage_system_as_we_do(contract: Contract, urgency: dict[str, Any]) -> None:
    content = content_of(contract)
    put(content, ("data", "urgency"), urgency)

    assert VALIDATORS[contract.name].is_valid(content) == accepted_by_us(contract, content)


@pytest.mark.parametrize(
    ("moment", "taken"),
    [
        pytest.param("2026-01-10T23:48:30+01:00", True, id="with an offset"),
        pytest.param("2026-01-10T22:48:30Z", True, id="in UTC"),
        pytest.param("2026-01-10T22:48:30.250Z", True, id="with a fraction"),
        pytest.param("2026-01-10T23:48:30", False, id="without an offset"),
        pytest.param("2026-01-10", False, id="a day"),
        pytest.param("2026-13-10T22:48:30Z", False, id="a thirteenth month"),
        pytest.param(1768085310, False, id="a number"),
    ],
)
def test_times_need_an_offset_for_the_schema_and_for_us(moment: object, taken: bool) -> None:
    contract = next(one for one in SAID if one.example is EVENT_EXAMPLES[hap.ContactRegistered])
    content = content_of(contract)
    put(content, ("data", "registered_at"), moment)

    assert VALIDATORS[contract.name].is_valid(content) is taken
    assert accepted_by_us(contract, content) is taken


def test_a_message_meets_the_schema_of_its_own_kind_only() -> None:
    for contract in SAID:
        met = [name for name, validator in VALIDATORS.items() if validator.is_valid(content_of(contract))]
        assert met == [contract.name]
    assert len(SAID) == len(EVENTS)
