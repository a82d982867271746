"""Follows Kafka for the portal, without a consumer group: what stands there first, then what comes."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final

from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord
from pydantic import ValidationError

from spoedplein.clock import Clock
from spoedplein.portal.folding import Folding
from spoedplein.portal.live import Live
from spoedplein.settings import Settings
from spoedplein.workers.following import Follower, Message, read
from spoedplein_schemas.views import UnitAvailability
from spoedplein_schemas.vocabulary import Topic

LOGGER = logging.getLogger(__name__)
#: What the portal reads; snapshots too, once.
TOPICS: Final = (Topic.AVAILABILITY, Topic.BOARDS, Topic.DECISIONS, Topic.LOG)
#: Of the decisions on each partition, when we come.
DECISIONS_BACK: Final = 2000
POLL_MS: Final = 200
#: Between two tries when Kafka breaks off.
RETRY_SECONDS: Final = 2.0


class Reader:
    """Fills `live` and `folding` for as long as `run` runs; calls `changed` with the regions in which anything did."""

    def __init__(
        self, settings: Settings, clock: Clock, live: Live, folding: Folding, *, changed: Callable[[set[str]], None]
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._live = live
        self._folding = folding
        self._changed = changed
        self._follower: Follower | None = None
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled. What Kafka does not answer is tried again; what we show meanwhile says how old it is."""
        while True:
            try:
                await self._follow()
            except (KafkaError, OSError, TimeoutError) as error:
                LOGGER.warning("Kafka broke off, again in a moment: %s", error, extra={"action": "portal.retry"})
            await asyncio.sleep(RETRY_SECONDS)

    def answered_ms(self) -> int | None:
        """When Kafka last answered for all that we read; wall clock."""
        return None if self._follower is None else self._follower.answered_ms()

    async def _follow(self) -> None:
        since = await self._folding.restore()
        partitions = sorted(set(self._settings.regions.values()))
        places = [(topic.value, number) for topic in TOPICS for number in partitions]
        async with Follower(self._settings, places, back=DECISIONS_BACK, since=since) as follower:
            self._follower = follower
            try:
                while True:
                    self._take(await follower.records(timeout_ms=POLL_MS))
                    if not self.ready.is_set() and not await follower.is_behind():
                        self.ready.set()
            finally:
                self._follower = None

    def _take(self, records: Iterable[ConsumerRecord]) -> None:
        messages = [message for record in records if (message := _known(record)) is not None]
        for message in messages:
            if message.topic == Topic.LOG:
                self._folding.step(message)
        now_ms = self._clock.now_ms()
        changed = self._live.take((each for each in messages if each.topic != Topic.LOG), now_ms=now_ms)
        self._folding.published(_reach(messages))
        if changed or messages:
            self._changed(changed)


def _known(record: ConsumerRecord) -> Message | None:
    """A newer coordination may say what this version does not know: that is told and passed over."""
    try:
        return read(record)
    except ValidationError as error:
        told = {"action": "portal.unknown", "topic": record.topic, "offset": record.offset}
        LOGGER.warning("a record is passed over: %s", error.errors()[0]["msg"], extra=told)
        return None


def _reach(messages: Iterable[Message]) -> Iterable[tuple[str, int]]:
    """How far in the log each word of coordination's reaches: views name it, decisions carry it in their id."""
    for message in messages:
        if message.topic == Topic.DECISIONS and message.said is not None:
            yield message.said.region, int(message.said.id.rsplit(".", 2)[1])  # type: ignore[attr-defined]
        elif isinstance(message.said, UnitAvailability):
            yield message.said.region, message.said.version
