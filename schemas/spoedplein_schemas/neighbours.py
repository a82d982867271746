"""What a region agreed with its neighbours, and what may bridge the time until a place is found."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from spoedplein_schemas.vocabulary import Agreed, CareType, Count, Property, RegionId

TransferMinutes = Annotated[int, Field(ge=1, le=60 * 24 * 7)]


class NeighbourSharing(StrEnum):
    """How much a neighbour is told: yes or no; why not, in numbers; why not, of each unit."""

    OUTCOME = "outcome"
    REASONS = "reasons"
    UNITS = "units"


class Neighbour(Agreed):
    """A region with which places are exchanged. The order of the file is the order in which they are asked."""

    region: RegionId
    """The neighbouring region, by the name in its own agreements."""
    asks: tuple[CareType, ...] = ()
    """Care that we ask there when nothing here fits; left out means none."""
    answer_minutes: TransferMinutes = 30
    """Minutes in which they answer; after that the next one is asked. A planning value."""
    again_minutes: TransferMinutes = 240
    """Minutes after a no in which they are not asked again for the same request. A planning value."""
    takes: tuple[CareType, ...] = ()
    """Care that we give to who comes from there; left out means none."""
    keep_free: Count = 1
    """Places of a unit that stay free for our own region; not held back from a life-threatening case."""
    sharing: NeighbourSharing = NeighbourSharing.REASONS
    """What they are told when we say no: outcome, reasons or units."""


class Bridging(Agreed):
    """Care in the meantime (overbruggingszorg): what may stand in for which care until the real place is found."""

    care_types: Annotated[tuple[CareType, ...], Field(min_length=1)]
    """Requests whose first wish is one of these."""
    by: Annotated[tuple[CareType, ...], Field(min_length=1)]
    """What stands in, the preferred first."""
    waives: tuple[Property, ...] = ()
    """Needs that the care in the meantime does not have to meet."""
