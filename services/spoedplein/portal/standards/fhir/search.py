"""Searching resources by FHIR's own parameters: what can be asked of each, and whether a resource matches.

A parameter that is named twice must match twice; values with a comma between them are alternatives.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from spoedplein.domain.errors import SpoedpleinError
from spoedplein.portal.standards.fhir.bundles import Query
from spoedplein.portal.standards.fhir.elements import Resource

#: FHIR's search-param-type.
TOKEN, REFERENCE, DATE, STRING, URI = "token", "reference", "date", "string", "uri"

#: Of every search: these say how it is answered, and match nothing.
RESULT: Final = ("_count", "_cursor", "_format")

Values = Callable[[Resource], Iterable[Any]]
Condition = Callable[[Resource], bool]


class SearchError(SpoedpleinError):
    """A parameter that is not known here, or a value that cannot be one; `parameter` is which."""

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(detail)
        self.parameter = parameter


class Parameter(NamedTuple):
    """`values` of a resource: (system, code) of a token, `Type/id` of a reference, a moment, a text, a URI."""

    name: str
    kind: str
    values: Values
    says: str


def conditions(query: Query, parameters: Iterable[Parameter], *, lenient: bool) -> tuple[list[Condition], list[str]]:
    """What a resource must meet, and the names that were passed over. Raises SearchError for those, unless lenient."""
    known = {each.name: each for each in parameters}
    wanted: list[Condition] = []
    passed_over = []
    for name, value in query:
        if name in RESULT:
            continue
        if name in known:
            wanted.append(_condition(known[name], value))
        elif lenient:
            passed_over.append(name)
        else:
            names = ", ".join([*sorted(known), *RESULT])
            detail = f"This cannot be searched by; these can: {names}. Or send `Prefer: handling=lenient`."
            raise SearchError(name, detail)
    return wanted, passed_over


def matches(resource: Resource, wanted: Iterable[Condition]) -> bool:
    return all(condition(resource) for condition in wanted)


def values_of(query: Query, name: str) -> list[set[str]]:
    """The alternatives of each time that it is named."""
    return [set(_split(value)) for asked, value in query if asked == name]


# --- what values a resource has ---------------------------------------------------------------------------------


def at(*path: str) -> Values:
    """What stands there, through lists."""

    def found(resource: Resource) -> Iterator[Any]:
        return _walk(resource, path)

    return found


def codes(*path: str) -> Values:
    """Of a CodeableConcept, or a list of them."""

    def found(resource: Resource) -> Iterator[tuple[str | None, str]]:
        return ((each.get("system"), each["code"]) for each in _walk(resource, (*path, "coding")))

    return found


def bare_codes(*path: str) -> Values:
    """Of a code without a system, such as a status; true and false of a boolean."""

    def found(resource: Resource) -> Iterator[tuple[None, str]]:
        for each in _walk(resource, path):
            yield None, str(each).lower() if isinstance(each, bool) else each

    return found


def identifiers(*path: str) -> Values:
    def found(resource: Resource) -> Iterator[tuple[str | None, str]]:
        return ((each.get("system"), each["value"]) for each in _walk(resource, path))

    return found


def moments(*path: str) -> Values:
    def found(resource: Resource) -> Iterator[datetime]:
        return (datetime.fromisoformat(each) for each in _walk(resource, path))

    return found


def _walk(found: Any, path: tuple[str, ...]) -> Iterator[Any]:  # noqa: ANN401  any part of a resource
    if isinstance(found, list):
        for each in found:
            yield from _walk(each, path)
    elif not path:
        yield found
    elif isinstance(found, Mapping) and path[0] in found:
        yield from _walk(found[path[0]], path[1:])


# --- whether they match -----------------------------------------------------------------------------------------


def _condition(parameter: Parameter, value: str) -> Condition:
    tests = [_TESTS[parameter.kind](parameter.name, each) for each in _split(value)]

    def met(resource: Resource) -> bool:
        return any(test(each) for each in parameter.values(resource) for test in tests)

    return met


def _split(value: str) -> list[str]:
    """At commas, unless one is escaped."""
    return [each.replace("\\,", ",") for each in re.split(r"(?<!\\),", value)]


Test = Callable[[Any], bool]


def _token(_name: str, value: str) -> Test:
    system, bar, code = value.rpartition("|")
    if not bar:
        return lambda each: bool(each[1] == code)
    return lambda each: (each[0] or "") == system and (not code or each[1] == code)


def _reference(_name: str, value: str) -> Test:
    """`Type/id`, or the id alone."""
    return lambda each: bool(each == value or each.rpartition("/")[2] == value)


def _string(_name: str, value: str) -> Test:
    """As FHIR: the beginning, in whatever case."""
    return lambda each: bool(each.lower().startswith(value.lower()))


def _uri(_name: str, value: str) -> Test:
    return lambda each: bool(each == value)


_DATE: Final = re.compile(r"(?P<prefix>eq|ne|gt|lt|ge|le|sa|eb)?(?P<value>\d{4}.*)")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})?")


def _date(name: str, value: str) -> Test:
    """A day, or a moment with an offset; a moment to the second means that second."""
    parts = _DATE.fullmatch(value)
    first, last = _span(name, parts["value"]) if parts else _span(name, value)
    return {
        "eq": lambda each: first <= each < last,
        "ne": lambda each: not first <= each < last,
        "ge": lambda each: each >= first,
        "le": lambda each: each < last,
        "gt": lambda each: each >= last,
        "sa": lambda each: each >= last,
        "lt": lambda each: each < first,
        "eb": lambda each: each < first,
    }[(parts and parts["prefix"]) or "eq"]


def _span(name: str, value: str) -> tuple[datetime, datetime]:
    written = value.replace(" ", "+")  # a plus that nobody escaped
    mend = "Write a day as 2026-01-10, or a moment as 2026-01-10T23:30:00+01:00."
    if not _DAY.fullmatch(written) and not _MOMENT.fullmatch(written):
        raise SearchError(name, mend)
    try:
        found = datetime.fromisoformat(written.upper())
    except ValueError as error:
        raise SearchError(name, mend) from error
    if _DAY.fullmatch(value):
        found = found.replace(tzinfo=UTC)
        return found, _after(found, timedelta(days=1))
    if found.tzinfo is None:
        raise SearchError(name, "A moment needs an offset from UTC: Z, or +01:00.")
    return found, _after(found, timedelta(seconds=1) if "." not in value else timedelta(milliseconds=1))


def _after(moment: datetime, length: timedelta) -> datetime:
    """The last that there is, for who writes "at any time" as the end of the calendar."""
    try:
        return moment + length
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


_TESTS: Final[dict[str, Callable[[str, str], Test]]] = {
    TOKEN: _token,
    REFERENCE: _reference,
    DATE: _date,
    STRING: _string,
    URI: _uri,
}
