"""A report that nobody waits for is taken over at once: what is known after it is what would have been known anyway."""

from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoedplein.domain import events
from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.domain.turn import Turn
from spoedplein.testing.builders import (
    EVENING,
    REGION,
    SITE,
    Script,
    accepted,
    actor,
    admitted,
    agreements,
    capacity,
    request,
    site,
    stop,
    unit,
)
from spoedplein_schemas import Decision
from spoedplein_schemas.capacity import ReportAnswered, ReportAsked
from spoedplein_schemas.vocabulary import CareType, Frozen
from tests.domain.story import Story, thorough

ELV, RESPIJT = CareType.ELV_HOOG, CareType.RESPIJT
UNITS: Final = (unit("elv", ELV), unit("respijt", RESPIJT), unit("seh", CareType.SEH, site=SITE))
NAMES: Final = ("elv", "respijt", "seh", "wie")


def reports() -> st.SearchStrategy[Frozen]:
    """Of a few units and moments, so that most say what was said before; some on a clock that runs ahead."""
    moments = st.sampled_from([-600, -20, 0, 0, 1, 2, 5, 30, 90]).map(lambda minutes: timedelta(minutes=minutes))
    return st.builds(
        lambda name, free, at, answers: capacity(name, free, EVENING + at, answers=answers),
        st.sampled_from(NAMES),
        st.sampled_from([1, 1, 1, 2, 0]),
        moments,
        st.sampled_from([None, None, None, "ronde"]),
    )


def others() -> st.SearchStrategy[Frozen]:
    return st.sampled_from(
        [
            request("r-1", (ELV,), EVENING),
            request("r-2", (RESPIJT,), EVENING),
            *(accepted("r-1", f"{REGION}.{offset}.0", EVENING) for offset in range(1, 6)),
            admitted("r-1", "elv", EVENING + timedelta(minutes=3)),
            stop("elv", EVENING + timedelta(minutes=1)),
            ReportAsked(ask="ronde", asked_at=EVENING, by=actor(), care_types=(ELV,)),
            ReportAnswered(ask="ronde", unit="elv", observed_at=EVENING + timedelta(minutes=4)),
        ]
    )


def the_long_way(region: Region, record: Record) -> list[Decision]:
    """As `step` does it for what it does not take over at once."""
    state = region.state
    state.offset, state.now = record.offset, max(state.now, record.at)
    version = region.parts.rules.version or "none"
    turn = Turn(state.region, record.offset, state.now, record.event.id, version)
    events.take(region.parts, turn, record.event.data)
    return turn.decisions


@thorough
@given(st.lists(st.tuples(st.sampled_from([0, 0, 0, 1, 20, 500]), reports() | reports() | others()), max_size=25))
def test_what_is_decided_kept_and_shown_is_the_same_as_by_the_long_way(said: list[tuple[int, Frozen]]) -> None:
    short, long, script = Region.empty(REGION), Region.empty(REGION), Script()
    agreed = script.adopts(agreements(*UNITS, sites=[site()], rounds={"answer_minutes": 30, "remind_minutes": 20}))
    assert short.step(agreed) == the_long_way(long, agreed)
    for minutes, data in said:
        script.passes(minutes=minutes)
        record = script.says(data)
        assert short.step(record) == the_long_way(long, record)
        assert short.views() == long.views()
    assert short.snapshot() == long.snapshot()
    assert short.next_due_ms() == long.next_due_ms()


@pytest.mark.parametrize(
    ("report", "renews"),
    [
        pytest.param(capacity("elv", 2, EVENING + timedelta(minutes=5)), True, id="the same figure, later"),
        pytest.param(capacity("elv", 2, EVENING), False, id="the same report twice"),
        pytest.param(capacity("elv", 1, EVENING + timedelta(minutes=5)), True, id="another figure"),
        pytest.param(capacity("elv", 1, EVENING), False, id="another figure of the same moment"),
        pytest.param(capacity("elv", 2, EVENING + timedelta(minutes=5), answers="r"), False, id="it answers somebody"),
        pytest.param(capacity("respijt", 2, EVENING + timedelta(minutes=5)), False, id="its first report"),
        pytest.param(capacity("wie", 2, EVENING), False, id="a unit that nobody agreed on"),
    ],
)
def test_which_report_is_taken_over_at_once(report: Frozen, renews: bool) -> None:
    story = Story(*UNITS, sites=[site()])
    story.says(capacity("elv", 2, EVENING))

    assert events.renews(story.core.parts, report, story.core.now) is renews


def test_of_a_unit_whose_place_was_promised_every_report_is_looked_at() -> None:
    story = Story(*UNITS, sites=[site()])
    story.says(capacity("elv", 1, EVENING))
    story.says(request("r-1", (ELV,), EVENING))
    later = capacity("elv", 0, EVENING + timedelta(minutes=5))

    assert not events.renews(story.core.parts, later, story.core.now)


def test_while_somebody_waits_for_such_a_place_every_report_is_looked_at() -> None:
    story = Story(*UNITS, sites=[site()])
    story.says(capacity("elv", 0, EVENING))
    story.says(request("r-1", (ELV,), EVENING))
    later = capacity("elv", 0, EVENING + timedelta(minutes=5))

    assert not events.renews(story.core.parts, later, story.core.now)
