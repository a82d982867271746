"""Recounts rooms: which could be proposed to whom, and why not another (I2, I3, I4, I9).

Every fact is kept in a plain list, and each question is answered by going through all of them.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from spoedplein.domain.log import Record
from spoedplein.testing.audit_rules import Findings, rank_of
from spoedplein_schemas import Decision, hap, rooms, seh
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.room_agreements import Room, RoomRule
from spoedplein_schemas.vocabulary import Frozen, RoomProperty, Urgency

SLACK: Final = timedelta(seconds=1)
#: What only an agreement forbids; for danger of life none of it holds.
AGREED_ONLY: Final = {
    rooms.RoomExclusionCode.KEPT_ACUTE,
    rooms.RoomExclusionCode.NOT_SHARED,
    rooms.RoomExclusionCode.NOT_LENT,
    rooms.RoomExclusionCode.KEPT_HOME,
    rooms.RoomExclusionCode.PROPERTY_MISSING,
}
_ROOM_FACTS: Final = (rooms.RoomAssigned, rooms.RoomReleased, rooms.RoomCleaned, rooms.RoomClosed, rooms.RoomReopened)


@dataclass(slots=True)
class Said:
    """All that was said of the rooms of one site, of patients by case; `heard` is when the last of it came."""

    assigned: dict[str, list[rooms.RoomAssigned]] = field(default_factory=lambda: defaultdict(list))
    released: dict[str, list[rooms.RoomReleased]] = field(default_factory=lambda: defaultdict(list))
    other: list[rooms.RoomCleaned | rooms.RoomClosed | rooms.RoomReopened] = field(default_factory=list)
    heard: datetime | None = None


class RoomAuditor:
    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._agreements: Agreements | None = None
        self._said: dict[str, Said] = {}
        self._left: dict[tuple[str, str], datetime] = {}
        self._proposed: dict[tuple[str, str], rooms.RoomProposed] = {}
        #: Of each room with several patients in it, who was told to be there.
        self._conflicts: dict[tuple[str, str], set[str]] = {}
        self._offset = 0
        self._now = datetime.min.replace(tzinfo=UTC)

    def adopt(self, agreements: Agreements) -> None:
        self._agreements = agreements

    def step(self, record: Record, decided: list[Decision]) -> None:
        self._offset = record.offset
        self._now = max(self._now, datetime.fromtimestamp(record.at / 1000, UTC))
        self._read(record.event.data)
        for decision in decided:
            self._check_room(decision.data)
        self._check_conflicts(record.event.data)

    # --- rooms ----------------------------------------------------------------------------------------------------

    def _read(self, data: Frozen) -> None:
        match data:
            case seh.PatientLeft():
                self._leaves(data.site, data.visit, data.left_at)
            case hap.ContactClosed():
                self._leaves(data.site, data.contact, data.closed_at)
        if not isinstance(data, _ROOM_FACTS):
            return
        said = self._said.setdefault(data.site, Said())
        said.heard = self._now
        match data:
            case rooms.RoomAssigned():
                said.assigned[data.case].append(data)
            case rooms.RoomReleased():
                said.released[data.case].append(data)
            case _:
                said.other.append(data)

    def _leaves(self, site: str, case: str, at: datetime) -> None:
        known = self._left.get((site, case))
        self._left[(site, case)] = at if known is None else min(at, known)

    def _stays(self, site: str, room: str) -> list[tuple[str, datetime, datetime | None]]:
        """Case, start and end (none: still there) of every stay whose start is the newest of its case in this room."""
        said, found = self._said.get(site, Said()), []
        for case, mine in said.assigned.items():
            if all(each.room != room for each in mine):
                continue
            start = max(each.assigned_at for each in mine if each.room == room)
            ends = [
                each.released_at
                for each in said.released.get(case, ())
                if each.room == room and each.released_at >= start
            ]
            newest = {each.room: max(one.assigned_at for one in mine if one.room == each.room) for each in mine}
            ends += [at for name, at in newest.items() if name != room and (at, name) > (start, room)]
            if (site, case) in self._left:
                ends.append(max(start, self._left[(site, case)]))
            found.append((case, start, min(ends, default=None)))
        return found

    def _why_not(self, site: str, room: str, rule: RoomRule) -> str | None:
        """By the facts alone: what keeps anybody out of this room now."""
        said, stays = self._said.get(site, Said()), self._stays(site, room)
        if any(end is None for _, _, end in stays):
            return "is taken"
        closings = [each for each in said.other if isinstance(each, rooms.RoomClosed) and each.room == room]
        opened = [each.reopened_at for each in said.other if isinstance(each, rooms.RoomReopened) and each.room == room]
        if closings:
            last = max(each.closed_at for each in closings)
            ends = [each.expected_end for each in closings if each.closed_at == last]
            shut = not opened or max(opened) <= last
            if shut and all(end is None or end > self._now + SLACK for end in ends):
                return "is out of use"
        cleaned = [each.cleaned_at for each in said.other if isinstance(each, rooms.RoomCleaned) and each.room == room]
        emptied = max((end for _, _, end in stays if end is not None), default=None)
        if not cleaned and emptied is None and not opened:
            return "was never reported"
        if rule.cleaning_minutes and emptied is not None and (not cleaned or max(cleaned) < emptied):
            return "is not clean"
        if said.heard is None or self._now - said.heard > timedelta(minutes=rule.validity_minutes) + SLACK:
            return "was not heard of for too long"
        return None

    def _check_room(self, data: Frozen) -> None:
        match data:
            case rooms.RoomProposed():
                self._check_room_proposed(data)
            case rooms.RoomLacking():
                if self._in_danger(data.urgency) and any(each.code in AGREED_ONLY for each in data.excluded):
                    self._add("I4", f"{data.case} is in danger of life, and a room is kept from him by agreement")
            case rooms.RoomProposalEnded():
                standing = self._proposed.pop((data.site, data.room), None)
                if standing is None or standing.case != data.case:
                    self._add("I9", f"the proposal of {data.room} for {data.case} ends, and there was none")
                elif data.end is rooms.RoomProposalEnd.LAPSED and standing.follow_by is None:
                    self._add("I4", f"the proposal for {data.case}, in danger of life, lapsed")
            case rooms.RoomConflict():
                there = self._inside(data.site, data.room)
                if set(data.cases) != there:
                    self._add("I9", f"{data.room} has {sorted(there)} by the facts, told are {data.cases}")
                self._conflicts[data.site, data.room] = there

    def _check_conflicts(self, data: Frozen) -> None:
        """Two patients in one room are told in the turn in which they came to be there by the facts."""
        site = getattr(data, "site", None)
        if site is None or not isinstance(data, (*_ROOM_FACTS, seh.PatientLeft, hap.ContactClosed)):
            return
        case = getattr(data, "case", None) or getattr(data, "visit", None) or getattr(data, "contact", None)
        said = self._said.get(site, Said())
        for room in dict.fromkeys(each.room for each in said.assigned.get(str(case), ())):
            there = self._inside(site, room)
            if len(there) < 2:
                self._conflicts.pop((site, room), None)
            elif self._rule(site) and self._room(site, room) and self._conflicts.get((site, room)) != there:
                self._add("I9", f"{room} at {site} has {sorted(there)} by the facts, and that is not told")
                self._conflicts[site, room] = there

    def _inside(self, site: str, room: str) -> set[str]:
        return {case for case, _, end in self._stays(site, room) if end is None}

    def _check_room_proposed(self, data: rooms.RoomProposed) -> None:
        rule = self._rule(data.site)
        room = self._room(data.site, data.room)
        if rule is None or room is None:
            self._add("I9", f"{data.room} at {data.site} is proposed, and nothing was agreed on it")
            return
        why_not = self._why_not(data.site, data.room, rule)
        if why_not is not None:
            self._add("I3", f"{data.room} at {data.site} is proposed for {data.case}, and {why_not}")
        if (data.site, data.room) in self._proposed:
            self._add("I2", f"{data.room} at {data.site} is proposed to two patients")
        self._proposed[(data.site, data.room)] = data
        danger = self._in_danger(data.urgency)
        if danger != (data.follow_by is None):
            self._add("I4", f"{data.case}: a proposal lapses exactly when nobody is in danger of life")
        if data.lent != (room.home is not data.service):
            self._add("I9", f"{data.room} is of {room.home.value}; lent is said to be {data.lent}")
        if not danger:
            self._check_agreed(data, room, rule)

    def _check_agreed(self, data: rooms.RoomProposed, room: Room, rule: RoomRule) -> None:
        rank = rank_of(self._agreements, data.urgency) if self._agreements else None
        if RoomProperty.ACUTE in room.properties and (rank is None or rank.rank > rule.acute_rank_max):
            self._add("I3", f"{data.room} is acute, and proposed for {data.urgency.code}")
        lending = self._agreements.lending if self._agreements else ()
        may = any(each.site == data.site and each.to is data.service for each in lending)
        if data.lent and not (room.shared and may):
            self._add("I3", f"{data.room} is lent to {data.service.value} without an agreement")

    def _room(self, site: str, name: str) -> Room | None:
        listed = self._agreements.rooms if self._agreements else ()
        return next((room for room in listed if room.site == site and name in room.names), None)

    def _rule(self, site: str) -> RoomRule | None:
        rules = self._agreements.room_rules if self._agreements else ()
        return next((each for each in rules if each.site == site), None)

    def _in_danger(self, urgency: Urgency) -> bool:
        rank = rank_of(self._agreements, urgency) if self._agreements else None
        return rank is not None and rank.life_threatening

    def _add(self, invariant: str, message: str) -> None:
        self._findings.add(invariant, message, self._offset)
