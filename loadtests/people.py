"""Those who react to what is decided: providers who answer offers, patients who come. Always the same way.

An offer is named after the place of its cause in the log, so its answers cannot be prepared: they come with it.
"""

import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from spoedplein.testing import builders as say
from spoedplein_schemas import DECISION, Event
from spoedplein_schemas.decisions import PlacementAccepted, PlacementOffered

#: One offer in so many is declined.
DECLINED: Final = 4
SOURCE: Final = "urn:spoedplein-loadtests:people"
_HEARD: Final = (b"decision.placement-offered.", b"decision.placement-accepted.")


def answers(value: bytes, at: datetime) -> Iterator[Event]:
    """What is said to this decision, which most are met with silence."""
    if not any(kind in value for kind in _HEARD):
        return
    decision = DECISION.validate_json(value)
    match decision.data:
        case PlacementOffered() as offered if zlib.crc32(offered.offer.encode()) % DECLINED == 0:
            data: object = say.declined(offered.request, offered.offer, at)
        case PlacementOffered() as offered:
            data = say.accepted(offered.request, offered.offer, at)
        case PlacementAccepted() as accepted:
            data = say.admitted(accepted.request, accepted.unit, at)
        case _:
            return
    yield say.event(data, at=at, region=decision.region, source=SOURCE)  # type: ignore[arg-type]
