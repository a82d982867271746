"""What a region agreed with its neighbours, and what may bridge the time until a place is found."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import Field, field_validator

from spoedplein_schemas.misfits import Misfit, doubles
from spoedplein_schemas.vocabulary import Agreed, CareType, Count, Property, RegionId

TransferMinutes = Annotated[int, Field(ge=1, le=60 * 24 * 7)]


class NeighbourSharing(StrEnum):
    """How much a neighbour is told: yes or no; why not, in numbers; why not, of each unit."""

    OUTCOME = "outcome"
    REASONS = "reasons"
    UNITS = "units"


class AskedBy(StrEnum):
    """How a neighbour is asked whose log we cannot write to: the owner telephones, or a system beside this one does."""

    TELEPHONE = "telephone"
    OTHER_SYSTEM = "other-system"


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
    asked_by: AskedBy | None = None
    """Their log is not here: the owner asks them by telephone, or an other-system does, and their answer comes as
    placement.transfer-answered. Left out: the question is written into their log.
    """
    contact: Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")] | None = None
    """Whom the owner calls there: a desk or a duty. No number, for this goes into messages."""

    @field_validator("contact")
    @classmethod
    def _is_no_number(cls, given: str | None) -> str | None:
        if given is not None and sum(sign.isdigit() for sign in given) >= 6:
            msg = "looks like a telephone number; name the desk or the duty, and keep numbers in the telephone list"
            raise ValueError(msg)
        return given


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
    """Neighbours that are ourselves, exchange nothing or are agreed in two ways, and care that stands in for itself."""
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
    yield from _ways(neighbours)
    bridged = [care_type for each in bridging for care_type in each.care_types]
    yield from doubles("bridging", "care_types", bridged)
    for index, each in enumerate(bridging):
        if both := sorted(set(each.care_types) & set(each.by)):
            yield Misfit(("bridging", index, "by"), f"{both[0]} cannot stand in for itself; take it out of one list")


def _ways(neighbours: Sequence[Neighbour]) -> Iterator[Misfit]:
    """Each region is reached in one way."""
    ways: dict[str, tuple[AskedBy | None, str | None]] = {}
    for index, neighbour in enumerate(neighbours):
        way = (neighbour.asked_by, neighbour.contact)
        if neighbour.contact is not None and neighbour.asked_by is None:
            yield Misfit(("neighbours", index, "contact"), "nobody calls there; add `asked_by`, or take it out")
        if ways.setdefault(neighbour.region, way) != way:
            what = f"{neighbour.region} is asked otherwise in an earlier row; write the same `asked_by` and `contact`"
            yield Misfit(("neighbours", index, "region"), what)
