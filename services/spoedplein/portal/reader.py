"""Follows Kafka for the portal, without a consumer group: what stands there first, then what comes."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final, Protocol

from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord
from pydantic import ValidationError

from spoedplein.portal.folding import Folding
from spoedplein.settings import Settings
from spoedplein.workers.connection import check_access
from spoedplein.workers.following import Follower, Message, read
from spoedplein_schemas.vocabulary import Topic

LOGGER = logging.getLogger(__name__)
#: What the portal reads; snapshots too, once.
TOPICS: Final = (Topic.AVAILABILITY, Topic.BOARDS, Topic.DECISIONS, Topic.LOG)
#: Of the decisions on each partition, when we come.
DECISIONS_BACK: Final = 2000
POLL_MS: Final = 200
#: Between two tries when Kafka breaks off.
RETRY_SECONDS: Final = 2.0


class Source(Protocol):
    """Where a portal hears what is published."""

    @property
    def ready(self) -> bool:
        """Whether everything that stood there when we came was read."""
        ...

    def answered_ms(self) -> int | None:
        """When Kafka last answered for all that we read, and we have what stood there; wall clock, ms since 1970."""
        ...

    async def check(self) -> None:
        """Raises a `SpoedpleinError` when we may not read it."""
        ...

    async def run(self) -> None:
        """Until cancelled."""
        ...


class Reader:
    """Hands on what is read for as long as `run` runs, in the order of each partition."""

    def __init__(self, settings: Settings, folding: Folding, *, take: Callable[[list[Message]], None]) -> None:
        self.ready = False
        self._settings = settings
        self._folding = folding
        self._take = take
        self._follower: Follower | None = None

    async def check(self) -> None:
        """Raises `KafkaAccessError`."""
        await check_access(self._settings, (*TOPICS, Topic.SNAPSHOTS))

    async def run(self) -> None:
        """What Kafka does not answer is tried again; what we show meanwhile says how old it is."""
        while True:
            try:
                await self._follow()
            except (KafkaError, OSError, TimeoutError) as error:
                LOGGER.warning("Kafka broke off, again in a moment: %s", error, extra={"action": "portal.retry"})
            await asyncio.sleep(RETRY_SECONDS)

    def answered_ms(self) -> int | None:
        return None if self._follower is None else self._follower.answered_ms()

    async def _follow(self) -> None:
        since = await self._folding.restore()
        partitions = sorted(set(self._settings.regions.values()))
        places = [(topic.value, number) for topic in TOPICS for number in partitions]
        async with Follower(self._settings, places, back=DECISIONS_BACK, since=since) as follower:
            try:
                while True:
                    records = await follower.records(timeout_ms=POLL_MS)
                    self._take([message for record in records if (message := _known(record)) is not None])
                    if self._follower is None and not await follower.is_behind():
                        self._follower, self.ready = follower, True
            finally:
                self._follower = None


def _known(record: ConsumerRecord) -> Message | None:
    """A newer coordination may say what this version does not know: that is told and passed over."""
    try:
        return read(record)
    except ValidationError as error:
        told = {"action": "portal.unknown", "topic": record.topic, "offset": record.offset}
        LOGGER.warning("a record is passed over: %s", error.errors()[0]["msg"], extra=told)
        return None
