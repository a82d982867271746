"""Crowding and escalation: levels of a site and of a region, and proposals that wait for a named role.

Measures and thresholds are the eight of the international consensus (ICMED, Emergency Medicine International 2012,
838610); what makes a level, and who may confirm what, is agreed by the region.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from spoedplein_schemas.exclusions import Shortfall
from spoedplein_schemas.vocabulary import (
    Actor,
    CareType,
    CrowdingLevel,
    CrowdingMeasure,
    Frozen,
    Instant,
    OwnerId,
    ProposalKind,
    RegionId,
    RequestId,
    Role,
    Seconds,
    SiteId,
    StopReason,
    Tally,
    UnitId,
)

#: The decision that made the proposal: `<region>.<log offset>.<index>`.
ProposalId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9.-]*\.\d+\.\d+$", max_length=120)]


# --- what people say ------------------------------------------------------------------------------------------------


class ProposalConfirmed(Frozen):
    """A person of an agreed role takes the proposal over and has it done."""

    proposal: ProposalId
    confirmed_at: Instant
    by: Actor


class RejectionGround(StrEnum):
    NOT_NEEDED = "not-needed"
    NO_CAPACITY = "no-capacity"
    SOLVED_OTHERWISE = "solved-otherwise"
    OTHER = "other"


class ProposalRejected(Frozen):
    """A person of an agreed role decides against it."""

    proposal: ProposalId
    rejected_at: Instant
    by: Actor
    ground: RejectionGround


# --- what is decided ------------------------------------------------------------------------------------------------


class MeasureState(StrEnum):
    """`few`: there are too few cases in the window to count the measure as crowded. `unknown`: it moves no level."""

    CALM = "calm"
    CROWDED = "crowded"
    FEW = "few"
    UNKNOWN = "unknown"


class UnknownReason(StrEnum):
    NEVER_REPORTED = "never-reported"
    STALE = "stale"
    NO_PLACES_AGREED = "no-places-agreed"


class Measured(Frozen):
    """One measure as it was counted: minutes or percent, over how many cases, against which threshold, how old.

    It becomes crowded above `enter` and calm again at or below `leave`. `age_seconds` is of the newest input.
    """

    measure: CrowdingMeasure
    state: MeasureState
    value: Tally | None = None
    cases: Tally = 0
    enter: Tally
    leave: Tally
    age_seconds: Seconds | None = None
    why: UnknownReason | None = None


class LevelChanged(Frozen):
    """The level of a site, or without `site` of the region, and what it rests on. For a region: how many sites on a
    stop, and how many at orange or red.
    """

    site: SiteId | None = None
    previous: CrowdingLevel
    level: CrowdingLevel
    measures: tuple[Measured, ...] = ()
    sites_stopped: Tally | None = None
    sites_crowded: Tally | None = None


class SideLoad(Frozen):
    """One side of a spoedplein: how many wait, and how many of them past their norm."""

    service: CareType
    waiting: Tally
    late: Tally


class ProposalMade(Frozen):
    """Something that people could do. Nothing happens until somebody of `roles` confirms it, before `answer_by`.

    `level` and what it rests on; for mutual help the two sides, the one to be helped first; for a request that nothing
    fits anywhere its `owner`, what was short here, the neighbours who were asked, and the care in the meantime that
    nobody could give.
    """

    kind: ProposalKind
    site: SiteId | None = None
    request: RequestId | None = None
    owner: OwnerId | None = None
    level: CrowdingLevel | None = None
    measures: tuple[Measured, ...] = ()
    sites_stopped: Tally | None = None
    sites_crowded: Tally | None = None
    sides: tuple[SideLoad, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    neighbours: tuple[RegionId, ...] = ()
    bridging: tuple[CareType, ...] = ()
    roles: tuple[Role, ...]
    answer_by: Instant


class ProposalAnswer(StrEnum):
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class ProposalAnswered(Frozen):
    """A person took the proposal over, or decided against it."""

    proposal: ProposalId
    kind: ProposalKind
    site: SiteId | None = None
    request: RequestId | None = None
    answer: ProposalAnswer
    by: Actor
    ground: RejectionGround | None = None


class LapseReason(StrEnum):
    """`agreements-changed`: the region does not agree on this kind, or on this site, any more."""

    NO_ANSWER = "no-answer"
    NO_LONGER_NEEDED = "no-longer-needed"
    AGREEMENTS_CHANGED = "agreements-changed"


class ProposalLapsed(Frozen):
    """Nobody confirmed or rejected it: it stands no more."""

    proposal: ProposalId
    kind: ProposalKind
    site: SiteId | None = None
    request: RequestId | None = None
    reason: LapseReason


class ProposalOver(Frozen):
    """What was confirmed is not needed any more, by what it rested on. Who confirmed it ends it."""

    proposal: ProposalId
    kind: ProposalKind
    site: SiteId | None = None
    request: RequestId | None = None


class StopEnding(Frozen):
    """A stop or warning reaches its announced end at `until`, and then lapses unless somebody says otherwise."""

    unit: UnitId
    care_type: CareType
    until: Instant
    reason: StopReason | None = None
