"""Every message is admitted as one event of ours, or refused with reasons that give nothing away."""

import json
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spoedplein.domain.faults import FAULTS_MAX
from spoedplein.domain.gate import PAYLOAD_CHARACTERS_MAX, Admitted, Gate
from spoedplein.testing.builders import EVENING, agreements, capacity, event, request, site, triaged, unit, visit_ended
from spoedplein_schemas import EVENT, EVENTS, Event, kind_of, placement, rooms
from spoedplein_schemas.agreements import SourceMapping
from spoedplein_schemas.dead_letters import DeadLetter, RefusalCode
from spoedplein_schemas.examples import AGREEMENTS, EVENT_EXAMPLES
from spoedplein_schemas.home_care import VisitOutcome
from spoedplein_schemas.vocabulary import SOURCE_TOPICS, CareType, Frozen, Property, Topic, millis

Message = dict[str, Any]

NOW_MS: Final = millis(EVENING)
EPD: Final = "urn:nld:oin:00000004003214345000:systeem:epd-zuid"
AGREED: Final = agreements(
    unit("elv-hoog-frankeland", CareType.ELV_HOOG),
    sites=[site("schiedam"), site("rotterdam-zuid")],
    care_paths=[{"id": "katheter", "name": "Katheter verstopt"}],
    rooms=[
        {"id": "kamer", "site": "schiedam", "home": "seh", "count": 3},
        {"id": "spreek", "site": "rotterdam-zuid", "home": "hap"},
    ],
    mappings=(
        SourceMapping(source=EPD, path="data.unit", codes={"AFD-3": "elv-hoog-frankeland", "7": "elv-hoog-frankeland"}),
        SourceMapping(source=EPD, path="data.urgency.code", codes={"rood": "U1", "2": "U2"}),
        SourceMapping(source=EPD, path="data.complaint", codes={"BUIK": "abdominal"}),
        SourceMapping(source=EPD, path="data.profile.care_types", codes={"ELVH": "elv-hoog"}),
    ),
)


def gate(**changes: Any) -> Gate:  # noqa: ANN401
    arguments: dict[str, Any] = {
        "regions": {"rijnmond": 0, "nijmegen": 1},
        "agreements": {"rijnmond": AGREED},
        "bytes_max": 10_000,
        "clock_ahead_ms": 120_000,
    }
    return Gate(**(arguments | changes))


def admit(raw: bytes | None, topic: str = Topic.HAP, *, to: Gate | None = None) -> Admitted | DeadLetter:
    return (to or gate()).admit(raw, topic=topic, partition=2, offset=17, received_ms=NOW_MS)


def message(data: Frozen | None = None, *, source: str = EPD) -> Message:
    built = event(data or triaged("c-7f3a9e21", "U2", EVENING), at=EVENING, source=source)
    return dict(json.loads(built.model_dump_json(exclude_none=True)))


def refused(sent: Message, topic: str = Topic.HAP) -> DeadLetter:
    letter = admit(json.dumps(sent).encode(), topic)
    assert isinstance(letter, DeadLetter)
    return letter


def admitted(sent: Message, topic: str = Topic.HAP) -> Event:
    taken = admit(json.dumps(sent).encode(), topic)
    assert isinstance(taken, Admitted), taken
    return taken.event


def codes_and_paths(letter: DeadLetter) -> list[tuple[RefusalCode, str]]:
    return [(fault.code, fault.path) for fault in letter.faults]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        pytest.param(None, RefusalCode.NOT_JSON, id="tombstone"),
        pytest.param(b"", RefusalCode.NOT_JSON, id="nothing"),
        pytest.param(b"MSH|^~\\&|EPD", RefusalCode.NOT_JSON, id="another language"),
        pytest.param(b'{"id": "\xff"}', RefusalCode.NOT_JSON, id="not UTF-8"),
        pytest.param('{"id": 1}'.encode("utf-16"), RefusalCode.NOT_JSON, id="UTF-16"),
        pytest.param(b'\xef\xbb\xbf{"id": 1}', RefusalCode.NOT_JSON, id="byte order mark"),
        pytest.param(b'{"free": 1, "free": 2}', RefusalCode.NOT_JSON, id="a key twice"),
        pytest.param(b'{"free": NaN}', RefusalCode.NOT_JSON, id="NaN"),
        pytest.param(b'{"free": -Infinity}', RefusalCode.NOT_JSON, id="infinity"),
        pytest.param(b'{"free": 1e999}', RefusalCode.NOT_JSON, id="a number beyond floats"),
        pytest.param(b'{"free": ' + b"9" * 5_000 + b"}", RefusalCode.NOT_JSON, id="a number of 5,000 digits"),
        pytest.param(b'{"id": "\\ud800"}', RefusalCode.NOT_JSON, id="half a surrogate pair"),
        pytest.param(b"[" * 9_000, RefusalCode.NOT_JSON, id="brackets without end"),
        pytest.param(b'{"a":' * 40 + b"1" + b"}" * 40, RefusalCode.NOT_JSON, id="forty levels"),
        pytest.param(b"x" * 10_000_000, RefusalCode.TOO_LARGE, id="ten megabytes"),
        pytest.param(b"42", RefusalCode.NOT_AN_OBJECT, id="a number"),
        pytest.param(b'[{"specversion": "1.0"}]', RefusalCode.NOT_AN_OBJECT, id="a batch"),
    ],
)
def test_what_is_no_json_object_is_refused_with_only_its_length_kept(raw: bytes | None, code: RefusalCode) -> None:
    letter = admit(raw)

    assert isinstance(letter, DeadLetter)
    assert codes_and_paths(letter) == [(code, "$")]
    assert letter.payload == f"[{len(raw or b'')} bytes, not shown]"
    assert letter.digest == sha256(raw or b"").hexdigest()


@pytest.mark.parametrize("field", ["care_types", "needs"])
def test_what_is_named_again_and_again_counts_once(field: str) -> None:
    sent = message(request("r-1", (CareType.GRZ, CareType.ELV_HOOG), EVENING, needs=(Property.SINGLE_ROOM,)))
    sent["data"]["profile"][field] *= 300

    asked = admitted(sent, Topic.PLACEMENT).data

    assert isinstance(asked, placement.PlacementRequested)
    assert asked.profile.care_types == (CareType.GRZ, CareType.ELV_HOOG)
    assert asked.profile.needs == (Property.SINGLE_ROOM,)


def without(*path: str) -> Callable[[Message], None]:
    return lambda sent: _reach(sent, path[:-1]).pop(path[-1])


def with_(value: object, *path: str) -> Callable[[Message], None]:
    return lambda sent: _reach(sent, path[:-1]).update({path[-1]: value})


def _reach(sent: Message, path: tuple[str, ...]) -> Message:
    for name in path:
        sent = sent[name]
    return sent


def row_id(cell: object) -> str:
    return cell if isinstance(cell, str) else ""


LATER = (EVENING + timedelta(minutes=3)).isoformat()
AN_ORDINARY_TRIAGE = triaged("c-7f3a9e21", "U2", EVENING)
A_REPORT = capacity("elv-hoog-frankeland", 2, EVENING)
A_REQUEST = request("r-1", (CareType.ELV_HOOG,), EVENING)
A_VISIT = visit_ended("r-1", "elv-hoog-frankeland", VisitOutcome.INDEPENDENT, EVENING, care_path="katheter")
A_CLEAN_ROOM = rooms.RoomCleaned(site="schiedam", room="kamer-2", cleaned_at=EVENING)


@pytest.mark.parametrize(
    ("data", "change", "code", "path"),
    [
        (None, without("specversion"), RefusalCode.ENVELOPE, "$.specversion"),
        (None, with_("0.3", "specversion"), RefusalCode.ENVELOPE, "$.specversion"),
        (None, without("type"), RefusalCode.ENVELOPE, "$.type"),
        (None, without("time"), RefusalCode.ENVELOPE, "$.time"),
        (None, with_("2026-01-10T20:00:00", "time"), RefusalCode.ENVELOPE, "$.time"),
        (None, with_("HAP Schiedam", "source"), RefusalCode.ENVELOPE, "$.source"),
        (None, with_("urn:nld:spoedplein:region:nijmegen", "source"), RefusalCode.ENVELOPE, "$.source"),
        (None, with_("x", "tracestate"), RefusalCode.ENVELOPE, "$.tracestate"),
        (None, with_("nl.spoedplein.hap.contact-traiged.v1", "type"), RefusalCode.UNKNOWN_TYPE, "$.type"),
        (A_REPORT, with_("nl.spoedplein.capacity.reported.v2", "type"), RefusalCode.UNKNOWN_TYPE, "$.type"),
        (A_REPORT, with_("u", "data", "free"), RefusalCode.WRONG_TOPIC, "$.type"),
        (EVENT_EXAMPLES[EVENTS[-1].data].data, with_("x", "id"), RefusalCode.WRONG_TOPIC, "$.type"),
        (None, without("data"), RefusalCode.ENVELOPE, "$.data"),
        (None, with_([], "data"), RefusalCode.ENVELOPE, "$.data"),
        (None, without("data", "site"), RefusalCode.SCHEMA, "$.data.site"),
        (None, with_(1, "data", "vrij_veld"), RefusalCode.SCHEMA, "$.data.vrij_veld"),
        (None, with_("nhs", "data", "urgency", "system"), RefusalCode.SCHEMA, "$.data.urgency.system"),
        (None, with_("U9", "data", "urgency", "code"), RefusalCode.UNKNOWN_CODE, "$.data.urgency.code"),
        (None, with_("U9", "data", "urgency", "proposed_code"), RefusalCode.SCHEMA, "$.data.urgency.proposed_code"),
        (None, with_("HOOFD", "data", "complaint"), RefusalCode.UNKNOWN_CODE, "$.data.complaint"),
        (None, with_("2026-01-10", "data", "triaged_at"), RefusalCode.SCHEMA, "$.data.triaged_at"),
        (None, with_(1768071600, "data", "triaged_at"), RefusalCode.SCHEMA, "$.data.triaged_at"),
        (None, with_("maasstad", "region"), RefusalCode.UNKNOWN_REGION, "$.region"),
        (None, with_("vlaardingen", "data", "site"), RefusalCode.UNKNOWN_SITE, "$.data.site"),
        (None, with_(LATER, "data", "triaged_at"), RefusalCode.CLOCK_AHEAD, "$.data.triaged_at"),
        (None, with_("bel mevr. Jansen", "subject"), RefusalCode.IDENTIFIES_NAME, "$.subject"),
        (None, with_("c-123456782", "data", "contact"), RefusalCode.IDENTIFIES_BSN, "$.data.contact"),
        (None, with_(1, "data", "123456782"), RefusalCode.IDENTIFIES_BSN, "$.data.*"),
        (None, with_("geb. 3 mei 1940", "data", "note"), RefusalCode.IDENTIFIES_BIRTH_DATE, "$.data.note"),
        (None, with_("06-12345678", "data", "note"), RefusalCode.IDENTIFIES_PHONE, "$.data.note"),
        (None, with_("Dorpsstraat 12", "data", "note"), RefusalCode.IDENTIFIES_ADDRESS, "$.data.note"),
        (None, with_("jan@voorbeeld.nl", "data", "note"), RefusalCode.IDENTIFIES_EMAIL, "$.data.note"),
    ],
    ids=row_id,
)
def test_each_fault_is_named_by_code_and_place(
    data: Frozen | None, change: Callable[[Message], None], code: RefusalCode, path: str
) -> None:
    sent = message(data)
    change(sent)

    letter = refused(sent)

    assert codes_and_paths(letter)[0] == (code, path)
    assert all(fault.message and fault.mend for fault in letter.faults)


@pytest.mark.parametrize(
    ("data", "change", "code", "path"),
    [
        (A_REPORT, with_("AFD-4", "data", "unit"), RefusalCode.SCHEMA, "$.data.unit"),
        (A_REPORT, with_("afd-4", "data", "unit"), RefusalCode.UNKNOWN_UNIT, "$.data.unit"),
        (A_REPORT, with_(True, "data", "free"), RefusalCode.SCHEMA, "$.data.free"),
        (A_REPORT, with_("2", "data", "free"), RefusalCode.SCHEMA, "$.data.free"),
        (A_REPORT, with_(-1, "data", "free"), RefusalCode.SCHEMA, "$.data.free"),
        (A_REPORT, with_(["r-1", "R 2"], "data", "includes"), RefusalCode.SCHEMA, "$.data.includes[1]"),
        (A_REQUEST, with_(["afd-4"], "data", "preferred"), RefusalCode.UNKNOWN_UNIT, "$.data.preferred[0]"),
        (A_REQUEST, with_("vlaardingen", "data", "origin"), RefusalCode.UNKNOWN_SITE, "$.data.origin"),
        (A_VISIT, with_("wond", "data", "care_path"), RefusalCode.UNKNOWN_CODE, "$.data.care_path"),
        (A_VISIT, with_("alleen", "data", "outcome"), RefusalCode.SCHEMA, "$.data.outcome"),
        (A_CLEAN_ROOM, with_("kamer-4", "data", "room"), RefusalCode.UNKNOWN_ROOM, "$.data.room"),
        (A_CLEAN_ROOM, with_("kamer", "data", "room"), RefusalCode.UNKNOWN_ROOM, "$.data.room"),
        (A_CLEAN_ROOM, with_("spreek", "data", "room"), RefusalCode.UNKNOWN_ROOM, "$.data.room"),
        (A_CLEAN_ROOM, with_("vlaardingen", "data", "site"), RefusalCode.UNKNOWN_SITE, "$.data.site"),
        (A_REQUEST, with_("3118AB", "data", "profile", "area"), RefusalCode.IDENTIFIES_ADDRESS, "$.data.profile.area"),
        (A_REQUEST, with_([], "data", "profile", "care_types"), RefusalCode.SCHEMA, "$.data.profile.care_types"),
    ],
    ids=row_id,
)
def test_figures_and_requests_are_held_against_the_contract_and_the_agreements(
    data: Frozen, change: Callable[[Message], None], code: RefusalCode, path: str
) -> None:
    sent = message(data, source="urn:nld:oin:00000004003214345000:systeem:ander")
    change(sent)

    letter = refused(sent, kind_of(type(data)).topic)

    assert codes_and_paths(letter) == [(code, path)]


def test_every_refusal_code_has_its_row() -> None:
    marks = [
        mark
        for test in (
            test_what_is_no_json_object_is_refused_with_only_its_length_kept,
            test_each_fault_is_named_by_code_and_place,
            test_figures_and_requests_are_held_against_the_contract_and_the_agreements,
        )
        for mark in vars(test)["pytestmark"]
    ]
    rows = [row.values if hasattr(row, "values") else row for mark in marks for row in mark.args[1]]

    assert {cell for row in rows for cell in row if isinstance(cell, RefusalCode)} == set(RefusalCode)


def test_faults_of_one_message_are_told_together() -> None:
    sent = message()
    del sent["time"]
    sent["region"] = "maasstad"
    sent["data"]["urgency"]["code"] = "U9"
    sent["data"]["site"] = 3

    assert codes_and_paths(refused(sent, Topic.SEH)) == [
        (RefusalCode.WRONG_TOPIC, "$.type"),
        (RefusalCode.UNKNOWN_REGION, "$.region"),
        (RefusalCode.ENVELOPE, "$.time"),
        (RefusalCode.SCHEMA, "$.data.site"),
        (RefusalCode.SCHEMA, "$.data.urgency.code"),
    ]


def test_a_hundred_faults_are_cut_to_the_first() -> None:
    sent = message()
    sent["data"] |= {f"veld_{chr(97 + index % 26)}_{chr(97 + index // 26)}": 1 for index in range(100)}

    assert len(refused(sent).faults) == FAULTS_MAX


def test_a_dead_letter_stays_small_whatever_was_sent() -> None:
    raw = json.dumps({"specversion": "1.0", "type": "x", "data": {"a": [1] * 80_000}}).encode()
    letter = admit(raw, to=gate(bytes_max=500_000))

    assert isinstance(letter, DeadLetter)
    assert len(letter.payload) == PAYLOAD_CHARACTERS_MAX
    assert letter.payload.endswith("[the rest is not shown]")


def test_binary_mode_is_answered_with_what_to_send_instead() -> None:
    letter = refused(message()["data"])

    assert codes_and_paths(letter) == [(RefusalCode.ENVELOPE, "$")]
    assert "binary mode" in letter.faults[0].message
    assert "structured mode" in letter.faults[0].mend


def test_a_type_with_a_slip_of_the_pen_is_answered_with_the_likely_one() -> None:
    sent = message() | {"type": "nl.spoedplein.hap.contact-traiged.v1"}

    assert refused(sent).faults[0].mend == "did you mean nl.spoedplein.hap.contact-triaged.v1?"


def test_a_dead_letter_lets_the_sender_find_his_own_copy() -> None:
    sent = message() | {"region": "maasstad"}
    letter = refused(sent)

    assert (letter.topic, letter.partition, letter.offset) == (Topic.HAP, 2, 17)
    assert (letter.source, letter.id, letter.received_at) == (EPD, sent["id"], EVENING)
    assert letter.digest == sha256(json.dumps(sent).encode()).hexdigest()
    assert json.loads(letter.payload) == sent


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("id", "c-123456782"), ("id", "jan jansen"), ("source", "urn:x:123456782"), ("source", "Jansen"), ("id", 3)],
)
def test_a_dead_letter_repeats_no_source_or_id_that_is_none(attribute: str, value: object) -> None:
    assert getattr(refused(message() | {attribute: value}), attribute) is None


# --- codes of a source --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "path", "theirs", "ours"),
    [
        pytest.param(A_REPORT, ("unit",), "AFD-3", "elv-hoog-frankeland", id="a unit"),
        pytest.param(A_REPORT, ("unit",), 7, "elv-hoog-frankeland", id="a code sent as a number"),
        pytest.param(A_REPORT, ("unit",), "elv-hoog-frankeland", "elv-hoog-frankeland", id="our own code"),
        pytest.param(AN_ORDINARY_TRIAGE, ("urgency", "code"), "rood", "U1", id="an urgency"),
        pytest.param(AN_ORDINARY_TRIAGE, ("urgency", "code"), "U3", "U3", id="an urgency of the contract"),
        pytest.param(AN_ORDINARY_TRIAGE, ("complaint",), "BUIK", "abdominal", id="an open list"),
        pytest.param(A_REQUEST, ("profile", "care_types"), ["ELVH", "grz"], ["elv-hoog", "grz"], id="each of a list"),
    ],
)
def test_codes_of_a_source_become_ours(data: Frozen, path: tuple[str, ...], theirs: object, ours: object) -> None:
    sent = message(data)
    with_(theirs, "data", *path)(sent)

    taken = json.loads(admitted(sent, kind_of(type(data)).topic).model_dump_json())

    assert _reach(taken["data"], path[:-1])[path[-1]] == ours


@pytest.mark.parametrize(
    ("data", "path", "known"),
    [
        pytest.param(A_REPORT, ("unit",), "AFD-3, 7", id="a unit"),
        pytest.param(AN_ORDINARY_TRIAGE, ("urgency", "code"), "rood, 2", id="an urgency"),
        pytest.param(AN_ORDINARY_TRIAGE, ("complaint",), "BUIK", id="an open list"),
    ],
)
def test_an_unknown_code_is_answered_with_the_known_ones(data: Frozen, path: tuple[str, ...], known: str) -> None:
    sent = message(data)
    with_("ANDERS", "data", *path)(sent)

    (fault,) = refused(sent, kind_of(type(data)).topic).faults

    assert (fault.code, fault.path) == (RefusalCode.UNKNOWN_CODE, f"$.data.{'.'.join(path)}")
    assert fault.message.endswith(f"mapped are {known}")
    assert "ANDERS" not in fault.message + fault.mend


def test_codes_are_mapped_for_their_own_source_only() -> None:
    sent = message(A_REPORT, source="urn:nld:oin:00000004003214345000:systeem:ander")
    sent["data"]["unit"] = "AFD-3"

    assert codes_and_paths(refused(sent, Topic.CAPACITY)) == [(RefusalCode.SCHEMA, "$.data.unit")]


# --- what is admitted ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent", [pytest.param(EVENT_EXAMPLES[kind.data], id=kind.name) for kind in EVENTS if kind.topic is not Topic.LOG]
)
def test_every_event_of_the_contract_is_admitted_on_its_topic_and_no_other(sent: Event) -> None:
    raw = sent.model_dump_json(exclude_none=True).encode()
    clock_ms = millis(sent.time) + 86_400_000
    agreed = gate(agreements={"rijnmond": AGREEMENTS})

    for topic in SOURCE_TOPICS:
        taken = agreed.admit(raw, topic=topic, partition=0, offset=0, received_ms=clock_ms)
        if topic is kind_of(type(sent.data)).topic:
            assert taken == Admitted(sent.region, raw, sent)
        else:
            assert isinstance(taken, DeadLetter)
            assert codes_and_paths(taken) == [(RefusalCode.WRONG_TOPIC, "$.type")]


def test_equal_events_are_equal_bytes_however_they_were_spelled() -> None:
    sent = message()
    spelled = dict(reversed(sent.items())) | {"subject": None, "time": sent["time"].replace("Z", "+00:00")}

    one, other = admit(json.dumps(sent, indent=2).encode()), admit(json.dumps(spelled).encode())

    assert isinstance(one, Admitted)
    assert one == other
    assert EVENT.validate_json(one.value) == one.event


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            with_((EVENING + timedelta(seconds=120)).isoformat(), "data", "triaged_at"),
            "clock just within what is allowed",
        ),
        (with_((EVENING + timedelta(days=1)).isoformat(), "time"), "only observations are held against our clock"),
        (with_("nijmegen", "region"), "no agreements of this region are at hand"),
    ],
    ids=row_id,
)
def test_what_cannot_be_judged_is_not_refused(change: Callable[[Message], None], why: str) -> None:
    sent = message()
    sent["data"]["site"] = "schiedam"
    change(sent)

    assert admitted(sent).id == sent["id"], why


def test_a_transfer_names_a_unit_of_the_region_that_answers() -> None:
    elsewhere = agreements(unit("grz-waalboog", CareType.GRZ), region="nijmegen")
    both = gate(agreements={"rijnmond": AGREED, "nijmegen": elsewhere})
    answer = placement.TransferAnswered(
        request="rijnmond.1.0",
        by_region="nijmegen",
        answered_at=EVENING,
        outcome=placement.TransferOutcome.ACCEPTED,
        unit="grz-waalboog",
    )
    sent = message(answer, source="urn:nld:oin:00000004003214345000:systeem:coordinatie")

    assert isinstance(admit(json.dumps(sent).encode(), Topic.PLACEMENT, to=both), Admitted)
    sent["data"]["unit"] = "afd-4"
    letter = admit(json.dumps(sent).encode(), Topic.PLACEMENT, to=both)
    assert isinstance(letter, DeadLetter)
    assert codes_and_paths(letter) == [(RefusalCode.UNKNOWN_UNIT, "$.data.unit")]


# --- whatever comes -----------------------------------------------------------------------------------------------

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(raw=st.binary(max_size=200) | _JSON.map(lambda value: json.dumps(value).encode()))
@example(raw=b'{"type": []}')
@example(raw=b'{"specversion": "1.0", "type": {}, "source": [], "region": {}}')
def test_nothing_that_is_sent_raises(raw: bytes) -> None:
    assert isinstance(admit(raw), DeadLetter)


@settings(deadline=None)
@given(place=st.sampled_from(["id", "source", "type", "subject", "time", "region", "data"]), value=_JSON)
def test_no_attribute_can_hold_what_makes_the_gate_fall(place: str, value: object) -> None:
    taken = admit(json.dumps(message() | {place: value}).encode())

    assert isinstance(taken, Admitted | DeadLetter)


_SECRETS = st.sampled_from(
    ["123456782", "0612345678", "jan.jansen@voorbeeld.nl", "+31612345678", "1940-05-03"]
) | st.emails(domains=st.just("voorbeeld.nl"))
_HIDING = st.sampled_from(["{}", "c-{}", "bel {} terug", "({})", "{}.", "urn:x:{}", "naam {}\n"])


@settings(deadline=None)
@given(
    secret=_SECRETS,
    hiding=_HIDING,
    place=st.sampled_from(
        [("id",), ("source",), ("type",), ("subject",), ("region",), ("data", "contact"), ("data", "x")]
    ),
    as_key=st.booleans(),
)
def test_a_dead_letter_never_repeats_what_identifies(
    *, secret: str, hiding: str, place: tuple[str, ...], as_key: bool
) -> None:
    sent = message()
    hidden = hiding.format(secret)
    with_({hidden: 1} if as_key else hidden, *place)(sent)

    letter = refused(sent)

    assert secret not in letter.model_dump_json()


#: An event of each kind that sources send; and what somebody may put into a field instead.
SENT = [EVENT_EXAMPLES[kind.data] for kind in EVENTS if kind.topic is not Topic.LOG]
_HIDDEN = ["123456782", "c-123456782", "0612345678", "0031612345678", "612345678", "1940-05-03", "mevr-de-vries"]
_ODD = [
    "a\nb",
    "2026-01-10T23:40:00+01:00",
    "1768000000",
    "1.768e9",
    "U2",
    "elv-hoog-frankeland",
    "",
    "é",
    None,
    123456782,
    7,
]
_INSTEAD = _JSON | st.sampled_from([*_HIDDEN, *_ODD])


@st.composite
def _changed(draw: st.DrawFn) -> tuple[Event, bytes]:
    """An event, and its message with a field changed, added, left out or there twice; in one of three spellings."""
    event = draw(st.sampled_from(SENT))
    sent: Message = json.loads(event.model_dump_json(exclude_none=True))
    part = draw(st.sampled_from([sent, sent["data"]]))
    key = draw(st.sampled_from([*part, "subject", "naam"]))
    if draw(st.booleans()):
        part[key] = draw(_INSTEAD)
    else:
        part.pop(key, None)
    spelling: dict[str, Any] = draw(st.sampled_from([{}, {"separators": (",", ":")}, {"indent": 1}]))
    text = json.dumps(sent, **spelling)
    if draw(st.booleans()):
        twice = draw(st.sampled_from(['"id":"e-1",', '"id" : "e-1", ', '"subject":":", ', ""]))
        text = "{" + twice + text[1:]
    return event, text.encode()


def both(event: Event, raw: bytes) -> tuple[Admitted | DeadLetter, Admitted | DeadLetter]:
    """What a gate says that may let it in at a glance, and one that has to look closely: its source has a mapping."""
    source = SourceMapping(source=event.source, path="data.nothing", codes={"a": "b"})
    glances, looks_closely = (
        gate(agreements={"rijnmond": AGREEMENTS.model_copy(update={"mappings": mappings})}).admit(
            raw, topic=kind_of(type(event.data)).topic, partition=2, offset=17, received_ms=millis(event.time)
        )
        for mappings in ((), (source,))
    )
    return glances, looks_closely


@settings(deadline=None, max_examples=500)
@given(changed=_changed())
def test_a_closer_look_at_what_is_let_in_at_a_glance_would_let_in_the_same(changed: tuple[Event, bytes]) -> None:
    glances, looks_closely = both(*changed)

    assert glances == looks_closely


@pytest.mark.parametrize("event", SENT, ids=[kind_of(type(event.data)).name for event in SENT])
@pytest.mark.parametrize("hidden", _HIDDEN)
def test_a_person_hidden_in_any_text_of_a_message_is_not_let_in_at_a_glance(event: Event, hidden: str) -> None:
    refusals = set()
    for place, key in texts(event):
        sent: Message = json.loads(event.model_dump_json(exclude_none=True))
        (sent["data"] if place == "data" else sent)[key] = hidden
        glances, looks_closely = both(event, json.dumps(sent).encode())
        assert glances == looks_closely, (place, key)
        if isinstance(glances, DeadLetter):
            refusals |= {fault.code for fault in glances.faults}

    identifies = {code for code in refusals if code.startswith("identifies")}
    assert identifies or hidden == "612345678", "in a subject anybody would be let in, were he not found"


def texts(event: Event) -> list[tuple[str, str]]:
    """Fields of the envelope and of the data that hold text, moments too."""
    sent: Message = json.loads(event.model_dump_json(exclude_none=True))
    return [
        ("subject", "subject"),
        *(("envelope", key) for key, held in sent.items() if isinstance(held, str)),
        *(("data", key) for key, held in sent["data"].items() if isinstance(held, str)),
    ]
