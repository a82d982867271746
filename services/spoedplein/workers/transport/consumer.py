"""Faust's aiokafka consumer, with lane topics handed out a batch at a time and everything else left as it was."""

# ruff: noqa: SLF001 - what it leans on is listed and checked in contract.py

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, cast

import aiokafka
import faust
from aiokafka.consumer.subscription_state import Assignment
from faust.exceptions import ImproperlyConfigured
from faust.transport.consumer import ensure_TPset
from faust.transport.drivers import TRANSPORTS
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.enums import ProcessingGuarantee
from faust.types.transports import TPorTopicSet, TransportT

from . import contract
from .lanes import Lane, Lanes, lanes_of

# Longest stay in one poll while some lane is not being fetched: that lane's resumption waits this long at most.
BLOCKED_POLL_SECONDS = 0.1
# Longest that Kafka holds a fetch for which it has no records. aiokafka has one fetch at a time under way to a broker,
# and asks nothing for a partition while records of it wait here: so it may ask for those only that have nothing new,
# and until Kafka answers, the others bring nothing either. Faust has 1.5 seconds.
FETCH_WAIT_MS = 100
# How often the consumer shows that it lives while nothing may be fetched.
IDLE_SECONDS = 1.0
# How long a failed handler's app may take to commit what was handled before.
LAST_COMMIT_SECONDS = 5.0
# How soon a commit that waits for Kafka notices that the app has crashed.
CRASH_LOOK_SECONDS = 0.2

Records = Mapping[TP, list[Any]]


class Poll(NamedTuple):
    assignment: Assignment | None  # the one under which these records were fetched
    records: Records
    positions: Mapping[TP, int]  # the offset to be fetched next, for each polled partition that has one


class ConsumerThread(driver.AIOKafkaConsumerThread):
    consumer: "Consumer"

    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        contract.check_aiokafka(consumer)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer

    async def poll(self, tps: frozenset[TP], timeout: float) -> Poll:  # noqa: ASYNC109 - ends by itself, as Faust's
        poll: Poll = await self.call_thread(self._poll, tps, timeout)
        return poll

    async def keep_alive(self) -> None:
        """Tell aiokafka that the app is not stuck: it leaves the group after max_poll_interval without a fetch."""
        await self.call_thread(self._touch)

    def present_assignment(self) -> Assignment | None:
        subscription = self._ensure_consumer()._subscription.subscription
        return None if subscription is None else subscription.assignment

    async def _poll(self, tps: frozenset[TP], timeout: float) -> Poll:  # noqa: ASYNC109
        consumer = self._ensure_consumer()
        records = await self._fetch_records(consumer, set(tps), timeout=timeout, max_records=consumer._max_poll_records)
        # No await from here to the return: the assignment and its positions are those of these records.
        assignment = self.present_assignment()
        if assignment is None or assignment is not self.consumer.assignment_in_force:
            # A rebalance of which the app has not been told. Put back what was read, or it would be lost if the
            # group has no committed offset yet to go back to.
            for tp, fetched in records.items():
                consumer.seek(tp, fetched[0].offset)
            return Poll(assignment, {}, {})
        return Poll(assignment, records, self._positions(assignment, tps))

    @staticmethod
    def _positions(assignment: Assignment, tps: Iterable[TP]) -> dict[TP, int]:
        states = {tp: assignment.state_value(tp) for tp in tps}
        return {tp: state.position for tp, state in states.items() if state is not None and state.has_valid_position}

    async def _touch(self) -> None:
        with self._ensure_consumer()._subscription.fetch_context():
            pass


class Consumer(driver.Consumer):
    """Takes lane records out of each poll before Faust's own delivery sees them, and commits for lanes itself."""

    _thread: ConsumerThread
    #: The assignment that the app has been told of; None between revocation and assignment.
    assignment_in_force: Assignment | None = None

    def __init__(self, transport: TransportT, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Faust's, passed on
        contract.check_faust()
        app = cast("faust.App", transport.app)
        lanes = lanes_of(app)
        self._lanes = lanes if not lanes.plain else Lanes(app)
        self._batched = frozenset(self._lanes.topics)
        guarantee: object = app.conf.processing_guarantee
        if guarantee is ProcessingGuarantee.EXACTLY_ONCE and self._batched:
            raise ImproperlyConfigured(
                "processing_guarantee='exactly_once' commits through transactions, which the batch transport does not; "
                "set 'at_least_once'"
            )
        super().__init__(transport, *args, **kwargs)

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def on_start(self) -> None:
        # Here, for Faust's conductor takes the event loop at the first topic it gets, and app modules are imported
        # before there is one. Nothing of a lane reaches a stream, so it needs no agent.
        for agent in self.app.agents.values():
            if shared := self._batched.intersection(agent.get_topic_names()):
                raise ImproperlyConfigured(
                    f"agent {agent.name} would get nothing: {sorted(shared)} go to a batch handler"
                )
        for name in self._batched:
            self.app.topics.add(self.app.topic(name, key_serializer="raw", value_serializer="raw"))
        await super().on_start()

    # -- fetching

    async def _wait_next_records(
        self,
        timeout: float,  # noqa: ASYNC109 - Faust's signature
    ) -> tuple[Records | None, set[TP] | None]:
        """Fetch, hand out the lanes' part, and give back the rest to Faust."""
        if not self._batched or self.app.client_only:
            return await super()._wait_next_records(timeout)
        self._lanes.changed.clear()
        if self.flow_active:
            await self._deliver_parked()
            active = frozenset(tp for tp in self._get_active_partitions() if self._may_fetch(tp))
            if active:
                some_blocked = any(lane.tp not in active for lane in self._lanes.all())
                poll = await self._thread.poll(active, BLOCKED_POLL_SECONDS if some_blocked else timeout)
                ordinary = self._park(poll)
                if ordinary:  # first: they could grow stale while a handler takes its time
                    return ordinary, self._get_active_partitions()
                await self._deliver_parked()
                return None, None
        await self._idle()
        return None, None

    def _may_fetch(self, tp: TP) -> bool:
        if tp.topic not in self._batched:
            return True
        lane = self._lanes.get(tp)
        return lane is not None and lane.parked is None and self._lanes.is_open(tp)

    def _park(self, poll: Poll) -> Records:
        """Put aside the records of lanes; return those of other topics."""
        in_force = poll.assignment is self.assignment_in_force
        for tp, position in poll.positions.items() if in_force else ():
            lane = self._lanes.get(tp)
            if lane is not None:
                lane.park(poll.records.get(tp, ()), position)
        return {tp: records for tp, records in poll.records.items() if tp.topic not in self._batched}

    async def _deliver_parked(self) -> None:
        together = [lane for lane in self._lanes.all() if lane.topic.together and self._may_deliver(lane)]
        try:
            await asyncio.gather(*map(self._lanes.deliver, together))
            for lane in self._lanes.all():
                if self._may_deliver(lane):
                    await self._lanes.deliver(lane)
        except Exception:
            # What others have handled, while the consumer's thread still answers: it ends with the crash.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._commit_lanes(), LAST_COMMIT_SECONDS)
            raise

    def _may_deliver(self, lane: Lane) -> bool:
        return (
            lane.parked is not None
            and self._lanes.is_open(lane.tp)
            and self.flow_active
            and self.app.flow_control.is_active()
            and lane.tp in self._get_active_partitions()
            and not self.should_stop
        )

    async def _idle(self) -> None:
        """Nothing may be fetched or handed out: wait until that may have changed."""
        await self._thread.keep_alive()
        obstacle = self._lanes.changed.wait() if self.app.flow_control.is_active() else self.app.flow_control.acquire()
        try:
            await asyncio.wait_for(obstacle, IDLE_SECONDS)
        except TimeoutError:
            return

    def resume_flow(self) -> None:
        super().resume_flow()
        self._lanes.changed.set()

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        super().resume_partitions(tps)
        self._lanes.changed.set()

    def on_buffer_drop(self, tp: TP) -> None:
        super().on_buffer_drop(tp)
        self._lanes.changed.set()

    async def seek(self, partition: TP, offset: int) -> None:
        self._refuse_seek([partition])
        await super().seek(partition, offset)

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        self._refuse_seek(partitions)
        await super().seek_wait(partitions)

    def _refuse_seek(self, partitions: Iterable[TP]) -> None:
        for tp in partitions:
            if tp.topic in self._batched:
                raise NotImplementedError(
                    f"{tp.topic}/{tp.partition} is delivered in batches and starts at its committed offset; "
                    "to replay, stop the group and reset its offsets"
                )

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Faust's livelock alarm looks at streams, which lanes do not have."""
        if tp.topic not in self._batched:
            super().verify_event_path(now, tp)

    # -- rebalancing and stopping

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        if self._lanes.all():
            self.stop_flow()
        await self._lanes.close(orderly=not self.crashed)
        if self._lanes.all():
            await self._commit_lanes()
            self._lanes.forget()
        self.assignment_in_force = None
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        await self._lanes.close(orderly=not self.crashed)  # aiokafka always revokes first: nothing left to do
        self._lanes.assign(ensure_TPset(assigned))
        self.assignment_in_force = self._thread.present_assignment()
        await super().on_partitions_assigned(assigned, generation_id)
        if not self.app.should_stop:
            self._lanes.open()

    async def on_stop(self) -> None:
        await self._lanes.close(orderly=not self.crashed)
        await super().on_stop()  # commits

    async def _commit_lanes(self) -> None:
        tps = {lane.tp for lane in self._lanes.all()}
        # A commit under way makes Faust's `commit` wait for it and do nothing; the second one is ours.
        if not await self.commit(tps):
            await self.commit(tps)

    # -- committing

    def _filter_tps_with_pending_acks(self, topics: TPorTopicSet | None = None) -> Iterator[TP]:
        yield from super()._filter_tps_with_pending_acks(topics)
        for lane in self._lanes.all():
            if topics is None or lane.tp in topics or lane.tp.topic in topics:
                yield lane.tp

    def _filter_committable_offsets(self, tps: Iterable[TP]) -> dict[TP, int]:
        every = list(tps)
        offsets = super()._filter_committable_offsets([tp for tp in every if self._lanes.get(tp) is None])
        return offsets | self._lanes.committable(every)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        pairs = self._lanes.pairs(offsets)
        committed = await self._commit_unless_crashed(offsets)
        if committed:
            for lane, offset in pairs:
                lane.committed = max(lane.committed, offset)
        return committed

    async def _commit_unless_crashed(self, offsets: Mapping[TP, int]) -> bool:
        """In a crash the consumer's thread ends beside us and may leave a commit unanswered: Faust would never stop."""
        committing = asyncio.ensure_future(super()._commit(offsets))
        try:
            while not committing.done() and not self.crashed:
                await asyncio.wait({committing}, timeout=CRASH_LOOK_SECONDS)
            return committing.done() and not committing.cancelled() and committing.result()
        finally:
            committing.cancel()


class Transport(driver.Transport):
    """`kafkabatch://host:port`, several as `kafkabatch://one:9092;kafkabatch://two:9092`."""

    Consumer = Consumer


# Known to Faust by its entry point once installed; from a source tree, by this.
TRANSPORTS.aliases.setdefault("kafkabatch", f"{__package__}:Transport")
