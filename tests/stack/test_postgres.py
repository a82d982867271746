import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from spoedplein.stack.errors import StackError
from spoedplein.stack.postgres import LocalPostgres, _home_elsewhere

pytestmark = pytest.mark.postgres


async def _fetch(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        value: object = await connection.fetchval(query)
        return value
    finally:
        await connection.close()


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def open_state() -> Iterator[Path]:
    """A state directory that root's service user can enter; pytest's own are closed to it."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o711)
        yield Path(place) / "state"


@pytest.fixture
def closed_state(tmp_path: Path) -> Iterator[Path]:
    """As root, whose service user cannot enter it, the data goes to a place of root's own that is open."""
    tmp_path.chmod(0o700)
    yield tmp_path
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    if os.geteuid() == 0:
        shutil.rmtree(_home_elsewhere(tmp_path))


async def test_each_test_has_a_database_of_its_own(database: str, postgres_dsn: str) -> None:
    await _execute(database, "CREATE TABLE beds (unit text)")

    assert await _fetch(postgres_dsn, "SELECT to_regclass('beds')") is None
    assert await _fetch(database, "SELECT count(*) FROM beds") == 0


async def test_the_server_is_version_eighteen_and_speaks_utf8(database: str) -> None:
    assert str(await _fetch(database, "SHOW server_version")).startswith("18.")
    assert await _fetch(database, "SHOW server_encoding") == "UTF8"


async def test_a_restart_finds_what_was_written(open_state: Path) -> None:
    with LocalPostgres(open_state) as first:
        await _execute(first.dsn, "CREATE TABLE beds AS SELECT 'elv-noord' AS unit")
    with LocalPostgres(open_state) as second:
        assert await _fetch(second.dsn, "SELECT unit FROM beds") == "elv-noord"


async def test_a_state_directory_that_is_closed_to_others_will_do_and_stays_closed(closed_state: Path) -> None:
    for rows in (1, 2):
        with LocalPostgres(closed_state) as running:
            await _execute(running.dsn, "CREATE TABLE IF NOT EXISTS beds (unit text)")
            await _execute(running.dsn, "INSERT INTO beds VALUES ('elv-noord')")
            assert await _fetch(running.dsn, "SELECT count(*) FROM beds") == rows


async def test_loopback_alone_does_not_open_the_door(postgres: LocalPostgres) -> None:
    host = postgres.dsn.partition("@")[2]
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"postgresql://spoedplein:guess@{host}")


def test_the_password_is_for_its_owner_only(open_state: Path) -> None:
    with LocalPostgres(open_state) as running:
        password = running.dsn.split(":")[2].partition("@")[0]
    holders = _files_that_hold(password, below=open_state)

    assert len(password) >= 24
    assert [stat.S_IMODE(path.stat().st_mode) for path in holders] == [0o600]


def test_a_second_server_on_the_same_state_is_refused_with_the_owner_and_the_mend(open_state: Path) -> None:
    with LocalPostgres(open_state), pytest.raises(StackError) as refused:
        LocalPostgres(open_state).start()

    assert "postgres already runs on" in str(refused.value)
    assert f"`kill {os.getpid()}`" in str(refused.value)


def test_lost_password_is_said_with_the_file_that_is_missing(open_state: Path) -> None:
    with LocalPostgres(open_state):
        pass
    (open_state / "password").unlink()

    with pytest.raises(StackError, match=r"password is missing.*Put it back, or remove"):
        LocalPostgres(open_state).start()


def test_what_the_server_said_last_is_in_the_error_when_it_does_not_start(open_state: Path) -> None:
    with pytest.raises(StackError, match=r"(?s)postgres ended while starting.*no_such_setting"):
        LocalPostgres(open_state, settings={"no_such_setting": "1"}).start()


def test_before_the_start_there_is_no_address(open_state: Path) -> None:
    with pytest.raises(StackError, match="was not started"):
        _ = LocalPostgres(open_state).dsn


def _files_that_hold(text: str, *, below: Path) -> list[Path]:
    return [path for path in below.iterdir() if path.is_file() and text in path.read_text()]
