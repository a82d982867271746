"""Delivery and commits on a real broker, by the batch transport and by its plain fallback."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from spoedplein.stack.kafka import LocalKafka
from tests.workers.transport_rig import Rig, assert_orderly, until

pytestmark = pytest.mark.kafka

Unique = Callable[[str], str]


@pytest.fixture(params=[pytest.param(False, id="batch"), pytest.param(True, id="plain")])
async def rig(request: pytest.FixtureRequest, kafka: LocalKafka, tmp_path: Path, unique: Unique) -> AsyncIterator[Rig]:
    async with Rig(kafka.bootstrap, tmp_path, unique("delivery"), plain=request.param) as rig:
        yield rig


@pytest.fixture
async def batch_rig(kafka: LocalKafka, tmp_path: Path, unique: Unique) -> AsyncIterator[Rig]:
    async with Rig(kafka.bootstrap, tmp_path, unique("delivery")) as rig:
        yield rig


async def test_every_record_is_handled_once_and_in_order_and_the_group_reaches_the_end_of_the_log(rig: Rig) -> None:
    await rig.produce([b"x"] * 2000)
    worker = await rig.worker()

    await rig.wait_until_handled()
    await rig.wait_until_committed()

    assert len(worker.offsets()) == 2000
    assert_orderly(worker)


async def test_a_record_arrives_as_it_was_produced(rig: Rig) -> None:
    await rig.producer.send_and_wait(
        rig.topic, b"show", key=b"ward", partition=2, timestamp_ms=1_700_000_000_123, headers=[("kind", b"bed")]
    )
    await rig.producer.send_and_wait(rig.topic, None, key=b"ward", partition=2)
    worker = await rig.worker()

    await rig.wait_until_handled()

    [shown] = worker.lines("shown")
    assert shown == {
        "what": "shown",
        "topic": rig.topic,
        "partition": 2,
        "key": "ward",
        "timestamp": 1_700_000_000_123,
        "headers": [["kind", "bed"]],
    }


async def test_a_worker_killed_in_the_middle_of_a_batch_loses_nothing(rig: Rig) -> None:
    await rig.produce([b"x"] * 40)
    await rig.produce([b"x", b"wait:go", b"x"], partitions=[1])
    first = await rig.worker(broker_max_poll_records=5)
    await first.wait_for("began", partition=1)
    await until(
        lambda: len(first.offsets("began")) > len(first.offsets("handled")), "a batch that does not come to its end"
    )
    await first.kill()

    handled = first.offsets("handled")
    for partition, offset in (await rig.committed()).items():
        assert {(partition, below) for below in range(offset)} <= set(handled)

    rig.release("go")
    second = await rig.worker()
    await rig.wait_until_handled()
    await rig.wait_until_committed()
    unfinished = set(first.offsets("began")) - set(handled)
    assert unfinished <= set(second.offsets())


async def test_a_worker_killed_under_load_never_committed_what_it_had_not_handled(rig: Rig) -> None:
    await rig.produce([b"x"] * 3000)
    first = await rig.worker(broker_commit_interval=0.02, broker_max_poll_records=20)
    await until(lambda: len(first.offsets()) > 200, "some records handled")
    await first.kill()

    handled = set(first.offsets())
    committed = await rig.committed()
    assert {(partition, below) for partition, offset in committed.items() for below in range(offset)} <= handled

    await rig.worker()
    await rig.wait_until_handled()
    await rig.wait_until_committed()


@pytest.mark.parametrize("runner", ["app", "worker"])
async def test_an_orderly_stop_commits_all_that_was_handled(rig: Rig, runner: str) -> None:
    await rig.produce([b"x"] * 100)
    worker = await rig.worker("--runner", runner, broker_commit_interval=3600.0)
    await rig.wait_until_handled()
    assert not any((await rig.committed()).values())

    code = await worker.stop()

    assert code == 0, worker.text()
    assert await rig.committed() == await rig.ends()
    assert worker.lines()[-1]["what"] == "revoked"


async def test_an_orderly_stop_does_not_wait_for_a_handler_that_does_not_come_back(rig: Rig) -> None:
    await rig.produce([b"wait:never"], partitions=[0])
    await rig.produce([b"x"], partitions=[1])
    worker = await rig.worker()
    await worker.wait_for("began", partition=0)

    code = await worker.stop(deadline_seconds=20)

    assert code == 0, worker.text()
    assert (await rig.committed()).get(0, 0) == 0
    assert [line["what"] for line in worker.lines()][-2:] == ["cancelled", "revoked"]


async def test_a_handler_that_ends_soon_after_an_orderly_stop_is_acknowledged(rig: Rig) -> None:
    await rig.produce([b"wait:go"], partitions=[0])
    worker = await rig.worker(broker_commit_interval=3600.0)
    await worker.wait_for("began")
    worker.process.terminate()
    rig.release("go")

    assert await worker.ended() == 0, worker.text()
    assert worker.offsets() == [(0, 0)]
    assert (await rig.committed())[0] == 1


@pytest.mark.parametrize("options", [("--runner", "app"), ("--runner", "worker"), ("--together",)])
async def test_a_handler_that_raises_stops_the_worker_and_gets_its_batch_again(
    rig: Rig, options: tuple[str, ...]
) -> None:
    await rig.produce([b"x"] * 8)
    await rig.produce([b"fail:healed", b"x"], partitions=[3])
    worker = await rig.worker(*options)

    code = await worker.ended()

    assert code != 0
    assert "told to fail" in worker.text()
    assert "comes again after a restart" in worker.text()
    assert (3, 2) not in worker.offsets()
    committed = await rig.committed()
    assert {(partition, below) for partition, offset in committed.items() for below in range(offset)} == set(
        worker.offsets()
    ), "all that was handled is committed, and nothing else"
    assert not worker.lines("revoked"), "a failure must not look like an orderly end"

    rig.release("healed")
    await rig.worker()
    await rig.wait_until_handled()
    await rig.wait_until_committed()


async def test_manual_acknowledgement_commits_what_was_acknowledged_and_no_more(rig: Rig) -> None:
    await rig.produce([b"x"] * 10, partitions=[0])
    await rig.produce([b"x"] * 5, partitions=[1])
    worker = await rig.worker("--manual", broker_commit_interval=0.1)
    await rig.wait_until_handled()

    await worker.order("acknowledge 0 4")
    await rig.wait_until_committed({0: 4})
    await worker.order("acknowledge 0 10")
    await worker.order("acknowledge 1 5")

    await rig.wait_until_committed({0: 10, 1: 5})


async def test_a_restarted_worker_gets_again_what_was_handled_and_not_acknowledged(rig: Rig) -> None:
    await rig.produce([b"x"] * 10, partitions=[0])
    first = await rig.worker("--manual", broker_commit_interval=0.1)
    await rig.wait_until_handled()
    await first.order("acknowledge 0 4")
    await rig.wait_until_committed({0: 4})
    assert await first.stop() == 0

    second = await rig.worker("--manual")
    await rig.wait_until_handled(workers=[first, second])
    await until(lambda: (0, 9) in second.offsets(), "the rest delivered again")

    assert second.offsets() == [(0, offset) for offset in range(4, 10)]


async def test_what_is_acknowledged_at_the_end_is_committed(rig: Rig) -> None:
    await rig.produce([b"x"] * 10, partitions=[0])
    worker = await rig.worker("--manual", "--acknowledge-at-end")
    await rig.wait_until_handled()
    assert not any((await rig.committed()).values())

    assert await worker.stop() == 0

    assert (await rig.committed())[0] == 10


async def test_acknowledging_what_was_never_delivered_stops_the_worker(rig: Rig) -> None:
    await rig.produce([b"x"] * 3, partitions=[0])
    worker = await rig.worker("--manual")
    await rig.wait_until_handled()
    stdin = worker.process.stdin
    assert stdin is not None
    stdin.write(b"acknowledge 0 4\n")

    assert await worker.ended() != 0
    assert "only offsets below 3 were delivered" in worker.text()
    assert not any((await rig.committed()).values())


async def test_transaction_markers_at_the_end_and_aborted_records_do_not_hold_the_commit_back(batch_rig: Rig) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=batch_rig.bootstrap, transactional_id=batch_rig.group)
    async with producer:
        for _ in range(5):
            async with producer.transaction():
                await producer.send_and_wait(batch_rig.topic, b"x", partition=0)
        await producer.begin_transaction()
        await producer.send_and_wait(batch_rig.topic, b"aborted", partition=0)
        await producer.abort_transaction()
    await batch_rig.worker(broker_max_poll_records=2)

    await batch_rig.wait_until_handled()
    await batch_rig.wait_until_committed()

    assert (await batch_rig.ends())[0] == 12  # six records and as many markers


async def test_records_come_promptly_and_an_idle_worker_does_not_spin(batch_rig: Rig) -> None:
    await batch_rig.produce([b"x"] * 4)
    worker = await batch_rig.worker()
    await batch_rig.wait_until_handled()

    began = time.monotonic()
    for number in range(20):
        await batch_rig.producer.send_and_wait(batch_rig.topic, b"x", partition=number % 4)
        await worker.wait_for("handled", times=number + 5)
    # A poll of a second that had to run out would make this some ten seconds; it takes milliseconds each.
    assert time.monotonic() - began < 5

    before = cpu_seconds(worker.process.pid)
    await asyncio.sleep(3)  # the idle time that is measured
    assert cpu_seconds(worker.process.pid) - before < 1, "a spinning worker takes all three seconds"


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
