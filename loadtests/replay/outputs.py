"""Where a replay goes: a log file that `spoedplein fold` reads, or the source topics."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from aiokafka import AIOKafkaProducer

from loadtests.replay.adapter import Adapter, Published
from spoedplein.clock import Clock, ScaledClock
from spoedplein.domain.agreements import adopted
from spoedplein.domain.log import Record, write_record
from spoedplein.settings import Settings
from spoedplein.workers.connection import new_producer
from spoedplein_schemas import Event, event_class, kind_of
from spoedplein_schemas.agreements import AgreementsAdopted
from spoedplein_schemas.vocabulary import Actor, Role

#: Sent and not yet acknowledged. Bounds memory, and the time until a failure shows.
_IN_FLIGHT_MAX = 1000

ClockOf = Callable[[int], Clock | None]


def records(adapter: Adapter, events: Iterable[Published]) -> Iterator[Record]:
    """As the region's log would hold them: its agreements at the moment of the first event, then all in order."""
    for number, published in enumerate(events, start=1):
        if number == 1:
            yield Record(0, published.at_ms, _agreements(adapter, at_ms=published.at_ms))
        yield Record(number, published.at_ms, published.event)


def write_log(adapter: Adapter, events: Iterable[Published], out: BinaryIO) -> None:
    out.writelines(write_record(record) for record in records(adapter, events))


class PartitionError(ValueError):
    """The topic does not have the partition in which the region should live."""


async def publish(events: Iterable[Published], *, settings: Settings, partition: int, clock_of: ClockOf) -> None:
    """To the source topics, each record dated with its moment of publishing.

    `clock_of` is asked once, with the first of those moments: events wait until its clock says that their moment has
    come; None waits for nothing.
    """
    client = new_producer(settings)
    try:
        await client.start()
        await _send_all(client, events, partition=partition, clock_of=clock_of)
    finally:
        await client.stop()


def scaled(speed: float, *, started_ms: int) -> ClockOf:
    """A clock that stands at the first event now, and runs `speed` times as fast as the wall's."""
    return lambda first_ms: ScaledClock(epoch_ms=first_ms, started_ms=started_ms, speed=speed)


async def _send_all(
    client: AIOKafkaProducer, events: Iterable[Published], *, partition: int, clock_of: ClockOf
) -> None:
    clock: Clock | None = None
    topics: set[str] = set()
    sending: list[asyncio.Future[Any]] = []
    for number, (at_ms, event) in enumerate(events):
        if number == 0:
            clock = clock_of(at_ms)
        if clock is not None and clock.now_ms() < at_ms:
            await _settle(sending)
            await asyncio.sleep(clock.wall_seconds(at_ms - clock.now_ms()))
        topic = kind_of(type(event.data)).topic.value
        if topic not in topics:
            await _check(client, topic, partition=partition)
            topics.add(topic)
        value = event.model_dump_json(exclude_none=True).encode()
        sending.append(
            await client.send(topic, value, key=event.region.encode(), partition=partition, timestamp_ms=at_ms)
        )
        if len(sending) >= _IN_FLIGHT_MAX:
            await _settle(sending)
    await _settle(sending)


async def _check(client: AIOKafkaProducer, topic: str, *, partition: int) -> None:
    partitions = await client.partitions_for(topic)
    if partition not in partitions:
        msg = f"{topic} has partitions {sorted(partitions)}, not {partition}. Give one of those with --partition"
        raise PartitionError(msg)


async def _settle(sending: list[asyncio.Future[Any]]) -> None:
    await asyncio.gather(*sending)
    sending.clear()


def _agreements(adapter: Adapter, *, at_ms: int) -> Event:
    agreements = adapter.agreements()
    data = adopted(agreements, at_ms=at_ms, by=Actor(role=Role.SYSTEM, organisation=agreements.owner))
    return event_class(AgreementsAdopted)(
        id=f"agreements-{agreements.version}",
        source=adapter.source,
        time=data.adopted_at,
        region=agreements.region,
        data=data,
    )
