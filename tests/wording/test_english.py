"""What was decided, in English: a sentence for every decision, and none that is still Dutch."""

import re
from zoneinfo import ZoneInfo

import pytest

from spoedplein.wording import english, words
from spoedplein_schemas import DECISIONS
from spoedplein_schemas.decisions import (
    FigureStale,
    OfferEnded,
    PatientQueued,
    PlacementExhausted,
    PlacementOffered,
    UnitStatusChanged,
)
from spoedplein_schemas.examples import DECISION_EXAMPLES
from spoedplein_schemas.vocabulary import Frozen

ZONE = ZoneInfo("Europe/Amsterdam")
#: Words that stand in Dutch sentences and in no English one.
DUTCH = re.compile(
    r"\b(aan|aanvraag|bij|cijfer|dicht|een|geen|heeft|kamer|naar|niet|niets|norm voor|nu|onbekend|ongeveer|opnieuw|"
    r"plek|sinds|tot|uit|van|verstreek|voor|voorstel|vrij|wacht|wachten|want|wijst|zegt)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("kind", [kind.data for kind in DECISIONS], ids=lambda kind: kind.__name__)
def test_every_decision_has_its_english_sentence(kind: type[Frozen]) -> None:
    decision = DECISION_EXAMPLES[kind]
    told, dutch = english.tell(decision, ZONE), words.tell(decision, ZONE)

    names = {
        word for value in re.findall(r'"([^"]+)"', decision.model_dump_json()) for word in re.split(r"[\s-]", value)
    }
    assert [word for word in DUTCH.findall(told) if word not in names] == []
    assert re.findall(r"\d\d:\d\d", told) == re.findall(r"\d\d:\d\d", dutch), "the same moments"


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        pytest.param(
            PlacementOffered,
            "r-20260111-0003 offered to elv-hoog-frankeland until 01:24"
            " (1 free, figure 1h34 old; not: 1 declined, 1 property missing)",
            id="offered",
        ),
        pytest.param(OfferEnded, "r-20260111-0003: elv-hoog-de-harg declines (staff)", id="ended"),
        pytest.param(
            PlacementExhausted,
            "r-20260110-h118: nothing fits now"
            " (GGZ-HIC: 1 stop (1 free); nearest: ggz-hic-singel, from 11-01 07:30); again at 00:42",
            id="exhausted",
        ),
        pytest.param(
            PatientQueued,
            "c-7f3a9e21 waits at HAP schiedam as U3, position 5, norm 11-1 03:48"
            " (number 5: 1 U2 and 3 U3 before you, oldest 1h00)",
            id="queued",
        ),
        pytest.param(
            FigureStale, "The figure of respijt-nolet is of 11:31 and out of date (valid 12h00): unknown", id="stale"
        ),
        pytest.param(UnitStatusChanged, "ggz-hic-singel goes from open to stop (staff) until 11-1 07:30", id="status"),
    ],
)
def test_it_says_what_the_dutch_sentence_says(kind: type[Frozen], told: str) -> None:
    assert english.tell(DECISION_EXAMPLES[kind], ZONE) == told
