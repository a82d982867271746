"""A region that lives from a seed: what its sources publish, and how its people react to what was decided.

    workload = Workload(agreements, seed=7, start_ms=...)
    for at_ms, event in workload.emit(until_ms): ...
    workload.observe(decision)
    workload.take_over(board)

The same seed, the same calls: the same events, byte for byte. `intensity` multiplies what comes in, together with the
staff and the turnover that meet it; 1.0 is an ordinary day (volumes and sources in `rates`).
"""

from spoedplein.testing.ambulance import ControlRoom
from spoedplein.testing.capacity import Houses
from spoedplein.testing.consult import Consults
from spoedplein.testing.floor import Deciders, floors
from spoedplein.testing.front_door import Desks
from spoedplein.testing.hap import Post
from spoedplein.testing.neighbours import Neighbours
from spoedplein.testing.placement import Requests
from spoedplein.testing.seh import Department
from spoedplein.testing.travellers import Travellers
from spoedplein.testing.world import World
from spoedplein_schemas import Decision, Event
from spoedplein_schemas.agreements import Agreements, Site
from spoedplein_schemas.hap import ArrivalMode
from spoedplein_schemas.views import QueueBoard, RequestsBoard, SiteBoard
from spoedplein_schemas.vocabulary import CareType, millis


class Workload:
    def __init__(
        self, agreements: Agreements, *, seed: int, start_ms: int, intensity: float = 1.0, run: str | None = None
    ) -> None:
        """`run` is part of every name and id; without it, it follows from region, seed and start."""
        if intensity <= 0:
            msg = f"intensity is a factor above 0, where 1.0 is an ordinary day; got {intensity}"
            raise ValueError(msg)
        self._region = agreements.region
        self._world = World(agreements, seed=seed, start_ms=start_ms, intensity=intensity, run=run)
        self._seen: set[str] = set()
        self._outflow = True
        self._taken_over: set[str] = set()
        self._departments = {
            site.id: Department(self._world, site, self) for site in agreements.sites if _has(site, CareType.SEH)
        }
        self._posts: dict[str, Post] = {}
        self._desks = Desks(self._world, self._posts)
        self._control_room: ControlRoom | None = None
        self._houses = Houses(self._world, self._departments)
        self._requests = Requests(self._world, self._houses)
        self._consults = Consults(self._world)
        self._neighbours: Neighbours | None = Neighbours(self._world)
        self._floors = floors(self._world, agreements)
        self._deciders = Deciders(self._world)
        self._begin(agreements)

    def joins(self, travellers: Travellers) -> None:
        """The neighbours are simulated too: call it before anything is emitted."""
        self._requests.travellers, self._neighbours = travellers, None

    def emit(self, until_ms: int) -> list[tuple[int, Event]]:
        """What sources publish after the last call and up to `until_ms`, with the moment of each, in time order."""
        return self._world.live(until_ms)

    def observe(self, decision: Decision) -> None:
        """Schedules what people do next. A decision seen before, or of another region, changes nothing."""
        if decision.region == self._region and decision.id not in self._seen:
            self._seen.add(decision.id)
            self._requests.react(decision)
            self._deciders.react(decision)
            for floor in self._floors.values():
                floor.react(decision.data)
            if self._neighbours is not None:
                self._neighbours.react(decision)
            self._desks.react(decision)

    def take_over(self, board: SiteBoard | RequestsBoard) -> None:
        """Who an earlier simulation of this region left waiting, under way or without a place is ours from here on.

        Call it for every board that is published: those whom we know already stay as they are.
        """
        if isinstance(board, RequestsBoard):
            for request in board.requests:
                if self._is_new(request.request):
                    self._requests.takes_over(request)
            return
        for queue in board.queues:
            self._take_over_queue(board.site, queue)
        for ride in board.underway:
            if self._control_room is not None and self._is_new(ride.ride):
                arrived = ride.arrived_at is not None
                self._control_room.takes_over(ride.ride, board.site, eta_ms=millis(ride.eta), arrived=arrived)

    def many_wounded(self, *, at_ms: int, people: int) -> None:
        """A disaster beside the ordinary life: so many people are brought to the SEHs in the hour from then on."""
        if self._control_room is not None:
            self._control_room.many_wounded(at_ms, people)

    def overrun(self) -> None:
        """From now on no ward takes anybody from an SEH, and at most of them nobody finds the time to announce it."""
        self._outflow = False
        chance = self._world.chance("overrun")
        for department in self._departments.values():
            department.announces = chance.happens(0.4)

    def ward_bed(self, site: str) -> bool:
        return self._outflow and self._houses.ward_bed(site)

    def ask_place(self, care_type: CareType, site: str | None) -> None:
        self._requests.ask(care_type, site)

    def _begin(self, agreements: Agreements) -> None:
        self._houses.begin()
        for floor in self._floors.values():
            floor.begin()
        for department in self._departments.values():
            department.begin()
        for site in agreements.sites:
            if _has(site, CareType.HAP):
                self._posts[site.id] = Post(self._world, site, refer=self._to_seh)
                self._posts[site.id].begin()
        if self._departments:
            self._control_room = ControlRoom(self._world, self._departments, ask_place=self.ask_place)
            self._control_room.begin()
        self._requests.begin()
        self._consults.begin()

    def _take_over_queue(self, site: str, queue: QueueBoard) -> None:
        seh = queue.service is CareType.SEH
        place = self._departments.get(site) if seh else self._posts.get(site)
        if place is None:
            return
        for case in filter(self._is_new, queue.immediate):
            place.takes_over(case, "red" if seh else "U1")
        for waiting in queue.next:
            if self._is_new(waiting.case):
                place.takes_over(waiting.case, waiting.urgency.code if waiting.urgency else None)

    def _is_new(self, name: str) -> bool:
        """Neither of our own making nor taken over before; asked once."""
        if self._world.made(name) or name in self._taken_over:
            return False
        self._taken_over.add(name)
        return True

    def _to_seh(self, site: str) -> None:
        """To the SEH of this site, or the first one that there is."""
        if self._departments:
            nearest = self._departments.get(site) or next(iter(self._departments.values()))
            nearest.arrives(ArrivalMode.REFERRED)


def _has(site: Site, service: CareType) -> bool:
    return any(point.care_type is service for point in site.services)
