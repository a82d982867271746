"""Where an ambulance may go: the SEHs of the region with what speaks for and against each. It shows; the crew decides.

A stop asks ambulances to divert if possible and never holds back a life-threatening case (LNAZ): for such a case no
department is left out, whatever its status, and the soonest reached comes first.
"""

from collections.abc import Mapping

from spoedplein.domain.agreements import Rules, distance_km
from spoedplein.domain.availability import Units, UnitState
from spoedplein.domain.turn import moment
from spoedplein_schemas.agreements import Area, Unit
from spoedplein_schemas.decisions import DestinationCode, DestinationOption, DestinationPassed
from spoedplein_schemas.vocabulary import CareType, Property, UnitStatus, Urgency

_LAST = 1 << 62
_SHUT = {UnitStatus.STOP: DestinationCode.STOP, UnitStatus.CLOSED: DestinationCode.CLOSED}
Shown = tuple[tuple[DestinationOption, ...], tuple[DestinationPassed, ...]]


def destinations(
    urgency: Urgency,
    *,
    units: Units,
    rules: Rules,
    now: int,
    area: str | None = None,
    needs: tuple[Property, ...] = (),
    etas: Mapping[str, int] | None = None,
    standing: Mapping[str, int] | None = None,
) -> Shown:
    """Departments, best first, and those passed over with their reason.

    `etas` by site in milliseconds, as the source has them; `standing` the ambulances that stand at a site now.
    """
    etas, standing = etas or {}, standing or {}
    agreed, immediate = rules.area(area), rules.rank(urgency).life_threatening
    found: list[tuple[tuple[int, ...], str, DestinationOption]] = []
    passed = [
        DestinationPassed(site=site, code=DestinationCode.NO_DEPARTMENT)
        for site in sorted(etas)
        if rules.unit_at(site, CareType.SEH) is None
    ]
    for unit in rules.units_of(CareType.SEH):
        if unit.site is None:
            continue
        state = units.state(unit.id)
        against = obstacles(unit, state, needs)
        if against and not immediate:
            passed.append(DestinationPassed(site=unit.site, code=against[0], detail=_until(state, rules)))
            continue
        eta = etas.get(unit.site)
        order, distance = _place(unit.site, agreed, rules)
        option = DestinationOption(
            site=unit.site,
            unit=unit.id,
            status=state.status,
            cautions=(*against, *_cautions(unit, state, units, now=now)),
            eta=None if eta is None else moment(eta),
            order=order,
            distance_km=distance,
            free=units.free(unit, state, now=now),
            standing=standing.get(unit.site, 0),
        )
        found.append((_key(option, eta=eta, immediate=immediate), unit.site, option))
    return tuple(option for _, _, option in sorted(found, key=lambda row: row[:2])), tuple(passed)


def obstacles(unit: Unit, state: UnitState, needs: tuple[Property, ...] = ()) -> tuple[DestinationCode, ...]:
    """What keeps an ordinary case away: the department's status, then what it lacks."""
    found = [_SHUT[state.status]] if state.status in _SHUT else []
    if any(need not in unit.properties for need in needs):
        found.append(DestinationCode.PROPERTY_MISSING)
    return tuple(found)


def _cautions(unit: Unit, state: UnitState, units: Units, *, now: int) -> tuple[DestinationCode, ...]:
    """What the crew should know, and keeps nobody away."""
    found = [DestinationCode.WARNING] if state.status is UnitStatus.WARNING else []
    if not units.status_fresh(unit, state, now=now):
        found.append(DestinationCode.STATUS_UNKNOWN)
    return tuple(found)


def _key(option: DestinationOption, *, eta: int | None, immediate: bool) -> tuple[int, ...]:
    """Soonest first for the life-threatening, and closed last; for others first the calm, then the agreed order."""
    order = _LAST if option.order is None else option.order
    away = _LAST if option.distance_km is None else option.distance_km
    soon = _LAST if eta is None else eta
    if immediate:
        return (option.status is UnitStatus.CLOSED, soon, order, away)
    return (option.status is UnitStatus.WARNING, order, soon, away)


def _place(site: str, agreed: Area | None, rules: Rules) -> tuple[int | None, int | None]:
    """The site's number in the agreed order of the area, from 1, and its distance in kilometres."""
    if agreed is None:
        return None, None
    order = agreed.sites.index(site) + 1 if site in agreed.sites else None
    there = rules.sites[site].place
    return order, distance_km(agreed.place, there) if agreed.place and there else None


def _until(state: UnitState, rules: Rules) -> str | None:
    return None if state.until is None else f"until {moment(state.until).astimezone(rules.zone):%d-%m %H:%M}"
