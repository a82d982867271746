"""Acute home care after the placement: how each visit ended, and how many of the last days ended without a doctor.

Counted by day of the region and care path, so that the board forgets nobody in particular: there is nobody in it.
"""

from datetime import date, datetime, timedelta
from typing import Final

from spoedplein.domain.agreements import Rules
from spoedplein.domain.placement.book import Book
from spoedplein.domain.request import Request, VisitEnd
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas.decisions import Refusal
from spoedplein_schemas.home_care import (
    HomeCareCount,
    HomeCareRule,
    HomeCareVisits,
    VisitEnded,
    VisitOutcome,
    VisitRecorded,
)
from spoedplein_schemas.views import RequestState as State
from spoedplein_schemas.vocabulary import CareType, millis

#: The longest window that can be agreed.
DAYS_MAX: Final = 92

#: By day (`2026-01-10`), then care path (`""`: none), how many visits ended in each way.
Days = dict[str, dict[str, dict[VisitOutcome, int]]]


class HomeCare:
    def __init__(self, days: Days, *, book: Book, rules: Rules) -> None:
        self._days = days
        self._book = book
        self._rules = rules

    def ended(self, turn: Turn, data: VisitEnded, *, in_time: bool = True) -> None:
        """Of two words on one visit the later counts. Said before the nurse is there, it is kept a while."""
        request = self._book.known(turn, data, data.request)
        if request is None:
            return
        unit = self._rules.units.get(data.unit)
        if request.open and in_time:
            self._book.keep(turn, request.id, data)
        elif request.state is not State.ADMITTED:
            self._book.refuse(turn, data, request.id, Refusal.NOT_PLACED_THERE, detail="nobody came to him")
        elif request.unit != data.unit or unit is None or unit.care_type is not CareType.WIJKVERPLEGING:
            detail = f"cared for by: {request.unit}"[:200]
            self._book.refuse(turn, data, request.id, Refusal.NOT_PLACED_THERE, detail=detail)
        else:
            self._record(turn, request, data)

    def heed_early(self, turn: Turn, request: Request) -> None:
        assert request.unit is not None, "who is cared for is so by somebody"
        for data in self._book.came_early(request.id, request.unit, VisitEnded):
            self.ended(turn, data)

    def shown(self, *, now: int) -> HomeCareVisits | None:
        """What the region wants to see; nothing where it agreed on nothing."""
        agreed = self._rules.agreements.home_care if self._rules.agreements else None
        return None if agreed is None else self._shown(agreed, now=now)

    def _shown(self, agreed: HomeCareRule, *, now: int) -> HomeCareVisits:
        first = self._day(now) - timedelta(days=agreed.window_days - 1)
        paths: dict[str, dict[VisitOutcome, int]] = {}
        for day in (name for name in self._days if name >= first.isoformat()):
            for path, ends in self._days[day].items():
                for outcome, count in ends.items():
                    paths.setdefault(path, {})[outcome] = paths.get(path, {}).get(outcome, 0) + count
        counts = [_counted(path, paths[path]) for path in sorted(paths)]
        helped, independent = sum(each.helped for each in counts), sum(each.independent for each in counts)
        return HomeCareVisits(
            since=datetime(first.year, first.month, first.day, tzinfo=self._rules.zone),
            helped=helped,
            independent=independent,
            percent=100 * independent // helped if helped else None,
            agreed_percent=agreed.independent_percent,
            not_seen=sum(ends.get(VisitOutcome.NOT_SEEN, 0) for ends in paths.values()),
            care_paths=tuple(each for each in counts if each.helped),
        )

    def _record(self, turn: Turn, request: Request, data: VisitEnded) -> None:
        at, before = millis(data.ended_at), request.visit
        if before is not None and (at, data.outcome) <= (before.ended_at, before.outcome):
            return
        if before is not None:
            self._count(before, -1)
        request.visit = VisitEnd(at, data.outcome, data.care_path)
        self._count(request.visit, 1)
        oldest = (self._day(turn.now) - timedelta(days=DAYS_MAX)).isoformat()
        for day in [name for name in self._days if name < oldest]:
            del self._days[day]
        arrived = request.admitted_at if request.admitted_at is not None else at
        recorded = VisitRecorded(
            request=request.id,
            unit=data.unit,
            outcome=data.outcome,
            care_path=data.care_path,
            ended_at=data.ended_at,
            lasted_seconds=max(0, at - arrived) // 1000,
            corrects=None if before is None else before.outcome,
        )
        self._book.decide(turn, request, recorded)

    def _count(self, visit: VisitEnd, change: int) -> None:
        paths = self._days.setdefault(self._day(visit.ended_at).isoformat(), {})
        ends = paths.setdefault(visit.care_path or "", {})
        ends[visit.outcome] = ends.get(visit.outcome, 0) + change

    def _day(self, at: int) -> date:
        return moment(at).astimezone(self._rules.zone).date()


def _counted(path: str, ends: dict[VisitOutcome, int]) -> HomeCareCount:
    helped = sum(count for outcome, count in ends.items() if outcome is not VisitOutcome.NOT_SEEN)
    return HomeCareCount(care_path=path or None, helped=helped, independent=ends.get(VisitOutcome.INDEPENDENT, 0))
