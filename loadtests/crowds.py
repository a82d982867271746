"""A log that makes a large state: so many patients wait, and as much besides as one likes to make the log longer."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle, islice
from typing import Final

from loadtests.nation import Day
from loadtests.posting import as_said
from loadtests.supply import Said
from spoedplein.domain.turn import moment
from spoedplein.testing import builders as say
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.vocabulary import CareType

#: They may wait for hours: no norm passes while it is looked at.
CODES: Final = ("U4", "U5")


def crowd(day: Day, *, entities: int, log: int, now_ms: int) -> Iterator[Said]:
    """`entities` patients who wait, then reports of places until there are `log` messages; all of the last minutes."""
    agreed = list(day.agreements())
    regions = {each.region: day.partition_of(number) for number, each in enumerate(agreed)}
    at = moment(now_ms)
    yield from (
        as_said(say.event(say.adopted(each, at), at=at, region=each.region), regions, now_ms) for each in agreed
    )
    for number, (each, site) in enumerate(islice(cycle(_posts(agreed)), entities)):
        said = say.triaged(f"c-{number}", CODES[number % len(CODES)], at, at_site=site)
        yield as_said(say.event(said, at=at, region=each.region), regions, now_ms)
    for number, (each, unit) in enumerate(islice(cycle(_units(agreed)), log - entities)):
        counted = at - timedelta(seconds=60) + timedelta(milliseconds=number // 50)
        report = say.capacity(unit, number % 4, min(counted, at))
        yield as_said(say.event(report, at=at, region=each.region), regions, now_ms)


def _posts(agreed: list[Agreements]) -> list[tuple[Agreements, str]]:
    return [
        (each, site.id)
        for each in agreed
        for site in each.sites
        if any(point.care_type is CareType.HAP for point in site.services)
    ]


def _units(agreed: list[Agreements]) -> list[tuple[Agreements, str]]:
    """One unit of each region in turn."""
    return [
        pair
        for row in zip(*([(each, unit.id) for unit in each.units] for each in agreed), strict=False)
        for pair in row
    ]
