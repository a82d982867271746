"""Patients under way to a site: announced with an ETA, arrived, handed over."""

from dataclasses import dataclass

from spoedplein.domain.agreements import MINUTE_MS
from spoedplein.domain.timers import Timer, Timers
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas.ambulance import AmbulanceArrived, TransportAnnounced
from spoedplein_schemas.views import Underway
from spoedplein_schemas.vocabulary import Urgency, millis

#: Words about a ride may trail in for a day after it ended; then it is forgotten.
KEEP_MS = 24 * 60 * MINUTE_MS


@dataclass(slots=True)
class Ride:
    """Milliseconds by the source, `ended_at` by the log. An ended ride is kept: late words do not open it."""

    id: str
    site: str | None = None
    urgency: Urgency | None = None
    announced_at: int | None = None
    eta: int | None = None
    arrived_at: int | None = None
    ended_at: int | None = None


class Rides:
    def __init__(self, rides: dict[str, Ride], *, timers: Timers) -> None:
        self.rides = rides
        self._timers = timers
        self.changed: set[str] = set()
        self._under_way: dict[str, set[str]] = {}
        for ride in rides.values():
            self._note(ride)
            self._keep(ride)

    def announced(self, data: TransportAnnounced) -> None:
        """The newest announcement counts; a ride may be diverted to another site."""
        ride, at = self._ride(data.ride), millis(data.announced_at)
        if ride.announced_at is not None and at <= ride.announced_at:
            return
        self._leave(ride)
        ride.site, ride.urgency, ride.announced_at, ride.eta = data.site, data.urgency, at, millis(data.eta)
        self._note(ride)

    def arrived(self, data: AmbulanceArrived) -> None:
        ride = self._ride(data.ride)
        if ride.arrived_at is None:
            ride.arrived_at = millis(data.arrived_at)
            self._note(ride)

    def end(self, turn: Turn, ride_id: str) -> None:
        """Handed over or released, whichever is said first."""
        ride = self._ride(ride_id)
        if ride.ended_at is None:
            self._leave(ride)
            ride.ended_at = turn.now
            self._keep(ride)

    def forget(self, ride_id: str) -> None:
        self.rides.pop(ride_id, None)

    def under_way(self, site: str) -> tuple[Underway, ...]:
        """To one site, first expected first."""
        rides = [self.rides[ride_id] for ride_id in self._under_way.get(site, ())]
        return tuple(
            Underway(
                ride=ride.id,
                urgency=ride.urgency,
                eta=moment(ride.eta),
                arrived_at=None if ride.arrived_at is None else moment(ride.arrived_at),
            )
            for ride in sorted(rides, key=lambda ride: (ride.eta or 0, ride.id))
            if ride.urgency is not None and ride.eta is not None
        )

    def _ride(self, ride_id: str) -> Ride:
        ride = self.rides.get(ride_id)
        if ride is None:
            ride = self.rides[ride_id] = Ride(ride_id)
        return ride

    def _keep(self, ride: Ride) -> None:
        self._timers.set(Timer.FORGET_RIDE, ride.id, None if ride.ended_at is None else ride.ended_at + KEEP_MS)

    def _note(self, ride: Ride) -> None:
        if ride.site is not None and ride.ended_at is None:
            self._under_way.setdefault(ride.site, set()).add(ride.id)
            self.changed.add(ride.site)

    def _leave(self, ride: Ride) -> None:
        if ride.site is not None:
            self._under_way.get(ride.site, set()).discard(ride.id)
            self.changed.add(ride.site)
