"""Who is asked, found without a look at every unit: the units that `candidates` would find, the first of them only.

Rules on person, place and hours are asked once of units that are alike (`supply`). Of those left only what has a place
is looked at, its points added up, and their parts told only of who may be named. An offer names the first units that
were passed over, each with what was found, as many as was agreed; it counts the others by code.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from heapq import merge, nsmallest
from itertools import chain, islice
from typing import Final, NamedTuple

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.availability import Units
from spoedplein.domain.eligibility import exclusion, misfit, outside_hours, too_late
from spoedplein.domain.placement.candidates import Candidate, Candidates
from spoedplein.domain.placement.score import Distances
from spoedplein.domain.request import Request
from spoedplein.domain.supply import Alike
from spoedplein_schemas.decisions import CodeCount, Exclusion, ExclusionCode
from spoedplein_schemas.vocabulary import CareType, UnitStatus

#: At most so many runners-up are named beside an offer.
RUNNERS_UP_MAX: Final = 5


class PassedOver(NamedTuple):
    """`named` one by one; how many others, by code."""

    named: list[Exclusion]
    others: tuple[CodeCount, ...]


#: Of a unit that fits: its points and its name.
Points = tuple[int, str]


class Ranked(NamedTuple):
    """Units that fit, best first."""

    order: list[Points]
    distances: Distances


class Shortlist:
    def __init__(self, candidates: Candidates, *, units: Units, rules: Rules) -> None:
        self._candidates = candidates
        self._units = units
        self._rules = rules
        self._on_site: dict[str | None, list[str]] = {}
        for unit in rules.units.values():
            self._on_site.setdefault(unit.site, []).append(unit.id)

    def best(self, request: Request, *, now: int) -> Ranked:
        """Of each care type so many that there are enough to choose from, and to name who comes after."""
        self._units.supply.pass_to(now)
        fitting = {care_type: self._fitting(request, care_type, now=now) for care_type in _asked(request)}
        distances, order = self._distances(request, fitting), list[Points]()
        for care_type, pools in fitting.items():
            most = self._rules.parallel_offers(care_type, request.wanted.profile.urgency) + RUNNERS_UP_MAX
            points = (self._points(request, care_type, pool, distances, most=most, now=now) for pool in pools)
            order += nsmallest(most, chain.from_iterable(points))
        return Ranked(sorted(order), distances)

    def explained(self, request: Request, chosen: list[Points], ranked: Ranked, *, now: int) -> list[Candidate]:
        """With what the points are made of."""
        score, units = self._candidates.score, self._rules.units
        return [(points, name, score.of(request, units[name], ranked.distances, now=now)) for points, name in chosen]

    def passed_over(self, request: Request, *, now: int) -> PassedOver:
        """Why each of the others is not asked: the first by care type and name, and how many more."""
        most = self._rules.named_max
        names = list(islice(self._excluded(request, now=now), most))
        units, why_not = self._rules.units, self._candidates.why_not
        found = [why_not(request, units[name], now=now) for name in names]
        named = [each for each in found if each is not None]
        if most is None or len(names) < most:
            return PassedOver(named, ())
        others = self._codes(request, now=now)
        others.subtract(each.code for each in named)
        counted = sorted((code.value, count) for code, count in others.items() if count)
        return PassedOver(named, tuple(CodeCount(code=ExclusionCode(code), units=count) for code, count in counted))

    # --- with a place -------------------------------------------------------------------------------------------------

    def _fitting(self, request: Request, care_type: CareType, *, now: int) -> list[Mapping[str, int]]:
        """By unit that fits, when its figure was seen: one for each way in which units are alike."""
        found: list[Mapping[str, int]] = []
        for alike in self._units.supply.alike(care_type):
            if (alike.ready or alike.stopped) and self._never(request, alike, now=now) is None:
                pool, out = self._with_place(request, alike), self._set_apart(request, alike, now=now)
                found.append({name: seen for name, seen in pool.items() if name not in out} if out else pool)
        return found

    def _with_place(self, request: Request, alike: Alike) -> dict[str, int]:
        if alike.stopped and self._rules.rank(request.wanted.profile.urgency).life_threatening:
            return {**alike.ready, **alike.stopped}
        return alike.ready

    def _set_apart(self, request: Request, alike: Alike, *, now: int) -> set[str]:
        """With a place, and not asked for what lies between this request and this unit."""
        pool, units, why_not = self._with_place(request, alike), self._rules.units, self._candidates.why_not
        if self._candidates.keep_free.get(request.id):
            looked_at: list[str] = list(pool)
        else:
            looked_at = [name for name in (*request.offers, *request.passed) if name in pool]
        return {name for name in looked_at if why_not(request, units[name], now=now) is not None}

    def _points(
        self,
        request: Request,
        care_type: CareType,
        pool: Mapping[str, int],
        distances: Distances,
        *,
        most: int,
        now: int,
    ) -> Iterator[Points]:
        """Of most units only distance and age differ; of the few others all is added up.

        The first `most` are among them; of others that come after those nothing need be said.
        """
        agreed, wanted = self._rules.placement, request.wanted
        base = wanted.profile.care_types.index(care_type) * agreed.points_per_later_care_type
        per_km, per_minute = agreed.points_per_km, agreed.points_per_age_minute
        here = self._on_site.get(wanted.origin, ()) if wanted.origin else ()
        of_their_own = {*self._units.took, *wanted.preferred, *here}
        for name in of_their_own:
            if name in pool:
                unit = self._rules.units[name]
                yield sum(self._candidates.score.points(request, unit, distances, now=now)), name
        known, farthest = distances
        if not known and per_minute:
            pool = _newest(pool, most + len(of_their_own), now=now)
        for name, seen in pool.items():
            if name not in of_their_own:
                yield base + known.get(name, farthest) * per_km + (now - seen) // MINUTE_MS * per_minute, name

    def _distances(self, request: Request, fitting: Mapping[CareType, list[Mapping[str, int]]]) -> Distances:
        names = (name for pools in fitting.values() for pool in pools for name in pool)
        return self._candidates.score.distances(request, (self._rules.units[name] for name in names))

    # --- without ------------------------------------------------------------------------------------------------------

    def _excluded(self, request: Request, *, now: int) -> Iterator[str]:
        """Units that are not asked, by care type and name."""
        for care_type in _asked(request):
            alikes = self._units.supply.alike(care_type)
            yield from merge(*(self._out_of(request, alike, now=now) for alike in alikes))

    def _out_of(self, request: Request, alike: Alike, *, now: int) -> Iterator[str]:
        if self._never(request, alike, now=now) is not None:
            return iter(alike.units)
        pool, apart = self._with_place(request, alike), self._set_apart(request, alike, now=now)
        return merge((name for name in alike.aside if name not in pool), sorted(apart))

    def _codes(self, request: Request, *, now: int) -> Counter[ExclusionCode]:
        """Of all that are not asked, without a look at each."""
        found: Counter[ExclusionCode] = Counter()
        looked_at = {*request.offers, *request.passed}
        for care_type in _asked(request):
            for alike in self._units.supply.alike(care_type):
                for (status, lack), count in alike.standing.items():
                    code = self._code(request, alike, status, lack, now=now)
                    if code is not None:
                        found[code] += count
                looked_at |= self._set_apart(request, alike, now=now)
        for unit in (self._rules.units[name] for name in looked_at if name in self._rules.units):
            if unit.care_type in request.wanted.profile.care_types:
                general = exclusion(request.wanted.profile, unit, self._units, rules=self._rules, now=now)
                own = self._candidates.why_not(request, unit, now=now)
                found.subtract([] if general is None else [general.code])
                found.update([] if own is None else [own.code])
        return found

    def _code(
        self, request: Request, alike: Alike, status: UnitStatus, lack: ExclusionCode | None, *, now: int
    ) -> ExclusionCode | None:
        """The first that applies, as in `eligibility`: person and place, status, hours and time, figure."""
        profile, rules = request.wanted.profile, self._rules
        if (finding := misfit(profile, alike.like, rules=rules)) is not None:
            return finding[0]
        if status is UnitStatus.CLOSED:
            return ExclusionCode.CLOSED
        if status is UnitStatus.STOP and not rules.rank(profile.urgency).life_threatening:
            return ExclusionCode.STOP
        return self._never(request, alike, now=now) or lack

    def _never(self, request: Request, alike: Alike, *, now: int) -> ExclusionCode | None:
        """Why none of them, whatever they report."""
        profile, rules = request.wanted.profile, self._rules
        finding = (
            misfit(profile, alike.like, rules=rules)
            or outside_hours(profile, alike.like, rules=rules, now=now)
            or too_late(profile, rules=rules, now=now)
        )
        return None if finding is None else finding[0]


def _asked(request: Request) -> dict[CareType, None]:
    return dict.fromkeys(request.wanted.profile.care_types)


def _newest(pool: Mapping[str, int], count: int, *, now: int) -> Mapping[str, int]:
    """The `count` that were seen last, with all that are no older by the minute: how old is all that differs."""
    if len(pool) <= count:
        return pool
    minutes = (now - sorted(pool.values())[-count]) // MINUTE_MS
    older = now - (minutes + 1) * MINUTE_MS
    return {name: seen for name, seen in pool.items() if seen > older}
