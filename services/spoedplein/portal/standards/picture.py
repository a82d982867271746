"""A region as it stands at one moment: what is agreed, what was published of it, and what of that still counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from spoedplein.domain.agreements import Rules
from spoedplein.domain.eligibility import opens_at
from spoedplein_schemas.agreements import Agreements, Site, Unit
from spoedplein_schemas.views import SiteBoard, UnitAvailability
from spoedplein_schemas.vocabulary import UnitStatus, millis

#: In these a unit takes patients.
TAKING = (UnitStatus.OPEN, UnitStatus.WARNING)


class Counts(NamedTuple):
    """Places of one unit, beside those that are free. `taken` is as the source counted."""

    staffed: int
    taken: int
    held: int
    promised: int


class Figure(NamedTuple):
    """What is known of a unit now. `free` is what may be promised; `counts` is None where only that is shared."""

    free: int
    observed_at: datetime
    valid_until: datetime
    counts: Counts | None


@dataclass(frozen=True, slots=True)
class Picture:
    """One region at the moment `at`, as somebody may see it.

    `units` and `sites` are those that he may know of one by one. Of the units in `whole` he sees all counts, of those
    in `stops` what they announce.
    """

    rules: Rules
    agreed: Agreements
    units: tuple[Unit, ...]
    sites: tuple[Site, ...]
    views: Mapping[str, UnitAvailability]
    boards: Mapping[str, SiteBoard]
    at: datetime
    whole: frozenset[str]
    stops: frozenset[str]

    @property
    def region(self) -> str:
        return self.agreed.region

    def announced(self, unit: str) -> UnitAvailability | None:
        """The view whose status counts, if he may see it.

        A warning, stop or closing stands until it ends; that it is simply open has to have been said, and not too long
        ago.
        """
        view = self.views.get(unit)
        if view is None or unit not in self.stops:
            return None
        if view.status is not UnitStatus.OPEN:
            return view
        return view if view.valid_until is not None and self.at <= view.valid_until else None

    def figure(self, unit: str) -> Figure | None:
        """What is known of its places; `None` is unknown, and never zero."""
        view = self.views.get(unit)
        known = None if view is None else known_figure(view, at=self.at)
        return known if known is None or unit in self.whole else known._replace(counts=None)

    def admits(self, unit: Unit) -> bool:
        """Whether somebody can be brought there now: by its status, and by the hours that were agreed."""
        now = millis(self.at)
        return self.takes(unit.id) and opens_at(unit, rules=self.rules, now=now) == now

    def takes(self, unit: str) -> bool:
        """By its status. Who may not see a stop still sees no free place behind it."""
        view = self.views.get(unit)
        return view is not None and view.status in TAKING


def known_figure(view: UnitAvailability, *, at: datetime) -> Figure | None:
    """The view's figure if it still counts by the reader's own clock: nobody tells him so when coordination is down."""
    if view.free is None or view.staffed is None or view.reported_free is None:
        return None
    if view.observed_at is None or view.valid_until is None or view.valid_until < at:
        return None
    counts = Counts(
        staffed=view.staffed,
        taken=max(0, view.staffed - view.reported_free),
        held=view.held,
        promised=view.promised,
    )
    return Figure(view.free, view.observed_at, view.valid_until, counts)
