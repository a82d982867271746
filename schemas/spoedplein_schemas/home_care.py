"""Acute home care: how a nurse's visit ended, counted against what the region agreed. Codes only, nothing of a person.

Rotterdam: nurses drive for the HAP in ANW hours, and thanks to ten care paths end 85 % of the visits by themselves
(Leidraad 2026).
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from spoedplein_schemas.vocabulary import (
    Actor,
    Agreed,
    Code,
    Frozen,
    Instant,
    RequestId,
    Seconds,
    Tally,
    UnitId,
)

Percent = Annotated[int, Field(ge=0, le=100)]


class VisitOutcome(StrEnum):
    """How far the nurse came by herself. `independent`: no doctor was needed. `not-seen`: nobody was helped; it counts
    for neither.
    """

    INDEPENDENT = "independent"
    DOCTOR_CONSULTED = "doctor-consulted"
    DOCTOR_CAME = "doctor-came"
    SENT_ON = "sent-on"
    NOT_SEEN = "not-seen"


class VisitEnded(Frozen):
    """The visit that a placement with acute home care led to is over. Of two words on it the later counts."""

    request: RequestId
    unit: UnitId
    ended_at: Instant
    outcome: VisitOutcome
    care_path: Code | None = None
    by: Actor


class VisitRecorded(Frozen):
    """How a visit of acute home care ended. `lasted_seconds`: from the nurse's arrival, as the log has it."""

    request: RequestId
    unit: UnitId
    outcome: VisitOutcome
    care_path: Code | None = None
    ended_at: Instant
    lasted_seconds: Seconds
    corrects: VisitOutcome | None = None


class HomeCareRule(Agreed):
    """What the region wants of its acute home care, and how far back its board counts."""

    independent_percent: Percent
    """So many of a hundred visits should end without a doctor."""
    window_days: Annotated[int, Field(ge=1, le=92)] = 28
    """Days that the board counts, today included."""


class HomeCareCount(Frozen):
    """Visits of one care path, or of none. `helped`: somebody was seen; `independent` of them without a doctor."""

    care_path: Code | None = None
    helped: Tally
    independent: Tally


class HomeCareVisits(Frozen):
    """Visits of the last days. `percent`: whole, rounded down; none before anybody was helped."""

    since: Instant
    helped: Tally
    independent: Tally
    percent: Percent | None = None
    agreed_percent: Percent
    not_seen: Tally
    care_paths: tuple[HomeCareCount, ...] = ()
