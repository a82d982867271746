"""Units: places that are alike, of one provider; what they can do, and what is free there."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from spoedplein.domain.agreements import Rules, distance_km
from spoedplein.domain.eligibility import hours, opens_at
from spoedplein.domain.sharing import Viewer
from spoedplein.domain.supply import TAKING
from spoedplein.domain.turn import moment
from spoedplein.portal.access import Action, Principal
from spoedplein.portal.access.tenancy import NotFoundError
from spoedplein.portal.api.asking import Asked, Name, UnitPath, of_region
from spoedplein.portal.etags import KEPT, Freshness
from spoedplein.portal.eyes import owns, sees_all, viewer
from spoedplein.portal.paging import PageDep
from spoedplein.portal.problems import PROBLEMS
from spoedplein.portal.state import Standing
from spoedplein_schemas.agreements import Place
from spoedplein_schemas.sharing import PublicationLevel, Subject
from spoedplein_schemas.views import UnitAvailability
from spoedplein_schemas.vocabulary import (
    AgeBand,
    CareType,
    Frozen,
    Measure,
    OrganisationId,
    Pc4,
    Property,
    RegionId,
    Registration,
    Sex,
    SiteId,
    StopReason,
    UnitId,
    UnitStatus,
)

router = APIRouter(tags=["availability"], responses=PROBLEMS)


class UnitNow(Frozen):
    """A unit: what was agreed of it, and what is known of it now.

    `free` is null when it is unknown (`known` is false): never reported, or older than `valid_until`. It is never 0 for
    that reason. `held` and `promised` are null where only free places are shared.
    """

    unit: UnitId
    name: str | None
    organisation: OrganisationId
    care_type: CareType
    site: SiteId | None
    place: Place | None
    properties: list[Property]
    registration: Registration | None
    age_bands: list[AgeBand]
    sex: Sex | None
    admission_hours: str | None
    admits_now: bool | None
    opens_at: datetime | None
    status: UnitStatus | None
    reason: StopReason | None
    until: datetime | None
    known: bool
    free: int | None
    staffed: int | None
    reported_free: int | None
    held: int | None
    promised: int | None
    conflict: bool | None
    measure: Measure
    observed_at: datetime | None
    age_seconds: int | None
    valid_until: datetime | None


class Units(Frozen):
    """One page of units, by name; `next` is the cursor of the following page."""

    region: RegionId
    freshness: Freshness
    units: list[UnitNow]
    next: str | None


class Wanted(Frozen):
    """Which units; whoever leaves a filter out, leaves it open."""

    care_type: list[CareType] | None = None
    status: list[UnitStatus] | None = None
    registration: list[Registration] | None = None
    properties: list[Property] | None = None
    age_band: AgeBand | None = None
    sex: Sex | None = None
    site: str | None = None
    organisation: str | None = None
    admits_now: bool | None = None
    known: bool | None = None
    free_min: int | None = None
    near: str | None = None
    within_km: int | None = None


def _wanted(  # noqa: PLR0913, PLR0917  one per filter
    care_type: Annotated[list[CareType] | None, Query(description="Of any of these.")] = None,
    status: Annotated[list[UnitStatus] | None, Query(description="In any of these.")] = None,
    registration: Annotated[list[Registration] | None, Query(description="Registered so, under Wzd or Wvggz.")] = None,
    properties: Annotated[list[Property] | None, Query(alias="property", description="With all of these.")] = None,
    age_band: Annotated[AgeBand | None, Query(description="That take this age.")] = None,
    sex: Annotated[Sex | None, Query(description="Whose rooms are for this sex, or for any.")] = None,
    site: Annotated[Name | None, Query(description="On this spoedplein.")] = None,
    organisation: Annotated[Name | None, Query(description="Of this provider.")] = None,
    admits_now: Annotated[bool | None, Query(description="That admit at this hour, or that do not.")] = None,
    known: Annotated[bool | None, Query(description="With a valid figure, or without.")] = None,
    free_min: Annotated[
        int | None, Query(ge=0, le=100_000, description="With at least so many known to be free.")
    ] = None,
    near: Annotated[Pc4 | None, Query(description="Around the middle of the agreed area of this postcode.")] = None,
    within_km: Annotated[int, Query(ge=1, le=500, description="As the crow flies; goes with `near`.")] = 25,
) -> Wanted:
    return Wanted(**locals())


@router.get("/regions/{region}/units", summary="Units, by every property", response_model=Units, responses=KEPT)
async def units(
    asked: Annotated[Asked, of_region(Action.READ_AVAILABILITY)],
    page: PageDep,
    wanted: Annotated[Wanted, Depends(_wanted)],
) -> Response:
    """Those that whoever asks may see as units. Unknown is not zero: `free_min` leaves unknown units out."""
    found = (each for each in units_now(asked.standing, asked.who) if fits(each, wanted, asked.standing.rules))
    shown, following = page.of(found, lambda each: [each.unit])
    body = Units(region=asked.region, freshness=asked.freshness, units=shown, next=following)
    return asked.answer(body)


class OneUnit(Frozen):
    """One unit, and how current that is."""

    region: RegionId
    freshness: Freshness
    unit: UnitNow


@router.get("/regions/{region}/units/{unit}", summary="One unit", response_model=OneUnit, responses=KEPT)
async def unit(asked: Annotated[Asked, of_region(Action.READ_AVAILABILITY)], unit: UnitPath) -> Response:
    """What was agreed of it, and what is known of it now."""
    found = next((each for each in units_now(asked.standing, asked.who) if each.unit == unit), None)
    if found is None:
        raise NotFoundError
    body = OneUnit(region=asked.region, freshness=asked.freshness, unit=found)
    return asked.answer(body)


def units_now(standing: Standing, who: Principal, *, only: Collection[str] | None = None) -> list[UnitNow]:
    """Everything of those that he may see whole, and what is shared of the others, by name; or `only` of these."""
    whole = sees_all(who, standing.live.name)
    eyes = viewer(standing.rules, who, standing.live.name)
    found = []
    for view in standing.live.units():
        if only is not None and view.unit not in only:
            continue
        if whole or owns(who, view.unit, organisation=view.organisation):
            found.append(_unit(standing, view))
        elif _level(eyes, Subject.AVAILABILITY, view) is PublicationLevel.UNIT:
            found.append(_shared(_unit(standing, view), stops=_level(eyes, Subject.STOPS, view)))
    return found


def fits(unit: UnitNow, wanted: Wanted, rules: Rules) -> bool:
    """Whether the unit passes every filter."""
    return all(
        (
            not wanted.care_type or unit.care_type in wanted.care_type,
            not wanted.status or unit.status in wanted.status,
            not wanted.registration or unit.registration in wanted.registration,
            not wanted.properties or set(wanted.properties) <= set(unit.properties),
            wanted.age_band is None or wanted.age_band in unit.age_bands,
            wanted.sex is None or unit.sex in (wanted.sex, Sex.ANY),
            wanted.site is None or unit.site == wanted.site,
            wanted.organisation is None or unit.organisation == wanted.organisation,
            wanted.admits_now is None or unit.admits_now is wanted.admits_now,
            wanted.known is None or unit.known is wanted.known,
            wanted.free_min is None or (unit.free is not None and unit.free >= wanted.free_min),
            wanted.near is None or _is_near(unit, wanted.near, wanted.within_km or 0, rules),
        )
    )


def _is_near(unit: UnitNow, near: str, within_km: int, rules: Rules) -> bool:
    area = rules.area(near)
    middle = area.place if area else None
    return middle is not None and unit.place is not None and distance_km(middle, unit.place) <= within_km


def _level(eyes: Viewer, subject: Subject, view: UnitAvailability) -> PublicationLevel:
    return eyes.level(subject, care_type=view.care_type, organisation=view.organisation)


def _unit(standing: Standing, view: UnitAvailability) -> UnitNow:
    rules, now_ms = standing.rules, standing.now_ms
    unit = rules.units.get(view.unit)
    observed = view.observed_at
    opens = None if unit is None else opens_at(unit, rules=rules, now=now_ms)
    return UnitNow(
        unit=view.unit,
        name=unit.name if unit else None,
        organisation=view.organisation,
        care_type=view.care_type,
        site=unit.site if unit else None,
        place=rules.place_of(unit) if unit else None,
        properties=list(unit.properties) if unit else [],
        registration=unit.registration if unit else None,
        age_bands=list(unit.age_bands) if unit else [],
        sex=unit.sex if unit else None,
        admission_hours=(hours(unit) or None) if unit else None,
        admits_now=None if unit is None else opens == now_ms,
        opens_at=None if opens is None or opens == now_ms else moment(opens),
        status=view.status,
        reason=view.reason,
        until=view.until,
        known=view.free is not None,
        free=view.free,
        staffed=view.staffed,
        reported_free=view.reported_free,
        held=view.held,
        promised=view.promised,
        conflict=view.conflict,
        measure=view.measure,
        observed_at=observed,
        age_seconds=None if observed is None else max(0, int((moment(now_ms) - observed).total_seconds())),
        valid_until=view.valid_until,
    )


def _shared(unit: UnitNow, *, stops: PublicationLevel) -> UnitNow:
    """What others of the region may see: how many are free, and its status where that is shared per unit.

    Who may not see a stop still sees no free place behind it.
    """
    unseen: dict[str, object] = dict.fromkeys(("staffed", "reported_free", "held", "promised", "conflict"))
    if stops is not PublicationLevel.UNIT:
        unseen |= dict.fromkeys(("status", "reason", "until"))
        if unit.known and unit.status not in TAKING:
            unseen["free"] = 0
    return unit.model_copy(update=unseen)
