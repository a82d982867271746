"""One partition of the log in the hands of a coordination worker, and how it comes back from its snapshots."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from faust.types import TP
from pydantic import BaseModel

from spoedplein.domain.errors import SnapshotError
from spoedplein.domain.region import Region
from spoedplein.settings import Settings
from spoedplein.workers import snapshots
from spoedplein.workers.output import Outgoing
from spoedplein.workers.reading import end_of, newest_by_key
from spoedplein_schemas.vocabulary import Topic

#: Before the first decision on a topic.
NOTHING_DECIDED: Final = (-1, -1)


@dataclass(slots=True)
class Partition:
    """One log partition while it is ours.

    `next_offset` may be acknowledged once every region is saved as it is; of those in `unshown` views may have changed.
    `settled` is false while a batch is in hand: then the state is ahead of what was sent, and is not saved.
    `saved_to` is where the topic of snapshots ended when we read or wrote it last: while it does, nobody else saved.
    `behind`: more of the log was there than the last batch had.
    `known_to`: every record of the log below is in the state; `None` while nothing tells.
    `unusable`: why its snapshots were of no use, if so.
    """

    tp: TP
    decided: tuple[int, int] = NOTHING_DECIDED
    saved_at: float = 0.0
    saved_to: int | None = None
    regions: dict[str, Region] = field(default_factory=dict)
    heads: dict[str, snapshots.Head] = field(default_factory=dict)
    views: dict[bytes, BaseModel] = field(default_factory=dict)
    unshown: set[str] = field(default_factory=set)
    #: Views that were drawn and are not known to stand on their topics.
    drawn: dict[Topic, list[Outgoing]] = field(default_factory=dict)
    #: Where each topic of views ended when we wrote to it last. When it goes on elsewhere, somebody else wrote there.
    shown_to: dict[Topic, int] = field(default_factory=dict)
    written_over: bool = False
    shown_at: float = 0.0
    next_offset: int = 0
    unsaved: int = 0
    settled: bool = True
    behind: bool = False
    saving: asyncio.Future[None] | None = None
    known_to: int | None = None
    unusable: str | None = None
    ticked: dict[str, int] = field(default_factory=dict)
    #: Held by who sends views, so that the newest is the last; taken before `lock`, which guards the state.
    showing: asyncio.Lock = field(default_factory=asyncio.Lock)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def changed(self) -> list[str]:
        """Regions that went on since their newest snapshot."""
        return sorted(
            name
            for name, region in self.regions.items()
            if (head := self.heads.get(name)) is None or head.offset != region.offset
        )


async def read_back(settings: Settings, tp: TP) -> Partition:
    """As its newest snapshots have it; with no region when there is none, or `unusable` says why they cannot be read.

    Nothing is sent or shown. All of it is to be shown, whatever stands.
    """
    partition = Partition(tp, saved_to=await end_of(settings, Topic.SNAPSHOTS, tp.partition))
    records = await newest_by_key(settings, Topic.SNAPSHOTS, tp.partition)
    try:
        partition.known_to = snapshots.reached(records)
        whole = await snapshots.unpack_all(records)
    except SnapshotError as error:
        return Partition(tp, saved_to=partition.saved_to, unusable=str(error))
    for name, (head, region) in whole.items():
        partition.heads[name], partition.regions[name] = head, region
    partition.unshown |= whole.keys()
    return partition
