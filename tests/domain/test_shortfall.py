"""A request that cannot be met says precisely why, and what would have met it."""

from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from spoedplein.testing.builders import EVENING, capacity, declined, profile, request, stop, unit
from spoedplein.wording import shortfalls, words
from spoedplein_schemas.agreements import Unit
from spoedplein_schemas.decisions import PlacementExhausted, PlacementOffered, Shortfall
from spoedplein_schemas.placement import DeclineReason
from spoedplein_schemas.vocabulary import CareType, Frozen
from tests.domain.story import Story

ELV, RESPIJT = CareType.ELV_HOOG, CareType.RESPIJT
ZONE: Final = ZoneInfo("Europe/Amsterdam")
DAYS: Final = [{"from": "08:00", "until": "20:00"}]


def at(minutes: float) -> datetime:
    return EVENING + timedelta(minutes=minutes)


def places(name: str, free: int, minutes: float = 0, **more: Any) -> tuple[Unit, Frozen]:  # noqa: ANN401
    return unit(name, ELV, **more), capacity(name, free, at(minutes))


def short(*those: tuple[Unit, Frozen], said: tuple[Frozen, ...] = (), **person: Any) -> Shortfall:  # noqa: ANN401
    """What is told at 20:01 when these units have so many places and nobody fits; who is offered declines (staff)."""
    story = Story(*(place for place, _ in those), placement={"review_minutes": 600})
    story.all_say(sorted((report for _, report in those), key=lambda report: report.observed_at))  # type: ignore[attr-defined]
    story.all_say(said)
    story.jumps(at(1))
    decided = story.says(request("r-1", profile(ELV, **person), at(1)))
    while offered := [made for made in decided if isinstance(made, PlacementOffered)]:
        decided = story.says(declined("r-1", offered[-1].offer, at(1), DeclineReason.STAFF))
    (found,) = story.one(decided, PlacementExhausted).shortfalls
    assert story.requests()["r-1"].shortfalls == (found,)
    return found


CASES: Final = [
    pytest.param(
        short(places("a", 1, windows=DAYS), places("b", 1, windows=DAYS), places("c", 0)),
        "ELV-HOOG: 2 vrij, maar opname alleen 08:00-20:00; 1 vol; dichtst bij: a, vanaf 11-01 08:00",
        "ELV-HOOG: 2 free, but admitting only 08:00-20:00; 1 full; nearest: a, from 11-01 08:00",
        id="free by day only",
    ),
    pytest.param(
        short(places("a", 1, -540)),
        "ELV-HOOG: 1 zou vrij zijn als het cijfer van 9u01 oud vernieuwd werd; dichtst bij: a",
        "ELV-HOOG: 1 would be free if the figure of 9h01 ago were renewed; nearest: a",
        id="an old figure",
    ),
    pytest.param(
        short(places("a", 1), places("b", 2), places("c", 1)),
        "ELV-HOOG: 3 wezen af: personeel; dichtst bij: a",
        "ELV-HOOG: 3 declined: staff; nearest: a",
        id="three said no",
    ),
    pytest.param(
        short(places("a", 2), said=(stop("a", at(0), until=at(120)),)),
        "ELV-HOOG: 1 stop (2 vrij); dichtst bij: a, vanaf 10-01 22:00",
        "ELV-HOOG: 1 stop (2 free); nearest: a, from 10-01 22:00",
        id="a stop with an end",
    ),
    pytest.param(
        short(places("a", 1, properties=["oxygen"]), needs=["bariatric"]),
        "ELV-HOOG: 1 niet bariatrisch (1 vrij); dichtst bij: a",
        "ELV-HOOG: 1 bariatric (1 free); nearest: a",
        id="one thing is lacking",
    ),
    pytest.param(
        short(places("a", 1, age_bands=["0-11"]), needs=["bariatric"]),
        "ELV-HOOG: 1 leeftijd (1 vrij)",
        "ELV-HOOG: 1 age-band (1 free)",
        id="two things are lacking: no near miss",
    ),
    pytest.param(
        short(places("a", 1, windows=DAYS, sex="male")),
        "ELV-HOOG: 1 geslacht (1 vrij)",
        "ELV-HOOG: 1 sex (1 free)",
        id="the hours and the room are wrong",
    ),
    pytest.param(
        short(places("a", 0), places("b", 0)), "ELV-HOOG: 2 vol", "ELV-HOOG: 2 full", id="all full: nothing came near"
    ),
    pytest.param(
        short(),
        "ELV-HOOG: geen plek van die soort in de afspraken",
        "ELV-HOOG: no unit of that care in the agreements",
        id="no such unit",
    ),
]


@pytest.mark.parametrize(("shortfall", "dutch", "english"), CASES)
def test_what_was_short_is_said_in_a_sentence(shortfall: Shortfall, dutch: str, english: str) -> None:
    assert words.shortage(shortfall, ZONE) == dutch
    assert shortfalls.sentence(shortfall, shortfalls.ENGLISH, ZONE) == english


def test_what_takes_least_to_mend_is_the_nearest() -> None:
    """Hours before an old figure, an old figure before a stop, a stop before a no."""
    by_day, old = places("z-by-day", 1, windows=DAYS), places("y-old", 1, -540)
    stopped, unwilling = places("x-stop", 1), places("w-no", 1)
    halted = (stop("x-stop", at(0)),)
    order = [
        short(by_day, old, stopped, unwilling, said=halted),
        short(old, stopped, unwilling, said=halted),
        short(stopped, unwilling, said=halted),
        short(unwilling),
    ]

    assert [found.nearest.unit for found in order if found.nearest] == ["z-by-day", "y-old", "x-stop", "w-no"]


def test_every_asked_care_has_its_own_sum_in_the_order_asked() -> None:
    story = Story(unit("elv", ELV), unit("logeer", RESPIJT))
    story.says(capacity("elv", 0, at(0)))
    found = story.one(story.says(request("r-1", (RESPIJT, ELV), at(0))), PlacementExhausted).shortfalls

    assert [(each.care_type, each.units, each.reasons[0].code.value) for each in found] == [
        (RESPIJT, 1, "never-reported"),
        (ELV, 1, "full"),
    ]
