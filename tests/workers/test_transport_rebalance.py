"""Rebalances on a real broker: nothing lost, nothing delivered outside an assignment, by both ways of delivery."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from spoedplein.stack.kafka import LocalKafka
from tests.workers.transport_rig import Rig, Worker, assert_orderly, until

pytestmark = pytest.mark.kafka

Unique = Callable[[str], str]


@pytest.fixture(params=[pytest.param(False, id="batch"), pytest.param(True, id="plain")])
async def rig(request: pytest.FixtureRequest, kafka: LocalKafka, tmp_path: Path, unique: Unique) -> AsyncIterator[Rig]:
    async with Rig(kafka.bootstrap, tmp_path, unique("rebalance"), plain=request.param) as rig:
        yield rig


@pytest.fixture
async def batch_rig(kafka: LocalKafka, tmp_path: Path, unique: Unique) -> AsyncIterator[Rig]:
    async with Rig(kafka.bootstrap, tmp_path, unique("rebalance")) as rig:
        yield rig


def shares(worker: Worker) -> int:
    """How many partitions it was last assigned; 0 before the first assignment and after a revocation."""
    held = 0
    for line in worker.lines():
        if line["what"] == "assigned":
            held = len(line["partitions"])
        elif line["what"] == "revoked":
            held = 0
    return held


async def split(*workers: Worker) -> None:
    each = 4 // len(workers)
    await until(lambda: all(shares(worker) == each for worker in workers), f"{each} partitions for each worker")


async def test_workers_that_join_leave_and_die_under_load_lose_nothing(rig: Rig) -> None:
    stop = asyncio.Event()
    loading = asyncio.create_task(rig.load(stop, ahead=1_000))
    first = await rig.worker(broker_max_poll_records=50)
    await first.wait_for("handled")
    second = await rig.worker(broker_max_poll_records=50)
    await split(first, second)
    await second.wait_for("handled")
    assert await first.stop() == 0
    await split(second)
    third = await rig.worker(broker_max_poll_records=50)
    await split(second, third)
    await third.wait_for("handled")
    await third.kill()
    await split(second)
    stop.set()
    await loading

    await rig.wait_until_handled()
    await rig.wait_until_committed()
    assert await second.stop() == 0
    for worker in (first, second, third):
        assert_orderly(worker)


async def test_a_batch_that_straddles_a_revocation_is_cancelled_and_delivered_again(rig: Rig) -> None:
    await rig.produce([b"wait:go"] * 4)
    first = await rig.worker()
    await first.wait_for("began")
    second = await rig.worker()
    await split(first, second)

    whats = [line["what"] for line in first.lines()]
    assert "cancelled" in whats
    assert whats.index("cancelled") < whats.index("revoked")
    assert not first.offsets()
    assert not any((await rig.committed()).values())

    rig.release("go")
    await rig.wait_until_handled()
    await rig.wait_until_committed()
    assert first.offsets()
    assert second.offsets()
    assert len(first.offsets() + second.offsets()) == 4
    assert_orderly(first)
    assert_orderly(second)


async def test_a_worker_killed_in_the_middle_of_a_batch_hands_its_partitions_over(rig: Rig) -> None:
    first = await rig.worker()
    await split(first)
    second = await rig.worker()
    await split(first, second)
    await rig.produce([b"wait:go", b"x", b"x"], partitions=[0])
    await rig.produce([b"wait:go", b"x", b"x"], partitions=[1])
    await rig.produce([b"wait:go", b"x", b"x"], partitions=[2])
    await rig.produce([b"wait:go", b"x", b"x"], partitions=[3])
    await second.wait_for("began")
    await second.kill()
    rig.release("go")

    await rig.wait_until_handled(workers=[first])
    await rig.wait_until_committed()
    assert not second.offsets()
    assert_orderly(first)


async def test_a_handler_may_wait_longer_than_the_session_lasts(rig: Rig) -> None:
    await rig.produce([b"wait:go"], partitions=[0])
    worker = await rig.worker(broker_session_timeout=6.0, broker_heartbeat_interval=2.0)
    await worker.wait_for("began")
    await asyncio.sleep(8)  # longer than the session: without heartbeats the group would have dropped it
    rig.release("go")

    await worker.wait_for("handled")
    await rig.wait_until_committed()
    assert not worker.lines("revoked")
    assert len(worker.lines("assigned")) == 1


async def test_a_handler_that_takes_longer_than_max_poll_interval_is_cancelled_and_gets_its_batch_again(
    batch_rig: Rig,
) -> None:
    await batch_rig.produce([b"wait:go"], partitions=[0])
    worker = await batch_rig.worker(broker_max_poll_interval=3.0)
    await worker.wait_for("began")
    await worker.wait_for("cancelled")
    await worker.wait_for("revoked")
    batch_rig.release("go")

    await batch_rig.wait_until_handled()
    await batch_rig.wait_until_committed()
    assert_orderly(worker)


async def test_nothing_is_delivered_before_the_assigned_callbacks_are_done(rig: Rig) -> None:
    await rig.produce([b"x"] * 40)
    worker = await rig.worker("--hold-assigned", "loaded", broker_session_timeout=6.0)
    await worker.wait_for("assigning")
    await asyncio.sleep(8)  # longer than the session, as the reading of a large state may take
    assert [line["what"] for line in worker.lines()] == ["assigning"]
    rig.release("loaded")

    await rig.wait_until_handled()
    assert [line["what"] for line in worker.lines()][:2] == ["assigning", "assigned"]
    assert not worker.lines("revoked")
    assert_orderly(worker)


async def test_a_partition_that_may_begin_does_so_before_the_assigned_callbacks_are_done(batch_rig: Rig) -> None:
    await batch_rig.produce([b"x"] * 8)
    worker = await batch_rig.worker("--hold-assigned", "loaded", "--begin", "1")
    await worker.wait_for("handled")
    assert {line["partition"] for line in worker.lines("handled")} == {1}
    assert not worker.lines("assigned")
    batch_rig.release("loaded")

    await batch_rig.wait_until_handled()
    before = itertools.takewhile(lambda line: line["what"] != "assigned", worker.lines())
    assert {line["partition"] for line in before if line["what"] == "began"} == {1}


async def test_an_assigned_callback_is_cancelled_when_its_partitions_are_revoked(rig: Rig) -> None:
    await rig.produce([b"x"] * 8)
    first = await rig.worker("--hold-assigned", "loaded")
    await first.wait_for("assigning")
    second = await rig.worker()
    await second.wait_for("assigned")
    rig.release("loaded")

    await rig.wait_until_handled()
    await first.wait_for("assigned")
    assert [line["what"] for line in first.lines()][:4] == ["assigning", "revoked", "assigning", "assigned"]
    assert_orderly(first)
    assert_orderly(second)
