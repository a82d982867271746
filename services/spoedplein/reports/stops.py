"""Stops per care type: how many, how long, and how many at the same time. Never per provider (as LNAZ publishes)."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from spoedplein_schemas.vocabulary import UnitStatus

Span = tuple[datetime, datetime]
#: When a unit left the agreements, first after that moment; None when it did not.
Left = Callable[[str, datetime], datetime | None]


@dataclass(slots=True)
class Stops:
    """Begun in the period, hours within it, the most units at once, hours with two or more, and reasons as given."""

    begun: int = 0
    hours: float = 0.0
    at_once: int = 0
    hours_together: float = 0.0
    units: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def _stays(_unit: str, _since: datetime) -> None:
    """Of no unit is known that it left."""


def stops(
    rows: Iterable[Mapping[str, Any]], *, since: datetime, until: datetime, left: Left = _stays
) -> dict[str, Stops]:
    """By care type, from changes of status in order per unit; `until` also ends what nobody ended.

    So does it when the unit leaves the agreements: then nothing is decided of it any more. When a stop was to end says
    nothing here: it may have been renewed, and when it ends by itself that is a change.
    """
    found: dict[str, Stops] = {}
    spans: dict[str, list[Span]] = {}
    for _, changes in groupby(rows, key=lambda row: row["unit_id"]):
        one = list(changes)
        care_type = str(one[0]["care_type"])
        mine = [_clipped(span, since, until) for span in _spans(one, until, left)]
        kept = [span for span in mine if span[0] < span[1]]
        if kept:
            total = found.setdefault(care_type, Stops())
            total.units += 1
            _begun(total, one, since)
            spans.setdefault(care_type, []).extend(kept)
    for care_type, lasted in spans.items():
        _together(found[care_type], lasted)
    return dict(sorted(found.items()))


def _begun(total: Stops, changes: list[Mapping[str, Any]], since: datetime) -> None:
    previous = None
    for row in changes:
        if row["status"] == UnitStatus.STOP and previous != UnitStatus.STOP and row["decided_at"] >= since:
            total.begun += 1
            total.reasons[row["reason"] or "other"] += 1
        previous = row["status"]


def _spans(changes: list[Mapping[str, Any]], until: datetime, left: Left) -> list[Span]:
    ends = [row["decided_at"] for row in changes[1:]] + [until]
    return [
        (row["decided_at"], min(end, left(row["unit_id"], row["decided_at"]) or end))
        for row, end in zip(changes, ends, strict=True)
        if row["status"] == UnitStatus.STOP
    ]


def _clipped(span: Span, since: datetime, until: datetime) -> Span:
    return max(span[0], since), min(span[1], until)


def _together(total: Stops, spans: list[Span]) -> None:
    """Walk the moments at which a stop begins or ends; one that ends makes way for one that begins then."""
    moments = sorted([(begin, 1) for begin, _ in spans] + [(end, -1) for _, end in spans])
    count, last = 0, moments[0][0]
    for at, change in moments:
        lasted = (at - last).total_seconds() / 3600
        total.hours += lasted * count
        total.hours_together += lasted if count > 1 else 0
        count, last = count + change, at
        total.at_once = max(total.at_once, count)
