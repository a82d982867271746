"""Ambulances: under way to a call, announced to a site, arrived, offloaded, released; cancelled, redirected, or silent.

Each fact is kept with its own time, and how far a ride is follows from its facts: so they may come twice, late and out
of order. Where to go is asked and shown; a divert is proposed and never done: only a newer announcement redirects.
"""

from collections import Counter
from dataclasses import dataclass

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.availability import Units
from spoedplein.domain.destinations import destinations, obstacles
from spoedplein.domain.timers import Timer, Timers
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas.ambulance import (
    AmbulanceArrived,
    DestinationAsked,
    PatientHandedOver,
    RideDispatched,
    RideReleased,
    TransportAnnounced,
    TransportCancelled,
)
from spoedplein_schemas.decisions import (
    DestinationsShown,
    DivertProposed,
    OffloadEnded,
    OffloadOverdue,
    RideLapsed,
    RideRedirected,
)
from spoedplein_schemas.views import OffloadView, RideCount, Underway
from spoedplein_schemas.vocabulary import CareType, RidePhase, Urgency, millis

#: Words about a ride may trail in for a day after it ended; then it is forgotten.
KEEP_MS = 24 * 60 * MINUTE_MS
NEAREST_MAX = 5
#: Nobody waits in such a ride, whatever becomes of it.
_EMPTY = (RidePhase.OFFLOADED, RidePhase.CANCELLED)


@dataclass(slots=True)
class Ride:
    """Milliseconds by the source; `heard_at` and `ended_at` by the log. An ended ride is kept for late words.

    `site` and `eta` are of the newest announcement, `heard_at` of the last message that was new. `proposed_at` is the
    announcement, and `overdue_at` the arrival, for which that was told; of an `offload_told` ride the offload time was.
    """

    id: str
    heard_at: int = 0
    asked_at: int | None = None
    sent: Urgency | None = None
    dispatched_at: int | None = None
    site: str | None = None
    urgency: Urgency | None = None
    announced_at: int | None = None
    eta: int | None = None
    cancelled_at: int | None = None
    arrived_at: int | None = None
    arrived_site: str | None = None
    handed_over_at: int | None = None
    released_at: int | None = None
    ended_at: int | None = None
    proposed_at: int | None = None
    overdue_at: int | None = None
    offload_told: bool = False

    @property
    def phase(self) -> RidePhase:
        """How far it is, whatever was heard first."""
        if self.released_at is not None:
            return RidePhase.RELEASED
        if self.handed_over_at is not None:
            return RidePhase.OFFLOADED
        announced = -1 if self.announced_at is None else self.announced_at
        if self.arrived_at is not None and (self.arrived_at >= announced or self.arrived_site == self.site):
            return RidePhase.ARRIVED
        if self.cancelled_at is not None and self.cancelled_at >= announced:
            return RidePhase.CANCELLED
        return RidePhase.DISPATCHED if self.announced_at is None else RidePhase.ANNOUNCED

    @property
    def where(self) -> str | None:
        """The site that sees it coming or standing."""
        if self.ended_at is not None:
            return None
        phase = self.phase
        if phase is RidePhase.ARRIVED:
            return self.arrived_site
        return self.site if phase is RidePhase.ANNOUNCED else None

    @property
    def how_urgent(self) -> Urgency | None:
        return self.urgency or self.sent


class Rides:
    def __init__(self, rides: dict[str, Ride], *, units: Units, rules: Rules, timers: Timers) -> None:
        self.rides = rides
        self.changed: set[str] = set()
        self.counts_changed = False
        self._units = units
        self._rules = rules
        self._timers = timers
        self._silent_ms = rules.ambulance.silent_minutes * MINUTE_MS
        self._under_way: dict[str, set[str]] = {}
        self._counts: Counter[tuple[RidePhase, str]] = Counter()
        self._noted: dict[str, tuple[str | None, tuple[RidePhase, str] | None]] = {}
        for ride in rides.values():
            self._note(ride)

    # --- what the control room and the crews say ----------------------------------------------------------------

    def dispatched(self, turn: Turn, data: RideDispatched) -> None:
        ride, at = self._ride(turn, data.ride), millis(data.dispatched_at)
        if ride.dispatched_at is None or at > ride.dispatched_at:
            ride.dispatched_at, ride.sent = at, data.urgency
            self._hears(turn, ride, at)
        self._note(ride)

    def asked(self, turn: Turn, data: DestinationAsked) -> None:
        """Shown at each newer question, as it is now; the same message twice is one question."""
        ride, at = self._ride(turn, data.ride), millis(data.asked_at)
        if ride.asked_at is not None and at <= ride.asked_at:
            return
        ride.asked_at, ride.sent = at, ride.sent or data.urgency
        self._hears(turn, ride, at)
        self._note(ride)
        options, passed = destinations(
            data.urgency,
            units=self._units,
            rules=self._rules,
            now=turn.now,
            area=data.area,
            needs=data.needs,
            etas={each.site: millis(each.eta) for each in data.candidates},
            standing=self._standing(),
        )
        turn.decide(
            DestinationsShown(
                ride=data.ride,
                urgency=data.urgency,
                life_threatening=self._immediate(data.urgency),
                options=options,
                passed=passed,
            ),
            subject=data.ride,
        )

    def announced(self, turn: Turn, data: TransportAnnounced) -> None:
        """The newest announcement counts; one for another site redirects the ride."""
        ride, at = self._ride(turn, data.ride), millis(data.announced_at)
        if ride.announced_at is not None and at <= ride.announced_at:
            self._note(ride)
            return
        previous = ride.where
        ride.site, ride.urgency, ride.announced_at, ride.eta = data.site, data.urgency, at, millis(data.eta)
        self._hears(turn, ride, at)
        self._note(ride)
        if previous is not None and ride.phase is RidePhase.ANNOUNCED and previous != data.site:
            redirected = RideRedirected(ride=ride.id, previous=previous, site=data.site, urgency=data.urgency)
            turn.decide(redirected, subject=ride.id)
        self._propose(turn, ride)

    def cancelled(self, turn: Turn, data: TransportCancelled) -> None:
        """Takes back what was announced until then; a newer announcement stands."""
        ride, at = self._ride(turn, data.ride), millis(data.cancelled_at)
        if ride.cancelled_at is None or at > ride.cancelled_at:
            ride.cancelled_at = at
            self._hears(turn, ride, at)
        self._note(ride)

    def arrived(self, turn: Turn, data: AmbulanceArrived) -> None:
        ride, at = self._ride(turn, data.ride), millis(data.arrived_at)
        if ride.arrived_at is None or (at, data.site) > (ride.arrived_at, ride.arrived_site or ""):
            ride.arrived_at, ride.arrived_site = at, data.site
            self._hears(turn, ride, at)
        self._note(ride)
        self._tell_offload(turn, ride)

    def handed_over(self, turn: Turn, data: PatientHandedOver) -> None:
        """The earliest word counts, for who looks later; how long it took is told once."""
        ride, at = self._ride(turn, data.ride), millis(data.handed_over_at)
        if ride.handed_over_at is None or at < ride.handed_over_at:
            ride.handed_over_at = at
            self._hears(turn, ride, at)
        self._note(ride)
        self._tell_offload(turn, ride)

    def released(self, turn: Turn, data: RideReleased) -> None:
        ride, at = self._ride(turn, data.ride), millis(data.released_at)
        if ride.released_at is None or at < ride.released_at:
            ride.released_at = at
        if ride.ended_at is None:
            ride.ended_at = turn.now
        self._note(ride)

    # --- what time and places bring -------------------------------------------------------------------------------

    def status_changed(self, turn: Turn, unit_id: str) -> None:
        """A department stopped, or takes people again: who is on the way to one that does not, hears of others.

        Unless it is a matter of life.
        """
        unit = self._rules.units.get(unit_id)
        if unit is None or unit.site is None or unit.care_type is not CareType.SEH:
            return
        for name in sorted(name for names in self._under_way.values() for name in names):
            self._propose(turn, self.rides[name])

    def offload_due(self, turn: Turn, name: str) -> None:
        ride = self.rides[name]
        assert ride.arrived_at is not None, "who stands somewhere arrived"
        assert ride.arrived_site is not None, "at a site"
        ride.overdue_at, self.counts_changed = ride.arrived_at, True
        self._note(ride)
        overdue = OffloadOverdue(
            ride=name,
            site=ride.arrived_site,
            arrived_at=moment(ride.arrived_at),
            norm_minutes=self._rules.ambulance.offload_minutes,
            urgency=ride.how_urgent,
        )
        turn.decide(overdue, subject=name)

    def silent(self, turn: Turn, name: str) -> None:
        """Nothing was heard of it for the agreed time: taken to have ended, and said where a patient may be in it.

        Until more is heard of it.
        """
        ride = self.rides[name]
        lapsed = RideLapsed(ride=name, phase=ride.phase, heard_at=moment(ride.heard_at), site=ride.where)
        ride.ended_at = turn.now
        self._note(ride)
        if lapsed.phase not in _EMPTY:
            turn.decide(lapsed, subject=name)

    def forget(self, name: str) -> None:
        ride = self.rides.pop(name, None)
        if ride is not None:
            self._unnote(name)

    # --- what is shown --------------------------------------------------------------------------------------------

    def under_way(self, site: str) -> tuple[Underway, ...]:
        """To one site, or standing there; first expected first."""
        rides = [self.rides[name] for name in self._under_way.get(site, ())]
        return tuple(
            Underway(
                ride=ride.id,
                urgency=ride.how_urgent,
                eta=moment(expected),
                arrived_at=moment(ride.arrived_at) if ride.phase is RidePhase.ARRIVED and ride.arrived_at else None,
                overdue=ride.overdue_at is not None and ride.overdue_at == ride.arrived_at,
            )
            for expected, _, ride in sorted((_expected(ride), ride.id, ride) for ride in rides)
            if ride.how_urgent is not None
        )

    def counts(self) -> tuple[RideCount, ...]:
        """Rides that go on, by how far they are and how urgent."""
        return tuple(
            RideCount(phase=phase, code=code, rides=count)
            for (phase, code), count in sorted(self._counts.items())
            if count > 0
        )

    def overdue(self) -> tuple[OffloadView, ...]:
        """Crews that wait too long to hand over, the longest first."""
        found = [
            (ride.arrived_at, ride.id, ride.arrived_site)
            for names in self._under_way.values()
            for ride in (self.rides[name] for name in names)
            if ride.arrived_at is not None and ride.overdue_at == ride.arrived_at and ride.phase is RidePhase.ARRIVED
        ]
        return tuple(
            OffloadView(ride=name, site=site, arrived_at=moment(at)) for at, name, site in sorted(found) if site
        )

    # --- steps ----------------------------------------------------------------------------------------------------

    def _ride(self, turn: Turn, name: str) -> Ride:
        ride = self.rides.get(name)
        if ride is None:
            ride = self.rides[name] = Ride(name, heard_at=turn.now)
        return ride

    def _hears(self, turn: Turn, ride: Ride, at: int) -> None:
        """Something new. One that was taken to have ended goes on, unless these are words of long ago."""
        ride.heard_at = turn.now
        if ride.released_at is None and at + self._silent_ms > turn.now:
            ride.ended_at = None

    def _propose(self, turn: Turn, ride: Ride) -> None:
        """Once for each announcement: the department does not take him now, and these do."""
        urgency, site = ride.urgency, ride.where
        if urgency is None or site is None or ride.phase is not RidePhase.ANNOUNCED or self._immediate(urgency):
            return
        unit = self._rules.unit_at(site, CareType.SEH)
        if unit is None or ride.proposed_at == ride.announced_at:
            return
        state = self._units.state(unit.id)
        against = obstacles(unit, state)
        if not against:
            return
        others, _ = destinations(urgency, units=self._units, rules=self._rules, now=turn.now, standing=self._standing())
        if not others:
            return
        ride.proposed_at = ride.announced_at
        proposed = DivertProposed(
            ride=ride.id,
            site=site,
            code=against[0],
            until=None if state.until is None else moment(state.until),
            urgency=urgency,
            options=others[:NEAREST_MAX],
        )
        turn.decide(proposed, subject=ride.id)

    def _tell_offload(self, turn: Turn, ride: Ride) -> None:
        """As soon as both ends of it are known."""
        if ride.offload_told or ride.arrived_at is None or ride.handed_over_at is None or ride.arrived_site is None:
            return
        ride.offload_told = True
        took = max(0, ride.handed_over_at - ride.arrived_at)
        ended = OffloadEnded(
            ride=ride.id,
            site=ride.arrived_site,
            offload_seconds=took // 1000,
            within_norm=took <= self._rules.ambulance.offload_minutes * MINUTE_MS,
        )
        turn.decide(ended, subject=ride.id)

    def _immediate(self, urgency: Urgency) -> bool:
        return self._rules.rank(urgency).life_threatening

    def _standing(self) -> dict[str, int]:
        return {
            site: sum(self.rides[name].phase is RidePhase.ARRIVED for name in names)
            for site, names in self._under_way.items()
        }

    def _note(self, ride: Ride) -> None:
        """Keep the lists of who goes where, the counts and the deadlines in line with the facts."""
        where, phase = ride.where, ride.phase
        counted = None if ride.ended_at is not None else (phase, ride.how_urgent.code if ride.how_urgent else "?")
        before, was_counted = self._noted.get(ride.id, (None, None))
        self._noted[ride.id] = (where, counted)
        if before != where and before is not None:
            self._under_way[before].discard(ride.id)
        self.changed |= {site for site in (before, where) if site is not None}
        if where is not None:
            self._under_way.setdefault(where, set()).add(ride.id)
        if counted != was_counted:
            self._counts[was_counted or (phase, "")] -= was_counted is not None
            self._counts[counted or (phase, "")] += counted is not None
            self.counts_changed = True
        self._schedule(ride)

    def _unnote(self, name: str) -> None:
        where, counted = self._noted.pop(name, (None, None))
        if where is not None:
            self._under_way[where].discard(name)
        if counted is not None:
            self._counts[counted] -= 1

    def _schedule(self, ride: Ride) -> None:
        agreed, ended = self._rules.ambulance, ride.ended_at
        stands = ended is None and ride.phase is RidePhase.ARRIVED and ride.overdue_at != ride.arrived_at
        due = ride.arrived_at + agreed.offload_minutes * MINUTE_MS + 1 if stands and ride.arrived_at else None
        self._timers.set(Timer.OFFLOAD, ride.id, due)
        expected = ride.eta if ride.phase is RidePhase.ANNOUNCED else None
        silent = max(ride.heard_at, expected or 0) + self._silent_ms
        self._timers.set(Timer.SILENT_RIDE, ride.id, None if ended is not None else silent)
        self._timers.set(Timer.FORGET_RIDE, ride.id, None if ended is None else ended + KEEP_MS)


def _expected(ride: Ride) -> int:
    return ride.eta or ride.arrived_at or 0
