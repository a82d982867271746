"""English sentences about regions together."""

from collections.abc import Callable
from typing import Any, Final

from spoedplein.wording.english_terms import plain
from spoedplein.wording.terms import Here, clock
from spoedplein_schemas import transfer
from spoedplein_schemas.vocabulary import Frozen

_Told = transfer.TransferAsked | transfer.TransferWithdrawn | transfer.TransferConfirmed | transfer.TransferAnswered


def _asked(data: transfer.TransferAsked, here: Here) -> str:
    by = clock(data.answer_by, here)
    if data.by is None:
        return f"{data.request}: asked of neighbouring region {data.to_region} ({data.transfer}), answer by {by}"
    whom = f"{data.to_region} ({data.transfer})"
    return f"{data.request}: {data.owner} asks neighbouring region {whom}{_reach(data)}, answer to be entered by {by}"


def _withdrawn(data: transfer.TransferWithdrawn, _here: Here) -> str:
    return f"{data.request}: {data.to_region} is not needed any more ({plain(data.reason)}){_reach(data)}"


def _confirmed(data: transfer.TransferConfirmed, here: Here) -> str:
    by, to = clock(data.admit_by, here), f"{data.unit} in {data.to_region}"
    return f"{data.request}: to {to}, admission by {by}; regie stays with {data.owner}{_reach(data)}"


def _answered(data: transfer.TransferAnswered, _here: Here) -> str:
    at = f" in {data.unit}" if data.unit else ""
    why = f" ({plain(data.reason)})" if data.reason else ""
    return f"{data.transfer}: answer to {data.from_region}: {plain(data.outcome)}{at}{why}{_reach(data)}"


def _reach(data: _Told) -> str:
    """What somebody has to do, because nothing travels by itself."""
    if data.by is None:
        return ""
    return f"; by {plain(data.by)}{f': {data.contact}' if data.contact else ''}"


def _guest_expected(data: transfer.GuestExpected, _here: Here) -> str:
    return f"{data.transfer}: a patient of {data.from_region} comes to {data.unit}, regie with {data.owner}"


def _bridging_sought(data: transfer.BridgingSought, here: Here) -> str:
    by, care = clock(data.review_at, here), ", ".join(data.care_types)
    return f"{data.request}: bridging care sought ({care}); the request stays open, again at {by}"


def _bridging_started(data: transfer.BridgingStarted, _here: Here) -> str:
    return f"{data.request}: bridging care in {data.unit}; the request stays open with {data.owner}"


def _bridging_ended(data: transfer.BridgingEnded, _here: Here) -> str:
    at = f" in {data.unit}" if data.unit else ""
    return f"{data.request}: bridging care{at} is over ({plain(data.end)})"


SENTENCES: Final[dict[type[Frozen], Callable[[Any, Here], str]]] = {
    transfer.TransferAsked: _asked,
    transfer.TransferWithdrawn: _withdrawn,
    transfer.TransferConfirmed: _confirmed,
    transfer.TransferAnswered: _answered,
    transfer.GuestExpected: _guest_expected,
    transfer.BridgingSought: _bridging_sought,
    transfer.BridgingStarted: _bridging_started,
    transfer.BridgingEnded: _bridging_ended,
}
