"""Why a request could not be met and what would have met it: one sentence per care type, in Dutch and in English.

ELV-HOOG: 2 vrij, maar opname alleen 08:00-20:00; 3 wezen af: personeel; dichtst bij: elv-hoog-de-harg, vanaf 08:00
ELV-HOOG: 2 free, but admitting only 08:00-20:00; 3 declined: staff; nearest: elv-hoog-de-harg, from 08:00
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from spoedplein_schemas.decisions import ExclusionCode, NearMiss, ReasonCount, Shortfall
from spoedplein_schemas.placement import DeclineReason

_IN_HOURS: Final = (ExclusionCode.OUTSIDE_WINDOW, ExclusionCode.NEEDED_BY)


@dataclass(frozen=True, slots=True)
class Language:
    """The sentences of one language. Its words for codes: `reasons`, `many_reasons` of more units, and `declines`."""

    reasons: Mapping[ExclusionCode, str]
    many_reasons: Mapping[ExclusionCode, str]
    declines: Mapping[DeclineReason, str]
    no_units: str
    free_in_hours: str
    other_hours: str
    one_stale: str
    many_stale: str
    one_declined: str
    many_declined: str
    with_free: str
    nearest: str
    changes: str
    hours_mark: str


DUTCH_FORMS: Final = {
    "no_units": "geen plek van die soort in de afspraken",
    "free_in_hours": "{free} vrij, maar opname alleen {admits}",
    "other_hours": "op andere uren",
    "one_stale": "1 zou vrij zijn als {figure} vernieuwd werd",
    "many_stale": "{free} zouden vrij zijn als {figure} vernieuwd werd",
    "one_declined": "1 wees af: {reason}",
    "many_declined": "{units} wezen af: {reason}",
    "with_free": "{units} {code} ({free} vrij)",
    "nearest": "dichtst bij: {unit}",
    "changes": ", vanaf {at}",
    "hours_mark": "u",
}
ENGLISH_FORMS: Final = {
    "no_units": "no unit of that care in the agreements",
    "free_in_hours": "{free} free, but admitting only {admits}",
    "other_hours": "at other hours",
    "one_stale": "1 would be free if {figure} were renewed",
    "many_stale": "{free} would be free if {figure} were renewed",
    "one_declined": "1 declined: {reason}",
    "many_declined": "{units} declined: {reason}",
    "with_free": "{units} {code} ({free} free)",
    "nearest": "nearest: {unit}",
    "changes": ", from {at}",
    "hours_mark": "h",
}
_CODES: Final = {code: code.value for code in ExclusionCode}
ENGLISH: Final = Language(_CODES, _CODES, {reason: reason.value for reason in DeclineReason}, **ENGLISH_FORMS)


def sentence(shortfall: Shortfall, language: Language, zone: tzinfo) -> str:
    """What was short in one care type, what was free all the same, and which unit came nearest."""
    if not shortfall.reasons:
        return f"{shortfall.care_type.upper()}: {language.no_units}"
    nearest = shortfall.nearest
    said = [_reason(each, nearest, language) for each in shortfall.reasons]
    if nearest is not None:
        at = nearest.changes_at
        changes = "" if at is None else language.changes.format(at=f"{at.astimezone(zone):%d-%m %H:%M}")
        said.append(language.nearest.format(unit=nearest.unit) + changes)
    return f"{shortfall.care_type.upper()}: {'; '.join(said)}"


def _reason(count: ReasonCount, nearest: NearMiss | None, language: Language) -> str:
    told = nearest if nearest is not None and nearest.code is count.code else None
    if count.code in _IN_HOURS and count.free:
        admits = told.admits if told is not None and told.admits else language.other_hours
        return language.free_in_hours.format(free=count.free, admits=admits)
    if count.code is ExclusionCode.STALE and count.free:
        form = language.one_stale if count.free == 1 else language.many_stale
        return form.format(free=count.free, figure=_figure(told, language))
    if count.reason is not None:
        form = language.one_declined if count.units == 1 else language.many_declined
        return form.format(units=count.units, reason=language.declines[count.reason])
    code = (language.reasons if count.units == 1 else language.many_reasons)[count.code]
    if count.free:
        return language.with_free.format(units=count.units, code=code, free=count.free)
    return f"{count.units} {code}"


def _figure(told: NearMiss | None, language: Language) -> str:
    """The old figure, with its age where that is known."""
    dutch = language.hours_mark == "u"
    if told is None or told.figure_age_seconds is None:
        return "het cijfer" if dutch else "the figure"
    hours, minutes = divmod(told.figure_age_seconds // 60, 60)
    age = f"{hours}{language.hours_mark}{minutes:02d}"
    return f"het cijfer van {age} oud" if dutch else f"the figure of {age} ago"
