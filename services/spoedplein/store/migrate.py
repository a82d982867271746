"""Bringing the database to what this code expects: `migrations/NNNN_name.sql`, once each, in order, never changed.

Each is applied in a transaction of its own that also records it. Several processes may do so at once.
"""

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import asyncpg

from spoedplein.settings import Settings
from spoedplein.store.errors import MigrationError, translated
from spoedplein.store.queries import sql

CONNECT_SECONDS_MAX: Final = 10.0
_NAME: Final = re.compile(r"(?P<number>\d{4})_(?P<name>[a-z_]+)\.sql")


class Migration(NamedTuple):
    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()

    def __str__(self) -> str:
        return f"{self.number:04}_{self.name}"


@cache
def migrations() -> tuple[Migration, ...]:
    """Those of this code, numbered from 1 without a gap."""
    read = []
    for file in files(__package__).joinpath("migrations").iterdir():
        match = _NAME.fullmatch(file.name)
        assert match is not None, f"{file.name} is not called NNNN_name.sql"
        read.append(Migration(int(match["number"]), match["name"], file.read_bytes().decode()))
    read.sort()
    assert [each.number for each in read] == list(range(1, len(read) + 1)), "migrations are numbered from 1, no gap"
    return tuple(read)


async def migrate(settings: Settings, *, known: Sequence[Migration] | None = None) -> tuple[str, ...]:
    """Applies what is missing and answers its names. With nothing missing it needs no right but to read.

    MigrationError when the database was migrated otherwise, or by newer code. AwayError when it cannot be reached.
    """
    known = migrations() if known is None else known
    with translated("migrating"):
        connection = await asyncpg.connect(
            settings.postgres_dsn.get_secret_value(), ssl=settings.postgres_tls(), timeout=CONNECT_SECONDS_MAX
        )
        try:
            return await _apply_missing(connection, known)
        except asyncpg.InsufficientPrivilegeError as error:
            msg = (
                f"The database lacks migrations of this version, and this user may not apply them ({error}). "
                "Run `spoedplein migrate` as the user that owns the schema."
            )
            raise MigrationError(msg) from error
        finally:
            await connection.close(timeout=CONNECT_SECONDS_MAX)


async def _apply_missing(connection: "asyncpg.Connection[Any]", known: Sequence[Migration]) -> tuple[str, ...]:
    done: list[str] = []
    while _missing(await _applied(connection), known):
        async with connection.transaction():
            await connection.execute(sql("lock_migrations"))
            await connection.execute(sql("create_migrations"))
            # Once more, under the lock: somebody else may have done it meanwhile.
            missing = _missing(await _applied(connection), known)
            if missing:
                await _apply(connection, missing[0])
                done.append(str(missing[0]))
    return tuple(done)


async def _applied(connection: "asyncpg.Connection[Any]") -> list[tuple[int, str, str]]:
    if not await connection.fetchval(sql("migrations_exist")):
        return []
    return [(row["number"], row["name"], row["sha256"]) for row in await connection.fetch(sql("applied_migrations"))]


def _missing(applied: Sequence[tuple[int, str, str]], known: Sequence[Migration]) -> Sequence[Migration]:
    """What is to be applied; refuses a database that is not a beginning of what we know."""
    for number, name, sha256 in applied:
        if number > len(known):
            msg = (
                f"The database has migration {number:04}_{name} and this version of spoedplein ends at "
                f"{len(known):04}: it was migrated by newer code. Run that version, or restore a backup from before."
            )
            raise MigrationError(msg)
        if known[number - 1].sha256 != sha256:
            msg = (
                f"Migration {number:04}_{name} was applied to the database with other content than "
                f"{known[number - 1]} has here. An applied migration never changes: restore the file, and put "
                "what is to change in a new migration."
            )
            raise MigrationError(msg)
    if [number for number, _, _ in applied] != list(range(1, len(applied) + 1)):
        msg = "spoedplein.migrations in the database has a gap: rows were removed from it. Restore it from a backup."
        raise MigrationError(msg)
    return known[len(applied) :]


async def _apply(connection: "asyncpg.Connection[Any]", migration: Migration) -> None:
    await connection.execute(migration.sql)
    await connection.execute(sql("record_migration"), migration.number, migration.name, migration.sha256)
