"""Counts of places after SANER: a MeasureReport per unit, and one of the region in groups per care type.

SANER counts beds as all, in use and available. What is held or promised is neither in use nor available, and is told
beside them. Rooms, visits and caseload are no beds: they have groups and counts of our own.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import reduce
from typing import Final, NamedTuple, Self

from spoedplein.portal.standards.fhir import terms
from spoedplein.portal.standards.fhir.elements import (
    Element,
    Resource,
    Told,
    absent,
    coding,
    concept,
    extension,
    instant,
    period,
    reference,
    resource,
    second,
    told_by,
)
from spoedplein.portal.standards.fhir.places import region_identifier, region_name, unit_identifier
from spoedplein.portal.standards.fhir.slots import figure_extension
from spoedplein.portal.standards.picture import Counts, Figure, Picture
from spoedplein_schemas.agreements import Unit
from spoedplein_schemas.vocabulary import CareType, Measure, measure_of

MEASURE_NAME: Final = "places"
MEASURE_URL: Final = f"{terms.OWN}:fhir:measure:{MEASURE_NAME}"


class Total(NamedTuple):
    """A sum over units. The counts are of the units that are known, and absent with a reason when there are none.

    `masked` when somebody may know how many are free there, and no more.
    """

    units: int = 0
    unknown: int = 0
    free: int | None = None
    counts: Counts | None = None
    masked: bool = False
    oldest: datetime | None = None

    def plus(self, figure: Figure | None, *, takes: bool) -> Self:
        """With one unit more; behind a stop or a closing nothing is free."""
        if figure is None:
            return self._replace(units=self.units + 1, unknown=self.unknown + 1)
        free = figure.free if takes else 0
        return self.with_(Total(1, 0, free, figure.counts, figure.counts is None, figure.observed_at))

    def with_(self, other: "Total") -> Self:
        """Both together."""
        masked = self.masked or other.masked
        moments = [each.oldest for each in (self, other) if each.oldest is not None]
        return self._replace(
            units=self.units + other.units,
            unknown=self.unknown + other.unknown,
            free=_added(self.free, other.free),
            counts=None if masked else _added_counts(self.counts, other.counts),
            masked=masked,
            oldest=min(moments, default=None),
        )

    def value(self, field: str) -> int | None:
        found: int | None = getattr(self.counts if field in Counts._fields else self, field, None)
        return found


def _added(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else one + other


def _added_counts(one: Counts | None, other: Counts | None) -> Counts | None:
    if one is None or other is None:
        return one or other
    return Counts(*(left + right for left, right in zip(one, other, strict=True)))


class Counted(NamedTuple):
    """One population: which count of `Total` it is, SANER's word for it among beds, and what it is to a ratio."""

    field: str
    of_beds: str | None
    role: Element
    meaning: str


_SUPPORTING: Final = coding(terms.SANER_POPULATION, "supporting")

#: In the order of the report.
COUNTED: Final = (
    Counted("staffed", "numTotBeds", coding(terms.MEASURE_POPULATION, "denominator"), "places with staff"),
    Counted("taken", "numTotBedsOcc", coding(terms.MEASURE_POPULATION, "numerator"), "somebody is there, as counted"),
    Counted(
        "free", "numTotBedsAvail", coding(terms.SANER_POPULATION, "numerator-complement"), "places that may be promised"
    ),
    Counted("held", None, _SUPPORTING, "held for an offer that is not answered"),
    Counted("promised", None, _SUPPORTING, "accepted for somebody who is not there yet"),
    Counted("units", None, _SUPPORTING, "units that the counts are about"),
    Counted("unknown", None, _SUPPORTING, "units whose figure is unknown, and in no other count"),
)


def measure() -> Resource:
    """What the reports count; each expression names a field of our own availability contract, or of its sums."""
    return resource(
        "Measure",
        MEASURE_NAME,
        url=MEASURE_URL,
        version="1",
        name="SpoedpleinPlaces",
        title="Places that are staffed, taken, free, held and promised",
        status="active",
        experimental=False,
        description="Point in time, per unit or region. Unknown figures are absent and are counted as unknown units.",
        scoring=concept(coding(terms.SANER_SCORING, "capacity")),
        type=[concept(coding(terms.MEASURE_TYPE, "structure"))],
        group=[
            {
                "code": concept(terms.MEASURE_GROUP[kind]),
                "population": [
                    {
                        "code": _code(kind, each),
                        "description": each.meaning,
                        "criteria": {"language": "text/plain", "expression": each.field},
                    }
                    for each in COUNTED
                ],
            }
            for kind in Measure
        ],
    )


def unit_report(picture: Picture, unit: Unit) -> Resource:
    """Of one unit. What is unknown is absent with its reason, and the report is then not complete."""
    view = picture.views.get(unit.id)
    total = Total().plus(picture.figure(unit.id), takes=picture.takes(unit.id))
    known = total.unknown == 0
    return resource(
        "MeasureReport",
        unit.id,
        told=told_by(view),
        profiles=[terms.SANER_REPORT],
        extension=figure_extension(view, known=known),
        **_head(picture, complete=known),
        subject=reference("Location", unit.id, known_as=unit_identifier(picture.region, unit.id)),
        period=period((view and view.observed_at) or picture.at, picture.at),
        group=[_group(measure_of(unit.care_type), total)],
    )


def region_report(picture: Picture, totals: Sequence[tuple[CareType, Total]]) -> Resource:
    """Of the region: a group per measure, stratified by care type. Partial while any unit is unknown."""
    oldest = min((total.oldest for _, total in totals if total.oldest), default=picture.at)
    return resource(
        "MeasureReport",
        region_name(picture.region),
        told=Told(max((view.as_of for view in picture.views.values()), default=None), None),
        profiles=[terms.SANER_REPORT],
        extension=[
            {
                "url": terms.FIGURE_EXTENSION,
                "extension": [extension("observed-at", valueInstant=instant(oldest))],
            }
        ],
        **_head(picture, complete=not any(total.unknown for _, total in totals)),
        subject=reference("Location", region_name(picture.region), known_as=region_identifier(picture.region)),
        period=period(oldest, picture.at),
        group=list(_groups(totals)),
    )


def totals_of(picture: Picture, units: Iterable[Unit]) -> list[tuple[CareType, Total]]:
    """Per care type, in the order of the vocabulary."""
    found: dict[CareType, Total] = {}
    for unit in units:
        before = found.get(unit.care_type, Total())
        found[unit.care_type] = before.plus(picture.figure(unit.id), takes=picture.takes(unit.id))
    return [(care_type, found[care_type]) for care_type in CareType if care_type in found]


def _head(picture: Picture, *, complete: bool) -> Element:
    """SANER: `pending` is a partial report. It wants moments to the second, and who reports."""
    return {
        "status": "complete" if complete else "pending",
        "type": "summary",
        "measure": MEASURE_URL,
        "date": second(picture.at),
        "reporter": reference("Organization", picture.agreed.owner),
    }


def _groups(totals: Sequence[tuple[CareType, Total]]) -> Iterator[Element]:
    for kind in Measure:
        of_kind = [(care_type, total) for care_type, total in totals if measure_of(care_type) is kind]
        if of_kind:
            strata = [
                {
                    "component": [
                        {"code": concept(text="care type"), "value": concept(terms.care_type_coding(care_type))}
                    ],
                    "population": _populations(kind, total),
                }
                for care_type, total in of_kind
            ]
            stratifier = [{"code": [concept(text="care type")], "stratum": strata}]
            whole = reduce(Total.with_, (total for _, total in of_kind))
            yield {**_group(kind, whole), "stratifier": stratifier}


def _group(kind: Measure, total: Total) -> Element:
    return {"code": concept(terms.MEASURE_GROUP[kind]), "population": _populations(kind, total)}


def _populations(kind: Measure, total: Total) -> list[Element]:
    reason = "masked" if total.masked else "unknown"
    return [_population(kind, each, total.value(each.field), reason=reason) for each in COUNTED]


def _population(kind: Measure, counted: Counted, count: int | None, *, reason: str) -> Element:
    if count is None:
        return {"code": _code(kind, counted), "_count": absent(reason)}
    return {"code": _code(kind, counted), "count": count}


def _code(kind: Measure, counted: Counted) -> Element:
    of_beds = counted.of_beds if kind is Measure.PLACES else None
    theirs = [coding(terms.SANER_VALUE, of_beds)] if of_beds else []
    return concept(*theirs, coding(terms.MEASURED, counted.field), counted.role)
