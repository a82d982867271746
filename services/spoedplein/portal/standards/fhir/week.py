"""Agreed hours as FHIR writes them: per weekday, and never past midnight."""

from collections.abc import Iterator, Sequence
from datetime import time
from typing import Final, NamedTuple

from spoedplein.portal.standards.fhir.elements import Element
from spoedplein_schemas.hours import AdmissionWindow, OfficeHours, OpenHours, Weekday

_DAYS: Final = tuple(Weekday)
_DAY_END: Final = 24 * 3600
#: FHIR has no 24:00.
_LAST_SECOND: Final = "23:59:59"


class DaySpan(NamedTuple):
    """Seconds of one local day."""

    day: Weekday
    begins: int
    ends: int


_ALWAYS: Final = [DaySpan(day, 0, _DAY_END) for day in _DAYS]


def week(windows: Sequence[AdmissionWindow], hours: OpenHours, office: OfficeHours) -> list[DaySpan]:
    """An ordinary week of a service, without holidays: in order, with what overlaps or touches made one."""
    within = _joined(span for window in windows for span in _window(window)) if windows else _ALWAYS
    return _joined(
        DaySpan(one.day, max(one.begins, other.begins), min(one.ends, other.ends))
        for one in within
        for other in _kind(hours, office)
        if one.day is other.day and max(one.begins, other.begins) < min(one.ends, other.ends)
    )


def available_time(spans: Sequence[DaySpan], *, start: str, end: str) -> list[Element]:
    """Days with the same hours go together. `start` and `end` are what the resource calls its opening and closing."""
    days: dict[tuple[int, int], list[str]] = {}
    for span in spans:
        days.setdefault((span.begins, span.ends), []).append(span.day.value)
    return [
        {"daysOfWeek": named, "allDay": True}
        if (begins, ends) == (0, _DAY_END)
        else {"daysOfWeek": named, start: _clock(begins), end: _clock(ends)}
        for (begins, ends), named in sorted(days.items(), key=lambda item: item[0])
    ]


def _kind(hours: OpenHours, office: OfficeHours) -> list[DaySpan]:
    if hours is OpenHours.ALWAYS:
        return _ALWAYS
    begins, ends = _seconds(office.from_), _seconds(office.until)
    if hours is OpenHours.OFFICE:
        return [DaySpan(day, begins, ends) for day in _DAYS if day in office.days]
    spans = []
    for day in _DAYS:
        edges = ((0, begins), (ends, _DAY_END)) if day in office.days else ((0, _DAY_END),)
        spans += [DaySpan(day, first, last) for first, last in edges if first < last]
    return spans


def _window(window: AdmissionWindow) -> Iterator[DaySpan]:
    begins, ends = _seconds(window.from_), _seconds(window.until)
    for day in window.days:
        if begins == ends:
            yield DaySpan(day, 0, _DAY_END)
        elif begins < ends:
            yield DaySpan(day, begins, ends)
        else:
            yield DaySpan(day, begins, _DAY_END)
            yield DaySpan(_DAYS[(_DAYS.index(day) + 1) % len(_DAYS)], 0, ends)


def _joined(spans: Iterator[DaySpan]) -> list[DaySpan]:
    found: list[DaySpan] = []
    for span in sorted(spans, key=lambda span: (_DAYS.index(span.day), span.begins, span.ends)):
        last = found[-1] if found else None
        if last is not None and last.day is span.day and span.begins <= last.ends:
            found[-1] = DaySpan(span.day, last.begins, max(last.ends, span.ends))
        elif span.begins < span.ends:
            found.append(span)
    return found


def _seconds(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def _clock(seconds: int) -> str:
    if seconds == _DAY_END:
        return _LAST_SECOND
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
