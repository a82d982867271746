"""A region's agreements as the TOML file that intake reads."""

import json
from typing import Any

from spoedplein_schemas.agreements import Agreements


def as_toml(agreements: Agreements) -> str:
    """What differs from the defaults; sites, units and the like one table each."""
    fields = agreements.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    tables = {name: value for name, value in fields.items() if value and isinstance(value, list)}
    lines = [f"{name} = {_value(value)}" for name, value in fields.items() if name not in tables]
    for name, entries in tables.items():
        for entry in entries:
            lines += ["", f"[[{name}]]", *(f"{key} = {_value(value)}" for key, value in entry.items())]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:  # noqa: ANN401  whatever a JSON dump holds
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    # JSON's text, numbers and truth values are TOML's too.
    return json.dumps(value, ensure_ascii=False)
