"""The words of a refusal. Never the value that was sent: only what the contract and the agreements say of its place."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final

from pydantic import ValidationError

from spoedplein.domain import privacy
from spoedplein_schemas.dead_letters import Fault, RefusalCode
from spoedplein_schemas.vocabulary import URGENCY_CODES

TEXT_MAX: Final = 400
#: A sender mends the first faults first; more would only hide them.
FAULTS_MAX: Final = 20
#: Of the contract: several of them may be one fault, where a key may not be said.
_ERRORS_MAX: Final = 10 * FAULTS_MAX
_IN_CONTRACT: Final = "the JSON Schema of this type says what belongs here"

#: By pydantic's word for the error: what is wrong, and the mend. Braces take pydantic's own context.
_CONTRACT: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("is missing", f"add it; {_IN_CONTRACT}"),
    "extra_forbidden": ("is no field of this type", "leave it out: what the contract does not name is not taken"),
    "enum": ("is not one of {expected}", "send one of these, or have your code mapped in the region's agreements"),
    "literal_error": ("is not {expected}", "send exactly that"),
    "string_type": ("is not text", "write it between quotes"),
    "string_pattern_mismatch": ("does not have the form {pattern}", f"write it in that form; {_IN_CONTRACT}"),
    "string_too_short": ("has fewer than {min_length} characters", "fill it, or leave the field out where it may be"),
    "string_too_long": ("has more than {max_length} characters", "send a code, not a text"),
    "int_type": ("is not a whole number", "write a JSON number without quotes and without a fraction"),
    "int_from_float": ("is not a whole number", "write a JSON number without a fraction"),
    "int_parsing_size": ("is too large a number", "send a count"),
    "greater_than_equal": ("is below {ge}", "send a number within the bounds of the contract"),
    "less_than_equal": ("is above {le}", "send a number within the bounds of the contract"),
    "bool_type": ("is not true or false", "write true or false without quotes"),
    "tuple_type": ("is not a list", "write it between square brackets"),
    "too_short": ("has fewer than {min_length} items", "add what is meant"),
    "model_type": ("is not an object", "write it between braces"),
    "model_attributes_type": ("is not an object", "write it between braces"),
    "timezone_aware": ("has no time zone", "end it with Z or an offset, as in 2026-01-10T23:40:00+01:00"),
}
_MOMENT: Final = ("is not a moment", "write date, time and time zone as in 2026-01-10T23:40:00+01:00")

_IDENTIFIES: Final[Mapping[RefusalCode, tuple[str, str]]] = {
    RefusalCode.IDENTIFIES_BSN: (
        "a number that passes the test for citizen service numbers (BSN)",
        "send a pseudonym that only you can trace, such as c-7f3a9e21: no run of nine digits",
    ),
    RefusalCode.IDENTIFIES_NAME: ("a person's name, or a field for one", "leave it out: no message needs a name"),
    RefusalCode.IDENTIFIES_BIRTH_DATE: (
        "what reads as a birth date, or a field for one",
        "send `age_band`; moments belong in the fields for them, with time and time zone",
    ),
    RefusalCode.IDENTIFIES_PHONE: ("what reads as a telephone number, or a field for one", "leave it out"),
    RefusalCode.IDENTIFIES_ADDRESS: (
        "what reads as an address, or a field for one",
        "send `area`: the first four positions of the postcode, without letters",
    ),
    RefusalCode.IDENTIFIES_EMAIL: ("what reads as an e-mail address, or a field for one", "leave it out"),
}


def fault(path: str, code: RefusalCode, message: str, *, mend: str) -> Fault:
    return Fault(path=path, code=code, message=_within(message), mend=_within(mend))


def of_privacy(found: Iterable[privacy.Finding]) -> list[Fault]:
    """One fault per place and code, however often it was found there. No further than the last that is told."""
    places: dict[tuple[str, RefusalCode, bool], None] = {}
    try:
        for finding in found:
            places[finding.path, finding.code, finding.in_key] = None
            if len(places) == FAULTS_MAX:
                break
    except privacy.StrangeError:
        if not places:
            return [_strange()]
    return [
        fault(path, code, f"{'the name of a field here' if in_key else 'this'} holds {what}", mend=mend)
        for path, code, in_key in places
        for what, mend in (_IDENTIFIES[code],)
    ]


def of_moment(path: str) -> Fault:
    """Text that is read as a moment, and is not written as one."""
    message, mend = _MOMENT
    return fault(path, _code_at(path), message, mend=mend)


def of_contract(error: ValidationError) -> list[Fault]:
    """Faults below `data` are of the schema; those of an attribute are of the envelope."""
    return [_of_error(dict(each)) for each in islice(error.errors(include_url=False), _ERRORS_MAX)]


def _strange() -> Fault:
    return fault(
        "$",
        RefusalCode.SCHEMA,
        f"has more than {privacy.STRANGE_MAX} fields and texts that are nothing of the contract",
        mend="send one fact per message, with the fields of its type and no others",
    )


def known(codes: Iterable[str]) -> str:
    return ", ".join(codes) or "none"


def _of_error(error: Mapping[str, Any]) -> Fault:
    loc = (*error["loc"], *_place_in_urgency(error))
    path = "$"
    for part in loc:
        path = privacy.step(path, part)
    message, mend = _words(error)
    return fault(path, _code_at(path), message, mend=mend)


def _code_at(path: str) -> RefusalCode:
    return RefusalCode.SCHEMA if path.startswith(("$.data.", "$.data[")) else RefusalCode.ENVELOPE


def _words(error: Mapping[str, Any]) -> tuple[str, str]:
    kind = str(error["type"])
    if kind == "value_error":
        return _urgency_words(error["input"])
    if kind.startswith("datetime"):
        return _MOMENT
    if kind in _CONTRACT:
        message, mend = _CONTRACT[kind]
        return message.format_map(error.get("ctx", {})), mend
    return f"does not fit the contract ({kind.replace('_', ' ')})", _IN_CONTRACT


def _place_in_urgency(error: Mapping[str, Any]) -> tuple[str, ...]:
    """An urgency is checked as a whole: say which of its two codes is the odd one."""
    sent = error["input"]
    if error["type"] != "value_error" or not isinstance(sent, dict):
        return ()
    return ("proposed_code",) if sent.get("code") in _codes_of(sent) else ("code",)


def _urgency_words(sent: object) -> tuple[str, str]:
    codes = known(_codes_of(sent))
    return f"is no code of this urgency system, which knows {codes}", "send the code as the professional assigned it"


def _codes_of(sent: object) -> tuple[str, ...]:
    system = sent.get("system") if isinstance(sent, dict) else None
    return next((codes for name, codes in URGENCY_CODES.items() if name.value == system), ())


def _within(text: str) -> str:
    return text if len(text) <= TEXT_MAX else f"{text[: TEXT_MAX - 4]} ..."
