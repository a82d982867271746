"""Dutch sentences about the course of a request beside its places: own try, moment of need, label, visit."""

from collections.abc import Callable
from typing import Any, Final

from spoedplein.wording.terms import Here, clock, span
from spoedplein_schemas import request_decisions
from spoedplein_schemas.home_care import VisitOutcome, VisitRecorded
from spoedplein_schemas.request_decisions import TryEnd
from spoedplein_schemas.vocabulary import Frozen

TRY_END: Final = {
    TryEnd.FOUND: "gevonden",
    TryEnd.ABANDONED: "niet gelukt",
    TryEnd.EXPIRED: "tijd voorbij",
    TryEnd.HANDED_OVER: "regie overgedragen",
    TryEnd.CANCELLED: "aanvraag ingetrokken",
}
VISIT: Final = {
    VisitOutcome.INDEPENDENT: "zonder dokter",
    VisitOutcome.DOCTOR_CONSULTED: "dokter dacht mee",
    VisitOutcome.DOCTOR_CAME: "dokter kwam erbij",
    VisitOutcome.SENT_ON: "doorgestuurd",
    VisitOutcome.NOT_SEEN: "niemand gezien",
}
#: What somebody said that was refused, by the name that the refusal has for it.
COMMAND: Final = {
    "PlacementRequested": "aanvraag",
    "FirstTryAbandoned": "einde van de eigen poging",
    "OfferAccepted": "toezegging",
    "OfferDeclined": "afwijzing",
    "PatientAdmitted": "opname",
    "LateRejected": "late afwijzing",
    "RequestCancelled": "intrekking",
    "LabelDecided": "label",
    "VisitEnded": "einde van het bezoek",
    "OwnershipHandedOver": "overdracht van de regie",
    "PlacementOverridden": "keuze van de professional",
    "TransferAsked": "vraag aan een buurregio",
    "TransferAnswered": "antwoord van een buurregio",
    "TransferConfirmed": "bevestiging aan een buurregio",
    "TransferWithdrawn": "intrekking bij een buurregio",
    "ProposalConfirmed": "bevestiging van het voorstel",
    "ProposalRejected": "afwijzing van het voorstel",
    "ConsultAsked": "vraag om meedenkadvies",
    "ConsultAnswered": "meedenkadvies",
    "ConsultCancelled": "intrekking van het meedenkadvies",
    "agreements.adopted": "invoeren van afspraken",
}


def _try_begun(data: request_decisions.FirstTryBegun, here: Here) -> str:
    return f"{data.request}: {data.owner} zoekt eerst zelf, tot {clock(data.until, here)}; daarna {data.then}"


def _try_ended(data: request_decisions.FirstTryEnded, _here: Here) -> str:
    return f"{data.request}: eigen poging voorbij ({TRY_END[data.end]}), regie bij {data.owner}"


def _needed_soon(data: request_decisions.NeededByNear, here: Here) -> str:
    return f"{data.request}: nodig voor {clock(data.needed_by, here)} en nog geen plek, {data.owner} moet kijken"


def _needed_missed(data: request_decisions.NeededByMissed, here: Here) -> str:
    return f"{data.request}: was nodig voor {clock(data.needed_by, here)} en heeft geen plek; zoeken gaat door"


def _label_due(data: request_decisions.LabelDue, here: Here) -> str:
    again = "laatste keer" if data.review_at is None else f"opnieuw {clock(data.review_at, here)}"
    return f"{data.request}: verblijf in {data.unit} heeft nog geen label, {data.owner} moet kijken ({again})"


def _flow_on(data: request_decisions.FlowOnLinked, _here: Here) -> str:
    where = f" in {data.unit}" if data.unit else ""
    return f"{data.request}: vervolg op verblijf {data.follows}{where}{f' ({data.label})' if data.label else ''}"


def _visit(data: VisitRecorded, _here: Here) -> str:
    path = f", zorgpad {data.care_path}" if data.care_path else ""
    was = f" (eerst gemeld: {VISIT[data.corrects]})" if data.corrects else ""
    how = f"{VISIT[data.outcome]}{path}{was}"
    return f"{data.request}: bezoek van {data.unit} klaar na {span(data.lasted_seconds)}, {how}"


SENTENCES: Final[dict[type[Frozen], Callable[[Any, Here], str]]] = {
    request_decisions.FirstTryBegun: _try_begun,
    request_decisions.FirstTryEnded: _try_ended,
    request_decisions.NeededByNear: _needed_soon,
    request_decisions.NeededByMissed: _needed_missed,
    request_decisions.LabelDue: _label_due,
    request_decisions.FlowOnLinked: _flow_on,
    VisitRecorded: _visit,
}
