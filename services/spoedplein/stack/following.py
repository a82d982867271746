"""Reading the published topics as any consumer outside does: what stands there first, then what comes."""

from collections.abc import Iterable
from typing import Final, NamedTuple, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord
from pydantic import BaseModel

from spoedplein.settings import Settings
from spoedplein.stack.topics import load_topics
from spoedplein.workers.connection import client_options
from spoedplein_schemas import DECISION
from spoedplein_schemas.dead_letters import DeadLetter
from spoedplein_schemas.views import (
    AmbulanceBoard,
    CareTypeAvailability,
    ConsultsBoard,
    EscalationBoard,
    RequestsBoard,
    RoundsBoard,
    SiteBoard,
    UnitAvailability,
)
from spoedplein_schemas.vocabulary import Topic

#: A broker that does not wake a waiting fetch answers after this time; a real one answers at once.
FETCH_WAIT_MS: Final = 100
#: By the last part of the key; any other is a site.
_BOARDS: Final[dict[str, type[BaseModel]]] = {
    "requests": RequestsBoard,
    "ambulance": AmbulanceBoard,
    "rounds": RoundsBoard,
    "consults": ConsultsBoard,
    "escalation": EscalationBoard,
}
_COMPACTED: Final = {Topic.AVAILABILITY, Topic.BOARDS}


class Message(NamedTuple):
    """`said` is a view, a decision or a dead letter; nothing when what the key names is gone."""

    key: str
    said: BaseModel | None


class Follower:
    """An open reader of these topics, without a consumer group.

    Compacted topics are read from their start; of the others, `back` records per partition that were there already.
    """

    def __init__(self, settings: Settings, topics: Iterable[Topic], *, back: int) -> None:
        partitions = {topic.name: topic.partitions for topic in load_topics()}
        self._places = [
            TopicPartition(topic.value, number) for topic in topics for number in range(partitions[topic.value])
        ]
        self._back = back
        self._ends: dict[TopicPartition, int] = {}
        self._consumer = AIOKafkaConsumer(
            **client_options(settings), enable_auto_commit=False, fetch_max_wait_ms=FETCH_WAIT_MS
        )

    async def __aenter__(self) -> Self:
        consumer = self._consumer
        try:
            await consumer.start()
            self._ends = await consumer.end_offsets(self._places)
            starts = await consumer.beginning_offsets(self._places)
        except BaseException:
            await consumer.stop()
            raise
        consumer.assign(self._places)
        for place in self._places:
            start = starts[place] if place.topic in _COMPACTED else max(starts[place], self._ends[place] - self._back)
            consumer.seek(place, start)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def standing(self) -> list[Message]:
        """What was there when we came, once for each key of a compacted topic."""
        newest: dict[tuple[str, ...], Message] = {}
        while await self._is_behind():
            for record in await self._records(timeout_ms=1000):
                place = (record.topic, str(record.partition))
                of_key = place if record.topic in _COMPACTED else (*place, str(record.offset))
                newest[(*of_key, _key(record))] = _read(record)
        return list(newest.values())

    async def more(self, *, timeout_ms: int) -> list[Message]:
        """What came since, in the order of each partition; nothing when nothing came in this time."""
        return [_read(record) for record in await self._records(timeout_ms=timeout_ms)]

    async def _records(self, *, timeout_ms: int) -> list[ConsumerRecord]:
        found = await self._consumer.getmany(timeout_ms=timeout_ms)
        return [record for records in found.values() for record in records]

    async def _is_behind(self) -> bool:
        for place, end in self._ends.items():
            if await self._consumer.position(place) < end:
                return True
        return False


def _key(record: ConsumerRecord) -> str:
    return "" if record.key is None else bytes(record.key).decode()


def _read(record: ConsumerRecord) -> Message:
    key = _key(record)
    return Message(key, None if record.value is None else _said(record.topic, key, record.value))


def _said(topic: str, key: str, value: bytes) -> BaseModel:
    """Keys of views are `region/unit`, `region//care type`, `region/site`, and `region/requests` and the like."""
    match topic:
        case Topic.AVAILABILITY:
            return (CareTypeAvailability if "//" in key else UnitAvailability).model_validate_json(value)
        case Topic.BOARDS:
            return _BOARDS.get(key.rpartition("/")[2], SiteBoard).model_validate_json(value)
        case Topic.DEAD_LETTERS:
            return DeadLetter.model_validate_json(value)
        case _:
            return DECISION.validate_json(value)
