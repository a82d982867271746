"""The access log in PostgreSQL: who looked at which case or acted on it, after NEN 7513. Rows are only ever added."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple, Self

from pydantic import TypeAdapter

from spoedplein.settings import Settings
from spoedplein.store.migrate import migrate
from spoedplein.store.pool import Pool
from spoedplein.store.queries import sql
from spoedplein.store.rows import month_of
from spoedplein_schemas.vocabulary import Frozen

TABLE: Final = "access_log"
#: NEN 7513 and the Dutch regulation on it: five years after the line was written.
RETENTION_MONTHS_MIN: Final = 60


class AccessOutcome(StrEnum):
    """`permitted`: he was let through, and saw or did it. `refused`: he was known, and not let through."""

    PERMITTED = "permitted"
    REFUSED = "refused"


class AccessEntry(Frozen):
    """One access. `cases` are pseudonyms of cases and of requests; `subject` is the issuer's name for the user.

    `on_behalf_of` is the responsible user where that is another. `what` is method and path. `emergency` is the reason
    of emergency use (noodknop). `event_id` is of the event that the action became.
    """

    id: str
    at: datetime
    region: str
    cases: tuple[str, ...]
    subject: str
    on_behalf_of: str | None = None
    organisation: str | None = None
    role: str
    action: str
    what: str
    outcome: AccessOutcome
    emergency: str | None = None
    event_id: str | None = None


class Place(NamedTuple):
    """Of an entry in the order of the log; what is asked next comes after it."""

    at: datetime
    id: str


_ENTRIES: Final = TypeAdapter(list[AccessEntry])


class AccessStore:
    """Adds, and reads; use it as a context manager. Raises AwayError and its kin; what raised may be repeated."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opened: Pool | None = None
        self._months: set[date] = set()

    async def __aenter__(self) -> Self:
        """Connections are made when needed, so PostgreSQL may still be away."""
        self._opened = await Pool.connect(self._settings, name="access-log")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.close()

    @property
    def _pool(self) -> Pool:
        assert self._opened is not None, "the store is used while it is open"
        return self._opened

    async def migrate(self) -> tuple[str, ...]:
        return await migrate(self._settings)

    async def write(self, entries: Sequence[AccessEntry]) -> None:
        """All of them, or none; those that are there already stay as they are."""
        months = {month_of(each.at) for each in entries}
        async with self._pool.transaction("accesses") as connection:
            if fresh := sorted(months - self._months):
                await connection.execute(sql("ensure_months"), TABLE, fresh)
            await connection.execute(sql("record_accesses"), _ENTRIES.dump_json(list(entries)).decode())
        self._months |= months

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
        """In order of time, from `since` up to but not including `until`; only those about `case` when it is given."""
        place = after or Place(since, "")
        async with self._pool.transaction("reading the access log") as connection:
            rows = await connection.fetch(sql("accesses"), regions, since, until, case, *place, limit)
        return [AccessEntry.model_validate_json(row[0]) for row in rows]
