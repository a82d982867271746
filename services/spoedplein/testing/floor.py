"""The floor of a spoedplein that lives: who lies in which room, cleaning, and people who answer proposals.

It listens to what the HAP and the SEH of the site say, and follows a proposal of a room more often than not. Now and
then somebody is written into a room in which another lies, until it is seen.
"""

from typing import Final

from spoedplein.testing.chance import HOUR_MS
from spoedplein.testing.world import BY_HAND, World
from spoedplein_schemas import Decision
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.crowding import ProposalConfirmed, ProposalMade, ProposalRejected, RejectionGround
from spoedplein_schemas.hap import ArrivalMode, ContactCalled, ContactClosed, ContactRegistered
from spoedplein_schemas.rooms import (
    OutOfUse,
    RoomAssigned,
    RoomCleaned,
    RoomClosed,
    RoomNeedsStated,
    RoomProposed,
    RoomReleased,
    RoomReopened,
)
from spoedplein_schemas.seh import PatientArrived, PatientLeft, TreatmentStarted
from spoedplein_schemas.vocabulary import Actor, CareType, Frozen, Role, RoomProperty

#: Shares (planning values): proposals of a room that are followed, patients put in a room that nobody proposed,
#: releases that nobody writes down, patients with a need of isolation, patients written into an occupied room.
FOLLOWED: Final = 0.85
BY_THEMSELVES: Final = 0.5
NOT_WRITTEN: Final = 0.05
ISOLATED: Final = 0.03
CLAIMED: Final = 0.02
#: What people do with a proposal (planning value): nothing, for the rest.
ANSWERS: Final = {"confirmed": 55.0, "rejected": 20.0, "nothing": 25.0}
CLOSED_HOURS: Final = 10.0


class Floor:
    def __init__(self, world: World, site: str, rooms: tuple[str, ...]) -> None:
        self._world = world
        self._site = site
        self._chance = world.chance(f"floor/{site}")
        self._voice = world.voice(f"rooms-{site}")
        self._slips = world.chance(f"floor-slips/{site}")
        self._by_hand = world.voice(f"rooms-by-hand-{site}", BY_HAND)
        self._rooms: dict[str, str] = dict.fromkeys(rooms, "unknown")
        self._here: dict[str, CareType] = {}
        self._lies_in: dict[str, str] = {}

    def begin(self) -> None:
        self._world.listen(self._hears)
        for room in self._rooms:
            self._world.after(self._chance.between_ms(0, 2), lambda room=room: self._cleans(room))  # type: ignore[misc]
        if self._rooms:
            self._world.after(self._chance.until_next_ms(CLOSED_HOURS * HOUR_MS), self._closes)

    def react(self, data: Frozen) -> None:
        if not isinstance(data, RoomProposed) or data.site != self._site:
            return
        if data.follow_by is None or self._chance.happens(FOLLOWED):
            case, room, service = data.case, data.room, data.service
            self._world.after(self._chance.around_ms(2, 0.6), lambda: self._puts(case, room, service))

    def _hears(self, data: Frozen) -> None:
        if getattr(data, "site", None) != self._site:
            return
        match data:
            case PatientArrived():
                self._comes(data.visit, CareType.SEH)
            case ContactRegistered() if data.mode is not ArrivalMode.PHONE:
                self._comes(data.contact, CareType.HAP)
            case TreatmentStarted():
                self._treats(data.visit, CareType.SEH)
            case ContactCalled():
                self._treats(data.contact, CareType.HAP)
            case PatientLeft():
                self._leaves(data.visit)
            case ContactClosed():
                self._leaves(data.contact)

    def _comes(self, case: str, service: CareType) -> None:
        self._here[case] = service
        if self._chance.happens(ISOLATED):
            needs = (RoomProperty.ISOLATION_OTHER,)
            stated = RoomNeedsStated(
                site=self._site, service=service, case=case, needs=needs, stated_at=self._world.moment()
            )
            self._voice.says(stated, subject=case)

    def _treats(self, case: str, service: CareType) -> None:
        """Whoever treats takes a free room when nobody was given one."""
        if case in self._here and self._slips.happens(CLAIMED):
            self._claims(case, service)
        if case in self._lies_in or case not in self._here or not self._chance.happens(BY_THEMSELVES):
            return
        free = tuple(room for room, state in self._rooms.items() if state == "free")
        if free:
            self._puts(case, self._chance.one_of(free), service)

    def _puts(self, case: str, room: str, service: CareType) -> None:
        if case not in self._here or self._rooms.get(room) != "free" or self._lies_in.get(case) == room:
            return
        self._empties(case)
        self._rooms[room], self._lies_in[case] = "taken", room
        by = Actor(role=Role.NURSE, organisation=f"spoedplein-{self._site}") if self._chance.happens(0.7) else None
        assigned = RoomAssigned(
            site=self._site, room=room, service=service, case=case, assigned_at=self._world.moment(), by=by
        )
        self._voice.says(assigned, subject=case)

    def _claims(self, case: str, service: CareType) -> None:
        """Written into a room where somebody lies; a while later he is put in a free one, if there is one."""
        occupied = tuple(self._lies_in.values())
        if case in self._lies_in or not occupied:
            return
        room = self._lies_in[case] = self._slips.one_of(occupied)
        claimed = RoomAssigned(
            site=self._site,
            room=room,
            service=service,
            case=case,
            assigned_at=self._world.moment(),
            by=Actor(role=Role.NURSE, organisation=f"spoedplein-{self._site}"),
        )
        self._by_hand.says(claimed, subject=case)
        self._world.after(self._slips.around_ms(6, 0.6), lambda: self._puts_right(case, room, service))

    def _puts_right(self, case: str, claimed: str, service: CareType) -> None:
        free = tuple(room for room, state in self._rooms.items() if state == "free")
        if self._lies_in.get(case) == claimed and self._shared(claimed) and free:
            self._puts(case, self._slips.one_of(free), service)

    def _shared(self, room: str) -> bool:
        return sum(each == room for each in self._lies_in.values()) > 1

    def _leaves(self, case: str) -> None:
        self._empties(case)
        self._here.pop(case, None)

    def _empties(self, case: str) -> None:
        room = self._lies_in.pop(case, None)
        if room is None:
            return
        if room not in self._lies_in.values():
            self._rooms[room] = "dirty"
        if not self._chance.happens(NOT_WRITTEN):
            released = RoomReleased(
                site=self._site,
                room=room,
                service=self._here[case],
                case=case,
                released_at=self._world.moment(),
            )
            self._voice.says(released, subject=case)
        self._world.after(self._chance.around_ms(9, 0.5), lambda: self._cleans(room))

    def _cleans(self, room: str) -> None:
        if self._rooms[room] in {"dirty", "unknown"}:
            self._rooms[room] = "free"
            cleaned = RoomCleaned(site=self._site, room=room, cleaned_at=self._world.moment())
            self._voice.says(cleaned, subject=room)

    def _closes(self) -> None:
        """A free room goes out of use for a while; when there is none, the next that is found free."""
        free = tuple(room for room, state in self._rooms.items() if state == "free")
        if not free:
            self._world.after(self._chance.around_ms(15), self._closes)
            return
        room = self._chance.one_of(free)
        self._rooms[room] = "closed"
        minutes = self._chance.whole(20, 180)
        end = self._world.moment(self._world.now_ms + minutes * 60_000)
        closed = RoomClosed(
            site=self._site,
            room=room,
            closed_at=self._world.moment(),
            reason=self._chance.one_of(tuple(OutOfUse)),
            expected_end=end if self._chance.happens(0.7) else None,
        )
        self._voice.says(closed, subject=room)
        self._world.after(minutes * 60_000, lambda: self._reopens(room))
        self._world.after(self._chance.until_next_ms(CLOSED_HOURS * HOUR_MS), self._closes)

    def _reopens(self, room: str) -> None:
        self._rooms[room] = "free"
        reopened = RoomReopened(site=self._site, room=room, reopened_at=self._world.moment())
        self._voice.says(reopened, subject=room)


class Deciders:
    """People of the agreed roles, who confirm, reject, or do not answer; and now and then somebody of another role."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._chance = world.chance("deciders")
        self._voice = world.voice("deciders", BY_HAND)

    def react(self, decision: Decision) -> None:
        data = decision.data
        if not isinstance(data, ProposalMade):
            return
        name, answer = decision.id, self._chance.pick(ANSWERS)
        role = self._chance.one_of(data.roles) if self._chance.happens(0.95) else Role.PROVIDER
        by = Actor(role=role, organisation=self._world.agreements.owner)
        delay_ms = self._chance.around_ms(5, 0.7)
        if answer == "confirmed":
            self._world.after(delay_ms, lambda: self._confirms(name, by))
        elif answer == "rejected":
            self._world.after(delay_ms, lambda: self._rejects(name, by))

    def _confirms(self, name: str, by: Actor) -> None:
        self._voice.says(ProposalConfirmed(proposal=name, confirmed_at=self._world.moment(), by=by), subject=name)

    def _rejects(self, name: str, by: Actor) -> None:
        ground = self._chance.one_of(tuple(RejectionGround))
        rejected = ProposalRejected(proposal=name, rejected_at=self._world.moment(), by=by, ground=ground)
        self._voice.says(rejected, subject=name)


def floors(world: World, agreements: Agreements) -> dict[str, Floor]:
    """Of the sites that agreed how they work with their rooms."""
    found = {}
    for rule in agreements.room_rules:
        names = tuple(name for room in agreements.rooms if room.site == rule.site for name in room.names)
        if names:
            found[rule.site] = Floor(world, rule.site, names)
    return found
