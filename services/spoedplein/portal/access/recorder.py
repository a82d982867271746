"""Putting accesses on record before anybody is answered. Those that come together are written together.

While PostgreSQL is away case data is refused: what is not on record was not seen. Who declares emergency use is let in
all the same; his access is kept on disk and written as soon as PostgreSQL is back.
"""

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from itertools import count
from typing import Final, Protocol, Self

from spoedplein.portal.access.queue import AccessQueue, QueueError
from spoedplein.portal.problems import ProblemError
from spoedplein.store.access_log import AccessEntry, Place
from spoedplein.store.errors import RowRefusedError, StoreError
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
        """Writes what waits on disk, oldest first; how many were written. StoreError leaves them there.

        What PostgreSQL refuses for what is in it is set aside.
        """
        written = 0
        while found := await asyncio.to_thread(queue.oldest, BATCH_MAX):
            refused = await self._put([entry for _, entry in found])
            for file, entry in found:
                if entry.id in refused:
                    await asyncio.to_thread(queue.set_aside, file, str(refused[entry.id]))
            kept = [file for file, entry in found if entry.id not in refused]
            await asyncio.to_thread(queue.done, kept)
            written += len(kept)
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
                refused = await self._put([entry for entry, _ in wanted])
            except StoreError as error:
                refused = {entry.id: error for entry, _ in wanted}
            _tell(wanted, refused)

    async def _put(self, entries: Sequence[AccessEntry]) -> dict[str, StoreError]:
        """Writes all but those that PostgreSQL refuses for what is in them, and answers these, by id."""
        try:
            await self.store.write(entries)
        except RowRefusedError as error:
            if len(entries) == 1:
                return {entries[0].id: error}
            half = len(entries) // 2
            return await self._put(entries[:half]) | await self._put(entries[half:])
        return {}

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
            try:
                with suppress(StoreError):
                    if written := await self.drain(queue):
                        LOGGER.info("%d accesses of emergency use written", written, extra={"action": "access.drained"})
                self._metrics.accesses_queued.set(await asyncio.to_thread(len, queue))
            except OSError as error:  # Somebody mends the disk or its rights; what waits there is still to be written.
                LOGGER.error("accesses that wait on disk: %s", error, extra={"action": "access.disk"})  # noqa: TRY400
            await asyncio.sleep(self._drain_seconds)


def _tell(waiting: Sequence[tuple[AccessEntry, "asyncio.Future[None]"]], refused: Mapping[str, StoreError]) -> None:
    """Who does not wait any more is told nothing."""
    for entry, future in waiting:
        if future.done():
            continue
        if (error := refused.get(entry.id)) is None:
            future.set_result(None)
        else:
            future.set_exception(error)
