"""What the routes of one portal share, for as long as it runs."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Annotated, Final, NamedTuple

from fastapi import Depends
from starlette.requests import Request

from spoedplein.clock import Clock, SystemClock
from spoedplein.domain.agreements import Rules
from spoedplein.portal.folding import FoldedRegion, Folding
from spoedplein.portal.live import Live, LiveRegion
from spoedplein.portal.reader import TOPICS, Reader
from spoedplein.settings import Settings
from spoedplein.telemetry.metrics import Metrics
from spoedplein.workers.connection import check_access
from spoedplein_schemas.vocabulary import Topic

LOGGER = logging.getLogger(__name__)
_NO_RULES: Final = Rules(None)


class Stale(StrEnum):
    """Why what we show may be behind what happened."""

    STARTING = "starting"
    KAFKA_SILENT = "kafka-silent"
    COORDINATION_BEHIND = "coordination-behind"


class Standing(NamedTuple):
    """A region as it stands now: live views, rules in force, the time, and whether coordination keeps up."""

    live: LiveRegion
    rules: Rules
    folded: FoldedRegion | None
    now_ms: int
    stale: Stale | None


class Portal:
    """Open it with `running`; routes get it as `PortalDep`."""

    def __init__(self, settings: Settings, clock: Clock, metrics: Metrics) -> None:
        self.settings = settings
        self.clock = clock
        self.metrics = metrics
        self.live = Live(settings.regions, epoch=f"{clock.now_ms():x}")
        self.folding = Folding(settings)
        self._wall = SystemClock()
        self.reader = Reader(settings, clock, self.live, self.folding, changed=self._changed)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Raises `KafkaAccessError` when Kafka does not let us in."""
        await check_access(self.settings, (*TOPICS, Topic.SNAPSHOTS))
        reading = asyncio.create_task(self.reader.run(), name="portal-reader")
        try:
            yield
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    def standing(self, region: str) -> Standing:
        """Of a region that is coordinated here."""
        now_ms = self.clock.now_ms()
        live, folded = self.live.regions[region], self.folding.regions.get(region)
        live.settle(now_ms)
        rules = folded.region.parts.rules if folded else _NO_RULES
        return Standing(live, rules, folded, now_ms, self._stale(folded, now_ms))

    def _stale(self, folded: FoldedRegion | None, now_ms: int) -> Stale | None:
        """By what Kafka answers, and by what coordination owes us."""
        if not self.reader.ready.is_set() or folded is None:
            return Stale.STARTING
        answered, longest = self.reader.answered_ms(), self.settings.portal_stale_seconds
        if answered is None or self._wall.now_ms() - answered > longest * 1000:
            return Stale.KAFKA_SILENT
        since = folded.undone_since_ms(now_ms=now_ms)
        if since is not None and self.clock.wall_seconds(now_ms - since) > longest:
            return Stale.COORDINATION_BEHIND
        return None

    def _changed(self, regions: set[str]) -> None:
        """For whoever follows."""


def _portal(request: Request) -> Portal:
    portal: Portal = request.app.state.portal
    return portal


PortalDep = Annotated[Portal, Depends(_portal)]
