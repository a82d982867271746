"""Reading ahead: to join takes its time, and Kafka gives partitions away only when their last owner has been silent for
a session. Meanwhile a worker that starts reads what may become its own.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from types import TracebackType
from typing import Self

from faust.types import TP

from spoedplein.workers.partition import Partition

LOGGER = logging.getLogger(__name__)


class Ahead:
    """One of a worker's needs: reads these partitions in turn, until `end` tells which are its own."""

    def __init__(self, places: Iterable[TP], read: Callable[[TP], Awaitable[Partition]]) -> None:
        #: Which of them were read so far, and not taken yet.
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
        await self.end(frozenset())

    def taken(self) -> dict[TP, Partition]:
        """What was read, to be looked at no more here."""
        found, self.found = self.found, {}
        return found

    async def end(self, ours: frozenset[TP]) -> dict[TP, Partition]:
        """One of our own that is being read is read to its end, and is what is found; from now on nothing is read."""
        self._ended = True
        if self._task is not None:
            if self._reading not in ours and not self._task.cancelling():
                self._task.cancel()
            await asyncio.wait({self._task})
        return {tp: partition for tp, partition in self.taken().items() if tp in ours}

    async def _read_all(self) -> None:
        for tp in self._places:
            if self._ended:
                return
            self._reading = tp
            try:
                partition = await self._read(tp)
            except Exception as error:  # Whose partition it is will meet it too, and that may not be us.
                told = {"action": "ahead.given-up", "partition": tp.partition}
                LOGGER.warning("nothing more is read ahead, because %r", error, extra=told)
                return
            # Without a snapshot it is folded from the log, and what follows is sent: only its owner may do that.
            if partition.regions:
                self.found[tp] = partition
