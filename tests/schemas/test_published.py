"""The published files: up to date, complete, and exactly what the models take."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from spoedplein.contracts import differences, export
from spoedplein.contracts.asyncapi import CHANNELS, PARTITIONS, REPLICAS
from spoedplein.contracts.catalogue import CONTRACTS, Contract, Direction
from spoedplein.stack.places import checkout_root
from spoedplein_schemas import DECISIONS, EVENTS, Kind
from spoedplein_schemas.vocabulary import Topic

FILES = checkout_root() / "schemas" / "json"
CASES = [pytest.param(contract, id=contract.name) for contract in CONTRACTS]


def schema(contract: Contract) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FILES / f"{contract.name}.schema.json").read_bytes())
    return found


def example(contract: Contract) -> bytes:
    return (FILES / f"{contract.name}.example.json").read_bytes()


def validator(contract: Contract) -> Draft202012Validator:
    return Draft202012Validator(schema(contract), format_checker=Draft202012Validator.FORMAT_CHECKER)


def test_the_files_are_what_the_models_say() -> None:
    assert differences(FILES) == [], "run `spoedplein schemas export`"


def test_an_export_is_complete_and_clears_what_is_gone(tmp_path: Path) -> None:
    (tmp_path / "hap.contact-forgotten.v1.schema.json").write_text("{}")
    (tmp_path / "notes.txt").write_text("not ours")

    written = export(tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in written} | {"notes.txt"}
    assert differences(tmp_path) == []


def test_each_kind_of_difference_is_named(tmp_path: Path) -> None:
    export(tmp_path)
    (tmp_path / "clock.ticked.v1.schema.json").write_text("{}")
    (tmp_path / "clock.ticked.v1.example.json").unlink()
    (tmp_path / "clock.stopped.v1.schema.json").write_text("{}")

    assert differences(tmp_path) == [
        f"{tmp_path}/clock.ticked.v1.example.json: missing",
        f"{tmp_path}/clock.ticked.v1.schema.json: not what the models say",
        f"{tmp_path}/clock.stopped.v1.schema.json: belongs to no contract",
    ]


def test_every_registered_message_has_a_schema_and_an_example() -> None:
    registered = {f"{kind.name}.v{kind.version}" for kind in (*EVENTS, *DECISIONS)}

    for ending in (".schema.json", ".example.json"):
        published = {path.name.removesuffix(ending) for path in FILES.glob(f"*{ending}")}
        assert registered <= published


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.name) for kind in EVENTS])
def test_event_names_say_what_happened(kind: Kind) -> None:
    assert re.fullmatch(r"[a-z]+\.(?:[a-z]+-)*(?:[a-z]+ed|[a-z]+en|left|withdrawn)(?:-over)?", kind.name)


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.name) for kind in (*EVENTS, *DECISIONS)])
def test_a_type_is_the_prefix_the_name_and_the_version(kind: Kind) -> None:
    assert re.fullmatch(r"nl\.spoedplein\.[a-z]+\.[a-z]+(?:-[a-z]+)*\.v[1-9]", kind.type)


@pytest.mark.parametrize("contract", CASES)
def test_a_schema_is_valid_named_and_described(contract: Contract) -> None:
    published = schema(contract)

    Draft202012Validator.check_schema(published)
    assert published["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert published["$id"] == f"urn:spoedplein:schema:{contract.name}"
    assert published["title"] == contract.name
    assert published["description"].strip()
    assert [one["title"] for one in objects(published) if "description" not in one] == []


@pytest.mark.parametrize("contract", CASES)
def test_a_field_that_nobody_knows_is_refused_in_what_is_said_and_not_in_what_is_told(contract: Contract) -> None:
    closed = [one.get("additionalProperties") is False for one in objects(schema(contract))]
    assert set(closed) == {contract.direction is Direction.SAID}


def objects(published: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in (published, *published.get("$defs", {}).values()) if one["type"] == "object"]


@pytest.mark.parametrize("contract", CASES)
def test_what_we_tell_is_never_null_and_has_no_defaults(contract: Contract) -> None:
    text = json.dumps(schema(contract))

    if contract.direction is Direction.TOLD:
        assert '"null"' not in text
        assert '"default"' not in text


@pytest.mark.parametrize("contract", CASES)
def test_an_example_meets_its_schema(contract: Contract) -> None:
    faults = [
        f"{fault.json_path}: {fault.message}"
        for fault in validator(contract).iter_errors(json.loads(example(contract)))
    ]

    assert faults == []


@pytest.mark.parametrize("contract", CASES)
def test_an_example_parses_to_the_same_object_and_back_to_the_same_bytes(contract: Contract) -> None:
    parsed = TypeAdapter(contract.model).validate_json(example(contract), strict=True)

    assert parsed == contract.example
    assert parsed.model_dump_json(exclude_none=True, indent=2).encode() + b"\n" == example(contract)


def test_the_catalogue_of_channels_leaves_out_only_our_own_snapshots() -> None:
    assert set(Topic) - set(CHANNELS) == {Topic.SNAPSHOTS}


@pytest.mark.parametrize("topic", [pytest.param(topic, id=topic.name) for topic in CHANNELS])
def test_channels_say_what_the_deployed_topics_are(topic: Topic) -> None:
    deployed = tomllib.loads((checkout_root() / "deploy" / "kafka" / "topics.toml").read_text())
    defaults = deployed["defaults"]
    config = defaults["config"] | deployed["topic"][topic.value].get("config", {})
    bindings = document()["channels"][topic.value.split(".")[1]]["bindings"]["kafka"]
    said = bindings["topicConfiguration"]

    assert (defaults["partitions"], defaults["replication_factor"]) == (PARTITIONS, REPLICAS)
    assert said["cleanup.policy"] == [config["cleanup.policy"]]
    assert str(said.get("retention.ms")) == config.get("retention.ms", "None")
    assert str(said.get("max.message.bytes")) == config.get("max.message.bytes", "None")


def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FILES / "asyncapi.yaml").read_bytes())
    return found


def references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for value in node.values() for found in references(value)]
    if isinstance(node, list):
        return [found for value in node for found in references(value)]
    return []


def resolve(root: dict[str, Any], pointer: str) -> dict[str, Any]:
    for part in pointer.removeprefix("#/").split("/"):
        root = root[part]
    return root


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    root = document()
    found = references(root)
    files = {reference for reference in found if not reference.startswith("#/")}

    assert all(resolve(root, reference) for reference in found if reference.startswith("#/"))
    assert sorted(reference for reference in files if not (FILES / reference).is_file()) == []
    assert len(files) == len([contract for contract in CONTRACTS if contract.topic])


def test_the_asyncapi_document_has_the_shape_of_version_three() -> None:
    root = document()

    assert root["asyncapi"] == "3.0.0"
    assert set(root) <= {
        "asyncapi",
        "id",
        "info",
        "servers",
        "defaultContentType",
        "channels",
        "operations",
        "components",
    }
    assert {"title", "version"} <= set(root["info"])
    for channel in root["channels"].values():
        assert set(channel) <= {"address", "title", "description", "messages", "bindings"}
        assert channel["bindings"]["kafka"]["topic"] == channel["address"]
        assert channel["messages"]
    for operation in root["operations"].values():
        assert operation["action"] in ("send", "receive")
        assert operation["channel"]["$ref"].startswith("#/channels/")


def test_every_channel_is_sent_to_and_received_from() -> None:
    root = document()
    used: dict[str, set[str]] = {f"#/channels/{name}": set() for name in root["channels"]}
    for operation in root["operations"].values():
        used[operation["channel"]["$ref"]].add(operation["action"])

    assert {name: actions for name, actions in used.items() if actions != {"send", "receive"}} == {}


def test_every_message_points_at_its_example() -> None:
    for name, message in document()["components"]["messages"].items():
        assert (FILES / message["x-example"]).read_bytes() == example(
            next(contract for contract in CONTRACTS if contract.name == name)
        )
