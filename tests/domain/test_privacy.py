"""What identifies a person is found wherever it hides; what is ours is left in peace."""

import json
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spoedplein.domain.privacy import findings, is_bsn, is_clean, redact, redact_bytes, speakable
from spoedplein_schemas import EVENTS, Event
from spoedplein_schemas.dead_letters import RefusalCode
from spoedplein_schemas.examples import EVENT_EXAMPLES
from spoedplein_schemas.vocabulary import Topic

BSN = RefusalCode.IDENTIFIES_BSN
NAME = RefusalCode.IDENTIFIES_NAME
BIRTH = RefusalCode.IDENTIFIES_BIRTH_DATE
PHONE = RefusalCode.IDENTIFIES_PHONE
ADDRESS = RefusalCode.IDENTIFIES_ADDRESS
EMAIL = RefusalCode.IDENTIFIES_EMAIL

FOUND_IN_FREE_TEXT = [
    pytest.param("BSN 123456782", BSN, id="bsn"),
    pytest.param("bsn123456782.", BSN, id="bsn against a word"),
    pytest.param("1234.56.782", BSN, id="bsn as on an identity card"),
    pytest.param("123 456 782", BSN, id="bsn with spaces"),
    pytest.param("123-456-782", BSN, id="bsn with dashes"),
    pytest.param("1 2 3 4 5 6 7 8 2", BSN, id="bsn digit by digit"),
    pytest.param("kamer 12, 123456782 (2)", BSN, id="bsn between other numbers"),
    pytest.param("123\u200b456\u00a0782", BSN, id="bsn with invisible separators"),
    pytest.param("١٢٣٤٥٦٧٨٢", BSN, id="bsn in other digits"),
    pytest.param("10000008", BSN, id="bsn of eight digits"),
    pytest.param("10.000.008", BSN, id="bsn of eight digits with dots"),
    pytest.param("00000000-0000-0000-0000-000123456782", BSN, id="bsn dressed up as a uuid"),
    pytest.param("bel 0612345678", PHONE, id="mobile"),
    pytest.param("06-12 34 56 78", PHONE, id="mobile with separators"),
    pytest.param("(010) 412 34 56", PHONE, id="landline with brackets"),
    pytest.param("0181-123456", PHONE, id="landline of four and six"),
    pytest.param("+31612345678", PHONE, id="international"),
    pytest.param("+31 (0)6 1234 5678", PHONE, id="international with the zero in brackets"),
    pytest.param("0031 10 412 34 56", PHONE, id="international with zeros"),
    pytest.param("+49 170 1234567", PHONE, id="German mobile"),
    pytest.param("j.jansen@voorbeeld.nl", EMAIL, id="e-mail"),
    pytest.param("mail naar jan[at]voorbeeld.nl", EMAIL, id="e-mail written out"),
    pytest.param("geboren 03-05-1940", BIRTH, id="birth date with dashes"),
    pytest.param("3/5/1940", BIRTH, id="birth date with slashes"),
    pytest.param("03-05-40", BIRTH, id="birth date without century"),
    pytest.param("1940-05-03", BIRTH, id="birth date, ISO"),
    pytest.param("1940-05-03T00:00:00", BIRTH, id="birth date as midnight"),
    pytest.param("19400503", BIRTH, id="birth date, digits only"),
    pytest.param("geb. 3 mei 1940", BIRTH, id="birth date with the month's name"),
    pytest.param("3 Mrt. '40", BIRTH, id="birth date, short month and year"),
    pytest.param("born 1940", BIRTH, id="year of birth"),
    pytest.param("1234 AB", ADDRESS, id="postcode"),
    pytest.param("3118ab Schiedam", ADDRESS, id="postcode in small letters"),
    pytest.param("Dorpsstraat 12a", ADDRESS, id="street and number"),
    pytest.param("aan de lange haven nr. 7", ADDRESS, id="street and number in small letters"),
    pytest.param("dhr. Jansen", NAME, id="dhr."),
    pytest.param("mevr. van den Berg-de Vries", NAME, id="mevr. with infixes"),
    pytest.param("mw jansen", NAME, id="mw in small letters"),
    pytest.param("de heer P. de Vries", NAME, id="de heer"),
    pytest.param("Mevrouw Çelik", NAME, id="mevrouw"),
    pytest.param("patiënt Bakker valt", NAME, id="patient and name"),
    pytest.param("A.B. van Dijk", NAME, id="initials"),
    pytest.param("Naam: onbekend", NAME, id="naam with a colon"),
]


@pytest.mark.parametrize(("text", "code"), FOUND_IN_FREE_TEXT)
def test_free_text_that_identifies_is_found_in_values_and_in_keys(text: str, code: RefusalCode) -> None:
    in_value = list(findings({"data": {"note": text}}))
    in_key = list(findings({"data": {text: 1}}))

    assert ("$.data.note", code) in {(finding.path, finding.code) for finding in in_value}
    assert ("$.data.*", code, True) in {(finding.path, finding.code, finding.in_key) for finding in in_key}


@pytest.mark.parametrize(
    ("data", "path", "code"),
    [
        pytest.param({"contact": "123456782"}, "$.data.contact", BSN, id="bsn instead of a pseudonym"),
        pytest.param({"contact": "c-123456782"}, "$.data.contact", BSN, id="bsn behind a letter and a dash"),
        pytest.param({"contact": "c123456782"}, "$.data.contact", BSN, id="bsn behind a letter"),
        pytest.param({"contact": "c-123-456-782"}, "$.data.contact", BSN, id="bsn in threes"),
        pytest.param({"contact": "c-1234.56.782"}, "$.data.contact", BSN, id="bsn as on an identity card"),
        pytest.param({"includes": ["r-1", "r-123456782"]}, "$.data.includes[1]", BSN, id="bsn in a list"),
        pytest.param({"contact": 123456782}, "$.data.contact", BSN, id="bsn as a number"),
        pytest.param({"free": 123456782.0}, "$.data.free", BSN, id="bsn as a number with a fraction"),
        pytest.param({"visit": "c-0612345678"}, "$.data.visit", PHONE, id="telephone number in a pseudonym"),
        pytest.param({"visit": "p0612345678"}, "$.data.visit", PHONE, id="telephone number behind a letter"),
        pytest.param({"visit": "tel06-12345678"}, "$.data.visit", PHONE, id="telephone number behind letters"),
        pytest.param({"visit": "p19420315"}, "$.data.visit", BIRTH, id="birth date behind a letter"),
        pytest.param({"visit": "geb15-03-1942"}, "$.data.visit", BIRTH, id="birth date behind letters, day first"),
        pytest.param({"vehicle": "+31612345678"}, "$.data.vehicle", PHONE, id="telephone number as a code"),
        pytest.param({"visit": "c-1940-05-03"}, "$.data.visit", BIRTH, id="birth date in a pseudonym"),
        pytest.param({"visit": "c-03051940"}, "$.data.visit", BIRTH, id="birth date in a pseudonym, day first"),
        pytest.param({"offer": "mevr-jansen.104200017.0"}, "$.data.offer", NAME, id="name before an offset"),
        pytest.param({"offer": "rijnmond.1.123456782"}, "$.data.offer", BSN, id="bsn behind an offset"),
        pytest.param({"proposal": "c.123456782.1.0"}, "$.data.proposal", BSN, id="bsn before an offset"),
        pytest.param({"proposal": "123456782.1.0"}, "$.data.proposal", BSN, id="bsn instead of a region"),
        pytest.param({"ask": "ronde-123456782-0"}, "$.data.ask", BSN, id="bsn in a round of somebody else's"),
        pytest.param({"answers": "round-123456782"}, "$.data.answers", BSN, id="bsn in what is no round"),
        pytest.param({"contact": "rijnmond.104200017.0"}, "$.data.contact", BSN, id="offset in another field"),
        pytest.param({"request": "rijnmond.104200017.0"}, "$.data.request", BSN, id="offset of who knows what region"),
        pytest.param({"request": "round-104200017-0"}, "$.data.request", BSN, id="round in another field"),
        pytest.param({"area": "3118AB"}, "$.data.area", ADDRESS, id="whole postcode in area"),
        pytest.param({"area": "3118AB-12"}, "$.data.area", ADDRESS, id="postcode and number in area"),
        pytest.param({"contact": "mevr-de-vries"}, "$.data.contact", NAME, id="name as a pseudonym"),
        pytest.param({"observed_at": "geb. 3 mei 1940"}, "$.data.observed_at", BIRTH, id="text in a moment"),
        pytest.param({"bsn": "onbekend"}, "$.data.bsn", BSN, id="field named bsn"),
        pytest.param({"clientBSN": None}, "$.data.clientBSN", BSN, id="field named clientBSN, empty"),
        pytest.param({"name": {"given": ["x"]}}, "$.data.name", NAME, id="field named name, an object"),
        pytest.param({"achternaam": "x"}, "$.data.achternaam", NAME, id="field named achternaam"),
        pytest.param({"first_name": "x"}, "$.data.first_name", NAME, id="field named first_name"),
        pytest.param({"birthDate": "x"}, "$.data.birthDate", BIRTH, id="field named birthDate"),
        pytest.param({"geboorte-datum": "x"}, "$.data.geboorte-datum", BIRTH, id="field named geboorte-datum"),
        pytest.param({"home_address": []}, "$.data.home_address", ADDRESS, id="field named home_address"),
        pytest.param({"POSTCODE": "x"}, "$.data.POSTCODE", ADDRESS, id="field named POSTCODE"),
        pytest.param({"telefoonnummer": 1}, "$.data.telefoonnummer", PHONE, id="field named telefoonnummer"),
        pytest.param({"emailAddress": "x"}, "$.data.emailAddress", EMAIL, id="field named emailAddress"),
        pytest.param({"x": [{"y": {"phone": 1}}]}, "$.data.x[0].y.phone", PHONE, id="field named phone, deep down"),
    ],
)
def test_a_field_of_ours_or_a_telling_name_hides_nothing(data: dict[str, Any], path: str, code: RefusalCode) -> None:
    found = list(findings({"data": data}))

    assert {(finding.path, finding.code) for finding in found} == {(path, code)}


@pytest.mark.parametrize(
    "message",
    [
        pytest.param({"id": "5f0c1d9e-8c4b-4f4e-9d62-123456789012"}, id="uuid"),
        pytest.param({"id": "123456789"}, id="nine digits that fail the test"),
        pytest.param({"id": "10000008"}, id="serial number of eight digits"),
        pytest.param({"id": "hap.contact-registered.0123456789012345"}, id="digest"),
        pytest.param({"source": "urn:nld:oin:00000001123456782000:systeem:hap"}, id="organisation number (OIN)"),
        pytest.param({"traceparent": "00-00000000000000000000000123456782-0000000123456782-01"}, id="trace context"),
        pytest.param({"time": "2026-01-10T23:40:00.123456782+01:00"}, id="moment"),
        pytest.param({"data": {"eta": "1940-05-03"}}, id="a date where a moment belongs"),
        pytest.param({"data": {"request": "r-20260110-0042"}}, id="request of a day"),
        pytest.param({"data": {"ride": "rit-17154-9031"}}, id="ride"),
        pytest.param({"data": {"ride": "rit-12345-6782"}}, id="ride whose two numbers would pass the test"),
        pytest.param({"data": {"contact": "c-7f3a9e21"}}, id="pseudonym"),
        pytest.param({"data": {"contact": "c-3118ab"}}, id="pseudonym like a postcode"),
        pytest.param({"data": {"offer": "rijnmond.104200017.0"}}, id="offer far into the log"),
        pytest.param({"data": {"offer": "zuid.west-1.104200017.0"}}, id="offer of a region with a dot"),
        pytest.param({"data": {"proposal": "rijnmond.104200017.0"}}, id="proposal far into the log"),
        pytest.param({"data": {"proposal": "rijnmond.19420315.0"}}, id="proposal at an offset like a birth date"),
        pytest.param({"data": {"ask": "round-104200017-0"}}, id="round far into the log"),
        pytest.param({"data": {"answers": "round-19420315-0"}}, id="round at an offset like a birth date"),
        pytest.param({"data": {"area": "3118"}}, id="four positions of a postcode"),
        pytest.param({"data": {"unit": "elv-hoog-frankeland", "free": 3}}, id="unit and count"),
        pytest.param({"data": {"age_band": "80+", "wlz_indication": True, "sex": None}}, id="profile"),
        pytest.param({"subject": "c-7f3a9e21"}, id="subject"),
        pytest.param({"note": "opname om 23:40, 2 bedden op kamer 12"}, id="text about nobody"),
        pytest.param({"note": "mevrouw is gevallen, dhr. komt later"}, id="titles without a name"),
        pytest.param({"note": "sinds 2019 in gebruik"}, id="a year and a word of two letters"),
        pytest.param({"created": "2026-01-10T23:40:00Z"}, id="moment in a field that is not ours"),
        pytest.param({"n": 123456789, "m": 1e300, "k": True}, id="numbers that are no bsn"),
    ],
)
def test_what_identifies_nobody_raises_no_alarm(message: dict[str, Any]) -> None:
    assert list(findings(message)) == []


@pytest.mark.parametrize(
    "event", [pytest.param(EVENT_EXAMPLES[kind.data], id=kind.name) for kind in EVENTS if kind.topic is not Topic.LOG]
)
def test_our_own_events_are_clean_and_stay_as_they_are(event: Event) -> None:
    message = json.loads(event.model_dump_json(exclude_none=True))

    assert is_clean(message)
    assert list(findings(message)) == []
    assert redact(message) == message


@pytest.mark.parametrize(
    ("digits", "passes"),
    [
        ("123456782", True),
        ("10000008", True),
        ("000000000", False),
        ("123456789", False),
        ("1234567", False),
        ("", False),
    ],
)
def test_the_eleven_test(digits: str, passes: bool) -> None:
    assert is_bsn(digits) is passes


def _next_bsn(number: int) -> str:
    """The first at or after the number: of any hundred in a row some pass."""
    return next(digits for digits in (f"{number + more:09}" for more in range(100)) if is_bsn(digits))


_BSNS = st.integers(10_000_000, 999_999_800).map(_next_bsn)
_SEPARATORS = st.sampled_from(["", " ", ".", "-", "\u2013", "/", "_", ", ", "\t", "\n", "\u00a0", "\u200b", " . ", ":"])
_WORDS = st.text(alphabet=st.characters(categories=("Lu", "Ll", "Zs", "Po")), max_size=30)


@settings(deadline=None)
@given(bsn=_BSNS, cuts=st.sets(st.integers(1, 8)), separator=_SEPARATORS, before=_WORDS, after=_WORDS)
def test_no_separator_and_no_surroundings_hide_a_bsn(
    *, bsn: str, cuts: set[int], separator: str, before: str, after: str
) -> None:
    spelled = "".join(separator + digit if index in cuts else digit for index, digit in enumerate(bsn))
    text = f"{before} {spelled} {after}"

    found = [finding for finding in findings({"data": {"note": text}}) if finding.code is BSN]

    spans = [finding.span for finding in found if finding.span]
    assert any(re.sub(r"\D", "", text[start:end]) == bsn for start, end in spans)
    assert bsn not in re.sub(r"\D", "", json.dumps(redact({"data": {"note": text}}), ensure_ascii=False))


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text() | st.sampled_from(["data", "id"]), below),
    max_leaves=12,
)


_SURROUNDINGS = st.sampled_from(
    [("", ""), ("c-", ""), ("urn:x:", ":y"), ("r-1.", ".0"), ("", "/a"), ("B#", "-b"), ("p", "")]
)
_HIDDEN = st.one_of(
    st.tuples(_BSNS, st.sampled_from([(), (3, 6), (4, 6)]), st.sampled_from(".-")).map(
        lambda drawn: "".join(drawn[2] * (at in drawn[1]) + digit for at, digit in enumerate(drawn[0]))
    ),
    *(
        st.from_regex(re.compile(form, re.ASCII), fullmatch=True)
        for form in (
            r"0[1-9]\d{8}|06-\d{8}|0\d\d-\d{7}|0\d{3}-\d{6}|0031-?\d{9}",
            r"19\d\d([-.]?)(0[1-9]|1[0-2])\1(0[1-9]|[12]\d|3[01])",
            r"(0[1-9]|[12]\d|3[01])([-.]?)(0[1-9]|1[0-2])(?:\2)19\d\d",
            r"(dhr|Dhr|MEVR|mevr|mevrouw|meneer|de-heer)[-._][a-z]{2,9}",
        )
    ),
)


@settings(deadline=None)
@given(hidden=_HIDDEN, around=_SURROUNDINGS, key=st.sampled_from(["id", "subject", "contact", "includes"]))
def test_no_surroundings_make_a_code_look_clean(hidden: str, around: tuple[str, str], key: str) -> None:
    before, after = around
    sent = {"id": "e-1", key: [f"{before}{hidden}{after}"], "unit": "elv-hoog"}

    assert not is_clean(sent)
    assert list(findings(sent)) != []


_KEYS = st.sampled_from(["data", "id", "free", "time", "offer", "area", "observed_at", "note"]) | st.text(max_size=9)
_LOOKED_AT = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-10, 10**10)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.from_regex(r"[A-Za-z0-9][A-Za-z0-9.:+-]{0,12}\n?", fullmatch=True)
    | st.sampled_from(["2026-01-10T23:40:00Z", "2026-01-10", "rijnmond.104200017.0", "123456782", "a\n123456782"]),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(_KEYS, below, max_size=4),
    max_leaves=10,
)


@settings(deadline=None, max_examples=400)
@given(value=st.dictionaries(_KEYS, _LOOKED_AT, max_size=5))
def test_in_what_is_clean_at_a_glance_a_closer_look_finds_nothing(value: dict[str, Any]) -> None:
    assert not is_clean(value) or list(findings(value)) == []


@settings(deadline=None)
@given(value=_VALUES)
@example(value={"data": {"id": "c-123456782", "note": {"x": 123456782}}})
def test_what_is_redacted_gives_nothing_away(value: object) -> None:
    assert [f for f in findings(redact(value)) if f.span is not None] == []


def test_redaction_keeps_codes_and_the_shape_and_blanks_the_rest() -> None:
    sent = {
        "id": "e-1",
        "data": {"contact": "c-123456782", "note": "mevr. Jansen valt", "free": 3, "bsn": 1, "jan@x.nl": 612345678},
    }

    assert redact(sent) == {
        "id": "e-1",
        "data": {
            "contact": "c-*********",
            "note": "[17 characters, not shown]",
            "free": 3,
            "bsn": "[not shown]",
            "[field 5]": "[number, not shown]",
        },
    }


def test_bytes_that_nobody_can_read_are_known_by_their_length_only() -> None:
    assert redact_bytes(b"\xff 123456782") == "[11 bytes, not shown]"


@pytest.mark.parametrize(
    ("key", "may"), [("free", True), ("vrij_veld", True), ("123456782", False), ("jan jansen", False)]
)
def test_a_key_is_said_again_only_when_it_is_a_plain_word(key: str, may: bool) -> None:
    assert speakable(key) is may
