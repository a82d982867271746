"""Which units fit a request, best first, and why the others do not.

Hard rules first (`eligibility`), then a score in whole points; the lowest is asked first.
"""

from spoedplein.domain.agreements import MINUTE_MS, Rules, distance_km
from spoedplein.domain.availability import RECENT_MS, Units
from spoedplein.domain.eligibility import exclusion, opens_at
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

    def find(self, request: Request, *, now: int) -> tuple[list[Candidate], list[Exclusion]]:
        """Units that fit, best first, as (points, unit, parts); and the others with their reason."""
        found: list[Candidate] = []
        excluded: list[Exclusion] = []
        for care_type in request.wanted.profile.care_types:
            for unit in self._rules.units_of(care_type):
                reason = self.why_not(request, unit, now=now)
                if reason is None:
                    parts = self._score(request, unit, now=now)
                    found.append((sum(part.points for part in parts), unit.id, parts))
                else:
                    excluded.append(reason)
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
        """That the unit said no or nothing, and why; lifted by a newer figure if it was a matter of the moment."""
        passed, figure = request.passed.get(unit.id), self._units.state(unit.id).figure
        if passed is None or (passed.lifts and figure is not None and figure.counted_at > passed.at):
            return None
        return Exclusion(unit=unit.id, code=passed.code, detail=passed.reason)

    def review_at(self, excluded: tuple[Exclusion, ...], *, now: int) -> int:
        """After the agreed rest, or as soon as a unit begins to admit."""
        latest = now + self._rules.placement.review_minutes * MINUTE_MS
        shut = [item.unit for item in excluded if item.code is ExclusionCode.OUTSIDE_WINDOW]
        opening = [opens_at(self._rules.units[unit], rules=self._rules, now=now) for unit in shut]
        return min([latest, *(at for at in opening if at is not None and at > now)])

    def _score(self, request: Request, unit: Unit, *, now: int) -> tuple[ScorePart, ...]:
        """Points, least first: order asked, way to go, age of the figure, recent placements; less for a wish."""
        agreed, wanted = self._rules.placement, request.wanted
        state = self._units.state(unit.id)
        observed = self._units.observed_at(unit, state)
        age_minutes = 0 if observed is None else max(0, now - observed) // MINUTE_MS
        recent = sum(at > now - RECENT_MS for at in state.promised_at)
        same_site = wanted.origin is not None and wanted.origin == unit.site
        later = wanted.profile.care_types.index(unit.care_type)
        return (
            ScorePart(part="care-type-order", points=later * agreed.points_per_later_care_type),
            ScorePart(part="distance", points=self._distance_km(request, unit) * agreed.points_per_km),
            ScorePart(part="data-age", points=age_minutes * agreed.points_per_age_minute),
            ScorePart(part="recent-placements", points=recent * agreed.points_per_recent_placement),
            ScorePart(part="same-site", points=-agreed.points_same_site if same_site else 0),
            ScorePart(part="preferred", points=-agreed.points_preferred if unit.id in wanted.preferred else 0),
        )

    def _distance_km(self, request: Request, unit: Unit) -> int:
        origin = self._rules.sites.get(request.wanted.origin) if request.wanted.origin else None
        there = self._rules.place_of(unit)
        return distance_km(origin.place, there) if origin and origin.place and there else 0
