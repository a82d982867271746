"""What a portal asks of the archive: `store.lookups.Lookups`, or a twin of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from spoedplein.store.lookups import Place, Sample, Wanted
from spoedplein.store.placements import Placement
from spoedplein_schemas import Decision


class Looking(Protocol):
    """Raises StoreError; open while the portal runs."""

    async def __aenter__(self) -> object: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def event_by_prefix(self, region: str, prefix: str, *, since: datetime) -> str | None: ...

    async def decision(self, decision_id: str) -> Decision | None: ...

    async def decisions_before(
        self, region: str, place: Place, wanted: Wanted, *, limit: int
    ) -> Sequence[Decision]: ...

    async def placement(self, region: str, request: str) -> Placement | None: ...

    async def history(
        self, region: str, unit: str, *, since: datetime, until: datetime, after: int, limit: int
    ) -> Sequence[Sample]: ...

    async def newest_history(
        self, region: str, unit: str, *, since: datetime, until: datetime, limit: int
    ) -> Sequence[Sample]: ...
