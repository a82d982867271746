"""The topics of deploy/kafka/topics.toml, and making them on a cluster."""

import asyncio
import time
import tomllib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from spoedplein.stack.errors import StackError
from spoedplein.stack.places import deploy_file

_VISIBLE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Topic:
    """`config` and `local` in Kafka's own words; `local` goes over `config` on a local stack."""

    name: str
    partitions: int = 4
    replication_factor: int = 1
    config: Mapping[str, str] = field(default_factory=dict)
    local: Mapping[str, str] = field(default_factory=dict)

    def on_local_stack(self) -> "Topic":
        return Topic(self.name, self.partitions, replication_factor=1, config={**self.config, **self.local})


def load_topics(path: Path | None = None) -> tuple[Topic, ...]:
    """Of deploy/kafka/topics.toml, unless another file is named."""
    path = path or deploy_file("kafka", "topics.toml")
    with path.open("rb") as file:
        told = tomllib.load(file)
    defaults, local = told["defaults"], told["local"]
    return tuple(
        Topic(
            name,
            topic.get("partitions", defaults["partitions"]),
            replication_factor=defaults["replication_factor"],
            config={**defaults["config"], **topic.get("config", {})},
            local={**local["config"], **topic.get("local", {})},
        )
        for name, topic in told["topic"].items()
    )


def places(topics: Iterable[str]) -> list[tuple[str, int]]:
    """Every partition of these topics, as they are made."""
    partitions = {topic.name: topic.partitions for topic in load_topics()}
    return [(topic, number) for topic in topics for number in range(partitions[topic])]


async def create_topics(bootstrap: str, topics: Iterable[Topic], *, local: bool = False) -> None:
    """Makes what is missing and returns when every partition has a leader.

    A topic that exists keeps its settings; when its number of partitions differs, that is an error.
    """
    wanted = [topic.on_local_stack() if local else topic for topic in topics]
    async with admin_client(bootstrap) as admin:
        answer = await admin.create_topics(
            [NewTopic(t.name, t.partitions, t.replication_factor, topic_configs=dict(t.config)) for t in wanted]
        )
        _refuse_errors(answer.topic_errors)
        await _until_visible(admin, wanted)


@asynccontextmanager
async def admin_client(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        yield admin
    except KafkaError as error:
        raise StackError(f"Kafka on {bootstrap} does not do as asked: {error}. Does it run, and may we?") from error
    finally:
        await admin.close()


def _refuse_errors(errors: Sequence[Sequence[Any]]) -> None:
    for name, code, *words in errors:
        if code not in (0, TopicAlreadyExistsError.errno):
            kind = for_code(code).__name__
            raise StackError(
                f"Kafka did not make topic {name}: {kind}{f' ({words[0]})' if words and words[0] else ''}."
            )


async def _until_visible(admin: AIOKafkaAdminClient, wanted: Sequence[Topic]) -> None:
    until = time.monotonic() + _VISIBLE_SECONDS
    while waiting := _not_ready(await admin.describe_topics([t.name for t in wanted]), wanted):
        if time.monotonic() > until:
            raise StackError(f"No leader for these topics within {_VISIBLE_SECONDS:.0f} s: {', '.join(waiting)}.")
        await asyncio.sleep(0.05)


def _not_ready(described: Sequence[Mapping[str, Any]], wanted: Sequence[Topic]) -> list[str]:
    seen = {topic["topic"]: topic["partitions"] for topic in described if not topic["error_code"]}
    for topic in wanted:
        partitions = len(seen.get(topic.name, ()))
        if partitions not in (0, topic.partitions):
            raise StackError(
                f"Topic {topic.name} has {partitions} partitions, and {topic.partitions} are configured. Regions would "
                "move between partitions and lose their order: configure the number it has, or make a new topic."
            )
    return [
        t.name for t in wanted if t.name not in seen or any(p["error_code"] or p["leader"] < 0 for p in seen[t.name])
    ]
