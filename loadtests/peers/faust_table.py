"""The job as a vanilla Faust agent with a table.

Used as its documentation says ("Tables and Windowing": a table is changed inside the stream only, and keeps itself in
a changelog topic; "Streams": an event is acknowledged by hand, here on a stream of `noack()`; "Installation" and
`App.store`: RocksDB for tables, uvloop for speed). Topics carry bytes, since decoding is the job's.

How state is kept. A region is one large object. To write it into the table at every event would make Faust look far
slower than it must be, so it stays in memory; every half second the regions of the partition that changed go into the
table, and only then are the partition's events acknowledged. What Faust commits is therefore in its changelog first.
"""

import asyncio
import time
from collections import defaultdict

import faust
import uvloop
from faust.types import EventT, TableT

from loadtests.meter import Meter
from loadtests.peers.job import CHECKPOINT_SECONDS, Job, Task, answer

TABLE = "regions"
#: Room for everything that a fetch brings; at the default a fast agent waits whole seconds for its buffers.
BUFFER = 65_536


class Checkpoints:
    """What each partition has handled and not yet acknowledged."""

    def __init__(self, task: Task, job: Job, table: TableT[bytes, bytes]) -> None:
        self._ends = task.ends
        self._job = job
        self._table = table
        self._held: dict[int, list[EventT[bytes]]] = defaultdict(list)
        self._dirty: dict[int, set[str]] = defaultdict(set)
        self._saved_at: dict[int, float] = defaultdict(time.monotonic)

    def handled(self, event: EventT[bytes], region: str) -> None:
        """Call it while `event` is the current one: the table writes to the partition of that."""
        partition, now = event.message.partition, time.monotonic()
        self._held[partition].append(event)
        self._dirty[partition].add(region)
        last = event.message.offset == self._ends[partition] - 1
        if last or now >= self._saved_at[partition] + CHECKPOINT_SECONDS:
            self._save(partition)
            self._saved_at[partition] = now

    def _save(self, partition: int) -> None:
        for region in sorted(self._dirty.pop(partition)):
            self._table[region.encode()] = self._job.packed(region)
        for event in self._held.pop(partition):
            event.ack()


def build(task: Task, meter: Meter) -> faust.App:
    app = faust.App(
        task.group,
        broker=f"kafka://{task.bootstrap}",
        broker_commit_interval=CHECKPOINT_SECONDS,
        datadir=task.state,
        store="rocksdb://",
        stream_buffer_maxsize=BUFFER,
        table_standby_replicas=0,
        topic_disable_leader=True,
        topic_partitions=len(task.ends),
        web_enabled=False,
    )
    decisions = app.topic(
        task.decisions, key_serializer="raw", value_serializer="raw", key_type=bytes, value_type=bytes
    )
    job = Job()
    table = app.Table(
        TABLE, key_type=bytes, value_type=bytes, partitions=len(task.ends), options={"driver": "rocksdict"}
    )
    checkpoints = Checkpoints(task, job, table)

    @app.agent(app.topic(task.log, key_serializer="raw", value_serializer="raw", key_type=bytes, value_type=bytes))
    async def coordinate(stream: faust.StreamT[bytes]) -> None:
        assert isinstance(stream, faust.Stream), "an agent is given one"
        async for event in stream.noack().events():
            meter.count(0)
            message = event.message
            region, decided = job.step(message.value, offset=message.offset, at=round(message.timestamp * 1000))
            for decision in decided:
                await decisions.send(key=message.key, value=decision)
            checkpoints.handled(event, region)
            meter.count(1)

    return app


async def run(task: Task) -> None:
    meter = Meter(task.events)
    app = build(task, meter)
    await app.start()
    await app.wait_first(meter.done.wait())
    await app.stop()
    if app.crash_reason is not None:
        raise app.crash_reason
    answer(meter.spent)


if __name__ == "__main__":
    # As `faust --loop=uvloop` does it: the loop of its consumer's thread too.
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    with asyncio.Runner() as runner:
        runner.run(run(Task.told()))
