"""What every worker measures of a batch it has handled."""

import faust
from faust.types import TP

from spoedplein.telemetry.metrics import Metrics
from spoedplein.workers.transport import Batch, on_revoked


def forget_lag(app: faust.App, metrics: Metrics) -> None:
    """At each hand-over: what waits in a partition is told by whoever has it then."""

    async def forget(_places: frozenset[TP]) -> None:
        metrics.consumer_lag.clear()

    on_revoked(app, forget)


def observe_batch(app: faust.App, metrics: Metrics, batch: Batch) -> int:
    """Its size, and how many records of its partition are still to come: those it returns, as far as is known."""
    topic, partition = batch.tp
    metrics.batch_records.labels(topic).observe(len(batch.records))
    end = app.consumer.highwater(batch.tp)
    if end is None:
        return 0
    waiting = max(0, end - batch.next_offset)
    metrics.consumer_lag.labels(topic, partition).set(waiting)
    return waiting
