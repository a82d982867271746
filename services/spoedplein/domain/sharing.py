"""What an audience gets to see: a region's newest views, as coarse as was agreed, and never a person.

For reports and for whoever shows availability. The coordinator of the region needs none of this: he sees everything.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from spoedplein.domain.agreements import Rules
from spoedplein.domain.supply import TAKING
from spoedplein_schemas.sharing import DEFAULT_LEVELS, Audience, PublicationLevel, Sharing, SharingRule, Subject
from spoedplein_schemas.views import SiteBoard, UnitAvailability
from spoedplein_schemas.vocabulary import CareType, Instant, UnitStatus

#: From nothing to everything.
ORDER: Final = tuple(PublicationLevel)


class Shown(NamedTuple):
    """Places of one care type at one place: the whole region (`place` is None), a site, or a unit.

    `free` is None when it is unknown, or when so few places are staffed that the figure would be about a person
    (`few`). It counts units that take patients, and is 0 when none of the known ones does. `units_unknown` of the
    `units` have no valid figure.
    """

    care_type: CareType
    place: str | None
    units: int
    units_unknown: int
    free: int | None
    few: bool
    oldest_observed_at: Instant | None


class ShownStops(NamedTuple):
    """How many of the units of one care type at one place warn, have a stop, or are closed."""

    care_type: CareType
    place: str | None
    units: int
    warning: int
    stop: int
    closed: int


class ShownQueue(NamedTuple):
    """How many wait at a service, at one site or in the whole region, and since when; no pseudonym."""

    service: CareType
    place: str | None
    waiting: int
    oldest_since: Instant | None


class Viewer:
    """One audience of one region; `organisation` is whom a provider works for."""

    def __init__(self, rules: Rules, audience: Audience, *, organisation: str | None = None) -> None:
        agreed = rules.agreements.sharing if rules.agreements else Sharing()
        self._rules = rules
        self._least = agreed.least_places
        self._public = audience is Audience.PUBLIC
        self._own = organisation if audience is Audience.PROVIDER else None
        self._rows = [row for row in (*agreed.levels, *DEFAULT_LEVELS) if row.audience is audience]

    def level(
        self, subject: Subject, *, care_type: CareType | None = None, organisation: str | None = None
    ) -> PublicationLevel:
        """How finely: as the region agreed, and no finer than the organisation itself wants."""
        if organisation is not None and organisation == self._own:
            return PublicationLevel.UNIT
        rows = [row for row in self._rows if row.subject is subject and _is_for(row, care_type)]
        region = next(row for row in sorted(rows, key=_is_for_all) if not row.organisations)
        own = [row.level for row in rows if organisation in row.organisations]
        return min((region.level, *own), key=ORDER.index)

    def availability(self, views: Iterable[UnitAvailability]) -> list[Shown]:
        """Free places, in the order of care types and places."""
        return [self._shown(*key, group) for key, group in self._grouped(Subject.AVAILABILITY, views)]

    def stops(self, views: Iterable[UnitAvailability]) -> list[ShownStops]:
        return [
            ShownStops(
                care_type,
                place,
                units=len(group),
                warning=_count(group, UnitStatus.WARNING),
                stop=_count(group, UnitStatus.STOP),
                closed=_count(group, UnitStatus.CLOSED),
            )
            for (care_type, place), group in self._grouped(Subject.STOPS, views)
        ]

    def queues(self, boards: Iterable[SiteBoard]) -> list[ShownQueue]:
        """Lengths, who is outside every order included; a queue has no units, so `unit` means the site here."""
        found: dict[tuple[CareType, str | None], ShownQueue] = {}
        for board in boards:
            site = self._rules.sites.get(board.site)
            owner = site.organisation if site else None
            for queue in board.queues:
                level = self.level(Subject.QUEUES, care_type=queue.service, organisation=owner)
                if level is PublicationLevel.NONE:
                    continue
                place = None if level is PublicationLevel.REGION else board.site
                waiting = sum(each.length for each in queue.classes) + len(queue.immediate)
                since = [each.oldest_since for each in queue.classes if each.oldest_since is not None]
                before = found.get((queue.service, place), ShownQueue(queue.service, place, 0, None))
                oldest = min((*since, *([before.oldest_since] if before.oldest_since else [])), default=None)
                found[(queue.service, place)] = ShownQueue(queue.service, place, before.waiting + waiting, oldest)
        return sorted(found.values(), key=lambda shown: _place_order(shown.service, shown.place))

    def _shown(self, care_type: CareType, place: str | None, group: list[UnitAvailability]) -> Shown:
        known = [view for view in group if view.free is not None]
        staffed = sum(view.staffed or 0 for view in known)
        own = all(view.organisation == self._own for view in group)
        by_unit = place == group[0].unit and not self._public  # that the region agreed on purpose
        few = bool(known) and not own and not by_unit and staffed < self._least
        return Shown(
            care_type,
            place,
            units=len(group),
            units_unknown=len(group) - len(known),
            free=None if few or not known else sum(view.free or 0 for view in known if view.status in TAKING),
            few=few,
            oldest_observed_at=min((view.observed_at for view in known if view.observed_at), default=None),
        )

    def _grouped(
        self, subject: Subject, views: Iterable[UnitAvailability]
    ) -> Iterator[tuple[tuple[CareType, str | None], list[UnitAvailability]]]:
        groups: dict[tuple[CareType, str | None], list[UnitAvailability]] = {}
        for view in views:
            level = self.level(subject, care_type=view.care_type, organisation=view.organisation)
            if level is not PublicationLevel.NONE:
                groups.setdefault((view.care_type, self._place(view, level)), []).append(view)
        yield from sorted(groups.items(), key=lambda item: _place_order(*item[0]))

    def _place(self, view: UnitAvailability, level: PublicationLevel) -> str | None:
        """By site: units that lie on none are told as one sum of the region."""
        if level is PublicationLevel.UNIT:
            return view.unit
        unit = self._rules.units.get(view.unit)
        return unit.site if level is PublicationLevel.SITE and unit is not None else None


def _place_order(care_type: CareType, place: str | None) -> tuple[int, str]:
    return (_CARE_TYPES.index(care_type), place or "")


_CARE_TYPES: Final = tuple(CareType)


def _is_for(row: SharingRule, care_type: CareType | None) -> bool:
    return not row.care_types or care_type in row.care_types


def _is_for_all(row: SharingRule) -> bool:
    """Rows for care types first; within those, the region's own before the defaults."""
    return not row.care_types


def _count(group: Iterable[UnitAvailability], status: UnitStatus) -> int:
    return sum(view.status is status for view in group)
