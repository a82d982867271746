"""The state of every region, folded here too: the newest snapshot, and the log since. Read, never written from.

It is the core's own state under the core's own rules, so that a search answers what coordination would, and an event
that was sent is known by what it must lead to: the same log gives the same decisions, with the same ids.
"""

import logging
from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from spoedplein.domain.errors import SnapshotError
from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.portal.naming import key_of
from spoedplein.settings import Settings
from spoedplein.workers import snapshots
from spoedplein.workers.following import Message
from spoedplein.workers.reading import newest_by_key
from spoedplein_schemas import Event
from spoedplein_schemas.vocabulary import Topic

LOGGER = logging.getLogger(__name__)
#: Of each region: events whose outcome is remembered.
OUTCOMES_MAX: Final = 5000
#: Log records before the snapshot that are read again, for the events in them.
LOOK_BACK: Final = 2000


class Outcome(NamedTuple):
    """That an event stands in the log, and the decisions that it leads to; None: it was folded before we came."""

    offset: int
    decisions: tuple[str, ...] | None


class Pending(NamedTuple):
    """A log record from which something follows that coordination is to publish; `at` is the record's time in ms."""

    offset: int
    at: int


class FoldedRegion:
    """A region and what was seen while folding it. `keys` holds events that were said here, by their key."""

    def __init__(self, region: Region, *, published: int = -1) -> None:
        """`published`: how far in the log coordination has said all that follows."""
        self.region = region
        self.outcomes: OrderedDict[str, Outcome] = OrderedDict()
        self.keys: dict[str, str] = {}
        self._pending: deque[Pending] = deque()
        self._published = published

    def step(self, record: Record) -> None:
        before = record.offset <= self.region.offset
        decisions = self.region.step(record)
        told = None if before else tuple(decision.id for decision in decisions)
        self.outcomes.setdefault(record.event.id, Outcome(record.offset, told))
        if (key := key_of(record.event.id)) is not None:
            self.keys.setdefault(key, record.event.id)
        if len(self.outcomes) > OUTCOMES_MAX:
            oldest, _ = self.outcomes.popitem(last=False)
            self.keys.pop(key_of(oldest) or "", None)
        if (self._units_changed() or decisions) and record.offset > self._published:
            self._pending.append(Pending(record.offset, record.at))

    def _units_changed(self) -> bool:
        parts = self.region.parts
        changed, parts.units.changed = parts.units.changed, set()
        return any(name in parts.rules.units for name in changed)

    def published(self, offset: int) -> None:
        """Coordination has said all that follows from the log up to here, which we may not have folded yet."""
        self._published = max(self._published, offset)
        while self._pending and self._pending[0].offset <= offset:
            self._pending.popleft()

    def undone_since_ms(self, *, now_ms: int) -> int | None:
        """Since when coordination owes us something: what follows from the log, or a deadline that passed."""
        due = self.region.next_due_ms()
        owed = [self._pending[0].at] if self._pending else []
        return min([*owed, *([due] if due is not None and due < now_ms else [])], default=None)


class Folding:
    """Every region of ours. `restore` gives the places in the log to read on from; then `step` takes its records.

    It may be asked again when reading broke off: what was folded stays, unless a snapshot reaches further.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._published: dict[str, int] = {}
        self.regions: dict[str, FoldedRegion] = {}

    async def restore(self) -> dict[tuple[str, int], int]:
        """By (topic, partition) the offset of the first log record to read. A snapshot of another version is none."""
        since: dict[tuple[str, int], int] = {}
        for partition in sorted(set(self._settings.regions.values())):
            whole = await self._whole(partition)
            ours = {name: region for name, region in whole.items() if name in self._settings.regions}
            self.regions |= {name: self._begun(region) for name, region in ours.items() if self._is_behind(region)}
            here = [name for name, own in self._settings.regions.items() if own == partition]
            told = [self.regions[name].region.offset + 1 for name in here if name in self.regions]
            first = min(told) if len(told) == len(here) else 0
            since[(Topic.LOG.value, partition)] = max(0, first - LOOK_BACK)
        return since

    def step(self, message: Message) -> None:
        """One record of the log."""
        event = message.said
        assert isinstance(event, Event)
        if event.region in self._settings.regions:
            folded = self.regions.get(event.region)
            if folded is None:
                folded = self.regions[event.region] = self._begun(Region.empty(event.region))
            folded.step(Record(message.offset, message.at, event))

    def published(self, offsets: Iterable[tuple[str, int]]) -> None:
        """How far coordination's own words reach, by region."""
        for name, offset in offsets:
            self._published[name] = max(self._published.get(name, -1), offset)
            if name in self.regions:
                self.regions[name].published(offset)

    def _begun(self, region: Region) -> FoldedRegion:
        return FoldedRegion(region, published=self._published.get(region.name, -1))

    def _is_behind(self, region: Region) -> bool:
        """What we folded ourselves, if anything, against this snapshot."""
        folded = self.regions.get(region.name)
        return folded is None or folded.region.offset < region.offset

    async def _whole(self, partition: int) -> dict[str, Region]:
        records = await newest_by_key(self._settings, Topic.SNAPSHOTS, partition)
        try:
            whole = await snapshots.unpack_all(records)
        except SnapshotError as error:
            told = {"action": "portal.snapshot-unusable", "partition": partition}
            LOGGER.warning("the log is folded from its start, because %s", error, extra=told)
            return {}
        return {name: region for name, (_, region) in whole.items()}
