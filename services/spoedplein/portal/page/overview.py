"""The region at a glance: what is free per care type with its age, what asks for attention, and where everything is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from spoedplein.portal.access import Action
from spoedplein.portal.api.asking import Asked
from spoedplein.portal.api.availability import FreeNow, free_now
from spoedplein.portal.api.units import UnitNow, units_now
from spoedplein_schemas.views import (
    AmbulanceBoard,
    EscalationBoard,
    OpenProposal,
    OpenRequest,
    RequestsBoard,
    RequestState,
    RoundsBoard,
    RoundView,
    SiteBoard,
)
from spoedplein_schemas.vocabulary import CareType, Measure, UnitStatus

#: These are shown by their boards.
_BY_BOARD: Final = (CareType.HAP,)
ROUNDS_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One care type: the sum, and its units as far as they may be seen. `tone` is how it looks."""

    care_type: CareType
    free: FreeNow
    units: list[UnitNow]
    tone: str

    @property
    def per_hour(self) -> bool:
        return self.free.measure is Measure.VISITS_PER_HOUR


def rows(asked: Asked) -> list[Row]:
    """In the order of the care types; sums over the region when it shares no finer."""
    units = units_now(asked.standing, asked.who)
    return [
        Row(each.care_type, each, [unit for unit in units if unit.care_type is each.care_type], _tone(each))
        for each in free_now(asked.standing, asked.who)
        if each.care_type not in _BY_BOARD
    ]


def _tone(free: FreeNow) -> str:
    """`unknown` before all else: a colour must not say more than we know."""
    if free.free is None:
        return "unknown"
    if free.free == 0:
        return "stop" if free.units_stop else "full"
    return "warning" if free.units_warning or free.units_stop or free.units_unknown else "free"


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that asks for somebody's eyes. `id` stays the same for as long as it is the same thing.

    `about` is the case or request that it names.
    """

    id: str
    kind: str
    text: str
    href: str
    at: datetime | None
    grave: bool = False
    about: str | None = None


def alerts(asked: Asked) -> list[Alert]:
    """The gravest first; nothing of persons but pseudonyms. None for who does not see the region's boards."""
    if not asked.oversees(Action.READ_BOARDS):
        return []
    base, live = f"/regio/{asked.region}", asked.standing.live
    found: list[Alert] = []
    for site in live.sites():
        found += _of_site(site, f"{base}/plein/{site.site}")
    board = live.board("requests")
    if isinstance(board, RequestsBoard) and asked.oversees(Action.READ_REQUESTS):
        for request in board.requests:
            found += _of_request(request, f"{base}/aanvragen/{request.request}", asked.standing.now)
    ambulances = live.board("ambulance")
    if isinstance(ambulances, AmbulanceBoard):
        found += [
            Alert(
                f"offload:{each.ride}",
                "alert-offload",
                _site(asked, each.site),
                f"{base}/plein/{each.site}",
                each.arrived_at,
            )
            for each in ambulances.overdue
        ]
    found += [
        Alert(
            f"proposal:{each.proposal}", "alert-proposal", _site(asked, each.site or asked.region), base, each.answer_by
        )
        for each in proposals(asked)
        if not each.confirmed
    ]
    found += [
        Alert(
            f"conflict:{view.unit}",
            "alert-conflict",
            _unit(asked, view.unit),
            f"{base}/zorg/{view.care_type}",
            view.observed_at,
        )
        for view in live.units()
        if view.conflict
    ]
    return sorted(found, key=lambda alert: not alert.grave)


def proposals(asked: Asked) -> tuple[OpenProposal, ...]:
    board = asked.standing.live.board("escalation")
    return board.proposals if asked.oversees(Action.READ_BOARDS) and isinstance(board, EscalationBoard) else ()


def rounds(asked: Asked) -> tuple[RoundView, ...]:
    """Questions to report now, the newest first; None for who does not see the region's boards."""
    board = asked.standing.live.board("rounds")
    return board.rounds[:ROUNDS_SHOWN] if asked.oversees(Action.READ_BOARDS) and isinstance(board, RoundsBoard) else ()


def silent(found: tuple[RoundView, ...]) -> frozenset[str]:
    """Units that were asked and may still answer in time."""
    return frozenset(unit for each in found if not each.closed for unit in each.outstanding)


def _site(asked: Asked, name: str) -> str:
    site = asked.standing.rules.sites.get(name)
    return site.name if site else name


def _unit(asked: Asked, name: str) -> str:
    unit = asked.standing.rules.units.get(name)
    return unit.name if unit else name


def _of_site(site: SiteBoard, href: str) -> Iterator[Alert]:
    for queue in site.queues:
        for case in queue.immediate:
            told = f"{case}, {site.site}"
            yield Alert(f"immediate:{case}", "alert-immediate", told, href, None, grave=True, about=case)
    if site.status is UnitStatus.STOP:
        yield Alert(f"stop:{site.site}", "alert-stop", f"SEH {site.site}", href, None)


def _of_request(request: OpenRequest, href: str, now: datetime) -> Iterator[Alert]:
    name = request.request
    if request.state is RequestState.WAITING:
        yield Alert(f"exhausted:{name}", "alert-exhausted", name, href, request.since, about=name)
    if request.needed_by is not None and request.state is not RequestState.ACCEPTED:
        grave = request.needed_by < now
        yield Alert(f"needed:{name}", "alert-needed", name, href, request.needed_by, grave=grave, about=name)
    elif request.next_deadline < now and request.state is RequestState.ACCEPTED:
        yield Alert(f"overdue:{name}", "alert-overdue", name, href, request.next_deadline, about=name)
