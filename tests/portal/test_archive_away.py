"""A PostgreSQL that was not migrated yet, and one that is away: 503 with what to do, and what is live goes on."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from spoedplein.clock import SystemClock
from spoedplein.portal.access import Access, Role
from spoedplein.portal.access.recorder import Recorder
from spoedplein.portal.app import build
from spoedplein.portal.state import REPORTS_AT_ONCE, Outer
from spoedplein.stack.postgres import LocalPostgres
from spoedplein.store.access_log import AccessStore
from spoedplein.store.lookups import Lookups
from spoedplein.store.migrate import migrate
from spoedplein.testing.portal import MemoryBackend
from tests.portal.conftest import COORDINATOR, PROVIDER, Asker, Who

pytestmark = pytest.mark.postgres

PERIOD = "since=2026-01-10T00:00:00Z&until=2026-01-11T00:00:00Z"
AUDITOR = Who(Role.AUDITOR, two_factor=True)
#: What is kept in PostgreSQL, or may be shown only once it is on record there: path, who asks, and the code of the no.
KEPT = (
    (f"units/elv-een/history?{PERIOD}", COORDINATOR, "archive-away"),
    (f"reports/bottlenecks?{PERIOD}&level=internal", COORDINATOR, "archive-away"),
    ("requests/r-84/history", COORDINATOR, "archive-away"),
    ("decisions?kind=placement-offered", COORDINATOR, "archive-away"),
    ("decisions/rijnmond.999.0", COORDINATOR, "archive-away"),
    (f"access-log?{PERIOD}", AUDITOR, "access-log-away"),
    ("boards", COORDINATOR, "access-log-away"),
    ("requests", COORDINATOR, "access-log-away"),
)
DEADLINE_SECONDS = 30
LIVE = ("", "availability", "units", "units/elv-een", "have.xml", "lpz.json")


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPostgres]:
    """One that may be stopped."""
    state: Path = tmp_path_factory.mktemp("postgres")
    state.chmod(0o711)  # PostgreSQL runs as another user when we are root.
    with LocalPostgres(state, settings={"fsync": "off"}) as running:
        yield running


@pytest.fixture
async def ask(backend: MemoryBackend, server: LocalPostgres) -> AsyncIterator[Asker]:
    """As the conftest's, with archive and access log in PostgreSQL."""
    update = {"postgres_dsn": SecretStr(server.dsn), "portal_wait_seconds": 0.2}
    settings = backend.settings.model_copy(update=update)
    async with AccessStore(settings) as store, Recorder(store, backend.metrics, seconds=5) as recorder:
        access = Access(backend.minter.verifier(), recorder, metrics=backend.metrics, clock=SystemClock())
        outer = Outer(backend.source, backend, Lookups(settings, name="portal"))
        app = build(settings, backend.clock, backend.metrics, access=access, outer=outer)
        async with app.router.lifespan_context(app):
            backend.attach(app.state.portal)
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://portal") as client:
                yield Asker(backend, client)


async def test_what_is_kept_is_not_there_before_migration_and_comes_with_it_and_goes_with_the_server(
    ask: Asker, server: LocalPostgres
) -> None:
    await _is_away(ask, "has no tables yet")

    await migrate(ask.backend.settings.model_copy(update={"postgres_dsn": SecretStr(server.dsn)}))
    assert (await ask.get(f"units/elv-een/history?{PERIOD}"))["samples"] == []
    assert (await ask.get("requests"))["requests"] == []
    always = "since=0001-01-01T00:00:00%2B14:00&until=9999-12-31T23:59:59-12:00"
    assert (await ask.get(f"units/elv-een/history?{always}"))["samples"] == []

    await asyncio.to_thread(server.stop)
    await _is_away(ask, "does not answer now")


async def test_a_few_reports_at_a_time_leave_connections_to_the_access_log(ask: Asker, server: LocalPostgres) -> None:
    await migrate(ask.backend.settings.model_copy(update={"postgres_dsn": SecretStr(server.dsn)}))
    path = f"reports/bottlenecks?{PERIOD}&level=internal"
    keeper, watcher = await asyncpg.connect(server.dsn), await asyncpg.connect(server.dsn)
    try:
        holding = keeper.transaction()
        await holding.start()
        await keeper.execute("LOCK TABLE spoedplein.decisions IN ACCESS EXCLUSIVE MODE")
        reports = [asyncio.create_task(ask.send("GET", path)) for _ in range(REPORTS_AT_ONCE)]
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'"
        async with asyncio.timeout(DEADLINE_SECONDS):
            while await watcher.fetchval(waiting, "spoedplein-report") < REPORTS_AT_ONCE:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

        answer = await ask.send("GET", path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert answer.json()["type"].endswith(":reports-busy")
        await ask.get("requests")

        await holding.rollback()
        assert [each.status_code for each in await asyncio.gather(*reports)] == [200] * REPORTS_AT_ONCE
        assert (await ask.send("GET", path)).status_code == 200
    finally:
        await keeper.close()
        await watcher.close()


async def test_everybodys_report_of_one_care_type_is_a_part_of_the_whole(ask: Asker, server: LocalPostgres) -> None:
    """By the agreements that this portal knows: the archive has none."""
    await migrate(ask.backend.settings.model_copy(update={"postgres_dsn": SecretStr(server.dsn)}))
    month = "since=2025-12-01T00:00:00%2B01:00&until=2026-01-01T00:00:00%2B01:00"
    whole = await ask.get(f"reports/bottlenecks?{month}", who=PROVIDER)
    part = await ask.get(f"reports/bottlenecks?{month}&care_type=elv-hoog", who=PROVIDER)

    assert (whole["level"], whole["asked"]["care_types"], part["asked"]["care_types"]) == ("public", None, ["elv-hoog"])
    assert {**part, "asked": whole["asked"]} == whole


async def test_a_reader_with_a_browser_is_told_as_a_page(ask: Asker) -> None:
    answer = await ask.send("GET", "/regio/rijnmond/verloop", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert "Het archief antwoordt nu niet" in answer.text


async def _is_away(ask: Asker, why: str) -> None:
    for path, who, code in KEPT:
        answer = await ask.send("GET", path, who=who)
        told = answer.json()
        assert (path, answer.status_code, told["type"].rsplit(":", 1)[-1]) == (path, 503, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert why in told["detail"] or code == "access-log-away"
    for path in LIVE:
        answer = await ask.send("GET", path or "/v1/regions/rijnmond")
        assert (path, answer.status_code) == (path, 200)
    figure = {"staffed": 10, "free": 3}
    assert (await ask.post("units/elv-een/figure", figure))["decided"] is True
