"""Office hours and ANW, Dutch public holidays, and when a service is open: in wall time, through both clock changes."""

from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoedplein.domain.hours import DAYS_KEPT, Calendar, Opening
from spoedplein.domain.turn import moment
from spoedplein_schemas.hours import AdmissionWindow, HourKind, OfficeHours, OpenHours, Weekday
from spoedplein_schemas.vocabulary import millis
from tests.domain.story import thorough

ZONE: Final = ZoneInfo("Europe/Amsterdam")
OFFICE, ANW = HourKind.OFFICE, HourKind.ANW
WEEK: Final = tuple(Weekday)


def ms(text: str, *, second: bool = False) -> int:
    """`2026-04-27 14:00` on the clock in Schiedam; `second`: when the clock shows it for the second time."""
    return millis(datetime.fromisoformat(text).replace(tzinfo=ZONE, fold=int(second)))


def calendar(**agreed: Any) -> Calendar:  # noqa: ANN401  pydantic checks
    return Calendar(OfficeHours.model_validate(agreed), ZONE)


def wall(at_ms: int | None) -> str | None:
    return None if at_ms is None else f"{moment(at_ms).astimezone(ZONE):%Y-%m-%d %H:%M}"


def windows(*hours: tuple[str, str], days: str = "mon tue wed thu fri sat sun") -> tuple[AdmissionWindow, ...]:
    return tuple(
        AdmissionWindow.model_validate({"from": begins, "until": ends, "days": days.split()}) for begins, ends in hours
    )


@pytest.mark.parametrize(
    ("when", "kind", "holiday"),
    [
        pytest.param("2026-01-12 14:00", OFFICE, None, id="Monday afternoon"),
        pytest.param("2026-01-12 07:59", ANW, None, id="Monday, before the practice opens"),
        pytest.param("2026-01-12 08:00", OFFICE, None, id="Monday, as it opens"),
        pytest.param("2026-01-12 16:59", OFFICE, None, id="Monday, the last minute"),
        pytest.param("2026-01-12 17:00", ANW, None, id="Monday evening begins"),
        pytest.param("2026-01-14 03:00", ANW, None, id="the night to Wednesday"),
        pytest.param("2026-01-10 11:00", ANW, None, id="Saturday"),
        pytest.param("2026-01-11 11:00", ANW, None, id="Sunday"),
        pytest.param("2026-01-01 11:00", ANW, "Nieuwjaarsdag", id="New Year's Day, a Thursday"),
        pytest.param("2026-04-06 11:00", ANW, "Tweede paasdag", id="Easter Monday"),
        pytest.param("2026-04-27 11:00", ANW, "Koningsdag", id="King's Day, a Monday"),
        pytest.param("2025-04-26 11:00", ANW, "Koningsdag", id="King's Day moved from Sunday to Saturday"),
        pytest.param("2025-04-28 11:00", OFFICE, None, id="the Monday after that"),
        pytest.param("2026-05-14 11:00", ANW, "Hemelvaartsdag", id="Ascension Day"),
        pytest.param("2026-05-15 11:00", OFFICE, None, id="the Friday after it: many are free, practices are open"),
        pytest.param("2026-05-25 11:00", ANW, "Tweede pinksterdag", id="Whit Monday"),
        pytest.param("2026-12-25 11:00", ANW, "Eerste kerstdag", id="Christmas Day"),
        pytest.param("2026-12-24 18:00", ANW, None, id="Christmas Eve, the evening"),
        pytest.param("2026-05-05 11:00", OFFICE, None, id="5 May in an ordinary year"),
        pytest.param("2025-05-05 11:00", ANW, "Bevrijdingsdag", id="5 May in a lustrum year"),
    ],
)
def test_an_hour_is_office_or_anw(when: str, kind: HourKind, holiday: str | None) -> None:
    assert calendar().hour(ms(when)) == (kind, holiday)


@pytest.mark.parametrize(
    ("agreed", "when", "kind", "holiday"),
    [
        pytest.param({"until": "18:00"}, "2026-01-12 17:30", OFFICE, None, id="practices here close at six"),
        pytest.param({"days": ["mon", "sat"]}, "2026-01-10 11:00", OFFICE, None, id="and open on Saturday"),
        pytest.param(
            {"extra_holidays": [{"date": "2026-12-24", "name": "Kerstavond"}]},
            "2026-12-24 11:00", ANW, "Kerstavond", id="a holiday of this region",
        ),
        pytest.param(
            {"ordinary_holidays": []}, "2026-04-03 11:00", ANW, "Goede vrijdag", id="a region that keeps Good Friday"
        ),
        pytest.param({"ordinary_days": ["2025-05-05"]}, "2025-05-05 11:00", OFFICE, None, id="a holiday not kept here"),
    ],
)  # fmt: skip
def test_a_region_may_have_agreed_otherwise(
    agreed: dict[str, Any], when: str, kind: HourKind, holiday: str | None
) -> None:
    assert calendar(**agreed).hour(ms(when)) == (kind, holiday)


@pytest.mark.parametrize(
    ("when", "opens"),
    [
        pytest.param("2026-01-12 14:00", "2026-01-13 08:00", id="Monday afternoon: tomorrow"),
        pytest.param("2026-01-12 03:00", "2026-01-12 08:00", id="Monday night: this morning"),
        pytest.param("2026-01-10 23:00", "2026-01-12 08:00", id="Saturday night: Monday"),
        pytest.param("2026-04-26 12:00", "2026-04-28 08:00", id="Sunday before King's Day: Tuesday"),
        pytest.param("2026-04-02 18:00", "2026-04-03 08:00", id="Good Friday is a working day"),
        pytest.param("2026-04-03 18:00", "2026-04-07 08:00", id="Easter: Tuesday"),
        pytest.param("2026-12-24 20:00", "2026-12-28 08:00", id="Christmas and a weekend: Monday"),
        pytest.param("2026-03-28 23:00", "2026-03-30 08:00", id="over the night that loses an hour"),
        pytest.param("2026-10-24 23:00", "2026-10-26 08:00", id="over the night that gains one"),
    ],
)
def test_the_next_working_day_is_counted_with_holidays(when: str, opens: str) -> None:
    assert wall(calendar().next_working_day(ms(when))) == opens


NIGHT_CLOSED: Final = windows(("08:00", "23:00"))


@pytest.mark.parametrize(
    ("hours", "within", "when", "opens"),
    [
        pytest.param(OpenHours.ALWAYS, (), "2026-01-14 03:00", "2026-01-14 03:00", id="24/7"),
        pytest.param(OpenHours.ANW, (), "2026-01-14 03:00", "2026-01-14 03:00", id="HAP at night: open"),
        pytest.param(OpenHours.ANW, (), "2026-01-14 14:00", "2026-01-14 17:00", id="HAP by day: from five"),
        pytest.param(OpenHours.ANW, (), "2026-04-27 14:00", "2026-04-27 14:00", id="HAP by day on King's Day: open"),
        pytest.param(OpenHours.OFFICE, (), "2026-04-24 18:00", "2026-04-28 08:00", id="practice: after King's Day"),
        pytest.param(OpenHours.ANW, NIGHT_CLOSED, "2026-01-13 23:30", "2026-01-14 17:00", id="night-closed, Tuesday"),
        pytest.param(OpenHours.ANW, NIGHT_CLOSED, "2026-01-09 23:30", "2026-01-10 08:00", id="night-closed, Friday"),
        pytest.param(OpenHours.ANW, NIGHT_CLOSED, "2026-01-10 12:00", "2026-01-10 12:00", id="night-closed, by day"),
        pytest.param(
            OpenHours.ALWAYS, windows(("22:00", "04:00"), days="fri"), "2026-01-10 03:59", "2026-01-10 03:59",
            id="a night window belongs to the day on which it began",
        ),
        pytest.param(
            OpenHours.ALWAYS, windows(("22:00", "04:00"), days="fri"), "2026-01-10 04:00", "2026-01-16 22:00",
            id="and is over until next Friday",
        ),
        pytest.param(
            OpenHours.OFFICE, windows(("10:00", "16:00"), days="sat sun"), "2026-01-10 03:00", None,
            id="office hours on weekends only: never",
        ),
    ],
)  # fmt: skip
def test_when_a_service_is_open_and_when_it_opens(
    hours: OpenHours, within: tuple[AdmissionWindow, ...], when: str, opens: str | None
) -> None:
    opening = Opening(calendar(), hours, within)

    assert wall(opening.opens_at(ms(when))) == opens
    assert opening.open(ms(when)) is (when == opens)


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        pytest.param(date(2026, 3, 29), 23, id="the clock goes forward"),
        pytest.param(date(2026, 10, 25), 25, id="the clock goes back"),
        pytest.param(date(2026, 7, 1), 24, id="an ordinary day"),
    ],
)
def test_a_day_is_as_long_as_it_is(day: date, hours: int) -> None:
    begins, ends = calendar().whole(day)
    assert ends - begins == hours * 3_600_000


@pytest.mark.parametrize(
    ("when", "second", "is_open"),
    [
        pytest.param("2026-10-25 01:59", False, True, id="before the hour that comes twice"),
        pytest.param("2026-10-25 02:29", False, True, id="02:29, the first time"),
        pytest.param("2026-10-25 02:45", False, True, id="02:45, the first time: the window ends at the second 02:30"),
        pytest.param("2026-10-25 02:29", True, True, id="02:29, the second time"),
        pytest.param("2026-10-25 02:30", True, False, id="02:30, the second time: shut"),
    ],
)
def test_an_hour_that_comes_twice_shuts_nobody_out_early(when: str, second: bool, is_open: bool) -> None:
    opening = Opening(calendar(), OpenHours.ALWAYS, windows(("22:00", "02:30")))
    assert opening.open(ms(when, second=second)) is is_open


CLOCKS: Final = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
MOMENTS: Final = st.integers(ms("2026-01-01 00:00") // 1000, ms("2027-01-01 00:00") // 1000).map(
    lambda seconds: seconds * 1000
)
WINDOWS: Final = st.builds(
    lambda begins, ends, days: AdmissionWindow.model_validate({"from": begins, "until": ends, "days": sorted(days)}),
    CLOCKS,
    CLOCKS,
    st.sets(st.sampled_from(WEEK), min_size=1),
)


def open_by_the_clock(hours: OpenHours, window: AdmissionWindow, at_ms: int) -> bool:
    """The same from what the clock on the wall shows; good outside the hours that it shows twice or skips."""
    local = moment(at_ms).astimezone(ZONE)
    office = calendar().hour(at_ms).kind is OFFICE
    if hours is not OpenHours.ALWAYS and office is not (hours is OpenHours.OFFICE):
        return False
    today, before = WEEK[local.weekday()] in window.days, WEEK[local.weekday() - 1] in window.days
    clock = local.time()
    if window.from_ == window.until:
        return today
    if window.from_ < window.until:
        return today and window.from_ <= clock < window.until
    return (today and clock >= window.from_) or (before and clock < window.until)


@thorough
@given(st.sampled_from(OpenHours), WINDOWS, st.lists(MOMENTS))
def test_open_is_what_the_clock_on_the_wall_says(hours: OpenHours, window: AdmissionWindow, moments: list[int]) -> None:
    """In any order of asking: what was laid out before changes no answer."""
    opening = Opening(calendar(), hours, (window,))
    for at_ms in moments:
        local = moment(at_ms).astimezone(ZONE)
        if local.date() in (date(2026, 3, 29), date(2026, 10, 25)):
            continue
        assert opening.open(at_ms) is open_by_the_clock(hours, window, at_ms), local


@thorough
@given(MOMENTS)
def test_what_opens_later_is_shut_until_then(at_ms: int) -> None:
    opening = Opening(calendar(), OpenHours.ANW, NIGHT_CLOSED)
    opens = opening.opens_at(at_ms)

    assert opens is not None
    assert opening.open(opens)
    assert opens == at_ms or not opening.open(opens - 1)


def test_a_day_is_laid_out_once_and_not_kept_for_ever() -> None:
    days = calendar()
    first = days.day(ms("2026-01-12 14:00"))

    assert days.day(ms("2026-01-12 20:00")) is first
    for ahead in range(3 * DAYS_KEPT):
        days.of(date(2026, 1, 1) + timedelta(days=ahead))
    assert len(days._days) <= DAYS_KEPT
