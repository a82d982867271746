"""Messages that always lead to a decision: when it is there, all that was published before them is decided too.

One per source topic and region, because order is kept per topic and region only.
"""

from collections.abc import Iterator
from datetime import datetime

from spoedplein.testing import builders as say
from spoedplein_schemas import Event
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.ambulance import DestinationAsked
from spoedplein_schemas.capacity import ReportAsked
from spoedplein_schemas.vocabulary import CareType, Frozen

SOURCE = "urn:spoedplein-loadtests:marker"


def markers(agreements: Agreements, round_: str, at: datetime) -> Iterator[Event]:
    """For each source topic; `round_` tells one set from another."""
    post = _site_with(agreements, CareType.HAP)
    name = f"m-{agreements.region}-{round_}"
    said: list[Frozen] = [
        say.triaged(f"{name}-contact", "U5", at, at_site=post),
        DestinationAsked(ride=f"{name}-ride", urgency=say.urgency("A2"), asked_at=at),
        ReportAsked(ask=f"{name}-ask", asked_at=at, by=say.actor(), care_types=(agreements.units[0].care_type,)),
        say.request(f"{name}-request", (CareType.RESPIJT,), at),
    ]
    department = _site_with(agreements, CareType.SEH)
    if department is not None:
        said.append(say.seh_triaged(f"{name}-visit", "blue", at, at_site=department))
    for data in said:
        yield say.event(data, at=at, region=agreements.region, source=SOURCE)


def _site_with(agreements: Agreements, service: CareType) -> str:
    """The first that has it; the first of all when none has."""
    having = [site.id for site in agreements.sites if any(point.care_type is service for point in site.services)]
    return (having or [site.id for site in agreements.sites])[0]
