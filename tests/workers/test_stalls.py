"""A loop that stands still is seen to have stood still."""

import asyncio
import time

from spoedplein.telemetry.metrics import Metrics
from spoedplein.workers.stalls import Stalls

STALL_SECONDS = 0.3


async def test_a_stall_is_counted_with_its_length() -> None:
    metrics = Metrics()
    async with Stalls(metrics), asyncio.timeout(30):
        await _looked(metrics)
        time.sleep(STALL_SECONDS)  # noqa: ASYNC251  this is the stall
        await _looked(metrics)

    assert _sum(metrics) >= STALL_SECONDS / 2


async def test_nobody_looks_when_the_worker_has_stopped() -> None:
    metrics = Metrics()
    async with Stalls(metrics), asyncio.timeout(30):
        await _looked(metrics)
    seen = _count(metrics)

    await asyncio.sleep(0)
    assert _count(metrics) == seen
    assert len(asyncio.all_tasks()) == 1


async def _looked(metrics: Metrics) -> None:
    before = _count(metrics)
    while _count(metrics) == before:  # noqa: ASYNC110  a metric tells nobody that it changed
        await asyncio.sleep(0)


def _count(metrics: Metrics) -> float:
    return metrics.registry.get_sample_value("spoedplein_event_loop_lag_seconds_count") or 0.0


def _sum(metrics: Metrics) -> float:
    return metrics.registry.get_sample_value("spoedplein_event_loop_lag_seconds_sum") or 0.0
