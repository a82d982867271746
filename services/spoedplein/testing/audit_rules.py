"""The hard rules of placement and the norms of waiting, once more and simply: the auditor's yardstick."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from spoedplein_schemas.agreements import Agreements, CareTypeRule, Unit, UrgencyRank
from spoedplein_schemas.decisions import ExclusionCode
from spoedplein_schemas.hours import AdmissionWindow, Weekday
from spoedplein_schemas.placement import Profile
from spoedplein_schemas.vocabulary import CareType, LegalTitle, Property, Registration, Sex, Urgency

ELV = {CareType.ELV_LAAG, CareType.ELV_HOOG, CareType.ELV_PALLIATIEF}
ISOLATIONS = {Property.ISOLATION_NEGATIVE_FLOW, Property.ISOLATION_OTHER}
WLZ_CRISIS = {CareType.WLZ_CRISIS_VV, CareType.WLZ_CRISIS_GZ}
WARDS = {Property.OPEN_WARD, Property.CLOSED_WARD}
UNDER_WZD = {LegalTitle.WZD_BESLUIT, LegalTitle.WZD_RM, LegalTitle.WZD_IBS}
UNDER_WVGGZ = {LegalTitle.WVGGZ_CM, LegalTitle.WVGGZ_ZM}
UNTRIAGED_RANK = 5


class Violation(NamedTuple):
    """`invariant` is its number in the design, `offset` the log record at which it showed."""

    invariant: str
    message: str
    offset: int


@dataclass(slots=True)
class Findings:
    violations: list[Violation] = field(default_factory=list)

    def add(self, invariant: str, message: str, offset: int) -> None:
        self.violations.append(Violation(invariant, message, offset))


def rank_of(agreements: Agreements, urgency: Urgency | None) -> UrgencyRank | None:
    """The agreed rank of an assigned urgency; none before triage."""
    if urgency is None:
        return None
    return next((rank for rank in agreements.ranks if (rank.system, rank.code) == (urgency.system, urgency.code)), None)


def due_at(agreements: Agreements, service: CareType, since: datetime, urgency: Urgency | None) -> datetime | None:
    """Waiting start plus the norm of the urgency; before triage only the SEH has one."""
    if urgency is None:
        return since + timedelta(minutes=agreements.triage_minutes) if service is CareType.SEH else None
    rank = rank_of(agreements, urgency)
    return None if rank is None or rank.norm_minutes is None else since + timedelta(minutes=rank.norm_minutes)


def rule_of(agreements: Agreements, care_type: CareType) -> CareTypeRule:
    return next(rule for rule in agreements.rules if rule.care_type is care_type)


def validity_of(agreements: Agreements, unit: Unit) -> timedelta:
    return timedelta(minutes=unit.validity_minutes or rule_of(agreements, unit.care_type).validity_minutes)


def parallel_of(agreements: Agreements, unit: Unit, urgency: Urgency) -> int:
    """How many are asked at once for this care, for somebody of this urgency."""
    rule, rank = rule_of(agreements, unit.care_type), rank_of(agreements, urgency)
    by_rank = dict(enumerate(rule.parallel_offers_by_rank))
    return rule.parallel_offers if rank is None else by_rank.get(rank.rank, rule.parallel_offers)


def misfits(agreements: Agreements, unit: Unit, profile: Profile, *, now: datetime) -> set[ExclusionCode]:
    """Every rule that this unit breaks for this profile, its figure and status apart."""
    found = _unfit_for_the_care(agreements, unit, profile)
    if not _may_hold(unit.registration, profile.legal_title):
        found.add(ExclusionCode.LEGAL_TITLE)
    if profile.wlz_indication and unit.care_type in ELV:
        found.add(ExclusionCode.WLZ_INDICATION)
    if profile.age_band not in unit.age_bands:
        found.add(ExclusionCode.AGE_BAND)
    if unit.sex is not Sex.ANY and profile.sex is not unit.sex:
        found.add(ExclusionCode.SEX)
    found |= _lacks(unit, profile)
    local = now.astimezone(ZoneInfo(agreements.timezone))
    if unit.windows and not any(_admits(window, local) for window in unit.windows):
        found.add(ExclusionCode.OUTSIDE_WINDOW)
    return found


def _lacks(unit: Unit, profile: Profile) -> set[ExclusionCode]:
    found = set()
    missing = set(profile.needs) - set(unit.properties)
    if missing - WARDS - ISOLATIONS - {Property.BARIATRIC}:
        found.add(ExclusionCode.PROPERTY_MISSING)
    if missing & ISOLATIONS:
        found.add(ExclusionCode.ISOLATION)
    if Property.BARIATRIC in missing:
        found.add(ExclusionCode.BARIATRIC)
    if Property.CLOSED_WARD in missing:
        found.add(ExclusionCode.WARD_OPEN)
    if Property.OPEN_WARD in missing:
        found |= {ExclusionCode.PROPERTY_MISSING, ExclusionCode.WARD_CLOSED}
    return found


def _unfit_for_the_care(agreements: Agreements, unit: Unit, profile: Profile) -> set[ExclusionCode]:
    """What the professional entered, against what each kind of care is for."""
    rule, care, hours = rule_of(agreements, unit.care_type), unit.care_type, profile.stay_hours
    so = {
        ExclusionCode.WLZ_NEEDED: care in WLZ_CRISIS
        and not (profile.wlz_indication or profile.wlz_expected is not False),
        ExclusionCode.LIFE_EXPECTANCY: care is CareType.ELV_PALLIATIEF
        and profile.expectancy_under_three_months is False,
        ExclusionCode.MEDICALLY_UNSTABLE: care in {CareType.RESPIJT, CareType.WMO_SPOED}
        and profile.medically_stable is False,
        ExclusionCode.STAY_TOO_SHORT: hours is not None and hours < rule.stay_min_hours,
        ExclusionCode.STAY_TOO_LONG: hours is not None and 0 < rule.stay_max_days * 24 < hours,
        ExclusionCode.GP_NEEDED: rule.gp_required and profile.gp_keeps_treating is not True,
    }
    return {code for code, holds in so.items() if holds}


def _may_hold(registration: Registration, title: LegalTitle) -> bool:
    if title in UNDER_WZD:
        return registration in {Registration.WZD, Registration.BOTH}
    if title in UNDER_WVGGZ:
        return registration in {Registration.WVGGZ, Registration.BOTH}
    return True


def _admits(window: AdmissionWindow, local: datetime) -> bool:
    """The hours after midnight of a night window belong to the day on which it began."""
    today = list(Weekday)[local.weekday()]
    yesterday = list(Weekday)[local.weekday() - 1]
    clock = local.time()
    if window.from_ < window.until:
        return today in window.days and window.from_ <= clock < window.until
    if window.from_ == window.until:
        return today in window.days
    return (today in window.days and clock >= window.from_) or (yesterday in window.days and clock < window.until)
