"""Hours of a week: when something is open, when a unit admits, and what counts as office hours."""

from datetime import date, time
from enum import StrEnum
from typing import Annotated, Self

from pydantic import ConfigDict, Field, WithJsonSchema, model_validator

from spoedplein_schemas.vocabulary import Agreed, Text

#: JSON Schema's own `time` asks for an offset, which a time on the wall of a ward does not have.
WallTime = Annotated[
    time, WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"})
]


class Weekday(StrEnum):
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class AdmissionWindow(Agreed):
    """Local hours in which a unit admits; `until` before `from` runs past midnight; equal means all day."""

    model_config = ConfigDict(serialize_by_alias=True)

    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = tuple(Weekday)
    """Days on which it begins; left out means every day."""
    from_: Annotated[WallTime, Field(alias="from")]
    """Local time at which it begins, between quotes."""
    until: WallTime
    """Local time at which it ends, between quotes."""


class HourKind(StrEnum):
    """`office`: the own huisarts is there. `anw`: evening, night, weekend, public holiday."""

    ANW = "anw"
    OFFICE = "office"


class OpenHours(StrEnum):
    ALWAYS = "always"
    ANW = "anw"
    OFFICE = "office"


class Holiday(Agreed):
    """A day that this region keeps as a public holiday."""

    date: date
    """The day itself: 2026-12-24."""
    name: Annotated[Text, Field(min_length=1, max_length=60)]
    """As decisions call it."""


class OfficeHours(Agreed):
    """Office hours of the own huisarts; every other hour is ANW. Dutch public holidays are known and have none."""

    model_config = ConfigDict(serialize_by_alias=True)

    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = tuple(Weekday)[:5]
    """Working days."""
    from_: Annotated[WallTime, Field(alias="from")] = time(8)
    """Local time at which practices open, between quotes."""
    until: WallTime = time(17)
    """Local time at which they close, between quotes."""
    extra_holidays: tuple[Holiday, ...] = ()
    """Days that are kept here besides the public holidays."""
    ordinary_holidays: tuple[Annotated[Text, Field(min_length=1, max_length=60)], ...] = ("Goede vrijdag",)
    """Public holidays, by their Dutch name, on which practices are open all the same (Good Friday: unverified)."""
    ordinary_days: tuple[date, ...] = ()
    """Single days of that kind: 2030-05-05."""

    @model_validator(mode="after")
    def _one_day(self) -> Self:
        if self.from_ >= self.until:
            msg = f"office hours run within one day: from {self.from_:%H:%M} is not before until {self.until:%H:%M}"
            raise ValueError(msg)
        return self
