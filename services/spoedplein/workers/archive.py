"""Archives log, decisions and availability in PostgreSQL. Nobody waits for it: while PostgreSQL is away Kafka keeps.

A batch is acknowledged when it and its position are in the database; what comes again after a crash is known by that
position. A record that cannot be read or written is a broken invariant of ours, and stops the worker before it
acknowledges: nothing is dropped.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, Self, TypeVar

import faust
from faust.types import TP
from pydantic import ValidationError

from spoedplein.clock import Clock, SystemClock
from spoedplein.settings import Settings
from spoedplein.store import ArchiveWriter
from spoedplein.store.errors import AwayError
from spoedplein.store.postgres import Archive
from spoedplein.store.rows import DecisionEntry, LogEntry, Position, SampleEntry, month_of_ms
from spoedplein.telemetry.metrics import Metrics
from spoedplein.workers.app import Worker, build_app
from spoedplein.workers.connection import Access
from spoedplein.workers.observing import forget_lag, observe_batch
from spoedplein.workers.stalls import Stalls
from spoedplein.workers.transport import Batch, Record, consume, on_assigned
from spoedplein_schemas import DECISION, decoded
from spoedplein_schemas.views import UnitAvailability
from spoedplein_schemas.vocabulary import Topic

NAME: Final = "archive"
#: The first pause when PostgreSQL is away; each next one is twice as long, up to the setting.
RETRY_SECONDS_FIRST: Final = 0.1
#: Months come and go slowly; a round that found nothing to do costs three short statements.
HOUSEKEEPING_SECONDS: Final = 3600.0

LOGGER = logging.getLogger(__name__)
_Result = TypeVar("_Result")


class MalformedRecordError(RuntimeError):
    """A record of one of our own topics cannot be read; the message names it."""


def build(settings: Settings, clock: Clock, metrics: Metrics, *, name: str = NAME) -> Worker:
    """`name` is the consumer group's and the positions': a second database fed by the same topics needs another."""
    app = build_app(settings, name)
    work = _Archiving(app, settings=settings, clock=clock, metrics=metrics, name=name)
    consume(app, Topic.LOG, work.on_log)
    consume(app, Topic.DECISIONS, work.on_decisions)
    consume(app, Topic.AVAILABILITY, work.on_availability)
    forget_lag(app, metrics)
    on_assigned(app, work.on_assigned)
    app.timer(HOUSEKEEPING_SECONDS)(work.housekeeping)
    return Worker(app, (Access(settings, (Topic.LOG, Topic.DECISIONS, Topic.AVAILABILITY)), Stalls(metrics), work))


class _Archiving:
    def __init__(self, app: faust.App, *, settings: Settings, clock: Clock, metrics: Metrics, name: str) -> None:
        self._app = app
        self._settings = settings
        self._clock = clock
        self._metrics = metrics
        self._name = name
        self._store: ArchiveWriter | None = None
        self._migrated = False

    async def __aenter__(self) -> Self:
        """A PostgreSQL that is away is waited for; one that refuses us is not."""
        store = await Archive.connect(self._settings, consumer=self._name)
        try:
            await store.reach()
        except AwayError as error:
            LOGGER.warning("begins without the database: %s", error, extra={"action": "archive.away"})
        except BaseException:
            await store.close()
            raise
        self._store = store
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opened().close()

    async def on_assigned(self, assigned: frozenset[TP]) -> None:
        """The database is brought up to date before the first batch, however long it is away."""
        if not assigned:
            return  # A stand-by has nothing to write, and leaves the database alone.
        applied = await self._persist("migrating", self._opened().migrate)
        if applied:
            LOGGER.info("database migrated: %s", ", ".join(applied), extra={"action": "archive.migrated"})
        self._migrated = True
        await self.housekeeping()

    async def on_log(self, batch: Batch) -> None:
        entries = [_log_entry(record) for record in batch.records]
        await self._write(batch, "events", lambda store, position: store.write_log(position, entries))

    async def on_decisions(self, batch: Batch) -> None:
        entries = [_decision_entry(record) for record in batch.records]
        await self._write(batch, "decisions", lambda store, position: store.write_decisions(position, entries))

    async def on_availability(self, batch: Batch) -> None:
        entries = [entry for record in batch.records if (entry := _sample_entry(record)) is not None]
        await self._write(batch, "availability", lambda store, position: store.write_samples(position, entries))

    async def housekeeping(self) -> None:
        """Months made ahead, and dropped after. It may fail once: writers make the month that they need."""
        if not self._migrated:
            return
        today, months = month_of_ms(self._clock.now_ms()), self._settings.retention_months
        # Who looked at what is told in the time of the people who did, also where a region's time is simulated.
        wall_today, access_months = month_of_ms(SystemClock().now_ms()), self._settings.access_log_months
        try:
            dropped = await self._opened().keep_months(today=today, retention_months=months)
            dropped += await self._opened().keep_access_log(today=wall_today, retention_months=access_months)
        except AwayError as error:
            self._metrics.archive_retries.inc()
            LOGGER.warning("months not seen to, next time again: %s", error, extra={"action": "archive.retry"})
            return
        if dropped:
            LOGGER.info("older than is kept, dropped: %s", ", ".join(dropped), extra={"action": "archive.dropped"})

    async def _write(
        self, batch: Batch, table: str, write: Callable[[ArchiveWriter, Position], Awaitable[int]]
    ) -> None:
        store, position = self._opened(), Position(*batch.tp, batch.next_offset)
        rows = await self._persist(str(batch), lambda: write(store, position))
        self._metrics.archived_rows.labels(table).inc(rows)
        observe_batch(self._app, self._metrics, batch)

    def _opened(self) -> ArchiveWriter:
        assert self._store is not None, "the worker runs before what it needs is opened"
        return self._store

    async def _persist(self, doing: str, attempt: Callable[[], Awaitable[_Result]]) -> _Result:
        """Until PostgreSQL has done it. Revocation and stop cancel us here: the batch then comes again."""
        pause = RETRY_SECONDS_FIRST
        while True:
            try:
                return await attempt()
            except AwayError as error:
                self._metrics.archive_retries.inc()
                LOGGER.warning("%s waits, again in %.1f s: %s", doing, pause, error, extra={"action": "archive.retry"})
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._settings.retry_seconds_max)


def _log_entry(record: Record) -> LogEntry:
    value = _value(record)
    try:
        return LogEntry(record.offset, record.timestamp, decoded(value), value.decode())
    except ValueError as error:
        raise _malformed(record, error) from error


def _decision_entry(record: Record) -> DecisionEntry:
    value = _value(record)
    try:
        entry = DecisionEntry(record.offset, DECISION.validate_json(value), value.decode())
        _ = entry.log_place
    except ValueError as error:
        raise _malformed(record, error) from error
    return entry


def _sample_entry(record: Record) -> SampleEntry | None:
    """Nothing for a unit that is gone (a tombstone), and for sums by care type: they are sums of what is kept."""
    if record.value is None or b"//" in (record.key or b""):
        return None
    try:
        return SampleEntry(record.offset, UnitAvailability.model_validate_json(record.value))
    except ValueError as error:
        raise _malformed(record, error) from error


def _value(record: Record) -> bytes:
    if record.value is None:
        raise _malformed(record, "it has no value")
    return record.value


def _malformed(record: Record, error: ValueError | str) -> MalformedRecordError:
    """Says where and what is wrong, never what stands there."""
    what = str(error)
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        what = f"{'.'.join(str(part) for part in first['loc']) or 'record'}: {first['msg']}"
    return MalformedRecordError(
        f"{record.topic}/{record.partition} offset {record.offset} is not what we write there: {what}. "
        "Only spoedplein writes to this topic: find what wrote it, or run the version that knows it. "
        "The archive stands still until then; nothing is lost."
    )
