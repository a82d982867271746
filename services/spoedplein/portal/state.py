"""What the routes of one portal share, for as long as it runs."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, NamedTuple, Self

from fastapi import Depends
from starlette.requests import Request

from spoedplein.clock import Clock, SystemClock
from spoedplein.domain.agreements import Rules
from spoedplein.domain.turn import moment
from spoedplein.portal.bell import Bell
from spoedplein.portal.folding import FoldedRegion, Folding
from spoedplein.portal.live import Live, LiveRegion
from spoedplein.portal.looking import Looking
from spoedplein.portal.push import Push
from spoedplein.portal.reader import Reader, Source
from spoedplein.portal.submitting import Sending, Submitting
from spoedplein.settings import Settings
from spoedplein.store.lookups import Lookups
from spoedplein.telemetry.metrics import Metrics
from spoedplein.workers.following import Message
from spoedplein.workers.output import Outbox
from spoedplein_schemas import Decision
from spoedplein_schemas.views import UnitAvailability
from spoedplein_schemas.vocabulary import Topic

_NO_RULES: Final = Rules(None)
#: Each reads the archive for seconds.
REPORTS_AT_ONCE: Final = 2


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

    @property
    def now(self) -> datetime:
        return moment(self.now_ms)


class Portal:
    """Open it with `running`; routes get it as `PortalDep`."""

    def __init__(self, settings: Settings, clock: Clock, metrics: Metrics, *, outer: "Outer | None" = None) -> None:
        """`outer` stands in for Kafka and the archive where there are none."""
        self.settings = settings
        self.clock = clock
        self.metrics = metrics
        self.live = Live(settings.regions, epoch=f"{clock.now_ms():x}")
        self.folding = Folding(settings)
        self.bell = Bell()
        kafka = Reader(settings, self.folding, take=self.take), Outbox(settings), Lookups(settings, name="portal")
        self.source, self.outbox, self.lookups = outer or Outer(*kafka)
        self.submitting = Submitting(
            settings, clock, self.outbox, self.lookups, live=self.live, folding=self.folding, bell=self.bell
        )
        self.push = Push(self.live, settings, clock, metrics, stale=lambda region: self.standing(region).stale)
        self.reporting = asyncio.Semaphore(REPORTS_AT_ONCE)
        self.broken: BaseException | None = None
        self._wall = SystemClock()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Raises `KafkaAccessError` when Kafka does not let us in; PostgreSQL may be away."""
        await self.source.check()
        async with AsyncExitStack() as parts:
            await parts.enter_async_context(self.lookups)
            await parts.enter_async_context(self.outbox)
            working = [asyncio.create_task(work, name="portal") for work in (self.source.run(), self.push.run())]
            for task in working:
                task.add_done_callback(self._ended)
            try:
                yield self
            finally:
                self.push.close()
                for task in working:
                    task.cancel()
                await asyncio.gather(*working, return_exceptions=True)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        """Neither ends by itself: a fault of ours, and what we show would be wrong from here on."""
        if not task.cancelled():
            self.broken = task.exception() or RuntimeError("it ended by itself")
            self.bell.ring()

    def take(self, messages: list[Message]) -> None:
        """What was read from the topics, in the order of each."""
        if not messages:
            return
        for message in messages:
            if message.topic == Topic.LOG:
                self.folding.step(message)
        said = [message for message in messages if message.topic != Topic.LOG]
        self.live.take(said, now_ms=self.clock.now_ms())
        self.folding.published(_reach(said))
        self.bell.ring()

    def standing(self, region: str) -> Standing:
        """Of a region that is coordinated here."""
        now_ms = self.clock.now_ms()
        live, folded = self.live.regions[region], self.folding.regions.get(region)
        live.settle(now_ms)
        rules = folded.region.parts.rules if folded else _NO_RULES
        return Standing(live, rules, folded, now_ms, self._stale(folded, now_ms))

    def _stale(self, folded: FoldedRegion | None, now_ms: int) -> Stale | None:
        """By what Kafka answers, and by what coordination owes us."""
        if not self.source.ready or folded is None:
            return Stale.STARTING
        answered, longest = self.source.answered_ms(), self.settings.portal_stale_seconds
        if answered is None or self._wall.now_ms() - answered > longest * 1000:
            return Stale.KAFKA_SILENT
        since = folded.undone_since_ms(now_ms=now_ms)
        if since is not None and self.clock.wall_seconds(now_ms - since) > longest:
            return Stale.COORDINATION_BEHIND
        return None


class Outer(NamedTuple):
    """What a portal hears by, speaks by, and looks things up in."""

    source: Source
    outbox: Sending
    lookups: Looking


def _reach(messages: Iterable[Message]) -> Iterator[tuple[str, int]]:
    """How far in the log each word of coordination's reaches: views name it, decisions carry it in their id."""
    for message in messages:
        match message.said:
            case Decision() as decision:
                yield decision.region, int(decision.id.rsplit(".", 2)[1])
            case UnitAvailability() as view:
                yield view.region, view.version


def _portal(request: Request) -> Portal:
    portal: Portal = request.app.state.portal
    return portal


PortalDep = Annotated[Portal, Depends(_portal)]
