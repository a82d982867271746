"""The limit: a bare aiokafka loop that sends on what it reads, in whole batches; it neither decodes nor decides."""

import asyncio
import signal
import sys
import time
from typing import Final

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from loadtests import rig
from loadtests.meter import Spec
from spoedplein.workers.transport.consumer import FETCH_WAIT_MS

OUTPUT: Final = "loadtest.bare"
#: As ours: the settings `commit_seconds` and `batch_records_max`, how long a fetch waits, and our producer's options.
COMMIT_SECONDS: Final = 0.5
RECORDS_MAX: Final = 2000
_BATCH_BYTES: Final = 262_144
_Pair = tuple[bytes | None, bytes | None]


class Bare(Spec):
    """Reads these topics, and sends every record on to the same partition of `OUTPUT`."""

    bootstrap: str
    group: str
    topics: tuple[str, ...]


async def run(spec: Bare) -> None:
    """Until SIGTERM."""
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    consumer = AIOKafkaConsumer(
        *spec.topics,
        bootstrap_servers=spec.bootstrap,
        group_id=spec.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_poll_records=RECORDS_MAX,
        fetch_max_wait_ms=FETCH_WAIT_MS,
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=spec.bootstrap,
        enable_idempotence=True,
        acks="all",
        linger_ms=2,
        max_batch_size=_BATCH_BYTES,
        max_request_size=2_000_000,
    )
    async with producer, consumer:
        next_commit = time.monotonic() + COMMIT_SECONDS
        while not asked.is_set():
            found = await consumer.getmany(timeout_ms=200)
            by_partition: dict[int, list[_Pair]] = {}
            for place, records in found.items():
                by_partition.setdefault(place.partition, []).extend((record.key, record.value) for record in records)
            await asyncio.gather(*(_send(producer, *each) for each in by_partition.items()))
            if time.monotonic() >= next_commit:
                await consumer.commit()
                next_commit = time.monotonic() + COMMIT_SECONDS
        await consumer.commit()


async def _send(producer: AIOKafkaProducer, partition: int, pairs: list[_Pair]) -> None:
    pending: list[asyncio.Future[object]] = []
    batch = producer.create_batch()
    for key, value in pairs:
        if batch.append(key=key, value=value, timestamp=None) is None:
            pending.append(await producer.send_batch(batch, OUTPUT, partition=partition))
            batch = producer.create_batch()
            batch.append(key=key, value=value, timestamp=None)
    pending.append(await producer.send_batch(batch, OUTPUT, partition=partition))
    await asyncio.gather(*pending)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(Bare(**rig.told(sys.argv))))
