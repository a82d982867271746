"""Codes of a source, rewritten to ours by the region's agreements before the contract is held against them."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from spoedplein.domain.faults import fault, known
from spoedplein_schemas import Event
from spoedplein_schemas.agreements import SourceMapping
from spoedplein_schemas.dead_letters import Fault, RefusalCode

#: Checked by the contract or against the agreements: whatever passes there is ours. `code`s are those of an urgency.
_CHECKED_FIELDS = frozenset({"site", "origin", "unit", "preferred", "code", "proposed_code"})


class Miss(NamedTuple):
    """A code that the mapping of its place does not have. It may still be one of ours."""

    place: tuple[str, ...]
    mapping: SourceMapping

    @property
    def path(self) -> str:
        return "$." + ".".join(self.place)


class Mapped(NamedTuple):
    """`value` is the message with our codes; the same object when nothing had to change."""

    value: dict[str, Any]
    misses: tuple[Miss, ...] = ()


def map_codes(value: dict[str, Any], mappings: Iterable[SourceMapping]) -> Mapped:
    """`mappings` of the message's source. The value given is left as it is."""
    misses = []
    for mapping in mappings:
        place = tuple(mapping.path.split("."))
        missed: list[object] = []
        changed = _rewritten(value, place, mapping, missed)
        value = changed if isinstance(changed, dict) else value
        if missed:
            misses.append(Miss(place, mapping))
    return Mapped(value, tuple(misses))


def of_misses(faults: Sequence[Fault], misses: Sequence[Miss], event: Event | None) -> list[Fault]:
    """The same faults, where a missed code caused one said as such; and one for each miss that nothing else checks."""
    caused = {miss.path: miss for miss in misses}
    told = [_unknown(caused[_bare(each.path)]) if _bare(each.path) in caused else each for each in faults]
    if event is not None:
        told += [_unknown(miss) for miss in misses if not _is_checked(event, miss.place)]
    return list(dict.fromkeys(told))


def _rewritten(value: object, place: Sequence[str], mapping: SourceMapping, missed: list[object]) -> object:
    """`value` with the codes at `place` replaced; parts that do not change are shared, not copied."""
    if isinstance(value, list):
        items = [_rewritten(item, place, mapping, missed) for item in value]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    if place:
        if not isinstance(value, dict) or place[0] not in value:
            return value
        new = _rewritten(value[place[0]], place[1:], mapping, missed)
        return value if new is value[place[0]] else {**value, place[0]: new}
    return _code(value, mapping, missed)


def _code(value: object, mapping: SourceMapping, missed: list[object]) -> object:
    """A source may write its code as a number."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        return value
    ours = mapping.codes.get(str(value))
    if ours is not None:
        return ours
    if value not in mapping.codes.values():
        missed.append(value)
    return value


def _is_checked(event: Event, place: Sequence[str]) -> bool:
    """Did the contract or the agreements decide about the value that stands here?"""
    held: Any = event
    for name in place:
        held = getattr(held, name, None)
    every = held if isinstance(held, tuple) else (held,)
    return place[-1] in _CHECKED_FIELDS or all(isinstance(each, StrEnum) for each in every)


def _bare(path: str) -> str:
    """Without a place in a list: a mapping is for all of them."""
    return path.split("[", maxsplit=1)[0]


def _unknown(miss: Miss) -> Fault:
    codes = known(miss.mapping.codes)
    return fault(
        miss.path,
        RefusalCode.UNKNOWN_CODE,
        f"holds a code that the region's agreements do not map for this source; mapped are {codes}",
        mend="send one of these or a code of the contract, or have the region add yours to [[mappings]]",
    )
