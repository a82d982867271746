"""The hard rules: why a unit cannot be offered to somebody. Each rule has a code; the first that applies is given.

Sources, per rule: legal title against registration (CIZ factsheet opname en verblijf Wzd; Wvggz); a Wlz indication
rules ELV out, used or not; Wlz crisis asks one, now or within two weeks (zorgkantoren); ELV palliative a life
expectancy under three months; respite and Wmo a stable condition (LHV); a foreseen stay and a GP who goes on treating
as agreed per care type; age band, sex of the room, properties and ward type are the unit's own statement;
admission windows are agreed per unit; old figures, stops and full units follow from availability.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from spoedplein.domain.agreements import MINUTE_MS, Rules
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
WLZ_CRISIS = (CareType.WLZ_CRISIS_VV, CareType.WLZ_CRISIS_GZ)
#: Logeren under the Wmo is supervision, no stay out of medical necessity (LHV, afwegingsinstrument).
STABLE_ONLY = (CareType.RESPIJT, CareType.WMO_SPOED)
_OF_ITS_OWN = (Property.ISOLATION_NEGATIVE_FLOW, Property.ISOLATION_OTHER, Property.BARIATRIC, Property.CLOSED_WARD)
#: Which code stands for which missing properties.
NEED_CODES: tuple[tuple[ExclusionCode, tuple[Property, ...]], ...] = (
    (ExclusionCode.ISOLATION, (Property.ISOLATION_NEGATIVE_FLOW, Property.ISOLATION_OTHER)),
    (ExclusionCode.BARIATRIC, (Property.BARIATRIC,)),
    (ExclusionCode.PROPERTY_MISSING, tuple(need for need in Property if need not in _OF_ITS_OWN)),
)
_WEEKDAYS = tuple(Weekday)


def exclusion(profile: Profile, unit: Unit, units: Units, *, rules: Rules, now: int) -> Exclusion | None:
    """Why this unit cannot be offered now; `None` when it can. `now` in milliseconds."""
    state = units.state(unit.id)
    found = (
        misfit(profile, unit, rules=rules)
        or _status(profile, state, rules=rules)
        or outside_hours(profile, unit, rules=rules, now=now)
        or too_late(profile, rules=rules, now=now)
        or _figure(unit, state, units, now=now)
    )
    return None if found is None else Exclusion(unit=unit.id, code=found[0], detail=found[1])


def set_aside(profile: Profile, unit: Unit, units: Units, *, rules: Rules, now: int) -> tuple[Exclusion, ...]:
    """Everything that a placement here goes against, in the order of the rules."""
    state = units.state(unit.id)
    found = (
        *_misfits(profile, unit, rules=rules),
        _status(profile, state, rules=rules),
        outside_hours(profile, unit, rules=rules, now=now),
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


def hours(unit: Unit) -> str:
    """Its admission hours on the clock there, in at most a hundred characters."""
    return ", ".join(f"{window.from_:%H:%M}-{window.until:%H:%M}" for window in unit.windows)[:100]


def shut(profile: Profile, state: UnitState, *, rules: Rules) -> bool:
    """Whether the unit's status keeps this person out. A stop never holds back a life-threatening case (LNAZ)."""
    if state.status is UnitStatus.STOP:
        return not rules.rank(profile.urgency).life_threatening
    return state.status is UnitStatus.CLOSED


Finding = tuple[ExclusionCode, str | None]


def misfit(profile: Profile, unit: Unit, *, rules: Rules) -> Finding | None:
    """What lies in the person and the place, and no waiting will change: the first that applies."""
    return next(_misfits(profile, unit, rules=rules), None)


def _misfits(profile: Profile, unit: Unit, *, rules: Rules) -> Iterator[Finding]:
    for rule in (_law, _care, _stay, _bed, _needs):
        yield from rule(profile, unit, rules)


def _law(profile: Profile, unit: Unit, _: Rules) -> Iterator[Finding]:
    """Title against registration (CIZ; Wvggz). A Wlz indication, used or not, rules ELV out (Verenso)."""
    if unit.registration not in REGISTRATIONS[profile.legal_title]:
        yield ExclusionCode.LEGAL_TITLE, f"registered: {unit.registration}"
    if profile.wlz_indication and unit.care_type in ELV:
        yield ExclusionCode.WLZ_INDICATION, None
    if unit.care_type in WLZ_CRISIS and not profile.wlz_indication and profile.wlz_expected is False:
        yield ExclusionCode.WLZ_NEEDED, "indication, now or within two weeks"


def _care(profile: Profile, unit: Unit, rules: Rules) -> Iterator[Finding]:
    """What the care itself asks. ELV palliative: under three months to live. Respite and Wmo: medically stable (LHV).

    ELV low leaves the patient with his own GP: where agreed, somebody must have entered that he goes on treating.
    """
    if unit.care_type is CareType.ELV_PALLIATIEF and profile.expectancy_under_three_months is False:
        yield ExclusionCode.LIFE_EXPECTANCY, "under three months"
    if unit.care_type in STABLE_ONLY and profile.medically_stable is False:
        yield ExclusionCode.MEDICALLY_UNSTABLE, None
    if rules.rule(unit.care_type).gp_required and not profile.gp_keeps_treating:
        yield ExclusionCode.GP_NEEDED, "not entered" if profile.gp_keeps_treating is None else "GP does not go on"


def _stay(profile: Profile, unit: Unit, rules: Rules) -> Iterator[Finding]:
    """How long a stay is foreseen, against what the care is for (ELV: 24 hours to three months)."""
    rule, hours = rules.rule(unit.care_type), profile.stay_hours
    if hours is None:
        return
    if hours < rule.stay_min_hours:
        yield ExclusionCode.STAY_TOO_SHORT, f"from {rule.stay_min_hours} hours"
    if rule.stay_max_days and hours > rule.stay_max_days * 24:
        yield ExclusionCode.STAY_TOO_LONG, f"to {rule.stay_max_days} days"


def _bed(profile: Profile, unit: Unit, _: Rules) -> Iterator[Finding]:
    """Age, sex of the room, and which kind of ward."""
    if profile.age_band not in unit.age_bands:
        yield ExclusionCode.AGE_BAND, f"takes {', '.join(dict.fromkeys(unit.age_bands))}"
    if unit.sex is not Sex.ANY and profile.sex is not unit.sex:
        yield ExclusionCode.SEX, f"takes {unit.sex}"
    if Property.OPEN_WARD in profile.needs and Property.CLOSED_WARD in unit.properties:
        yield ExclusionCode.WARD_CLOSED, None
    if Property.CLOSED_WARD in profile.needs and Property.CLOSED_WARD not in unit.properties:
        yield ExclusionCode.WARD_OPEN, None


def _needs(profile: Profile, unit: Unit, _: Rules) -> Iterator[Finding]:
    """All that is needed must be there; isolation and a bariatric bed have codes of their own."""
    told = {Property.OPEN_WARD} if Property.CLOSED_WARD in unit.properties else set()
    missing = [need for need in profile.needs if need not in unit.properties and need not in told]
    for code, group in NEED_CODES:
        lacking = [need for need in missing if need in group]
        if lacking:
            yield code, f"lacks {', '.join(lacking)}"[:120]


def too_late(profile: Profile, *, rules: Rules, now: int) -> Finding | None:
    """Whether a provider can still answer before the place is needed. Who is in mortal danger is asked for anyway."""
    shortest = rules.placement.answer_minutes_min
    needed = None if profile.needed_by is None else millis(profile.needed_by)
    if needed is None or not now <= needed < now + shortest * MINUTE_MS or rules.rank(profile.urgency).life_threatening:
        return None
    return ExclusionCode.NEEDED_BY, f"an answer takes {shortest} min"


def _status(profile: Profile, state: UnitState, *, rules: Rules) -> Finding | None:
    if not shut(profile, state, rules=rules):
        return None
    code = ExclusionCode.STOP if state.status is UnitStatus.STOP else ExclusionCode.CLOSED
    until = None if state.until is None else f"until {moment(state.until).astimezone(rules.zone):%d-%m %H:%M}"
    return code, until


def outside_hours(profile: Profile, unit: Unit, *, rules: Rules, now: int) -> Finding | None:
    """That the unit does not admit now, and whether it will before the place is needed."""
    opens = opens_at(unit, rules=rules, now=now)
    if opens == now:
        return None
    needed = None if profile.needed_by is None else millis(profile.needed_by)
    late = needed is not None and needed >= now and (opens is None or opens > needed)
    return (ExclusionCode.NEEDED_BY if late else ExclusionCode.OUTSIDE_WINDOW), f"admits {hours(unit)}"[:120]


def _figure(unit: Unit, state: UnitState, units: Units, *, now: int) -> Finding | None:
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
