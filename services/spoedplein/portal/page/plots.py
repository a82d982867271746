"""Pictures that need no script: where places are, and what was free over time. Geometry only; templates draw it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import cos, radians
from typing import Final

from spoedplein.domain.supply import TAKING
from spoedplein.portal.api.units import UnitNow
from spoedplein.store.lookups import Sample
from spoedplein_schemas.agreements import Place, Site
from spoedplein_schemas.vocabulary import UnitStatus

MAP_WIDTH: Final = 720.0
MAP_HEIGHT_MAX: Final = 520.0
_MARGIN: Final = 60.0
_KM_PER_DEGREE: Final = 111.2
#: Lengths that a scale bar may have, in kilometres.
_SCALES: Final = (1, 2, 5, 10, 20, 50)
#: In the drawing's own units: of a spot, of places that are drawn as one, of a letter of a name.
RADIUS: Final = 13.0
NEAR: Final = 24.0
_LETTER: Final = 6.6

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Spot:
    """Everything at one place, or so near that it would hide on paper. `tone` is of the best that is there.

    `label` says on which side there is room for the name; without room it is in the title only.
    """

    x: float
    y: float
    name: str
    free: int | None
    tone: str
    units: tuple[UnitNow, ...]
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Map:
    """In a box of `width` by `height`; `scale_px` is how long `scale_km` are."""

    width: float
    height: float
    spots: tuple[Spot, ...]
    scale_km: int
    scale_px: float


def region_map(units: Sequence[UnitNow], sites: Iterable[Site]) -> Map | None:
    """Of the units with a known place; None without any. To scale, by straight lines, the north above."""
    placed = [unit for unit in units if unit.place is not None]
    if not placed:
        return None
    lats, lons = [unit.place.lat for unit in placed if unit.place], [unit.place.lon for unit in placed if unit.place]
    shrink = cos(radians((max(lats) + min(lats)) / 2))
    wide_km = max(1.0, (max(lons) - min(lons)) * shrink * _KM_PER_DEGREE)
    high_km = max(1.0, (max(lats) - min(lats)) * _KM_PER_DEGREE)
    per_km = min((MAP_WIDTH - 2 * _MARGIN) / wide_km, (MAP_HEIGHT_MAX - 2 * _MARGIN) / high_km)

    def at(place: Place) -> tuple[float, float]:
        x = _MARGIN + (place.lon - min(lons)) * shrink * _KM_PER_DEGREE * per_km
        return round(x, 1), round(_MARGIN + (max(lats) - place.lat) * _KM_PER_DEGREE * per_km, 1)

    named = {at(site.place): site.name for site in sites if site.place is not None}
    groups: dict[tuple[float, float], list[UnitNow]] = {}
    for unit in sorted(placed, key=lambda unit: (unit.site is None, unit.unit)):
        assert unit.place is not None, "only those with a place"
        x, y = at(unit.place)
        near = next((spot for spot in groups if abs(spot[0] - x) < NEAR and abs(spot[1] - y) < NEAR), (x, y))
        groups.setdefault(near, []).append(unit)
    spots = [
        Spot(x, y, named.get((x, y)) or there[0].name or there[0].unit, _sum(there), _tone(there), tuple(there))
        for (x, y), there in groups.items()
    ]
    scale = max((km for km in _SCALES if km * per_km <= MAP_WIDTH / 4), default=_SCALES[0])
    height = round(high_km * per_km + 2 * _MARGIN, 1)
    return Map(MAP_WIDTH, height, tuple(_labelled(spots)), scale, round(scale * per_km, 1))


def _labelled(spots: Sequence[Spot]) -> Iterator[Spot]:
    """Names where they cover nothing, to the right before to the left; those of spoedpleinen come first."""
    taken = [(spot.x - RADIUS, spot.y - RADIUS, spot.x + RADIUS, spot.y + RADIUS) for spot in spots]
    for spot in spots:
        wide = len(spot.name) * _LETTER + 4
        sides = {
            "right": (spot.x + RADIUS + 1, spot.x + RADIUS + wide),
            "left": (spot.x - RADIUS - wide, spot.x - RADIUS - 1),
        }
        for side, (left, right) in sides.items():
            box = (left, spot.y - 7, right, spot.y + 7)
            if left >= 0 and right <= MAP_WIDTH and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                yield replace(spot, label=side)
                break
        else:
            yield spot


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _sum(units: Sequence[UnitNow]) -> int | None:
    """Of what is known, in units that take patients; None when nothing is."""
    known = [unit.free if _takes(unit) else 0 for unit in units if unit.free is not None]
    return sum(known) if known else None


def _takes(unit: UnitNow) -> bool:
    """Of who may not see the status there is no free place to see behind a stop."""
    return unit.status is None or unit.status in TAKING


def _tone(units: Sequence[UnitNow]) -> str:
    if all(unit.free is None for unit in units):
        return "unknown"
    if any(unit.free and _takes(unit) for unit in units):
        return "free"
    return "stop" if any(unit.status is UnitStatus.STOP for unit in units) else "full"


PLOT_WIDTH: Final = 640.0
PLOT_HEIGHT: Final = 130.0
_LEFT: Final = 34.0
_BOTTOM: Final = 22.0
_TOP: Final = 4.0
#: Between the top and the highest figure, so that its line stands free.
_ABOVE: Final = 8.0


@dataclass(frozen=True, slots=True)
class Plot:
    """What was free in a unit, as steps; `unknown` are stretches without a valid figure, as (x, width).

    `steps` is the path of the line, broken where the figure is unknown.
    """

    name: str
    steps: str
    unknown: tuple[tuple[float, float], ...]
    most: int
    marks: tuple[tuple[float, datetime], ...]
    lowest: int | None
    newest: int | None


def plot(name: str, samples: Sequence[Sample], *, since: datetime, until: datetime) -> Plot:
    """Each sample holds from its moment to the next, and no longer than it is valid."""
    seconds = (until - since).total_seconds()
    most = max([1, *(each.free for each in samples if each.free is not None)])

    def x(at: datetime) -> float:
        share = (min(max(at, since), until) - since).total_seconds() / seconds
        return round(_LEFT + share * (PLOT_WIDTH - _LEFT), 1)

    def y(free: int) -> float:
        return round((PLOT_HEIGHT - _BOTTOM - _ABOVE) * (1 - free / most) + _TOP + _ABOVE, 1)

    steps = ""
    drawn_until: datetime | None = None
    unknown: list[tuple[float, float]] = [(x(since), x(samples[0].as_of) - x(since))] if samples else []
    for number, each in enumerate(samples):
        ends = samples[number + 1].as_of if number + 1 < len(samples) else until
        known_until = ends if each.free is None or each.valid_until is None else min(ends, each.valid_until)
        if each.free is not None:
            joined = f"V{y(each.free)}" if drawn_until == each.as_of else f"M{x(each.as_of)},{y(each.free)}"
            steps, drawn_until = f"{steps}{joined}H{x(known_until)}", known_until
        dark = each.as_of if each.free is None else known_until
        if dark < ends:
            unknown.append((x(dark), round(x(ends) - x(dark), 1)))
    known = [each.free for each in samples if each.free is not None]
    marks = tuple((x(at), at) for at in (since + (until - since) * part / 4 for part in range(5)))
    return Plot(
        name=name,
        steps=steps,
        unknown=tuple(each for each in unknown if each[1] > 0),
        most=most,
        marks=marks,
        lowest=min(known, default=None),
        newest=samples[-1].free if samples else None,
    )
