"""Reports, acceptances and admissions in every order that they can arrive in: one end, and no place given twice."""

import itertools
from datetime import datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoedplein.testing.auditor import audit
from spoedplein.testing.builders import (
    EVENING,
    accepted,
    admitted,
    cancelled,
    capacity,
    declined,
    late_rejected,
    request,
    unit,
)
from spoedplein_schemas.decisions import PlacementOffered
from spoedplein_schemas.vocabulary import CareType, Frozen
from tests.domain.story import Story, thorough

ELV: Final = CareType.ELV_HOOG
MINUTE: Final = timedelta(minutes=1)
#: The bed was counted at 0 (two free); he is accepted at 10 and in it at 30.
ACCEPTED, ADMITTED = 10, 30


def at(minutes: int) -> datetime:
    return EVENING + minutes * MINUTE


def reports(minutes: int, free: int, *, names_him: bool = False) -> Frozen:
    return capacity("elv", free, at(minutes), includes=["r-1"] if names_him else [])


ACCEPT, ADMIT, CANCEL, REJECT = "accept", "admit", "cancel", "reject"
#: Everything but what one source says after the other is heard in every order, at once and twice.
CASES: Final = [
    # what happens             what the house reports                        free in the end, and why
    pytest.param([ACCEPT], [], 1, id="accepted: one of two is promised"),
    pytest.param([ACCEPT], [reports(5, 2)], 1, id="counted before the acceptance: it does not know him"),
    pytest.param([ACCEPT], [reports(20, 2)], 1, id="counted after it, not naming him: still not taken off"),
    pytest.param([ACCEPT], [reports(20, 1, names_him=True)], 1, id="naming him: taken off by the house, not twice"),
    pytest.param([ACCEPT, ADMIT], [], 1, id="admitted: in the bed, and the old count does not know it"),
    pytest.param([ACCEPT, ADMIT], [reports(20, 2)], 1, id="counted before he came: never frees the place twice"),
    pytest.param([ACCEPT, ADMIT], [reports(40, 1)], 1, id="counted after he came: he is in it"),
    pytest.param([ACCEPT, ADMIT], [reports(20, 2), reports(40, 1)], 1, id="both: the later count holds"),
    pytest.param([ACCEPT, ADMIT], [reports(20, 1, names_him=True), reports(40, 1)], 1, id="named, then counted"),
    pytest.param([ADMIT], [reports(40, 1)], 1, id="admitted without an answer: who has him in bed has said yes"),
    pytest.param([ACCEPT, CANCEL], [reports(20, 2)], 2, id="cancelled: the place is free again"),
    pytest.param([ACCEPT, CANCEL], [reports(20, 1, names_him=True)], 1, id="cancelled, but the house still keeps it"),
    pytest.param([CANCEL], [reports(20, 2)], 2, id="cancelled before an answer"),
    pytest.param([ACCEPT, REJECT], [reports(20, 1)], 1, id="taken back: what the house counts is what is free"),
]


@pytest.mark.parametrize(("happens", "reported", "free"), CASES)
def test_every_order_of_what_is_heard_ends_the_same(happens: list[str], reported: list[Frozen], free: int) -> None:
    """The house says its own things in order; between houses, patient and coordinator every order is tried."""
    for places in itertools.permutations(range(len(happens) + len(reported))):
        story, facts = _offered(happens)
        heard = [*facts, *reported]
        order = [heard[place] for place in places]
        if REJECT in happens and order.index(facts[1]) < order.index(facts[0]):
            continue
        story.passes(minutes=50)
        for fact in (*order, *order):
            story.says(fact)
            story.restarts()

        assert story.unit("elv").free == free, [type(fact).__name__ for fact in order]


@pytest.mark.parametrize(
    ("counted", "heard", "came_in", "free"),
    [
        # by the house's clock, by the log's, by the admission's, free after all three
        pytest.param(40, 41, 30, 2, id="counted after he came in: he is in the figure"),
        pytest.param(40, 41, 40, 2, id="counted at the moment at which he came in: he is in the figure"),
        pytest.param(20, 41, 30, 1, id="counted before he came in: one less"),
        pytest.param(40, 28, 30, 1, id="by a clock that runs ahead, and heard before he came in: one less"),
        pytest.param(40, 35, 30, 2, id="by a clock that runs ahead, and heard after he came in: he is in the figure"),
    ],
)
def test_a_count_knows_nobody_who_came_in_after_it_was_heard(counted: int, heard: int, came_in: int, free: int) -> None:
    story, (accept,) = _offered([ACCEPT])
    story.jumps(at(ACCEPTED))
    story.says(accept)
    story.jumps(at(heard))
    story.says(capacity("elv", 2, at(counted)))
    story.jumps(at(50))
    story.says(admitted("r-1", "elv", at(came_in)))

    assert story.unit("elv").free == free


def _offered(happens: list[str]) -> tuple[Story, list[Frozen]]:
    """The house has another two free elsewhere, so that nobody else waits for this one."""
    story = Story(unit("elv", ELV), rules=[{"care_type": "elv-hoog", "validity_minutes": 480, "answer_minutes": 120}])
    story.says(capacity("elv", 2, at(0)))
    offer = story.one(story.says(request("r-1", (ELV,), at(0))), PlacementOffered).offer
    said: dict[str, Frozen] = {
        ACCEPT: accepted("r-1", offer, at(ACCEPTED)),
        ADMIT: admitted("r-1", "elv", at(ADMITTED)),
        CANCEL: cancelled("r-1", at(25)),
        REJECT: late_rejected("r-1", "elv", at(25)),
    }
    return story, [said[each] for each in happens]


@thorough
@given(
    free=st.integers(0, 3),
    steps=st.lists(
        st.tuples(
            st.sampled_from(["ask", "answer", "admit", "reject", "cancel", "report", "name", "wait"]),
            st.integers(0, 4),
            st.integers(0, 3),
            st.integers(0, 40),
        ),
        max_size=40,
    ),
)
def test_no_place_is_ever_promised_twice(free: int, steps: list[tuple[str, int, int, int]]) -> None:
    """Anything, in any order; a second model recounts every offer and every promise from the log alone."""
    story = Story(unit("elv", ELV), unit("twee", ELV))
    offers: dict[str, PlacementOffered] = {}
    decided = []

    def hears(fact: Frozen) -> None:
        made = story.core.step(story.script.says(fact))
        decided.extend(made)
        offers.update({each.data.request: each.data for each in made if isinstance(each.data, PlacementOffered)})

    for what, who, number, late in [("report", 0, free, 0), *steps]:
        name, when = f"r-{who}", story.now - late * MINUTE
        house = ("elv", "twee")[who % 2]
        offer = offers.get(name)
        if what == "ask":
            hears(request(name, (ELV,), when))
        elif what in ("report", "name"):
            hears(capacity(house, number, when, includes=[name] if what == "name" else []))
        elif what == "cancel":
            hears(cancelled(name, when))
        elif what == "wait":
            story.passes(minutes=1 + late)
        elif offer is not None and what == "answer":
            hears((accepted if number else declined)(name, offer.offer, when))
        elif offer is not None and what == "admit":
            hears(admitted(name, offer.unit, when))
        elif offer is not None:
            hears(late_rejected(name, offer.unit, when))

    violations = [each for each in audit(story.script.records, decided) if each.invariant == "I2"]
    assert violations == []
