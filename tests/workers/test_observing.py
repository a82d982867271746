"""What workers measure of the batches that they handle."""

from collections.abc import Callable

import pytest

from spoedplein.clock import Clock, SystemClock
from spoedplein.settings import Settings
from spoedplein.telemetry.metrics import Metrics
from spoedplein.workers import archive, coordination, intake
from spoedplein.workers.app import Worker
from spoedplein.workers.transport.lanes import lanes_of


@pytest.mark.parametrize("build", [intake.build, coordination.build, archive.build], ids=["intake", "coord", "archive"])
async def test_after_a_hand_over_nobody_hears_from_us_what_waits(
    build: Callable[[Settings, Clock, Metrics], Worker],
) -> None:
    metrics = Metrics()
    worker = build(Settings(), SystemClock(), metrics)
    metrics.consumer_lag.labels("spoedplein.log.v1", 1).set(8_000)

    for callback in lanes_of(worker.app).revoked_callbacks:
        await callback(frozenset())

    assert not [each for family in metrics.consumer_lag.collect() for each in family.samples]
