import asyncio
import hashlib
import sys
from importlib.resources import files
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from spoedplein.settings import Settings, as_environment
from spoedplein.stack.ports import free_port
from spoedplein.store.errors import AwayError, MigrationError
from spoedplein.store.migrate import Migration, migrate, migrations
from spoedplein.store.placements import Placement

pytestmark = pytest.mark.postgres

EVERY = tuple(str(each) for each in migrations())
OUTLINE = {
    "columns": """
        SELECT table_name, column_name, data_type, is_nullable, column_default
        FROM information_schema.columns WHERE table_schema = 'spoedplein' ORDER BY table_name, ordinal_position""",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'spoedplein' ORDER BY indexname",
    "constraints": """
        SELECT conrelid::regclass::text AS of, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'spoedplein'::regnamespace ORDER BY 1, 2""",
    "functions": """
        SELECT proname, pg_get_functiondef(oid), proacl::text FROM pg_proc
        WHERE pronamespace = 'spoedplein'::regnamespace ORDER BY 1""",
    "triggers": """
        SELECT tgrelid::regclass::text AS of, tgname, pg_get_triggerdef(oid) FROM pg_trigger
        WHERE NOT tgisinternal ORDER BY 1, 2""",
    "partitioning": """
        SELECT partrelid::regclass::text AS of, pg_get_partkeydef(partrelid) FROM pg_partitioned_table ORDER BY 1""",
}


async def _outline(connection: "asyncpg.Connection[Any]") -> dict[str, list[tuple[Any, ...]]]:
    return {what: [tuple(row) for row in await connection.fetch(query)] for what, query in OUTLINE.items()}


async def test_an_empty_database_gets_every_migration_in_order(
    settings: Settings, look: "asyncpg.Connection[Any]"
) -> None:
    assert await migrate(settings) == EVERY
    recorded = await look.fetch("SELECT number, sha256 FROM spoedplein.migrations ORDER BY number")
    assert [row["number"] for row in recorded] == list(range(1, len(EVERY) + 1))
    first = files("spoedplein.store").joinpath("migrations", "0001_log.sql").read_bytes()
    assert recorded[0]["sha256"] == hashlib.sha256(first).hexdigest()


async def test_a_second_run_finds_nothing_to_do(settings: Settings, look: "asyncpg.Connection[Any]") -> None:
    await migrate(settings)
    before = await _outline(look)
    assert await migrate(settings) == ()
    assert await _outline(look) == before


async def test_two_processes_at_once_apply_each_migration_once(
    settings: Settings, look: "asyncpg.Connection[Any]"
) -> None:
    program = (
        "import asyncio; from spoedplein.settings import load; from spoedplein.store.migrate import migrate;"
        "print(*asyncio.run(migrate(load())))"
    )
    environment = as_environment(settings) | {"PYTHONPATH": ":".join(sys.path)}
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, env=environment, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    outputs = [(await process.communicate())[0].decode().split() for process in started]

    assert [process.returncode for process in started] == [0, 0]
    assert sorted(name for output in outputs for name in output) == sorted(EVERY)
    assert await look.fetchval("SELECT count(*) FROM spoedplein.migrations") == len(EVERY)


async def test_migrations_in_sequence_equal_the_schema(settings: Settings, look: "asyncpg.Connection[Any]") -> None:
    await migrate(settings)
    migrated = await _outline(look)
    await look.execute("DROP SCHEMA spoedplein CASCADE")
    await look.execute(files("spoedplein.store").joinpath("schema.sql").read_text())
    whole = await _outline(look)

    assert len(migrated["columns"]) > 50
    for part, lines in migrated.items():
        assert whole[part] == lines


async def test_a_database_of_an_earlier_version_gets_only_the_rest(settings: Settings) -> None:
    await migrate(settings, known=migrations()[:1])
    assert await migrate(settings) == EVERY[1:]


async def test_an_applied_migration_that_reads_otherwise_is_refused(
    settings: Settings, look: "asyncpg.Connection[Any]"
) -> None:
    await migrate(settings)
    changed = [each._replace(sql=each.sql + "\n-- afterthought") if each.number == 2 else each for each in migrations()]
    with pytest.raises(MigrationError, match=r"0002_placements was applied .* never changes"):
        await migrate(settings, known=changed)


async def test_a_database_of_newer_code_is_refused(settings: Settings) -> None:
    newer = Migration(len(EVERY) + 1, "later", "CREATE TABLE spoedplein.later ()")
    assert await migrate(settings, known=[*migrations(), newer]) == (*EVERY, f"{len(EVERY) + 1:04}_later")
    with pytest.raises(MigrationError, match=rf"later .* ends at {len(EVERY):04}: .*newer code"):
        await migrate(settings)


async def test_a_list_with_a_gap_is_refused(settings: Settings, look: "asyncpg.Connection[Any]") -> None:
    await migrate(settings)
    await look.execute("DELETE FROM spoedplein.migrations WHERE number = 2")
    with pytest.raises(MigrationError, match="gap"):
        await migrate(settings)


async def test_a_migration_that_fails_leaves_nothing_behind(
    settings: Settings, look: "asyncpg.Connection[Any]"
) -> None:
    await migrate(settings)
    half = Migration(len(EVERY) + 1, "half", "CREATE TABLE spoedplein.half (); SELECT 1 / 0")
    with pytest.raises(Exception, match="division by zero"):
        await migrate(settings, known=[*migrations(), half])
    assert await look.fetchval("SELECT to_regclass('spoedplein.half')") is None
    assert await migrate(settings) == ()


async def test_a_database_that_is_not_there_is_away() -> None:
    nowhere = Settings(postgres_dsn=SecretStr(f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"))
    with pytest.raises(AwayError, match="SPOEDPLEIN_POSTGRES_DSN"):
        await migrate(nowhere)


async def test_placements_have_the_columns_of_the_fold(settings: Settings, look: "asyncpg.Connection[Any]") -> None:
    await migrate(settings)
    columns = await look.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'spoedplein.placements'::regclass AND attnum > 0"
    )
    assert {row[0] for row in columns} == set(Placement.model_fields)
