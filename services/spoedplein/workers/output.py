"""Sending many records at once: encoded once, packed into whole batches, acknowledged together.

aiokafka's `send` costs four times its `send_batch`. A batch goes to one topic and partition, in order.
"""

import asyncio
from collections.abc import Iterable
from typing import NamedTuple, Self

from aiokafka import AIOKafkaProducer
from aiokafka.structs import RecordMetadata

from spoedplein.settings import Settings
from spoedplein.workers.connection import check_access, new_producer


class Outbox:
    """A worker's producer, open for as long as its worker runs. Hand it to `Worker.needs`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None

    async def __aenter__(self) -> Self:
        await check_access(self._settings)
        producer = new_producer(self._settings)
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.producer.stop()
        self._producer = None

    @property
    def producer(self) -> AIOKafkaProducer:
        assert self._producer is not None, "the outbox is open while its worker runs"
        return self._producer

    async def send(self, topic: str, partition: int, records: Iterable["Outgoing"]) -> int | None:
        """Send in order and wait until the broker has them all; the offset after the last, without records none."""
        return await send_all(self.producer, topic, partition, records)


class Outgoing(NamedTuple):
    """`at` is the record's timestamp in milliseconds; `None` leaves it to the producer's clock."""

    key: bytes
    value: bytes | None
    at: int | None = None


async def send_all(producer: AIOKafkaProducer, topic: str, partition: int, records: Iterable[Outgoing]) -> int | None:
    """Send in order and wait until the broker has them all; the offset after the last, without records none."""
    pending: list[asyncio.Future[RecordMetadata]] = []
    batch = producer.create_batch()
    last = 0
    for record in records:
        if batch.append(key=record.key, value=record.value, timestamp=record.at) is None:
            batch.close()
            last = batch.record_count()
            pending.append(await producer.send_batch(batch, topic, partition=partition))
            batch = producer.create_batch()
            if batch.append(key=record.key, value=record.value, timestamp=record.at) is None:
                # Larger than a whole batch: the ordinary way, which may take up to max_request_size.
                last = 1
                pending.append(
                    await producer.send(topic, record.value, record.key, partition=partition, timestamp_ms=record.at)
                )
    if batch.record_count():
        batch.close()
        last = batch.record_count()
        pending.append(await producer.send_batch(batch, topic, partition=partition))
    sent = await asyncio.gather(*pending)
    return sent[-1].offset + last if sent else None
