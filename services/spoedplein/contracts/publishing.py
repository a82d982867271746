"""The contracts as files, byte for byte the same from the same models.

`publish` freezes what a release promises. It refuses to overwrite a promise with one that breaks it: a change that
cannot be avoided is a new version of the event (`….v2`), beside the old one for as long as somebody sends that. To
break a promise knowingly, take its line out of the frozen file: the review sees that.
"""

import json
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from spoedplein.contracts.asyncapi import asyncapi
from spoedplein.contracts.catalogue import CONTRACTS
from spoedplein.contracts.compatibility import Schemas, breaking_changes
from spoedplein.contracts.json_schemas import Schema, schema_of, schema_of_file
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.examples import AGREEMENTS
from spoedplein_schemas.scenario import Scenario

ASYNCAPI_FILE: Final = "asyncapi.yaml"
AGREEMENTS_FILE: Final = "agreements.schema.json"
SCENARIO_FILE: Final = "scenario.schema.json"
#: Words for people: they may change without changing what a message may be.
_ANNOTATIONS: Final = frozenset({"$schema", "$id", "title", "description", "examples"})


class PublishingError(ValueError):
    """The frozen contracts would be broken; the message lists by what."""


def documents() -> dict[str, bytes]:
    """All files by name."""
    files = {
        ASYNCAPI_FILE: asyncapi(),
        AGREEMENTS_FILE: _json(agreements_file()),
        SCENARIO_FILE: _json(scenario_file()),
    }
    for contract in CONTRACTS:
        files[f"{contract.name}.schema.json"] = _json(schema_of(contract))
        files[f"{contract.name}.example.json"] = example_bytes(contract.example)
    return dict(sorted(files.items()))


def agreements_file() -> Schema:
    """What an editor holds a region's TOML file against."""
    return schema_of_file(Agreements, name="agreements", example=AGREEMENTS)


def scenario_file() -> Schema:
    """What an editor holds a script against."""
    return schema_of_file(Scenario, name="scenario")


def export(directory: Path) -> list[Path]:
    """Writes all files and removes those of contracts that are gone; answers what stands there now."""
    directory.mkdir(parents=True, exist_ok=True)
    files = documents()
    for stale in _generated(directory) - files.keys():
        (directory / stale).unlink()
    for name, content in files.items():
        (directory / name).write_bytes(content)
    return [directory / name for name in files]


def differences(directory: Path) -> list[str]:
    """What an export would change, a sentence for each file; empty when all is up to date."""
    files = documents()
    present = _generated(directory)
    return [
        *(f"{directory / name}: missing" for name in files if name not in present),
        *(
            f"{directory / name}: not what the models say"
            for name, content in files.items()
            if name in present and (directory / name).read_bytes() != content
        ),
        *(f"{directory / name}: belongs to no contract" for name in sorted(present - files.keys())),
    ]


def example_bytes(example: BaseModel) -> bytes:
    """The message as it goes over the wire, spread over lines."""
    return example.model_dump_json(exclude_none=True, indent=2).encode() + b"\n"


def current() -> Schemas:
    return {contract.name: schema_of(contract) for contract in CONTRACTS}


def publish(file: Path) -> None:
    """Freezes the schemas, without their words, one on each line. Raises `PublishingError` on a broken promise."""
    schemas = current()
    if file.exists():
        broken = breaking_changes(read_published(file), schemas)
        if broken:
            listed = "\n".join(broken)
            msg = f"{file} promises what these schemas do not keep; give the message a new version instead:\n{listed}"
            raise PublishingError(msg)
    lines = [f"{json.dumps(name)}:{_compact(schema)}" for name, schema in sorted(schemas.items())]
    file.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def read_published(file: Path) -> Schemas:
    schemas: Schemas = json.loads(file.read_bytes())
    return schemas


def _generated(directory: Path) -> set[str]:
    found = (path.name for pattern in ("*.schema.json", "*.example.json") for path in directory.glob(pattern))
    return {*found} | ({ASYNCAPI_FILE} if (directory / ASYNCAPI_FILE).is_file() else set())


def _json(schema: Schema) -> bytes:
    return json.dumps(schema, indent=2, ensure_ascii=False).encode() + b"\n"


def _compact(schema: Schema) -> str:
    return json.dumps(_without_words(schema), separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def _without_words(schema: Schema) -> Schema:
    """Drops annotations and tables of defaults; a field that happens to be called `title` is neither, and stays."""
    kept: Schema = {}
    for key, value in schema.items():
        if key in _ANNOTATIONS or (key == "default" and isinstance(value, list | dict)):
            continue
        if key in ("properties", "$defs"):
            kept[key] = {name: _without_words(inner) for name, inner in value.items()}
        elif isinstance(value, dict):
            kept[key] = _without_words(value)
        elif key in ("anyOf", "allOf"):
            kept[key] = [_without_words(inner) for inner in value]
        else:
            kept[key] = value
    return kept
