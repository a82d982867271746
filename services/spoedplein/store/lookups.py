"""What is asked of the archive about single things: events by id, decisions page by page, the history of a unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Self

from spoedplein.settings import Settings
from spoedplein.store.placements import Placement
from spoedplein.store.pool import Pool
from spoedplein.store.queries import sql
from spoedplein_schemas import DECISION, EVENTS, Decision
from spoedplein_schemas.vocabulary import SOURCE_TOPICS

#: Types of what sources say, and so of all that is said in a portal.
_SAID: Final = [kind.type for kind in EVENTS if kind.topic in SOURCE_TOPICS]


class Place(NamedTuple):
    """Of a decision in its region's order."""

    at: datetime
    offset: int
    number: int


class Concerned(NamedTuple):
    """Decisions about any of these units or requests; of requests in `asked` only those that name no unit."""

    units: Sequence[str]
    requests: Sequence[str]
    asked: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which decisions; what is left out narrows nothing."""

    kinds: Sequence[str] | None = None
    request: str | None = None
    unit: str | None = None
    site: str | None = None
    of: Concerned | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """A unit as it was from `as_of` on."""

    status: str
    reason: str | None
    staffed: int | None
    reported_free: int | None
    free: int | None
    held: int
    promised: int
    observed_at: datetime | None
    valid_until: datetime | None
    as_of: datetime
    version: int


class Lookups:
    """Reads; use it as a context manager. Raises AwayError and its kin."""

    def __init__(self, settings: Settings, *, name: str) -> None:
        self._settings = settings
        self._name = name
        self._opened: Pool | None = None

    async def __aenter__(self) -> Self:
        """Connections are made when needed, so PostgreSQL may still be away."""
        self._opened = await Pool.connect(self._settings, name=self._name)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.close()

    @property
    def _pool(self) -> Pool:
        assert self._opened is not None, "it is used while it is open"
        return self._opened

    async def event_by_prefix(self, region: str, prefix: str, *, since: datetime) -> str | None:
        """The id of the newest event of a source whose id begins so."""
        async with self._pool.transaction("an event by its id") as connection:
            row = await connection.fetchrow(sql("event_by_prefix"), region, prefix, since, _SAID)
        return None if row is None else str(row["event_id"])

    async def decision(self, decision_id: str) -> Decision | None:
        async with self._pool.transaction("one decision") as connection:
            found: str | None = await connection.fetchval(sql("decision"), decision_id)
        return None if found is None else DECISION.validate_json(found)

    async def decisions_before(self, region: str, place: Place, wanted: Wanted, *, limit: int) -> list[Decision]:
        """The newest first."""
        of = (None, None, None) if wanted.of is None else tuple(map(list, wanted.of))
        kinds = None if wanted.kinds is None else list(wanted.kinds)
        narrowed = (kinds, wanted.request, wanted.unit, wanted.site, *of)
        async with self._pool.transaction(f"decisions of {region}") as connection:
            rows = await connection.fetch(sql("decisions_before"), region, *place, *narrowed, limit)
        return [DECISION.validate_json(row[0]) for row in rows]

    async def placement(self, region: str, request: str) -> Placement | None:
        async with self._pool.transaction("one placement") as connection:
            found: str | None = await connection.fetchval(sql("placement"), region, request)
        return None if found is None else Placement.model_validate_json(found)

    async def history(
        self, region: str, unit: str, *, since: datetime, until: datetime, after: int, limit: int
    ) -> list[Sample]:
        """In order, from `since` up to but not including `until`, with a version after `after`."""
        async with self._pool.transaction(f"the history of {unit}") as connection:
            rows = await connection.fetch(sql("availability_of"), region, unit, since, until, after, limit)
        return [Sample(**dict(row)) for row in rows]

    async def newest_history(
        self, region: str, unit: str, *, since: datetime, until: datetime, limit: int
    ) -> list[Sample]:
        """The newest of that period, in order."""
        async with self._pool.transaction(f"the newest history of {unit}") as connection:
            rows = await connection.fetch(sql("newest_availability_of"), region, unit, since, until, limit)
        return [Sample(**dict(row)) for row in rows]
