"""The job under Quix Streams, with its RocksDB state and changelog.

Used as its documentation says ("Stateful Applications": a function of `apply(stateful=True)` reads and writes the
state of the message's own key, as bytes where it encodes by itself; "Checkpointing": `commit_interval` bounds the time
between two checkpoints, each of which writes the changelog, then commits offsets, then flushes RocksDB).

How state is kept. A checkpoint comes when Quix says so, a function does not hear of it, and it can write for the key in
hand only. A region that is saved now and then would thus lag behind committed offsets, and to save it at every event
would make Quix look far slower than it must be. So each event is put into the state as it came, and the whole
region now and then (`ring`). A restart takes the region and folds the events since over it.
"""

from typing import Any

from quixstreams import Application, State, message_context

from loadtests.meter import Meter
from loadtests.peers.job import CHECKPOINT_SECONDS, Job, Task, answer
from loadtests.peers.ring import Ring


def run(task: Task) -> None:
    meter, ring = Meter(task.events), Ring(Job())
    app = Application(
        broker_address=task.bootstrap,
        consumer_group=task.group,
        auto_offset_reset="earliest",
        commit_interval=CHECKPOINT_SECONDS,
        state_dir=task.state,
        loglevel="WARNING",
    )
    log = app.topic(task.log, key_deserializer="str", value_deserializer="bytes")
    decisions = app.topic(task.decisions, key_serializer="str", value_serializer="bytes")

    def coordinate(value: bytes, key: str, timestamp: int, _headers: Any, state: State) -> list[bytes]:  # noqa: ANN401
        meter.count(0)
        decided = ring.step(state, key, value, offset=message_context().offset, at=timestamp)
        meter.count(1)
        if meter.spent is not None:
            app.stop()
        return decided

    app.dataframe(log).apply(coordinate, stateful=True, metadata=True, expand=True).to_topic(decisions)
    app.run()
    answer(meter.spent)


if __name__ == "__main__":
    run(Task.told())
