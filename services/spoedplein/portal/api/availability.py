"""What is free, as a sum: per care type and, as finely as was agreed, per site or unit."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from spoedplein.domain.sharing import Shown, ShownStops
from spoedplein.domain.turn import moment
from spoedplein.portal.access import Action, Principal
from spoedplein.portal.api.asking import Asked, of_region
from spoedplein.portal.etags import KEPT, Freshness
from spoedplein.portal.eyes import sees_all, viewer
from spoedplein.portal.live import CareTypeNow
from spoedplein.portal.problems import PROBLEMS
from spoedplein.portal.state import Standing
from spoedplein_schemas.vocabulary import CareType, Frozen, Measure, RegionId, measure_of

router = APIRouter(tags=["availability"], responses=PROBLEMS)


class FreeNow(Frozen):
    """Free places of one care type: in the whole region, or where `place` says (a site or a unit).

    `free` is absent (null) when no valid figure is known, and never 0 for that reason; or because so few places are
    staffed that the figure would be about a person (`withheld`). `units_unknown` of the `units` have no valid figure.
    Stops are absent where they are not shared as finely.
    """

    care_type: CareType
    place: str | None
    measure: Measure
    free: int | None
    withheld: bool
    units: int
    units_unknown: int
    units_warning: int | None
    units_stop: int | None
    units_closed: int | None
    oldest_observed_at: datetime | None
    age_seconds: int | None


class Availability(Frozen):
    """A region's free places, in the order of the care types."""

    region: RegionId
    freshness: Freshness
    care_types: list[FreeNow]


@router.get(
    "/regions/{region}/availability", summary="What is free, per care type", response_model=Availability, responses=KEPT
)
async def availability(
    asked: Annotated[Asked, of_region(Action.READ_PUBLIC)],
    care_type: Annotated[list[CareType] | None, Query(description="Only of these.")] = None,
) -> Response:
    """As finely as the region agreed to share it with whoever asks; citizens see sums unless agreed otherwise."""
    shown = [each for each in free_now(asked.standing, asked.who) if not care_type or each.care_type in care_type]
    body = Availability(region=asked.region, freshness=asked.freshness, care_types=shown)
    return asked.answer(body)


def free_now(standing: Standing, who: Principal) -> list[FreeNow]:
    """As finely as he may see it."""
    if sees_all(who, standing.live.name):
        return [_whole(each, now_ms=standing.now_ms) for each in standing.live.care_types()]
    eyes = viewer(standing.rules, who, standing.live.name)
    views = list(standing.live.units())
    stops = {(each.care_type, each.place): each for each in eyes.stops(views)}
    return [
        _shared(each, stops.get((each.care_type, each.place)), now_ms=standing.now_ms)
        for each in eyes.availability(views)
    ]


def _whole(each: CareTypeNow, *, now_ms: int) -> FreeNow:
    observed = each.oldest_observed_ms
    return FreeNow(
        care_type=each.care_type,
        place=None,
        measure=measure_of(each.care_type),
        free=each.free,
        withheld=False,
        units=each.units,
        units_unknown=each.units - each.units_known,
        units_warning=each.units_warning,
        units_stop=each.units_stop,
        units_closed=each.units_closed,
        oldest_observed_at=None if observed is None else moment(observed),
        age_seconds=None if observed is None else max(0, now_ms - observed) // 1000,
    )


def _shared(each: Shown, stops: ShownStops | None, *, now_ms: int) -> FreeNow:
    observed = each.oldest_observed_at
    return FreeNow(
        care_type=each.care_type,
        place=each.place,
        measure=measure_of(each.care_type),
        free=each.free,
        withheld=each.few,
        units=each.units,
        units_unknown=each.units_unknown,
        units_warning=None if stops is None else stops.warning,
        units_stop=None if stops is None else stops.stop,
        units_closed=None if stops is None else stops.closed,
        oldest_observed_at=observed,
        age_seconds=None if observed is None else max(0, int((moment(now_ms) - observed).total_seconds())),
    )
