"""Reading the published topics as any consumer outside does: what stands there first, then what comes."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord
from pydantic import BaseModel

from spoedplein.settings import Settings
from spoedplein.workers.connection import client_options
from spoedplein_schemas import DECISION, EVENT
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
    """`said` is a view, a decision, an event of the log or a dead letter; nothing when what the key names is gone.

    `at` is the record's time in milliseconds.
    """

    key: str
    said: BaseModel | None
    topic: str = ""
    offset: int = -1
    at: int = 0


class Follower:
    """An open reader of these topics and partitions, without a consumer group.

    Compacted topics are read from their start; of the others, `back` records per partition that were there already, or
    from the offset that `since` names for the place.
    """

    def __init__(
        self,
        settings: Settings,
        places: Iterable[tuple[str, int]],
        *,
        back: int,
        since: Mapping[tuple[str, int], int] | None = None,
    ) -> None:
        self._places = [TopicPartition(str(topic), number) for topic, number in places]
        self._back = back
        self._since = since or {}
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
            back = 0 if place.topic in _COMPACTED else self._ends[place] - self._back
            consumer.seek(place, max(starts[place], self._since.get(place, back)))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def standing(self) -> list[Message]:
        """What was there when we came, once for each key of a compacted topic."""
        newest: dict[tuple[str, ...], Message] = {}
        while await self.is_behind():
            for record in await self.records(timeout_ms=1000):
                place = (record.topic, str(record.partition))
                of_key = place if record.topic in _COMPACTED else (*place, str(record.offset))
                newest[(*of_key, _key(record))] = read(record)
        return list(newest.values())

    async def more(self, *, timeout_ms: int) -> list[Message]:
        """What came since, in the order of each partition; nothing when nothing came in this time."""
        return [read(record) for record in await self.records(timeout_ms=timeout_ms)]

    async def records(self, *, timeout_ms: int) -> list[ConsumerRecord]:
        """The same as it stands there, for `read`."""
        found = await self._consumer.getmany(timeout_ms=timeout_ms)
        return [record for records in found.values() for record in records]

    async def is_behind(self) -> bool:
        """Whether anything that was there when we came is not read yet."""
        for place, end in self._ends.items():
            if await self._consumer.position(place) < end:
                return True
        return False

    def answered_ms(self) -> int | None:
        """When Kafka last answered for the place that it answered least recently for; ms since 1970, wall clock."""
        answered = [self._consumer.last_poll_timestamp(place) for place in self._places]
        return None if None in answered else min(answered, default=None)


def read(record: ConsumerRecord) -> Message:
    """Raises a pydantic `ValidationError` for what this version does not know."""
    key = _key(record)
    said = None if record.value is None else _said(record.topic, key, record.value)
    return Message(key, said, record.topic, record.offset, record.timestamp)


def _key(record: ConsumerRecord) -> str:
    return "" if record.key is None else bytes(record.key).decode()


def _said(topic: str, key: str, value: bytes) -> BaseModel:
    """Keys of views are `region/unit`, `region//care type`, `region/site`, and `region/requests` and the like."""
    match topic:
        case Topic.AVAILABILITY:
            return (CareTypeAvailability if "//" in key else UnitAvailability).model_validate_json(value)
        case Topic.BOARDS:
            return _BOARDS.get(key.rpartition("/")[2], SiteBoard).model_validate_json(value)
        case Topic.LOG:
            return EVENT.validate_json(value)
        case Topic.DEAD_LETTERS:
            return DeadLetter.model_validate_json(value)
        case _:
            return DECISION.validate_json(value)
