import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from spoedplein.stack.embedded import FETCH_MAX_WAIT_MS, EmbeddedBroker
from spoedplein.stack.errors import StackError
from spoedplein.stack.topics import Topic, load_topics


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(tmp_path) as running:
        yield running


def _member(broker: EmbeddedBroker, topic: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        topic,
        bootstrap_servers=broker.bootstrap,
        group_id="readers",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
        session_timeout_ms=2000,
        heartbeat_interval_ms=500,
    )


async def test_a_group_goes_on_where_it_committed(broker: EmbeddedBroker) -> None:
    await broker.create_topics([Topic("letters", partitions=1)])
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap) as producer:
        for letter in (b"a", b"b"):
            await producer.send_and_wait("letters", letter)

    async with _member(broker, "letters") as first:
        read = [(await asyncio.wait_for(first.getone(), 30)).value]
        await first.commit({TopicPartition("letters", 0): 1})
    async with _member(broker, "letters") as second:
        read.append((await asyncio.wait_for(second.getone(), 30)).value)

    assert read == [b"a", b"b"]


async def test_topics_have_the_partitions_asked_for_and_making_them_twice_is_no_error(broker: EmbeddedBroker) -> None:
    for _ in range(2):
        await broker.create_topics([Topic("wide", partitions=7)])

    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap) as producer:
        assert await producer.partitions_for("wide") == set(range(7))


async def test_it_takes_all_topics_of_the_project(broker: EmbeddedBroker) -> None:
    await broker.create_topics(load_topics())

    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap) as producer:
        assert len(await producer.partitions_for("spoedplein.log.v1")) == 4


async def test_a_topic_that_exists_with_another_number_of_partitions_is_refused(broker: EmbeddedBroker) -> None:
    await broker.create_topics([Topic("wide", partitions=7)])

    with pytest.raises(StackError, match=r"did not make topic wide: Broker: Topic .*already exists"):
        await broker.create_topics([Topic("wide", partitions=8)])


def test_it_runs_between_start_and_stop_only(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path)
    seen = [broker.running]
    with broker:
        seen.append(broker.running)
        assert broker.bootstrap.startswith("127.0.0.1:")
    seen.append(broker.running)

    assert seen == [False, True, False]
    with pytest.raises(StackError, match="was not started"):
        _ = broker.bootstrap
