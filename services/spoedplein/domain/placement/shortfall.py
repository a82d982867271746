"""Why a request could not be met, summed up, and what would have met it.

A near miss is a unit that had a place and was kept out by one thing only; of those the one that takes least to mend.
"""

from collections import defaultdict

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.availability import Units, UnitState
from spoedplein.domain.eligibility import hours, opens_at, set_aside
from spoedplein.domain.placement.candidates import Candidates
from spoedplein.domain.request import Request
from spoedplein.domain.turn import moment
from spoedplein_schemas.agreements import Unit
from spoedplein_schemas.decisions import Exclusion, ExclusionCode, NearMiss, ReasonCount, Shortfall
from spoedplein_schemas.placement import DeclineReason
from spoedplein_schemas.vocabulary import CareType, millis

#: What takes least to mend comes first: an hour to wait for, a call for a newer figure, a stop to lift, an answer, a
#: no to reconsider. What lies in person and place comes last, in the order of the rules.
_MENDED_BY = (
    ExclusionCode.OUTSIDE_WINDOW,
    ExclusionCode.NEEDED_BY,
    ExclusionCode.STALE,
    ExclusionCode.STOP,
    ExclusionCode.CLOSED,
    ExclusionCode.NO_ANSWER,
    ExclusionCode.DECLINED,
)
_EASE = {code: ease for ease, code in enumerate((*_MENDED_BY, *(c for c in ExclusionCode if c not in _MENDED_BY)))}
_IN_HOURS = (ExclusionCode.OUTSIDE_WINDOW, ExclusionCode.NEEDED_BY)


class Shortfalls:
    def __init__(self, candidates: Candidates, *, units: Units, rules: Rules) -> None:
        self._candidates = candidates
        self._units = units
        self._rules = rules

    def sum_up(self, request: Request, excluded: tuple[Exclusion, ...], *, now: int) -> tuple[Shortfall, ...]:
        """One per asked care type, in the order asked."""
        by_care_type = defaultdict[CareType, list[Exclusion]](list)
        for item in excluded:
            by_care_type[self._rules.units[item.unit].care_type].append(item)
        asked = dict.fromkeys(request.wanted.profile.care_types)
        return tuple(self._of(request, care_type, by_care_type[care_type], now=now) for care_type in asked)

    def _of(self, request: Request, care_type: CareType, excluded: list[Exclusion], *, now: int) -> Shortfall:
        units, places = defaultdict[tuple[str, str], int](int), defaultdict[tuple[str, str], int](int)
        near: list[tuple[int, int, str, NearMiss]] = []
        for item in excluded:
            unit = self._rules.units[item.unit]
            free = self._free(unit, item.code, now=now)
            reason = item.detail if item.code is ExclusionCode.DECLINED and item.detail else ""
            units[(item.code.value, reason)] += 1
            places[(item.code.value, reason)] += free
            if free and self._only_this(request, unit, now=now):
                miss = self._near_miss(unit, item.code, free, now=now)
                changes = 0 if miss.changes_at is None else millis(miss.changes_at)
                near.append((_EASE[item.code], changes, unit.id, miss))
        return Shortfall(
            care_type=care_type,
            units=len(excluded),
            reasons=tuple(
                ReasonCount(
                    code=ExclusionCode(code),
                    units=count,
                    free=places[(code, reason)],
                    reason=DeclineReason(reason) if reason else None,
                )
                for (code, reason), count in sorted(units.items(), key=lambda each: (-each[1], each[0]))
            ),
            nearest=min(near)[3] if near else None,
        )

    def _free(self, unit: Unit, code: ExclusionCode, *, now: int) -> int:
        """Places by the figure that counts; of one that is too old, what it said."""
        state = self._units.state(unit.id)
        if code is ExclusionCode.STALE and state.figure is not None:
            return max(0, state.figure.free - state.outstanding())
        return self._units.free(unit, state, now=now) or 0

    def _only_this(self, request: Request, unit: Unit, *, now: int) -> bool:
        against = set_aside(request.wanted.profile, unit, self._units, rules=self._rules, now=now)
        return len(against) + (self._candidates.passed(request, unit) is not None) <= 1

    def _near_miss(self, unit: Unit, code: ExclusionCode, free: int, *, now: int) -> NearMiss:
        state = self._units.state(unit.id)
        changes = self._changes_at(unit, state, code, now=now)
        age = None if code is not ExclusionCode.STALE else self._age_seconds(unit, state, now=now)
        return NearMiss(
            unit=unit.id,
            code=code,
            free=free,
            admits=hours(unit) if code in _IN_HOURS and unit.windows else None,
            figure_age_seconds=age,
            changes_at=None if changes is None else moment(changes),
        )

    def _changes_at(self, unit: Unit, state: UnitState, code: ExclusionCode, *, now: int) -> int | None:
        """When it may change without anybody doing anything."""
        if code in _IN_HOURS:
            opens = opens_at(unit, rules=self._rules, now=now)
            return opens if opens is not None and opens > now else None
        return state.until if code in (ExclusionCode.STOP, ExclusionCode.CLOSED) else None

    def _age_seconds(self, unit: Unit, state: UnitState, *, now: int) -> int:
        observed = self._units.observed_at(unit, state)
        return 0 if observed is None else max(0, now - observed) * 60 // MINUTE_MS
