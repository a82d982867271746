"""What people say here becomes an event on its source topic, as any source's; and what follows from it is waited for.

A repetition with the same Idempotency-Key is known for a day, also after a restart: by what we sent, by the log, and by
the archive (`naming` says how). Whoever sends no key is taken at his word each time.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple, Protocol

from pydantic_core import to_json

from spoedplein.clock import Clock
from spoedplein.domain.gate import Admitted, Gate
from spoedplein.domain.turn import moment
from spoedplein.portal.bell import Bell
from spoedplein.portal.folding import FoldedRegion, Folding, Outcome
from spoedplein.portal.live import Live
from spoedplein.portal.looking import Looking
from spoedplein.portal.naming import Name
from spoedplein.settings import Settings
from spoedplein.store.errors import StoreError
from spoedplein.workers.output import Outgoing
from spoedplein.workers.topics import partition_of
from spoedplein_schemas import Decision, Event, kind_of
from spoedplein_schemas.dead_letters import Fault
from spoedplein_schemas.vocabulary import Frozen, millis

LOGGER = logging.getLogger(__name__)
SOURCE: Final = "urn:nld:spoedplein:portal"
#: How long a key is remembered.
REMEMBER_MS: Final = 24 * 60 * 60 * 1000
SENT_MAX: Final = 10_000


class Sending(Protocol):
    """How events leave; open while the portal runs."""

    async def __aenter__(self) -> object: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def send(self, topic: str, partition: int, records: list[Outgoing]) -> object: ...


class Followed(NamedTuple):
    """What an event led to: all that was decided by it, or None when that is not known in time."""

    event: str
    decisions: list[Decision] | None


class Submitting:
    """Sends, remembers what was sent, and waits for what follows."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        outbox: Sending,
        lookups: Looking,
        *,
        live: Live,
        folding: Folding,
        bell: Bell,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._outbox = outbox
        self._lookups = lookups
        self._live = live
        self._folding = folding
        self._bell = bell
        self._sent: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}
        self._gate: tuple[tuple[str | None, ...], Gate] | None = None

    @asynccontextmanager
    async def one_at_a_time(self, region: str, name: Name) -> AsyncIterator[None]:
        """Two of one key wait for each other, so that the second knows of the first."""
        place = (region, name.key)
        lock = self._locks.setdefault(place, asyncio.Lock())
        try:
            async with lock:
                yield
        finally:
            if not lock.locked():
                self._locks.pop(place, None)

    async def earlier(self, region: str, name: Name) -> str | None:
        """The id of the event that was sent with this key, whatever it said."""
        known = self._sent.get((region, name.key)) or self._in_log(region, name)
        if known is not None:
            return known
        since = moment(self._clock.now_ms() - REMEMBER_MS)
        try:
            for spelled in (name, name.hexadecimal()):
                if (found := await self._lookups.event_by_prefix(region, spelled.prefix, since=since)) is not None:
                    return found
        except StoreError as error:
            # To say it twice changes nothing: every event of ours is natural to repeat.
            LOGGER.warning("the archive did not say whether a key was used: %s", error, extra={"action": "portal.key"})
        return None

    def event(self, region: str, name: Name, data: type[Frozen], fields: Mapping[str, Any]) -> Event | list[Fault]:
        """The event as intake will take it, or what is wrong with it: by the same gate, before anything is sent."""
        kind, now_ms = kind_of(data), self._clock.now_ms()
        message = {
            "specversion": "1.0",
            "id": name.id,
            "source": SOURCE,
            "type": kind.type,
            "time": moment(now_ms),
            "datacontenttype": "application/json",
            "region": region,
            "data": fields,
        }
        judged = self._gate_now().admit(to_json(message), topic=kind.topic, partition=0, offset=0, received_ms=now_ms)
        return judged.event if isinstance(judged, Admitted) else list(judged.faults)

    async def send(self, event: Event, name: Name) -> None:
        """Onto its source topic, acknowledged by Kafka."""
        kind = kind_of(type(event.data))
        value = event.model_dump_json(exclude_none=True).encode()
        record = Outgoing(event.region.encode(), value, millis(event.time))
        await self._outbox.send(kind.topic, partition_of(event.region, self._settings), [record])
        self._sent[(event.region, name.key)] = event.id
        if len(self._sent) > SENT_MAX:
            self._sent.popitem(last=False)

    async def follow(self, region: str, event_id: str, *, within_seconds: float) -> Followed:
        """What was decided because of this event, as soon as coordination has said all of it."""
        try:
            async with asyncio.timeout(within_seconds):
                while (decisions := self.decided(region, event_id)) is None:
                    await self._bell.heard()
        except TimeoutError:
            return Followed(event_id, None)
        return Followed(event_id, decisions)

    def decided(self, region: str, event_id: str) -> list[Decision] | None:
        """All that was decided because of this event; None while it is not in the log, or not all of it was said."""
        live, outcome = self._live.regions[region], self._outcome(region, event_id)
        if outcome is None:
            return None
        if outcome.decisions is None:
            return live.caused_by(event_id)
        found = [live.decisions[name] for name in outcome.decisions if name in live.decisions]
        return found if len(found) == len(outcome.decisions) else None

    def is_known(self, region: str, event_id: str) -> bool:
        """Whether it stands in the log, or was sent here not long ago."""
        return self._outcome(region, event_id) is not None or event_id in self._sent.values()

    def _outcome(self, region: str, event_id: str) -> Outcome | None:
        folded = self._folding.regions.get(region)
        return None if folded is None else folded.outcomes.get(event_id)

    def _in_log(self, region: str, name: Name) -> str | None:
        folded = self._folding.regions.get(region)
        return None if folded is None else folded.keys.get(name.key)

    def _gate_now(self) -> Gate:
        """By the agreements that are in force."""
        agreed = {name: each.region.parts.rules for name, each in self._folding.regions.items()}
        versions = tuple(_digest(each) for each in self._folding.regions.values())
        if self._gate is None or self._gate[0] != versions:
            gate = Gate(
                regions=self._settings.regions,
                agreements={name: rules.agreements for name, rules in agreed.items() if rules.agreements},
                bytes_max=self._settings.event_bytes_max,
                clock_ahead_ms=round(self._settings.clock_ahead_seconds * 1000),
            )
            self._gate = (versions, gate)
        return self._gate[1]


def _digest(folded: FoldedRegion) -> str | None:
    adopted = folded.region.state.adopted
    return None if adopted is None else adopted.sha256
