"""Who is asked first: each part of the score alone, and each pair of parts that pull against each other.

Weights are the defaults: 200 points a later wish, 10 a kilometre, 1 a minute of age, 20 a recent placement; 100 off for
the same site, 1000 off for a wish.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any, Final

import pytest

from spoedplein.domain.placement.score import PARTS, Score
from spoedplein.testing.builders import (
    EVENING,
    accepted,
    admitted,
    cancelled,
    capacity,
    late_rejected,
    overridden,
    profile,
    request,
    site,
    unit,
)
from spoedplein_schemas.agreements import Place, Site
from spoedplein_schemas.decisions import PlacementOffered
from spoedplein_schemas.vocabulary import CareType
from tests.domain.story import Story

ELV, RESPIJT = CareType.ELV_HOOG, CareType.RESPIJT
#: One kilometre to the north, in degrees.
KM: Final = 1 / 111.195
ORIGIN: Final = {"lon": 4.4, "lat": 51.9}
#: Long enough for every figure here.
VALID: Final = [{"care_type": care, "validity_minutes": 6000, "answer_minutes": 30} for care in (ELV, RESPIJT)]
ASKED_AT: Final = 600


def at(minutes: float) -> datetime:
    return EVENING + timedelta(minutes=minutes)


@dataclass(frozen=True)
class House:
    """A unit that fits; `km` from the patient, none: nobody told where it is. `later`: of the care asked second."""

    later: bool = False
    km: float | None = 0
    age: int = 0
    recent: int = 0
    on_site: bool = False
    wished: bool = False


def place(km: float | None) -> dict[str, float] | None:
    return None if km is None else {"lon": ORIGIN["lon"], "lat": ORIGIN["lat"] + km * KM}


def at_site(name: str, km: float = 0) -> Site:
    return site(name).model_copy(update={"place": Place.model_validate(place(km))})


def house(name: str, what: House) -> Any:  # noqa: ANN401
    care = RESPIJT if what.later else ELV
    return unit(name, care, site="schiedam" if what.on_site else None, place=place(what.km))


def offered(a: House, b: House) -> PlacementOffered:
    """Both had room and took as many as said; now somebody asks, from the site in Schiedam."""
    houses = {"a": a, "b": b}
    story = Story(*(house(*each) for each in houses.items()), sites=[at_site("schiedam")], rules=VALID)
    story.all_say(capacity(name, 20, at(0)) for name in houses)
    for name, what in houses.items():
        for number in range(what.recent):
            care = RESPIJT if what.later else ELV
            story.says(request(f"r-{name}-{number}", (care,), story.now))
            story.says(overridden(f"r-{name}-{number}", name, story.passes(minutes=1)))
    story.jumps(at(ASKED_AT))
    story.all_say(capacity(name, 20, at(ASKED_AT - what.age)) for name, what in houses.items())
    wished = tuple(name for name, what in houses.items() if what.wished)
    asked = request("r-1", profile(ELV, RESPIJT), story.now).model_copy(
        update={"origin": "schiedam", "preferred": wished}
    )
    return story.one(story.says(asked), PlacementOffered)


def points(offer: PlacementOffered) -> dict[str, int]:
    return {part.part: part.points for part in offer.score if part.points}


#: Never asked first.
FAR: Final = House(later=True, km=99, age=500, recent=9)


@pytest.mark.parametrize(
    ("what", "told"),
    [
        # the unit that is asked                points by part
        pytest.param(House(), {}, id="nothing speaks against it"),
        pytest.param(House(later=True), {"care-type-order": 200}, id="the second care that he named"),
        pytest.param(House(km=0.4), {}, id="less than half a kilometre is none"),
        pytest.param(House(km=0.6), {"distance": 10}, id="more than half is one"),
        pytest.param(House(km=7), {"distance": 70}, id="seven kilometres"),
        pytest.param(House(age=1), {"data-age": 1}, id="counted a minute ago"),
        pytest.param(House(age=95), {"data-age": 95}, id="counted an hour and a half ago"),
        pytest.param(House(recent=1), {"recent-placements": 20}, id="took one today"),
        pytest.param(House(recent=3), {"recent-placements": 60}, id="took three today"),
        pytest.param(House(on_site=True), {"same-site": -100}, id="where the patient is already"),
        pytest.param(House(wished=True), {"preferred": -1000}, id="asked for"),
        pytest.param(House(later=True, km=3, age=7, recent=1, on_site=True, wished=True),
                     {"care-type-order": 200, "distance": 30, "data-age": 7, "recent-placements": 20,
                      "same-site": -100, "preferred": -1000}, id="all of it together"),
    ],
)  # fmt: skip
def test_each_part_counts_in_its_own_unit(what: House, told: dict[str, int]) -> None:
    offer = offered(what, FAR)

    assert (offer.unit, points(offer)) == ("a", told)
    assert tuple(part.part for part in offer.score) == PARTS


#: Two parts that pull against each other: what speaks for "a" in the one and for "b" in the other, and who is asked.
#: In each pair the weights are nearly in balance: a little more on one side, and the other is asked.
PAIRS: Final = [
    (("care-type-order", "distance"), House(km=19), House(later=True), "a"),
    (("care-type-order", "distance"), House(km=21), House(later=True), "b"),
    (("care-type-order", "data-age"), House(age=199), House(later=True), "a"),
    (("care-type-order", "data-age"), House(age=201), House(later=True), "b"),
    (("care-type-order", "recent-placements"), House(recent=9), House(later=True), "a"),
    (("care-type-order", "recent-placements"), House(recent=11), House(later=True), "b"),
    (("care-type-order", "same-site"), House(), House(later=True, on_site=True), "a"),
    (("care-type-order", "preferred"), House(), House(later=True, wished=True), "b"),
    (("distance", "data-age"), House(km=5, age=0), House(age=49), "b"),
    (("distance", "data-age"), House(km=5, age=0), House(age=51), "a"),
    (("distance", "recent-placements"), House(km=3), House(recent=1), "b"),
    (("distance", "recent-placements"), House(km=3), House(recent=2), "a"),
    (("distance", "same-site"), House(km=9, on_site=True), House(), "a"),
    (("distance", "same-site"), House(km=11, on_site=True), House(), "b"),
    (("distance", "preferred"), House(km=99, wished=True), House(), "a"),
    (("distance", "preferred"), House(km=101, wished=True), House(), "b"),
    (("data-age", "recent-placements"), House(age=19), House(recent=1), "a"),
    (("data-age", "recent-placements"), House(age=21), House(recent=1), "b"),
    (("data-age", "same-site"), House(age=99, on_site=True), House(), "a"),
    (("data-age", "same-site"), House(age=101, on_site=True), House(), "b"),
    (("data-age", "preferred"), House(age=590, wished=True), House(), "a"),
    (("recent-placements", "same-site"), House(recent=4, on_site=True), House(), "a"),
    (("recent-placements", "same-site"), House(recent=6, on_site=True), House(), "b"),
    (("recent-placements", "preferred"), House(recent=18, wished=True), House(), "a"),
    (("same-site", "preferred"), House(on_site=True), House(wished=True), "b"),
]


@pytest.mark.parametrize(
    ("pair", "a", "b", "asked"), [pytest.param(*row, id=f"{' against '.join(row[0])}: {row[3]}") for row in PAIRS]
)
def test_where_two_parts_pull_against_each_other_the_points_decide(
    pair: tuple[str, str], a: House, b: House, asked: str
) -> None:
    offer = offered(a, b)
    others = set(points(offer)) - set(pair)

    assert (offer.unit, others) == (asked, set())
    assert offer.runners_up == (({"a", "b"} - {asked}).pop(),)


def test_every_pair_of_parts_has_its_case() -> None:
    assert {frozenset(row[0]) for row in PAIRS} == {frozenset(pair) for pair in combinations(PARTS, 2)}


def test_no_weight_outweighs_a_hard_rule() -> None:
    """Wished for, on the same site, next door and fresh, and full."""
    story = Story(house("a", House(on_site=True, wished=True)), house("b", FAR), sites=[site()], rules=VALID)
    story.all_say([capacity("a", 0, at(0)), capacity("b", 1, at(0))])
    said = request("r-1", profile(ELV, RESPIJT), at(0)).model_copy(update={"origin": "schiedam", "preferred": ("a",)})

    assert story.one(story.says(said), PlacementOffered).unit == "b"


# --- distance: from where, and to what nobody placed ------------------------------------------------------------------

AREA: Final = {"codes": ["31"], "place": ORIGIN}


@pytest.mark.parametrize(
    ("said", "asked", "km"),
    [
        # where the patient is                         asked  distance
        pytest.param({"origin": "schiedam"}, "near", 2, id="on a site"),
        pytest.param({"area": "3118"}, "near", 2, id="at home, in an area that the region placed"),
        pytest.param({"origin": "venlo", "area": "3118"}, "far", 1, id="on a site: where he lives is not where he is"),
        pytest.param({"area": "9711"}, "a-nowhere", 0, id="in an area that nobody placed: all are alike"),
        pytest.param({}, "a-nowhere", 0, id="nobody knows where: all are alike"),
    ],
)
def test_the_way_to_go_is_from_where_the_patient_is(said: dict[str, str], asked: str, km: int) -> None:
    units = [unit("near", ELV, place=place(2)), unit("far", ELV, place=place(30)), unit("a-nowhere", ELV)]
    story = Story(*units, sites=[at_site("schiedam"), at_site("venlo", 31)], areas=[AREA])
    story.all_say(capacity(each.id, 1, at(0)) for each in units)
    wanted = request("r-1", profile(ELV, area=said.get("area")), at(0))
    offer = story.one(story.says(wanted.model_copy(update={"origin": said.get("origin")})), PlacementOffered)

    assert (offer.unit, points(offer).get("distance", 0)) == (asked, 10 * km)


def test_a_unit_that_nobody_placed_is_as_far_as_the_farthest() -> None:
    """Unknown is not near: it is asked after the one that is known to be near, and not after the one that is far."""
    units = [unit("a-nowhere", ELV), unit("near", ELV, place=place(2)), unit("z-far", ELV, place=place(30))]
    story = Story(*units, sites=[at_site("schiedam")])
    story.all_say(capacity(each.id, 1, at(0)) for each in units)
    offer = story.one(
        story.says(request("r-1", (ELV,), at(0)).model_copy(update={"origin": "schiedam"})), PlacementOffered
    )

    assert (offer.unit, offer.runners_up) == ("near", ("a-nowhere", "z-far"))


# --- recent placements: what counts as one ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("course", "recent"),
    [
        pytest.param([], 0, id="asked, and no answer yet"),
        pytest.param(["yes"], 1, id="promised"),
        pytest.param(["yes", "in"], 1, id="promised, and in: once"),
        pytest.param(["in"], 1, id="in, and nobody said yes before"),
        pytest.param(["yes", "taken back"], 0, id="taken back by the provider"),
        pytest.param(["yes", "cancelled"], 0, id="promised, and not needed any more"),
        pytest.param(["yes", "elsewhere"], 0, id="promised, and placed elsewhere by a professional"),
        pytest.param(["yes", "in", "a day"], 0, id="a day ago"),
    ],
)
def test_a_placement_is_a_promise_that_stands_or_an_admission_of_the_last_day(course: list[str], recent: int) -> None:
    story = Story(unit("a", ELV), unit("b", ELV), rules=VALID)
    story.all_say([capacity("a", 5, at(0)), capacity("b", 5, at(0))])
    offer = story.one(story.says(request("r-1", (ELV,), at(0))), PlacementOffered).offer
    for step in course:
        now = story.passes(minutes=5)
        match step:
            case "yes":
                story.says(accepted("r-1", offer, now))
            case "in":
                story.says(admitted("r-1", "a", now))
            case "taken back":
                story.says(late_rejected("r-1", "a", now))
            case "cancelled":
                story.says(cancelled("r-1", now))
            case "elsewhere":
                story.says(overridden("r-1", "b", now))
            case _:
                story.ticks(hours=24)
    parts = story.core.parts

    score = Score(units=parts.units, rules=parts.rules)
    assert score.recent_placements(parts.rules.units["a"], now=story.now_ms) == recent
