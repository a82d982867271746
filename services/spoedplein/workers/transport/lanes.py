"""The bookkeeping of delivery: what was handed out, handled, acknowledged and committed, per partition.

Knows nothing about where records come from, so that the batch consumer and the plain agent obey the same rules.
Everything here runs on the app's event loop; nothing is safe to call from another thread.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import faust
from faust.types import TP

logger = logging.getLogger(__name__)

# A handler that is nearly done may finish when its partition is revoked or the app stops: that saves a redelivery.
# Well below any session timeout, and short enough for an orderly stop within seconds.
GRACE_SECONDS = 1.0
# How often a handler that ignores its cancellation is named in the log.
IGNORED_CANCEL_LOG_SECONDS = 5.0

Acknowledge = Literal["handled", "manual"]


class Record(Protocol):
    """What a handler may rely on: aiokafka's ConsumerRecord has more."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int:
        """Milliseconds since 1970: append time or create time, as the topic is configured."""

    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None:
        """None is a tombstone."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one partition in the order of the log; never empty, offsets may have gaps."""

    tp: TP
    records: Sequence[Record]

    @property
    def first_offset(self) -> int:
        return self.records[0].offset

    @property
    def last_offset(self) -> int:
        return self.records[-1].offset

    @property
    def next_offset(self) -> int:
        """What to acknowledge once the whole batch is safe."""
        return self.records[-1].offset + 1

    def __str__(self) -> str:
        return f"{self.tp.topic}/{self.tp.partition} offsets {self.first_offset}-{self.last_offset}"


Handler = Callable[[Batch], Awaitable[None]]
AssignmentCallback = Callable[[frozenset[TP]], Awaitable[None]]
Crash = Callable[[BaseException], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class LaneTopic:
    handler: Handler
    acknowledge: Acknowledge
    together: bool = False


class Lane:
    """One partition from its assignment to its revocation. Every number is an offset; all below it is meant."""

    def __init__(self, tp: TP, topic: LaneTopic) -> None:
        self.tp = tp
        self.topic = topic
        self.parked: Batch | None = None  # fetched, not handed out yet; nothing more is fetched until it is
        self.position = 0  # fetched, counting what holds no records (transaction markers, compacted offsets)
        self.delivered = 0  # handed to the handler
        self.acknowledged = 0  # may be committed
        self.committed = 0  # known to be committed in this assignment
        self.opened = False
        self.closed = False

    def park(self, records: Sequence[Record], position: int) -> None:
        """Keep what was fetched, without what was delivered: Faust seeks back to the committed offset now and then."""
        if self.parked is not None:
            raise RuntimeError(f"{self.parked} is not handed out yet, and more was fetched")
        self.acknowledged = self.committable  # what holds no record stays done, whatever comes behind it
        if records and records[0].offset < self.delivered:
            records = [record for record in records if record.offset >= self.delivered]
        if records:
            self.parked = Batch(self.tp, records)
        self.position = position

    def take(self) -> Batch:
        batch, self.parked = self.parked, None
        if batch is None:
            raise RuntimeError(f"{self.tp.topic}/{self.tp.partition}: nothing is waiting to be handed out")
        self.delivered = batch.next_offset
        return batch

    def acknowledge(self, next_offset: int) -> None:
        if next_offset > self.delivered:
            raise ValueError(
                f"{self.tp.topic}/{self.tp.partition}: cannot acknowledge up to {next_offset}, only offsets below "
                f"{self.delivered} were delivered in this assignment; acknowledge a batch's next_offset"
            )
        self.acknowledged = max(self.acknowledged, next_offset)

    @property
    def committable(self) -> int:
        """With nothing in hand everything fetched is done, also the offsets at the end that hold no record."""
        idle = self.parked is None and self.acknowledged >= self.delivered
        return max(self.acknowledged, self.position) if idle else self.acknowledged


class Lanes:
    """The lanes of one app: its topics and callbacks, and the lanes of the present assignment."""

    def __init__(self, app: faust.App) -> None:
        self.app = app
        self.topics: dict[str, LaneTopic] = {}
        self.plain = False  # delivered by ordinary agents, not by the batch consumer
        self.new_lane: Callable[[TP, LaneTopic], Lane] = Lane
        self.assigned_callbacks: list[AssignmentCallback] = []
        self.revoked_callbacks: list[AssignmentCallback] = []
        self.changed = asyncio.Event()  # something may be deliverable that was not
        self._lanes: dict[TP, Lane] = {}
        self._opening: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None
        self._closed = True
        self._close_lock = asyncio.Lock()

    def get(self, tp: TP) -> Lane | None:
        return self._lanes.get(tp)

    def all(self) -> list[Lane]:
        return list(self._lanes.values())

    def is_open(self, tp: TP) -> bool:
        """The on_assigned callbacks of this assignment are done, or one let it begin before; nothing has failed."""
        lane = self._lanes.get(tp)
        return lane is not None and lane.opened and not lane.closed and self._failure is None

    def let_begin(self, tps: Iterable[TP]) -> None:
        for tp in tps:
            if (lane := self._lanes.get(tp)) is not None:
                lane.opened = True
        self.changed.set()

    def assign(self, tps: Iterable[TP]) -> None:
        """Begin a new assignment; nothing may be delivered before `open`."""
        self._lanes = {tp: self.new_lane(tp, self.topics[tp.topic]) for tp in tps if tp.topic in self.topics}
        self._opening = None
        self._closed = False

    def open(self) -> None:
        """Run the on_assigned callbacks, beside the rebalance: Kafka gets no heartbeat while a rebalance lasts."""
        self._opening = asyncio.ensure_future(self._run_assigned_callbacks())

    async def deliver(self, lane: Lane) -> None:
        """Hand the parked batch to the handler. Returns when it is done, or given up for a revocation or a stop.

        Of several that were to be handed out together, one may be closed before it has its turn: it stays parked.
        Raises whatever the handler raised: the batch is then not acknowledged, and the app must stop.
        """
        if lane.closed:
            return
        task = asyncio.ensure_future(self._handle(lane, lane.take()))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await asyncio.wait({task})  # when we are cancelled here (the app stops), `close` sees to the handler
        if not task.cancelled():
            task.result()

    async def close(self, *, orderly: bool) -> None:
        """End the assignment: no handler runs afterwards. Acknowledging is still possible until `forget`.

        orderly: not after a failure, for the on_revoked callbacks could save a broken state.
        """
        async with self._close_lock:
            if self._closed:
                return
            for lane in self._lanes.values():
                lane.closed = True
            await self._end_opening()
            await self._end_handlers()
            if self._failure is not None:
                await self.app.crash(self._failure)
            elif orderly and self._opening is not None:
                await self._run_revoked_callbacks()
            self._closed = True

    def forget(self) -> None:
        """The partitions may be another's from now on: acknowledging them does nothing any more."""
        self._lanes = {}

    def committable(self, tps: Iterable[TP]) -> dict[TP, int]:
        lanes = [lane for tp in tps if (lane := self._lanes.get(tp)) is not None]
        return {lane.tp: lane.committable for lane in lanes if lane.committable > lane.committed}

    def pairs(self, offsets: Mapping[TP, int]) -> list[tuple[Lane, int]]:
        """The lanes that these offsets belong to now, to be told later that they were committed."""
        return [(lane, offset) for tp, offset in offsets.items() if (lane := self._lanes.get(tp)) is not None]

    async def _handle(self, lane: Lane, batch: Batch) -> None:
        try:
            await lane.topic.handler(batch)
        except asyncio.CancelledError:
            if lane.closed:
                raise
            self._failure = RuntimeError(
                f"The handler of {batch} was cancelled by code of its own; it must catch that."
            )
            raise self._failure from None
        except Exception as exc:
            exc.add_note(f"Handling {batch} failed; it is not acknowledged and comes again after a restart.")
            self._failure = exc
            raise
        if lane.topic.acknowledge == "handled":
            lane.acknowledge(batch.next_offset)

    async def _run_assigned_callbacks(self) -> None:
        await self._run_callbacks(self.assigned_callbacks, "on_assigned")
        self.let_begin(self._lanes)

    async def _run_revoked_callbacks(self) -> None:
        if self._lanes:
            await self._run_callbacks(self.revoked_callbacks, "on_revoked")

    async def _run_callbacks(self, callbacks: Iterable[AssignmentCallback], when: str) -> None:
        try:
            for callback in callbacks:
                await callback(frozenset(self._lanes))
        except Exception as exc:
            names = ", ".join(f"{tp.topic}/{tp.partition}" for tp in sorted(self._lanes)) or "no partition"
            exc.add_note(f"An {when} callback failed for {names}.")
            self._failure = exc
            await self.app.crash(exc)

    async def _end_opening(self) -> None:
        opening = self._opening
        if opening is not None and not opening.done():
            opening.cancel()
            await _wait_for_all({opening}, "An on_assigned callback")

    async def _end_handlers(self) -> None:
        running = set(self._running)
        if running:
            _, late = await asyncio.wait(running, timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
            await _wait_for_all(late, "A handler")


async def _wait_for_all(tasks: set[asyncio.Task[None]], who: str) -> None:
    while tasks:
        _, tasks = await asyncio.wait(tasks, timeout=IGNORED_CANCEL_LOG_SECONDS)
        if tasks:
            logger.warning("%s goes on although it was cancelled; its partitions are held up until it ends", who)


def lanes_of(app: faust.App) -> Lanes:
    """The app's one set of lanes, made when first asked for."""
    lanes: Lanes = vars(app).setdefault("_kafkabatch_lanes", Lanes(app))
    return lanes
