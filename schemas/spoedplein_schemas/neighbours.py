"""What a region agreed with its neighbours, and what may bridge the time until a place is found."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from spoedplein_schemas.misfits import Misfit, doubles
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


def of_regions_together(
    neighbours: Sequence[Neighbour], bridging: Sequence[Bridging], *, region: str
) -> Iterator[Misfit]:
    """Neighbours that are ourselves, exchange nothing or are agreed twice, and care that stands in for itself."""
    for side in ("asks", "takes"):
        first: set[tuple[str, str]] = set()
        for index, neighbour in enumerate(neighbours):
            for care_type in getattr(neighbour, side):
                if (neighbour.region, care_type) in first:
                    what = f"{care_type} is agreed twice with {neighbour.region}; take one out"
                    yield Misfit(("neighbours", index, side), what)
                first.add((neighbour.region, care_type))
    for index, neighbour in enumerate(neighbours):
        if neighbour.region == region:
            yield Misfit(("neighbours", index, "region"), "is this region itself; name a neighbour")
        if not neighbour.asks and not neighbour.takes:
            yield Misfit(("neighbours", index, "region"), "nothing is asked or taken; add `asks` or `takes`")
    bridged = [care_type for each in bridging for care_type in each.care_types]
    yield from doubles("bridging", "care_types", bridged)
    for index, each in enumerate(bridging):
        if both := sorted(set(each.care_types) & set(each.by)):
            yield Misfit(("bridging", index, "by"), f"{both[0]} cannot stand in for itself; take it out of one list")
