"""What a rule says beside its code is told in Dutch, whatever it says."""

import re
from pathlib import Path

import pytest

from spoedplein.wording.details import detail

LOGS = Path(__file__).parents[1] / "replay"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("registered: none", "geregistreerd: geen"),
        ("registered: wzd+wvggz", "geregistreerd: Wzd en Wvggz"),
        ("indication, now or within two weeks", "indicatie, nu of binnen twee weken"),
        ("under three months", "korter dan drie maanden"),
        ("not entered", "niet ingevuld"),
        ("GP does not go on", "huisarts behandelt niet door"),
        ("from 24 hours", "vanaf 24 uur"),
        ("to 90 days", "tot 90 dagen"),
        ("takes 0-11, 12-17", "neemt 0-11, 12-17"),
        ("takes female", "alleen vrouw"),
        ("lacks oxygen, wander-detection", "mist zuurstof, dwaaldetectie"),
        ("an answer takes 15 min", "een antwoord duurt 15 min"),
        ("until 08-08 15:05", "tot 08-08 15:05"),
        ("admits 08:00-12:00, 13:00-18:00", "opname 08:00-12:00, 13:00-18:00"),
        ("last seen 61 min ago", "laatst gezien 61 min geleden"),
        ("rooms counted 61 min ago", "kamers geteld 61 min geleden"),
        ("2 free, 1 promised or held", "2 vrij, 1 toegezegd of vastgehouden"),
        ("2 free, 2 kept", "2 vrij, 2 vrijgehouden"),
        ("care-too-complex", "zorg te complex"),
        ("something that nobody foresaw", "something that nobody foresaw"),
    ],
)
def test_a_detail_has_dutch_words(said: str, told: str) -> None:
    assert detail(said) == told


def test_everything_that_was_ever_said_in_the_recorded_logs_has_dutch_words() -> None:
    found = set()
    for file in LOGS.rglob("*decisions*.jsonl"):
        found |= set(re.findall(r'"detail":"([^"]+)"', file.read_text(encoding="utf-8")))

    assert len(found) > 10, "too little was said to have proved anything"
    assert [said for said in found if detail(said) == said] == []
