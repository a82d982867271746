"""What became of each row of a data set: read = mapped + not mapped, each of the latter with its reason."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from rich.console import Group
from rich.table import Table

from spoedplein_schemas import Event, kind_of

#: How a CloudEvents source ends when the harness speaks and not the data.
DERIVED = ":derived"


class Reason(StrEnum):
    """A closed list; each adapter has its own. A member is a short name with the sentence that a reader needs."""

    meaning: str

    def __new__(cls, name: str, meaning: str) -> Self:
        member = str.__new__(cls, name)
        member._value_ = name
        member.meaning = meaning
        return member


@dataclass(slots=True)
class Tally:
    """`events` counts what was published, by event type and CloudEvents source: one row may give several."""

    read: int = 0
    mapped: int = 0
    unmapped: Counter[Reason] = field(default_factory=Counter)
    events: Counter[tuple[str, str]] = field(default_factory=Counter)
    quirks: Counter[Reason] = field(default_factory=Counter)

    @property
    def accounted(self) -> int:
        return self.mapped + self.unmapped.total()

    def published(self, event: Event) -> None:
        self.events[kind_of(type(event.data)).name, event.source] += 1

    def events_of(self, name: str) -> int:
        """Events of one type, as `seh.patient-arrived`, from every source."""
        return sum(times for (kind, _), times in self.events.items() if kind == name)


def as_table(tally: Tally) -> Group:
    return Group(_rows(tally), _events(tally), *([_quirks(tally)] if tally.quirks else []))


def _rows(tally: Tally) -> Table:
    table = _table("Rows", "what became of it", "because")
    table.add_row("read", f"{tally.read:,}", "", end_section=True)
    table.add_row("mapped", f"{tally.mapped:,}", "")
    for reason, times in tally.unmapped.most_common():
        table.add_row(reason.value, f"{times:,}", reason.meaning)
    return table


def _events(tally: Tally) -> Table:
    table = _table("Events", "type", "said by")
    for (name, source), times in sorted(tally.events.items()):
        table.add_row(name, f"{times:,}", "the harness" if source.endswith(DERIVED) else "the data")
    table.add_section()
    table.add_row("all", f"{tally.events.total():,}", "")
    return table


def _quirks(tally: Tally) -> Table:
    table = _table("Kept as it is", "quirk", "in words")
    for quirk, times in tally.quirks.most_common():
        table.add_row(quirk.value, f"{times:,}", quirk.meaning)
    return table


def _table(title: str, first: str, last: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(first)
    table.add_column("number", justify="right")
    table.add_column(last)
    return table
