"""The whole core with 100 to 100,000 units, with 1 to 60 regions in one process, and with more and more asked.

A national day is made of reports for the greater part (`MIX`). `event` is what one of its events costs, from what each
kind costs; `event by kind` tells those apart. `views` is what it costs to show what forty events changed.
"""

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Final

from loadtests.growth.patients import agreed
from loadtests.growth.story import CALLED, CANCELLED, CLOSED, REGISTERED, REPORT, REQUESTED, STOP, TICK, TRIAGED, Story
from loadtests.growth.turns import Turns, settled
from loadtests.nation.regions import BEDS
from loadtests.results import Figure
from spoedplein.domain.region import Region
from spoedplein.testing import builders as say
from spoedplein_schemas.agreements import Agreements, Unit
from spoedplein_schemas.vocabulary import CareType, Property

#: Of a thousand events of a national day, as it is recorded; what is rarer, and rooms and rides, are left out.
MIX: Final = {
    REPORT: 905,
    STOP: 30,
    REGISTERED: 16,
    TRIAGED: 16,
    CALLED: 10,
    CLOSED: 14,
    REQUESTED: 1,
    CANCELLED: 1,
    TICK: 7,
}
EVENT: Final = "event"
KIND: Final = "event by kind"
VIEWS: Final = "views"
REQUEST: Final = "request"
WAITING: Final = 200
#: Units of a region among sixty.
SOURCES: Final = 70
#: Units among which attributes are asked.
ASKED_AMONG: Final = 1000
AT_ONCE: Final = 20
CYCLES: Final = 4


def _some_units(size: int) -> Iterator[Unit]:
    """Care types as in the nation's regions; every unit has all that can be asked but a closed ward."""
    able = tuple(each for each in Property if each is not Property.CLOSED_WARD)
    kinds = cycle([care_type for care_type, weight in BEDS.items() for _ in range(weight)])
    for number, care_type in zip(range(size), kinds, strict=False):
        yield say.unit(f"unit-{number}", care_type, properties=able, validity_minutes=60)


def units(sizes: Sequence[int], *, rounds: int) -> list[Figure]:
    kinds, views = Turns(KIND), Turns(VIEWS)
    stories = [(size, _story(size)) for size in sizes]
    settled()
    for _ in range(rounds):
        for size, story in stories:
            for _ in range(CYCLES):
                _cycle(kinds, {"units": size}, [story])
                views.timed({"of": "units and care types", "units": size}, Region.views, [story.region], whole=True)
        kinds.end_round()
        views.end_round()
    by_kind = kinds.figures()
    return [*_mixed(by_kind, "units"), *by_kind, *views.figures()]


def regions(sizes: Sequence[int], *, rounds: int) -> list[Figure]:
    kinds = Turns(KIND)
    countries = [(size, [_story(SOURCES) for _ in range(size)]) for size in sizes]
    settled()
    for _ in range(rounds):
        for size, stories in countries:
            for story in stories:
                _cycle(kinds, {"regions": size}, [story])
                story.region.views()
        kinds.end_round()
    return _mixed(kinds.figures(), "regions")


def attributes(sizes: Sequence[int], *, rounds: int) -> list[Figure]:
    turns = Turns(REQUEST)
    story = _story(ASKED_AMONG)
    settled()
    for _ in range(rounds):
        for size in sizes:
            for kind, records in story.requests(AT_ONCE, CareType.ELV_HOOG, needs=size):
                turns.timed({"kind": kind, "attributes": size}, story.region.step, records, whole=True)
        turns.end_round()
    return turns.figures()


def _story(size: int) -> Story:
    """All have reported; a few places are free everywhere."""
    story = Story.of(agreed_units(size), waiting=WAITING)
    for record in story.reports(size):
        story.region.step(record)
    story.region.views()
    return story


def agreed_units(size: int) -> Agreements:
    """With so many units."""
    return agreed(*_some_units(size))


def _cycle(turns: Turns, of: dict[str, str | float], stories: Sequence[Story]) -> None:
    for story in stories:
        for kind, records in story.everything(AT_ONCE):
            turns.timed({"kind": kind, **of}, story.region.step, records, whole=True)


def _mixed(by_kind: Sequence[Figure], along: str) -> list[Figure]:
    """Round by round, each kind by its weight."""
    found = []
    for size in dict.fromkeys(figure.of[along] for figure in by_kind):
        costs = [(MIX[str(figure.of["kind"])], figure.runs) for figure in by_kind if figure.of[along] == size]
        rounds = range(min(len(runs) for _, runs in costs))
        mixed = tuple(sum(weight * runs[number] for weight, runs in costs) / sum(MIX.values()) for number in rounds)
        found.append(Figure(name=EVENT, unit="µs", of={"in": "one process", along: size}, runs=mixed))
    return found
