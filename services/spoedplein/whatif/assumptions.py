"""What is put in place of what a log cannot tell: changed places, and what people do whom nobody asked."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from math import ceil
from types import MappingProxyType
from typing import Final

from spoedplein.domain.errors import SpoedpleinError
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.vocabulary import CareType

HOUR_MS: Final = 3_600_000
MINUTE_MS: Final = 60_000

#: Hours for which somebody takes a place, where that is less than a log is long. A place of acute wijkverpleging is a
#: visit that starts within the hour (contract of `capacity.reported`); an assessment takes hours: say what holds here.
STAY_HOURS: Final[Mapping[CareType, float]] = MappingProxyType(
    {CareType.WIJKVERPLEGING: 1.0, CareType.GGZ_BEOORDELING: 12.0}
)


class WhatifError(SpoedpleinError):
    """What was asked cannot be lived again; the message names the place and the mend."""


class Answer(StrEnum):
    """What a provider says to an offer that the log does not know."""

    ACCEPT = "accept"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Times in minutes. Without `answer_minutes` a provider takes half of the term that he has.

    `by_the_book`: on both sides the head of the queue is called, also where the log's own people called another.
    """

    answer: Answer = Answer.ACCEPT
    answer_minutes: float | None = None
    admission_minutes: float = 60
    stay_hours: Mapping[CareType, float] = field(default_factory=lambda: STAY_HOURS)
    by_the_book: bool = False

    def stay_ms(self, care_type: CareType | None) -> int | None:
        """How long somebody takes a place; None: to the end of the log."""
        hours = None if care_type is None else self.stay_hours.get(care_type)
        return None if hours is None else round(hours * HOUR_MS)


@dataclass(frozen=True, slots=True)
class PlacesChange:
    """`UNIT=+4`, `UNIT=-2`: so many more or fewer; `UNIT=6`: so many staffed, whatever was reported."""

    unit: str
    delta: int = 0
    total: int | None = None

    def takes_too_many(self, reported: int) -> bool:
        """More than there were: what is left is none, and the rest of the change comes to nothing."""
        return reported + self.delta < 0

    def staffed(self, reported: int) -> int:
        return max(0, reported + self.delta) if self.total is None else self.total

    @property
    def gives(self) -> bool:
        return self.delta > 0 or bool(self.total)


_CHANGE: Final = re.compile(r"(?P<name>[a-z][a-z0-9.-]*)=(?P<sign>[+-]?)(?P<count>\d{1,5})")


def read_changes(texts: Iterable[str], agreements: Agreements) -> tuple[PlacesChange, ...]:
    """Changes of units, as written on a command line; those of a care type spread over its units, first by id.

    Raises `WhatifError` for what is neither a unit nor a care type of these agreements.
    """
    found: dict[str, PlacesChange] = {}
    for text in texts:
        match = _CHANGE.fullmatch(text)
        if match is None:
            msg = f"capacity {text!r}: write UNIT=+4, UNIT=-2, UNIT=0 or CARE_TYPE=+4"
            raise WhatifError(msg)
        for change in _spread(match["name"], match["sign"], int(match["count"]), agreements):
            if change.unit in found:
                msg = f"capacity {text!r}: the places of {change.unit} are changed twice"
                raise WhatifError(msg)
            found[change.unit] = change
    return tuple(found[name] for name in sorted(found))


def _spread(name: str, sign: str, count: int, agreements: Agreements) -> list[PlacesChange]:
    units = sorted(unit.id for unit in agreements.units)
    among = [name] if name in units else sorted(unit.id for unit in agreements.units if unit.care_type == name)
    if not among:
        known = [*units, *sorted({unit.care_type.value for unit in agreements.units})]
        near = get_close_matches(name, known, n=3)
        hint = f" Did you mean {', '.join(near)}?" if near else f" Care types here: {', '.join(known[len(units) :])}."
        msg = f"capacity {name!r} is neither a unit nor a care type of {agreements.region} {agreements.version}.{hint}"
        raise WhatifError(msg)
    shares = [count // len(among) + (index < count % len(among)) for index in range(len(among))]
    if sign:
        factor = 1 if sign == "+" else -1
        return [PlacesChange(unit, delta=factor * share) for unit, share in zip(among, shares, strict=True) if share]
    return [PlacesChange(unit, total=share) for unit, share in zip(among, shares, strict=True)]


def rank_of(ordered: list[int], share: float) -> int | None:
    """Nearest rank: the smallest value that at least this share of all does not exceed."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None


def median(values: Iterable[int]) -> int | None:
    return rank_of(sorted(values), 0.5)
