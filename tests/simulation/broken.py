"""Cores that are broken on purpose: the real one between two people who get it wrong. Nothing in it is replaced.

One tells it what is said and mishears; the other passes on what it decides and misquotes; a third puts its state away
over a restart and loses some of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel

from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein_schemas import Decision, Event, event_class
from spoedplein_schemas.agreements import AgreementsAdopted
from spoedplein_schemas.clock import ClockTicked
from spoedplein_schemas.vocabulary import Frozen

Hears = Callable[[Record], Frozen]
Tells = Callable[[Decision], Decision]
Forgets = Callable[[Region], None]


@dataclass
class Broken:
    """`older` is the snapshot before the last, kept for who puts away an old one."""

    core: Region
    factory: "BrokenCores"
    hears: Hears
    older: bytes | None = None

    def step(self, record: Record) -> list[Decision]:
        data = self.hears(record)
        event = record.event if data is record.event.data else around(data, record.event)
        return [self.factory.tells(decision) for decision in self.core.step(record._replace(event=event))]

    def next_due_ms(self) -> int | None:
        return self.core.next_due_ms()

    def snapshot(self) -> bytes:
        newest = self.core.snapshot()
        older, self.older = self.older, newest
        return older if self.factory.late and older is not None else newest

    def views(self) -> list[tuple[bytes, BaseModel]]:
        self.core.parts.all_changed = True
        return self.core.views()


@dataclass
class BrokenCores:
    """`begins` is asked once for each process: what it gives may count what this process heard.

    `late`: each snapshot is the one before it.
    """

    begins: Callable[[], Hears] = field(default=lambda: lambda record: record.event.data)
    tells: Tells = field(default=lambda decision: decision)
    forgets: Forgets = field(default=lambda _: None)
    late: bool = False

    def empty(self, name: str) -> Broken:
        return Broken(Region.empty(name), self, self.begins())

    def restore(self, data: bytes) -> Broken:
        core = Region.restore(data)
        self.forgets(core)
        return Broken(Region.restore(core.snapshot()), self, self.begins())


#: The rig around a core that is not broken.
SOUND: Final = BrokenCores()


def around(data: Frozen, event: Event) -> Event:
    """The same envelope around other data."""
    fields = {name: getattr(event, name) for name in type(event).model_fields if name not in ("type", "data")}
    return event_class(type(data))(**fields, data=data)


def mishears(kind: type[Frozen], change: Callable[[Any], Frozen]) -> BrokenCores:
    return mishears_at(kind, lambda data, _: change(data))


def mishears_at(kind: type[Frozen], change: Callable[[Any, int], Frozen]) -> BrokenCores:
    """`change` is told when it was heard too, in milliseconds by the log."""

    def hears(record: Record) -> Frozen:
        data = record.event.data
        return change(data, record.at) if isinstance(data, kind) else data

    return BrokenCores(begins=lambda: hears)


def misquoted(kind: type[Frozen], change: Callable[[Any], Frozen]) -> BrokenCores:
    def tells(decision: Decision) -> Decision:
        if not isinstance(decision.data, kind):
            return decision
        return decision.model_copy(update={"data": change(decision.data)})

    return BrokenCores(tells=tells)


def mislabelled(**fields: object) -> BrokenCores:
    """What stands around each decision says something else."""
    return BrokenCores(tells=lambda made: made.model_copy(update=fields))


def agreed(**fields: Any) -> BrokenCores:  # noqa: ANN401  one function per field of a rule, rank or unit
    """A core that misread the agreements: each field is what its function makes of the right one."""

    def misread(data: AgreementsAdopted) -> Frozen:
        text = data.agreements
        update = {name: tuple(change(item) for item in getattr(text, name)) for name, change in fields.items()}
        return data.model_copy(update={"agreements": text.model_copy(update=update)})

    return mishears(AgreementsAdopted, misread)


def changed(**fields: object) -> Callable[[Frozen], Frozen]:
    return lambda data: data.model_copy(update=fields)


def nobody_hears(kind: type[Frozen]) -> BrokenCores:
    """The message is in the log, and the core took it for the ticking of the clock."""

    def hears(record: Record) -> Frozen:
        data = record.event.data
        return ClockTicked(ticked_at=record.event.time) if isinstance(data, kind) else data

    return BrokenCores(begins=lambda: hears)


def every(count: int, kind: type[Frozen]) -> BrokenCores:
    """Deaf for each so-many-th message of this kind, counted since the process began: no log says when that was."""

    def begins() -> Hears:
        heard = 0

        def hears(record: Record) -> Frozen:
            nonlocal heard
            data = record.event.data
            heard += isinstance(data, kind)
            deaf = isinstance(data, kind) and heard % count == 0
            return ClockTicked(ticked_at=record.event.time) if deaf else data

        return hears

    return BrokenCores(begins=begins)


def at_the_second_time(kind: type[Frozen], key: Callable[[Any], str], change: Callable[[Any], Frozen]) -> BrokenCores:
    """Whoever hears the same again takes it for something else."""

    def begins() -> Hears:
        heard = set[str]()

        def hears(record: Record) -> Frozen:
            data: Frozen = record.event.data
            if not isinstance(data, kind):
                return data
            again = key(data) in heard
            heard.add(key(data))
            return change(data) if again else data

        return hears

    return BrokenCores(begins=begins)
