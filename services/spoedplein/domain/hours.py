"""What hour it is for acute care: office hours or ANW, which holiday, and what is open by agreement.

ANW is every hour outside the office hours of the own huisarts: evenings, nights, weekends and Dutch public holidays.
Hours are agreed in wall time and looked up in milliseconds of UTC, so that a night of 23 or 25 hours comes out right:
an opening that the clock shows twice begins at the first and ends at the last of the two.

Asked for every triaged contact: a day is laid out once, and the day of the last question is looked at first.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from holidays import country_holidays

from spoedplein.domain.turn import moment
from spoedplein_schemas.hours import AdmissionWindow, HourKind, OfficeHours, OpenHours, Weekday
from spoedplein_schemas.vocabulary import EPOCH, MILLISECOND

# When it is first asked, the library reads all its countries: a tenth of a second for which no patient is to wait.
country_holidays("NL")

_WEEKDAYS: Final = tuple(Weekday)
#: Two weeks hold every weekday, also behind a row of holidays (Christmas to New Year).
LOOK_AHEAD_DAYS: Final = 15
#: Laid-out days kept: late facts speak of the last few.
DAYS_KEPT: Final = 64

Span = tuple[int, int]
_NEVER: Final[Span] = (0, 0)


class Hour(NamedTuple):
    """`holiday` is the Dutch name of the public holiday, where it is one."""

    kind: HourKind
    holiday: str | None = None


class Day(NamedTuple):
    """One local day in milliseconds of UTC; `office` is empty on weekends and holidays."""

    date: date
    begins: int
    ends: int
    office: tuple[Span, ...]
    holiday: str | None


@cache
def _dutch_holidays(year: int) -> dict[date, str]:
    """The same for all regions. The language is named: the library would otherwise ask the machine for one."""
    return dict(country_holidays("NL", years=year, language="nl"))


class Calendar:
    """The days of a region: its time zone, office hours and holidays."""

    def __init__(self, agreed: OfficeHours, zone: ZoneInfo) -> None:
        self._agreed = agreed
        self._zone = zone
        self._extra = {each.date: each.name for each in agreed.extra_holidays}
        self._ordinary = frozenset(agreed.ordinary_days)
        self._holidays: dict[int, dict[date, str]] = {}
        self._days: dict[date, Day] = {}
        self._last: Day | None = None
        #: Of the last question: from when until when the answer is the same, and the answer.
        self._hour: tuple[Span, Hour] = (_NEVER, Hour(HourKind.ANW))
        self._working: Span = _NEVER

    def hour(self, at_ms: int) -> Hour:
        (begins, ends), hour = self._hour
        if begins <= at_ms < ends:
            return hour
        day = self.day(at_ms)
        hour = Hour(HourKind.OFFICE if _inside(day.office, at_ms) else HourKind.ANW, day.holiday)
        edges = sorted({day.begins, day.ends, *(edge for span in day.office for edge in span)})
        last = bisect_right(edges, at_ms)
        self._hour = (edges[last - 1], edges[last]), hour
        return hour

    def day(self, at_ms: int) -> Day:
        """The local day of this moment."""
        last = self._last
        if last is None or not last.begins <= at_ms < last.ends:
            last = self._last = self.of(moment(at_ms).astimezone(self._zone).date())
        return last

    def of(self, local: date) -> Day:
        found = self._days.get(local)
        if found is None:
            if len(self._days) >= DAYS_KEPT:
                self._days.clear()
            found = self._days[local] = self._lay_out(local)
        return found

    def next_working_day(self, at_ms: int) -> int | None:
        """When the own huisarts opens next: this morning still, or the next day that is neither weekend nor holiday.

        `None` when there is no such day within two weeks.
        """
        if self._working[0] <= at_ms < self._working[1]:
            return self._working[1]
        starts = (begins for day in self.days_from(at_ms) for begins, _ in day.office)
        opens = next((begins for begins in starts if begins > at_ms), None)
        if opens is not None:
            self._working = at_ms, opens
        return opens

    def days_from(self, at_ms: int) -> Iterator[Day]:
        first = self.day(at_ms).date
        return (self.of(first + timedelta(days=ahead)) for ahead in range(LOOK_AHEAD_DAYS))

    def span(self, local: date, begins: time, ends: time) -> Span:
        """A window that begins on this day, in milliseconds; one that ends before it begins runs past midnight."""
        last = local if begins < ends else local + timedelta(days=1)
        return self._millis(local, begins, fold=0), self._millis(last, ends, fold=1)

    def whole(self, local: date) -> Span:
        return self._millis(local, time(), fold=0), self._millis(local + timedelta(days=1), time(), fold=0)

    def _lay_out(self, local: date) -> Day:
        agreed, holiday = self._agreed, self._holiday(local)
        works = holiday is None and _WEEKDAYS[local.weekday()] in agreed.days
        office = (self.span(local, agreed.from_, agreed.until),) if works else ()
        return Day(local, *self.whole(local), office, holiday)

    def _holiday(self, local: date) -> str | None:
        if local in self._ordinary:
            return None
        if local.year not in self._holidays:
            found = _dutch_holidays(local.year)
            kept = (day for day in found if found[day] not in self._agreed.ordinary_holidays)
            self._holidays[local.year] = {day: found[day] for day in kept}
        return self._extra.get(local) or self._holidays[local.year].get(local)

    def _millis(self, local: date, clock: time, *, fold: int) -> int:
        """Not held to what a source can say, as `millis` is: the day of the last such moment ends after it."""
        return (datetime.combine(local, clock, tzinfo=self._zone).replace(fold=fold) - EPOCH) // MILLISECOND


class Opening:
    """When one service is open: in the agreed kind of hours, and within its windows where it has any."""

    def __init__(self, calendar: Calendar, hours: OpenHours, windows: tuple[AdmissionWindow, ...] = ()) -> None:
        self._calendar = calendar
        self._hours = hours
        self._windows = windows
        self.always = hours is OpenHours.ALWAYS and not windows
        self._days: dict[date, tuple[Span, ...]] = {}
        #: From a moment that was asked for, when it was shut, to when it opens.
        self._shut: Span = _NEVER

    def open(self, at_ms: int) -> bool:
        return self.always or _inside(self._spans(self._calendar.day(at_ms)), at_ms)

    def opens_at(self, at_ms: int) -> int | None:
        """The moment from which it is open: `at_ms` if it is; `None` if it never will be within two weeks."""
        if self._shut[0] <= at_ms < self._shut[1]:
            return self._shut[1]
        if self.open(at_ms):
            return at_ms
        starts = (begins for day in self._calendar.days_from(at_ms) for begins, _ in self._spans(day))
        opens = next((begins for begins in starts if begins > at_ms), None)
        if opens is not None:
            self._shut = at_ms, opens
        return opens

    def _spans(self, day: Day) -> tuple[Span, ...]:
        found = self._days.get(day.date)
        if found is None:
            if len(self._days) >= DAYS_KEPT:
                self._days.clear()
            found = self._days[day.date] = tuple(self._lay_out(day))
        return found

    def _lay_out(self, day: Day) -> Iterator[Span]:
        windows = [(day.begins, day.ends)] if not self._windows else sorted(self._begun(day))
        for begins, ends in _joined(windows):
            for first, last in self._kind(day):
                if max(begins, first) < min(ends, last):
                    yield max(begins, first), min(ends, last)

    def _begun(self, day: Day) -> Iterator[Span]:
        """Windows that began on this day or on the one before, as far as they lie in this day."""
        for local in (day.date - timedelta(days=1), day.date):
            for window in self._windows:
                if _WEEKDAYS[local.weekday()] in window.days:
                    same = window.from_ == window.until
                    begins, ends = (
                        self._calendar.whole(local) if same
                        else self._calendar.span(local, window.from_, window.until)
                    )  # fmt: skip
                    yield max(begins, day.begins), min(ends, day.ends)

    def _kind(self, day: Day) -> Iterable[Span]:
        if self._hours is OpenHours.ALWAYS:
            return ((day.begins, day.ends),)
        if self._hours is OpenHours.OFFICE:
            return day.office
        edges = [day.begins, *(edge for span in day.office for edge in span), day.ends]
        return zip(edges[::2], edges[1::2], strict=True)


def _inside(spans: Iterable[Span], at_ms: int) -> bool:
    for begins, ends in spans:  # noqa: SIM110  asked for every contact, and a generator costs several times as much
        if begins <= at_ms < ends:
            return True
    return False


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Sorted spans, with those that touch made one: an opening does not begin where another goes on."""
    current: Span | None = None
    for begins, ends in spans:
        if begins >= ends:
            continue
        if current is not None and begins <= current[1]:
            current = current[0], max(current[1], ends)
        else:
            if current is not None:
                yield current
            current = begins, ends
    if current is not None:
        yield current
