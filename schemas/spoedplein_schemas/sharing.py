"""Who sees what of a region, and how finely: an agreement, because regions publish differently.

The national figures on stops are given per region and not per hospital (LNAZ); each organisation decides what it shares
of itself (LPZ); citizens and professionals should both see capacity (Visie eerstelijnszorg 2030). Nothing here is about
persons: a request is seen by its owner and by who is asked for a place, and no agreement widens that.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from spoedplein_schemas.vocabulary import Agreed, CareType, OrganisationId


class Audience(StrEnum):
    """Who looks. The coordinator of the region always sees everything, and a provider always his own units."""

    PUBLIC = "public"
    PROFESSIONAL = "professional"
    PROVIDER = "provider"
    NEIGHBOUR = "neighbour"


class Subject(StrEnum):
    """What is looked at: free places, warnings and stops, lengths of queues, crowding, reports over a period."""

    AVAILABILITY = "availability"
    STOPS = "stops"
    QUEUES = "queues"
    CROWDING = "crowding"
    REPORTS = "reports"


class PublicationLevel(StrEnum):
    """How finely, from nothing to each unit. `region`: one figure per care type; `site`: one per site."""

    NONE = "none"
    REGION = "region"
    SITE = "site"
    UNIT = "unit"


class SharingRule(Agreed):
    """How finely an audience sees a subject. A row for care types goes before one for all.

    A row that names organisations is their own choice, and may only take away from what the region shares of them.
    """

    audience: Audience
    """Who looks: public, professional, provider (of this region) or neighbour (another region's centre)."""
    subject: Subject
    """What is looked at: availability, stops, queues, crowding or reports."""
    level: PublicationLevel
    """How finely: none, region (a figure per care type), site (a figure per site) or unit."""
    care_types: tuple[CareType, ...] = ()
    """Only for these; left out means all."""
    organisations: tuple[OrganisationId, ...] = ()
    """Only for what these report of themselves; the level can only become coarser by it."""


class Sharing(Agreed):
    """Publication levels. What is not named keeps its default."""

    least_places: Annotated[int, Field(ge=1, le=1000)] = 3
    """A sum over fewer staffed places than this is not told: one bed less in a house of one bed is one person."""
    levels: tuple[SharingRule, ...] = ()
    """Who sees what, where it is not the default."""


def _rows(subject: Subject, **levels: PublicationLevel) -> tuple[SharingRule, ...]:
    return tuple(
        SharingRule(audience=Audience(audience), subject=subject, level=level) for audience, level in levels.items()
    )


_N, _R, _S, _U = PublicationLevel

#: Citizens see sums per region, as the national figures are given. Professionals who seek a place see the unit, because
#: a sum helps nobody to a bed. What is in a report names no unit outside the region's own centre.
DEFAULT_LEVELS: tuple[SharingRule, ...] = (
    *_rows(Subject.AVAILABILITY, public=_R, professional=_U, provider=_U, neighbour=_R),
    *_rows(Subject.STOPS, public=_R, professional=_S, provider=_S, neighbour=_S),
    *_rows(Subject.QUEUES, public=_N, professional=_S, provider=_R, neighbour=_R),
    *_rows(Subject.CROWDING, public=_N, professional=_S, provider=_R, neighbour=_R),
    *_rows(Subject.REPORTS, public=_R, professional=_R, provider=_R, neighbour=_R),
)
