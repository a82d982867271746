"""In which order units that fit are asked: points for each consideration, and the lowest total is asked first.

Hard rules came before; no weight outweighs one. What each part counts is in its own docstring, with unit and source;
how much it weighs the region agreed (`[placement]`, in points). Equal totals are asked in the order of their ids, so
that a replay asks the same; who takes somebody by that has one more recent placement, and comes later the next time.
"""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from spoedplein.domain.agreements import MINUTE_MS, Rules, distance_km
from spoedplein.domain.availability import RECENT_MS, Units
from spoedplein.domain.request import Request
from spoedplein_schemas.agreements import Place, Unit
from spoedplein_schemas.decisions import ScorePart

#: In the order in which an offer names them.
PARTS: Final = ("care-type-order", "distance", "data-age", "recent-placements", "same-site", "preferred")
#: From so many places the ways to units are kept.
STARTS_KEPT: Final = 64


class Distances(NamedTuple):
    """Whole kilometres from where the patient is, by unit; of a unit whose place nobody told, the farthest of all."""

    known: dict[str, int]
    farthest: int

    def of(self, unit_id: str) -> int:
        return self.known.get(unit_id, self.farthest)


class Score:
    def __init__(self, *, units: Units, rules: Rules) -> None:
        self._units = units
        self._rules = rules
        self._ways: dict[Place, dict[str, int | None]] = {}

    def of(self, request: Request, unit: Unit, distances: Distances, *, now: int) -> tuple[ScorePart, ...]:
        points = self.points(request, unit, distances, now=now)
        return tuple(ScorePart(part=part, points=each) for part, each in zip(PARTS, points, strict=True))

    def points(self, request: Request, unit: Unit, distances: Distances, *, now: int) -> tuple[int, ...]:
        """In the order of `PARTS`."""
        agreed = self._rules.placement
        return (
            self.later_wishes(request, unit) * agreed.points_per_later_care_type,
            distances.of(unit.id) * agreed.points_per_km,
            self.age_minutes(unit, now=now) * agreed.points_per_age_minute,
            self.recent_placements(unit, now=now) * agreed.points_per_recent_placement,
            -agreed.points_same_site if self.is_on_the_same_site(request, unit) else 0,
            -agreed.points_preferred if self.is_preferred(request, unit) else 0,
        )

    def later_wishes(self, request: Request, unit: Unit) -> int:
        """How many care types the professional would rather have: the first that he names is what is really wanted.

        Unit: care types. Source: his order in `profile.care_types`.
        """
        return request.wanted.profile.care_types.index(unit.care_type)

    def distances(self, request: Request, units: Iterable[Unit]) -> Distances:
        """From the site where the patient is; else from the area where he lives, as far as the region placed it.

        Unit: whole kilometres as the crow flies, no road and no travel time. Source: places of sites, units and areas
        in the agreements. Unknown is not near: a unit without a place counts as the farthest. When nothing is known of
        where the patient is, all are equally near.
        """
        start = self._where(request)
        if start is None:
            return Distances({}, 0)
        ways = self._ways_from(start)
        known = {unit.id: km for unit in units if (km := ways(unit)) is not None}
        return Distances(known, max(known.values(), default=0))

    def age_minutes(self, unit: Unit, *, now: int) -> int:
        """How old the figure is that says there is a place: a fresh "1 free" is worth more than one of this morning.

        Unit: whole minutes by the log, from when the source counted, or last said that its figure stands. Past its
        validity there is no figure, and the unit is not asked at all. Source: the unit's own reports.
        """
        observed = self._units.observed_at(unit, self._units.state(unit.id))
        return 0 if observed is None else max(0, now - observed) // MINUTE_MS

    def recent_placements(self, unit: Unit, *, now: int) -> int:
        """How often the unit took somebody in the last day, so that the load is spread over houses alike.

        Unit: placements promised or admitted in the last 24 hours by the log; one that was given back is none. Source:
        decisions of this region; what a house took in without us is in its figure only.
        """
        return sum(at > now - RECENT_MS for at in self._units.state(unit.id).promised_at)

    def is_on_the_same_site(self, request: Request, unit: Unit) -> bool:
        """The patient is on the site of the unit already: no ride, and people who know him. Source: `origin`."""
        return request.wanted.origin is not None and request.wanted.origin == unit.site

    def is_preferred(self, request: Request, unit: Unit) -> bool:
        """The patient, his family or the professional asked for it: a partner nearby, the own provider, a language.

        Source: `preferred` of the request. It is a wish: full, stale or unfit it is not asked.
        """
        return unit.id in request.wanted.preferred

    def _ways_from(self, start: Place) -> Callable[[Unit], int | None]:
        """Places do not move while agreements are in force: each way is measured once, from as many as are kept."""
        kept = self._ways.get(start)
        if kept is None:
            if len(self._ways) >= STARTS_KEPT:
                self._ways.clear()
            kept = self._ways[start] = {}

        def way(unit: Unit) -> int | None:
            if unit.id not in kept:
                place = self._rules.place_of(unit)
                kept[unit.id] = None if place is None else distance_km(start, place)
            return kept[unit.id]

        return way

    def _where(self, request: Request) -> Place | None:
        wanted = request.wanted
        origin = self._rules.sites.get(wanted.origin) if wanted.origin else None
        if origin is not None and origin.place is not None:
            return origin.place
        area = self._rules.area(wanted.profile.area)
        return None if area is None else area.place
