"""Twin of `store.access_log.AccessStore`: keeps entries in memory, and can be away."""

from collections.abc import Sequence
from datetime import datetime

from spoedplein.store.access_log import AccessEntry, Place
from spoedplein.store.errors import AwayError, RowRefusedError


class MemoryAccessStore:
    """`away` makes every call fail as when PostgreSQL does not run; `writes` counts statements."""

    def __init__(self) -> None:
        self.away = False
        self.writes = 0
        self._entries: dict[tuple[datetime, str], AccessEntry] = {}

    @property
    def entries(self) -> list[AccessEntry]:
        return [self._entries[place] for place in sorted(self._entries)]

    async def write(self, entries: Sequence[AccessEntry]) -> None:
        self._reach()
        self.writes += 1
        if any("\0" in text for each in entries for text in (each.region, each.subject, each.what, *each.cases)):
            raise RowRefusedError("a text with a null character")
        for each in entries:
            self._entries.setdefault((each.at, each.id), each)

    async def read(
        self,
        regions: Sequence[str],
        *,
        since: datetime,
        until: datetime,
        case: str | None = None,
        after: Place | None = None,
        limit: int = 1000,
    ) -> list[AccessEntry]:
        self._reach()
        place = after or Place(since, "")
        return [
            each
            for each in self.entries
            if each.region in regions
            and since <= each.at < until
            and case in (None, *each.cases)
            and (each.at, each.id) > place
        ][:limit]

    def _reach(self) -> None:
        if self.away:
            raise AwayError("the memory store was told to be away")
