"""Why a unit was not offered, and what was short when nothing was."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from spoedplein_schemas.placement import DeclineReason
from spoedplein_schemas.vocabulary import CareType, Frozen, Instant, Seconds, Tally, UnitId


class ExclusionCode(StrEnum):
    """Why a unit could not be offered; each hard rule has one."""

    LEGAL_TITLE = "legal-title"
    WLZ_INDICATION = "wlz-indication"
    AGE_BAND = "age-band"
    SEX = "sex"
    PROPERTY_MISSING = "property-missing"
    WARD_CLOSED = "ward-closed"
    WARD_OPEN = "ward-open"
    ISOLATION = "isolation"
    BARIATRIC = "bariatric"
    WLZ_NEEDED = "wlz-needed"
    LIFE_EXPECTANCY = "life-expectancy"
    MEDICALLY_UNSTABLE = "medically-unstable"
    STAY_TOO_SHORT = "stay-too-short"
    STAY_TOO_LONG = "stay-too-long"
    GP_NEEDED = "gp-needed"
    OUTSIDE_WINDOW = "outside-window"
    NEEDED_BY = "needed-by"
    NEVER_REPORTED = "never-reported"
    STALE = "stale"
    STOP = "stop"
    CLOSED = "closed"
    FULL = "full"
    DECLINED = "declined"
    NO_ANSWER = "no-answer"
    ASKED = "asked"
    OWN_FIRST = "own-first"


class Exclusion(Frozen):
    """One unit passed over. `detail` says what would have met it, in coded words ("admits 08:00-20:00")."""

    unit: UnitId
    code: ExclusionCode
    detail: Annotated[str, Field(max_length=120)] | None = None


class CodeCount(Frozen):
    """So many units were passed over for this."""

    code: ExclusionCode
    units: Annotated[int, Field(ge=1)]


class ReasonCount(Frozen):
    """So many units were passed over for this; `free` counts the places that they had, where their figure tells."""

    code: ExclusionCode
    units: Annotated[int, Field(ge=1)]
    free: Tally = 0
    reason: DeclineReason | None = None


class NearMiss(Frozen):
    """The unit that came closest: what kept it out, how many places it had, and when that may change by itself.

    `admits` are its local hours; `figure_age_seconds` the age of a figure that is too old to count.
    """

    unit: UnitId
    code: ExclusionCode
    free: Tally
    admits: Annotated[str, Field(max_length=120)] | None = None
    figure_age_seconds: Seconds | None = None
    changes_at: Instant | None = None


class Shortfall(Frozen):
    """Why one asked care type gave no place: units per reason, most frequent first, and the nearest miss."""

    care_type: CareType
    units: Tally
    reasons: tuple[ReasonCount, ...] = ()
    nearest: NearMiss | None = None
