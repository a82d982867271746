"""The limit: read a batch, send it on as it is, commit every half second; nothing is decoded and nothing decided."""

import asyncio
import time

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from loadtests.meter import Meter
from loadtests.peers.job import CHECKPOINT_SECONDS, Task, answer
from spoedplein.settings import Settings
from spoedplein.workers.connection import new_producer
from spoedplein.workers.output import Outgoing, send_all
from spoedplein.workers.transport.consumer import FETCH_WAIT_MS


async def run(task: Task) -> None:
    settings, meter = Settings(kafka_bootstrap=task.bootstrap), Meter(task.events)
    consumer = AIOKafkaConsumer(
        task.log,
        bootstrap_servers=task.bootstrap,
        group_id=task.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_poll_records=settings.batch_records_max,
        fetch_max_wait_ms=FETCH_WAIT_MS,
    )
    async with new_producer(settings) as producer, consumer:
        await _pass_on(task, consumer, producer, meter)
        await consumer.commit()
    answer(meter.spent)


async def _pass_on(task: Task, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer, meter: Meter) -> None:
    committed_at = time.monotonic()
    while meter.spent is None:
        found = await consumer.getmany(timeout_ms=200)
        if found:
            meter.count(0)
        for place, records in found.items():
            passed = (Outgoing(record.key, record.value, record.timestamp) for record in records)
            await send_all(producer, task.decisions, place.partition, passed)
            meter.count(len(records))
        if time.monotonic() >= committed_at + CHECKPOINT_SECONDS:
            await consumer.commit()
            committed_at = time.monotonic()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(Task.told()))
