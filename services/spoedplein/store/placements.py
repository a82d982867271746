"""One request for a place as reports see it: a fold of the event that made it and of its decisions.

Events and decisions come from two topics, each in its order, neither waiting for the other, and parts of either may
come again. The result is the same whatever the interleaving: the first request counts and sets what only it knows;
a decision counts when it is later (by log offset and index) than the last that counted.
"""

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import Field

from spoedplein_schemas import Decision, Event, decisions
from spoedplein_schemas.decisions import OfferEnd
from spoedplein_schemas.placement import (
    CancelReason,
    DeclineReason,
    OverrideGround,
    PlacementRequested,
    TransferAsked,
)
from spoedplein_schemas.request_decisions import FirstTryBegun
from spoedplein_schemas.transfer import TransferConfirmed
from spoedplein_schemas.vocabulary import CareType, Frozen, UrgencySystem


class PlacementState(StrEnum):
    REQUESTED = "requested"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    EXHAUSTED = "exhausted"
    ADMITTED = "admitted"
    CANCELLED = "cancelled"


class Placement(Frozen):
    """A row of `spoedplein.placements`; times are the log's. `case_id` is absent where a neighbour region asked."""

    region: str
    request_id: str
    state: PlacementState = PlacementState.REQUESTED
    case_id: str | None = None
    requester: str | None = None
    from_region: str | None = None
    origin: str | None = None
    owner: str | None = None
    care_types: tuple[CareType, ...] = ()
    urgency_system: UrgencySystem | None = None
    urgency_code: str | None = None
    unit_id: str | None = None
    care_type: CareType | None = None
    label: CareType | None = None
    requested_at: datetime | None = None
    first_offered_at: datetime | None = None
    offered_at: datetime | None = None
    accepted_at: datetime | None = None
    admit_by: datetime | None = None
    admitted_at: datetime | None = None
    to_place_seconds: int | None = None
    overdue_since: datetime | None = None
    cancelled_at: datetime | None = None
    cancel_reason: CancelReason | None = None
    override_ground: OverrideGround | None = None
    attempts: int = 0
    expired: int = 0
    reopened: int = 0
    exhausted_rounds: int = 0
    refusals: dict[DeclineReason, int] = Field(default_factory=dict)
    requested_offset: int | None = None
    decided_offset: int = -1
    decided_index: int = -1
    changed_at: datetime

    def with_request(self, event: Event, *, offset: int, at: datetime) -> Self:
        """The row after the event at this log offset; the row itself when an earlier one made the request."""
        if self.requested_offset is not None and self.requested_offset <= offset:
            return self
        asked = event.data
        assert isinstance(asked, PlacementRequested | TransferAsked)
        told: dict[str, object] = {
            "requester": asked.requester,
            # Decisions know who holds the regie now.
            "owner": self.owner or asked.owner,
            "care_types": asked.profile.care_types,
            "urgency_system": asked.profile.urgency.system,
            "urgency_code": asked.profile.urgency.code,
            "requested_at": at,
            "requested_offset": offset,
            "changed_at": max(self.changed_at, at),
        }
        if isinstance(asked, PlacementRequested):
            told |= {"case_id": asked.case, "origin": asked.origin}
        else:
            told["from_region"] = asked.from_region
        return self.model_copy(update=told)

    def with_decision(self, decision: Decision, *, offset: int, index: int) -> Self:
        """The row after the decision; the row itself when that one counted already."""
        if (offset, index) <= (self.decided_offset, self.decided_index):
            return self
        guard = {
            "decided_offset": offset,
            "decided_index": index,
            "changed_at": max(self.changed_at, decision.time),
        }
        return self.model_copy(update=_changes(self, decision.data, decision.time) | guard)


def request_made_by(event: Event) -> str | None:
    """The request that comes into being with this event, in this region."""
    return event.data.request if isinstance(event.data, PlacementRequested | TransferAsked) else None


def request_decided_on(decision: Decision) -> str | None:
    """The request that a decision is about; most are about none."""
    return getattr(decision.data, "request", None)


def _changes(row: Placement, data: Frozen, at: datetime) -> dict[str, object]:
    match data:
        case decisions.PlacementOffered():
            return _offered(row, data, at)
        case decisions.OfferEnded():
            return _offer_ended(row, data)
        case decisions.PlacementAccepted() | TransferConfirmed():
            return _taken(row, data.unit, at) | {"owner": data.owner, "admit_by": data.admit_by}
        case decisions.OverrideRecorded():
            return _taken(row, data.unit, at) | {"override_ground": data.ground}
        case decisions.PlacementAdmitted():
            admitted = {"admitted_at": at, "to_place_seconds": data.to_place_seconds}
            return admitted | {"state": PlacementState.ADMITTED, "unit_id": data.unit}
        case _:
            return _placeless(row, data, at) or _remarks(data)


def _placeless(row: Placement, data: Frozen, at: datetime) -> dict[str, object]:
    match data:
        case decisions.PlacementExhausted():
            rounds = max(row.exhausted_rounds, data.rounds)
            return _free(PlacementState.EXHAUSTED) | {"owner": data.owner, "exhausted_rounds": rounds}
        case decisions.PlacementReopened():
            again = {"owner": data.owner, "reopened": row.reopened + 1, "refusals": _one_more(row, data.reason)}
            return again | _free(PlacementState.REQUESTED)
        case decisions.PlacementCancelled():
            return _free(PlacementState.CANCELLED) | {"cancelled_at": at, "cancel_reason": data.reason}
        case _:
            return {}


def _remarks(data: Frozen) -> dict[str, object]:
    match data:
        case decisions.AdmissionOverdue():
            return {"owner": data.owner, "overdue_since": data.overdue_since}
        case decisions.LabelRecorded():
            return {"label": data.label}
        case decisions.OwnershipChanged() | FirstTryBegun():
            return {"owner": data.owner}
        case _:
            return {}


def _offered(row: Placement, data: decisions.PlacementOffered, at: datetime) -> dict[str, object]:
    return {
        "state": PlacementState.OFFERED,
        "unit_id": data.unit,
        "care_type": data.care_type,
        "owner": data.owner,
        "attempts": max(row.attempts, data.attempt),
        "first_offered_at": row.first_offered_at or at,
        "offered_at": at,
    }


def _offer_ended(row: Placement, data: decisions.OfferEnded) -> dict[str, object]:
    ended: dict[str, object] = {}
    if data.end is OfferEnd.EXPIRED:
        ended["expired"] = row.expired + 1
    if data.reason is not None:
        ended["refusals"] = _one_more(row, data.reason)
    # Cancelled or placed otherwise meanwhile: that stays.
    if row.state is PlacementState.OFFERED and row.unit_id == data.unit and data.still_open:
        ended |= {"unit_id": None, "care_type": None}  # others were asked beside it, and may still say yes
    elif row.state is PlacementState.OFFERED and not data.still_open:
        ended |= {"state": PlacementState.REQUESTED, "unit_id": None, "care_type": None}
    return ended


def _taken(row: Placement, unit: str, at: datetime) -> dict[str, object]:
    """A place from now on: when the patient was to come, or came not, was of an earlier one.

    Of several that were asked at once the last is in the row, and an override names any unit: of another unit than the
    row's the care is not said here.
    """
    place = dict.fromkeys(("admit_by", "overdue_since"))
    taken = place | {"state": PlacementState.ACCEPTED, "unit_id": unit, "accepted_at": at}
    return taken if row.unit_id == unit else taken | {"care_type": None}


def _free(state: PlacementState) -> dict[str, object]:
    """Without a place: what was told of the last one goes, counts and first times stay."""
    place = ("unit_id", "care_type", "accepted_at", "admit_by", "overdue_since", "override_ground")
    return dict.fromkeys(place) | {"state": state}


def _one_more(row: Placement, reason: DeclineReason) -> dict[DeclineReason, int]:
    return row.refusals | {reason: row.refusals.get(reason, 0) + 1}
