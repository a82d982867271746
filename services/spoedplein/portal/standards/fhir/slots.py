"""The places of a unit as slots: as many as are known, each free, held, promised or taken; or one that is unknown.

A slot is one place of the pool and not a bed with a number: `elv-hoog-frankeland--1` is whichever is given first.
"""

from collections.abc import Container, Iterator
from datetime import datetime
from typing import NamedTuple

from spoedplein.domain.eligibility import opens_at
from spoedplein.domain.turn import moment
from spoedplein.portal.standards.fhir import terms
from spoedplein.portal.standards.fhir.elements import (
    Element,
    Resource,
    absent,
    concept,
    extension,
    instant,
    present,
    reference,
    resource,
    told_by,
)
from spoedplein.portal.standards.fhir.terms import PlaceUse
from spoedplein.portal.standards.picture import Counts, Figure, Picture
from spoedplein_schemas.agreements import Unit
from spoedplein_schemas.views import UnitAvailability
from spoedplein_schemas.vocabulary import millis


class Places(NamedTuple):
    """So many places of a unit have this use. `admits_at` is from when on a free one can be had."""

    use: PlaceUse
    places: int
    admits_at: datetime | None = None


def schedule(picture: Picture, unit: Unit) -> Resource:
    """The unit's book of places."""
    view = picture.views.get(unit.id)
    return resource(
        "Schedule",
        unit.id,
        told=told_by(view),
        active=True,
        serviceType=[concept(terms.care_type_coding(unit.care_type))],
        actor=[reference("HealthcareService", unit.id), reference("Location", unit.id)],
    )


def places(picture: Picture, unit: Unit) -> list[Places]:
    """What is known of the unit's places now, free ones first; one unknown place when nothing is."""
    figure = picture.figure(unit.id)
    if figure is None:
        return [Places(PlaceUse.UNKNOWN, 1)]
    admits_at = _admits_at(picture, unit, figure) if picture.takes(unit.id) else None
    use = PlaceUse.NOT_ADMITTING if admits_at is None else PlaceUse.FREE
    return [Places(use, figure.free, admits_at), *(_given(figure.free, figure.counts) if figure.counts else ())]


def _given(free: int, counts: Counts) -> Iterator[Places]:
    yield Places(PlaceUse.HELD, counts.held)
    yield Places(PlaceUse.PROMISED, counts.promised)
    yield Places(PlaceUse.TAKEN, max(0, counts.staffed - free - counts.held - counts.promised))


def slots(picture: Picture, unit: Unit, *, uses: Container[PlaceUse] = tuple(PlaceUse)) -> Iterator[Resource]:
    """All slots of a unit, or those of some uses: numbered from 1, free ones first."""
    number = 0
    for found in places(picture, unit):
        if found.use in uses:
            yield from (
                _slot(picture, unit, found, number=each) for each in range(number + 1, number + found.places + 1)
            )
        number += found.places


def _slot(picture: Picture, unit: Unit, found: Places, *, number: int) -> Resource:
    view = picture.views.get(unit.id)
    return resource(
        "Slot",
        f"{unit.id}--{number}",
        told=told_by(view),
        extension=figure_extension(view, known=found.use is not PlaceUse.UNKNOWN),
        serviceType=[concept(terms.care_type_coding(unit.care_type))],
        schedule=reference("Schedule", unit.id),
        status=terms.SLOT_STATUS[found.use],
        **_during(view, found),
    )


def figure_extension(view: UnitAvailability | None, *, known: bool) -> list[Element]:
    """Whether the figure counts, when it was observed, and until when: its age is the reader's to count."""
    parts = [extension("known", valueBoolean=known)]
    if view is not None and view.observed_at is not None:
        parts.append(extension("observed-at", valueInstant=instant(view.observed_at)))
    if view is not None and view.valid_until is not None:
        parts.append(extension("valid-until", valueInstant=instant(view.valid_until)))
    return [{"url": terms.FIGURE_EXTENSION, "extension": parts}]


def _during(view: UnitAvailability | None, found: Places) -> Element:
    """While the figure counts; a free place from when its unit admits. What was never observed has no time."""
    if found.use is PlaceUse.UNKNOWN or view is None:
        return {"_start": absent("unknown"), "_end": absent("unknown")}
    return present(start=instant(found.admits_at or view.observed_at), end=instant(view.valid_until))


def _admits_at(picture: Picture, unit: Unit, figure: Figure) -> datetime | None:
    """Since the figure if the unit admits now; else when it opens, if its figure counts until then."""
    now = millis(picture.at)
    opens = opens_at(unit, rules=picture.rules, now=now)
    if opens == now:
        return figure.observed_at
    if opens is None or moment(opens) >= figure.valid_until:
        return None
    return moment(opens)
