"""Gaps: at which hours of the week a care type had no place that was known to be free, and when nothing was known.

Every half hour each unit is looked at as it was known then: its last figure, if that was still valid, its status, and
whether it admits at that hour by the agreements in force. A care type has a place when one of its units has one. It is
unknown when no unit with a valid figure says otherwise and at least one unit is unknown: unknown is not zero. Units are
those of the agreements in force then, also when nothing was ever heard of them.
"""

import json
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from spoedplein.domain.agreements import Rules
from spoedplein.domain.eligibility import opens_at
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.vocabulary import millis

HOURS_OF_WEEK: Final = 168
#: Admits the unit at that moment?
Admits = Callable[[str, datetime], bool]


class DayPart(StrEnum):
    """Parts of a week, by local time. Weekend is Saturday and Sunday from 8 to 23; a night is one on any day."""

    DAY = "dag 8-17"
    EVENING = "avond 17-23"
    NIGHT = "nacht 23-8"
    WEEKEND = "weekend 8-23"


@dataclass(slots=True)
class Looks:
    """How often was looked, and how often there was no known free place, or nothing known; of the first, how often
    there was one in a unit that does not admit at that hour.
    """

    looks: int = 0
    none: int = 0
    unknown: int = 0
    shut: int = 0

    def add(self, other: "Looks") -> None:
        self.looks += other.looks
        self.none += other.none
        self.unknown += other.unknown
        self.shut += other.shut


@dataclass(slots=True)
class Gaps:
    """One care type: per hour of the week from Monday 0:00, and per part of it.

    `units` and `staffed` places, as last reported: the most at any look.
    """

    units: int = 0
    staffed: int = 0
    hours: list[Looks] = field(default_factory=lambda: [Looks() for _ in range(HOURS_OF_WEEK)])

    def part(self, part: DayPart) -> Looks:
        total = Looks()
        for hour, looks in enumerate(self.hours):
            if part_of(hour) is part:
                total.add(looks)
        return total


def part_of(hour_of_week: int) -> DayPart:
    day, hour = divmod(hour_of_week, 24)
    if hour < 8 or hour >= 23:
        return DayPart.NIGHT
    if day >= 5:
        return DayPart.WEEKEND
    return DayPart.DAY if hour < 17 else DayPart.EVENING


def gaps(rows: Iterable[Mapping[str, Any]], *, admits: Admits, zone: ZoneInfo) -> dict[str, Gaps]:
    """From looks in order of care type and moment, by care type."""
    found: dict[str, Gaps] = {}
    for (care_type, moment), looked in groupby(rows, key=lambda row: (row["care_type"], row["moment"])):
        units = list(looked)
        gap = found.setdefault(care_type, Gaps())
        gap.units = max(gap.units, len(units))
        gap.staffed = max(gap.staffed, sum(row["staffed"] or 0 for row in units))
        local = moment.astimezone(zone)
        gap.hours[local.weekday() * 24 + local.hour].add(_look(units, admits, moment))
    return found


def _look(units: Sequence[Mapping[str, Any]], admits: Admits, moment: datetime) -> Looks:
    places = [row["unit_id"] for row in units if row["has_place"]]
    if any(admits(unit, moment) for unit in places):
        return Looks(looks=1)
    if any(not row["known"] and admits(row["unit_id"], moment) for row in units):
        return Looks(looks=1, unknown=1)
    return Looks(looks=1, none=1, shut=bool(places))


class Admission:
    """Which units admit when, by the agreements that were in force then; who is in none of them admits at any hour."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """From adoptions, the oldest first, as JSON. Raises pydantic's error for what this version does not read."""
        self._moments = [row["appended_at"] for row in rows]
        self._rules = [Rules(Agreements.model_validate(_parsed(row["adopted"])["agreements"])) for row in rows]
        self._answers: dict[tuple[int, str, datetime], bool] = {}

    def admits(self, unit_id: str, moment: datetime) -> bool:
        index = bisect_right(self._moments, moment) - 1
        unit = self._rules[index].units.get(unit_id) if index >= 0 else None
        if unit is None or not unit.windows:
            return True
        key = index, unit_id, moment
        if key not in self._answers:
            now = millis(moment)
            self._answers[key] = opens_at(unit, rules=self._rules[index], now=now) == now
        return self._answers[key]

    @property
    def newest(self) -> Rules:
        """The agreements that were adopted last; the defaults where none are known."""
        return self._rules[-1] if self._rules else Rules(None)

    def units_of(self, care_type: str, *, without: Collection[str] = ()) -> int:
        """How many there are by the newest agreements, without these; 0 where none are known."""
        newest = self._rules[-1].units.values() if self._rules else ()
        return sum(unit.care_type == care_type and unit.id not in without for unit in newest)

    def left(self, unit_id: str, since: datetime) -> datetime | None:
        """The first moment after `since` from which on it is in no agreements."""
        first = bisect_right(self._moments, since)
        later = zip(self._moments[first:], self._rules[first:], strict=True)
        return next((moment for moment, rules in later if unit_id not in rules.units), None)

    def versions(self, since: datetime) -> tuple[str, ...]:
        """What was in force from then on, in order."""
        first = max(0, bisect_right(self._moments, since) - 1)
        return tuple(rules.version or "" for rules in self._rules[first:])


def _parsed(adopted: Any) -> Any:  # noqa: ANN401  JSON, as text or read already
    return json.loads(adopted) if isinstance(adopted, str) else adopted
