"""Putting accesses on record before anybody is answered. Those that come together are written together.

While PostgreSQL is away case data is refused: what is not on record was not seen. Who declares emergency use is let in
all the same; his access is kept on disk and written as soon as PostgreSQL is back.
"""

import asyncio
import logging
import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from itertools import count
from typing import Final, Protocol, Self

from spoedplein.portal.access.queue import AccessQueue, QueueError
from spoedplein.portal.problems import ProblemError
from spoedplein.store.access_log import AccessEntry, Place
from spoedplein.store.errors import StoreError
from spoedplein.telemetry.metrics import Metrics

#: In one statement.
BATCH_MAX: Final = 500
#: That wait for a statement which hangs; more than that are refused at once.
WAITING_MAX: Final = 5000
#: Between two tries to write what waits on disk.
DRAIN_SECONDS: Final = 5.0

LOGGER = logging.getLogger(__name__)


class AccessKeeper(Protocol):
    """What the access log is kept in. StoreError when it does not answer."""

    async def write(self, entries: Sequence[AccessEntry]) -> None:
        """All of them or none. The same entry twice is there once."""
        ...

    async def read(
        self,
        regions: Sequence[str],
        *,
        since: datetime,
        until: datetime,
        case: str | None = None,
        after: Place | None = None,
        limit: int = 1000,
    ) -> list[AccessEntry]: ...


class NotOnRecordError(ProblemError):
    """The access log takes nothing now, so case data is not shown."""

    def __init__(self, detail: str) -> None:
        super().__init__(HTTPStatus.SERVICE_UNAVAILABLE, "access-log-away", detail, headers={"Retry-After": "5"})


class Recorder:
    """Use it as a context manager: it writes what waits on disk while it is open."""

    def __init__(
        self,
        store: AccessKeeper,
        metrics: Metrics,
        *,
        seconds: float = 2.0,
        queue: AccessQueue | None = None,
        drain_seconds: float = DRAIN_SECONDS,
    ) -> None:
        self.store = store
        self._metrics = metrics
        self._seconds = seconds
        self._queue = queue
        self._drain_seconds = drain_seconds
        self._waiting: list[tuple[AccessEntry, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._draining: asyncio.Task[None] | None = None
        self._numbers = count()

    async def __aenter__(self) -> Self:
        if self._queue is not None:
            self._draining = asyncio.create_task(self._drain_for_ever(self._queue))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in (self._draining, self._writing):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    def new_id(self) -> str:
        """Of an entry: nobody else has it, and those of one moment sort as they came."""
        return f"{next(self._numbers):08x}-{secrets.token_hex(12)}"

    async def record(self, entry: AccessEntry) -> None:
        """Returns when it is on record; NotOnRecordError when it cannot be."""
        try:
            async with asyncio.timeout(self._seconds):
                await self._written(entry)
        except (StoreError, TimeoutError) as error:
            self._metrics.access_log_failures.inc()
            LOGGER.warning("access not written: %s", error, extra={"action": "access.not-written"})
            await self._keep(entry)
        self._metrics.accesses.labels(entry.outcome).inc()
        if entry.emergency is not None:
            self._metrics.emergency_uses.inc()

    async def drain(self, queue: AccessQueue) -> int:
        """Writes what waits on disk, oldest first; how many were written. StoreError leaves them there."""
        written = 0
        while found := await asyncio.to_thread(queue.oldest, BATCH_MAX):
            await self.store.write([entry for _, entry in found])
            await asyncio.to_thread(queue.done, [file for file, _ in found])
            written += len(found)
        return written

    async def _written(self, entry: AccessEntry) -> None:
        if len(self._waiting) >= WAITING_MAX:
            raise TimeoutError(f"{WAITING_MAX} accesses wait already")
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, future))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await future

    async def _write(self) -> None:
        """Everything that waits, and what comes meanwhile; each learns how it went with his."""
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
            wanted = [(entry, future) for entry, future in batch if not future.done()]
            try:
                await self.store.write([entry for entry, _ in wanted])
            except StoreError as error:
                _tell(wanted, error)
            else:
                _tell(wanted, None)

    async def _keep(self, entry: AccessEntry) -> None:
        if entry.emergency is None:
            raise NotOnRecordError(
                "The access log cannot be written now, so case data is not shown. Try again in some seconds; "
                "when it cannot wait, declare emergency use, with the reason."
            )
        if self._queue is None:
            raise NotOnRecordError("The access log cannot be written now, and this portal keeps no emergency use.")
        try:
            await self._queue.keep(entry)
        except QueueError as error:
            LOGGER.error("emergency use not kept: %s", error, extra={"action": "access.not-kept"})  # noqa: TRY400
            raise NotOnRecordError(
                "The access log cannot be written now, nor emergency use kept. Telephone."
            ) from error
        self._metrics.accesses_queued.set(await asyncio.to_thread(len, self._queue))

    async def _drain_for_ever(self, queue: AccessQueue) -> None:
        while True:
            with suppress(StoreError):
                if written := await self.drain(queue):
                    LOGGER.info("%d accesses of emergency use written", written, extra={"action": "access.drained"})
            self._metrics.accesses_queued.set(await asyncio.to_thread(len, queue))
            await asyncio.sleep(self._drain_seconds)


def _tell(waiting: Sequence[tuple[AccessEntry, "asyncio.Future[None]"]], error: StoreError | None) -> None:
    """Who does not wait any more is told nothing."""
    for _, future in waiting:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
