"""What a transfer between regions leads to in each of them, and bridging care until the real place is found.

`by` and `contact` are there when the other region's log is not here. Then nothing travels by itself: the owner calls
them, or a system beside this one tells them, and what they answer comes as `placement.transfer-answered`.
"""

from enum import StrEnum

from spoedplein_schemas.decisions import Exclusion
from spoedplein_schemas.neighbours import AskedBy
from spoedplein_schemas.placement import Profile, ShortOf, TransferOutcome, TransferReason
from spoedplein_schemas.vocabulary import CareType, Frozen, Instant, OwnerId, RegionId, RequestId, Text, UnitId

# --- decisions of the region that asks ---------------------------------------------------------------------------


class TransferAsked(Frozen):
    """A neighbour is asked for a place. He gets the coded profile, `transfer` as pseudonym, us, and the deadline.

    `transfer` is this decision's id: over there nobody can tell which of our requests it is. `ruled_out` are the
    neighbours agreed for this care that are not asked now.
    """

    request: RequestId
    transfer: RequestId
    to_region: RegionId
    owner: OwnerId
    answer_by: Instant
    profile: Profile
    ruled_out: tuple[RegionId, ...] = ()
    by: AskedBy | None = None
    contact: Text | None = None


class TransferWithdrawn(Frozen):
    """The neighbour need not look any further, or may give the place away: placed, cancelled, or he was silent."""

    request: RequestId
    transfer: RequestId
    to_region: RegionId
    owner: OwnerId
    reason: TransferReason
    by: AskedBy | None = None
    contact: Text | None = None


class TransferConfirmed(Frozen):
    """The neighbour's place is taken: the patient goes there, by `admit_by`. Request and owner stay here."""

    request: RequestId
    transfer: RequestId
    to_region: RegionId
    unit: UnitId
    owner: OwnerId
    admit_by: Instant
    by: AskedBy | None = None
    contact: Text | None = None


# --- decisions of the region that is asked -----------------------------------------------------------------------


class TransferAnswered(Frozen):
    """What the neighbour is told. `excluded` stays here; he gets `short_of` and `passed_over`, as agreed."""

    transfer: RequestId
    from_region: RegionId
    outcome: TransferOutcome
    unit: UnitId | None = None
    reason: TransferReason | None = None
    excluded: tuple[Exclusion, ...] = ()
    short_of: tuple[ShortOf, ...] = ()
    passed_over: tuple[UnitId, ...] = ()
    by: AskedBy | None = None
    contact: Text | None = None


class GuestExpected(Frozen):
    """The neighbour confirmed: his patient comes to this unit."""

    transfer: RequestId
    from_region: RegionId
    unit: UnitId
    owner: OwnerId


# --- bridging care ------------------------------------------------------------------------------------------------


class BridgingSought(Frozen):
    """No place anywhere: care in the meantime is looked for, as a request of its own (`bridge`).

    The real one stays open: `owner` has the regie, and it is looked at again at `review_at`.
    """

    request: RequestId
    bridge: RequestId
    care_types: tuple[CareType, ...]
    owner: OwnerId
    review_at: Instant


class BridgingStarted(Frozen):
    """Care in the meantime began. The real request stays open with its `owner`, who looks again at `review_at`."""

    request: RequestId
    bridge: RequestId
    unit: UnitId
    owner: OwnerId
    review_at: Instant


class BridgingEnd(StrEnum):
    PLACED = "placed"
    REQUEST_CANCELLED = "request-cancelled"
    NOT_WANTED = "not-wanted"


class BridgingEnded(Frozen):
    """No care in the meantime any more; `unit` is where it was given, if it had begun."""

    request: RequestId
    bridge: RequestId
    end: BridgingEnd
    unit: UnitId | None = None
