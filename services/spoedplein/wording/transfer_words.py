"""Dutch words about regions together: who is asked, what is told, whom the owner calls, and care in the meantime."""

from collections.abc import Callable
from typing import Any, Final

from spoedplein.wording.terms import Here, clock
from spoedplein_schemas import transfer
from spoedplein_schemas.neighbours import AskedBy
from spoedplein_schemas.placement import TransferOutcome, TransferReason
from spoedplein_schemas.transfer import BridgingEnd
from spoedplein_schemas.vocabulary import Frozen

TRANSFER: Final = {
    TransferReason.NOTHING_FITS: "niets past nu",
    TransferReason.NOT_AGREED: "niet afgesproken",
    TransferReason.TOO_LATE: "de tijd is om",
    TransferReason.SILENCE: "geen antwoord",
    TransferReason.PLACED: "geplaatst",
    TransferReason.CANCELLED: "ingetrokken",
    TransferReason.TAKEN_BACK: "toezegging ingetrokken",
}
TRANSFER_OUTCOME: Final = {
    TransferOutcome.NONE: "geen plek",
    TransferOutcome.ACCEPTED: "plek",
    TransferOutcome.RELEASED: "toch geen plek",
    TransferOutcome.ADMITTED: "opgenomen",
}
BRIDGING_END: Final = {
    BridgingEnd.PLACED: "er is een plek",
    BridgingEnd.REQUEST_CANCELLED: "aanvraag ingetrokken",
    BridgingEnd.NOT_WANTED: "niet gewenst",
}
ASKED_BY: Final = {
    AskedBy.TELEPHONE: "bellen",
    AskedBy.OTHER_SYSTEM: "via een ander systeem",
}

_Told = transfer.TransferAsked | transfer.TransferWithdrawn | transfer.TransferConfirmed | transfer.TransferAnswered


def _asked(data: transfer.TransferAsked, here: Here) -> str:
    by = clock(data.answer_by, here)
    if data.by is None:
        return f"{data.request}: gevraagd aan buurregio {data.to_region} ({data.transfer}), antwoord voor {by}"
    where = f"{data.to_region} ({data.transfer})"
    return f"{data.request}: {data.owner} vraagt buurregio {where}{_reach(data)}, antwoord invoeren voor {by}"


def _withdrawn(data: transfer.TransferWithdrawn, _here: Here) -> str:
    return f"{data.request}: {data.to_region} hoeft niet meer ({TRANSFER[data.reason]}){_reach(data)}"


def _confirmed(data: transfer.TransferConfirmed, here: Here) -> str:
    by, where = clock(data.admit_by, here), f"{data.unit} in {data.to_region}"
    return f"{data.request}: naar {where}, opname voor {by}; regie blijft bij {data.owner}{_reach(data)}"


def _answered(data: transfer.TransferAnswered, _here: Here) -> str:
    where = f" in {data.unit}" if data.unit else ""
    why = f" ({TRANSFER[data.reason]})" if data.reason else ""
    outcome = f"{TRANSFER_OUTCOME[data.outcome]}{where}{why}"
    return f"{data.transfer}: antwoord aan {data.from_region}: {outcome}{_reach(data)}"


def _reach(data: _Told) -> str:
    """What somebody has to do, because nothing travels by itself: `; bellen: coördinatiepunt Drechtsteden`."""
    if data.by is None:
        return ""
    return f"; {ASKED_BY[data.by]}{f': {data.contact}' if data.contact else ''}"


def _guest_expected(data: transfer.GuestExpected, _here: Here) -> str:
    return f"{data.transfer}: patiënt uit {data.from_region} komt naar {data.unit}, regie bij {data.owner}"


def _bridging_sought(data: transfer.BridgingSought, here: Here) -> str:
    by, care = clock(data.review_at, here), ", ".join(data.care_types)
    return f"{data.request}: overbrugging gezocht ({care}); aanvraag blijft open, opnieuw om {by}"


def _bridging_started(data: transfer.BridgingStarted, _here: Here) -> str:
    return f"{data.request}: overbrugging in {data.unit}; aanvraag blijft open bij {data.owner}"


def _bridging_ended(data: transfer.BridgingEnded, _here: Here) -> str:
    where = f" in {data.unit}" if data.unit else ""
    return f"{data.request}: overbrugging{where} voorbij ({BRIDGING_END[data.end]})"


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
