"""What a coordination worker keeps from one assignment to the next: taken over by hand, on a real Kafka."""

import asyncio
import gc
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from aiokafka.errors import KafkaConnectionError
from faust.types import TP

from spoedplein.clock import SystemClock
from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.settings import Settings
from spoedplein.stack.kafka import LocalKafka
from spoedplein.stack.topics import create_topics, load_topics
from spoedplein.telemetry.metrics import Metrics
from spoedplein.testing import builders as say
from spoedplein.workers import coordination, reading
from spoedplein.workers.ahead import Ahead
from spoedplein.workers.app import build_app
from spoedplein.workers.coordination import Coordination
from spoedplein.workers.output import Outbox, Outgoing
from spoedplein.workers.partition import Partition, read_back
from spoedplein.workers.reading import end_of, newest_by_key, stored
from spoedplein.workers.transport import Batch
from spoedplein_schemas import EVENT, encoded
from spoedplein_schemas.views import UnitAvailability
from spoedplein_schemas.vocabulary import CareType, Topic
from tests.workers.transport_rig import until

pytestmark = pytest.mark.kafka

#: Each test has one for itself.
PARTITIONS = 40
TWO_UNITS = (say.unit("elv-1", CareType.ELV_HOOG), say.unit("elv-2", CareType.ELV_HOOG))


@dataclass(frozen=True, slots=True)
class Stored:
    """A record of the log as a handler gets it."""

    offset: int
    timestamp: int
    value: bytes
    topic: str = Topic.LOG
    partition: int = 0
    key: bytes = say.REGION.encode()
    headers: tuple[tuple[str, bytes], ...] = ()


class ByHand(Coordination):
    """Its app does not run: nobody knows what is still to come."""

    def _observe(self, batch: Batch) -> int:  # noqa: ARG002
        return 0


@dataclass
class Scene:
    """One partition of each topic, and workers that take turns with it."""

    settings: Settings
    place: TP
    running: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def places(self) -> frozenset[TP]:
        return frozenset({self.place})

    async def worker(self) -> Coordination:
        outbox = await self.running.enter_async_context(Outbox(self.settings))
        return self.by_hand(outbox, self.settings)

    def by_hand(self, outbox: Outbox, settings: Settings) -> Coordination:
        app = build_app(settings, "coordination")
        return ByHand(app, settings, clock=SystemClock(), metrics=Metrics(), outbox=outbox)

    def batch(self, first: int, *cases: str) -> Batch:
        """Who waits from now on; `first` is the offset of the first of them."""
        return Batch(self.place, self.said(first, *cases))

    def counted(self, first: int, *free: tuple[str, int]) -> Batch:
        """Free places of two agreed units. Of each partition the same log: its first is offset 0, the agreements."""
        script = say.Script()
        script.says(say.adopted(say.agreements(*TWO_UNITS), script.now))
        for unit, places in free:
            script.passes(minutes=1)
            script.says(say.capacity(unit, places, script.now))
        return Batch(self.place, _stored(0, script)[first:])

    def said(self, first: int, *cases: str, region: str = say.REGION) -> list[Stored]:
        script = say.Script()
        for case in cases:
            script.says(say.triaged(case, "U3", script.now))
            script.passes(seconds=1)
        return _stored(first, script, region=region)

    async def append(self, records: list[Stored]) -> None:
        """To the log itself, which a handler does not look at while all comes in order."""
        outbox = await self.running.enter_async_context(Outbox(self.settings))
        sent = [Outgoing(each.key, each.value, each.timestamp) for each in records]
        await outbox.send(Topic.LOG, self.place.partition, sent)

    async def free(self, unit: str) -> int | None:
        """By the view that stands."""
        standing = await newest_by_key(self.settings, Topic.AVAILABILITY, self.place.partition)
        return UnitAvailability.model_validate_json(standing[f"{say.REGION}/{unit}".encode()]).free

    async def cases(self) -> list[str]:
        """Who was told to wait, in the order in which it was told."""
        told = [each.value or b"" async for each in stored(self.settings, Topic.DECISIONS, self.place.partition)]
        return [case for line in told for case in ("c-1", "c-2", "c-3") if f'"case":"{case}"'.encode() in line]


def _stored(first: int, script: say.Script, *, region: str = say.REGION) -> list[Stored]:
    events = [(said.at, said.event.model_copy(update={"region": region})) for said in script.records]
    return [
        Stored(first + number, at, encoded(event), key=region.encode()) for number, (at, event) in enumerate(events)
    ]


@pytest.fixture(scope="module")
def broker(kafka_jars: Path) -> Iterator[LocalKafka]:
    """Its own, since nothing may stand in a partition before a test begins."""
    with tempfile.TemporaryDirectory() as state, LocalKafka(Path(state), jars=kafka_jars) as running:
        wanted = [replace(topic.on_local_stack(), partitions=PARTITIONS) for topic in load_topics()]
        asyncio.run(create_topics(running.bootstrap, wanted))
        yield running


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return count()


@pytest.fixture
async def scene(broker: LocalKafka, numbers: Iterator[int]) -> AsyncIterator[Scene]:
    number = next(numbers)
    settings = Settings(kafka_bootstrap=broker.bootstrap, regions={say.REGION: number})
    made = Scene(settings, TP(Topic.LOG, number))
    async with made.running:
        yield made


async def test_what_comes_back_at_once_is_as_it_was_left(scene: Scene) -> None:
    one = await scene.worker()
    await one.take_over(scene.places)
    await one.handle(scene.batch(0, "c-1"))
    region = one.partitions[scene.place].regions[say.REGION]

    await one.hand_over(scene.places)
    await one.take_over(scene.places)
    await one.handle(scene.batch(1, "c-2"))

    assert one.partitions[scene.place].regions[say.REGION] is region
    assert await scene.cases() == ["c-1", "c-2"]


async def _saved(scene: Scene) -> Coordination:
    """Who has the partition, and has saved what it heard."""
    owner = await scene.worker()
    await owner.take_over(scene.places)
    await owner.handle(scene.batch(0, "c-1"))
    await owner._save(owner.partitions[scene.place])
    return owner


async def test_what_was_read_ahead_is_ours_when_the_partition_is(scene: Scene) -> None:
    dead, one = await _saved(scene), await scene.worker()
    await dead.handle(scene.batch(1, "c-2"))
    ends = [await end_of(scene.settings, topic, scene.place.partition) for topic in coordination.TOPICS]

    async with one.ahead:
        await until(lambda: one.ahead.found, "it is read ahead")
        ahead = one.ahead.found[scene.place]
        assert [await end_of(scene.settings, topic, scene.place.partition) for topic in coordination.TOPICS] == ends
        await one.take_over(scene.places)
    await one.handle(scene.batch(1, "c-2", "c-3"))

    assert one.partitions[scene.place] is ahead
    assert await scene.cases() == ["c-1", "c-2", "c-3"]


async def test_what_was_read_ahead_and_saved_by_another_since_is_read_anew(scene: Scene) -> None:
    other, one = await _saved(scene), await scene.worker()

    async with one.ahead:
        await until(lambda: one.ahead.found, "it is read ahead")
        ahead = one.ahead.found[scene.place]
        await other.handle(scene.batch(1, "c-2"))
        await other._save(other.partitions[scene.place])
        await one.take_over(scene.places)

    assert one.partitions[scene.place] is not ahead
    assert one.partitions[scene.place].regions[say.REGION].offset == 1


async def test_without_a_snapshot_nothing_is_read_ahead_and_what_the_log_tells_is_decided_by_its_owner(
    scene: Scene,
) -> None:
    one = await scene.worker()
    await scene.append(scene.said(0, "c-1"))

    async with one.ahead:
        assert await one.ahead.end(scene.places) == {}
        assert await scene.cases() == []
        await one.take_over(scene.places)

    assert await scene.cases() == ["c-1"]


async def test_of_what_was_read_ahead_nothing_stays_with_who_gets_no_partition(scene: Scene) -> None:
    await _saved(scene)
    one = await scene.worker()

    async with one.ahead:
        await until(lambda: one.ahead.found, "it is read ahead")
        await one.take_over(frozenset())

    assert not one.left
    assert not one.ahead.found


async def test_reading_ahead_that_is_broken_off_leaves_nothing_open(scene: Scene) -> None:
    told = list[str]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["message"]))

    for turns in range(40):
        async with Ahead([scene.place] * 9, partial(read_back, scene.settings)):
            for _ in range(turns):
                await asyncio.sleep(0)
    await until(lambda: not reading._STOPPING, "all are stopped")
    gc.collect()

    assert told == []


async def test_kafka_that_fails_while_something_is_read_ahead_is_asked_again_by_the_owner(scene: Scene) -> None:
    async def fails(_tp: TP) -> Partition:
        raise KafkaConnectionError("gone")

    async with Ahead([scene.place], fails) as ahead:
        assert await ahead.end(scene.places) == {}


async def test_what_fails_while_taking_over_is_told_as_it_is_and_nothing_of_it_goes_on(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await scene.worker()
    ended = list[int]()

    async def fails(settings: Settings, tp: TP) -> Partition:
        try:
            if tp == scene.place:
                raise KafkaConnectionError("gone")
            await asyncio.Event().wait()
        finally:
            ended.append(tp.partition)
        raise AssertionError("never read")

    monkeypatch.setattr(coordination, "read_back", fails)
    with pytest.raises(KafkaConnectionError):
        await one.take_over(frozenset({scene.place, TP(Topic.LOG, PARTITIONS - 1)}))

    assert [task for task in asyncio.all_tasks() if "Coordination._begin" in repr(task)] == []


async def test_what_was_handed_over_in_the_middle_of_a_batch_is_not_found_again(scene: Scene) -> None:
    """Handed over while the rest is still being read: decisions of that batch were not sent."""
    one = await scene.worker()
    await one.take_over(scene.places)
    await one.hand_over(scene.places)
    one.left[TP(Topic.LOG, PARTITIONS - 1)] = Partition(TP(Topic.LOG, PARTITIONS - 1))
    await one._take_over(scene.places)
    one.partitions[scene.place].settled = False

    await one.hand_over(scene.places)

    assert scene.place not in one.left


async def test_when_taking_over_is_broken_off_nothing_of_it_goes_on(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, ended = await scene.worker(), list[int]()
    places = frozenset({scene.place, TP(Topic.LOG, PARTITIONS - 1)})
    reading_two = asyncio.Event()

    async def reads(settings: Settings, tp: TP) -> Partition:
        """As aiokafka does now and then, the first one does not heed that it is to end."""
        if tp != scene.place:
            reading_two.set()
            await asyncio.Event().wait()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        partition = await read_back(settings, tp)
        ended.append(tp.partition)
        return partition

    monkeypatch.setattr(coordination, "read_back", reads)
    taking = asyncio.create_task(one.take_over(places))
    await reading_two.wait()
    taking.cancel()
    await asyncio.wait({taking})

    assert taking.cancelled()
    assert ended == [scene.place.partition], "and is waited for"


async def test_what_a_worker_has_still_begins_before_it_reads_the_rest(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, began = await scene.worker(), list[int]()
    other = TP(Topic.LOG, PARTITIONS - 1)
    await one.take_over(scene.places)
    await one.handle(scene.batch(0, "c-1"))
    await one.hand_over(scene.places)

    async def reads(settings: Settings, tp: TP) -> Partition:
        assert scene.place in one.partitions, "begins while the other is still to be read"
        began.append(tp.partition)
        return Partition(tp)

    monkeypatch.setattr(coordination, "read_back", reads)
    await one.take_over(frozenset({scene.place, other}))

    assert began == [other.partition]


async def test_what_was_handed_over_unsaved_the_next_owner_folds_and_does_not_decide_again(scene: Scene) -> None:
    one, other = await scene.worker(), await scene.worker()
    await one.take_over(scene.places)
    await one.handle(scene.batch(0, "c-1"))
    await one.hand_over(scene.places)

    await other.take_over(scene.places)
    await other.handle(scene.batch(0, "c-1", "c-2"))

    assert await end_of(scene.settings, Topic.SNAPSHOTS, scene.place.partition) == 0, "a hand-over saves nothing"
    assert await scene.cases() == ["c-1", "c-2"]


async def test_a_hand_over_ends_before_the_session_does(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coordination, "HAND_OVER_SHARE", 0.01)
    one = await scene.worker()
    await one.take_over(scene.places)
    await one.handle(scene.batch(0, "c-1"))

    async with one.partitions[scene.place].showing:  # as while a large region is saved
        await one.hand_over(scene.places)
    await one.take_over(scene.places)
    await one.handle(scene.batch(1, "c-2"))

    assert await scene.cases() == ["c-1", "c-2"]


async def test_what_was_handed_over_meanwhile_is_not_saved_over_what_the_next_owner_saves(scene: Scene) -> None:
    one, left, other = await _changed_hands(scene)
    await other._save(other.partitions[scene.place])
    saved = await end_of(scene.settings, Topic.SNAPSHOTS, scene.place.partition)

    left.heads.clear()  # as if it had not come to saving
    await one._save(left)

    assert await end_of(scene.settings, Topic.SNAPSHOTS, scene.place.partition) == saved


@pytest.mark.parametrize(
    ("span", "offsets"),
    [
        ({}, [0, 1, 2]),
        ({"first": 1}, [1, 2]),
        ({"before": 2}, [0, 1]),
        ({"first": 1, "before": 2}, [1]),
        ({"first": 2, "before": 2}, []),
        ({"first": 7}, []),
        ({"last": 1}, [2]),
        ({"before": 2, "last": 1}, [1]),
    ],
    ids=str,
)
async def test_of_a_partition_what_was_asked_for_is_read(
    scene: Scene, span: dict[str, int], offsets: list[int]
) -> None:
    await scene.append(scene.said(0, "c-1", "c-2", "c-3"))

    read = stored(scene.settings, Topic.LOG, scene.place.partition, **span)

    assert [record.offset async for record in read] == offsets


async def test_older_snapshots_written_over_newer_ones_are_made_good_from_the_log(scene: Scene) -> None:
    log = scene.said(0, "c-1", "c-2", "c-3")
    await _saved_by_who_was_frozen(scene, log)
    third = await scene.worker()
    await third.take_over(scene.places)
    region = third.partitions[scene.place].regions[say.REGION]
    assert region.offset == 0, "the older snapshot stands"

    await third.handle(Batch(scene.place, log[2:]))

    undisturbed = Region.empty(say.REGION)
    for each in log:
        undisturbed.step(Record(each.offset, each.timestamp, EVENT.validate_json(each.value)))
    assert region.snapshot() == undisturbed.snapshot()
    assert await scene.cases() == ["c-1", "c-2", "c-3"]


async def test_what_is_saved_after_it_does_not_hide_that_an_older_snapshot_stands(scene: Scene) -> None:
    log = [*scene.said(0, "c-1", "c-2"), *scene.said(2, "c-3", region="elders"), *scene.said(3, "c-4")]
    other = await _saved_by_who_was_frozen(scene, log)
    await scene.append(log[2:3])
    await other.handle(Batch(scene.place, log[2:3]))
    await other._save(other.partitions[scene.place])
    third = await scene.worker()
    await third.take_over(scene.places)
    regions = third.partitions[scene.place].regions
    assert {name: region.offset for name, region in regions.items()} == {say.REGION: 0, "elders": 2}

    await third.handle(Batch(scene.place, log[3:]))

    waiting = regions[say.REGION].state.patients.values()
    assert [patient.case for patient in waiting] == ["c-1", "c-2", "c-4"]


async def test_of_two_regions_it_is_told_in_the_order_of_the_log(scene: Scene) -> None:
    one = await scene.worker()
    await one.take_over(scene.places)

    await one.handle(
        Batch(scene.place, [*scene.said(0, "c-1"), *scene.said(1, "c-3", region="elders"), *scene.said(2, "c-2")])
    )

    assert sorted(one.partitions[scene.place].regions) == ["elders", say.REGION]
    assert await scene.cases() == ["c-1", "c-3", "c-2"]


async def test_after_another_owner_it_comes_from_his_snapshot(scene: Scene) -> None:
    one, left, other = await _changed_hands(scene)
    await other._save(other.partitions[scene.place])
    await other.hand_over(scene.places)

    await one.take_over(scene.places)
    await one.handle(scene.batch(2, "c-3"))

    assert one.partitions[scene.place] is not left
    assert one.partitions[scene.place].regions[say.REGION].offset == 2
    assert await scene.cases() == ["c-1", "c-2", "c-3"]


async def test_what_another_decided_and_did_not_save_is_not_decided_again(scene: Scene) -> None:
    one, left, _ = await _changed_hands(scene)

    await one.take_over(scene.places)
    await one.handle(scene.batch(1, "c-2", "c-3"))

    assert one.partitions[scene.place] is left, "nobody saved anything since"
    assert await scene.cases() == ["c-1", "c-2", "c-3"]


async def test_a_state_that_ran_ahead_of_what_was_sent_is_not_kept(scene: Scene) -> None:
    one = await scene.worker()
    await one.take_over(scene.places)
    await one.handle(scene.batch(0, "c-1"))
    left = one.partitions[scene.place]
    left.settled = False

    await one.hand_over(scene.places)
    await one.take_over(scene.places)

    assert one.partitions[scene.place] is not left


async def test_views_that_were_drawn_and_not_sent_go_with_the_next(scene: Scene) -> None:
    one = await scene.worker()
    await one.take_over(scene.places)
    await one.handle(scene.batch(0, "c-1"))
    partition = one.partitions[scene.place]
    showing = asyncio.create_task(one.show_what_changed())
    while partition.unshown:  # noqa: ASYNC110  it says so to nobody
        await asyncio.sleep(0)
    showing.cancel()
    await asyncio.gather(showing, return_exceptions=True)

    await one.handle(scene.batch(1, "c-2"))
    await one.show_what_changed()

    boards = [each.key async for each in stored(scene.settings, Topic.BOARDS, scene.place.partition)]
    assert f"{say.REGION}/requests".encode() in boards


async def test_older_views_that_a_frozen_worker_wrote_are_noticed_and_drawn_anew(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    counts = (("elv-1", 2), ("elv-1", 1), ("elv-2", 4))
    frozen, other = await scene.worker(), await scene.worker()
    await frozen.take_over(scene.places)
    await frozen.handle(scene.counted(0, *counts[:1]))
    await other.take_over(scene.places)
    await other.handle(scene.counted(0, *counts[:2]))
    await other.show_what_changed()
    await frozen.show_what_changed()
    assert await scene.free("elv-1") == 2, "the older view stands"

    await other.handle(scene.counted(3, *counts))
    await other.show_what_changed()
    assert await scene.free("elv-1") == 2, "nothing new was heard of it"
    await other.look_at_the_clock()
    await other.show_what_changed()

    assert await scene.free("elv-1") == 1
    assert [each.action for each in caplog.records if hasattr(each, "action")].count("views.written-over") == 1
    await other.look_at_the_clock()
    assert not other.partitions[scene.place].unshown, "that was all"


async def test_who_takes_over_shows_everything_whatever_stands(scene: Scene) -> None:
    counts = (("elv-1", 2), ("elv-1", 1))
    frozen, other, third = await scene.worker(), await scene.worker(), await scene.worker()
    await frozen.take_over(scene.places)
    await frozen.handle(scene.counted(0, *counts[:1]))
    await other.take_over(scene.places)
    await other.handle(scene.counted(0, *counts))
    await other._save(other.partitions[scene.place])
    await third.take_over(scene.places)
    await frozen.show_what_changed()
    assert await scene.free("elv-1") == 2, "the older view stands"

    await third.handle(scene.counted(3, *counts, ("elv-2", 4)))
    await third.show_what_changed()

    assert await scene.free("elv-1") == 1


async def test_who_takes_over_shows_nothing_before_he_looked_at_the_log(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = (("elv-1", 2), ("elv-1", 1))
    one, other = await scene.worker(), await scene.worker()
    await one.take_over(scene.places)
    await one.handle(scene.counted(0, *counts[:1]))
    await one._save(one.partitions[scene.place])
    await one.handle(scene.counted(2, *counts))
    await one.show_what_changed()

    await other.take_over(scene.places)
    await other.show_what_changed()
    assert await scene.free("elv-1") == 1, "the snapshot has an older one"
    await other.handle(scene.counted(2, *counts))
    await other.show_what_changed()
    assert await scene.free("elv-1") == 1

    last = await scene.worker()
    await last.take_over(scene.places)
    monkeypatch.setattr(coordination, "VIEWS_WAIT_SECONDS", 0.0)
    ends = await end_of(scene.settings, Topic.AVAILABILITY, scene.place.partition)
    await last.show_what_changed()
    assert await end_of(scene.settings, Topic.AVAILABILITY, scene.place.partition) > ends, "nor waits for ever"


class Slow(Outbox):
    """Kafka takes no snapshots, until it is told to."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.takes = asyncio.Event()
        self.asked = asyncio.Event()

    async def send(self, topic: str, partition: int, records: Iterable[Outgoing]) -> int | None:
        if topic == Topic.SNAPSHOTS:
            self.asked.set()
            await self.takes.wait()
        return await super().send(topic, partition, records)


async def test_a_snapshot_that_kafka_does_not_take_holds_up_no_other_region(scene: Scene) -> None:
    settings = scene.settings.model_copy(update={"snapshot_seconds": 0.001})
    outbox = await scene.running.enter_async_context(Slow(settings))
    one = scene.by_hand(outbox, settings)
    await one.take_over(scene.places)
    await one.handle(scene.batch(0, "c-1"))
    stuck = one.partitions[scene.place]
    await _until_older_than_agreed(one, stuck)

    await one.look_at_the_clock()
    await outbox.asked.wait()
    await one.look_at_the_clock()
    await one.show_what_changed()

    age = one.metrics.snapshot_age_seconds.labels(scene.place.partition)
    assert age._value.get() > 0, "its age is told meanwhile"
    assert stuck.saving is not None
    assert not stuck.saving.done()
    outbox.takes.set()
    await stuck.saving
    assert stuck.unsaved == 0


async def test_a_save_that_outlives_its_hand_over_acknowledges_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coordination, "HAND_OVER_SHARE", 0.001)
    outbox = await scene.running.enter_async_context(Slow(scene.settings))
    acknowledged: list[int] = []
    monkeypatch.setattr(coordination, "acknowledge", lambda _app, _place, offset: acknowledged.append(offset))
    one = scene.by_hand(outbox, scene.settings)
    await one.take_over(scene.places)
    await one.handle(scene.batch(0, "c-1"))
    left = one.partitions[scene.place]
    saving = asyncio.create_task(one._save(left))
    await outbox.asked.wait()

    await one.hand_over(scene.places)
    await one.take_over(scene.places)
    assert one.partitions[scene.place] is left
    outbox.takes.set()
    await saving

    assert acknowledged == [], "in this assignment nothing was read yet"


async def test_gauges_of_what_was_handed_over_meanwhile_do_not_come_back(scene: Scene) -> None:
    one = await scene.worker()
    await one.take_over(scene.places)
    await one.handle(scene.counted(0, ("elv-1", 2)))
    await one.show_what_changed()
    looking = asyncio.create_task(one.look_at_the_clock())
    await asyncio.sleep(0)  # It waits for Kafka to take the passing of time.

    await one.hand_over(scene.places)
    await looking

    told = {sample.name for metric in one.metrics.registry.collect() for sample in metric.samples}
    assert "spoedplein_free_places" not in told
    assert "spoedplein_snapshot_age_seconds" not in told


async def _until_older_than_agreed(worker: Coordination, partition: Partition) -> None:
    while coordination._since(partition.saved_at) < worker.settings.snapshot_seconds:  # noqa: ASYNC110  a clock tells nobody
        await asyncio.sleep(0.001)


async def _saved_by_who_was_frozen(scene: Scene, log: list[Stored]) -> Coordination:
    """One stands still before it saves the first of the log, and is thrown out. Another folds the first two, saves and
    acknowledges them. Then the one wakes, does not know yet, and saves. The other is given back.
    """
    frozen, other = await scene.worker(), await scene.worker()
    await scene.append(log[:1])
    await frozen.take_over(scene.places)
    await frozen.handle(Batch(scene.place, log[:1]))
    await scene.append(log[1:2])
    await other.take_over(scene.places)
    await other.handle(Batch(scene.place, log[:2]))
    await other._save(other.partitions[scene.place])
    await frozen._save(frozen.partitions[scene.place])
    return other


async def _changed_hands(scene: Scene) -> tuple[Coordination, Partition, Coordination]:
    """Who had it, as he left it, and who has it now and decided on one more."""
    one, other = await scene.worker(), await scene.worker()
    await one.take_over(scene.places)
    await one.handle(scene.batch(0, "c-1"))
    left = one.partitions[scene.place]
    await one._save(left)
    await one.hand_over(scene.places)
    await other.take_over(scene.places)
    await other.handle(scene.batch(1, "c-2"))
    return one, left, other
