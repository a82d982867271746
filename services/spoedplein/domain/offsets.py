"""Ids of ours that say where something stands in our own log: digits there are an offset, and no number of anybody's.

    <region>.<offset>.<index>           a decision: an offer, a proposal, and a transfer, which bears the name of its
                                        question in both regions
    round-<offset>-<index>              a "report now" round that we asked ourselves
    transfer.<region>.<offset>.<index>  what one region's decision became in another's log

`masked` puts letters where the offset stands, and only there: what else such an id holds is looked at as in any code.
"""

import re
from collections.abc import Collection
from typing import Any, Final

_DECISION: Final = re.compile(r"([a-z][a-z0-9]*(?:[-.][a-z0-9]+)*)\.(?P<offset>\d{1,19})\.\d+", re.ASCII)
_ROUND: Final = re.compile(r"round-(?P<offset>\d{1,19})-\d+", re.ASCII)
#: Fields that hold nothing else, or else a code of the sender's in another form.
_OF_FIELD: Final = {"offer": _DECISION, "proposal": _DECISION, "ask": _ROUND, "answers": _ROUND}
_RELAYED: Final = "transfer."


def masked(text: str, *, key: str | None) -> str:
    """As long as it was, with letters for the offset when this field's id is one of ours."""
    shape = _OF_FIELD.get(key or "")
    found = shape.fullmatch(text) if shape is not None else None
    return text if found is None else _masked(text, found)


def transfers_masked(value: dict[str, Any], regions: Collection[str], *, relayed: bool) -> dict[str, Any]:
    """A message with letters for the offsets of transfers between these regions: where a request or a subject is named.

    In its id only when we relay it ourselves. The value given is left as it is.
    """

    def mask(held: object) -> object:
        if isinstance(held, list):
            return [mask(each) for each in held]
        found = _DECISION.fullmatch(held) if isinstance(held, str) and len(held) <= _ID_MAX else None
        return _masked(found[0], found) if found is not None and found[1] in regions else held

    seen = {**value, **{name: mask(value[name]) for name in ("subject",) if name in value}}
    name = value.get("id")
    if relayed and isinstance(name, str) and name.startswith(_RELAYED):
        seen["id"] = f"{_RELAYED}{mask(name.removeprefix(_RELAYED))}"
    data = value.get("data")
    if isinstance(data, dict):
        seen["data"] = {**data, **{name: mask(data[name]) for name in _REQUESTS if name in data}}
    return seen


#: Fields of `data` that name a request, which in the region that is asked bears the name of the transfer.
_REQUESTS: Final = ("request", "follows", "includes")
_ID_MAX: Final = 120


def _masked(text: str, found: re.Match[str]) -> str:
    start, end = found.span("offset")
    return f"{text[:start]}{'x' * (end - start)}{text[end:]}"
