"""At the gate: ids of ours from far into the log, moments written as numbers, and messages legal in size and heavy."""

import json
from datetime import timedelta
from typing import Any, Final

import pytest

from spoedplein.domain import privacy
from spoedplein.domain.gate import Admitted
from spoedplein.testing.builders import EVENING, event
from spoedplein_schemas import EVENT, crowding, encoded, event_class, placement
from spoedplein_schemas import capacity as capacities
from spoedplein_schemas.dead_letters import DeadLetter, RefusalCode
from spoedplein_schemas.examples import EVENT_EXAMPLES
from spoedplein_schemas.vocabulary import Frozen, Topic, millis
from tests.domain.test_gate import (
    A_REPORT,
    A_REQUEST,
    SENT,
    Message,
    admit,
    admitted,
    both,
    codes_and_paths,
    gate,
    message,
    texts,
    with_,
)

#: An offset that passes the test for citizen service numbers, and two that read as a birth date.
_OFFSETS: Final = [123456782, 19420315, 15031942]
_PROPOSAL: Final = EVENT_EXAMPLES[crowding.ProposalConfirmed].data


@pytest.mark.parametrize("offset", _OFFSETS)
@pytest.mark.parametrize(
    ("data", "field", "ours"),
    [
        pytest.param(_PROPOSAL, "proposal", "zuid.west.{}.0", id="a proposal"),
        pytest.param(A_REPORT, "answers", "round-{}-0", id="a round that a report answers"),
        pytest.param(
            EVENT_EXAMPLES[capacities.ReportAnswered].data, "ask", "round-{}-0", id="a round that is answered"
        ),
        pytest.param(EVENT_EXAMPLES[placement.OfferAccepted].data, "offer", "zuid.west.{}.0", id="an offer"),
        pytest.param(
            EVENT_EXAMPLES[placement.OfferAccepted].data, "request", "nijmegen.{}.0", id="a neighbour's request"
        ),
    ],
)
def test_an_id_of_ours_may_have_any_offset(data: Frozen, field: str, ours: str, offset: int) -> None:
    named = data.model_copy(update={field: ours.format(offset)})
    sent = event(named, at=EVENING + timedelta(days=1))

    glances, looks_closely = both(sent, encoded(sent))

    assert isinstance(glances, Admitted), glances
    assert glances == looks_closely


@pytest.mark.parametrize("offset", _OFFSETS)
def test_what_we_relay_may_have_any_offset_and_a_source_may_not_send_it(offset: int) -> None:
    asked = EVENT_EXAMPLES[placement.TransferAsked]
    name = f"nijmegen.{offset}.0"
    told = event_class(type(asked.data))(
        id=f"transfer.{name}",
        source="urn:nld:spoedplein:region:nijmegen",
        subject=name,
        time=asked.time,
        region="rijnmond",
        data=asked.data.model_copy(update={"request": name}),
    )
    place: dict[str, Any] = {"partition": 2, "offset": 17, "received_ms": millis(asked.time)}

    relayed = gate().admit(encoded(told), topic=Topic.DECISIONS, relayed=True, **place)
    assert isinstance(relayed, Admitted), relayed
    sent = gate().admit(encoded(told), topic=Topic.PLACEMENT, **place)
    assert isinstance(sent, DeadLetter)
    assert [path for _, path in codes_and_paths(sent)] == ["$.source", "$.id"]


def test_a_dead_letter_of_what_is_relayed_names_where_its_decision_stands() -> None:
    asked = EVENT_EXAMPLES[placement.TransferAsked]
    told = asked.model_copy(update={"region": "nergens", "id": "transfer.nijmegen.123456782.0"})

    letter = gate().admit(encoded(told), topic=Topic.DECISIONS, partition=2, offset=17, received_ms=0, relayed=True)

    assert isinstance(letter, DeadLetter)
    assert (letter.topic, letter.partition, letter.offset) == (Topic.DECISIONS, 2, 17)
    assert letter.id == "transfer.nijmegen.123456782.0"
    assert letter.faults[0].code is RefusalCode.UNKNOWN_REGION


# --- moments ----------------------------------------------------------------------------------------------------------

#: Read as numbers they are moments: of 1976 in UTC, of 1970, of 2612, and of a day in 2026.
_NUMBERS: Final = ["202601102235", "20260110", "20260111060000", "1768071600", "1768071600.5", "1.768e9"]


@pytest.mark.parametrize("number", _NUMBERS)
@pytest.mark.parametrize(
    ("data", "path"),
    [
        pytest.param(None, ("time",), id="in the envelope"),
        pytest.param(None, ("data", "triaged_at"), id="in the data"),
        pytest.param(EVENT_EXAMPLES[capacities.StopAnnounced].data, ("data", "expected_end"), id="that may be absent"),
        pytest.param(A_REQUEST, ("data", "profile", "needed_by"), id="deep in the data"),
    ],
)
def test_a_moment_that_is_written_as_a_number_is_refused_at_a_glance_and_closely(
    data: Frozen | None, path: tuple[str, ...], number: str
) -> None:
    sent = EVENT.validate_python(message(data), strict=False)
    changed = json.loads(encoded(sent))
    with_(number, *path)(changed)

    glances, looks_closely = both(sent, json.dumps(changed).encode())

    assert isinstance(glances, DeadLetter), number
    assert glances == looks_closely
    fault = glances.faults[0]
    code = RefusalCode.SCHEMA if len(path) > 1 else RefusalCode.ENVELOPE
    assert (fault.code, fault.path) == (code, "$." + ".".join(path))
    assert fault.mend.endswith("as in 2026-01-10T23:40:00+01:00")


@pytest.mark.parametrize("written", ["2026-01-10T19:00:00Z", "2026-01-10 20:00+01:00", "2026-01-10t19:00:00.123z"])
def test_a_moment_may_be_written_as_the_standard_has_it(written: str) -> None:
    sent = message()
    sent["data"]["triaged_at"] = written

    assert admitted(sent).id == sent["id"]


# --- heavy ------------------------------------------------------------------------------------------------------------

#: Legal in size, and nothing that the contract knows.
_HEAVY: Final = {
    "unknown keys": message() | {"data": {f"veld{index}": 1 for index in range(16_000)}},
    "unknown keys with a person's among the first": message()
    | {"data": {"bsn": 1} | {f"veld{index}": 1 for index in range(16_000)}},
    "a subject of digits and dashes": message() | {"subject": "1-" * 120_000},
    "an unknown text": message() | {"note": "1-" * 120_000},
    "a key": message() | {"1-" * 120_000: 1},
    "texts that are no codes": message() | {"data": {"includes": ["een twee 3"] * 16_000}},
    "codes that identify": message(A_REPORT) | {"data": {"includes": ["r-123456782"] * 16_000}},
}


@pytest.mark.parametrize("what", _HEAVY)
def test_what_is_heavy_is_refused_without_looking_at_all_of_it(what: str) -> None:
    raw = json.dumps(_HEAVY[what]).encode()
    heavy = gate(bytes_max=262_144)
    looked_at: list[int] = []
    in_free_text = privacy._in_free_text

    def counted(text: str) -> list[tuple[RefusalCode, privacy.Span]]:
        looked_at.append(len(text))
        return in_free_text(text)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(privacy, "_in_free_text", counted)
        letter = admit(raw, to=heavy)

    assert isinstance(letter, DeadLetter)
    assert len(looked_at) <= 5 * privacy.STRANGE_MAX
    assert ("bsn" in letter.model_dump_json()) == ("person" in what or "identify" in what)


def test_only_the_beginning_of_a_text_is_looked_at_and_the_rest_is_let_in_nowhere() -> None:
    long = "a " * privacy.TEXT_LOOKED_AT
    assert list(privacy.findings({"note": f"bsn 123456782 {long}"})) != []
    assert list(privacy.findings({"note": f"{long} bsn 123456782"})) == []

    for sent in SENT:
        for place, key in texts(sent):
            changed: Message = json.loads(encoded(sent))
            (changed["data"] if place == "data" else changed)[key] = f"{long} bsn 123456782"
            glances, looks_closely = both(sent, json.dumps(changed).encode())
            assert isinstance(glances, DeadLetter), (place, key)
            assert glances == looks_closely
            assert "123456782" not in glances.model_dump_json()
