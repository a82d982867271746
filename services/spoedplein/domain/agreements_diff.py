"""Two texts of agreements beside each other: what is added, gone and changed, in words that name the thing.

Units, sites and the like are known by their names, not by their place in the file: moving one changes nothing.
"""

from collections.abc import Iterator
from typing import Any, Final

from spoedplein_schemas.agreements import Agreements

#: What makes an item of a list the same item; the first of these that it has. Others are the same when they are equal.
_NAMES: Final = (
    ("id",),
    ("theme",),
    ("region",),
    ("system", "code"),
    ("audience", "subject"),
    ("warning", "about"),
    ("source", "path"),
    ("to", "site", "name"),
    ("specialty",),
    ("care_type",),
    ("name",),
)
_SHOWN_MAX: Final = 60


def compared(before: Agreements, after: Agreements) -> Iterator[str]:
    """`+` added, `-` gone, `~` changed; nothing when both say the same."""
    one, other = (each.model_dump(mode="json", by_alias=True, exclude_none=True) for each in (before, after))
    yield from _tables(one, other, "")


def _tables(before: dict[str, Any], after: dict[str, Any], place: str) -> Iterator[str]:
    for key in [*before, *(key for key in after if key not in before)]:
        here = f"{place} {key}".strip()
        if key not in after:
            yield f"~ {here}: {_shown(before[key])} -> not said"
        elif key not in before:
            yield f"~ {here}: not said -> {_shown(after[key])}"
        else:
            yield from _values(before[key], after[key], here)


def _values(before: Any, after: Any, place: str) -> Iterator[str]:  # noqa: ANN401  any JSON value
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _tables(before, after, place)
    elif isinstance(before, list) and isinstance(after, list) and _are_tables([*before, *after]):
        yield from _lists(before, after, place)
    else:
        yield f"~ {place}: {_shown(before)} -> {_shown(after)}"


def _lists(before: list[dict[str, Any]], after: list[dict[str, Any]], place: str) -> Iterator[str]:
    one, other = _by_name(before), _by_name(after)
    for name, item in one.items():
        if name not in other:
            yield f"- {place} {name}"
        else:
            yield from _tables(item, other[name], f"{place} {name}")
    yield from (f"+ {place} {name}" for name in other if name not in one)
    kept, order = ([name for name in each if name in one and name in other] for each in (one, other))
    if place in _IN_ORDER and kept != order:
        yield f"~ {place}: in another order: {', '.join(order)}"


#: Lists that are read from the top, so that their order is an agreement.
_IN_ORDER: Final = ("routes",)


def _by_name(items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for item in items:
        name = _name(item)
        while name in found:
            name += "'"
        found[name] = item
    return found


def _name(item: dict[str, Any]) -> str:
    keys = next((keys for keys in _NAMES if keys[0] in item), tuple(item))
    return " ".join(_shown(item[key]) for key in keys if key in item)


def _are_tables(items: list[Any]) -> bool:
    return all(isinstance(item, dict) for item in items)


def _shown(value: Any) -> str:  # noqa: ANN401  any JSON value
    match value:
        case bool():
            text = "true" if value else "false"
        case list():
            text = ", ".join(_shown(each) for each in value) or "none"
        case dict():
            text = " ".join(f"{key} {_shown(each)}" for key, each in value.items())
        case _:
            text = str(value)
    return text if len(text) <= _SHOWN_MAX else f"{text[: _SHOWN_MAX - 4]} ..."
