"""Many readers of what is published, as boards and screens are: each reads every view and every decision. A process."""

import asyncio
import signal
import sys
import time
from typing import Final

import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

from loadtests import rig
from loadtests.meter import Spec
from loadtests.rig import PARTITIONS
from spoedplein_schemas.vocabulary import Topic

TOPICS: Final = (Topic.AVAILABILITY, Topic.BOARDS, Topic.DECISIONS)


class Readers(Spec):
    """`to_the_end`: each reads what stands on the topics; otherwise what comes, until SIGTERM."""

    bootstrap: str
    count: int
    to_the_end: bool


class Read(Spec):
    """What all readers got, together."""

    records: int
    seconds: float
    cpu_seconds: float


async def run(spec: Readers) -> Read:
    asked, counts = asyncio.Event(), [0] * spec.count
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    consumers = [await _consumer(spec) for _ in range(spec.count)]
    began, cpu_began = time.perf_counter(), time.process_time()
    reading = [asyncio.create_task(_read(spec, number, consumers[number], counts)) for number in range(spec.count)]
    asking = asyncio.create_task(asked.wait())
    everybody = asyncio.gather(*reading)
    everybody.add_done_callback(lambda _: asked.set())
    await asking
    read = Read(records=sum(counts), seconds=time.perf_counter() - began, cpu_seconds=time.process_time() - cpu_began)
    for task in reading:
        task.cancel()
    await asyncio.gather(*reading, return_exceptions=True)
    await asyncio.gather(*(consumer.stop() for consumer in consumers))
    return read


async def _consumer(spec: Readers) -> AIOKafkaConsumer:
    consumer = AIOKafkaConsumer(bootstrap_servers=spec.bootstrap, enable_auto_commit=False)
    await consumer.start()
    places = [TopicPartition(topic, number) for topic in TOPICS for number in range(PARTITIONS)]
    consumer.assign(places)
    await (consumer.seek_to_beginning(*places) if spec.to_the_end else consumer.seek_to_end(*places))
    return consumer


async def _read(spec: Readers, number: int, consumer: AIOKafkaConsumer, counts: list[int]) -> None:
    """Counts as it goes, so that a reader that is broken off has told what it got."""
    ends = await consumer.end_offsets(consumer.assignment()) if spec.to_the_end else {}
    left = {place for place, end in ends.items() if end > 0}
    while left or not spec.to_the_end:
        for place, records in (await consumer.getmany(timeout_ms=500)).items():
            counts[number] += len(records)
            if records and records[-1].offset + 1 >= ends.get(place, sys.maxsize):
                left.discard(place)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(runner.run(run(Readers(**rig.told(sys.argv)))).model_dump_json())
