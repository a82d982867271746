import asyncio
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from spoedplein.stack.errors import StackError
from spoedplein.stack.kafka import LocalKafka
from spoedplein.stack.topics import Topic, admin_client, create_topics, load_topics

pytestmark = pytest.mark.kafka

LONG_AGO_MS = 86_400_000
"""A record's time in 1970: a simulated clock owes nothing to the wall's."""


async def _send(bootstrap: str, topic: str, value: bytes, *, timestamp_ms: int | None = None) -> int:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        sent = await producer.send_and_wait(topic, value, partition=0, timestamp_ms=timestamp_ms)
        offset: int = sent.offset
        return offset


async def _first(bootstrap: str, topic: str, *, group: str | None = None) -> tuple[bytes, int]:
    """Value and timestamp of the first record, as a new reader sees it."""
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, group_id=group, auto_offset_reset="earliest"
    ) as consumer:
        record = await asyncio.wait_for(consumer.getone(), 30)
        return record.value, record.timestamp


async def _settings(bootstrap: str, topic: str) -> Mapping[str, str]:
    async with admin_client(bootstrap) as admin:
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    (_code, _words, _kind, _name, entries) = answer.resources[0]
    return {entry[0]: entry[1] for entry in entries}


async def test_what_a_producer_sends_a_group_receives(kafka: LocalKafka, unique: Callable[[str], str]) -> None:
    topic = unique("letters")
    await kafka.create_topics([Topic(topic, partitions=2)])

    await _send(kafka.bootstrap, topic, b"one")

    assert (await _first(kafka.bootstrap, topic, group=unique("readers")))[0] == b"one"


async def test_a_restart_finds_topics_and_records(kafka_jars: Path, tmp_path: Path) -> None:
    with LocalKafka(tmp_path, jars=kafka_jars) as first:
        await first.create_topics([Topic("letters", partitions=1)])
        await _send(first.bootstrap, "letters", b"before")
    with LocalKafka(tmp_path, jars=kafka_jars) as second:
        assert (await _first(second.bootstrap, "letters"))[0] == b"before"
        assert await _send(second.bootstrap, "letters", b"after") == 1


async def test_all_topics_of_the_project_are_made_and_making_them_again_changes_nothing(kafka: LocalKafka) -> None:
    topics = load_topics()
    for _ in range(2):
        await kafka.create_topics(topics)

    async with admin_client(kafka.bootstrap) as admin:
        described = await admin.describe_topics([topic.name for topic in topics])
    assert {topic["topic"]: len(topic["partitions"]) for topic in described} == {topic.name: 4 for topic in topics}


async def test_on_the_local_stack_the_log_keeps_the_times_that_it_is_given_for_good(kafka: LocalKafka) -> None:
    await kafka.create_topics(load_topics())
    log = await _settings(kafka.bootstrap, "spoedplein.log.v1")

    assert {name: log[name] for name in ("message.timestamp.type", "retention.ms", "retention.bytes")} == {
        "message.timestamp.type": "CreateTime",
        "retention.ms": "-1",
        "retention.bytes": "-1",
    }


@pytest.mark.parametrize(
    "timestamp_ms",
    [pytest.param(LONG_AGO_MS, id="long-ago"), pytest.param(4_102_444_800_000, id="in-the-year-2100")],
)
async def test_on_the_local_stack_a_record_may_have_any_time(
    kafka: LocalKafka, unique: Callable[[str], str], timestamp_ms: int
) -> None:
    topic = unique("log")
    await kafka.create_topics([Topic(topic, partitions=1)])

    await _send(kafka.bootstrap, topic, b"x", timestamp_ms=timestamp_ms)

    assert await _first(kafka.bootstrap, topic) == (b"x", timestamp_ms)


async def test_another_number_of_partitions_than_configured_is_refused(
    kafka: LocalKafka, unique: Callable[[str], str]
) -> None:
    topic = unique("log")
    await kafka.create_topics([Topic(topic, partitions=2)])

    with pytest.raises(StackError, match=r"has 2 partitions, and 3 are configured"):
        await kafka.create_topics([Topic(topic, partitions=3)])


async def test_a_topic_that_kafka_refuses_is_named_with_its_reason(kafka: LocalKafka) -> None:
    with pytest.raises(StackError, match=r"did not make topic no such name: InvalidTopicError"):
        await kafka.create_topics([Topic("no such name", partitions=1)])


async def test_settings_for_production_want_more_than_one_node(kafka: LocalKafka, unique: Callable[[str], str]) -> None:
    with pytest.raises(StackError, match=r"did not make topic .*: InvalidReplicationFactorError"):
        await create_topics(kafka.bootstrap, [Topic(unique("log"), replication_factor=3)])


def test_a_second_kafka_on_the_same_state_is_refused_with_the_owner_and_the_mend(
    kafka: LocalKafka, kafka_jars: Path
) -> None:
    with pytest.raises(StackError) as refused:
        LocalKafka(kafka._state, jars=kafka_jars).start()

    assert "kafka already runs on" in str(refused.value)
    assert f"`kill {os.getpid()}`" in str(refused.value)


def test_a_taken_port_is_said_with_its_holder(kafka_jars: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        with pytest.raises(StackError) as refused:
            LocalKafka(tmp_path, port=port, jars=kafka_jars).start()

    assert f"Port {port} on 127.0.0.1, wanted for Kafka, is taken by " in str(refused.value)
    assert f"(pid {os.getpid()})" in str(refused.value)


def test_what_kafka_said_last_is_in_the_error_when_it_does_not_start(kafka_jars: Path, tmp_path: Path) -> None:
    with LocalKafka(tmp_path, jars=kafka_jars):
        pass
    meta = tmp_path / "data" / "meta.properties"
    meta.write_text(meta.read_text().replace("node.id=1", "node.id=2"))

    with pytest.raises(StackError, match=r"(?s)kafka ended while starting\. Last lines of .*node\.? ?id"):
        LocalKafka(tmp_path, jars=kafka_jars).start()


async def test_no_kafka_at_an_address_is_said_with_the_address() -> None:
    with pytest.raises(StackError, match=r"Kafka on 127\.0\.0\.1:1 .*Does it run"):
        await create_topics("127.0.0.1:1", [Topic("letters")])
