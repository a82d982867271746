"""One record of a region's log, and the log as lines of JSON.

A line is `{"offset": 17, "at": 1767985200000, "event": {...}}`: the log offset, the append time in milliseconds since
1970 UTC, and the CloudEvent.
"""

from collections.abc import Iterable, Iterator
from typing import Annotated, NamedTuple

from pydantic import Field, TypeAdapter, ValidationError, create_model

from spoedplein.domain.errors import SpoedpleinError
from spoedplein_schemas import EVENT_UNION, Event, encoded
from spoedplein_schemas.vocabulary import Frozen


class Record(NamedTuple):
    offset: int
    at: int
    event: Event


class LogLineError(SpoedpleinError):
    """A line of a log file cannot be read; the message names the line, the place in it, and what was expected."""


class _Line(Frozen):
    offset: Annotated[int, Field(ge=0)]
    at: Annotated[int, Field(ge=0)]
    event: Event


#: The same line with `event` narrowed to the union, so that one pass over the bytes does all.
_LINE: TypeAdapter[_Line] = TypeAdapter(create_model("_LogLine", __base__=_Line, event=(EVENT_UNION, ...)))


def read_log(lines: Iterable[bytes]) -> Iterator[Record]:
    """Records of a log file; blank lines are passed over."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _read_line(line, number=number)


def write_record(record: Record) -> bytes:
    """One line, with its end."""
    return b'{"offset":%d,"at":%d,"event":%s}\n' % (record.offset, record.at, encoded(record.event))


def _read_line(line: bytes, *, number: int) -> Record:
    try:
        parsed = _LINE.validate_json(line)
        return Record(parsed.offset, parsed.at, parsed.event)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "line"
        msg = f"line {number}, {place}: {first['msg']}. See `spoedplein fold --help` for what a log file holds"
        raise LogLineError(msg) from error
