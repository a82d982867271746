"""What a decision among the examples is made of: its place in the log, and the event or moment that led to it."""

from datetime import UTC, datetime
from typing import Final

from spoedplein_schemas import decision_class, decisions
from spoedplein_schemas.envelope import Decision
from spoedplein_schemas.examples.agreed import AGREEMENTS
from spoedplein_schemas.examples.said import SAID
from spoedplein_schemas.examples.words import REGION, night, subject_of
from spoedplein_schemas.vocabulary import Frozen

_CAUSES: Final = {type(event.data): event for event in SAID}
STOP: Final = decisions.Exclusion(
    unit="ggz-hic-singel", code=decisions.ExclusionCode.STOP, detail="stop until 07:30, staff"
)


def utc(clock_time: str) -> datetime:
    """The core knows whole milliseconds since 1970, and writes them as UTC."""
    return night(clock_time).astimezone(UTC)


def decided(place: str, cause: type[Frozen] | tuple[str, str], data: Frozen) -> Decision:
    """`place` is the log offset and the index; `cause` an example's class, or id and time of another event."""
    if isinstance(cause, tuple):
        cause_id, time = cause[0], utc(cause[1])
    else:
        event = _CAUSES[cause]
        cause_id, time = event.id, event.time.astimezone(UTC)
    return decision_class(type(data))(
        id=f"{REGION}.{place}",
        source="urn:nld:spoedplein:coordination",
        subject=data.subject if isinstance(data, decisions.CommandRefused) else subject_of(dict(data)),
        time=time,
        region=REGION,
        causationid=cause_id,
        agreements=AGREEMENTS.version,
        data=data,
    )
