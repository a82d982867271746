"""The hard rules: why a unit cannot be offered to somebody. Each rule has a code; the first that applies is given.

Sources, per rule: legal title against registration (CIZ factsheet opname en verblijf Wzd; Wvggz); a Wlz indication
rules ELV out, used or not; age band, sex of the room, properties and ward type are the unit's own statement;
admission windows are agreed per unit; old figures, stops and full units follow from availability.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from spoedplein.domain.agreements import Rules
from spoedplein.domain.availability import Units, UnitState
from spoedplein.domain.turn import moment
from spoedplein_schemas.agreements import Unit
from spoedplein_schemas.decisions import Exclusion, ExclusionCode
from spoedplein_schemas.hours import AdmissionWindow, Weekday
from spoedplein_schemas.placement import Profile
from spoedplein_schemas.vocabulary import CareType, LegalTitle, Property, Registration, Sex, UnitStatus, millis

ELV = (CareType.ELV_LAAG, CareType.ELV_HOOG, CareType.ELV_PALLIATIEF)
_WZD = (Registration.WZD, Registration.BOTH)
_WVGGZ = (Registration.WVGGZ, Registration.BOTH)
#: Where somebody may be under each title.
REGISTRATIONS: dict[LegalTitle, tuple[Registration, ...]] = {
    LegalTitle.VOLUNTARY: tuple(Registration),
    LegalTitle.WZD_BESLUIT: _WZD,
    LegalTitle.WZD_RM: _WZD,
    LegalTitle.WZD_IBS: _WZD,
    LegalTitle.WVGGZ_CM: _WVGGZ,
    LegalTitle.WVGGZ_ZM: _WVGGZ,
}
_WEEKDAYS = tuple(Weekday)


def exclusion(profile: Profile, unit: Unit, units: Units, *, rules: Rules, now: int) -> Exclusion | None:
    """Why this unit cannot be offered now; `None` when it can. `now` in milliseconds."""
    state = units.state(unit.id)
    found = (
        _person(profile, unit)
        or _status(profile, state, rules=rules)
        or _window(profile, unit, rules=rules, now=now)
        or _figure(unit, state, units, now=now)
    )
    return None if found is None else Exclusion(unit=unit.id, code=found[0], detail=found[1])


def set_aside(profile: Profile, unit: Unit, units: Units, *, rules: Rules, now: int) -> tuple[Exclusion, ...]:
    """Everything that a placement here goes against: of person, status, hours and figure the first each."""
    state = units.state(unit.id)
    found = (
        _person(profile, unit),
        _status(profile, state, rules=rules),
        _window(profile, unit, rules=rules, now=now),
        _figure(unit, state, units, now=now),
    )
    return tuple(Exclusion(unit=unit.id, code=each[0], detail=each[1]) for each in found if each is not None)


def opens_at(unit: Unit, *, rules: Rules, now: int) -> int | None:
    """When the unit next admits, in milliseconds: `now` if it does, `None` if it never will within a week."""
    if not unit.windows:
        return now
    here = moment(now).astimezone(rules.zone)
    if any(_inside(window, here) for window in unit.windows):
        return now
    return min((start for window in unit.windows for start in _starts(window, here) if start > now), default=None)


def within(windows: Sequence[AdmissionWindow], *, rules: Rules, now: int) -> bool:
    """Whether one of these local hours holds now; no hours named: always."""
    here = moment(now).astimezone(rules.zone)
    return not windows or any(_inside(window, here) for window in windows)


def shut(profile: Profile, state: UnitState, *, rules: Rules) -> bool:
    """Whether the unit's status keeps this person out. A stop never holds back a life-threatening case (LNAZ)."""
    if state.status is UnitStatus.STOP:
        return not rules.rank(profile.urgency).life_threatening
    return state.status is UnitStatus.CLOSED


_Finding = tuple[ExclusionCode, str | None]


def _person(profile: Profile, unit: Unit) -> _Finding | None:
    """What lies in the person and the place, and no waiting will change."""
    if unit.registration not in REGISTRATIONS[profile.legal_title]:
        return ExclusionCode.LEGAL_TITLE, f"registered: {unit.registration}"
    if profile.wlz_indication and unit.care_type in ELV:
        return ExclusionCode.WLZ_INDICATION, None
    if profile.age_band not in unit.age_bands:
        return ExclusionCode.AGE_BAND, f"takes {', '.join(unit.age_bands)}"
    if unit.sex is not Sex.ANY and profile.sex is not unit.sex:
        return ExclusionCode.SEX, f"takes {unit.sex}"
    if Property.OPEN_WARD in profile.needs and Property.CLOSED_WARD in unit.properties:
        return ExclusionCode.WARD_CLOSED, None
    missing = [need for need in profile.needs if need not in unit.properties]
    return (ExclusionCode.PROPERTY_MISSING, f"lacks {', '.join(missing)}"[:120]) if missing else None


def _status(profile: Profile, state: UnitState, *, rules: Rules) -> _Finding | None:
    if not shut(profile, state, rules=rules):
        return None
    code = ExclusionCode.STOP if state.status is UnitStatus.STOP else ExclusionCode.CLOSED
    until = None if state.until is None else f"until {moment(state.until).astimezone(rules.zone):%d-%m %H:%M}"
    return code, until


def _window(profile: Profile, unit: Unit, *, rules: Rules, now: int) -> _Finding | None:
    opens = opens_at(unit, rules=rules, now=now)
    if opens == now:
        return None
    hours = ", ".join(f"{window.from_:%H:%M}-{window.until:%H:%M}" for window in unit.windows)
    late = profile.needed_by is not None and (opens is None or opens > millis(profile.needed_by))
    return (ExclusionCode.NEEDED_BY if late else ExclusionCode.OUTSIDE_WINDOW), f"admits {hours}"[:120]


def _figure(unit: Unit, state: UnitState, units: Units, *, now: int) -> _Finding | None:
    if state.figure is None:
        return ExclusionCode.NEVER_REPORTED, None
    if not units.fresh(unit, state, now=now):
        observed = units.observed_at(unit, state)
        age = 0 if observed is None else (now - observed) // 60_000
        return ExclusionCode.STALE, f"last seen {age} min ago"
    free = units.free(unit, state, now=now)
    if free is None:
        return ExclusionCode.STALE, f"rooms counted {(now - (state.figure_at() or now)) // 60_000} min ago"
    if not free:
        return ExclusionCode.FULL, f"{state.figure.free} free, {state.outstanding()} promised or held"
    return None


def _inside(window: AdmissionWindow, here: datetime) -> bool:
    today, yesterday = _WEEKDAYS[here.weekday()], _WEEKDAYS[here.weekday() - 1]
    clock = here.time()
    if window.from_ == window.until:
        return today in window.days
    if window.from_ < window.until:
        return today in window.days and window.from_ <= clock < window.until
    return (today in window.days and clock >= window.from_) or (yesterday in window.days and clock < window.until)


def _starts(window: AdmissionWindow, here: datetime) -> Iterator[int]:
    """Openings from today on, in milliseconds. An hour that the clock shows twice opens twice."""
    opens = time() if window.from_ == window.until else window.from_
    for ahead in range(8):
        day = here.date() + timedelta(days=ahead)
        if _WEEKDAYS[day.weekday()] in window.days:
            for fold in (0, 1):
                yield millis(datetime.combine(day, opens, tzinfo=here.tzinfo).replace(fold=fold))
