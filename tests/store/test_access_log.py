"""The access log: kept as told, once each, never changed, read per case and period, and for five years."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any, Final

import asyncpg
import pytest

from spoedplein.settings import Settings
from spoedplein.store.access_log import AccessEntry, AccessOutcome, AccessStore, Place
from spoedplein.store.postgres import Archive

pytestmark = pytest.mark.postgres

NIGHT: Final = datetime(2026, 1, 11, 3, 0, tzinfo=UTC)
BEFORE_ALL: Final = datetime(2000, 1, 1, tzinfo=UTC)
AFTER_ALL: Final = datetime(2100, 1, 1, tzinfo=UTC)


def _entry(number: int, *cases: str, region: str = "rijnmond", at: datetime | None = None) -> AccessEntry:
    return AccessEntry(
        id=f"a{number:03}",
        at=at or NIGHT + timedelta(minutes=number),
        region=region,
        cases=cases or ("c-1",),
        subject="u-17",
        on_behalf_of="u-3",
        organisation="zcc-rijnmond",
        role="coordinator",
        action="read-requests",
        what="GET /v1/requests/r-1",
        outcome=AccessOutcome.PERMITTED,
        emergency="telefoon uitgevallen",
        event_id=None,
    )


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[AccessStore]:
    async with AccessStore(settings) as store:
        await store.migrate()
        yield store


async def _all(
    store: AccessStore, *, case: str | None = None, after: Place | None = None, limit: int = 1000
) -> list[AccessEntry]:
    return await store.read(["rijnmond"], since=BEFORE_ALL, until=AFTER_ALL, case=case, after=after, limit=limit)


async def test_an_access_is_kept_as_it_was_told_and_once(store: AccessStore) -> None:
    await store.write([_entry(1)])
    await store.write([_entry(1), _entry(2)])
    assert await _all(store) == [_entry(1), _entry(2)]


async def test_it_is_read_per_case_per_period_and_per_region(store: AccessStore) -> None:
    entries = [_entry(1, "c-1"), _entry(2, "c-2"), _entry(3, "c-2", "c-1"), _entry(4, "c-1", region="nijmegen")]
    await store.write(entries)

    assert [each.id for each in await _all(store, case="c-1")] == ["a001", "a003"]
    assert [each.id for each in await _all(store, case="c-3")] == []
    until = NIGHT + timedelta(minutes=3)
    assert [each.id for each in await store.read(["rijnmond"], since=NIGHT, until=until)] == ["a001", "a002"]
    both = await store.read(["rijnmond", "nijmegen"], since=NIGHT, until=AFTER_ALL, case="c-1")
    assert [each.region for each in both] == ["rijnmond", "rijnmond", "nijmegen"]


async def test_pages_follow_on_each_other_also_within_one_moment(store: AccessStore) -> None:
    await store.write([_entry(number, at=NIGHT) for number in range(5)])
    first = await _all(store, limit=3)
    rest = await _all(store, limit=3, after=Place(first[-1].at, first[-1].id))
    assert [each.id for each in [*first, *rest]] == ["a000", "a001", "a002", "a003", "a004"]


async def test_a_row_is_never_changed_or_removed_not_even_by_the_owner(
    store: AccessStore, look: "asyncpg.Connection[Any]"
) -> None:
    await store.write([_entry(1)])
    for statement in (
        "UPDATE spoedplein.access_log SET subject = 'somebody else'",
        "UPDATE spoedplein.access_log_2026_01 SET subject = 'somebody else'",
        "DELETE FROM spoedplein.access_log",
        "DELETE FROM spoedplein.access_log_2026_01",
        "TRUNCATE spoedplein.access_log",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="only added to"):
            await look.execute(statement)
    assert await _all(store) == [_entry(1)]


async def test_the_portal_may_add_and_read_and_nobody_else_may_read(
    store: AccessStore, look: "asyncpg.Connection[Any]"
) -> None:
    await look.execute(files("spoedplein.store").joinpath("roles.sql").read_text())
    await look.execute(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET role spoedplein_portal', current_database()); END $$"
    )
    await store.write([_entry(1)])
    assert await _all(store) == [_entry(1)]

    await look.execute("SET ROLE spoedplein_portal")
    for statement in (
        "UPDATE spoedplein.access_log SET subject = ''",
        "DELETE FROM spoedplein.access_log",
        "TRUNCATE spoedplein.access_log_2026_01",
        "SELECT spoedplein.drop_months('access_log', '2000-01-01')",
        "INSERT INTO spoedplein.decisions SELECT * FROM spoedplein.decisions",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await look.execute(statement)
    for other in ("spoedplein_writer", "spoedplein_reader"):
        await look.execute(f"SET ROLE {other}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await look.fetch("SELECT * FROM spoedplein.access_log")


async def test_months_go_after_five_years_and_not_before(
    store: AccessStore, archive: Archive, look: "asyncpg.Connection[Any]"
) -> None:
    today: date = await look.fetchval("SELECT current_date")
    old, young = (datetime(today.year - years, 5, 17, tzinfo=UTC) for years in (6, 4))
    await store.write([_entry(1, at=old), _entry(2, at=young)])

    assert await archive.keep_access_log(today=today, retention_months=12) == (f"access_log_{old:%Y_%m}",)
    assert [each.id for each in await _all(store)] == ["a002"]


async def test_the_database_itself_refuses_to_drop_what_is_younger(
    look: "asyncpg.Connection[Any]", store: AccessStore
) -> None:
    with pytest.raises(asyncpg.RaiseError, match="60 months at least"):
        await look.execute("SELECT spoedplein.drop_months('access_log', current_date)")
