"""What in a changed schema would break somebody who did not change.

Old producers: whatever the old schema allowed, the new one must allow and mean the same by (events, a region's file
of agreements).
Old readers: whatever the new schema allows, the old one must have allowed (decisions, views, dead letters) - except
that readers pass over new fields, and over new codes in a list that says `x-open`.

So both are one question, asked in two directions: does `accepting` allow all that `given` allows? It is answered for
the part of JSON Schema that our models come to, and an unknown keyword is an error rather than a guess. New kinds of
message break nobody; a kind that is gone breaks all who used it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from spoedplein.contracts.json_schemas import Schema

Schemas = dict[str, Schema]

#: Contracts that we write and others read; all others are written to us.
_TOLD_PREFIXES: Final = ("decision.", "view.", "dead-letter.")

_AT_LEAST: Final = ("minimum", "minLength", "minItems")
_AT_MOST: Final = ("maximum", "maxLength", "maxItems")
_SAME: Final = ("pattern", "format")
_SILENT: Final = frozenset({"$schema", "$id", "$defs", "title", "description", "examples", "default", "x-open"})
_KNOWN: Final = _SILENT | {
    *(*_AT_LEAST, *_AT_MOST, *_SAME),
    *("$ref", "type", "enum", "const", "anyOf", "allOf", "properties", "required", "additionalProperties", "items"),
}


class UnknownKeywordError(ValueError):
    """A schema uses a keyword that this comparison does not understand: teach it here, or express it otherwise."""


def breaking_changes(old: Schemas, new: Schemas) -> list[str]:
    """One sentence for each change that breaks an old producer or reader; schemas by contract name."""
    found = [f"{name}: gone; who used it is left without" for name in old if name not in new]
    for name, before in old.items():
        if name not in new:
            continue
        told = name.startswith(_TOLD_PREFIXES)
        accepting, given = (before, new[name]) if told else (new[name], before)
        comparison = _Comparison(accepting, given, told=told)
        found += [f"{name}: {fault}" for fault in comparison.compare(accepting, given, place="message")]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Values:
    """`enum` or `const` of a schema as one thing."""

    listed: tuple[Any, ...] | None
    open: bool

    @classmethod
    def of(cls, schema: Schema) -> "_Values":
        listed = (schema["const"],) if "const" in schema else tuple(schema["enum"]) if "enum" in schema else None
        return cls(listed=listed, open=bool(schema.get("x-open")))


class _Comparison:
    def __init__(self, accepting: Schema, given: Schema, *, told: bool) -> None:
        self._accepting_root = accepting
        self._given_root = given
        self._told = told

    def compare(self, accepting: Schema, given: Schema, *, place: str) -> Iterator[str]:
        accepting, given = _resolved(accepting, self._accepting_root), _resolved(given, self._given_root)
        choices = [_resolved(choice, self._accepting_root) for choice in accepting.get("anyOf", [accepting])]
        if len(choices) == 1 and "anyOf" not in given:
            yield from self._one(choices[0], given, place=place)
            return
        for alternative in given.get("anyOf", [given]):
            yield from self._one_of(choices, _resolved(alternative, self._given_root), place=place)

    def _one_of(self, choices: list[Schema], given: Schema, *, place: str) -> Iterator[str]:
        """The faults against the choice that comes nearest: one of the same type, else none does."""
        tried = [(choice, [*self._one(choice, given, place=place)]) for choice in choices]
        if all(faults for _, faults in tried):
            alike = [faults for choice, faults in tried if choice.get("type") == given.get("type")]
            if alike:
                yield from min(alike, key=len)
            else:
                verb = "may be" if self._told else "may no longer be"
                yield f"{place} {verb} {given.get('type', 'anything')}"

    def _one(self, accepting: Schema, given: Schema, *, place: str) -> Iterator[str]:
        _refuse_unknown(accepting, given, place=place)
        yield from self._values(_Values.of(accepting), _Values.of(given), place=place)
        if not _type_fits(accepting.get("type"), given.get("type")):
            yield self._was_is(place, "type", accepting.get("type"), given.get("type"))
            return
        if _Values.of(given).listed is None:
            yield from self._limits(accepting, given, place=place)
        yield from self._fields(accepting, given, place=place)
        if "items" in accepting:
            yield from self.compare(accepting["items"], given.get("items", {}), place=f"{place}[]")
        yield from self._conditions(accepting, given, place=place)

    def _values(self, accepting: _Values, given: _Values, *, place: str) -> Iterator[str]:
        if accepting.listed is None:
            return
        if given.listed is None:
            yield self._was_is(place, "list of values", accepting.listed, "any")
            return
        unheard = [str(value) for value in given.listed if value not in accepting.listed]
        if unheard and self._told and not accepting.open:
            yield f"{place} may be {', '.join(unheard)}, new in a list that is not open"
        elif unheard and not self._told:
            yield f"{place} may no longer be {', '.join(unheard)}"

    def _limits(self, accepting: Schema, given: Schema, *, place: str) -> Iterator[str]:
        for limit in _AT_LEAST:
            if limit in accepting and given.get(limit, float("-inf")) < accepting[limit]:
                yield self._was_is(place, limit, accepting[limit], given.get(limit))
        for limit in _AT_MOST:
            if limit in accepting and given.get(limit, float("inf")) > accepting[limit]:
                yield self._was_is(place, limit, accepting[limit], given.get(limit))
        for rule in _SAME:
            if rule in accepting and accepting[rule] != given.get(rule):
                yield self._was_is(place, rule, accepting[rule], given.get(rule))

    def _fields(self, accepting: Schema, given: Schema, *, place: str) -> Iterator[str]:
        taken, sent = accepting.get("properties", {}), given.get("properties", {})
        for name in accepting.get("required", ()):
            if name not in given.get("required", ()):
                yield f"{place}.{name} {'may be absent now' if self._told else 'is required now'}"
        if self._told:
            yield from (f"{place}.{name} is gone" for name in taken if name not in sent)
        others = _others(accepting)
        for name, field in sent.items():
            if name in taken:
                yield from self.compare(taken[name], field, place=f"{place}.{name}")
                if name not in given.get("required", ()):
                    yield from self._default(taken[name], field, place=f"{place}.{name}")
            elif others is not None:
                yield from self.compare(others, field, place=f"{place}.{name}")
            elif not self._told:
                yield f"{place}.{name} is no longer taken"
        yield from self._unnamed_fields(others, _others(given), place=place)

    def _unnamed_fields(self, others: Schema | None, unnamed: Schema | None, *, place: str) -> Iterator[str]:
        if others is None and unnamed is not None and not self._told:
            yield f"{place} no longer takes fields of any name"
        elif others and unnamed is not None:
            yield from self.compare(others, unnamed, place=f"{place}.*")

    def _default(self, accepting: Schema, given: Schema, *, place: str) -> Iterator[str]:
        """Leaving the field out must keep its meaning. Whole tables of defaults (norms) are data, and may improve."""
        before, now = given.get("default"), accepting.get("default")
        if not self._told and before != now and not any(isinstance(value, list | dict) for value in (before, now)):
            yield f"{place}: left out it meant {before}, and means {now} now"

    def _conditions(self, accepting: Schema, given: Schema, *, place: str) -> Iterator[str]:
        """`allOf` of if-then pairs, as the codes of the triage systems are. A new pair may only meet new values."""
        held = {_key(pair["if"]): pair["then"] for pair in given.get("allOf", ())}
        for pair in accepting.get("allOf", ()):
            if pair.keys() != {"if", "then"}:
                msg = f"{place}: allOf may hold if-then pairs only; got {sorted(pair)}"
                raise UnknownKeywordError(msg)
            if _key(pair["if"]) in held:
                yield from self._fields(pair["then"], held[_key(pair["if"])], place=place)
            elif self._may_meet(pair["if"], given):
                yield f"{place} has a new condition: {_key(pair['if'])}"

    def _may_meet(self, condition: Schema, given: Schema) -> bool:
        """False only where the condition asks a value that the given schema never allows."""
        for name, asked in condition.get("properties", {}).items():
            field = _resolved(given.get("properties", {}).get(name, {}), self._given_root)
            possible = _Values.of(field).listed
            if possible is not None and "const" in asked and asked["const"] not in possible:
                return False
        return True

    def _was_is(self, place: str, what: str, accepting: object, given: object) -> str:
        was, now = (accepting, given) if self._told else (given, accepting)
        return f"{place}: {what} was {was}, is {now}"


def _resolved(schema: Schema, root: Schema) -> Schema:
    """Follows a reference; words beside it (`description`, `default`) do not matter here."""
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema


def _others(schema: Schema) -> Schema | None:
    """What fields without a name here must be: anything ({}), a schema, or (None) there may be none."""
    others = schema.get("additionalProperties", True)
    if isinstance(others, dict):
        return others
    return {} if others else None


def _refuse_unknown(*schemas: Schema, place: str) -> None:
    unknown = sorted({key for schema in schemas for key in schema} - _KNOWN)
    if unknown:
        msg = f"{place}: cannot judge {', '.join(unknown)}; extend spoedplein.contracts.compatibility"
        raise UnknownKeywordError(msg)


def _type_fits(accepting: object, given: object) -> bool:
    return accepting in (None, given) or (accepting, given) == ("number", "integer")


def _key(schema: Schema) -> str:
    return json.dumps(schema, sort_keys=True)
