"""How clients of ours find Kafka, and what they say when it is not as it should be."""

import pytest

from spoedplein.settings import Settings
from spoedplein.stack.kafka import LocalKafka
from spoedplein.workers.connection import KafkaAccessError, check_access

pytestmark = pytest.mark.kafka


async def test_a_topic_that_is_not_there_is_named_and_not_made(kafka: LocalKafka) -> None:
    settings = Settings(kafka_bootstrap=kafka.bootstrap)

    for _ in range(2):
        with pytest.raises(
            KafkaAccessError, match=r"Kafka has no spoedplein\.nowhere\.v1: make what .*topics\.toml lists"
        ):
            await check_access(settings, ["spoedplein.nowhere.v1"])
