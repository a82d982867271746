"""Connections to PostgreSQL as everything here has them: made when needed, never waited for long, errors as ours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, Self, TypeAlias

import asyncpg

from spoedplein.settings import Settings
from spoedplein.store.errors import AwayError, translated
from spoedplein.store.migrate import CONNECT_SECONDS_MAX
from spoedplein.store.queries import queries

#: One statement. Batches take milliseconds; what takes so long hangs, and is better tried again.
STATEMENT_SECONDS_MAX: Final = 30.0
#: After which PostgreSQL itself ends a transaction that we went silent in, and frees its locks.
SILENT_SECONDS_MAX: Final = 60

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[Any]"


class Pool:
    """Transactions, one each. PostgreSQL may be away when it is made, and come back."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool

    @classmethod
    async def connect(cls, settings: Settings, *, name: str) -> Self:
        """`name` is how PostgreSQL lists us. `close` it in the end."""
        queries()  # Read here: a file that is missing is no reason to wait for PostgreSQL.
        pool = await asyncpg.create_pool(
            settings.postgres_dsn.get_secret_value(),
            ssl=settings.postgres_tls(),
            min_size=0,
            max_size=settings.postgres_pool_max,
            timeout=CONNECT_SECONDS_MAX,
            command_timeout=STATEMENT_SECONDS_MAX,
            server_settings={
                "application_name": f"spoedplein-{name}",
                "idle_in_transaction_session_timeout": str(SILENT_SECONDS_MAX * 1000),
            },
        )
        return cls(pool)

    async def close(self) -> None:
        try:
            async with asyncio.timeout(CONNECT_SECONDS_MAX):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def expire_connections(self) -> None:
        """The next transaction gets a new one."""
        await self._pool.expire_connections()

    @asynccontextmanager
    async def transaction(self, doing: str) -> AsyncIterator[Connection]:
        """`doing` is what errors say was tried. AwayError and its kin of `store.errors`."""
        with translated(doing):
            async with self._pool.acquire(timeout=STATEMENT_SECONDS_MAX) as connection:
                try:
                    async with connection.transaction():
                        yield connection
                except asyncpg.InterfaceError as error:
                    # What asyncpg says when a connection broke and it still wants to roll back.
                    if _broken(connection):
                        msg = f"PostgreSQL broke the connection ({doing}). Does it run?"
                        raise AwayError(msg) from error
                    raise


def _broken(connection: Connection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        return True  # The pool took it back already, as it does with what broke.
