"""What of one region's decisions becomes an event in another region's log.

One decision, one event, and its id follows from the decision's: whoever sends it again sends the same bytes. What comes
twice, late or before what it answers changes nothing over there. To a region whose log is not here nothing travels: it
is called by the owner, or told by a system beside this one, and the decision says so.
"""

from collections.abc import Callable
from typing import Any, Final

from spoedplein_schemas import Decision, Event, event_class
from spoedplein_schemas import placement as said
from spoedplein_schemas import transfer as decided
from spoedplein_schemas.vocabulary import Frozen

SOURCE_PREFIX: Final = "urn:nld:spoedplein:region:"


def relayed(decision: Decision) -> Event | None:
    """The event for the other region's log; `None` when it concerns no other, or one whose log is not here."""
    written = _WRITTEN.get(type(decision.data))
    if written is None or decision.data.by is not None:
        return None
    to_region, data = written(decision, decision.data)
    return event_class(type(data))(
        id=f"transfer.{decision.id}",
        source=f"{SOURCE_PREFIX}{decision.region}",
        subject=decision.data.transfer,
        time=decision.time,
        region=to_region,
        traceparent=decision.traceparent,
        data=data,
    )


def _asked(decision: Decision, data: decided.TransferAsked) -> tuple[str, Frozen]:
    return data.to_region, said.TransferAsked(
        request=data.transfer,
        from_region=decision.region,
        asked_at=decision.time,
        answer_by=data.answer_by,
        requester=data.owner,
        owner=data.owner,
        profile=data.profile,
    )


def _answered(decision: Decision, data: decided.TransferAnswered) -> tuple[str, Frozen]:
    return data.from_region, said.TransferAnswered(
        request=data.transfer,
        by_region=decision.region,
        answered_at=decision.time,
        outcome=data.outcome,
        unit=data.unit,
        reason=data.reason,
        short_of=data.short_of,
        passed_over=data.passed_over,
    )


def _confirmed(decision: Decision, data: decided.TransferConfirmed) -> tuple[str, Frozen]:
    return data.to_region, said.TransferConfirmed(
        request=data.transfer, from_region=decision.region, confirmed_at=decision.time
    )


def _withdrawn(decision: Decision, data: decided.TransferWithdrawn) -> tuple[str, Frozen]:
    return data.to_region, said.TransferWithdrawn(
        request=data.transfer, from_region=decision.region, withdrawn_at=decision.time, reason=data.reason
    )


_WRITTEN: Final[dict[type[Frozen], Callable[[Decision, Any], tuple[str, Frozen]]]] = {
    decided.TransferAsked: _asked,
    decided.TransferAnswered: _answered,
    decided.TransferConfirmed: _confirmed,
    decided.TransferWithdrawn: _withdrawn,
}
RELAYED: Final = tuple(_WRITTEN)
