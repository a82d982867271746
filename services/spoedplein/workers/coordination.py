"""Coordination: one process folds the logs of the regions whose partitions it owns.

Per batch: fold, send the decisions in order, and acknowledge only what a durable snapshot includes. The views that
changed are drawn beside that, a few times a second, and less often while more of the log is there already: what they
show would be old before it was read.
After a crash the state comes back from the snapshot, the log is folded on from there, and decisions that already stand
on their topic are not sent again: the last one there tells how far they go.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from operator import itemgetter
from typing import Final

import faust
from faust.types import TP

from spoedplein.clock import Clock
from spoedplein.domain.region import Region
from spoedplein.domain.turn import moment
from spoedplein.settings import Settings
from spoedplein.telemetry import gauges
from spoedplein.telemetry.metrics import Metrics
from spoedplein.workers import snapshots
from spoedplein.workers.ahead import Ahead
from spoedplein.workers.app import Worker, build_app
from spoedplein.workers.connection import Access
from spoedplein.workers.observing import forget_lag, observe_batch
from spoedplein.workers.output import Outbox, Outgoing
from spoedplein.workers.partition import NOTHING_DECIDED, Partition, read_back
from spoedplein.workers.reading import end_of, last_value, stored
from spoedplein.workers.stalls import Stalls
from spoedplein.workers.transport import Batch, acknowledge, begin, consume, on_assigned, on_revoked
from spoedplein.workers.transport import Record as Stored
from spoedplein_schemas import DECISION, Decision, encoded, event_class, fact, kind_of
from spoedplein_schemas.clock import ClockTicked
from spoedplein_schemas.views import CareTypeAvailability, UnitAvailability
from spoedplein_schemas.vocabulary import Frozen, Topic, millis

LOGGER = logging.getLogger(__name__)
TICK_SOURCE = "urn:nld:spoedplein:clock"
#: What it reads or writes.
TOPICS = (Topic.LOG, Topic.DECISIONS, Topic.AVAILABILITY, Topic.BOARDS, Topic.SNAPSHOTS)
#: So far apart are views drawn: what is busy is not drawn anew for each message.
VIEWS_APART_SECONDS: Final = 0.2
#: Longest that changed views wait for what the log holds already.
VIEWS_WAIT_SECONDS: Final = 3.0
#: After each piece of work that can wait, this many times as long is left to what cannot; and so long at most, since a
#: hand-over waits for it.
LEFT_TO_OTHERS: Final = 9
LEFT_SECONDS_MAX: Final = 0.1
#: Of a session, how long a hand-over may take.
HAND_OVER_SHARE: Final = 0.4
#: How often gauges follow the views: several times between two looks of Prometheus.
GAUGES_SECONDS: Final = 5.0


class Coordination:
    """The shell around the core: reads the log, sends what follows, keeps snapshots, lets time pass."""

    def __init__(self, app: faust.App, settings: Settings, *, clock: Clock, metrics: Metrics, outbox: Outbox) -> None:
        self.app = app
        self.settings = settings
        self.clock = clock
        self.metrics = metrics
        self.outbox = outbox
        self.partitions: dict[TP, Partition] = {}
        #: As they were handed over: at each rebalance all of them are, and most come back at once.
        self.left: dict[TP, Partition] = {}
        every = (TP(Topic.LOG, number) for number in sorted(set(settings.regions.values())))
        self.ahead = Ahead(every, partial(read_back, settings))
        #: Held by who puts regions away at leisure: of several partitions one after the other.
        self._leisure = asyncio.Lock()
        self._gauges_at = 0.0

    def attach(self) -> None:
        consume(self.app, Topic.LOG, self.handle, acknowledge="manual", together=True)
        on_assigned(self.app, self.take_over)
        on_revoked(self.app, self.hand_over)
        forget_lag(self.app, self.metrics)
        self.app.timer(self.settings.tick_seconds)(self.look_at_the_clock)
        self.app.task(self.keep_showing)

    async def take_over(self, places: frozenset[TP]) -> None:
        """Partitions are ours now: bring their regions back. What we have still goes on before the rest is read."""
        self.left = self.ahead.taken() | self.left
        await self._take_over(places & self.left.keys())
        self.left = await self.ahead.end(places) | self.left
        await self._take_over(places - self.partitions.keys())
        self.left.clear()
        self._gauges_at = 0.0

    async def _take_over(self, places: Iterable[TP]) -> None:
        """All at once, each to begin when it is ready. When this is broken off, all of them have ended."""
        together = [asyncio.create_task(self._begin(tp)) for tp in sorted(places)]
        try:
            await asyncio.gather(*together)
        finally:
            for each in together:
                if not each.cancelling():
                    each.cancel()
            await asyncio.gather(*together, return_exceptions=True)

    async def _begin(self, tp: TP) -> None:
        partition = await self._bring_back(tp)
        # From here on it is one or the other: what is handed over in the middle of a batch must not be found again.
        kept = self.left.pop(tp, None) is partition
        self.partitions[tp] = partition
        partition.saved_at = time.monotonic()
        told = {"partition": tp.partition, "regions": sorted(partition.regions), "kept": kept}
        LOGGER.info("partition taken over", extra={"action": "partition.taken", **told})
        begin(self.app, tp)

    async def hand_over(self, places: frozenset[TP]) -> None:
        """Forget them, once what is being shown or saved is through.

        What is unsaved is not saved now: every region of the group waits until we are done, and whoever goes on has
        folded it from the log sooner than we put it away. Nor do we wait for longer than a part of the session: Kafka
        hears nothing from us meanwhile, and would throw us out.
        """
        ours = [partition for tp in sorted(places) if (partition := self.partitions.pop(tp, None)) is not None]
        try:
            async with asyncio.timeout(self.settings.kafka_session_seconds * HAND_OVER_SHARE):
                for partition in ours:
                    async with partition.showing:
                        pass
        except TimeoutError:
            LOGGER.warning("handed over while something was being saved", extra={"action": "partition.in-hand"})
        self.left |= {partition.tp: partition for partition in ours if partition.settled}
        gauges.forget(self.metrics)

    async def handle(self, batch: Batch) -> None:
        partition = self.partitions[batch.tp]
        async with partition.lock:
            partition.settled = False
            if partition.known_to is not None and partition.known_to < batch.first_offset:
                await self._make_up(partition, partition.known_to, batch.first_offset)
            await self._fold(partition, batch.records)
            partition.known_to = max(partition.known_to or 0, batch.next_offset)
            partition.next_offset, partition.settled = batch.next_offset, True
            partition.behind = self._observe(batch) > 0
        if partition.unsaved >= self.settings.snapshot_records_max:
            await self._save(partition)

    async def keep_showing(self) -> None:
        """Until the app stops. No timer of Faust's, which warns each time that drawing takes longer than its pause."""
        while True:
            await asyncio.sleep(VIEWS_APART_SECONDS)
            await self.show_what_changed()

    async def show_what_changed(self) -> None:
        """Draw one region after the other, each while no batch is in hand, and send it all.

        What is being saved is passed over: it may wait for Kafka for long, and others need not.
        """
        for partition in list(self.partitions.values()):
            waits = partition.behind and _since(partition.shown_at) < VIEWS_WAIT_SECONDS
            if waits or partition.showing.locked() or not (partition.unshown or partition.drawn):
                continue
            async with partition.showing:
                for name in sorted(partition.unshown):
                    async with partition.lock:
                        began = time.perf_counter()
                        if partition.settled and self._is_ours(partition):
                            self._draw(partition, name)
                    await _leave_time(began)
                if self._is_ours(partition):
                    await self._send_views(partition)

    async def look_at_the_clock(self) -> None:
        """Once in a while: let time pass in quiet regions, show ages, and save what has waited long enough."""
        with_gauges = _since(self._gauges_at) >= GAUGES_SECONDS
        if with_gauges:
            self._gauges_at = time.monotonic()
        for partition in list(self.partitions.values()):
            now = self.clock.now_ms()
            for region in list(partition.regions.values()):
                await self._tick(partition, region, now=now)
            if not self._is_ours(partition):
                continue  # Handed over meanwhile: others tell of it now.
            if partition.written_over:
                self._show_anew(partition)
            if with_gauges:
                await self._show_gauges(partition, now=now)
            if self._is_ours(partition):
                self._look_at_snapshot(partition)

    async def _show_gauges(self, partition: Partition, *, now: int) -> None:
        began = time.perf_counter()
        for view in partition.views.values():
            gauges.show(self.metrics, view, now_ms=now)
        await _leave_time(began)

    def _look_at_snapshot(self, partition: Partition) -> None:
        """Its age, and a new one when it is too old: by itself, since Kafka may take long, and time passes on."""
        age = _since(partition.saved_at)
        self.metrics.snapshot_age_seconds.labels(partition.tp.partition).set(age if partition.unsaved else 0)
        is_saving = partition.saving is not None and not partition.saving.done()
        if partition.unsaved and age >= self.settings.snapshot_seconds and not is_saving:
            partition.saving = self.app.add_future(self._save(partition, at_leisure=True))

    def _show_anew(self, partition: Partition) -> None:
        """Who wrote there too, as a worker does that was frozen and wakes, may have told what is older."""
        told = {"action": "views.written-over", "partition": partition.tp.partition}
        LOGGER.warning("somebody else wrote views of our regions: all of them are drawn anew", extra=told)
        partition.written_over = False
        partition.shown_to.clear()
        for name, region in partition.regions.items():
            region.show_anew()
            partition.unshown.add(name)

    async def _bring_back(self, tp: TP) -> Partition:
        """As we left it or read it ahead, if nobody wrote a snapshot since: then nothing after it was acknowledged."""
        decided = _place_of(await last_value(self.settings, Topic.DECISIONS, tp.partition))
        partition = self.left.get(tp)
        if partition is None or partition.saved_to != await end_of(self.settings, Topic.SNAPSHOTS, tp.partition):
            # What is folded from the log must not be found half folded, should this be broken off.
            self.left.pop(tp, None)
            partition = await read_back(self.settings, tp)
            if partition.unusable is not None:
                told = {"action": "snapshot.unusable", "partition": tp.partition}
                LOGGER.warning("the log is folded from its start, because %s", partition.unusable, extra=told)
        partition.decided, partition.next_offset = decided, 0
        if not partition.regions and partition.known_to is None:
            partition.known_to = await self._refold(partition, 0)
            await self._show(partition)
        if not partition.shown_at:
            # Not shown before the log was looked at: what stands may be newer.
            partition.behind, partition.shown_at = True, time.monotonic()
        return partition

    async def _make_up(self, partition: Partition, first: int, before: int) -> None:
        """Fold what was acknowledged as handled and is not in the state that the snapshots gave.

        So it is when a worker that was frozen wrote older snapshots over newer ones.
        """
        told = {"action": "snapshot.behind", "partition": partition.tp.partition, "first": first, "before": before}
        LOGGER.warning("snapshots end before what was acknowledged: the log is folded from there", extra=told)
        await self._refold(partition, first, before)

    async def _refold(self, partition: Partition, first: int, before: int | None = None) -> int:
        """What the log tells from there on, as far back as it is kept; how far it went."""
        waiting: list[Stored] = []
        async for record in stored(self.settings, Topic.LOG, partition.tp.partition, first=first, before=before):
            waiting.append(record)
            first = record.offset + 1
            if len(waiting) == self.settings.batch_records_max:
                await self._fold(partition, waiting)
                waiting.clear()
        await self._fold(partition, waiting)
        return first

    async def _fold(self, partition: Partition, records: Iterable[Stored]) -> None:
        """Step through the records and send what follows from them, in the order of the log.

        One region after the other: none depends on what another did, and to go to and fro between them costs more
        than to stay with what one of them holds.
        """
        by_region: dict[bytes, list[Stored]] = {}
        for record in records:
            assert record.key is not None, "the log is keyed by region"
            by_region.setdefault(record.key, []).append(record)
        followed: list[tuple[int, list[Decision]]] = []
        for key, each in by_region.items():
            followed += self._step(partition, key.decode(), each)
        followed.sort(key=itemgetter(0))
        await self._send(partition, [decision for _, decisions in followed for decision in decisions])

    def _step(self, partition: Partition, name: str, records: Sequence[Stored]) -> list[tuple[int, list[Decision]]]:
        """Through these records of one region: the offsets of those that something follows from, and what."""
        region = partition.regions.get(name) or partition.regions.setdefault(name, Region.empty(name))
        followed: list[tuple[int, list[Decision]]] = []
        heard: list[type[Frozen]] = []
        for record in records:
            if record.offset <= region.offset:
                continue  # read again after a rebalance: not worth decoding
            assert record.value is not None, "the log has no tombstones"
            said = fact(record.value)
            data = said["data"]
            if decisions := region.hear(said["id"], data, offset=record.offset, at=record.timestamp):
                followed.append((record.offset, decisions))
            heard.append(type(data))
        partition.unshown.add(name)
        partition.unsaved += len(records)
        for said_of, count in Counter(heard).items():
            self.metrics.events.labels(name, kind_of(said_of).name).inc(count)
        return followed

    async def _send(self, partition: Partition, decisions: list[Decision]) -> None:
        """Decisions in order, without those that stand on the topic already."""
        number = partition.tp.partition
        fresh = [decision for decision in decisions if _place_in(decision) > partition.decided]
        await self.outbox.send(Topic.DECISIONS, number, [_outgoing(decision) for decision in fresh])
        if fresh:
            partition.decided = _place_in(fresh[-1])
        for decision in fresh:
            gauges.observe(self.metrics, decision)
        for (name, data), count in Counter((each.region, type(each.data)) for each in fresh).items():
            self.metrics.decisions.labels(name, kind_of(data).short).inc(count)

    async def _show(self, partition: Partition) -> None:
        """All that changed, by who has the state for himself."""
        for name in sorted(partition.unshown):
            self._draw(partition, name)
        await self._send_views(partition)

    def _draw(self, partition: Partition, name: str) -> None:
        """The views of a region that changed, and tombstones for what its agreements have no more: a compacted topic
        would show that for ever.
        """
        partition.unshown.discard(name)
        region, drawn = partition.regions[name], partition.drawn
        for key, view in region.views():
            of_units = isinstance(view, UnitAvailability | CareTypeAvailability)
            records = drawn.setdefault(Topic.AVAILABILITY if of_units else Topic.BOARDS, [])
            records.append(Outgoing(key, encoded(view), region.now))
            partition.views[key] = view
        for key, topic in region.gone():
            drawn.setdefault(topic, []).append(Outgoing(key, None, region.now))
            gone = partition.views.pop(key, None)
            if gone is not None:
                gauges.retire(self.metrics, gone)

    async def _send_views(self, partition: Partition) -> None:
        number, drawn, stood = partition.tp.partition, partition.drawn, partition.shown_to
        ends = await asyncio.gather(*(self.outbox.send(topic, number, records) for topic, records in drawn.items()))
        for (topic, records), end in zip(drawn.items(), ends, strict=True):
            if end is not None:
                partition.written_over |= stood.get(topic, end - len(records)) != end - len(records)
                stood[topic] = end
        drawn.clear()
        partition.shown_at = time.monotonic()

    async def _save(self, partition: Partition, *, at_leisure: bool = False) -> None:
        """Write the snapshots of all regions that changed; when they are durable, acknowledge what they include.

        `at_leisure` leaves time to others between them. All of it is given up when the partition is handed over
        meanwhile: what came later could be older than what the next owner saves.
        """
        async with AsyncExitStack() as turn:
            if at_leisure:
                await turn.enter_async_context(self._leisure)
            async with partition.showing:
                next_offset, known_to, unsaved = partition.next_offset, partition.known_to, partition.unsaved
                packed = await self._pack(partition, at_leisure=at_leisure)
                await turn.aclose()
                if packed is None or not self._is_ours(partition):
                    return
                heads, records = packed
                await self._send_views(partition)
                if not self._is_ours(partition):
                    return
                if records:
                    if known_to is not None:
                        whole = (partition.heads | heads).values()
                        records.append(snapshots.reach(whole, next_offset=known_to, at=self.clock.now_ms()))
                    partition.saved_to = await self.outbox.send(Topic.SNAPSHOTS, partition.tp.partition, records)
                # Not before: a slot that a snapshot broken off was to fill is the one for the next.
                partition.heads |= heads
                partition.unsaved -= unsaved
                partition.saved_at = time.monotonic()
                # One that was handed over and came back meanwhile is read anew, and has nothing to acknowledge yet.
                if next_offset and self._is_ours(partition) and partition.next_offset >= next_offset:
                    acknowledge(self.app, partition.tp, next_offset)

    async def _pack(
        self, partition: Partition, *, at_leisure: bool
    ) -> tuple[dict[str, snapshots.Head], list[Outgoing]] | None:
        """Snapshots of all regions that changed; `None` when a batch is in hand, or the partition another's.

        One region after the other, each while no batch is in hand, and the log goes on between them: a snapshot may
        have more than is acknowledged. It does not remember what was shown: that goes first.
        """
        heads: dict[str, snapshots.Head] = {}
        packed: list[Outgoing] = []
        for name in partition.changed():
            async with partition.lock:
                began = time.perf_counter()
                if not partition.settled or not self._is_ours(partition):
                    return None
                self._draw(partition, name)
                heads[name], records = snapshots.pack(
                    partition.regions[name],
                    previous=partition.heads.get(name),
                    part_bytes=self.settings.snapshot_part_bytes,
                )
            self.metrics.snapshot_bytes.labels(partition.tp.partition).set(heads[name].bytes)
            packed += records
            if at_leisure:
                await _leave_time(began)
        return heads, packed

    async def _tick(self, partition: Partition, region: Region, *, now: int) -> None:
        """Append the passing of time to the log, once a deadline is behind us and nothing else told of it."""
        due = region.next_due_ms()
        if due is None or due > now or region.offset < partition.ticked.get(region.name, -1):
            return
        data = ClockTicked(ticked_at=moment(now))
        event = event_class(ClockTicked)(
            id=f"tick.{region.name}.{now}", source=TICK_SOURCE, time=moment(now), region=region.name, data=data
        )
        sent = await self.outbox.producer.send_and_wait(
            Topic.LOG, encoded(event), region.name.encode(), partition=partition.tp.partition, timestamp_ms=now
        )
        partition.ticked[region.name] = sent.offset

    def _is_ours(self, partition: Partition) -> bool:
        """Not handed over meanwhile."""
        return self.partitions.get(partition.tp) is partition

    def _observe(self, batch: Batch) -> int:
        """How many records are to come."""
        waiting = observe_batch(self.app, self.metrics, batch)
        now, wall_seconds = self.clock.now_ms(), self.clock.wall_seconds
        waited = [wall_seconds(max(0, now - record.timestamp)) for record in batch.records]
        self.metrics.decision_latency_seconds.observe_all(waited)
        return waiting


def build(settings: Settings, clock: Clock, metrics: Metrics) -> Worker:
    app, outbox = build_app(settings, "coordination"), Outbox(settings)
    work = Coordination(app, settings, clock=clock, metrics=metrics, outbox=outbox)
    work.attach()
    return Worker(app, (Access(settings, TOPICS), Stalls(metrics), outbox, work.ahead))


def _since(at: float) -> float:
    """Seconds since then, by `time.monotonic`: no clock that is set runs it back."""
    return time.monotonic() - at


async def _leave_time(began: float) -> None:
    """After work since then, by `time.perf_counter`."""
    await asyncio.sleep(min(LEFT_SECONDS_MAX, (time.perf_counter() - began) * LEFT_TO_OTHERS))


def _place_of(decision: bytes | None) -> tuple[int, int]:
    return NOTHING_DECIDED if decision is None else _place_in(DECISION.validate_json(decision))


def _place_in(decision: Decision) -> tuple[int, int]:
    """The log offset that a decision follows from, and which of that record's decisions it is."""
    _, offset, index = decision.id.rsplit(".", 2)
    return int(offset), int(index)


def _outgoing(decision: Decision) -> Outgoing:
    return Outgoing(decision.region.encode(), encoded(decision), millis(decision.time))
