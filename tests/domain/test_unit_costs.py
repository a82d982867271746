"""What an event costs where there are many units, in bytecode instructions and not in seconds: it must not grow."""

import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Final

import pytest

from spoedplein.domain.region import Region
from spoedplein.testing import builders as say
from spoedplein.testing.builders import Script
from spoedplein_schemas.vocabulary import CareType, Frozen

KINDS: Final = (CareType.ELV_HOOG, CareType.GRZ, CareType.RESPIJT, CareType.WLZ_CRISIS_VV)
FEW: Final = 100
MANY: Final = 5_000


#: While nothing is known of where the patient is, a unit with a place has its age compared, and no more.
PER_PLACE_MAX: Final = 12


class Place:
    """A region with so many units that have all reported."""

    def __init__(self, units: int) -> None:
        self.story = Script()
        self.region = Region.empty(self.story.region)
        self.units = [f"unit-{number}" for number in range(units)]
        agreed = say.agreements(
            *(
                say.unit(name, KINDS[number % len(KINDS)], validity_minutes=600)
                for number, name in enumerate(self.units)
            ),
            placement={"excluded_named": 20},
        )
        self.region.step(self.story.adopts(agreed))
        for name in self.units:
            self.hears(say.capacity(name, 2, self.story.now))
        self.region.views()

    def hears(self, said: Frozen) -> None:
        self.story.passes(seconds=1)
        self.region.step(self.story.says(said))


def instructions(doing: Callable[[], object]) -> int:
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:  # noqa: ANN401  itself
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        doing()
    finally:
        sys.settrace(before)
    return count


def events(place: Place) -> Iterator[tuple[str, Frozen]]:
    """Each changes something; the first of a kind is not counted, since it may make what the next ones use."""
    for number in (7, 8, 9):
        now, name = place.story.now, place.units[number]
        yield "report", say.capacity(name, 3, now)
        yield "stop", say.stop(name, now)
        yield "lift", say.lifted(name, now)
        yield "registered", say.registered(f"c-{number}", now)
        yield "triaged", say.triaged(f"c-{number}", "U3", now)
        yield "called", say.called(f"c-{number}", now)


def costs(place: Place) -> dict[str, int]:
    """The dearest of each kind."""
    found: dict[str, list[int]] = {}
    for kind, said in events(place):
        found.setdefault(kind, []).append(instructions(lambda said=said: place.hears(said)))  # type: ignore[misc]
    return {kind: max(counted[1:]) for kind, counted in found.items()}


@pytest.fixture(scope="module")
def few_and_many() -> tuple[dict[str, int], dict[str, int]]:
    return costs(Place(FEW)), costs(Place(MANY))


@pytest.mark.parametrize("kind", ["report", "stop", "lift", "registered", "triaged", "called"])
def test_an_event_costs_no_more_where_there_are_fifty_times_as_many_units(
    kind: str, few_and_many: tuple[dict[str, int], dict[str, int]]
) -> None:
    few, many = few_and_many
    assert many[kind] < few[kind] * 1.1, f"{kind}: {few[kind]} with {FEW} units, {many[kind]} with {MANY}"


def request_costs(place: Place) -> int:
    """The second of two alike."""
    asked = [say.request(f"r-{number}", (KINDS[0],), place.story.now, code="U3") for number in (1, 2)]
    return [instructions(lambda said=said: place.hears(said)) for said in asked][-1]  # type: ignore[misc]


def test_a_request_adds_up_points_of_who_has_a_place_and_looks_at_nobody_else() -> None:
    few, many = Place(FEW), Place(MANY)
    grown = (request_costs(many) - request_costs(few)) / (MANY - FEW) * len(KINDS)
    assert 0 < grown < PER_PLACE_MAX
    for place in (few, many):
        for name in place.units[:: len(KINDS)][1:]:
            place.hears(say.capacity(name, 0, place.story.now))
        place.hears(say.capacity(place.units[0], 9, place.story.now))
    full_few, full_many = request_costs(few), request_costs(many)
    assert full_many < full_few * 1.1


def test_a_place_that_comes_free_is_not_held_against_each_who_waits_for_another() -> None:
    """Who waits needs what no unit has; all of them ask the same."""
    costs = [report_costs(waiting) for waiting in (10, 1_000)]
    assert costs[1] < costs[0] * 1.1


def report_costs(waiting: int) -> int:
    place = Place(FEW)
    for number in range(waiting):
        place.hears(say.request(f"r-{number}", (KINDS[0],), place.story.now, needs=["dialysis"]))
    told = [say.capacity(place.units[0], free, place.story.passes(seconds=1)) for free in (3, 4)]
    return [instructions(lambda said=said: place.hears(said)) for said in told][-1]  # type: ignore[misc]
