"""Reading a partition outside the consumer group: where it ends, what stands there, or all of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition

from spoedplein.settings import Settings
from spoedplein.workers.connection import client_options
from spoedplein.workers.transport import Record

FETCH_BYTES = 8_000_000
WAIT_MS = 1000
#: A new consumer knows no topic yet: the first question fails, and is asked again after so long.
RETRY_MS = 20
#: Beside whoever left: a broker that does not answer takes long to start with, and a hand-over must not.
_STOPPING: set[asyncio.Future[None]] = set()


async def newest_by_key(settings: Settings, topic: str, partition: int) -> dict[bytes, bytes]:
    """The newest value of each key of a compacted partition; deleted keys left out."""
    found: dict[bytes, bytes] = {}
    async for record in stored(settings, topic, partition):
        if record.key is None:
            continue
        if record.value is None:
            found.pop(record.key, None)
        else:
            found[record.key] = record.value
    return found


async def last_value(settings: Settings, topic: str, partition: int) -> bytes | None:
    """The value of the last record of a partition; `None` when it is empty."""
    values = [record.value async for record in stored(settings, topic, partition, last=1)]
    return values[-1] if values else None


async def end_of(settings: Settings, topic: str, partition: int) -> int:
    """The offset that the next record of a partition will have."""
    async with _consumer(settings) as consumer:
        place = TopicPartition(topic, partition)
        return int((await consumer.end_offsets([place]))[place])


async def stored(
    settings: Settings,
    topic: str,
    partition: int,
    *,
    first: int = 0,
    before: int | None = None,
    last: int | None = None,
) -> AsyncIterator[Record]:
    """What stands in a partition now: all of it, from offset `first` on, below `before`, or the `last` so many offsets.

    A consumer of its own for each reading: one that fetches already answers questions about offsets late.
    """
    place = TopicPartition(topic, partition)
    async with _consumer(settings) as consumer:
        end = int((await consumer.end_offsets([place]))[place])
        end = end if before is None else min(end, before)
        start = max(first, int((await consumer.beginning_offsets([place]))[place]))
        start = start if last is None else max(start, end - last)
        if start >= end:
            return
        consumer.assign([place])
        consumer.seek(place, start)
        while await consumer.position(place) < end:
            consumer.resume(place)
            records = (await consumer.getmany(place, timeout_ms=WAIT_MS)).get(place, ())
            # Or it would ask for more at once, and stopping then waits for the answer: half a second, and over TLS
            # under uvloop half a minute (its limit on an orderly end of TLS).
            consumer.pause(place)
            for record in records:
                if record.offset < end:
                    yield record


@asynccontextmanager
async def _consumer(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    """Begun and stopped to the end also when nobody waits for it any more: broken off it leaves connections open."""
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        enable_auto_commit=False,
        max_partition_fetch_bytes=FETCH_BYTES,
        retry_backoff_ms=RETRY_MS,
    )
    starting = asyncio.ensure_future(consumer.start())
    try:
        await asyncio.shield(starting)
        yield consumer
    finally:
        stopping = asyncio.ensure_future(_stop(consumer, starting))
        _STOPPING.add(stopping)
        stopping.add_done_callback(_STOPPING.discard)
        if starting.done():
            await asyncio.shield(stopping)


async def _stop(consumer: AIOKafkaConsumer, starting: asyncio.Future[None]) -> None:
    await asyncio.wait({starting})
    await consumer.stop()
