import re
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import asyncpg
import pytest

from spoedplein.settings import Settings
from spoedplein.store.migrate import migrate
from spoedplein.store.queries import queries, sql
from spoedplein.testing.builders import REGION


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


#: A month of decisions, about 400 units and sites in turn.
MANY = """
INSERT INTO spoedplein.decisions
SELECT
    'rijnmond.' || number || '.0', 'rijnmond', number, 0, '2026-01-01Z'::timestamptz + number * interval '1 minute',
    'placement-offered', NULL, 'r-' || number / 4, NULL, 'unit-' || number % 400, 'site-' || number % 400, 'x', 'x',
    '{}'
FROM generate_series(0, 39999) AS number
"""


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("narrowed", "index"),
    [
        pytest.param([None, None, "unit-7", None, None, None, None], "unit_id", id="unit"),
        pytest.param([None, None, None, "site-7", None, None, None], "site_id", id="site"),
        pytest.param([None, None, None, None, ["unit-7", "unit-8"], ["r-1"], ["r-2"]], "unit_id", id="a-provider's"),
    ],
)
async def test_decisions_of_a_few_units_are_found_by_an_index(
    settings: Settings, look: "asyncpg.Connection[Any]", narrowed: Sequence[object], index: str
) -> None:
    await migrate(settings)
    await look.execute("SELECT spoedplein.ensure_months('decisions', ARRAY['2026-01-01'::date])")
    await look.execute(MANY)
    await look.execute("ANALYZE spoedplein.decisions")

    asked = [REGION, datetime(2027, 1, 1, tzinfo=UTC), 10**9, 0, *narrowed, 51]
    plan = [row[0] for row in await look.fetch(f"EXPLAIN {sql('decisions_before')}", *asked)]
    assert any("Index Cond" in line and index in line for line in plan), plan
