"""Topics, roles and messages as one AsyncAPI 3.0 document; the payloads are the schema files beside it.

Three roles: a *source* writes what happened, the *centre* (this system) reads that and writes what it decided, a
*reader* shows it. The snapshots topic is the centre's own and stands in no contract.
"""

from typing import Any, Final, NamedTuple

import yaml

from spoedplein.contracts.catalogue import CONTRACTS, Contract
from spoedplein_schemas.intended_use import INTENDED_USE
from spoedplein_schemas.vocabulary import SOURCE_TOPICS, Topic

ASYNCAPI_VERSION: Final = "3.0.0"
KAFKA_BINDING: Final = "0.5.0"
SCHEMA_FORMAT: Final = "application/schema+json;version=draft-2020-12"
PARTITIONS: Final = 4
REPLICAS: Final = 3

_DAY_MS: Final = 86_400_000
_CLOUD_EVENTS: Final = "application/cloudevents+json"

_HOW_IT_WORKS: Final = (
    "Every record is one CloudEvent 1.0 in structured JSON mode, except on the two compacted topics and among the dead "
    "letters, where it is plain JSON. The key of a source's record is the region. Nothing that identifies a person "
    "belongs in any field: such a message is refused. Times are RFC 3339 with an offset."
)


class Channel(NamedTuple):
    """How a topic is kept, as `deploy/kafka` makes it. `retention_days` is absent where the newest is kept for good."""

    title: str
    description: str
    key: str
    key_example: str
    retention_days: int | None = None
    max_bytes: int | None = None


_REGION_KEY: Final = "The region, as in the message. Its partition follows from a table that all producers share."

_COMPACTED: Final = (
    "Read from the beginning. A record without a value: what its key names is in the agreements no more."
)

CHANNELS: Final[dict[Topic, Channel]] = {
    Topic.HAP: Channel("HAP", "What huisartsenposten say.", _REGION_KEY, "rijnmond", retention_days=14),
    Topic.SEH: Channel("SEH", "What emergency departments say.", _REGION_KEY, "rijnmond", retention_days=14),
    Topic.AMBULANCE: Channel(
        "Ambulance", "What the control room and the crews say.", _REGION_KEY, "rijnmond", retention_days=14
    ),
    Topic.CAPACITY: Channel(
        "Capacity", "What places say of themselves; nothing about persons.", _REGION_KEY, "rijnmond", retention_days=14
    ),
    Topic.PLACEMENT: Channel(
        "Placement", "Requests for a place, answers, and consultations.", _REGION_KEY, "rijnmond", retention_days=14
    ),
    Topic.LOG: Channel(
        "Log",
        "All of a region in one order, validated: the only thing that decisions follow from.",
        _REGION_KEY,
        "rijnmond",
        retention_days=30,
    ),
    Topic.DECISIONS: Channel(
        "Decisions",
        "What was decided, why, and on which data.",
        _REGION_KEY,
        "rijnmond",
        retention_days=30,
        max_bytes=8_388_608,
    ),
    Topic.AVAILABILITY: Channel(
        "Availability",
        f"The newest of each unit, and of each care type in a region. {_COMPACTED}",
        "`region/unit` for a unit, `region//care-type` for a care type.",
        "rijnmond/elv-hoog-frankeland",
    ),
    Topic.BOARDS: Channel(
        "Boards",
        f"The newest board of each site, and of the open requests of a region. {_COMPACTED}",
        "`region/site` for a site; `region/requests`, `/ambulance`, `/rounds`, `/consults`, `/escalation` of a region.",
        "rijnmond/schiedam",
        max_bytes=8_388_608,
    ),
    Topic.DEAD_LETTERS: Channel(
        "Dead letters",
        "What intake refused: where, why, and how to mend it. The payload is redacted.",
        "The source, as far as it could be read.",
        "urn:nld:oin:00000099000000001000:systeem:his-schiedam",
        retention_days=30,
        max_bytes=2_097_152,
    ),
}

_READ_BY_READERS: Final = (Topic.DECISIONS, Topic.AVAILABILITY, Topic.BOARDS)


def asyncapi() -> bytes:
    """YAML, UTF-8; references are relative to the document."""
    document = {
        "asyncapi": ASYNCAPI_VERSION,
        "info": {
            "title": "spoedplein",
            "version": "1.0.0",
            "description": f"{INTENDED_USE}\n\n{_HOW_IT_WORKS}\n",
        },
        "defaultContentType": _CLOUD_EVENTS,
        "channels": {_word(topic): _channel(topic) for topic in CHANNELS},
        "operations": _operations(),
        "components": {
            "messages": {contract.name: _message(contract) for contract in CONTRACTS if contract.topic},
            "messageTraits": {"event": _trait("id"), "decision": _trait("causationid")},
        },
    }
    text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return text.encode()


def messages_on(topic: Topic) -> list[Contract]:
    """The log holds every event, whatever topic it came in by."""
    if topic is Topic.LOG:
        return [contract for contract in CONTRACTS if contract.topic in {*SOURCE_TOPICS, Topic.LOG}]
    return [contract for contract in CONTRACTS if contract.topic is topic]


def _channel(topic: Topic) -> dict[str, Any]:
    channel = CHANNELS[topic]
    settings: dict[str, Any] = {"cleanup.policy": ["delete" if channel.retention_days else "compact"]}
    if channel.retention_days:
        settings["retention.ms"] = channel.retention_days * _DAY_MS
    if channel.max_bytes:
        settings["max.message.bytes"] = channel.max_bytes
    return {
        "address": topic.value,
        "title": channel.title,
        "description": channel.description,
        "messages": {
            contract.name: {"$ref": f"#/components/messages/{contract.name}"} for contract in messages_on(topic)
        },
        "bindings": {
            "kafka": {
                "topic": topic.value,
                "partitions": PARTITIONS,
                "replicas": REPLICAS,
                "topicConfiguration": settings,
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def _operations() -> dict[str, Any]:
    """Who sends and who receives. The document speaks for all roles, told apart by tag."""
    return {
        **{f"source-sends-{_word(topic)}": _operation("source", "send", topic) for topic in SOURCE_TOPICS},
        **{f"centre-receives-{_word(topic)}": _operation("centre", "receive", topic) for topic in SOURCE_TOPICS},
        "centre-sends-log": _operation("centre", "send", Topic.LOG),
        "centre-receives-log": _operation("centre", "receive", Topic.LOG),
        **{f"centre-sends-{_word(topic)}": _operation("centre", "send", topic) for topic in _READ_BY_READERS},
        **{f"reader-receives-{_word(topic)}": _operation("reader", "receive", topic) for topic in _READ_BY_READERS},
        "centre-sends-dead-letters": _operation("centre", "send", Topic.DEAD_LETTERS),
        "operator-receives-dead-letters": _operation("operator", "receive", Topic.DEAD_LETTERS),
    }


def _operation(role: str, action: str, topic: Topic) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{_word(topic)}"},
        "summary": f"The {role} {action}s on {topic.value}.",
        "tags": [{"name": role}],
    }


def _message(contract: Contract) -> dict[str, Any]:
    lines = (contract.model.__doc__ or "").strip().splitlines()
    message: dict[str, Any] = {
        "name": contract.name,
        "title": contract.name,
        "summary": lines[0],
        "contentType": _CLOUD_EVENTS if contract.is_cloud_event else "application/json",
        "payload": {"schemaFormat": SCHEMA_FORMAT, "schema": {"$ref": f"./{contract.name}.schema.json"}},
        "x-example": f"./{contract.name}.example.json",
        "bindings": {"kafka": {"key": _key(contract), "bindingVersion": KAFKA_BINDING}},
    }
    if contract.is_cloud_event:
        trait = "decision" if contract.topic is Topic.DECISIONS else "event"
        message["traits"] = [{"$ref": f"#/components/messageTraits/{trait}"}]
    return message


def _key(contract: Contract) -> dict[str, Any]:
    channel = CHANNELS[contract.topic or Topic.LOG]
    return {"type": "string", "description": channel.key, "examples": [channel.key_example]}


def _trait(correlation: str) -> dict[str, Any]:
    """What every CloudEvent in structured mode shares. Producers that can, say so in a header too."""
    return {
        "contentType": _CLOUD_EVENTS,
        "headers": {
            "type": "object",
            "properties": {"content-type": {"type": "string", "const": f"{_CLOUD_EVENTS}; charset=UTF-8"}},
        },
        "correlationId": {"location": f"$message.payload#/{correlation}"},
        "tags": [{"name": "cloudevents"}],
    }


def _word(topic: Topic) -> str:
    """`hap` of `spoedplein.hap.v1`."""
    return topic.value.split(".")[1]


class _Dumper(yaml.SafeDumper):
    """Without anchors, and with a sequence's dashes below its key."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  the library's own signature
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        super().increase_indent(flow, indentless=False)
