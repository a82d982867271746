"""Flow control, and life beside tables and ordinary agents, on a real broker."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from spoedplein.stack.kafka import LocalKafka
from tests.workers.transport_rig import Rig, Worker, assert_orderly, until

pytestmark = pytest.mark.kafka

Unique = Callable[[str], str]


@pytest.fixture
async def rig(kafka: LocalKafka, tmp_path: Path, unique: Unique) -> AsyncIterator[Rig]:
    async with Rig(kafka.bootstrap, tmp_path, unique("flow")) as rig:
        yield rig


async def nothing_begins(worker: Worker, partitions: set[int]) -> None:
    """A handler that runs when flow stops may end; the next one is what must not come."""
    before = [line for line in worker.lines("began") if line["partition"] in partitions]
    await asyncio.sleep(1.5)  # longer than any poll
    assert [line for line in worker.lines("began") if line["partition"] in partitions] == before


@pytest.mark.parametrize(
    ("stop", "resume", "partitions"),
    [
        pytest.param("stop_flow", "resume_flow", {0, 1, 2, 3}, id="the consumer"),
        pytest.param("suspend", "resume", {0, 1, 2, 3}, id="the app"),
        pytest.param("pause 2", "unpause 2", {2}, id="one partition"),
    ],
)
async def test_nothing_is_delivered_while_flow_is_stopped_and_nothing_is_skipped_after(
    rig: Rig, stop: str, resume: str, partitions: set[int]
) -> None:
    worker = await rig.worker(broker_max_poll_records=10)
    await worker.wait_for("assigned")
    loading = asyncio.Event()

    async def load() -> None:
        while not loading.is_set():
            await rig.produce([b"x"] * 40)

    producing = asyncio.create_task(load())
    for _ in range(3):
        await worker.wait_for("began", times=len(worker.lines("began")) + 20)
        await worker.order(stop)
        await nothing_begins(worker, partitions)
        await worker.order(resume)
    loading.set()
    await producing

    await rig.wait_until_handled()
    await rig.wait_until_committed()
    assert_orderly(worker)
    assert len(worker.offsets()) == len(set(worker.offsets()))


async def test_a_paused_partition_does_not_hold_up_the_others(rig: Rig) -> None:
    worker = await rig.worker()
    await worker.wait_for("assigned")
    await worker.order("pause 0")
    await rig.produce([b"x"] * 400)

    await until(lambda: len(worker.offsets()) == 300, "the other three partitions handled")
    assert {partition for partition, _ in worker.offsets()} == {1, 2, 3}
    await rig.wait_until_committed({1: 100, 2: 100, 3: 100})

    await worker.order("unpause 0")
    await rig.wait_until_handled()
    await rig.wait_until_committed()


@pytest.mark.parametrize(("options", "running"), [((), 1), (("--together",), 4)])
async def test_one_handler_runs_at_a_time_or_one_for_each_partition(
    rig: Rig, options: tuple[str, ...], running: int
) -> None:
    await rig.produce([b"wait:go"] * 4)
    worker = await rig.worker(*options)
    await worker.wait_for("began", times=running)
    await rig.produce([b"x"] * 400)
    await asyncio.sleep(0.5)
    assert len(worker.lines("began")) == running

    rig.release("go")
    await rig.wait_until_handled()
    await rig.wait_until_committed()
    assert_orderly(worker)


async def test_a_table_beside_a_batch_topic_is_recovered_and_goes_on(rig: Rig) -> None:
    words = f"{rig.topic}.words"
    await rig.create(words)

    async def say(*said: bytes) -> None:
        for word in said:
            await rig.producer.send_and_wait(words, word, key=word)

    await rig.produce([b"x"] * 40)
    await say(b"bed", b"ward", b"bed")
    first = await rig.worker("--table-topic", words)
    await rig.wait_until_handled()
    await first.wait_for("agent", value="bed", count=2)
    await first.wait_for("agent", value="ward", count=1)
    assert await first.stop() == 0

    await rig.produce([b"x"] * 40)
    await say(b"bed")
    second = await rig.worker("--table-topic", words)
    await second.wait_for("agent", value="bed", count=3)
    await rig.wait_until_handled()
    await rig.wait_until_committed()
    assert_orderly(second)
    assert len(second.offsets()) == 40
