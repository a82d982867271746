"""What is special about a care type: visits give their start back, rooms need a count of now, units may go."""

from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from pydantic import ValidationError

from spoedplein.testing.builders import (
    EVENING,
    SITE,
    accepted,
    admitted,
    agreements,
    capacity,
    request,
    site,
    unit,
)
from spoedplein_schemas import seh
from spoedplein_schemas.capacity import ReportAnswered
from spoedplein_schemas.decisions import ExclusionCode, PlacementExhausted, PlacementOffered
from spoedplein_schemas.views import CareTypeAvailability
from spoedplein_schemas.vocabulary import CareType, Frozen, Measure, Topic, UnitStatus
from tests.domain.story import Story

HOME: Final = CareType.WIJKVERPLEGING
MINUTE: Final = timedelta(minutes=1)


def at(minutes: int) -> datetime:
    return EVENING + minutes * MINUTE


# --- acute wijkverpleging: visits per hour --------------------------------------------------------------------------

#: Two visits can start within the hour (counted at 0); one is promised at 1. A visit takes 45 minutes by default.
VISITS: Final = [
    # agreed                    said                                       minute   free    why
    pytest.param({}, [], 30, 1, id="promised: one start is taken"),
    pytest.param({}, [], 45, 1, id="the last minute of it"),
    pytest.param({}, [], 46, 2, id="the visit has had its time: its start is free again"),
    pytest.param({"visit_minutes": 20}, [], 21, 2, id="as long as was agreed"),
    pytest.param({}, [admitted("r-1", "thuis", at(20))], 44, 1, id="the nurse is there: still one start"),
    pytest.param({}, [admitted("r-1", "thuis", at(20))], 46, 2, id="and no longer than from the promise"),
    pytest.param({}, [capacity("thuis", 1, at(25), includes=["r-1"])], 30, 1, id="counted by the team: once"),
    pytest.param({}, [capacity("thuis", 2, at(25))], 46, 2, id="a newer count, and the visit over"),
    pytest.param({}, [], 61, None, id="a count of visits per hour is worth an hour"),
    pytest.param({}, [ReportAnswered(ask="vraag", unit="thuis", observed_at=at(30))], 61, 2, id="said to stand still"),
]


@pytest.mark.parametrize(("agreed", "said", "minute", "free"), VISITS)
def test_a_promised_visit_gives_its_start_back(
    agreed: dict[str, Any], said: list[Frozen], minute: int, free: int | None
) -> None:
    rule = {"care_type": "wijkverpleging", "validity_minutes": 60, "answer_minutes": 10} | agreed
    story = Story(unit("thuis", HOME), rules=[rule])
    story.says(capacity("thuis", 2, at(0)))
    offer = story.one(story.says(request("r-1", (HOME,), at(0))), PlacementOffered).offer
    story.passes(minutes=1)
    story.says(accepted("r-1", offer, at(1)))
    for fact in said:
        story.jumps(max(getattr(fact, "admitted_at", at(0)), getattr(fact, "observed_at", at(0))))
        story.says(fact)
    story.jumps(at(minute) - MINUTE)
    story.restarts()
    story.ticks(minutes=1)

    assert story.unit("thuis").free == free


def test_who_waits_gets_the_visit_that_came_free() -> None:
    story = Story(unit("thuis", HOME))
    story.says(capacity("thuis", 1, at(0)))
    offer = story.one(story.says(request("r-1", (HOME,), at(0))), PlacementOffered).offer
    story.all_say([accepted("r-1", offer, at(0)), request("r-2", (HOME,), at(0))])
    story.ticks(minutes=44)
    offered = [each for each in story.ticks(minutes=1) if isinstance(each, PlacementOffered)]

    assert [each.request for each in offered] == ["r-2"]


@pytest.mark.parametrize(
    "written",
    [
        {"rules": [{"care_type": "wijkverpleging", "validity_minutes": 90, "answer_minutes": 10}]},
        {"units": [unit("thuis", HOME, validity_minutes=61)]},
    ],
    ids=["of the care type", "of a unit"],
)
def test_visits_per_hour_cannot_be_valid_for_longer(written: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="valid for 60 minutes at most"):
        agreements(*written.pop("units", ()), **written)


# --- what a figure counts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("care_type", CareType)
def test_every_care_type_says_what_it_counts_and_how_much_is_known(care_type: CareType) -> None:
    measure = {
        CareType.HAP: Measure.ROOMS,
        CareType.SEH: Measure.ROOMS,
        CareType.WIJKVERPLEGING: Measure.VISITS_PER_HOUR,
        CareType.GGZ_IHT: Measure.CASELOAD,
    }.get(care_type, Measure.PLACES)
    story = Story(*(unit(f"plek-{name}", care_type, site=SITE) for name in "abc"), sites=[site()])
    story.says(capacity("plek-a", 1, story.now))
    story.published()
    view = story.newest[f"rijnmond//{care_type}".encode()]
    assert isinstance(view, CareTypeAvailability)
    by_status = care_type in (CareType.HAP, CareType.SEH)

    assert (view.measure, view.units, view.units_known) == (measure, 3, 0 if by_status else 1)
    assert view.units_never == (3 if by_status else 2)
    assert story.unit("plek-a").measure is measure


#: The SEH said its status and counted its rooms, each so many minutes ago; both are valid for fifteen.
ROOMS: Final = [
    # status   rooms            outcome
    pytest.param(2, 2, None, id="both of now: offered"),
    pytest.param(2, 40, ExclusionCode.STALE, id="a status of now makes an old count no fresher"),
    pytest.param(40, 2, ExclusionCode.STALE, id="a count of now says nothing of a stop"),
    pytest.param(2, None, ExclusionCode.NEVER_REPORTED, id="no rooms were ever counted"),
]


@pytest.mark.parametrize(("status", "rooms", "outcome"), ROOMS)
def test_a_place_at_a_seh_needs_its_status_and_its_rooms(
    status: int, rooms: int | None, outcome: ExclusionCode | None
) -> None:
    story = Story(unit("seh", CareType.SEH, site=SITE), sites=[site()])
    story.passes(minutes=60)
    if rooms is not None:
        story.says(capacity("seh", 2, at(60 - rooms)))
    story.says(seh.StatusReported(site=SITE, status=UnitStatus.OPEN, observed_at=at(60 - status)))
    decided = story.says(request("r-1", (CareType.SEH,), story.now))
    codes = [item.code for each in decided if isinstance(each, PlacementExhausted) for item in each.excluded]

    assert codes == ([] if outcome is None else [outcome])
    assert any(isinstance(each, PlacementOffered) for each in decided) == (outcome is None)


# --- units, care types and sites that leave the agreements ------------------------------------------------------------


def test_what_leaves_the_agreements_leaves_the_topics() -> None:
    story = Story(unit("elv", CareType.ELV_HOOG), unit("grz", CareType.GRZ), sites=[site(), site("venlo")])
    assert story.core.gone() == []
    story.adopts(agreements(unit("elv", CareType.ELV_HOOG), version="2026.2"))

    gone = [(b"rijnmond//grz", Topic.AVAILABILITY), (b"rijnmond/grz", Topic.AVAILABILITY)]
    assert story.core.gone() == [*gone, (b"rijnmond/venlo", Topic.BOARDS)]
    assert story.core.gone() == [], "told once"
    story.restarts()
    assert len(story.core.gone()) == 3, "and again by who cannot know what was told"
    assert b"rijnmond/grz" not in dict(story.core.views())


def test_what_comes_back_is_not_gone() -> None:
    story = Story(unit("grz", CareType.GRZ))
    story.adopts(agreements(version="2026.2"))
    story.passes(minutes=1)
    story.adopts(agreements(unit("grz", CareType.GRZ), version="2026.3"))

    assert story.core.gone() == []
    assert b"rijnmond/grz" in dict(story.core.views())
