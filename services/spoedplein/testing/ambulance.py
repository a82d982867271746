"""An ambulance control room that lives: rides A0 to B2, patients brought to the SEHs, calls that became referrals."""

from collections.abc import Callable
from functools import partial
from typing import Final

from spoedplein.testing import rates
from spoedplein.testing.chance import MINUTE_MS
from spoedplein.testing.seh import Department, per_hour
from spoedplein.testing.world import World, urgency
from spoedplein_schemas.ambulance import (
    AmbulanceArrived,
    CallReferred,
    Candidate,
    DestinationAsked,
    PatientHandedOver,
    RideDispatched,
    RideReleased,
    TransportAnnounced,
    TransportCancelled,
)
from spoedplein_schemas.hap import ArrivalMode
from spoedplein_schemas.vocabulary import CareType, Property, UnitStatus, Urgency, UrgencySystem

REFERRED_TO: Final = {
    CareType.HAP: 60.0,
    CareType.WIJKVERPLEGING: 18.0,
    CareType.GGZ_BEOORDELING: 12.0,
    CareType.ONGELABELD: 10.0,
}
#: How urgent those are who are brought in from one disaster (planning values).
WOUNDED: Final = {"A0": 5.0, "A1": 55.0, "A2": 40.0}


class ControlRoom:
    def __init__(
        self, world: World, departments: dict[str, Department], *, ask_place: Callable[[CareType, str | None], None]
    ) -> None:
        """`departments` by site: where patients can be brought."""
        self._world = world
        self._departments = departments
        self._ask_place = ask_place
        self._chance = world.chance("ambulance")
        #: What later came to the picture draws by itself, so that the rides stay as they were.
        self._turns = world.chance("ambulance/turns")
        self._voice = world.voice("mka")

    def begin(self) -> None:
        count = len(self._departments)
        rides, calls = rates.RIDES_PER_SEH_PER_DAY * count, rates.REFERRED_CALLS_PER_DAY * count
        self._world.by_the_hour(self._chance, lambda local: per_hour(rides, local), self._dispatches)
        self._world.by_the_hour(self._chance, lambda local: per_hour(calls, local), self._refers)

    def takes_over(self, ride: str, site: str, *, eta_ms: int, arrived: bool) -> None:
        """A ride that was announced already."""
        if arrived:
            self._world.after(self._chance.around_ms(9, 0.5), lambda: self._hands_over(ride, site))
        else:
            self._world.at(eta_ms, lambda: self._arrives(ride, site))

    def many_wounded(self, at_ms: int, people: int) -> None:
        chance = self._world.chance("ambulance/wounded")
        for _ in range(people):
            ride, assigned = self._world.name("rit"), urgency(UrgencySystem.AMBULANCE, chance.pick(WOUNDED))
            announces = partial(self._announces, ride, assigned)
            self._world.at(at_ms + chance.between_ms(0, 60), announces)

    def _dispatches(self) -> None:
        ride = self._world.name("rit")
        assigned = urgency(UrgencySystem.AMBULANCE, self._chance.pick(rates.RIDE_URGENCIES))
        dispatched = RideDispatched(
            ride=ride,
            urgency=assigned,
            dispatched_at=self._world.moment(),
            vehicle=f"17-{self._chance.whole(101, 160)}",
            area=self._world.area(self._chance),
        )
        self._voice.says(dispatched, subject=ride)
        if assigned.code.startswith("A") and self._chance.happens(rates.RIDES_TO_SEH):
            self._world.after(self._chance.around_ms(26), lambda: self._announces(ride, assigned))
        else:
            free_ms = self._chance.around_ms(50)
            if not self._turns.happens(0.02):  # now and then nobody says that it ended
                self._world.after(free_ms, lambda: self._releases(ride))

    def _announces(self, ride: str, assigned: Urgency) -> None:
        site = self._unaware(self._destination(assigned))
        travel_ms = self._chance.around_ms(11)
        if self._turns.happens(0.3):
            self._asks_where(ride, assigned)
        if self._turns.happens(0.03):
            self._does_not_come(ride, site, assigned, travel_ms)
            return
        if self._turns.happens(0.05) and len(self._departments) > 1:
            self._says_announced(ride, self._elsewhere(site), assigned, self._world.now_ms + travel_ms)
            self._world.after(MINUTE_MS // 2, lambda: self._goes(ride, site, assigned, travel_ms))
            return
        self._goes(ride, site, assigned, travel_ms)

    def _goes(self, ride: str, site: str, assigned: Urgency, travel_ms: int) -> None:
        self._says_announced(ride, site, assigned, self._world.now_ms + travel_ms)
        if self._chance.happens(0.15):
            travel_ms += self._chance.between_ms(2, 8)
            eta_ms = self._world.now_ms + travel_ms
            self._world.after(MINUTE_MS, lambda: self._says_announced(ride, site, assigned, eta_ms))
        self._world.after(max(travel_ms, 2 * MINUTE_MS), lambda: self._arrives(ride, site))

    def _unaware(self, site: str) -> str:
        """Now and then a crew has not heard of a stop."""
        stopped = tuple(each for each, seh in self._departments.items() if seh.status is UnitStatus.STOP)
        return self._turns.one_of(stopped) if stopped and self._turns.happens(0.2) else site

    def _asks_where(self, ride: str, assigned: Urgency) -> None:
        """With the times that the navigation gives, and now and then a child's needs."""
        asked = DestinationAsked(
            ride=ride,
            urgency=assigned,
            asked_at=self._world.moment(),
            area=self._world.area(self._turns),
            needs=(Property.CHILD_SUITED,) if self._turns.happens(0.1) else (),
            candidates=tuple(
                Candidate(site=site, eta=self._world.moment(self._world.now_ms + self._turns.around_ms(14)))
                for site in self._departments
            ),
        )
        self._voice.says(asked, subject=ride)

    def _does_not_come(self, ride: str, site: str, assigned: Urgency, travel_ms: int) -> None:
        """Announced, and then treated on the spot after all."""
        self._says_announced(ride, site, assigned, self._world.now_ms + travel_ms)
        self._world.after(travel_ms // 2, lambda: self._cancels(ride))
        self._world.after(travel_ms, lambda: self._releases(ride))

    def _cancels(self, ride: str) -> None:
        self._voice.says(TransportCancelled(ride=ride, cancelled_at=self._world.moment()), subject=ride)

    def _elsewhere(self, site: str) -> str:
        return self._turns.one_of(tuple(each for each in self._departments if each != site))

    def _says_announced(self, ride: str, site: str, assigned: Urgency, eta_ms: int) -> None:
        announced = TransportAnnounced(
            ride=ride,
            site=site,
            urgency=assigned,
            eta=self._world.moment(eta_ms),
            announced_at=self._world.moment(),
        )
        self._voice.says(announced, subject=ride)

    def _destination(self, assigned: Urgency) -> str:
        """Any SEH; one on stop only for the life-threatening, or when all are."""
        sites = tuple(self._departments)
        first = self._chance.one_of(sites)
        if assigned.code in {"A0", "A1"} or self._departments[first].status is not UnitStatus.STOP:
            return first
        taking = tuple(site for site in sites if self._departments[site].status is not UnitStatus.STOP)
        return self._chance.one_of(taking or sites)

    def _arrives(self, ride: str, site: str) -> None:
        arrived = AmbulanceArrived(ride=ride, site=site, arrived_at=self._world.moment())
        self._voice.says(arrived, subject=ride)
        self._departments[site].arrives(ArrivalMode.AMBULANCE, ride=ride)
        self._world.after(self._chance.around_ms(9, 0.5), lambda: self._hands_over(ride, site))

    def _hands_over(self, ride: str, site: str) -> None:
        handed = PatientHandedOver(ride=ride, site=site, handed_over_at=self._world.moment())
        self._voice.says(handed, subject=ride)
        self._world.after(self._chance.around_ms(11), lambda: self._releases(ride))

    def _releases(self, ride: str) -> None:
        self._voice.says(RideReleased(ride=ride, released_at=self._world.moment()), subject=ride)

    def _refers(self) -> None:
        call = self._world.name("m")
        code = self._chance.pick({"C1": 70.0, "C2": 30.0})
        refer_to = self._chance.pick(REFERRED_TO) if code == "C1" else None
        referred = CallReferred(
            call=call,
            urgency=urgency(UrgencySystem.AMBULANCE, code),
            referred_at=self._world.moment(),
            refer_to=refer_to,
            area=self._world.area(self._chance),
        )
        self._voice.says(referred, subject=call)
        if refer_to is not None and refer_to is not CareType.HAP:
            self._ask_place(refer_to, None)
