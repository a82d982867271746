"""The job as a Bytewax dataflow with a recovery store.

Used as its documentation says ("Recovery": partitions of SQLite are made first, every epoch the state of stateful
operators is put there together with the place in the input; "Performance": one worker per process, batches from
Kafka, operators that take batches).

How state is kept. `stateful_batch` is made for this: a region stays in memory, and Bytewax asks for its snapshot at the
end of each epoch in which it changed; an epoch lasts half a second. Offsets stand in the recovery store, beside the
state; Bytewax commits none to Kafka.
"""

from collections.abc import Iterable
from datetime import timedelta

import bytewax.operators as op
from bytewax._bytewax import cli_main
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from bytewax.operators import StatefulBatchLogic
from bytewax.recovery import RecoveryConfig, init_db_dir

from loadtests.meter import Meter
from loadtests.peers.job import CHECKPOINT_SECONDS, Job, Task, answer, unpack

STEP = "coordinate"
#: Its own default.
BATCH = 1000


class Coordinate(StatefulBatchLogic):  # type: ignore[misc]  # bytewax stands in another environment
    """One region."""

    def __init__(self, meter: Meter, saved: bytes | None) -> None:
        self._meter = meter
        self._job = Job()
        if saved is not None:
            region = unpack(saved)
            self._job.regions[region.name] = region

    def on_batch(self, values: list[KafkaSourceMessage]) -> tuple[Iterable[KafkaSinkMessage], bool]:
        self._meter.count(0)
        found: list[KafkaSinkMessage] = []
        for message in values:
            at = round(message.timestamp[1])
            _, decided = self._job.step(message.value, offset=message.offset, at=at)
            found += [KafkaSinkMessage(message.key, decision) for decision in decided]
        self._meter.count(len(values))
        return found, StatefulBatchLogic.RETAIN

    def snapshot(self) -> bytes:
        (name,) = self._job.regions
        return self._job.packed(name)


def build(task: Task, meter: Meter) -> Dataflow:
    flow = Dataflow("peers")
    source = KafkaSource([task.bootstrap], [task.log], tail=False, batch_size=BATCH)
    messages = op.input("log", flow, source)
    by_region = op.key_on("region", messages, lambda message: message.key.decode())
    decided = op.stateful_batch(STEP, by_region, lambda saved: Coordinate(meter, saved))
    op.output("decisions", op.key_rm("keyless", decided), KafkaSink([task.bootstrap], task.decisions))
    return flow


def run(task: Task) -> None:
    meter = Meter(task.events)
    task.state.mkdir(parents=True)
    init_db_dir(task.state, 1)
    cli_main(
        build(task, meter),
        epoch_interval=timedelta(seconds=CHECKPOINT_SECONDS),
        recovery_config=RecoveryConfig(task.state),
    )
    answer(meter.spent)


if __name__ == "__main__":
    run(Task.told())
