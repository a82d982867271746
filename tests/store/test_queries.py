import re
from importlib.resources import files
from typing import Any

import asyncpg
import pytest

from spoedplein.settings import Settings
from spoedplein.store.migrate import migrate
from spoedplein.store.queries import queries


def test_every_query_says_what_it_does() -> None:
    assert len(queries()) > 15
    for name, query in queries().items():
        assert query.what.endswith("."), name
        assert "-- name:" not in query.sql, name


def test_no_statement_of_a_file_is_without_a_name() -> None:
    told = "".join(re.sub(r"\s", "", query.sql) for query in queries().values())
    for file in files("spoedplein.store").joinpath("sql").iterdir():
        code = "".join(line for line in file.read_text().splitlines() if not line.startswith("--"))
        for statement in re.sub(r"\s", "", code).split(";"):
            assert statement in told, f"{file.name}: {statement[:60]}"


def test_the_code_asks_for_every_query_and_no_other() -> None:
    code = "".join(file.read_text() for file in files("spoedplein.store").iterdir() if file.name.endswith(".py"))
    asked = set(re.findall(r'sql\("(\w+)"\)|"(missing_\w+)"', code))
    names = {name for pair in asked for name in pair if name} | {f"insert_{t}" for t in ("events", "decisions")}
    assert names | {"insert_availability"} == set(queries())


@pytest.mark.postgres
async def test_postgresql_understands_every_query(settings: Settings, look: "asyncpg.Connection[Any]") -> None:
    await migrate(settings)
    for name, query in queries().items():
        for statement in filter(str.strip, query.sql.split(";")):
            prepared = await look.prepare(statement)
            assert len(prepared.get_parameters()) == len(set(re.findall(r"\$\d+", statement))), name
