"""The fallback: ordinary Faust agents, public names only, one record to a batch, the same rules of acknowledgement.

Differences that remain, all on the safe side: Faust forgets at a rebalance what was acknowledged since its last commit
(so it is delivered again), and a transaction marker at the end of the log is never committed.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import faust
from faust import Stream
from faust.types import TP, EventT, StreamT
from faust.types.tuples import Message

from .lanes import Lane, Lanes, LaneTopic


@dataclass(frozen=True, slots=True)
class PlainRecord:
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class PlainLane(Lane):
    """Passes acknowledgements on to Faust, which knows only single messages."""

    def __init__(self, tp: TP, topic: LaneTopic, app: faust.App) -> None:
        super().__init__(tp, topic)
        self.app = app
        self.messages: deque[Message] = deque()

    def acknowledge(self, next_offset: int) -> None:
        super().acknowledge(next_offset)
        while self.messages and self.messages[0].offset < self.acknowledged:
            self.app.consumer.ack(self.messages.popleft())


def use(app: faust.App, lanes: Lanes) -> None:
    """Let Faust's signals open and close the lanes."""
    lanes.plain = True
    lanes.new_lane = lambda tp, topic: PlainLane(tp, topic, app)

    async def assigned(_app: object, tps: set[TP], **_: object) -> None:
        lanes.assign(tps)
        lanes.open()

    async def ended(*_: object, **__: object) -> None:
        await lanes.close(orderly=not app.crashed)
        if lanes.all() and not app.crashed:
            await _commit(app)
        lanes.forget()

    app.on_partitions_assigned.connect(assigned)  # type: ignore[arg-type]
    app.on_partitions_revoked.connect(ended)
    app.on_before_shutdown.connect(ended)


def consume(app: faust.App, lanes: Lanes, topic: str) -> None:
    async def deliver(stream: StreamT[bytes]) -> None:
        async for event in cast("Stream[bytes]", stream).noack().events():
            # The lane does the accounting: a rebalance must not wait for what it is about to cancel.
            app.consumer.unacked.discard(event.message)
            try:
                await _deliver(app, lanes, event)
            except Exception as exc:  # Faust would restart the agent behind the failed event
                await _commit(app)  # while the consumer's thread still answers: it ends with the crash
                await app.crash(exc)
                return

    channel = app.topic(topic, key_serializer="raw", value_serializer="raw")
    app.agent(channel, name=f"kafkabatch-plain-{topic}")(deliver)


async def _deliver(app: faust.App, lanes: Lanes, event: EventT[bytes]) -> None:
    message = event.message
    while not lanes.is_open(message.tp):
        if message.generation_id != app.consumer_generation_id or app.should_stop:
            return
        lanes.changed.clear()
        await lanes.changed.wait()
    lane = lanes.get(message.tp)
    if message.generation_id != app.consumer_generation_id or lane is None or lane.closed:
        return  # of an assignment that has ended: not acknowledged, so another gets it
    lane.park([_record(message)], message.offset + 1)
    if lane.parked is not None:
        cast("PlainLane", lane).messages.append(message)
        await lanes.deliver(lane)


async def _commit(app: faust.App) -> None:
    # A commit under way makes Faust's `commit` wait for it and do nothing; the second one is ours.
    if not await app.consumer.commit():
        await app.consumer.commit()


def _record(message: Message) -> PlainRecord:
    headers = message.headers or ()
    return PlainRecord(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        timestamp=round(message.timestamp * 1000),
        key=message.key,
        value=message.value,
        headers=list(headers.items() if isinstance(headers, Mapping) else headers),
    )
