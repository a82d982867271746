"""What was decided, in Dutch: moments of another day with their day, and one or more in the right form."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from spoedplein.portal.page.words import Language, Texts
from spoedplein.wording import english, room_words, words
from spoedplein_schemas import Decision
from spoedplein_schemas.decisions import (
    Exclusion,
    ExclusionCode,
    PlacementAccepted,
    PlacementExhausted,
    ReasonCount,
    RoundCompleted,
    RoundOpened,
    Shortfall,
    UnitStatusChanged,
)
from spoedplein_schemas.examples import DECISION_EXAMPLES
from spoedplein_schemas.request_decisions import NeededByMissed
from spoedplein_schemas.rooms import RoomExclusion, RoomExclusionCode
from spoedplein_schemas.vocabulary import CareType, Frozen

ZONE = ZoneInfo("Europe/Amsterdam")
#: Ten to midnight on a Saturday in Schiedam.
LATE = datetime(2026, 1, 10, 23, 50, tzinfo=ZONE)


def decided(kind: type[Frozen], **changes: object) -> Decision:
    decision = DECISION_EXAMPLES[kind]
    return decision.model_copy(update={"time": LATE, "data": decision.data.model_copy(update=changes)})


@pytest.mark.parametrize(
    ("after", "at"),
    [
        (timedelta(minutes=5), "23:55"),
        (timedelta(minutes=-60), "22:50"),
        (timedelta(minutes=25), "11-1 00:15"),
        (timedelta(days=3, hours=8, minutes=10), "14-1 08:00"),
        (timedelta(days=-1), "9-1 23:50"),
    ],
)
@pytest.mark.parametrize(
    ("kind", "field", "dutch", "told"),
    [
        (UnitStatusChanged, "until", "tot {}", "until {}"),
        (PlacementAccepted, "admit_by", "opname voor {}", "admission by {}"),
        (PlacementExhausted, "review_at", "opnieuw om {}", "again at {}"),
        (NeededByMissed, "needed_by", "was nodig voor {} ", "was needed by {} "),
    ],
)
def test_a_moment_of_another_day_is_told_with_its_day(  # noqa: PLR0917  the row
    kind: type[Frozen], field: str, dutch: str, told: str, after: timedelta, at: str
) -> None:
    decision = decided(kind, **{field: LATE + after})

    assert dutch.format(at) in words.tell(decision, ZONE) + " "
    assert told.format(at) in english.tell(decision, ZONE) + " "


@pytest.mark.parametrize(
    ("count", "dutch"),
    [
        (1, "1 wees af, 1 mist een voorziening, 1 gaf geen antwoord, 1 is al gevraagd, 1 blijft vrij"),
        (2, "2 wezen af, 2 missen een voorziening, 2 gaven geen antwoord, 2 zijn al gevraagd, 2 blijven vrij"),
    ],
)
def test_who_was_passed_over_is_counted_in_the_right_form(count: int, dutch: str) -> None:
    codes = (
        *(ExclusionCode.DECLINED, ExclusionCode.PROPERTY_MISSING, ExclusionCode.NO_ANSWER),
        *(ExclusionCode.ASKED, ExclusionCode.OWN_FIRST),
    )
    excluded = [Exclusion(unit=f"elv-{number}", code=code) for code in codes for number in range(count)]

    assert words.passed_over(excluded) == f"{dutch} voor de eigen regio"


@pytest.mark.parametrize(
    ("units", "free", "said"),
    [
        (1, 0, "1 mist een voorziening"),
        (2, 0, "2 missen een voorziening"),
        (2, 1, "2 missen een voorziening (1 vrij)"),
    ],
)
def test_what_was_short_is_counted_in_the_right_form(units: int, free: int, said: str) -> None:
    reason = ReasonCount(code=ExclusionCode.PROPERTY_MISSING, units=units, free=free)
    short = Shortfall(care_type=CareType.ELV_HOOG, units=units, reasons=(reason,))

    assert words.shortage(short, ZONE) == f"ELV-HOOG: {said}"


@pytest.mark.parametrize(("count", "said"), [(1, "1 mist een voorziening"), (2, "2 missen een voorziening")])
def test_rooms_are_counted_in_the_right_form(count: int, said: str) -> None:
    excluded = [RoomExclusion(room=f"k-{each}", code=RoomExclusionCode.PROPERTY_MISSING) for each in range(count)]

    assert room_words.rooms_passed_over(excluded) == said


@pytest.mark.parametrize(
    ("tell", "one", "more"),
    [
        pytest.param(words.tell, "1 plek (elv-hoog) meldt voor", "2 plekken (elv-hoog) melden voor", id="dutch"),
        pytest.param(english.tell, "1 place (elv-hoog) reports by", "2 places (elv-hoog) report by", id="english"),
    ],
)
def test_a_round_asks_one_place_or_more(tell: Callable[[Decision, ZoneInfo], str], one: str, more: str) -> None:
    for units, said in ((("elv-a",), one), (("elv-a", "elv-b"), more)):
        assert said in tell(decided(RoundOpened, units=units, care_types=(CareType.ELV_HOOG,)), ZONE)
    assert f"{one.partition(' (')[0]} in" in tell(decided(RoundCompleted, asked=1), ZONE)


@pytest.mark.parametrize(("language", "said"), [(Language.NL, "1 van 1 gemeld"), (Language.EN, "1 of 1 reported")])
def test_how_many_reported_is_told_of_one_too(language: Language, said: str) -> None:
    assert Texts(language)("reported-of", answered=1, asked=1) == said
