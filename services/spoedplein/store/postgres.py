"""The archive in PostgreSQL, by asyncpg. Locks, their order, and what a timeout means: `store/__init__.py`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Final, Self, TypeVar

from pydantic import TypeAdapter

from spoedplein.settings import Settings
from spoedplein.store import access_log
from spoedplein.store.errors import PositionError
from spoedplein.store.migrate import migrate
from spoedplein.store.placements import Placement, request_decided_on, request_made_by
from spoedplein.store.pool import Connection, Pool
from spoedplein.store.queries import sql
from spoedplein.store.rows import (
    Columns,
    DecisionEntry,
    LogEntry,
    Position,
    SampleEntry,
    decision_columns,
    log_columns,
    month_of,
    months_after,
    sample_columns,
)
from spoedplein_schemas import DECISION, Decision

MONTHLY: Final = ("events", "decisions", "availability")

_PLACEMENTS: Final = TypeAdapter(list[Placement])
_Entry = TypeVar("_Entry", LogEntry, DecisionEntry)
_Dated = TypeVar("_Dated", LogEntry, DecisionEntry, SampleEntry)
#: Region and request.
_Key = tuple[str, str]


class Archive:
    """One consumer's archive. Every write is one transaction, and the consumer's new position is part of it."""

    def __init__(self, pool: Pool, settings: Settings, *, consumer: str) -> None:
        self._pool = pool
        self._settings = settings
        self._consumer = consumer

    @classmethod
    async def connect(cls, settings: Settings, *, consumer: str = "archive") -> Self:
        """Connections are made when needed, so PostgreSQL may still be away. `close` it in the end."""
        return cls(await Pool.connect(settings, name=consumer), settings, consumer=consumer)

    async def close(self) -> None:
        await self._pool.close()

    async def reach(self) -> None:
        """One connection: AccessError when PostgreSQL refuses us, AwayError when it is away."""
        async with self._pool.transaction("connecting"):
            pass

    async def migrate(self) -> tuple[str, ...]:
        """Names of the migrations that were applied now."""
        return await migrate(self._settings)

    # --- writing ------------------------------------------------------------------------------------------------

    async def write_log(self, position: Position, entries: Sequence[LogEntry]) -> int:
        """Events, and the requests that they make. Returns how many events were new; likewise below.

        `position` is where the consumer is after the entries. What an earlier write covered is passed over.
        PositionError when the entries do not follow on it; AwayError and RowRefusedError when nothing was written.
        """
        async with self._pool.transaction(f"events, {position}") as connection:
            fresh, covered = await self._follow_on(connection, position, entries)
            await _check_covered(connection, position, covered, told=_log_keys)
            added = await _insert(connection, "events", fresh, log_columns(fresh, partition=position.partition))
            await _fold_requests(connection, fresh)
            await self._move(connection, position)
        return added

    async def write_decisions(self, position: Position, entries: Sequence[DecisionEntry]) -> int:
        """Decisions, and what becomes of the placements."""
        async with self._pool.transaction(f"decisions, {position}") as connection:
            fresh, covered = await self._follow_on(connection, position, entries)
            await _check_covered(connection, position, covered, told=_decision_keys)
            added = await _insert(connection, "decisions", fresh, decision_columns(fresh))
            await _fold_decisions(connection, fresh)
            await self._move(connection, position)
        return added

    async def write_samples(self, position: Position, entries: Sequence[SampleEntry]) -> int:
        """Samples of availability. Their topic is compacted, so offsets may be missing between them."""
        async with self._pool.transaction(f"availability, {position}") as connection:
            stored = await self._lock(connection, position)
            fresh = [each for each in entries if each.offset >= stored]
            added = await _insert(connection, "availability", fresh, sample_columns(fresh))
            await self._move(connection, position)
        return added

    async def keep_months(self, *, today: date, retention_months: int) -> tuple[str, ...]:
        """Makes partitions for this month and the next; drops whole months older than the retention.

        Returns the names of what was dropped. AwayError when a long query holds a month: it goes the next time.
        """
        this = today.replace(day=1)
        before = months_after(this, -retention_months)
        dropped: list[str] = []
        for table in MONTHLY:
            async with self._pool.transaction(f"making months of {table}") as connection:
                await connection.execute(sql("ensure_months"), table, [this, months_after(this, 1)])
            async with self._pool.transaction(f"dropping months of {table} before {before}") as connection:
                dropped += [row[0] for row in await connection.fetch(sql("drop_months"), table, before)]
        async with self._pool.transaction(f"dropping placements before {before}") as connection:
            await connection.execute(sql("drop_placements"), before)
        return tuple(dropped)

    async def keep_access_log(self, *, today: date, retention_months: int) -> tuple[str, ...]:
        """Drops whole months of the access log that are older, and names them. `today` is the wall clock's."""
        before = months_after(today.replace(day=1), -max(retention_months, access_log.RETENTION_MONTHS_MIN))
        async with self._pool.transaction(f"dropping months of the access log before {before}") as connection:
            return tuple(row[0] for row in await connection.fetch(sql("drop_months"), access_log.TABLE, before))

    # --- reading ------------------------------------------------------------------------------------------------

    async def position(self, topic: str, partition: int) -> int | None:
        """The offset that is wanted next; nothing when nothing was ever archived from there."""
        async with self._pool.transaction("position") as connection:
            found: int | None = await connection.fetchval(sql("get_position"), self._consumer, topic, partition)
        return found

    async def decision(self, decision_id: str) -> Decision | None:
        async with self._pool.transaction("one decision") as connection:
            found: str | None = await connection.fetchval(sql("decision"), decision_id)
        return None if found is None else DECISION.validate_json(found)

    async def decisions(
        self, region: str, *, since: datetime, until: datetime, request: str | None = None, limit: int = 1000
    ) -> list[Decision]:
        """In order, from `since` up to but not including `until`; only those about `request` when it is given."""
        async with self._pool.transaction(f"decisions of {region}") as connection:
            rows = await connection.fetch(sql("decisions"), region, since, until, request, limit)
        return [DECISION.validate_json(row[0]) for row in rows]

    async def placement(self, region: str, request: str) -> Placement | None:
        async with self._pool.transaction("one placement") as connection:
            found: str | None = await connection.fetchval(sql("placement"), region, request)
        return None if found is None else Placement.model_validate_json(found)

    # --- the rest -----------------------------------------------------------------------------------------------

    async def _lock(self, connection: Connection, position: Position) -> int:
        stored: int = await connection.fetchval(
            sql("lock_position"), self._consumer, position.topic, position.partition
        )
        return stored

    async def _move(self, connection: Connection, position: Position) -> None:
        await connection.execute(sql("set_position"), self._consumer, *position)

    async def _follow_on(
        self, connection: Connection, position: Position, entries: Sequence[_Entry]
    ) -> tuple[list[_Entry], list[_Entry]]:
        """Those that are new, and those that an earlier write covered; PositionError when some are missing between."""
        stored = await self._lock(connection, position)
        if stored and entries and entries[0].offset > stored:
            msg = (
                f"The archive has {position.topic}/{position.partition} up to offset {stored} and Kafka delivers from "
                f"{entries[0].offset}: what lies between would be missing for good. Was the database restored from a "
                f"backup? Stop the archive and set its group's offset back to {stored} (kafka-consumer-groups "
                "--reset-offsets). If Kafka does not have those records any more, set next_offset in "
                f"spoedplein.positions to {entries[0].offset}."
            )
            raise PositionError(msg)
        fresh = [each for each in entries if each.offset >= stored]
        return fresh, list(entries[: len(entries) - len(fresh)])


async def _insert(connection: Connection, table: str, entries: Sequence[_Dated], columns: Columns) -> int:
    if not entries:
        return 0
    months = sorted({month_of(each.at) for each in entries})
    await connection.execute(sql("ensure_months"), table, months)
    done: str = await connection.execute(sql(f"insert_{table}"), *columns)
    return int(done.rsplit(" ", 1)[-1])


_Told = tuple[str, str, Columns]


def _log_keys(entries: Sequence[LogEntry], partition: int) -> _Told:
    columns = [each.offset for each in entries], [each.at for each in entries], [each.event.id for each in entries]
    return "events", "missing_events", ([partition] * len(entries), *columns)


def _decision_keys(entries: Sequence[DecisionEntry], _partition: int) -> _Told:
    columns = [each.decision.id for each in entries], [each.at for each in entries]
    return "decisions", "missing_decisions", columns


async def _check_covered(
    connection: Connection,
    position: Position,
    covered: Sequence[_Entry],
    *,
    told: Callable[[Sequence[_Entry], int], _Told],
) -> None:
    """PositionError when covered entries are not in their table, other than those of months dropped since.

    Kafka made anew beside an old database would otherwise be passed over in silence.
    """
    if not covered:
        return
    table = told(covered, position.partition)[0]
    oldest: date | None = await connection.fetchval(sql("oldest_month"), table)
    kept = [each for each in covered if oldest is None or month_of(each.at) >= oldest]
    _, query, columns = told(kept, position.partition)
    missing = await connection.fetchval(sql(query), *columns)
    if missing is not None:
        msg = (
            f"According to spoedplein.positions {position.topic}/{position.partition} was archived beyond this batch, "
            f"but {missing} of it is not in spoedplein.{table}: Kafka was made anew, or this is another cluster's "
            "database. Give each cluster a database of its own, or remove the rows of this consumer from "
            "spoedplein.positions to archive from the start of the topics."
        )
        raise PositionError(msg)


async def _fold_requests(connection: Connection, entries: Sequence[LogEntry]) -> None:
    made = [(each, request) for each in entries if (request := request_made_by(each.event)) is not None]
    first_seen = {(each.event.region, request): each.at for each, request in reversed(made)}
    rows = await _open_placements(connection, first_seen)
    for each, request in made:
        key = each.event.region, request
        rows[key] = rows[key].with_request(each.event, offset=each.offset, at=each.at)
    await _save_placements(connection, rows)


async def _fold_decisions(connection: Connection, entries: Sequence[DecisionEntry]) -> None:
    about = [(each, request) for each in entries if (request := request_decided_on(each.decision)) is not None]
    first_seen = {(each.decision.region, request): each.at for each, request in reversed(about)}
    rows = await _open_placements(connection, first_seen)
    for each, request in about:
        key = each.decision.region, request
        offset, index = each.log_place
        rows[key] = rows[key].with_decision(each.decision, offset=offset, index=index)
    await _save_placements(connection, rows)


async def _open_placements(connection: Connection, first_seen: Mapping[_Key, datetime]) -> dict[_Key, Placement]:
    """These rows, made where they are not there yet, and locked."""
    if not first_seen:
        return {}
    blank = [
        Placement(region=region, request_id=request, changed_at=at) for (region, request), at in first_seen.items()
    ]
    await connection.execute(sql("open_placements"), _PLACEMENTS.dump_json(blank).decode())
    regions, requests = zip(*first_seen, strict=True)
    held = await connection.fetch(sql("lock_placements"), regions, requests)
    rows = [Placement.model_validate_json(row[0]) for row in held]
    return {(row.region, row.request_id): row for row in rows}


async def _save_placements(connection: Connection, rows: Mapping[_Key, Placement]) -> None:
    if rows:
        await connection.execute(sql("save_placements"), _PLACEMENTS.dump_json(list(rows.values())).decode())
