"""Rooms of a spoedplein in the harmonica model: a room proposed for who is next, lending, cleaning, mutual help.

A room is proposed to the first in the queue of each side who is on the premises and has none; to the life-threatening
first, before every rule of lending. Whoever stands at the desk decides: the proposal ends when a room is assigned.
What the facts say stands in `occupants`, which room fits whom in `room_choice`.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.occupants import Facts, Occupant, RoomState
from spoedplein.domain.patient import Patient
from spoedplein.domain.queue import Queues
from spoedplein.domain.room_choice import (
    Choice,
    Circumstances,
    RoomsNow,
    Seeker,
    SiteRooms,
    choose,
    lends,
    sites_with_rooms,
    stale,
)
from spoedplein.domain.room_uses import Seekers, Uses
from spoedplein.domain.timers import Timer, Timers
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas import rooms as said
from spoedplein_schemas.rooms import (
    CleaningOverdue,
    RoomConflict,
    RoomLacking,
    RoomLent,
    RoomProposalEnd,
    RoomProposalEnded,
    RoomProposed,
)
from spoedplein_schemas.views import RoomOnBoard
from spoedplein_schemas.vocabulary import AgeBand, CareType, millis

SIDES: Final = (CareType.HAP, CareType.SEH)
#: Facts may trail in for a day; then who has no room, no proposal and no place in a queue is forgotten.
KEEP_MS: Final = 24 * 60 * MINUTE_MS
#: Who needs what no free room has, does not hold up those behind him; so many are looked at, at one time.
LOOK_MAX: Final = 8
#: A proposal that nobody followed comes back after so many times the minutes in which it could be followed.
PASS_TIMES: Final = 3
_CARE_TYPES: Final = {each.value: each for each in CareType}
#: Nothing is proposed.
_NOTHING: Final[dict[str, str]] = {}


class Rooms:
    """Rooms of the sites that agreed how they work with them; elsewhere nothing is kept.

    `moved` holds guests, and `touched` sites, about whom something new was heard; `others` rooms by site, of which what
    is known is not what it was.
    """

    def __init__(
        self,
        rooms: dict[str, RoomState],
        guests: dict[str, Occupant],
        heard_at: dict[str, int],
        *,
        queues: Queues,
        rules: Rules,
        timers: Timers,
    ) -> None:
        self.facts = Facts(rooms, guests)
        self.changed: set[str] = set()
        self._heard_at = heard_at
        self._queues = queues
        self._rules = rules
        self._timers = timers
        self._sites = sites_with_rooms(rules)
        self.moved: set[str] = set()
        self.touched: set[str] = set()
        self._others: dict[str, set[str]] = {}
        self._uses = {name: Uses(site, self.facts) for name, site in self._sites.items()}
        self._seekers = Seekers()
        #: Per site and room, to whom it is proposed.
        self._proposed: dict[str, dict[str, str]] = {}
        self._lacking: dict[str, dict[str, None]] = {}
        #: Per site how often something about its rooms changed; and of who lacked one, what that rested on.
        self._changes: Counter[str] = Counter()
        self._lacked_in: dict[str, Circumstances] = {}
        for guest in guests.values():
            self._stand(guest)
            self._keep(guest, timers)
        for site in self._sites.values():
            for name in site.rooms:
                self._schedule(site, name)

    # --- what sources say -----------------------------------------------------------------------------------------

    def seen(self, turn: Turn, key: str, *, present: bool, age_band: AgeBand | None) -> None:
        """Somebody came, by telephone or in person: who is on the premises can be given a room."""
        if key.partition("/")[0] not in self._sites:
            return
        guest = self._guest(key)
        known = guest.age_band
        band = min(known, age_band) if known and age_band else known or age_band
        found = guest.present or present, band
        if found != (guest.present, guest.age_band) or not guest.kept_until:
            guest.present, guest.age_band = found
            self._moves(turn, guest)

    def gone(self, turn: Turn, key: str, at: int) -> None:
        """He left the site: whatever room he was in is empty."""
        if key.partition("/")[0] not in self._sites:
            return
        guest = self._guest(key)
        if guest.gone_at is None or at < guest.gone_at:
            guest.gone_at = at
            self._stays_otherwise(guest)
            self._moves(turn, guest)

    def assigned(self, turn: Turn, data: said.RoomAssigned) -> None:
        if data.site not in self._sites:
            return
        at = millis(data.assigned_at)
        guest = self._guest(self._key_of(data.site, data.service, data.case, room=data.room, since=at))
        if at <= guest.stays.get(data.room, -1):
            return
        guest.present, guest.stays[data.room] = True, at
        self._stays_otherwise(guest)
        self._hears(turn, data.site)
        self._moves(turn, guest)
        self._tell_lent(turn, guest, data.room)

    def released(self, turn: Turn, data: said.RoomReleased) -> None:
        if data.site not in self._sites:
            return
        guest = self._guest(self._key_of(data.site, data.service, data.case, room=data.room))
        at = millis(data.released_at)
        if at > guest.left.get(data.room, -1):
            guest.left[data.room] = at
            self._stays_otherwise(guest)
            self._hears(turn, data.site)
            self._moves(turn, guest)

    def cleaned(self, turn: Turn, data: said.RoomCleaned) -> None:
        if data.site in self._sites:
            state, at = self.facts.room(f"{data.site}/{data.room}"), millis(data.cleaned_at)
            if state.cleaned_at is None or at > state.cleaned_at:
                state.cleaned_at = at
                self._hears(turn, data.site, data.room)

    def closed(self, turn: Turn, data: said.RoomClosed) -> None:
        """The newest counts; of the same moment the one that lasts longest."""
        if data.site not in self._sites:
            return
        state, at = self.facts.room(f"{data.site}/{data.room}"), millis(data.closed_at)
        until = None if data.expected_end is None else millis(data.expected_end)
        known = (state.out_at, state.out_until is None, state.out_until or 0)
        if state.out_at is None or (at, until is None, until or 0) > known:
            state.out_at, state.out_until = at, until
            self._hears(turn, data.site, data.room)

    def reopened(self, turn: Turn, data: said.RoomReopened) -> None:
        if data.site in self._sites:
            state, at = self.facts.room(f"{data.site}/{data.room}"), millis(data.reopened_at)
            if state.back_at is None or at > state.back_at:
                state.back_at = at
                self._hears(turn, data.site, data.room)

    def needs_stated(self, turn: Turn, data: said.RoomNeedsStated) -> None:
        """The newest counts; of the same moment the one that asks more."""
        if data.site not in self._sites:
            return
        guest, at = self._guest(self._key_of(data.site, data.service, data.case)), millis(data.stated_at)
        needs = tuple(sorted(set(data.needs)))
        if guest.needs_at is None or (at, len(needs), needs) > (guest.needs_at, len(guest.needs), guest.needs):
            guest.needs, guest.needs_at = needs, at
            self._moves(turn, guest)

    # --- what time does -------------------------------------------------------------------------------------------

    def proposal_due(self, turn: Turn, key: str) -> None:
        """Nobody followed a proposal in time; or the time is over for which he was passed over."""
        guest = self.facts.guests[key]
        if guest.proposed is not None and guest.follow_by is not None:
            self._ends(turn, guest, RoomProposalEnd.LAPSED)
            follow = self._sites[guest.site].rule.follow_minutes if guest.site in self._sites else 1
            guest.passed_until = turn.now + PASS_TIMES * follow * MINUTE_MS
        else:
            guest.passed_until = None
        self._moves(turn, guest)

    def room_due(self, turn: Turn, key: str) -> None:
        """Cleaning is overdue, or a room that was out of use is back: whichever it is, the facts say."""
        site_id, _, name = key.partition("/")
        site = self._sites[site_id]
        state, emptied = self.facts.room(key), self.facts.emptied_at(key)
        self._is_other(site_id, name)
        if self._ends_out(state):
            state.back_told = state.out_until
        elif emptied is not None:
            state.overdue_told = emptied
            due = emptied + site.rule.cleaning_minutes * MINUTE_MS
            overdue = CleaningOverdue(site=site_id, room=name, empty_since=moment(emptied), due_at=moment(due))
            turn.decide(overdue, subject=site_id)

    def patient_forgotten(self, key: str) -> None:
        """The queue knows him no more: he seeks no room, and none is proposed to him, however long he is kept here."""
        if key in self.facts.guests:
            self.moved.add(key)

    def forget(self, turn: Turn, key: str) -> None:
        """Unless he is still here, by what we know."""
        guest = self.facts.guests[key]
        if self._queues.waits(key) or guest.room() is not None or guest.proposed is not None:
            self._timers.set(Timer.FORGET_OCCUPANT, key, turn.now + KEEP_MS)
            guest.kept_until = turn.now + KEEP_MS
            return
        self._timers.set(Timer.ROOM_PROPOSAL, key, None)
        self._seekers.leave(key)
        self._lacking.get(guest.site, {}).pop(key, None)
        self._lacked_in.pop(key, None)
        self.facts.forget(guest)
        self._used_otherwise(guest.site, guest.stays)

    def agreements_changed(self, turn: Turn) -> None:
        """By other agreements another room may fit, or none."""
        self.moved |= {guest.key for guest in self.facts.guests.values() if guest.proposed is not None}
        for key in sorted(self.moved):
            guest = self.facts.guests[key]
            site = self._sites.get(guest.site)
            if guest.proposed is not None and (site is None or guest.proposed not in site.rooms):
                self._ends(turn, guest, RoomProposalEnd.CHANGED)
        self.touched |= set(self._sites)
        self._others = {site.site: set(site.rooms) for site in self._sites.values()}

    # --- what follows ---------------------------------------------------------------------------------------------

    def settle(self, turn: Turn, moved: Iterable[str]) -> None:
        """Bring proposals in line with the facts. `moved`: keys of patients whose place in a queue changed."""
        guests = self.facts.guests
        for key in sorted({*self.moved, *moved}):
            if key in guests:
                self._settle_guest(turn, guests[key])
        touched, self.moved, self.touched = sorted(self.touched), set(), set()
        for site in (self._sites[name] for name in touched if name in self._sites):
            if self._lacking.get(site.site):
                self._look_again(site)
            if site.site in self._others:
                self._settle_rooms(turn, site)
            if self._seekers.at(site.site):
                self._propose(turn, site)
        self.touched = set()

    def _settle_guest(self, turn: Turn, guest: Occupant) -> None:
        self.touched.add(guest.site)
        self.changed.add(guest.site)
        if guest.proposed is not None:
            room = guest.room()
            if room is not None:
                followed = room == guest.proposed
                self._ends(turn, guest, RoomProposalEnd.FOLLOWED if followed else RoomProposalEnd.OTHER_ROOM)
            else:
                patient = self._queues.patients.get(guest.key)
                if patient is None or not self._seeks(guest, patient):
                    self._ends(turn, guest, RoomProposalEnd.NO_LONGER_WAITING)
                elif self._seeker(guest, patient).life_threatening and not guest.proposed_urgent:
                    self._ends(turn, guest, RoomProposalEnd.CHANGED)
        guest.lacked = False
        self._lacked_in.pop(guest.key, None)
        self._stand(guest)

    def _settle_rooms(self, turn: Turn, site: SiteRooms) -> None:
        others, holders = self._others.pop(site.site), self._proposed.get(site.site, _NOTHING)
        for name in [room for room in site.rooms if room in others]:
            self._tell_conflict(turn, site, name)
            self._schedule(site, name)
            holder = holders.get(name)
            if holder is not None and name not in self._uses[site.site].free(turn.now):
                self._ends(turn, self.facts.guests[holder], RoomProposalEnd.ROOM_TAKEN)

    def _propose(self, turn: Turn, site: SiteRooms) -> None:
        for service in SIDES:
            self._propose_urgent(turn, site, service)
        for service in SIDES:
            self._propose_next(turn, site, service)

    def _propose_urgent(self, turn: Turn, site: SiteRooms, service: CareType) -> None:
        """Danger of life: each of them at once, whoever else was proposed the room."""
        for key in self._seekers.urgent((site.site, service)):
            guest = self.facts.guests[key]
            choice = self._choose(turn, site, guest, self._circumstances(turn, site, service))
            if choice.room is None:
                self._tell_lacking(turn, guest, choice)
                continue
            holder = self._proposed.get(site.site, _NOTHING).get(choice.room)
            if holder is not None:
                self._ends(turn, self.facts.guests[holder], RoomProposalEnd.GIVEN_WAY)
            self._proposes(turn, site, guest, choice)

    def _propose_next(self, turn: Turn, site: SiteRooms, service: CareType) -> None:
        """One at a time for each side: who is next, and has no room."""
        side = site.site, service
        if not self._seekers.anybody(side) or self._has_proposal(site, service):
            return
        if not self._uses[site.site].free(turn.now):
            return
        given = self._circumstances(turn, site, service)
        priority = self._queues.priority(*side, now=turn.now)
        for _ in range(LOOK_MAX):
            key = self._seekers.first(side, priority)
            if key is None:
                return
            guest = self.facts.guests[key]
            if self._lacked_in.get(guest.key) != given:
                choice = self._choose(turn, site, guest, given)
                if choice.room is not None:
                    self._proposes(turn, site, guest, choice)
                    return
                self._lacked_in[guest.key] = given
                self._tell_lacking(turn, guest, choice)
            guest.lacked = True
            self._stand(guest)

    def _circumstances(self, turn: Turn, site: SiteRooms, service: CareType) -> Circumstances:
        late = self._queues.late(site.site, service) > 0
        may_borrow = lends(site, service, rules=self._rules, now=turn.now, late=late)
        is_stale = stale(site, self._heard_at.get(site.site), now=turn.now)
        return Circumstances(self._changes[site.site], may_borrow, is_stale)

    def _choose(self, turn: Turn, site: SiteRooms, guest: Occupant, given: Circumstances) -> Choice:
        uses, guests = self._uses[site.site], self.facts.guests
        holders = self._proposed.get(site.site, _NOTHING).items()
        proposed = {room: not guests[key].proposed_urgent for room, key in holders if key != guest.key}
        now = RoomsNow(uses.at(turn.now), uses.free(turn.now), proposed)
        return choose(self._seeker(guest, self._queues.patients[guest.key]), now, site, given)

    def _proposes(self, turn: Turn, site: SiteRooms, guest: Occupant, choice: Choice) -> None:
        patient = self._queues.patients[guest.key]
        assert choice.room is not None, "only a room can be proposed"
        assert patient.urgency is not None, "nobody is proposed a room before triage"
        urgent = self._rules.rank(patient.urgency).life_threatening
        free_since = self._uses[site.site].at(turn.now)[choice.room].since
        assert free_since is not None, "a free room is known to be free"
        guest.proposed, guest.proposed_urgent = choice.room, urgent
        guest.follow_by = None if urgent else turn.now + site.rule.follow_minutes * MINUTE_MS
        self._stand(guest)
        turn.decide(
            RoomProposed(
                site=site.site,
                room=choice.room,
                service=guest.service,
                case=guest.case,
                urgency=patient.urgency,
                lent=choice.lent,
                score=choice.score,
                free_since=moment(free_since),
                age_seconds=max(0, turn.now - free_since) // 1000,
                excluded=choice.excluded(),
                runners_up=choice.runners_up,
                follow_by=None if guest.follow_by is None else moment(guest.follow_by),
            ),
            subject=guest.case,
        )

    def _ends(self, turn: Turn, guest: Occupant, end: RoomProposalEnd) -> None:
        room = guest.proposed
        assert room is not None, "only a proposal that stands can end"
        holders = self._proposed.get(guest.site, {})
        if holders.get(room) == guest.key:
            del holders[room]
            self._changes[guest.site] += 1
        guest.proposed, guest.follow_by, guest.proposed_urgent = None, None, False
        self._stand(guest)
        self.touched.add(guest.site)
        turn.decide(
            RoomProposalEnded(site=guest.site, room=room, service=guest.service, case=guest.case, end=end),
            subject=guest.case,
        )

    # --- what is told ---------------------------------------------------------------------------------------------

    def _tell_lacking(self, turn: Turn, guest: Occupant, choice: Choice) -> None:
        patient = self._queues.patients[guest.key]
        if patient.urgency is None:
            return
        urgent = self._rules.rank(patient.urgency).life_threatening
        if guest.urgent_told or (guest.lacking_told and not urgent):
            return
        guest.lacking_told, guest.urgent_told = True, urgent
        lacking = RoomLacking(
            site=guest.site,
            service=guest.service,
            case=guest.case,
            urgency=patient.urgency,
            excluded=choice.excluded(),
        )
        turn.decide(lacking, subject=guest.case)

    def _tell_lent(self, turn: Turn, guest: Occupant, room: str) -> None:
        """Once for a stay: the room is the other side's, and whether that was agreed at this hour."""
        site = self._sites.get(guest.site)
        home = site.rooms[room].home if site is not None and room in site.rooms else guest.service
        if site is None or home is guest.service or guest.room() != room or guest.lent_told.get(room) is not None:
            return
        guest.lent_told[room] = guest.stays[room]
        late = self._queues.late(guest.site, guest.service) > 0
        holds = lends(site, guest.service, rules=self._rules, now=turn.now, late=late) is not None
        agreed = site.rooms[room].shared and (holds or guest.proposed == room)
        lent = RoomLent(site=guest.site, room=room, home=home, service=guest.service, case=guest.case, agreed=agreed)
        turn.decide(lent, subject=guest.case)

    def _tell_conflict(self, turn: Turn, site: SiteRooms, name: str) -> None:
        key = f"{site.site}/{name}"
        if not self.facts.known(key):
            return
        occupants, state = self.facts.occupants(key), self.facts.room(key)
        cases = tuple(each.guest.case for each in occupants) if len(occupants) > 1 else ()
        known, state.conflict_told = state.conflict_told, cases
        if cases and cases != known:
            turn.decide(RoomConflict(site=site.site, room=name, cases=cases), subject=site.site)

    def board(self, site_id: str, *, now: int) -> tuple[RoomOnBoard, ...]:
        site = self._sites.get(site_id)
        return () if site is None else tuple(self._shown(site, name, now=now) for name in site.rooms)

    def heard_at(self, site: str) -> int | None:
        return self._heard_at.get(site)

    def rule_of(self, site: str) -> SiteRooms | None:
        return self._sites.get(site)

    @property
    def sites(self) -> Iterable[str]:
        """That agreed how they work with rooms."""
        return self._sites

    def _shown(self, site: SiteRooms, name: str, *, now: int) -> RoomOnBoard:
        key, room = f"{site.site}/{name}", site.rooms[name]
        use, since, _ = self._uses[site.site].at(now)[name]
        occupants = self.facts.occupants(key)
        guest = occupants[0].guest if occupants else None
        holder = self._proposed.get(site.site, {}).get(name)
        return RoomOnBoard(
            room=name,
            home=room.home,
            properties=room.properties,
            use=use,
            since=None if since is None else moment(since),
            service=guest.service if guest else None,
            case=guest.case if guest else None,
            proposed_for=self.facts.guests[holder].case if holder else None,
        )

    # --- who is next ----------------------------------------------------------------------------------------------

    def _seeks(self, guest: Occupant, patient: Patient) -> bool:
        """On the premises, in need of care by a professional's urgency, without a room.

        Danger of life needs a room also when treatment began before one was named.
        """
        if patient.urgency is None or not guest.present or patient.gone_at is not None or guest.gone_at is not None:
            return False
        if guest.room() is not None or patient.stands_at != guest.site or patient.stands_in is None:
            return False
        return self._queues.waits(guest.key) or (self._rules.rank(patient.urgency).life_threatening and not guest.stays)

    def _seeker(self, guest: Occupant, patient: Patient) -> Seeker:
        assert patient.urgency is not None, "who seeks a room was triaged"
        rank = self._rules.rank(patient.urgency)
        return Seeker(guest.service, rank.rank, rank.life_threatening, guest.age_band, guest.needs)

    def _stand(self, guest: Occupant) -> None:
        """Put him among those who are to be proposed a room, if he is one; and set his deadlines."""
        key, patient, lacking = guest.key, self._queues.patients.get(guest.key), self._lacking.get(guest.site)
        if lacking:
            lacking.pop(key, None)
        due = guest.follow_by if guest.proposed is not None else guest.passed_until
        self._timers.set(Timer.ROOM_PROPOSAL, key, None if due is None else due + 1)
        if guest.proposed is not None:
            self._seekers.leave(key)
            self._proposed.setdefault(guest.site, {})[guest.proposed] = key
            self._changes[guest.site] += 1
            return
        if patient is not None and patient.stands_in is not None:
            guest.service = patient.stands_in  # in whose queue he stands, wherever he came in
        if patient is None or not self._seeks(guest, patient):
            self._seekers.leave(key)
            return
        seeker = self._seeker(guest, patient)
        if not seeker.life_threatening and (guest.passed_until is not None or guest.lacked):
            self._seekers.leave(key)
            if guest.lacked:
                self._lacking.setdefault(guest.site, {})[key] = None
            return
        self._seekers.stand((guest.site, guest.service), seeker, (patient.since, key))

    def _look_again(self, site: SiteRooms) -> None:
        """Something changed about the rooms or the people: who lacked one may find one now."""
        for key in list(self._lacking.get(site.site, ())):
            self.facts.guests[key].lacked = False
            self._stand(self.facts.guests[key])

    def _has_proposal(self, site: SiteRooms, service: CareType) -> bool:
        guests = (self.facts.guests[key] for key in self._proposed.get(site.site, _NOTHING).values())
        return any(guest.service is service and not guest.proposed_urgent for guest in guests)

    # --- rooms ----------------------------------------------------------------------------------------------------

    def _schedule(self, site: SiteRooms, name: str) -> None:
        """The end of being out of use comes first; then cleaning, while the room stands empty and dirty."""
        key = f"{site.site}/{name}"
        state = self.facts.rooms.get(key)
        if state is None:
            return
        due: int | None = None
        if self._ends_out(state):
            due = state.out_until
        elif not self._out(state) and site.rule.cleaning_minutes and not self.facts.occupants(key):
            emptied = self.facts.emptied_at(key)
            dirty = emptied is not None and (state.cleaned_at is None or state.cleaned_at < emptied)
            if emptied is not None and dirty and state.overdue_told != emptied:
                due = emptied + site.rule.cleaning_minutes * MINUTE_MS + 1
        self._timers.set(Timer.ROOM, key, due)

    def _ends_out(self, state: RoomState) -> bool:
        """It is out of use until a moment that has not passed yet."""
        return state.said_out and state.out_until is not None and state.back_told != state.out_until

    def _out(self, state: RoomState) -> bool:
        return state.said_out and state.out_until is None

    # --- keeping --------------------------------------------------------------------------------------------------

    def _key_of(self, site: str, service: CareType, case: str, *, room: str = "", since: int = 0) -> str:
        """By the side that he came in at: who came to the HAP's desk may lie in a room of the SEH.

        Who was in `room` then or later, or else is in any, is known by that: what the queue knows comes and goes.
        """
        other_side = CareType.HAP if service is CareType.SEH else CareType.SEH
        own, other = f"{site}/{service}/{case}", f"{site}/{other_side}/{case}"
        guests, patients = self.facts.guests, self._queues.patients
        known = [guests[key] for key in (own, other) if key in guests]
        for guest in known:
            if guest.stays.get(room, -1) >= since:
                return guest.key
        if own in patients:
            return own
        inside = next((guest.key for guest in known if guest.room() is not None), None)
        if inside is None and other in patients:
            return other
        return inside or (known[0].key if known else own)

    def _guest(self, key: str) -> Occupant:
        guest = self.facts.guests.get(key)
        if guest is None:
            site, service, case = key.split("/")
            guest = self.facts.guests[key] = Occupant(key, case, site, _CARE_TYPES[service])
        return guest

    def _moves(self, turn: Turn, guest: Occupant) -> None:
        self.moved.add(guest.key)
        guest.kept_until = turn.now + KEEP_MS
        self._keep(guest, self._timers)

    def _keep(self, guest: Occupant, timers: Timers) -> None:
        timers.set(Timer.FORGET_OCCUPANT, guest.key, guest.kept_until)

    def _hears(self, turn: Turn, site: str, room: str | None = None) -> None:
        self._heard_at[site] = turn.now
        self.touched.add(site)
        self.changed.add(site)
        if room is not None:
            self._is_other(site, room)

    def _stays_otherwise(self, guest: Occupant) -> None:
        self.facts.moved(guest)
        self._others.setdefault(guest.site, set()).update(guest.stays)
        self._changes[guest.site] += 1
        self._used_otherwise(guest.site, guest.stays)

    def _is_other(self, site: str, room: str) -> None:
        """What is known of the room is not what it was: it is looked at when the turn is settled."""
        self.touched.add(site)
        self.changed.add(site)
        self._others.setdefault(site, set()).add(room)
        self._changes[site] += 1
        self._used_otherwise(site, (room,))

    def _used_otherwise(self, site: str, rooms: Iterable[str]) -> None:
        if site in self._uses:
            self._uses[site].changed(rooms)
