"""A database of the test's own, empty or migrated, and a plain connection to look into it."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from spoedplein.settings import Settings
from spoedplein.store.postgres import Archive


@pytest.fixture
def settings(database: str) -> Settings:
    return Settings(postgres_dsn=SecretStr(database))


@pytest.fixture
async def archive(settings: Settings) -> AsyncIterator[Archive]:
    archive = await Archive.connect(settings)
    await archive.migrate()
    yield archive
    await archive.close()


@pytest.fixture
async def look(database: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()
