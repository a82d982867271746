"""Finds what identifies a person in a message, and takes it out.

The contract has no field for names, citizen service numbers (BSN), birth dates, telephone numbers, addresses or e-mail.
So they can only arrive where they do not belong: in a field that we do not have, in free text, or dressed up as an
identifier. Two measures, because a pseudonym must not be refused for looking like a number:

    coded    a field of the contract holds something of identifier shape: only what such a shape can hide is looked for
    free     anything else, keys included: every pattern is looked for; a false alarm there costs nothing, since the
             contract refuses these messages anyway

`redact` keeps less than `findings` would ask: a name in free text need not be detectable, so free text goes altogether.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from types import NoneType
from typing import Annotated, Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel

from spoedplein.domain.offsets import masked
from spoedplein_schemas import EVENTS, Event
from spoedplein_schemas.dead_letters import RefusalCode
from spoedplein_schemas.vocabulary import Instant, Topic

Span = tuple[int, int]

#: Longest number that a field of ours may hold (vocabulary.Count); longer ones are no counts.
NUMBER_MAX = 100_000
#: JSON allows more; nothing of ours is deeper than six.
DEPTH_MAX = 32
#: Of a text that is no code only the beginning is looked at: the contract refuses longer ones, whatever is in them.
TEXT_LOOKED_AT = 1_000
#: Keys and texts of one message that the contract does not know. Looking at each costs more than reading it.
STRANGE_MAX = 1_000


class Finding(NamedTuple):
    """`span` is in the text of the value, or of the key when `in_key`; `None` means all that the key holds."""

    path: str
    code: RefusalCode
    span: Span | None
    in_key: bool = False


class StrangeError(ValueError):
    """Most of it is nothing that the contract knows: it is to be refused without looking any further."""


def findings(value: object, *, path: str = "$") -> Iterator[Finding]:
    """All that identifies somebody, in the order of the message. No deeper than `DEPTH_MAX`.

    Raises `StrangeError` after the first `STRANGE_MAX` keys and texts that are no codes in fields of ours.
    """
    return _walk(value, path, key=None, looks=iter(range(STRANGE_MAX)))


def is_clean(value: dict[str, Any]) -> bool:
    """Is there nothing to find at a glance? Then `findings` has nothing either, at five times the price.

    At a glance: every key is the contract's, every number too short, and what is not a moment has the shape of an
    identifier that hides nothing. `False` says only that it takes a closer look.
    """
    codes: list[str] = []
    below = [value]
    while below:
        fields = below.pop()
        if not _DECLARED.issuperset(fields):
            return False
        for key, held in fields.items():
            if isinstance(held, str):
                if key not in MOMENTS or not _MOMENT.fullmatch(held):
                    codes.append(held)
            elif isinstance(held, dict):
                below.append(held)
            elif isinstance(held, list):
                below += [{key: item} for item in held]
            elif held is not None and held >= _BSN_MIN:
                return False
    return all(map(_CODED.fullmatch, codes)) and not _may_hide("\n".join(codes))


def plain_fields(event: Event) -> int | None:
    """How many fields its sender filled in, when nothing in them can identify anybody; else nothing, as in `is_clean`.

    `event` has been held against the contract: each key is ours, each count short, and what is to be a moment is one.
    """
    places = _PLACES.get(type(event.data))
    if places is None or any(places.rare(event)):
        return None
    if any(moment.year < _MOMENTS_FROM for moment in places.moments(event) if moment is not None):
        return None
    lines = "\n".join(filter(None, places.codes(event)))
    if not _CODES.fullmatch(lines) or _may_hide(lines):
        return None
    return sum(map(len, places.filled_in(event)))


def redact(value: object) -> object:
    """The same shape without findings, free text, or numbers too long for a count. Keys that give away are replaced."""
    return _redact(value, key=None)


def redact_bytes(raw: bytes) -> str:
    """What may be kept of bytes that nobody can read."""
    return f"[{len(raw)} bytes, not shown]"


def speakable(key: str) -> bool:
    """May this key be named in a message of ours?"""
    return key in _DECLARED or (_SPEAKABLE.fullmatch(key) is not None and not _in_free_text(key))


def step(path: str, key: str | int) -> str:
    """One step further down a JSON path; `*` where the key itself may not be said."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key if speakable(key) else '*'}"


def is_bsn(digits: str) -> bool:
    """The eleven-test: 9a+8b+7c+6d+5e+4f+3g+2h-i is a multiple of eleven. Eight digits have an implied zero."""
    if len(digits) not in (8, 9) or not digits.isdecimal():
        return False
    numbers = [int(digit) for digit in digits.rjust(9, "0")]
    weighed = sum(weight * number for weight, number in zip(range(9, 1, -1), numbers, strict=False))
    return any(numbers) and (weighed - numbers[8]) % 11 == 0


# --- what the contract has --------------------------------------------------------------------------------------


def _fields(annotation: Any) -> Iterator[tuple[str, bool]]:  # noqa: ANN401  a typing form has no type
    """Names of all fields in and below a model, each with whether it holds a moment."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            yield name, _holds_moment(field.annotation)
            yield from _fields(field.annotation)
    else:
        for part in get_args(annotation):
            yield from _fields(part)


def _holds_moment(annotation: Any) -> bool:  # noqa: ANN401
    return annotation is Instant or any(_holds_moment(part) for part in get_args(annotation))


def _holds(annotation: Any) -> set[Any]:  # noqa: ANN401
    """What a field may hold; of a list that it is one, unless it has only words of ours."""
    parts = get_args(annotation)
    if get_origin(annotation) is tuple:
        return inside if _is_harmless(inside := _holds(parts[0])) else {tuple}
    if get_origin(annotation) is Annotated:
        parts = parts[:1]
    return set().union(*map(_holds, parts)) if parts else {annotation}


def _is_harmless(held: set[Any]) -> bool:
    """Words of ours, and counts."""
    return all(issubclass(each, StrEnum | int | NoneType) for each in held)


class _Places(NamedTuple):
    """Of a kind of event, getters of many fields at once.

    `rare` is looked at closely when there is any of it. `filled_in` are, of each part, the fields that its sender gave.
    """

    codes: Callable[[Event], tuple[str | None, ...]]
    moments: Callable[[Event], tuple[datetime | None, ...]]
    rare: Callable[[Event], tuple[object, ...]]
    filled_in: Callable[[Event], tuple[set[str], ...]]


def _places_of(data: type[BaseModel]) -> _Places:
    """Without what is harmless. A trace has its form by the contract, and hides nothing in it."""
    codes, moments = ["id", "source", "subject", "dataschema", "region"], ["time"]
    rare, filled_in = list[str](), ["__pydantic_fields_set__"]
    below: list[tuple[str, type[BaseModel]]] = [("data.", data)]
    while below:
        place, model = below.pop()
        filled_in.append(f"{place}__pydantic_fields_set__")
        for name, field in model.model_fields.items():
            held = _holds(field.annotation)
            if held <= {str, NoneType}:
                codes.append(place + name)
            elif held <= {Instant, NoneType}:
                moments.append(place + name)
            elif len(held) == 1 and issubclass(only := next(iter(held)), BaseModel):
                below.append((f"{place}{name}.", only))
            elif not _is_harmless(held):
                rare.append(place + name)
    return _Places(*map(_together, (codes, moments, rare, filled_in)))


def _together(places: list[str]) -> Callable[[Event], tuple[Any, ...]]:
    """All of them as a tuple, which `attrgetter` gives of two or more."""
    if len(places) > 1:
        return attrgetter(*places)
    return lambda event: tuple(attrgetter(place)(event) for place in places)


_FIELDS = dict(
    field
    for model in (Event, *(kind.data for kind in EVENTS if kind.topic is not Topic.LOG))
    for field in _fields(model)
)
_DECLARED = frozenset(_FIELDS)
#: Names of fields that hold moments; none of them holds anything else elsewhere.
MOMENTS = frozenset(name for name, holds_moment in _FIELDS.items() if holds_moment)

_PLACES = {kind.data: _places_of(kind.data) for kind in EVENTS if kind.topic is not Topic.LOG}

_SPEAKABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")
_CODE = r"[A-Za-z0-9][A-Za-z0-9._:+/#-]{0,199}"
_CODED = re.compile(_CODE)
#: Lines of them.
_CODES = re.compile(rf"{_CODE}(?:\n{_CODE})*")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:[Zz]|[+-]\d\d:?\d\d)?)?", re.ASCII)
_TRACE = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_UUID = re.compile(r"(?i)(?<![0-9a-z])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![0-9a-z])")

# --- field names ------------------------------------------------------------------------------------------------

#: Each word of a key, and the key without its separators, is held against these; e-mail before address.
_FIELD_NAMES: tuple[tuple[RefusalCode, re.Pattern[str]], ...] = tuple(
    (code, re.compile(words))
    for code, words in (
        (RefusalCode.IDENTIFIES_BSN, r".*bsn(?:nummer|nr)?|burgerservicenummer|sofi(?:nummer|nr)?|ssn|.*servicenumber"),
        (RefusalCode.IDENTIFIES_BIRTH_DATE, r".*geboorte.*|.*birth.*|dob|geb|gebdat(?:um)?"),
        (RefusalCode.IDENTIFIES_PHONE, r".*telefoon.*|.*phone.*|tel|telnr|mobiel.*|mobile.*|gsm|telecom|fax"),
        (RefusalCode.IDENTIFIES_EMAIL, r".*e?mail(?:s|adres|address)?"),
        (
            RefusalCode.IDENTIFIES_ADDRESS,
            (
                r".*adres(?:sen)?|.*address(?:es)?|.*straat(?:naam)?|street|huis(?:nummer|nr)|house(?:number|nr)"
                r"|postcode|postal.*|zip(?:code)?|woonplaats"
            ),
        ),
        (
            RefusalCode.IDENTIFIES_NAME,
            r".*na(?:am|men)|.*names?|voorletters?|initial(?:s|en)|tussenvoegsels?|family|given",
        ),
    )
)
_WORDS = re.compile(r"[^\W\d_a-z]+(?![a-z])|[^\W\d_]?[^\W\d_A-Z]+")


def _code_of_name(key: str) -> RefusalCode | None:
    if len(key) > 80:
        return None
    words = {word.lower() for word in _WORDS.findall(key)} | {"".join(re.findall(r"[^\W\d_]+", key)).lower()}
    return next((code for code, names in _FIELD_NAMES if any(names.fullmatch(word) for word in words)), None)


# --- patterns ---------------------------------------------------------------------------------------------------

_MONTH = r"(?:0?[1-9]|1[0-2])"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH_NAME = (
    r"(?:jan(?:uari|uary)?|feb(?:ruari|ruary)?|m(?:aa)?rt|maart|march|apr(?:il)?|mei|may|jun[ie]?|jul[iy]?|aug(?:ustus|ust)?"
    r"|sep(?:t|tember)?|o[kc]t(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_INFIX = r"(?:(?:van|de|der|den|ten|ter|te|het|'t|op|in|el|al|la|le|von|du|di|bin|ben)\s+){0,3}"
_CAPITAL = r"[A-ZÀ-Þ][^\W\d_]*"
#: After a title anything is a name, save what a sentence goes on with.
_NO_NAME = (
    r"(?!(?:is|was|heeft|had|wil|wilde|kan|kon|moet|mag|valt|viel|gaat|ging|komt|kwam|ligt|zit|woont|belt|belde|en|of"
    r"|met|uit|die|dat|wordt|werd|niet|geen|ook|nog|naar|voor|bij|aan|zal|zou|krijgt)\b)"
)
#: Two letters after four digits that are words, not a postcode; SA, SD and SS were never given out.
_NO_POSTCODE = r"(?!(?:om|in|is|en|op|te|de|er|ze|we|je|ik|of|al|zo|nu|na|bv|km|kg|mg|ml|cc|pm|am|sa|sd|ss)\b)"
_STREET = (
    r"(?:straat|str\.|laan|weg|plein|kade|gracht|singel|dijk|hof|steeg|pad|dreef|plantsoen|markt|haven|burg|wal|park"
    r"|ring|boulevard|allee|baan|dam|eind|veld|hoek|kamp|horst|oord|street|road|avenue|lane)"
)
_GAP = r"[\s.\-\u2013/()]{0,3}"


def _compile(*rows: tuple[RefusalCode, str]) -> tuple[tuple[RefusalCode, re.Pattern[str]], ...]:
    return tuple((code, re.compile(pattern)) for code, pattern in rows)


#: All bounded, and none starts with what may repeat: linear in the length of the text.
_FREE = _compile(
    (RefusalCode.IDENTIFIES_PHONE, rf"(?<!\d)(?:(?:\+|00){_GAP}31{_GAP}0?|0){_GAP}[1-9](?:{_GAP}\d){{8}}(?!\d)"),
    (RefusalCode.IDENTIFIES_PHONE, r"(?<!\w)\+[1-9](?:[\s.\-/()]{0,2}\d){7,14}(?!\d)"),
    (RefusalCode.IDENTIFIES_BIRTH_DATE, rf"(?<!\d){_DAY}\s?[-/. ]\s?{_MONTH}\s?[-/. ]\s?(?:18|19|20)\d\d(?!\d)"),
    (RefusalCode.IDENTIFIES_BIRTH_DATE, rf"(?<![\d.,/-]){_DAY}([-/]){_MONTH}\1\d\d(?![\d/-])"),
    (RefusalCode.IDENTIFIES_BIRTH_DATE, rf"(?<!\d)(?:18|19|20)\d\d[-/. ]{_MONTH}[-/. ]{_DAY}(?!\d)"),
    (RefusalCode.IDENTIFIES_BIRTH_DATE, r"(?<!\d)(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)"),
    (
        RefusalCode.IDENTIFIES_BIRTH_DATE,
        rf"(?i)(?<!\d){_DAY}[\s.-]{{1,2}}{_MONTH_NAME}[\s.'-]{{1,3}}(?:\d{{4}}|\d\d)(?!\d)",
    ),
    (
        RefusalCode.IDENTIFIES_BIRTH_DATE,
        r"(?i)(?<![^\W\d_])(?:geb(?:oren|oortedatum|dat)?|born|dob)\b[^\d\n]{0,20}\d{1,4}",
    ),
    (RefusalCode.IDENTIFIES_ADDRESS, rf"(?<!\d)[1-9]\d{{3}}\s?(?i:{_NO_POSTCODE}[a-z]{{2}})(?![^\W_])"),
    (
        RefusalCode.IDENTIFIES_ADDRESS,
        rf"(?i)(?<![^\W\d_])[^\W\d_]{{0,40}}{_STREET}\s{{1,3}}(?:nr\.?\s?)?\d{{1,5}}(?!\d)",
    ),
    (
        RefusalCode.IDENTIFIES_NAME,
        (
            r"(?i)(?<!\w)(?:dhr|mevr|mw|mej|hr|drs|mr|mrs)(?:\.\s?|\s+)"
            rf"{_INFIX}(?:[a-z]\.\s?){{0,4}}{_INFIX}{_NO_NAME}[^\W\d_]+"
        ),
    ),
    (
        RefusalCode.IDENTIFIES_NAME,
        (
            r"(?<!\w)(?i:de\s+heer|mevrouw|meneer|mijnheer|pati[eë]nte?|cli[eë]nte?)\s+"
            rf"(?:[A-Z]\.\s?){{0,4}}{_INFIX}{_CAPITAL}"
        ),
    ),
    (RefusalCode.IDENTIFIES_NAME, r"(?i)(?<![^\W\d_])[^\W\d_]{0,12}na(?:am|me)\s{0,3}[:=]\s{0,3}\S{1,80}"),
    (RefusalCode.IDENTIFIES_NAME, rf"(?<![\w.])(?:[A-Z]\.\s?){{1,5}}{_INFIX}{_CAPITAL}"),
    (
        RefusalCode.IDENTIFIES_EMAIL,
        r"[^\s@<>,;:]{1,64}\s?(?:@|[\[(](?:at|apenstaartje)[\])])\s?[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}",
    ),
)

_START, _END = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
#: What stands before a number: a letter glued to it hides nothing.
_GLUED = rf"{_START}[A-Za-z]*"
#: Conventional spellings only: five digits, a dash and four digits are two numbers of an ordinary identifier.
_CODED_PATTERNS = _compile(
    (
        RefusalCode.IDENTIFIES_PHONE,
        rf"{_GLUED}(?:0[1-9]\d{{8}}|06-\d{{8}}|0\d\d-\d{{7}}|0\d{{3}}-\d{{6}}|(?:\+|00)31-?\d{{9}}){_END}",
    ),
    (RefusalCode.IDENTIFIES_BIRTH_DATE, rf"{_GLUED}19\d\d([-.]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01]){_END}"),
    (RefusalCode.IDENTIFIES_BIRTH_DATE, rf"{_GLUED}(?:0[1-9]|[12]\d|3[01])([-.]?)(?:0[1-9]|1[0-2])\1(?:19)\d\d{_END}"),
    (RefusalCode.IDENTIFIES_ADDRESS, r"^[1-9]\d{3}[A-Z]{2}(?:-?\d{1,4}[A-Za-z]?)?$"),
    (RefusalCode.IDENTIFIES_NAME, rf"(?i){_START}(?:dhr|mevr|mevrouw|meneer|de-heer)[-._]+[a-z]{{2,}}"),
)
_CODED_BSN = re.compile(
    r"(?<![0-9A-Za-z])[A-Za-z]*(\d{9}|\d{3}([.-])\d{3}\2\d{3}|\d{4}([.-])\d\d\3\d{3})(?![0-9A-Za-z])"
)
#: Each of the patterns above, and a number dressed up as a UUID, has digits together in one of these forms, or one of
#: the words that `_may_hide` looks for: a code without any hides nothing. What stands around it, the patterns see.
_DIGITS_TOGETHER = re.compile(r"\d(?:[\d.-]{6,}\d|\d{3}[A-Z]{2})", re.ASCII)
_SUSPECT_DIGITS = re.compile(
    r"(?<!\d)(?:\d{9}|\d{3}[-.]\d{3}[-.]\d{3}|\d{4}[-.]\d\d[-.]\d{3}|000\d{9}"
    r"|0\d{9}|0\d{1,3}-\d{6,8}|(?:00)?31-?\d{9}|19\d\d[-.]?\d\d[-.]?\d\d|\d\d[-.]?\d\d[-.]?19\d\d)(?!\d)"
    r"|[A-Z]",
    re.ASCII,
)
#: A number below has fewer digits than a citizen service number without its leading zero.
_BSN_MIN = 10_000_000

#: A moment may be written as seconds since 1970: nine digits, and those of a telephone number, are long ago as such.
_MOMENTS_FROM = 2020

_DIGITS = re.compile(r"\d+")
_BETWEEN = re.compile(r"[\W_]{1,3}")
#: How eight digits are spelled that lost their leading zero.
_EIGHT = ((8,), (2, 3, 3), (3, 2, 3))
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT(?!00:00)\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?")


def _in_text(text: str, *, key: str | None) -> list[tuple[RefusalCode, Span]]:
    if key in MOMENTS and _MOMENT.fullmatch(text):
        return []
    if key in _DECLARED and _CODED.fullmatch(text):
        return _in_code(masked(text, key=key))
    return _in_free_text(text)


def _may_hide(codes: str) -> bool:
    """One look for most codes, and for lines of them."""
    numbers = _DIGITS_TOGETHER.findall(codes)
    if numbers and _SUSPECT_DIGITS.search("\n".join(numbers)):
        return True
    lowered = codes.lower()
    return "dhr" in lowered or "mevr" in lowered or "meneer" in lowered or "heer" in lowered


def _in_code(text: str) -> list[tuple[RefusalCode, Span]]:
    if not _may_hide(text) or _TRACE.fullmatch(text):
        return []
    hidden = [_in_uuid(match) for match in _UUID.finditer(text)]
    text = _UUID.sub(_mask, text)
    numbers = [
        (RefusalCode.IDENTIFIES_BSN, match.span(1))
        for match in _CODED_BSN.finditer(text)
        if is_bsn(re.sub(r"\D", "", match[1]))
    ]
    others = [(code, match.span()) for code, pattern in _CODED_PATTERNS for match in pattern.finditer(text)]
    return [*(found for found in hidden if found), *numbers, *others]


def _in_free_text(text: str) -> list[tuple[RefusalCode, Span]]:
    text = text[:TEXT_LOOKED_AT]
    if text.isalpha() and text.isascii() and " " not in text:
        return []
    hidden = [_in_uuid(match) for match in _UUID.finditer(text)]
    text = _INSTANT.sub(_mask, _UUID.sub(_mask, text))
    numbers = [(RefusalCode.IDENTIFIES_BSN, span) for span in _bsn_spans(text)]
    others = [
        (code, match.span())
        for code, pattern in _FREE
        if code is not RefusalCode.IDENTIFIES_EMAIL or "@" in text or "at" in text or "apen" in text
        for match in pattern.finditer(text)
    ]
    return [*(found for found in hidden if found), *numbers, *others]


def _mask(match: re.Match[str]) -> str:
    return "x" * len(match[0])


def _in_uuid(match: re.Match[str]) -> tuple[RefusalCode, Span] | None:
    """A number padded with zeros to the shape of a UUID is still that number."""
    bare = match[0].replace("-", "").lstrip("0")
    return (RefusalCode.IDENTIFIES_BSN, match.span()) if is_bsn(bare) else None


def _bsn_spans(text: str) -> Iterator[Span]:
    """Nine digits in groups, whatever stands between the groups (at most three characters, none a letter)."""
    groups = list(_DIGITS.finditer(text))
    for first in range(len(groups)):
        sizes: list[int] = []
        for last in range(first, min(first + 9, len(groups))):
            if last > first and not _BETWEEN.fullmatch(text, groups[last - 1].end(), groups[last].start()):
                break
            sizes.append(len(groups[last][0]))
            if sum(sizes) > 9:
                break
            if sum(sizes) == 9 or tuple(sizes) in _EIGHT:
                digits = "".join(group[0] for group in groups[first : last + 1])
                if is_bsn(digits):
                    yield groups[first].start(), groups[last].end()


# --- walking ----------------------------------------------------------------------------------------------------


def _walk(value: object, path: str, *, key: str | None, looks: Iterator[int]) -> Iterator[Finding]:
    if isinstance(value, dict):
        for name, held in value.items():
            yield from _walk_field(name, held, path, looks=looks)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, step(path, index), key=key, looks=looks)
    elif isinstance(value, str):
        if key not in _DECLARED or not _CODED.fullmatch(value):
            _look(looks)
        for code, span in _in_text(value, key=key):
            yield Finding(path, code, span)
    elif _is_number(value) and _number_is_bsn(value):
        yield Finding(path, RefusalCode.IDENTIFIES_BSN, None)


def _walk_field(name: str, held: object, path: str, *, looks: Iterator[int]) -> Iterator[Finding]:
    below = step(path, name)
    if name not in _DECLARED:
        _look(looks)
        for code, span in _in_free_text(name):
            yield Finding(below, code, span, in_key=True)
        told = _code_of_name(name)
        if told is not None:
            yield Finding(below, told, None)
            return
    yield from _walk(held, below, key=name, looks=looks)


def _look(looks: Iterator[int]) -> None:
    """Takes one of the looks that are left."""
    if next(looks, None) is None:
        raise StrangeError


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number_is_bsn(value: Any) -> bool:  # noqa: ANN401
    return 0 <= value < 1e9 and value == int(value) and is_bsn(str(int(value)))


def _redact(value: object, *, key: str | None) -> object:
    if isinstance(value, dict):
        return _redact_object(value)
    if isinstance(value, list):
        return [_redact(item, key=key) for item in value]
    if isinstance(value, str):
        return _redact_text(value, key=key)
    if _is_number(value):
        plain = key in _DECLARED and isinstance(value, int) and abs(value) <= NUMBER_MAX
        return value if plain else "[number, not shown]"
    return value


def _redact_object(value: dict[str, Any]) -> dict[str, object]:
    kept: dict[str, object] = {}
    for place, (name, held) in enumerate(value.items(), start=1):
        shown = name if speakable(name) else f"[field {place}]"
        gives_away = name not in _DECLARED and _code_of_name(name) is not None
        kept[shown] = "[not shown]" if gives_away else _redact(held, key=name)
    return kept


def _redact_text(text: str, *, key: str | None) -> str:
    """A code in a field of ours, with what it hides blanked; anything else only by its length."""
    coded = key in _DECLARED and (_CODED.fullmatch(text) or (key in MOMENTS and _MOMENT.fullmatch(text)))
    if not coded:
        return f"[{len(text)} characters, not shown]"
    for _code, (start, end) in _in_text(text, key=key):
        text = text[:start] + "*" * (end - start) + text[end:]
    return text
