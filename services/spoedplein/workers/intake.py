"""Intake: what sources publish goes through the gate, into the log or to the dead letters.

A batch is acknowledged when the broker has all that came of it. After a crash some of it comes again and stands in the
log twice, which changes nothing there; nothing is lost, and nothing that is refused holds up what comes after it.
Order is kept per source topic and region. What one region decided that concerns another goes the same way, from the
decisions into that region's log. Whoever changes the agreements files is followed within seconds.
"""

import asyncio
import logging
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

import faust

from spoedplein.clock import Clock
from spoedplein.domain.gate import Admitted, Gate
from spoedplein.domain.transfer.relay import RELAYED, relayed
from spoedplein.settings import Settings
from spoedplein.telemetry.metrics import Metrics
from spoedplein.workers.agreed import AgreedGate
from spoedplein.workers.app import Worker, build_app
from spoedplein.workers.appending import LogAppender
from spoedplein.workers.connection import Access
from spoedplein.workers.observing import forget_lag, observe_batch
from spoedplein.workers.output import Outbox, Outgoing
from spoedplein.workers.stalls import Stalls
from spoedplein.workers.topics import partition_of
from spoedplein.workers.transport import Batch, consume
from spoedplein_schemas import DECISION, encoded, kind_of, type_of
from spoedplein_schemas.dead_letters import DeadLetter
from spoedplein_schemas.vocabulary import SOURCE_TOPICS, Topic

NAME = "intake"
LOGGER = logging.getLogger(__name__)
#: For so long judging may keep the event loop to itself.
BREATHE_SECONDS: Final = 0.05


def build(settings: Settings, clock: Clock, metrics: Metrics) -> Worker:
    """Raises `AgreementsError` when a file of the setting `agreements_files` cannot be used."""
    make = partial(Gate, bytes_max=settings.event_bytes_max, clock_ahead_ms=round(settings.clock_ahead_seconds * 1000))
    gate = AgreedGate(settings.agreements_files, settings.regions, make)
    app, outbox = build_app(settings, NAME), Outbox(settings)
    intake = _Intake(app, settings, gate=gate, clock=clock, metrics=metrics, outbox=outbox)
    for topic in SOURCE_TOPICS:
        consume(app, topic, intake.handle, together=True)
    consume(app, Topic.DECISIONS, intake.relay, together=True)
    forget_lag(app, metrics)
    topics = (*SOURCE_TOPICS, Topic.DECISIONS, Topic.LOG, Topic.DEAD_LETTERS)
    return Worker(app, (Access(settings, topics), Stalls(metrics), outbox))


#: In the bytes of every decision that another region must hear; most decisions need not be parsed.
_RELAYED: Final = tuple(type_of(data).encode() for data in RELAYED)


def _relayed(value: bytes | None) -> bytes | None:
    if value is None or not any(kind in value for kind in _RELAYED):
        return None
    event = relayed(DECISION.validate_json(value))
    return None if event is None else encoded(event)


async def judged_in_turn(
    judge: Callable[[int, bytes | None], Admitted | DeadLetter],
    said: Iterable[tuple[int, bytes | None]],
    *,
    seconds: Callable[[], float] = time.perf_counter,
) -> list[Admitted | DeadLetter]:
    """In order. Others get their turn between two of them as soon as it takes long: heartbeats cannot wait."""
    judged, began = [], seconds()
    for offset, value in said:
        judged.append(judge(offset, value))
        if seconds() - began > BREATHE_SECONDS:
            await asyncio.sleep(0)
            began = seconds()
    return judged


class _Intake:
    def __init__(
        self, app: faust.App, settings: Settings, *, gate: AgreedGate, clock: Clock, metrics: Metrics, outbox: Outbox
    ) -> None:
        self._app = app
        self._settings = settings
        self._gate = gate
        self._clock = clock
        self._metrics = metrics
        self._outbox = outbox
        self._now_ms = 0
        self._log = LogAppender(outbox, self._now)

    async def handle(self, batch: Batch) -> None:
        await self._admit(batch, [(record.offset, record.value) for record in batch.records])

    async def relay(self, batch: Batch) -> None:
        """What one region decided that another must hear: through the same gate, into the other's log.

        The id follows from the decision's, so that a repetition after a crash is the same event and changes nothing.
        """
        said = [(record.offset, told) for record in batch.records if (told := _relayed(record.value)) is not None]
        await self._admit(batch, said, relayed=True)

    async def _admit(self, batch: Batch, said: Iterable[tuple[int, bytes | None]], *, relayed: bool = False) -> None:
        """Each under the place at which it stood: of what is relayed, its decision's."""
        received_ms = self._now()
        gate = self._gate.at(received_ms)
        topic, partition = batch.tp.topic, batch.tp.partition

        def judge(offset: int, value: bytes | None) -> Admitted | DeadLetter:
            return gate.admit(
                value, topic=topic, partition=partition, offset=offset, received_ms=received_ms, relayed=relayed
            )

        judged = await judged_in_turn(judge, said)
        await self._write_log([each for each in judged if isinstance(each, Admitted)])
        await self._write_dead_letters([each for each in judged if isinstance(each, DeadLetter)], batch.tp.topic)
        observe_batch(self._app, self._metrics, batch)

    async def _write_log(self, admitted: Iterable[Admitted]) -> None:
        by_partition: dict[int, list[Admitted]] = {}
        for each in admitted:
            by_partition.setdefault(partition_of(each.region, self._settings), []).append(each)
        for partition, group in by_partition.items():
            await self._log.append(partition, [(each.region.encode(), each.value) for each in group])
            counts = Counter((each.region, kind_of(type(each.event.data)).name) for each in group)
            for (region, kind), count in counts.items():
                self._metrics.events.labels(region, kind).inc(count)

    async def _write_dead_letters(self, letters: list[DeadLetter], topic: str) -> None:
        if not letters:
            return
        partitions = len(await self._outbox.producer.partitions_for(Topic.DEAD_LETTERS))
        by_partition: dict[int, list[Outgoing]] = {}
        for letter in letters:
            key = (letter.source or topic).encode()
            record = Outgoing(key, encoded(letter), self._now_ms)
            # Not Python's own hash, which is another one in each process.
            by_partition.setdefault(zlib.crc32(key) % partitions, []).append(record)
        for partition, records in by_partition.items():
            await self._outbox.send(Topic.DEAD_LETTERS, partition, records)
        reasons = Counter(letter.faults[0].code.value for letter in letters)
        for reason, count in reasons.items():
            self._metrics.refusals.labels(topic, reason).inc(count)
        told = {"action": "intake.refused", "topic": topic, "reasons": dict(reasons)}
        LOGGER.warning("%d messages of %s refused", len(letters), topic, extra=told)

    def _now(self) -> int:
        """Our clock, which for this process never runs back."""
        self._now_ms = max(self._now_ms, self._clock.now_ms())
        return self._now_ms
