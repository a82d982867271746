"""Looking at a running system from outside: what stands on its topics, and whether it has settled."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import asyncpg

from spoedplein.domain.log import Record
from spoedplein.domain.region import Region, fold
from spoedplein.settings import Settings
from spoedplein.workers.output import Outbox
from spoedplein.workers.publishing import publish_events
from spoedplein.workers.reading import stored
from spoedplein.workers.topics import partition_of
from spoedplein_schemas import DECISION, EVENT, Decision, Event
from spoedplein_schemas.vocabulary import Topic

PATIENCE_SECONDS = 120.0
LOOK_SECONDS = 0.3


class NotSettledError(AssertionError):
    """The system did not come to what was expected in time; the message says how far it was."""


class Settled(NamedTuple):
    """A log, and the decisions on their topic that follow from it: parsed, and as the bytes that stand there."""

    log: list[Record]
    decisions: list[Decision]
    lines: list[bytes]


@dataclass
class Witness:
    """One region of a running system. Reads like any outside consumer; publishes like any source."""

    settings: Settings
    region: str
    published: set[str] = field(default_factory=set)

    def publish(self, events: Sequence[Event]) -> None:
        async def send() -> None:
            async with Outbox(self.settings) as outbox:
                await publish_events(outbox, self.settings, events)

        asyncio.run(send())
        self.published |= {event.id for event in events}

    def log(self) -> list[Record]:
        values = self._read(Topic.LOG)
        records = [Record(offset, at, EVENT.validate_json(value)) for offset, at, value in values]
        return [record for record in records if record.event.region == self.region]

    def decisions(self) -> list[Decision]:
        return [DECISION.validate_json(line) for line in self._decision_lines()]

    def dead_letters(self) -> list[bytes]:
        """Of every partition: a refused message has no region that could be trusted."""
        return [value for partition in range(4) for _, _, value in self._read(Topic.DEAD_LETTERS, partition)]

    def settled(self) -> Settled:
        """Wait until everything published is in the log and everything in the log is decided; then both."""
        self.until(lambda: self.published <= {record.event.id for record in self.log()}, "events not in the log")
        found: list[Settled] = []

        def decided() -> bool:
            log, lines = self.log(), self._decision_lines()
            expected = sum(1 for _ in fold(log, Region.empty(self.region)))
            # The clock may have gone on while we read: what follows from later records is not looked at.
            settled = Settled(log, [DECISION.validate_json(line) for line in lines[:expected]], lines[:expected])
            found.append(settled)
            return len(settled.lines) == expected

        self.until(decided, "log records not decided")
        return found[-1]

    def until(self, done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not done():
            if time.monotonic() > deadline:
                counts = (
                    f"{len(self.published)} published, {len(self.log())} in the log, {len(self.dead_letters())} refused"
                )
                said = f"{what}: {counts}"
                raise NotSettledError(said)
            time.sleep(LOOK_SECONDS)

    def archived(self, query: str) -> list[asyncpg.Record]:
        async def ask() -> list[asyncpg.Record]:
            connection = await asyncpg.connect(self.settings.postgres_dsn.get_secret_value())
            try:
                return list(await connection.fetch(query))
            finally:
                await connection.close()

        return asyncio.run(ask())

    def _decision_lines(self) -> list[bytes]:
        key = f'"region":"{self.region}"'.encode()
        return [value for _, _, value in self._read(Topic.DECISIONS) if key in value]

    def _read(self, topic: Topic, partition: int | None = None) -> list[tuple[int, int, bytes]]:
        place = partition_of(self.region, self.settings) if partition is None else partition

        async def read() -> list[tuple[int, int, bytes]]:
            found = [record async for record in stored(self.settings, topic, place)]
            return [(record.offset, record.timestamp, record.value) for record in found if record.value is not None]

        return asyncio.run(read())
