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


class Figure(NamedTuple):
    """Places of one unit that are known now. `taken` is as the source counted; `free` is what may be promised."""

    staffed: int
    taken: int
    free: int
    held: int
    promised: int
    observed_at: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Picture:
    """One region at the moment `at`. `units` and `sites` are those that the reader may know of, one by one."""

    rules: Rules
    agreed: Agreements
    units: tuple[Unit, ...]
    sites: tuple[Site, ...]
    views: Mapping[str, UnitAvailability]
    boards: Mapping[str, SiteBoard]
    at: datetime

    @property
    def region(self) -> str:
        return self.agreed.region

    def status(self, unit: str) -> UnitStatus | None:
        """As announced; `None` where nothing was ever published of the unit."""
        view = self.views.get(unit)
        return None if view is None else view.status

    def announced(self, unit: str) -> UnitAvailability | None:
        """The view whose status counts: a warning, stop or closing stands until it ends; that it is simply open has
        to have been said, and not too long ago.
        """
        view = self.views.get(unit)
        if view is None or view.status is not UnitStatus.OPEN:
            return view
        return view if view.valid_until is not None and self.at <= view.valid_until else None

    def figure(self, unit: str) -> Figure | None:
        """What is known of its places; `None` is unknown, and never zero."""
        view = self.views.get(unit)
        return None if view is None else known_figure(view, at=self.at)

    def admits(self, unit: Unit) -> bool:
        """Whether somebody can be brought there now: by its status, and by the hours that were agreed."""
        now = millis(self.at)
        return self.status(unit.id) in TAKING and opens_at(unit, rules=self.rules, now=now) == now


def known_figure(view: UnitAvailability, *, at: datetime) -> Figure | None:
    """The view's figure if it still counts by the reader's own clock: nobody tells him so when coordination is down."""
    if view.free is None or view.staffed is None or view.reported_free is None:
        return None
    if view.observed_at is None or view.valid_until is None or view.valid_until < at:
        return None
    return Figure(
        staffed=view.staffed,
        taken=max(0, view.staffed - view.reported_free),
        free=view.free,
        held=view.held,
        promised=view.promised,
        observed_at=view.observed_at,
        valid_until=view.valid_until,
    )
