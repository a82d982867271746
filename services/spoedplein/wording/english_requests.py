"""English sentences about the course of a request beside its places."""

from collections.abc import Callable
from typing import Any, Final

from spoedplein.wording.english_terms import plain, span
from spoedplein.wording.terms import Here, clock
from spoedplein_schemas import request_decisions
from spoedplein_schemas.home_care import VisitRecorded
from spoedplein_schemas.vocabulary import Frozen


def _try_begun(data: request_decisions.FirstTryBegun, here: Here) -> str:
    return f"{data.request}: {data.owner} looks himself first, until {clock(data.until, here)}; then {data.then}"


def _try_ended(data: request_decisions.FirstTryEnded, _here: Here) -> str:
    return f"{data.request}: own first try over ({plain(data.end)}), regie with {data.owner}"


def _needed_soon(data: request_decisions.NeededByNear, here: Here) -> str:
    return f"{data.request}: needed by {clock(data.needed_by, here)} and no place yet, {data.owner} has to look"


def _needed_missed(data: request_decisions.NeededByMissed, here: Here) -> str:
    return f"{data.request}: was needed by {clock(data.needed_by, here)} and has no place; the search goes on"


def _label_due(data: request_decisions.LabelDue, here: Here) -> str:
    again = "last time" if data.review_at is None else f"again {clock(data.review_at, here)}"
    return f"{data.request}: the stay in {data.unit} has no label yet, {data.owner} has to look ({again})"


def _flow_on(data: request_decisions.FlowOnLinked, _here: Here) -> str:
    at = f" in {data.unit}" if data.unit else ""
    return f"{data.request}: follows on stay {data.follows}{at}{f' ({data.label})' if data.label else ''}"


def _visit(data: VisitRecorded, _here: Here) -> str:
    path = f", care path {data.care_path}" if data.care_path else ""
    was = f" (first reported: {plain(data.corrects)})" if data.corrects else ""
    how = f"{plain(data.outcome)}{path}{was}"
    return f"{data.request}: visit of {data.unit} done after {span(data.lasted_seconds)}, {how}"


SENTENCES: Final[dict[type[Frozen], Callable[[Any, Here], str]]] = {
    request_decisions.FirstTryBegun: _try_begun,
    request_decisions.FirstTryEnded: _try_ended,
    request_decisions.NeededByNear: _needed_soon,
    request_decisions.NeededByMissed: _needed_missed,
    request_decisions.LabelDue: _label_due,
    request_decisions.FlowOnLinked: _flow_on,
    VisitRecorded: _visit,
}
