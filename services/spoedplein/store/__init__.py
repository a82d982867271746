"""The archive: what was said and decided, kept in PostgreSQL after Kafka has let go of it.

What is locked, and in which order. A write takes the row of its consumer, topic and partition in `positions` first, so
two workers that both think a partition theirs follow each other, and the second finds its batch done. Then, only
when a month begins, one advisory lock under which partitions are made. Then it adds rows, which nobody waits for. Last
it takes the rows of the requests concerned in `placements`, always in the order of their keys: the log's writer and
the decisions' writer meet there and nowhere else. Readers lock nothing. Dropping a month needs its table alone for a
moment; it gives up after two seconds rather than let writers queue behind a long report, and comes again later.

What a timeout means: nothing was written, or everything was and only the answer was lost. Both are mended by trying
the same batch again, because the position is part of the transaction: it says whether the batch is in. So a record has
its effect once, however often Kafka delivers it and whoever dies when. A record that is in keeps its first content.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from spoedplein.store.placements import Placement
from spoedplein.store.rows import DecisionEntry, LogEntry, Position, SampleEntry
from spoedplein_schemas import Decision


class DecisionReader(Protocol):
    """What a portal or an explanation asks."""

    async def decision(self, decision_id: str) -> Decision | None: ...

    async def decisions(
        self, region: str, *, since: datetime, until: datetime, request: str | None = None, limit: int = 1000
    ) -> list[Decision]: ...

    async def placement(self, region: str, request: str) -> Placement | None: ...


class ArchiveWriter(Protocol):
    """What the archive worker asks. A write returns how many rows were new."""

    async def migrate(self) -> tuple[str, ...]: ...

    async def position(self, topic: str, partition: int) -> int | None: ...

    async def write_log(self, position: Position, entries: Sequence[LogEntry]) -> int: ...

    async def write_decisions(self, position: Position, entries: Sequence[DecisionEntry]) -> int: ...

    async def write_samples(self, position: Position, entries: Sequence[SampleEntry]) -> int: ...

    async def keep_months(self, *, today: date, retention_months: int) -> tuple[str, ...]: ...

    async def keep_access_log(self, *, today: date, retention_months: int) -> tuple[str, ...]: ...

    async def close(self) -> None: ...
