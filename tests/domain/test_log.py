"""A log file: what is written is read back, and a line that cannot be read is named with its place."""

import json
from datetime import datetime, timedelta, tzinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoedplein.domain.log import LogLineError, Record, read_log, write_record
from spoedplein.domain.turn import moment
from spoedplein.testing.builders import EVENING, Script, agreements, capacity, event, request, triaged, unit
from spoedplein_schemas import Event
from spoedplein_schemas.examples import EVENT_EXAMPLES
from spoedplein_schemas.vocabulary import EARLIEST_MS, LATEST_MS, CareType, millis
from tests.domain.story import thorough

GOOD = write_record(Record(0, millis(EVENING), event(capacity("elv", 2, EVENING), at=EVENING)))


def changed(**fields: object) -> bytes:
    return json.dumps(json.loads(GOOD) | fields).encode()


def with_data(**fields: object) -> bytes:
    line = json.loads(GOOD)
    line["event"]["data"] |= fields
    return json.dumps(line).encode()


@pytest.mark.parametrize("said", EVENT_EXAMPLES.values(), ids=lambda said: said.type)
def test_every_kind_of_event_survives_being_written_down(said: Event) -> None:
    record = Record(17, millis(EVENING), said)
    line = write_record(record)

    assert list(read_log([line])) == [record]
    assert line.count(b"\n") == 1


@thorough
@given(free=st.integers(0, 100_000), microseconds=st.integers(0, 10**12), offset=st.integers(0, 2**62))
def test_numbers_and_moments_survive_exactly(free: int, microseconds: int, offset: int) -> None:
    at = EVENING + timedelta(microseconds=microseconds)
    record = Record(offset, millis(at), event(capacity("elv", free, at), at=at))

    (again,) = read_log([write_record(record)])

    assert again == record
    assert write_record(again) == write_record(record)


@thorough
@given(since=st.integers(EARLIEST_MS * 1000, LATEST_MS * 1000), zone=st.timezones())
def test_a_moment_is_counted_in_whole_milliseconds_and_never_later_than_it_was(since: int, zone: tzinfo) -> None:
    said = (moment(0) + timedelta(microseconds=since)).astimezone(zone)

    counted = moment(millis(said))

    assert counted <= said < counted + timedelta(milliseconds=1)
    assert moment(millis(counted)) == counted


@thorough
@given(said=st.datetimes(timezones=st.timezones()))
def test_a_moment_that_no_clock_shows_is_the_first_or_the_last_that_is_counted(said: datetime) -> None:
    counted = millis(said)

    assert EARLIEST_MS <= counted <= LATEST_MS
    assert (counted == EARLIEST_MS) == (said < moment(EARLIEST_MS + 1))
    assert (counted == LATEST_MS) == (said >= moment(LATEST_MS))


def test_a_whole_log_survives_in_order_and_blank_lines_are_passed_over() -> None:
    script = Script()
    script.adopts(agreements(unit("elv", CareType.ELV_HOOG, windows=[{"from": "08:00", "until": "20:00"}])))
    script.says(triaged("c-1", "U2", script.now))
    script.ticks(minutes=5)
    script.says(request("r-1", (CareType.ELV_HOOG,), script.now))
    lines = [line for record in script.records for line in (b"\n", write_record(record), b"   \r\n")]

    assert list(read_log(lines)) == script.records


@pytest.mark.parametrize(
    ("line", "place", "says"),
    [
        pytest.param(b"offset,at,event", "line", "Invalid JSON", id="another format"),
        pytest.param(GOOD[:60], "line", "Invalid JSON", id="cut off halfway"),
        pytest.param(b"[1, 2, 3]", "line", "should be an object", id="a list"),
        pytest.param(b"{}", "offset", "Field required", id="nothing in it"),
        pytest.param(changed(offset=-1), "offset", "greater than or equal to 0", id="an offset below zero"),
        pytest.param(changed(at="tonight"), "at", "valid integer", id="a moment in words"),
        pytest.param(changed(partition=3), "partition", "not permitted", id="a field that we do not know"),
        pytest.param(changed(event={"type": "nl.spoedplein.bed.made.v1"}), "event", "tag", id="an unknown type"),
        pytest.param(changed(event={"id": "1"}), "event", "type", id="an event without a type"),
        pytest.param(with_data(free=-2), "data.free", "greater than or equal to 0", id="a count below zero"),
        pytest.param(with_data(observed_at="2026-01-10T20:00:00"), "data.observed_at", "timezone", id="no time zone"),
        pytest.param(with_data(bsn="111222333"), "data.bsn", "not permitted", id="a field too many"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_with_its_place(line: bytes, place: str, says: str) -> None:
    with pytest.raises(LogLineError, match=r"^line 3, ") as raised:
        list(read_log([GOOD, b"\n", line]))

    message = str(raised.value)
    assert message.removeprefix("line 3, ").split(": ")[0].endswith(place)
    assert says in message
    assert message.endswith("See `spoedplein fold --help` for what a log file holds")


def test_lines_before_a_bad_one_are_read() -> None:
    records = read_log([GOOD, b"nonsense"])

    assert next(records).offset == 0
    with pytest.raises(LogLineError, match="line 2"):
        next(records)


@pytest.mark.parametrize("nothing", [[], [b""], [b"\n", b"  \n"]], ids=["no line", "an empty line", "blank lines"])
def test_an_empty_log_holds_nothing(nothing: list[bytes]) -> None:
    assert list(read_log(nothing)) == []
