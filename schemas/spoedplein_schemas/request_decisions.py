"""Decisions on the course of a request beside its places: the requester's own try, the moment of need, the label."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from spoedplein_schemas.vocabulary import CareType, Frozen, Instant, OwnerId, RequestId, UnitId


class FirstTryBegun(Frozen):
    """By agreement the requester tries himself first, and holds the regie meanwhile; at `until` it goes to `then`."""

    request: RequestId
    owner: OwnerId
    until: Instant
    then: OwnerId


class TryEnd(StrEnum):
    FOUND = "found"
    ABANDONED = "abandoned"
    EXPIRED = "expired"
    HANDED_OVER = "handed-over"
    CANCELLED = "cancelled"


class FirstTryEnded(Frozen):
    """The requester's own try is over; unless the request is closed, the centre takes over."""

    request: RequestId
    end: TryEnd
    owner: OwnerId


class NeededByNear(Frozen):
    """The place is needed soon and there is none yet: the owner must look."""

    request: RequestId
    owner: OwnerId
    needed_by: Instant


class NeededByMissed(Frozen):
    """The moment at which the place was needed has passed without one. The search goes on."""

    request: RequestId
    owner: OwnerId
    needed_by: Instant


class LabelDue(Frozen):
    """Still without a label, `reminders` times the agreed term after admission: what care is this?

    Said again at `review_at`; absent with the last reminder.
    """

    request: RequestId
    unit: UnitId
    owner: OwnerId
    admitted_at: Instant
    reminders: Annotated[int, Field(ge=1)]
    review_at: Instant | None = None


class FlowOnLinked(Frozen):
    """This request follows from a stay: where, and under which label, as far as known."""

    request: RequestId
    follows: RequestId
    unit: UnitId | None = None
    label: CareType | None = None
