"""The job as our coordination worker does it: production code, in its own process.

Run as it is it also publishes views, which none of the others does; without them it does the others' job, and still
keeps its gauges and counters.

How state is kept. A region stays in memory; every half second its snapshot goes to a compacted topic, and only then is
the log acknowledged; and at the end of the log, within the time that counts. Every half second too the worker looks at
its clock, which stands in the past here, as the log does: it must not append anything to it.
"""

import shutil
import time
from collections.abc import Mapping

from loadtests import rig
from loadtests.meter import Meter
from loadtests.peers.job import CHECKPOINT_SECONDS, Task, answer
from spoedplein import garbage
from spoedplein.settings import Settings
from spoedplein.telemetry.metrics import Metrics
from spoedplein.workers.app import build_app, new_runner
from spoedplein.workers.coordination import Coordination
from spoedplein.workers.output import Outbox
from spoedplein.workers.partition import Partition
from spoedplein.workers.transport import Batch


class Metered(Coordination):
    meter: Meter
    ends: Mapping[int, int]

    async def handle(self, batch: Batch) -> None:
        self.meter.count(0)
        await super().handle(batch)
        if batch.next_offset == self.ends[batch.tp.partition]:
            await self._save(self.partitions[batch.tp])
        self.meter.count(len(batch.records))


class DecisionsOnly(Metered):
    """Units, boards and requests change as ever, and nobody is told."""

    def _draw(self, partition: Partition, name: str) -> None:
        partition.unshown.discard(name)


def settings_of(task: Task) -> Settings:
    return Settings(
        kafka_bootstrap=task.bootstrap,
        commit_seconds=CHECKPOINT_SECONDS,
        snapshot_seconds=CHECKPOINT_SECONDS,
        tick_seconds=CHECKPOINT_SECONDS,
        clock_epoch_ms=0,
        clock_started_ms=round(time.time() * 1000),
    )


async def run(task: Task, kind: type[Metered]) -> None:
    garbage.look_seldom()
    settings = settings_of(task)
    meter, metrics = Meter(task.events), Metrics()
    async with Outbox(settings) as outbox:
        await rig.snapshots_of_nothing(outbox, task.ends)
        app = build_app(settings, task.group)
        worker = kind(app, settings, clock=settings.clock(), metrics=metrics, outbox=outbox)
        worker.meter, worker.ends = meter, task.ends
        worker.attach()
        await app.start()
        await app.wait_first(meter.done.wait())
        await app.stop()
        shutil.rmtree(app.conf.datadir, ignore_errors=True)
    if app.crash_reason is not None:
        raise app.crash_reason
    answer(meter.spent)


if __name__ == "__main__":
    with new_runner() as runner:
        runner.run(run(Task.told(), DecisionsOnly))
