"""What is true now, in memory: the newest view of every unit and board, and the latest decisions, per region.

It is filled from the topics that coordination publishes, and answers every question of the moment. A figure past its
validity is unknown here by our own clock, also when nobody is left to say so.

Each region has a version that goes up with every change. Whoever knows version n gets what changed since.
"""

import heapq
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from pydantic import BaseModel

from spoedplein.workers.following import Message
from spoedplein_schemas import Decision
from spoedplein_schemas.views import SiteBoard, UnitAvailability
from spoedplein_schemas.vocabulary import CareType, Topic, UnitStatus, millis

#: Of each region; older ones are in the archive.
DECISIONS_MAX: Final = 2000
#: Names of units and boards that are gone, so that a follower can be told; who missed more begins anew.
GONE_MAX: Final = 500


class Plane(StrEnum):
    """What can be followed apart."""

    AVAILABILITY = "availability"
    BOARDS = "boards"
    DECISIONS = "decisions"


class Changes(NamedTuple):
    """What changed since a version: views by what is left of their key, names that are gone, decisions in order."""

    units: list[UnitAvailability]
    boards: dict[str, BaseModel]
    gone: list[str]
    decisions: list[Decision]


class CareTypeNow(NamedTuple):
    """Sum over the units of one care type. `free` counts units that take patients and whose figure is valid.

    It is None when there is no such figure, and 0 only when that is known.
    """

    care_type: CareType
    units: int
    units_known: int
    units_never: int
    units_warning: int
    units_stop: int
    units_closed: int
    free: int | None
    oldest_observed_ms: int | None


class LiveRegion:
    """One region, as last heard. `version` counts changes; `as_of_ms` is the log's time of the newest of them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.version = 0
        self.as_of_ms: int | None = None
        self.heard_ms: int | None = None
        self.decided_offset = -1
        self.decisions: OrderedDict[str, Decision] = OrderedDict()
        self._units: dict[str, UnitAvailability] = {}
        self._boards: dict[str, BaseModel] = {}
        self._caused: dict[str, list[str]] = defaultdict(list)
        self._changed: dict[tuple[Plane, str], int] = {}
        self._gone: OrderedDict[str, int] = OrderedDict()
        self._forgotten = 0
        self._newest = dict.fromkeys(Plane, 0)
        self._validity: list[tuple[int, str]] = []
        self._expired: set[str] = set()

    # --- taking in ----------------------------------------------------------------------------------------------

    def take(self, messages: Iterable[Message], *, now_ms: int) -> bool:
        """Of this region only; answers whether anything is new."""
        number = self.version + 1
        changed = [self._take(message, number) for message in messages]
        if changed:
            self.heard_ms = now_ms
        if any(changed):
            self.version = number
        return any(changed)

    def settle(self, now_ms: int) -> bool:
        """Figures whose validity passed since are unknown from here on; answers whether there were any."""
        passed = set(self._past_validity(now_ms))
        if passed:
            self.version += 1
            self._expired |= passed
            for unit in passed:
                self._mark(Plane.AVAILABILITY, unit, self.version)
        return bool(passed)

    # --- asking -------------------------------------------------------------------------------------------------

    def units(self) -> Iterator[UnitAvailability]:
        """By name."""
        return (self._now(self._units[name]) for name in sorted(self._units))

    def unit(self, name: str) -> UnitAvailability | None:
        view = self._units.get(name)
        return None if view is None else self._now(view)

    def care_types(self) -> list[CareTypeNow]:
        groups: dict[CareType, list[UnitAvailability]] = defaultdict(list)
        for view in self.units():
            groups[view.care_type].append(view)
        return [self._sum(care_type, groups[care_type]) for care_type in CareType if care_type in groups]

    def sites(self) -> list[SiteBoard]:
        found = [board for board in self._boards.values() if isinstance(board, SiteBoard)]
        return sorted(found, key=lambda board: board.site)

    def board(self, name: str) -> BaseModel | None:
        """Of a site, or `requests`, `ambulance`, `rounds`, `consults`, `escalation`."""
        return self._boards.get(name)

    def caused_by(self, event_id: str) -> list[Decision]:
        return [self.decisions[name] for name in self._caused.get(event_id, ()) if name in self.decisions]

    def changed_at(self, *planes: Plane) -> int:
        """The version at which any of these planes last changed."""
        return max(self._newest[plane] for plane in planes)

    def tells_from(self, since: int) -> bool:
        """Whether all that changed after this version is known still."""
        return self._forgotten <= since <= self.version

    def changes(self, since: int) -> Changes | None:
        """What changed after this version; nothing when that is too long ago to tell."""
        if not self.tells_from(since):
            return None
        named = {
            plane: [key for (of, key), at in self._changed.items() if of is plane and at > since] for plane in Plane
        }
        return Changes(
            units=[self._now(self._units[name]) for name in sorted(named[Plane.AVAILABILITY]) if name in self._units],
            boards={name: self._boards[name] for name in sorted(named[Plane.BOARDS]) if name in self._boards},
            gone=[name for name, at in self._gone.items() if at > since],
            decisions=[self.decisions[name] for name in named[Plane.DECISIONS]],
        )

    # --- steps --------------------------------------------------------------------------------------------------

    def _take(self, message: Message, number: int) -> bool:
        match message.topic:
            case Topic.DECISIONS:
                assert isinstance(message.said, Decision)
                return self._take_decision(message.said, number)
            case Topic.AVAILABILITY:
                return self._take_unit(message, number)
            case Topic.BOARDS:
                return self._take_board(message, number)
        return False

    def _take_unit(self, message: Message, number: int) -> bool:
        name, view = _rest(message.key), message.said
        if name.startswith("/"):  # The sum over a care type: counted here, by our own clock.
            return False
        if view is None:
            return self._leave(Plane.AVAILABILITY, name, number, was_there=self._units.pop(name, None) is not None)
        assert isinstance(view, UnitAvailability)
        if self._units.get(name) == view:
            return False
        self._units[name] = view
        self._expired.discard(name)
        if view.valid_until is not None:
            heapq.heappush(self._validity, (millis(view.valid_until), name))
        return self._arrive(Plane.AVAILABILITY, name, number, as_of_ms=millis(view.as_of))

    def _take_board(self, message: Message, number: int) -> bool:
        name, board = _rest(message.key), message.said
        if board is None:
            return self._leave(Plane.BOARDS, name, number, was_there=self._boards.pop(name, None) is not None)
        if self._boards.get(name) == board:
            return False
        self._boards[name] = board
        return self._arrive(Plane.BOARDS, name, number, as_of_ms=millis(board.as_of))  # type: ignore[attr-defined]

    def _take_decision(self, decision: Decision, number: int) -> bool:
        if decision.id in self.decisions:
            return False
        self.decisions[decision.id] = decision
        self._caused[decision.causationid].append(decision.id)
        self.decided_offset = max(self.decided_offset, int(decision.id.rsplit(".", 2)[1]))
        if len(self.decisions) > DECISIONS_MAX:
            self._forget_oldest()
        return self._arrive(Plane.DECISIONS, decision.id, number, as_of_ms=millis(decision.time))

    def _forget_oldest(self) -> None:
        name, oldest = self.decisions.popitem(last=False)
        self._forgotten = max(self._forgotten, self._changed.pop((Plane.DECISIONS, name)))
        rest = [each for each in self._caused.pop(oldest.causationid) if each != name]
        if rest:
            self._caused[oldest.causationid] = rest

    def _arrive(self, plane: Plane, name: str, number: int, *, as_of_ms: int) -> bool:
        self._gone.pop(name, None)
        self._mark(plane, name, number)
        self.as_of_ms = max(self.as_of_ms or 0, as_of_ms)
        return True

    def _leave(self, plane: Plane, name: str, number: int, *, was_there: bool) -> bool:
        if was_there:
            self._changed.pop((plane, name), None)
            self._newest[plane] = number
            self._gone[name] = number
            if len(self._gone) > GONE_MAX:
                self._forgotten = max(self._forgotten, self._gone.popitem(last=False)[1])
        return was_there

    def _mark(self, plane: Plane, name: str, number: int) -> None:
        self._changed[(plane, name)] = number
        self._newest[plane] = number

    def _past_validity(self, now_ms: int) -> Iterator[str]:
        while self._validity and self._validity[0][0] < now_ms:
            until, name = heapq.heappop(self._validity)
            view = self._units.get(name)
            if view is not None and view.valid_until is not None and millis(view.valid_until) == until:
                yield name

    def _now(self, view: UnitAvailability) -> UnitAvailability:
        return view.model_copy(update={"free": None}) if view.unit in self._expired else view

    def _sum(self, care_type: CareType, views: list[UnitAvailability]) -> CareTypeNow:
        known = [view for view in views if view.valid_until is not None and view.unit not in self._expired]
        taking = [view for view in known if view.status in (UnitStatus.OPEN, UnitStatus.WARNING)]
        counted = [view.free for view in taking if view.free is not None]
        return CareTypeNow(
            care_type,
            units=len(views),
            units_known=len(known),
            units_never=sum(view.observed_at is None for view in views),
            units_warning=sum(view.status is UnitStatus.WARNING for view in views),
            units_stop=sum(view.status is UnitStatus.STOP for view in views),
            units_closed=sum(view.status is UnitStatus.CLOSED for view in views),
            free=sum(counted) if counted or (known and not taking) else None,
            oldest_observed_ms=min((millis(view.observed_at) for view in known if view.observed_at), default=None),
        )


def _rest(key: str) -> str:
    """A key without its region."""
    return key.partition("/")[2]


class Live:
    """All regions. `epoch` names this life of the portal: a version of another life says nothing here."""

    def __init__(self, regions: Iterable[str], *, epoch: str) -> None:
        self.epoch = epoch
        self.regions = {name: LiveRegion(name) for name in sorted(regions)}

    def take(self, messages: Iterable[Message], *, now_ms: int) -> set[str]:
        """What was read from the topics; answers the regions in which something is new. Others' are passed over."""
        by_region: dict[str, list[Message]] = defaultdict(list)
        for message in messages:
            by_region[_region_of(message)].append(message)
        return {
            name
            for name, said in by_region.items()
            if name in self.regions and self.regions[name].take(said, now_ms=now_ms)
        }

    def settle(self, now_ms: int) -> set[str]:
        """Regions in which a figure's validity passed since the last time."""
        return {name for name, region in self.regions.items() if region.settle(now_ms)}


def _region_of(message: Message) -> str:
    return message.said.region if isinstance(message.said, Decision) else message.key.partition("/")[0]
