"""What the archive is given, and the columns that it makes of it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from spoedplein.domain.turn import moment
from spoedplein_schemas import Decision, Event, kind_of
from spoedplein_schemas.views import UnitAvailability


class Position(NamedTuple):
    """All of a topic's partition before `next_offset`."""

    topic: str
    partition: int
    next_offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition} before offset {self.next_offset}"


class LogEntry(NamedTuple):
    """One record of the log: `offset` is its log offset, `at_ms` its timestamp, `text` the JSON as it stands there."""

    offset: int
    at_ms: int
    event: Event
    text: str

    @property
    def at(self) -> datetime:
        return moment(self.at_ms)


class DecisionEntry(NamedTuple):
    """One record of the decisions topic; `offset` is that topic's."""

    offset: int
    decision: Decision
    text: str

    @property
    def at(self) -> datetime:
        return self.decision.time

    @property
    def log_place(self) -> tuple[int, int]:
        """Offset in the log and index, out of the id `<region>.<log offset>.<index>`."""
        _, offset, index = self.decision.id.rsplit(".", 2)
        return int(offset), int(index)


class SampleEntry(NamedTuple):
    """One record of the availability topic about a unit; `offset` is that topic's."""

    offset: int
    unit: UnitAvailability

    @property
    def at(self) -> datetime:
        return self.unit.as_of


Columns = tuple[Sequence[object], ...]


def log_columns(entries: Sequence[LogEntry], *, partition: int) -> Columns:
    """In the order of the query `insert_events`."""
    return _columns(
        (
            each.event.region,
            partition,
            each.offset,
            each.at,
            each.event.id,
            each.event.type,
            each.event.source,
            each.event.subject,
            each.text,
        )
        for each in entries
    )


def decision_columns(entries: Sequence[DecisionEntry]) -> Columns:
    """In the order of the query `insert_decisions`."""
    return _columns(
        (
            each.decision.id,
            each.decision.region,
            *each.log_place,
            each.at,
            kind_of(type(each.decision.data)).short,
            each.decision.subject,
            *(getattr(each.decision.data, name, None) for name in ("request", "case", "unit", "site")),
            each.decision.causationid,
            each.decision.agreements,
            each.text,
        )
        for each in entries
    )


def sample_columns(entries: Sequence[SampleEntry]) -> Columns:
    """In the order of the query `insert_availability`."""
    return _columns(
        (
            each.unit.region,
            each.unit.unit,
            each.unit.care_type,
            each.unit.status,
            each.unit.reason,
            each.unit.staffed,
            each.unit.reported_free,
            each.unit.free,
            each.unit.held,
            each.unit.promised,
            each.unit.conflict,
            each.unit.observed_at,
            each.unit.valid_until,
            each.unit.as_of,
            each.unit.version,
        )
        for each in entries
    )


def month_of(moment: datetime) -> date:
    """First day of its month, in UTC: what partitions go by."""
    return moment.astimezone(UTC).date().replace(day=1)


def months_after(month: date, count: int) -> date:
    """`count` months later, or earlier when it is negative."""
    year, index = divmod(month.year * 12 + month.month - 1 + count, 12)
    return date(year, index + 1, 1)


def month_of_ms(moment_ms: int) -> date:
    return month_of(moment(moment_ms))


def _columns(rows: Iterable[tuple[object, ...]]) -> Columns:
    return tuple(list(column) for column in zip(*rows, strict=True))
