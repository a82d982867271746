"""How late the event loop runs what is due: while it stands still nothing is read, sent, or told to Kafka."""

import asyncio
from types import TracebackType
from typing import Final

from spoedplein.telemetry.metrics import Metrics

#: How often it is looked at; the price is a timer.
LOOK_SECONDS: Final = 0.02


class Stalls:
    """One of a worker's needs: counts, while the worker runs, by how much each look came late."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._looking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        self._looking = asyncio.create_task(self._look())

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            self._metrics.event_loop_lag_seconds.observe(max(0.0, loop.time() - due))
