"""The models as JSON Schema 2020-12, each file complete in itself.

Two things differ from what pydantic would write. What others say: `specversion` and `type` are required, as CloudEvents
has it. What we tell: a field with a default is always there, and nothing is ever null, because we leave out what is
absent; lists that may grow carry `x-open`, and a field that is not named may be there.
"""

from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from spoedplein.contracts.catalogue import OPEN_LISTS, Contract, Direction

Schema = dict[str, Any]

_OPEN_NAMES: Final = {words.__name__ for words in OPEN_LISTS}
_OPEN_NOTE: Final = "This list may grow: show or skip a code that you do not know, and go on."
_READER_NOTE: Final = "Readers pass over fields that they do not know: a later release may add some."
_FILE_NOTE: Final = (
    "Units of time are in the names of the keys. `spoedplein agreements check` says more than a schema can."
)
_ALWAYS_SENT: Final = ("specversion", "type")


def schema_of(contract: Contract) -> Schema:
    told = contract.direction is Direction.TOLD
    generator = _Told if told else _Said
    made = contract.model.model_json_schema(by_alias=True, schema_generator=generator, mode="validation")
    description = (contract.model.__doc__ or "").strip()
    definitions = made.pop("$defs", {})
    if told:
        description = f"{description}\n\n{_READER_NOTE}"
        _loosen_for_readers(made, definitions)
    if contract.is_cloud_event:
        made["required"] = [name for name in made["properties"] if name in _ALWAYS_SENT or name in made["required"]]
    head = {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": urn_of(contract),
        "title": contract.name,
        "description": description,
        "type": made.pop("type"),
    }
    body = {key: value for key, value in made.items() if key not in head}
    return head | body | ({"$defs": definitions} if definitions else {})


def schema_of_file(model: type[BaseModel], *, name: str, example: BaseModel | None = None) -> Schema:
    """For the editor of a person who writes such a file in TOML: null does not exist, what is left out is left out.

    A list that keeps its defaults beside what is written has none to show. Each key of `example` lends its value,
    of a list the first item.
    """
    made = model.model_json_schema(by_alias=True, schema_generator=_Written, mode="validation")
    shown = example.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude_none=True) if example else {}
    for key, value in shown.items():
        made["properties"][key]["examples"] = [value[:1] if isinstance(value, list) else value]
    definitions, _ = made.pop("$defs", {}), made.pop("title")
    head = {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": f"urn:spoedplein:schema:{name}",
        "title": name,
        "description": made.pop("description"),
    }
    return head | made | {"$defs": definitions}


def urn_of(contract: Contract) -> str:
    return f"urn:spoedplein:schema:{contract.name}"


def _loosen_for_readers(made: Schema, definitions: Schema) -> None:
    """Which codes a triage system has is a rule for senders; readers take the pair as it comes.

    Models of ours have no field that they do not know. Who validates by their schema must not refuse a later release.
    """
    for schema in (made, *definitions.values()):
        if schema.get("additionalProperties") is False:
            del schema["additionalProperties"]
    for name, definition in definitions.items():
        if name in _OPEN_NAMES:
            definition["x-open"] = True
            definition["description"] = " ".join(filter(None, (definition.get("description"), _OPEN_NOTE)))
    definitions.get("Urgency", {}).pop("allOf", None)


class _Said(GenerateJsonSchema):
    """No titles on fields (they only repeat the name), and no `default: null`."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002  pydantic's own signature
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if schema.get("default", ...) is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)


class _Written(_Said):
    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if isinstance(schema.get("default", ...), tuple):
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


class _Told(_Said):
    def field_is_required(self, field: Any, total: bool) -> bool:  # noqa: ANN401, FBT001  pydantic's own signature
        inner = field["schema"]
        if inner["type"] == "default":
            return inner.get("default", ...) is not None
        return super().field_is_required(field, total)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])
