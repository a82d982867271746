"""Which units fit a request, best first, and why the others do not.

Hard rules first (`eligibility`), then points (`score`); the lowest total is asked first.
"""

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.availability import Units
from spoedplein.domain.eligibility import exclusion, opens_at
from spoedplein.domain.placement.score import Score
from spoedplein.domain.request import Request
from spoedplein.domain.turn import moment
from spoedplein_schemas.agreements import Unit
from spoedplein_schemas.decisions import Exclusion, ExclusionCode, ScorePart

#: A unit that fits: its points, its id, and what the points are made of.
Candidate = tuple[int, str, tuple[ScorePart, ...]]


class Candidates:
    def __init__(self, *, units: Units, rules: Rules) -> None:
        #: For a neighbour's patient: how many places of a unit stay free for our own region.
        self.keep_free: dict[str, int] = {}
        self._units = units
        self._rules = rules
        self.score = Score(units=units, rules=rules)

    def find(self, request: Request, *, now: int) -> tuple[list[Candidate], list[Exclusion]]:
        """Units that fit, best first, as (points, unit, parts); and the others with their reason."""
        fitting: list[Unit] = []
        excluded: list[Exclusion] = []
        for care_type in request.wanted.profile.care_types:
            for unit in self._rules.units_of(care_type):
                reason = self.why_not(request, unit, now=now)
                if reason is None:
                    fitting.append(unit)
                else:
                    excluded.append(reason)
        distances = self.score.distances(request, fitting)
        found: list[Candidate] = []
        for unit in fitting:
            parts = self.score.of(request, unit, distances, now=now)
            found.append((sum(part.points for part in parts), unit.id, parts))
        return sorted(found), excluded

    def why_not(self, request: Request, unit: Unit, *, now: int) -> Exclusion | None:
        if unit.id in request.offers:
            return self.asked(request, unit.id)
        refused = self.passed(request, unit)
        refused = refused or exclusion(request.wanted.profile, unit, self._units, rules=self._rules, now=now)
        return refused or self._own_first(request, unit, now=now)

    def _own_first(self, request: Request, unit: Unit, *, now: int) -> Exclusion | None:
        """What is free stays free for our own region, as far as was agreed with the neighbour."""
        keep = self.keep_free.get(request.id, 0)
        free = self._units.free(unit, self._units.state(unit.id), now=now) if keep else None
        if free is None or free > keep:
            return None
        return Exclusion(unit=unit.id, code=ExclusionCode.OWN_FIRST, detail=f"{free} free, {keep} kept")

    def asked(self, request: Request, unit_id: str) -> Exclusion:
        """That it was asked for this very request, and until when it may answer."""
        until = moment(request.offers[unit_id].answer_by).astimezone(self._rules.zone)
        return Exclusion(unit=unit_id, code=ExclusionCode.ASKED, detail=f"until {until:%H:%M}")

    def passed(self, request: Request, unit: Unit) -> Exclusion | None:
        """That the unit said no or nothing, and why.

        Lifted by a newer figure, or word that it stands, if it was a matter of the moment.
        """
        passed, figure_at = request.passed.get(unit.id), self._units.state(unit.id).figure_at()
        if passed is None or (passed.lifts and figure_at is not None and figure_at > passed.at):
            return None
        return Exclusion(unit=unit.id, code=passed.code, detail=passed.reason)

    def review_at(self, excluded: tuple[Exclusion, ...], *, now: int) -> int:
        """After the agreed rest, or as soon as a unit begins to admit."""
        latest = now + self._rules.placement.review_minutes * MINUTE_MS
        shut = [item.unit for item in excluded if item.code is ExclusionCode.OUTSIDE_WINDOW]
        opening = [opens_at(self._rules.units[unit], rules=self._rules, now=now) for unit in shut]
        return min([latest, *(at for at in opening if at is not None and at > now)])
