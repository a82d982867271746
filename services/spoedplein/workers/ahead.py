"""Reading ahead: Kafka gives partitions away only when their last owner has been silent for a session, and imports and
joining take their time too. Meanwhile a worker that starts reads what may become its own.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from types import TracebackType
from typing import Self

from aiokafka.errors import KafkaError
from faust.types import TP

from spoedplein.workers.partition import Partition

LOGGER = logging.getLogger(__name__)


class Ahead:
    """One of a worker's needs: reads these partitions in turn, until `end` tells which are its own."""

    def __init__(self, places: Iterable[TP], read: Callable[[TP], Awaitable[Partition]]) -> None:
        #: Which of them were read so far.
        self.found: dict[TP, Partition] = {}
        self._places = tuple(places)
        self._read = read
        self._reading: TP | None = None
        self._ended = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._read_all())
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    @property
    def is_through(self) -> bool:
        return self._task is None or self._task.done()

    async def end(self, ours: frozenset[TP]) -> dict[TP, Partition]:
        """What was read of our own. One that is being read is read to its end; from then on nothing is."""
        self._ended = True
        if (task := self._task) is not None:
            if self._reading not in ours:
                task.cancel()
            await asyncio.wait({task})
            self._task = None
            if not task.cancelled():
                task.result()
        found = {tp: partition for tp, partition in self.found.items() if tp in ours}
        self.found.clear()
        return found

    async def _read_all(self) -> None:
        for tp in self._places:
            if self._ended:
                return
            self._reading = tp
            try:
                partition = await self._read(tp)
            except KafkaError as error:
                told = {"action": "ahead.given-up", "partition": tp.partition}
                LOGGER.info("nothing more is read ahead, because %s", error, extra=told)
                return
            # Without a snapshot it is folded from the log, and what follows is sent: only its owner may do that.
            if partition.regions:
                self.found[tp] = partition
