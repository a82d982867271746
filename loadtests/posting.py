"""Publishing as many sources at once: in order per topic and region, whatever waits there in one batch."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping

from aiokafka import AIOKafkaProducer

from loadtests.markers import markers
from loadtests.supply import Said
from spoedplein.domain.agreements import read_agreements
from spoedplein.domain.turn import moment
from spoedplein.settings import Settings
from spoedplein_schemas import Event, kind_of
from spoedplein_schemas.agreements import Agreements


class Posts:
    """Sends in order per topic and partition, everything that waits there in one batch."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._waiting: dict[tuple[str, int], deque[Said]] = {}
        self._sending: dict[tuple[str, int], asyncio.Task[None]] = {}

    def put(self, messages: Iterable[Said]) -> None:
        for each in messages:
            self._waiting.setdefault((each.topic, each.partition), deque()).append(each)
        for place, waiting in self._waiting.items():
            if waiting and (place not in self._sending or self._sending[place].done()):
                self._sending[place] = asyncio.create_task(self._send(place, waiting))

    async def sent(self) -> None:
        """Until the broker has all."""
        await asyncio.gather(*self._sending.values())

    async def _send(self, place: tuple[str, int], waiting: deque[Said]) -> None:
        topic, partition = place
        while waiting:
            batch = self._producer.create_batch()
            while waiting and batch.append(key=waiting[0].key, value=waiting[0].value, timestamp=None) is not None:
                waiting.popleft()
            await (await self._producer.send_batch(batch, topic, partition=partition))


class Markers:
    """Sets of messages that show how far the system is: one per source topic and partition, in the log's own time."""

    def __init__(self, settings: Settings) -> None:
        self._clock = settings.clock()
        self._regions = settings.regions
        self._agreements = list(_one_per_partition(settings))

    def said(self, round_: str) -> list[Said]:
        at = moment(self._clock.now_ms())
        return [as_said(event, self._regions) for agreed in self._agreements for event in markers(agreed, round_, at)]


def as_said(event: Event, regions: Mapping[str, int], at_ms: int = 0) -> Said:
    topic, value = kind_of(type(event.data)).topic, event.model_dump_json(exclude_none=True).encode()
    return Said(topic, regions[event.region], event.region.encode(), event.id, value, at_ms)


@contextlib.asynccontextmanager
async def new_producer(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap, linger_ms=0, acks="all", max_batch_size=262_144
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


def _one_per_partition(settings: Settings) -> Iterator[Agreements]:
    seen: set[int] = set()
    for file in settings.agreements_files:
        agreed = read_agreements(file.read_text(encoding="utf-8"), name=str(file))
        if settings.regions[agreed.region] not in seen:
            seen.add(settings.regions[agreed.region])
            yield agreed
