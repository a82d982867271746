"""Treatment rooms of a spoedplein, shared by HAP and SEH in the harmonica model: what sources say, what is decided.

A room has a home side. The other side may borrow it where, when and as far as the site agreed (`[[lending]]`).
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from spoedplein_schemas.decisions import ScorePart
from spoedplein_schemas.vocabulary import (
    Actor,
    CareType,
    CaseId,
    Frozen,
    Instant,
    RoomId,
    RoomProperty,
    Seconds,
    SiteId,
    Urgency,
)

# --- what sources say -------------------------------------------------------------------------------------------


class RoomAssigned(Frozen):
    """The patient is in the room from `assigned_at`; `service` is the side that treats him, HAP or SEH."""

    site: SiteId
    room: RoomId
    service: CareType
    case: CaseId
    assigned_at: Instant
    by: Actor | None = None


class RoomReleased(Frozen):
    """The patient left the room. It can be used again once it is clean."""

    site: SiteId
    room: RoomId
    service: CareType
    case: CaseId
    released_at: Instant


class RoomCleaned(Frozen):
    """The room is ready for a patient. Also how a source first tells that a room is there and empty."""

    site: SiteId
    room: RoomId
    cleaned_at: Instant


class OutOfUse(StrEnum):
    TECHNICAL = "technical"
    ISOLATION = "isolation"
    STAFF = "staff"
    OTHER = "other"


class RoomClosed(Frozen):
    """The room is out of use, until it is reopened or `expected_end` has passed."""

    site: SiteId
    room: RoomId
    closed_at: Instant
    reason: OutOfUse
    expected_end: Instant | None = None


class RoomReopened(Frozen):
    """The room is in use again."""

    site: SiteId
    room: RoomId
    reopened_at: Instant


class RoomNeedsStated(Frozen):
    """What a room must have for this patient, as a professional stated it; the newest `stated_at` counts."""

    site: SiteId
    service: CareType
    case: CaseId
    needs: tuple[RoomProperty, ...]
    stated_at: Instant


# --- what is decided ----------------------------------------------------------------------------------------------


class RoomExclusionCode(StrEnum):
    """Why a room was not proposed. The first that applies is given."""

    NEVER_REPORTED = "never-reported"
    OUT_OF_USE = "out-of-use"
    TAKEN = "taken"
    CLEANING = "cleaning"
    STALE = "stale"
    PROPOSED = "proposed"
    PROPERTY_MISSING = "property-missing"
    KEPT_ACUTE = "kept-acute"
    NOT_SHARED = "not-shared"
    NOT_LENT = "not-lent"
    KEPT_HOME = "kept-home"


class RoomExclusion(Frozen):
    """One room passed over."""

    room: RoomId
    code: RoomExclusionCode


class RoomProposed(Frozen):
    """This free room for the patient who is next. Who stands at the desk decides, and says so by assigning a room.

    `lent`: the room is the other side's. `follow_by` is absent for a life-threatening patient: that proposal does not
    lapse. `free_since` is the moment from which the room was ready, by its source; `age_seconds` how old that was.
    """

    site: SiteId
    room: RoomId
    service: CareType
    case: CaseId
    urgency: Urgency
    lent: bool
    score: tuple[ScorePart, ...]
    free_since: Instant
    age_seconds: Seconds
    excluded: tuple[RoomExclusion, ...]
    runners_up: tuple[RoomId, ...] = ()
    follow_by: Instant | None = None


class RoomLacking(Frozen):
    """No room can be proposed now to the patient who is next, and why not, of each room. Said once for a patient."""

    site: SiteId
    service: CareType
    case: CaseId
    urgency: Urgency
    excluded: tuple[RoomExclusion, ...]


class RoomProposalEnd(StrEnum):
    """`given-way`: a life-threatening patient needs the room. `changed`: the agreements or the room's facts did."""

    FOLLOWED = "followed"
    OTHER_ROOM = "other-room"
    NO_LONGER_WAITING = "no-longer-waiting"
    ROOM_TAKEN = "room-taken"
    GIVEN_WAY = "given-way"
    LAPSED = "lapsed"
    CHANGED = "changed"


class RoomProposalEnded(Frozen):
    """The proposal stands no more, and why."""

    site: SiteId
    room: RoomId
    service: CareType
    case: CaseId
    end: RoomProposalEnd


class RoomLent(Frozen):
    """A patient of the other side is in the room. `agreed`: the harmonica agreement of this hour had it so."""

    site: SiteId
    room: RoomId
    home: CareType
    service: CareType
    case: CaseId
    agreed: bool


class RoomConflict(Frozen):
    """By the facts two patients are in one room: somebody must look. The newest comes first."""

    site: SiteId
    room: RoomId
    cases: Annotated[tuple[CaseId, ...], Field(min_length=2)]


class CleaningOverdue(Frozen):
    """The room stands empty since `empty_since` and was not reported clean within the agreed time."""

    site: SiteId
    room: RoomId
    empty_since: Instant
    due_at: Instant
