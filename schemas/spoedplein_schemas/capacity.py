"""What places say of themselves: figures, openings, stops. Nothing here is about a person."""

from typing import Annotated

from spoedplein_schemas.vocabulary import (
    DISTINCT,
    Actor,
    CareType,
    Code,
    Count,
    Frozen,
    Instant,
    RequestId,
    StopReason,
    UnitId,
)


class CapacityReported(Frozen):
    """Staffed and free places of one unit as its source counted them at `observed_at`.

    Free means: licensed, there, staffed, and usable at once. For acute wijkverpleging a place is a visit
    that can start within the hour. `includes` names accepted requests that `free` has already taken off.
    `answers` names the "report now" round that this report answers.
    """

    unit: UnitId
    staffed: Count
    free: Count
    observed_at: Instant
    includes: Annotated[tuple[RequestId, ...], DISTINCT] = ()
    answers: Code | None = None


class UnitOpened(Frozen):
    """The unit admits again, after having been closed."""

    unit: UnitId
    observed_at: Instant


class UnitClosed(Frozen):
    """The unit admits nobody, and this is no stop: out of hours, rebuilt, or gone."""

    unit: UnitId
    observed_at: Instant
    reason: StopReason | None = None
    expected_end: Instant | None = None


class WarningAnnounced(Frozen):
    """A stop threatens (dreigende stop); places may still be offered."""

    unit: UnitId
    reason: StopReason
    observed_at: Instant
    expected_end: Instant | None = None


class StopAnnounced(Frozen):
    """No new admissions until `expected_end`; without one, until the agreed longest stop has passed."""

    unit: UnitId
    reason: StopReason
    observed_at: Instant
    expected_end: Instant | None = None


class StopLifted(Frozen):
    """The end of a stop or of a warning, before its expected end."""

    unit: UnitId
    observed_at: Instant


class ReportAsked(Frozen):
    """The coordinator asks every unit of these care types, or all, to report now."""

    ask: Code
    asked_at: Instant
    by: Actor
    care_types: Annotated[tuple[CareType, ...], DISTINCT] = ()


class ReportAnswered(Frozen):
    """The unit saw the question and has nothing newer: its last figure still stands at `observed_at`."""

    ask: Code
    unit: UnitId
    observed_at: Instant
