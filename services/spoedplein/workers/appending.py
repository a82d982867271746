"""Appending to the log: one writer at a time per partition, and what waits for its turn goes together.

Sources have a topic for each kind of system, a region has one log. Were each topic's batch sent by itself, the last of
what was fetched together would wait for as many answers of the broker as there are topics.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from spoedplein.workers.output import Outbox, Outgoing
from spoedplein_schemas.vocabulary import Topic


@dataclass(slots=True)
class _Group:
    """Keys and values that go together, in the order in which they came."""

    records: list[tuple[bytes, bytes]] = field(default_factory=list)
    sent: bool = False


class LogAppender:
    """`now_ms` never runs back, so that the timestamps of a partition only go up, whoever appends."""

    def __init__(self, outbox: Outbox, now_ms: Callable[[], int]) -> None:
        self._outbox = outbox
        self._now_ms = now_ms
        self._waiting: dict[int, _Group] = {}
        self._locks: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def append(self, partition: int, records: Iterable[tuple[bytes, bytes]]) -> None:
        """Append keys and values in order; returns when the broker has them.

        Whoever of a group has the turn first sends it all. When that fails, or is cancelled, the next one of the group
        does so: that may repeat records, as a crash may, and leaves none out.
        """
        group = self._waiting.setdefault(partition, _Group())
        group.records += records
        await asyncio.sleep(0)  # Whoever was handed a batch together with us says first what he has.
        async with self._locks[partition]:
            if group.sent:
                return
            if self._waiting.get(partition) is group:
                del self._waiting[partition]
            at = self._now_ms()
            await self._outbox.send(Topic.LOG, partition, [Outgoing(key, value, at) for key, value in group.records])
            group.sent = True
