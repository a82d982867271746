"""What is wrong in a region's TOML file, for the person who wrote it: file, line, key, what, and the mend.

Faults come all at once, in the order of the file. A key that nobody knows is held against those that belong there, and
a word that is none of a list against that list: "did you mean".
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final, NamedTuple, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from spoedplein.domain.toml_lines import Path, line_of, lines_of
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.misfits import Misfit, MisfitsError

_SHOWN_MAX: Final = 40
_NO_NUMBER: Final = ("is not a whole number", "write digits only, without quotes and without a fraction")
_NO_FIGURE: Final = ("is not a number", "write digits, with a point before a fraction and without quotes")
_NO_TIME: Final = ("is no time of day", 'write one between quotes, such as "08:30"')
_NO_DATE: Final = ("is no date", 'write one between quotes, such as "2026-01-31"')
_NO_TEXT: Final = ("is not text", "write it between quotes")
_NO_LIST: Final = ("is not a list", "write it between square brackets, also when it is only one")
_NO_TABLE: Final = ("is not a table", "write its keys below a heading, or between braces")
_NO_CLAIM: Final = ("is not true or false", "write true or false, without quotes")

#: Patterns of the contract in words; another one is shown as it is.
_FORMS: Final[Mapping[str, str]] = {
    r"^[a-z][a-z0-9]*(?:[-.][a-z0-9]+)*$": (
        "is no identifier; write small letters and digits, beginning with a letter, parts joined by - or ."
    ),
    r"^[A-Za-z0-9][A-Za-z0-9._+-]*$": "is no code; write letters, digits, and . _ + - between them",
    r"^[^\x00-\x1f\x7f]*$": "is not one line of text; write it without line breaks and tabs",
    r"^[1-9][0-9]{3}$": "is no postcode area; write the four digits only",
}

#: By pydantic's word for it: what is wrong, and the mend. Braces take pydantic's own context.
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "string_too_short": ("has fewer than {min_length} characters", "fill it"),
    "string_too_long": ("has more than {max_length} characters", "shorten it"),
    "greater_than_equal": ("is below {ge}", "write {ge} or more"),
    "less_than_equal": ("is above {le}", "write {le} or less"),
    "greater_than": ("is not above {gt}", "write more than {gt}"),
    "less_than": ("is not below {lt}", "write less than {lt}"),
    "too_short": ("has fewer than {min_length} items", "add what is meant, or leave the key out"),
    "too_long": ("has more than {max_length} items", "take some out"),
    "string_type": _NO_TEXT,
    "int_type": _NO_NUMBER,
    "int_parsing": _NO_NUMBER,
    "int_from_float": _NO_NUMBER,
    "float_type": _NO_FIGURE,
    "float_parsing": _NO_FIGURE,
    "bool_type": _NO_CLAIM,
    "bool_parsing": _NO_CLAIM,
    "tuple_type": _NO_LIST,
    "list_type": _NO_LIST,
    "dict_type": _NO_TABLE,
    "model_type": _NO_TABLE,
    "model_attributes_type": _NO_TABLE,
    "time_type": _NO_TIME,
    "time_parsing": _NO_TIME,
    "date_type": _NO_DATE,
    "date_parsing": _NO_DATE,
    "date_from_datetime_parsing": _NO_DATE,
}


#: What must be there at the top of a file, for looking at the rest of one where it is not.
_NAMELESS: Final[Mapping[str, str]] = {"region": "x", "version": "x", "title": "x", "owner": "x"}


class Fault(NamedTuple):
    """`path` as keys and counts from 0, `line` from 1."""

    line: int
    path: Path
    message: str

    def told(self, name: str) -> str:
        return f"{name}:{self.line}: {'.'.join(str(part) for part in self.path) or 'file'}: {self.message}"


def faults_of(error: ValidationError, text: str, model: type[BaseModel] = Agreements) -> list[Fault]:
    """The faults that `error` found in `text`, in the order of their lines."""
    errors = _first_causes(error.errors(include_url=False))
    meant = dict(_misspelt(errors, model))
    found = [fault for each in errors if each["loc"] not in meant.values() for fault in _said(each, meant, model)]
    if model is Agreements and not any(each["type"] == "value_error" and not each["loc"] for each in errors):
        found += _misfits_of_rest(tomllib.loads(text), [each["loc"] for each in errors])
    lines = lines_of(text)
    return sorted(Fault(line_of(lines, path), path, message) for path, message in found)


def _misfits_of_rest(raw: dict[str, Any], broken: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """What does not fit together in the part of the file that is well written: it need not wait for the next try.

    A reference to something that is there and broken is no fault of its own.
    """
    items = {(path[0], path[1]) for path in broken if len(path) > 1 and isinstance(path[1], int)}
    keys = {path[0] for path in broken if (path[0], *path[1:2]) not in items}
    kept: dict[str, list[int]] = {}
    rest: dict[str, Any] = dict(_NAMELESS)
    lost: set[object] = set()
    for key, value in raw.items():
        if key in keys:
            lost |= {str(each) for each in _words_in(value)}
        elif isinstance(value, list):
            kept[key] = [index for index in range(len(value)) if (key, index) not in items]
            rest[key] = [value[index] for index in kept[key]]
            lost |= {each for index in range(len(value)) if (key, index) in items for each in _words_in(value[index])}
        else:
            rest[key] = value
    try:
        Agreements.model_validate(rest)
    except ValidationError as error:
        causes = [each["ctx"]["error"] for each in error.errors(include_url=False) if each["type"] == "value_error"]
        for misfit in (each for cause in causes if isinstance(cause, MisfitsError) for each in cause.misfits):
            if misfit.name not in lost:
                yield _where_written(misfit.path, kept), _of_misfit(misfit)


def _where_written(path: Path, kept: Mapping[str, list[int]]) -> Path:
    """Counted in the whole file, not in the part that is well written."""
    if len(path) > 1 and isinstance(path[0], str) and isinstance(path[1], int) and path[0] in kept:
        return (path[0], kept[path[0]][path[1]], *path[2:])
    return path


def _words_in(value: object) -> Iterator[str]:
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _words_in(each)
    elif isinstance(value, str):
        yield value


def fault_at(text: str, path: Path, message: str) -> Fault:
    return Fault(line_of(lines_of(text), path), path, message)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "..."?` when one of the known words is near; otherwise nothing."""
    near = get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else ""


def _first_causes(errors: Any) -> list[Any]:  # noqa: ANN401  as pydantic gives them
    """Without lists that are only too short because their items are wrong."""
    within = {each["loc"][:length] for each in errors for length in range(len(each["loc"]))}
    return [each for each in errors if each["type"] != "too_short" or each["loc"] not in within]


def _misspelt(errors: Iterable[Mapping[str, Any]], model: type[BaseModel]) -> Iterator[tuple[Path, Path]]:
    """A key that is not known and the missing key of the same table that it stands for: one fault, not two."""
    missing = {each["loc"] for each in errors if each["type"] == "missing"}
    for each in errors:
        if each["type"] == "extra_forbidden":
            *table, key = each["loc"]
            left = [name for name in _keys_at(model, tuple(table)) if (*table, name) in missing]
            if near := get_close_matches(str(key).lower(), left, n=1, cutoff=0.6):
                missing.discard((*table, near[0]))
                yield each["loc"], (*table, near[0])


def _said(error: Mapping[str, Any], meant: Mapping[Path, Path], model: type[BaseModel]) -> Iterator[tuple[Path, str]]:
    path: Path = error["loc"]
    match str(error["type"]):
        case "value_error":
            yield from _of_value(path, error["ctx"]["error"])
        case "missing":
            yield path, f"is missing; add it{_example(model, path)}"
        case "extra_forbidden":
            yield path, _of_extra(path, meant, model)
        case "enum" | "literal_error":
            yield path, _of_list(error)
        case "string_pattern_mismatch":
            pattern = error["ctx"]["pattern"]
            words = _FORMS.get(pattern, f"does not have the form {pattern}")
            yield path, f"{_shown(error)} {words}{_example(model, path)}"
        case kind if kind in _WORDS:
            bounds = {key: _figure(bound) for key, bound in error.get("ctx", {}).items()}
            what, mend = (words.format_map(bounds) for words in _WORDS[kind])
            yield path, f"{_shown(error)} {what}; {mend}"
        case _:
            yield path, f"{_shown(error)}: {error['msg']}"


def _of_value(path: Path, error: Exception) -> Iterator[tuple[Path, str]]:
    if not isinstance(error, MisfitsError):
        yield path, str(error)
        return
    for misfit in error.misfits:
        yield (*path, *misfit.path), _of_misfit(misfit)


def _of_misfit(misfit: Misfit) -> str:
    return misfit.message + (did_you_mean(misfit.name, misfit.known) if misfit.name else "")


def _of_extra(path: Path, meant: Mapping[Path, Path], model: type[BaseModel]) -> str:
    known = list(_keys_at(model, path[:-1]))
    if path in meant:
        return f'is no key here; did you mean "{meant[path][-1]}"?'
    return f"is no key here{did_you_mean(str(path[-1]), known) or f'; known are {_listed(known)}'}"


def _of_list(error: Mapping[str, Any]) -> str:
    expected = str(error["ctx"]["expected"])
    known = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    return f"{_shown(error)} is none of {_listed(known)}{did_you_mean(str(error['input']), known)}"


def _keys_at(model: type[BaseModel], path: Path) -> Iterator[str]:
    table = _model_at(model, path)
    if table is not None:
        yield from (field.alias or name for name, field in table.model_fields.items())


def _example(model: type[BaseModel], path: Path) -> str:
    """`, such as key = "..."` when the contract has one."""
    field = _field_at(model, path)
    examples = field.examples if field is not None else None
    if not examples:
        return ""
    shown = f'"{examples[0]}"' if isinstance(examples[0], str) else str(examples[0])
    return f", such as {path[-1]} = {shown}" if isinstance(path[-1], str) else f", such as {shown}"


def _field_at(model: type[BaseModel], path: Path) -> FieldInfo | None:
    table = _model_at(model, path[:-1])
    fields = table.model_fields.items() if table is not None else ()
    return next((field for name, field in fields if path[-1] in (name, field.alias)), None)


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """The model of the table at this path; items of a list have the list's."""
    found: type[BaseModel] | None = model
    for part in path:
        if found is None or isinstance(part, int):
            continue
        fields = found.model_fields.items()
        field = next((field for name, field in fields if part in (name, field.alias)), None)
        found = None if field is None else _model_in(field.annotation)
    return found


def _model_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401  whatever a field may be
    """The first model within an annotation such as `tuple[Site, ...]` or `Place | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for each in get_args(annotation) if (model := _model_in(each)) is not None), None)


def _figure(bound: object) -> object:
    return int(bound) if isinstance(bound, float) and bound.is_integer() else bound


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "none"


def _shown(error: Mapping[str, Any]) -> str:
    """What was written, as far as it fits."""
    sent = error["input"]
    text = f'"{sent}"' if isinstance(sent, str) else str(sent).lower() if isinstance(sent, bool) else str(sent)
    return text if len(text) <= _SHOWN_MAX else f"{text[: _SHOWN_MAX - 4]} ..."
