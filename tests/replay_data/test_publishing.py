"""Onto real topics: the right topic, key, partition and date, in order, and paced by the clock."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from loadtests.replay.adapter import Origin, Published
from loadtests.replay.outputs import PartitionError, publish, scaled

from spoedplein.clock import SystemClock
from spoedplein.settings import Settings
from spoedplein.stack.kafka import LocalKafka
from spoedplein.stack.topics import load_topics
from spoedplein_schemas import EVENT
from spoedplein_schemas.capacity import UnitOpened
from spoedplein_schemas.seh import StatusReported
from spoedplein_schemas.vocabulary import Topic, UnitStatus

pytestmark = pytest.mark.kafka

BEGIN = datetime(2031, 2, 1, 10, tzinfo=UTC)
TOPICS = (Topic.SEH, Topic.CAPACITY)


def story(region: str) -> Iterator[Published]:
    """A stop, and ten minutes later a unit that opens."""
    origin, later = Origin("urn:test:story", region), BEGIN + timedelta(minutes=10)
    yield origin.says(StatusReported(site="seh-a", status=UnitStatus.STOP, observed_at=BEGIN), id="a", time=BEGIN)
    yield origin.says(UnitOpened(unit="elv-a", observed_at=later), id="b", time=later)


@pytest.fixture
async def settings(kafka: LocalKafka) -> Settings:
    await kafka.create_topics(topic.on_local_stack() for topic in load_topics())
    return Settings(kafka_bootstrap=kafka.bootstrap)


async def published(settings: Settings, *, partition: int, region: str) -> list[ConsumerRecord[bytes, bytes]]:
    """What stands on the partition for this region, once both topics have it."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic.value, partition) for topic in TOPICS])
        found: list[ConsumerRecord[bytes, bytes]] = []
        async with asyncio.timeout(30):
            while len(found) < len(TOPICS):
                record = await consumer.getone()
                found += [record] if record.key == region.encode() else []
        return sorted(found, key=lambda record: record.timestamp)
    finally:
        await consumer.stop()


async def test_events_reach_their_topics_with_region_partition_and_moment(settings: Settings) -> None:
    events = list(story("unpaced"))
    await publish(events, settings=settings, partition=2, clock_of=lambda _first_ms: None)

    records = await published(settings, partition=2, region="unpaced")
    assert [record.topic for record in records] == list(TOPICS)
    assert [record.timestamp for record in records] == [at_ms for at_ms, _ in events]
    assert [EVENT.validate_json(record.value or b"") for record in records] == [event for _, event in events]


async def test_a_paced_replay_sends_nothing_before_its_moment(settings: Settings) -> None:
    speed = 600.0  # Ten minutes in one second.
    clock = SystemClock()
    started_ms = clock.now_ms()
    await publish(story("paced"), settings=settings, partition=1, clock_of=scaled(speed, started_ms=started_ms))

    assert clock.now_ms() - started_ms >= 999
    assert len(await published(settings, partition=1, region="paced")) == 2


async def test_a_partition_that_the_topic_does_not_have_is_refused_with_those_that_it_has(settings: Settings) -> None:
    with pytest.raises(PartitionError, match=r"has partitions \[0, 1, 2, 3\], not 9"):
        await publish(story("lost"), settings=settings, partition=9, clock_of=lambda _first_ms: None)
