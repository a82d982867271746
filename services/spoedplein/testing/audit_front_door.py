"""Where a contact should go, once more and simply: the agreed routes read from the top, with the clock on the wall.

Holidays are counted from Easter, not looked up: another road than the core's.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from spoedplein.testing.audit_rules import rank_of
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.front_door import Route, SelfReferrals
from spoedplein_schemas.hap import ArrivalMode
from spoedplein_schemas.hours import AdmissionWindow, OpenHours, Weekday
from spoedplein_schemas.vocabulary import AgeBand, CareType, Destination, Entrance, Urgency

NATIONAL_LUSTRUM = 5


class Facts(NamedTuple):
    entrance: Entrance
    site: str | None
    at: datetime
    urgency: Urgency | None
    mode: ArrivalMode | None
    age_band: AgeBand | None
    complaint: str | None
    refer_to: CareType | None


class Expected(NamedTuple):
    destination: Destination
    site: str | None
    route: str | None = None


def expected(agreed: Agreements, facts: Facts) -> Expected:
    """The agreed destination; before triage that is the queue of whoever triages."""
    if facts.urgency is None:
        return _untriaged(agreed, facts)
    rank = rank_of(agreed, facts.urgency)
    if rank is not None and rank.life_threatening:
        on_site = facts.mode in {ArrivalMode.SELF_REFERRED, ArrivalMode.AMBULANCE}
        has_seh = _hours_of(agreed, facts.site, Destination.SEH) is not None
        if facts.entrance is Entrance.SEH or (on_site and has_seh):
            return Expected(Destination.SEH, facts.site)
        return Expected(Destination.EMERGENCY, None)
    for route in agreed.routes:
        if _holds(agreed, route, facts) and _reachable(agreed, route, facts):
            return Expected(route.to, _site(agreed, route.to, route.at or facts.site), route.id)
    return _as_came(agreed, facts)


def _untriaged(agreed: Agreements, facts: Facts) -> Expected:
    if facts.mode is ArrivalMode.SELF_REFERRED:
        for to in _who_triages(agreed, facts.site):
            hours = _hours_of(agreed, facts.site, to)
            if hours is not None and _open(agreed, hours, facts.at):
                return Expected(to, facts.site)
    return _as_came(agreed, facts)


def _who_triages(agreed: Agreements, name: str | None) -> tuple[Destination, ...]:
    """Of those who come by themselves. Both of them at one desk: the line is the HAP's, or else the SEH's."""
    site = next((site for site in agreed.sites if site.id == name), None)
    if site is None or (site.desk.self_referrals is SelfReferrals.JOINT and not site.desk.joint):
        return ()
    if site.desk.self_referrals is SelfReferrals.JOINT:
        return Destination.HAP, Destination.SEH
    return (Destination(site.desk.self_referrals.value),)


def stays_behind(agreed: Agreements, facts: Facts) -> bool:
    """Sent to the other of two desks before he is triaged: he waits where he came in until they write him down."""
    two = any(site.id == facts.site and not site.desk.joint for site in agreed.sites)
    return two and facts.urgency is None and facts.mode is ArrivalMode.SELF_REFERRED


def _as_came(agreed: Agreements, facts: Facts) -> Expected:
    if facts.entrance is Entrance.HAP:
        return Expected(Destination.HAP, facts.site)
    if facts.entrance is Entrance.SEH:
        return Expected(Destination.SEH, facts.site)
    if facts.refer_to is None and facts.urgency is not None and facts.urgency.code == "C2":
        return Expected(Destination.ADVICE, None)
    to = {
        CareType.SEH: Destination.SEH,
        CareType.WIJKVERPLEGING: Destination.WIJKVERPLEGING,
        CareType.GGZ_BEOORDELING: Destination.GGZ_CRISIS,
    }.get(facts.refer_to or CareType.HAP, Destination.HAP)
    return Expected(to, _site(agreed, to, facts.site))


def _site(agreed: Agreements, to: Destination, site: str | None) -> str | None:
    at_site = any(door.to is to and door.site == site and site is not None for door in agreed.doors)
    return site if to in {Destination.HAP, Destination.SEH} or at_site else None


def _holds(agreed: Agreements, route: Route, facts: Facts) -> bool:
    """Every condition that the route names."""
    urgency, rank = facts.urgency, rank_of(agreed, facts.urgency)
    if urgency is None or rank is None:
        return False
    return (
        (not route.sites or facts.site in route.sites)
        and (not route.entrances or facts.entrance in route.entrances)
        and (not route.refer_to or facts.refer_to in route.refer_to)
        and (not route.modes or facts.mode in route.modes)
        and (route.system is None or route.system is urgency.system)
        and (not route.codes or urgency.code in route.codes)
        and (not route.ranks or rank.rank in route.ranks)
        and (not route.age_bands or facts.age_band in route.age_bands)
        and (not route.complaints or facts.complaint in route.complaints)
        and _open(agreed, (route.hours, route.windows), facts.at)
    )


_Hours = tuple[OpenHours, Sequence[AdmissionWindow]]


def _reachable(agreed: Agreements, route: Route, facts: Facts) -> bool:
    """Whether there is such a destination, and it is open."""
    if route.to in {Destination.OWN_GP_NEXT_DAY, Destination.ADVICE}:
        return True
    if route.to is Destination.OWN_GP:
        return _office(agreed, facts.at)
    hours = _hours_of(agreed, route.at or facts.site, route.to)
    return hours is not None and _open(agreed, hours, facts.at)


def _hours_of(agreed: Agreements, site: str | None, to: Destination) -> _Hours | None:
    for place in agreed.sites:
        for point in place.services:
            if place.id == site and point.care_type.value == to.value:
                return point.hours, point.windows
    for wanted in (site, None):
        for door in agreed.doors:
            if door.to is to and door.site == wanted:
                return door.hours, door.windows
    return None


def _open(agreed: Agreements, hours: _Hours, at: datetime) -> bool:
    kind, windows = hours
    if kind is not OpenHours.ALWAYS and _office(agreed, at) is not (kind is OpenHours.OFFICE):
        return False
    return not windows or any(begins <= at < ends for begins, ends in _openings(agreed, windows, at))


def _openings(agreed: Agreements, windows: Sequence[AdmissionWindow], at: datetime) -> Iterator[tuple[datetime, ...]]:
    """Windows that began today or yesterday, from when the clock first shows their beginning to when it last shows
    their end.
    """
    zone = ZoneInfo(agreed.timezone)
    today = at.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        for window in windows:
            if list(Weekday)[day.weekday()] not in window.days:
                continue
            if window.from_ == window.until:
                yield _utc(day, time(), zone), _utc(day + timedelta(days=1), time(), zone)
            else:
                last = day if window.from_ < window.until else day + timedelta(days=1)
                yield _utc(day, window.from_, zone), _utc(last, window.until, zone, fold=1)


def _utc(day: date, clock: time, zone: ZoneInfo, *, fold: int = 0) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone).replace(fold=fold).astimezone(UTC)


def _office(agreed: Agreements, at: datetime) -> bool:
    office, local = agreed.hours, at.astimezone(ZoneInfo(agreed.timezone))
    works = list(Weekday)[local.weekday()] in office.days and not is_holiday(agreed, local.date())
    return works and office.from_ <= local.time() < office.until


def is_holiday(agreed: Agreements, day: date) -> bool:
    """Whether practices are shut on this day, as the region keeps its holidays."""
    if day in agreed.hours.ordinary_days:
        return False
    if any(each.date == day for each in agreed.hours.extra_holidays):
        return True
    easter, kings_day = _easter(day.year), date(day.year, 4, 27)
    if kings_day.weekday() == list(Weekday).index(Weekday.SUN):
        kings_day -= timedelta(days=1)
    found = {
        "Nieuwjaarsdag": date(day.year, 1, 1),
        "Goede vrijdag": easter - timedelta(days=2),
        "Eerste paasdag": easter,
        "Tweede paasdag": easter + timedelta(days=1),
        "Koningsdag": kings_day,
        "Hemelvaartsdag": easter + timedelta(days=39),
        "Eerste pinksterdag": easter + timedelta(days=49),
        "Tweede pinksterdag": easter + timedelta(days=50),
        "Eerste kerstdag": date(day.year, 12, 25),
        "Tweede kerstdag": date(day.year, 12, 26),
    }
    if day.year % NATIONAL_LUSTRUM == 0:
        found["Bevrijdingsdag"] = date(day.year, 5, 5)
    return any(day == each and name not in agreed.hours.ordinary_holidays for name, each in found.items())


def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the anonymous computus of 1876 (Meeus, Jones and Butcher)."""
    golden, (century, of_century) = year % 19, divmod(year, 100)
    leap, rest = divmod(century, 4)
    moon = (19 * golden + century - leap - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * rest + 2 * (of_century // 4) - moon - of_century % 4) % 7
    correction = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * correction + 114, 31)
    return date(year, month, day + 1)
