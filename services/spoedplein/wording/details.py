"""What a rule says beside its code, in Dutch. The core tells it in English: `admits 08:00-18:00`, `1 free, 2 kept`."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final, TypeVar

from spoedplein.wording.words import DECLINE
from spoedplein_schemas.vocabulary import Property, Registration, Sex

PROPERTY: Final = {
    Property.SINGLE_ROOM: "eenpersoonskamer",
    Property.CLOSED_WARD: "gesloten afdeling",
    Property.OPEN_WARD: "open afdeling",
    Property.ISOLATION_NEGATIVE_FLOW: "isolatie, onderdruk",
    Property.ISOLATION_OTHER: "isolatie, overig",
    Property.BARIATRIC: "bariatrisch",
    Property.OXYGEN: "zuurstof",
    Property.IV: "infuus",
    Property.DIALYSIS: "dialyse",
    Property.TRACHEOSTOMY: "tracheacanule",
    Property.ONE_TO_ONE: "één-op-éénbegeleiding",
    Property.WANDER_DETECTION: "dwaaldetectie",
    Property.PARTNER_STAY: "partner kan blijven",
    Property.CHILD_SUITED: "geschikt voor kinderen",
}
REGISTRATION: Final = {
    Registration.NONE: "geen",
    Registration.WZD: "Wzd",
    Registration.WVGGZ: "Wvggz",
    Registration.BOTH: "Wzd en Wvggz",
}
SEX: Final = {Sex.FEMALE: "vrouw", Sex.MALE: "man", Sex.ANY: "maakt niet uit"}

_Code = TypeVar("_Code", bound=StrEnum)
_Words = Callable[[str], str]


def _same(found: str) -> str:
    return found


def _each(table: Mapping[_Code, str]) -> _Words:
    told = _by_code(table)
    return lambda found: ", ".join(told.get(code, code) for code in found.split(", "))


def _by_code(table: Mapping[_Code, str]) -> dict[str, str]:
    return {code.value: told for code, told in table.items()}


#: What the core says, the Dutch of it, and the words for what stands in it.
_PATTERNS: Final[tuple[tuple[re.Pattern[str], str, _Words], ...]] = tuple(
    (re.compile(english), dutch, words)
    for english, dutch, words in (
        (r"registered: (\S+)", "geregistreerd: {}", _each(REGISTRATION)),
        ("indication, now or within two weeks", "indicatie, nu of binnen twee weken", _same),
        ("under three months", "korter dan drie maanden", _same),
        ("not entered", "niet ingevuld", _same),
        ("GP does not go on", "huisarts behandelt niet door", _same),
        (r"from (\d+) hours", "vanaf {} uur", _same),
        (r"to (\d+) days", "tot {} dagen", _same),
        (r"takes ((?:fe)?male)", "alleen {}", _each(SEX)),
        (r"takes (.+)", "neemt {}", _same),
        (r"lacks (.+)", "mist {}", _each(PROPERTY)),
        (r"an answer takes (\d+) min", "een antwoord duurt {} min", _same),
        (r"until (.+)", "tot {}", _same),
        (r"admits (.*)", "opname {}", _same),
        (r"last seen (\d+) min ago", "laatst gezien {} min geleden", _same),
        (r"rooms counted (\d+) min ago", "kamers geteld {} min geleden", _same),
        (r"(\d+) free, (\d+) promised or held", "{} vrij, {} toegezegd of vastgehouden", _same),
        (r"(\d+) free, (\d+) kept", "{} vrij, {} vrijgehouden", _same),
    )
)
_DECLINED: Final = _by_code(DECLINE)


def detail(said: str) -> str:
    """In Dutch; as it is where it has no other words."""
    for english, dutch, words in _PATTERNS:
        if found := english.fullmatch(said):
            return dutch.format(*(words(each) for each in found.groups()))
    return _DECLINED.get(said, said)
