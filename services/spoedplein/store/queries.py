"""SQL by name. `sql/*.sql` hold them; each begins with `-- name: <name>` and a line that says what it does."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final, NamedTuple

_QUERY: Final = re.compile(
    r"^-- name: (?P<name>\w+)\n(?P<what>(?:-- .*\n)+)(?P<sql>(?:(?!-- name:).*\n?)*)",
    re.MULTILINE,
)


class Query(NamedTuple):
    what: str
    sql: str


@cache
def queries() -> Mapping[str, Query]:
    """Every query of every file; a name that two share is an error."""
    found: dict[str, Query] = {}
    for file in sorted(files(__package__).joinpath("sql").iterdir(), key=lambda each: each.name):
        for match in _QUERY.finditer(file.read_text(encoding="utf-8")):
            assert match["name"] not in found, f"{file.name}: query {match['name']} is there twice"
            what = " ".join(line.removeprefix("-- ") for line in match["what"].splitlines())
            found[match["name"]] = Query(what, match["sql"].strip())
    return MappingProxyType(found)


def sql(name: str) -> str:
    return queries()[name].sql
