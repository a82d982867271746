"""Places that live: beds fill and empty, and what units say of them.

Each house has a true number of free places. Hospital systems tell it every five minutes; elsewhere somebody fills a
screen, at every shift and after a change, sometimes late. What is said is true at the moment it was counted.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

from spoedplein.testing import rates
from spoedplein.testing.chance import DAY_MS, HOUR_MS, MINUTE_MS
from spoedplein.testing.seh import Department, per_hour
from spoedplein.testing.world import BY_HAND, SYSTEM, World
from spoedplein_schemas.agreements import Unit
from spoedplein_schemas.capacity import (
    CapacityReported,
    ReportAnswered,
    ReportAsked,
    StopAnnounced,
    StopLifted,
    UnitClosed,
    UnitOpened,
    WarningAnnounced,
)
from spoedplein_schemas.vocabulary import Actor, CareType, Frozen, Role, StopReason, UnitStatus

FEED_MINUTES: Final = 5
#: Local hours at which a shift counts its places.
SHIFT_MINUTES: Final = (7 * 60 + 15, 15 * 60, 22 * 60 + 45)
MISHAPS: Final = {"warning": 40.0, "stop": 45.0, "closed": 15.0}
REASONS: Final = {
    StopReason.FULL: 40.0,
    StopReason.STAFF: 30.0,
    StopReason.ISOLATION: 15.0,
    StopReason.TECHNICAL: 10.0,
    StopReason.OTHER: 5.0,
}


class House:
    """One unit. `promised` are accepted patients who are not there yet, in the order of acceptance."""

    def __init__(self, world: World, unit: Unit, *, validity_minutes: int) -> None:
        self.unit = unit
        self._world = world
        self._chance = world.chance(f"capacity/{unit.id}")
        self._linked = unit.care_type in {CareType.KLINIEK, CareType.SEH, CareType.HAP} or validity_minutes <= 60
        self._report_minutes = FEED_MINUTES if validity_minutes <= 15 else validity_minutes // 3
        self._voice = world.voice(f"capacity-{unit.organisation}-{unit.care_type}", SYSTEM if self._linked else BY_HAND)
        self.staffed = self._chance.whole(*rates.PLACES[unit.care_type])
        self.occupied = 0
        self.promised: list[str] = []
        self.status = UnitStatus.OPEN
        self._counts_again = False
        self._last_said: tuple[int, int, tuple[str, ...]] | None = None

    def begin(self) -> None:
        taken = rates.OCCUPANCY.get(self.unit.care_type, rates.OCCUPANCY_ELSE)
        expected = self.staffed * taken
        self.occupied = min(self.staffed, round(expected + self._chance.between(-1.6, 1.0)))
        for _ in range(self.occupied):
            self._world.after(self._stay_ms(), self._goes)
        share = rates.DIRECT_INFLOW.get(self.unit.care_type, rates.DIRECT_INFLOW_ELSE)
        per_day = share * expected / rates.STAY_DAYS[self.unit.care_type]
        self._world.by_the_hour(self._chance, lambda local: per_hour(per_day, local), self._comes_unasked)
        self._starts_reporting()
        self._world.after(self._next_mishap_ms(), self._mishap)

    @property
    def room(self) -> int:
        """Places for whoever is not promised one."""
        return max(0, self.staffed - self.occupied - len(self.promised))

    @property
    def free(self) -> int:
        """As the source counts: linked systems know beds, people also take off whom they promised a place."""
        return max(0, self.staffed - self.occupied) if self._linked else self.room

    def promise(self, request: str) -> None:
        if request not in self.promised:
            self.promised.append(request)
            self._changed()

    def release(self, request: str) -> None:
        if request in self.promised:
            self.promised.remove(request)
            self._changed()

    def admit(self, request: str | None = None) -> bool:
        """Puts somebody in a place, if there is one."""
        if self.occupied >= self.staffed:
            return False
        if request in self.promised:
            self.promised.remove(request)
        self.occupied += 1
        self._world.after(self._stay_ms(), self._goes)
        self._changed()
        return True

    def answers(self, ask: str) -> None:
        """Asked to report now: counts again, says that nothing changed, or is too busy."""
        if self._chance.happens(0.1):
            return
        if self._last_said == self._count() and self._chance.happens(0.5):
            answered = ReportAnswered(ask=ask, unit=self.unit.id, observed_at=self._world.moment())
            self._voice.says(answered, subject=self.unit.id)
        else:
            self._reports(ask)

    def _stay_ms(self) -> int:
        """Turnover follows the intensity, so that busy simulations do not end in full houses only."""
        return self._chance.until_next_ms(rates.STAY_DAYS[self.unit.care_type] * DAY_MS / self._world.intensity)

    def _goes(self) -> None:
        self.occupied -= 1
        self._changed()

    def _comes_unasked(self) -> None:
        """Now and then into a place that was promised: that is how late rejections come about."""
        if self.room > 0 or self._chance.happens(0.05):
            self.admit()

    def _changed(self) -> None:
        """Somebody will count again soon; at night he often leaves it to the shift's end."""
        if self._linked or self._counts_again:
            return
        hour = self._world.local().hour
        if 7 <= hour < 22 or self._chance.happens(0.4):
            self._counts_again = True
            self._world.after(self._chance.around_ms(14, 0.6), self._reports)

    def _starts_reporting(self) -> None:
        if self._linked:
            self._world.after(self._chance.between_ms(0, self._report_minutes), self._reports_on)
            return
        self._world.after(self._chance.between_ms(0, 10), self._reports)
        self._world.after(self._to_next_count_ms(), self._reports_on)

    def _reports_on(self) -> None:
        if self._chance.happens(0.98):
            self._reports()
        self._world.after(self._to_next_count_ms(), self._reports_on)

    def _to_next_count_ms(self) -> int:
        if self._linked:
            return self._report_minutes * MINUTE_MS
        local = self._world.local()
        minute = local.hour * 60 + local.minute
        shift = next((start for start in SHIFT_MINUTES if start > minute), SHIFT_MINUTES[0] + 24 * 60)
        to_shift = shift - minute + self._chance.whole(0, 25)
        regular = round(self._report_minutes * 2.4) + self._chance.whole(0, 15)
        return min(to_shift, regular) * MINUTE_MS

    def _count(self) -> tuple[int, int, tuple[str, ...]]:
        return self.staffed, self.free, () if self._linked else tuple(self.promised)

    def _reports(self, ask: str | None = None) -> None:
        self._counts_again = False
        self._last_said = staffed, free, includes = self._count()
        reported = CapacityReported(
            unit=self.unit.id,
            staffed=staffed,
            free=free,
            observed_at=self._world.moment(),
            includes=includes,
            answers=ask,
        )
        self._voice.says(reported, subject=self.unit.id)

    # Warnings, stops, closures.

    def _next_mishap_ms(self) -> int:
        return self._chance.until_next_ms(rates.UNIT_STATUS_DAYS * DAY_MS / self._world.intensity)

    def _mishap(self) -> None:
        self._world.after(self._next_mishap_ms(), self._mishap)
        if self.status is not UnitStatus.OPEN:
            return
        match self._chance.pick(MISHAPS):
            case "warning":
                self._warns()
            case "stop":
                self._stops()
            case _:
                self._closes()

    def _warns(self) -> None:
        self.status = UnitStatus.WARNING
        now, reason = self._world.moment(), self._chance.pick(REASONS)
        self._says(WarningAnnounced(unit=self.unit.id, reason=reason, observed_at=now))
        then = self._stops if self._chance.happens(0.4) else self._lifts
        self._world.after(self._chance.around_ms(80), then)

    def _stops(self) -> None:
        """Most stops name an end; some are lifted early, the others lapse at it."""
        self.status = UnitStatus.STOP
        lasts_ms = self._chance.around_ms(170, 0.5)
        named = self._chance.happens(0.75)
        stop = StopAnnounced(
            unit=self.unit.id,
            reason=self._chance.pick(REASONS),
            observed_at=self._world.moment(),
            expected_end=self._world.moment(self._world.now_ms + lasts_ms) if named else None,
        )
        self._says(stop)
        if named and self._chance.happens(0.4):
            self._world.after(lasts_ms, self._is_open_again)
        else:
            self._world.after(round(lasts_ms * self._chance.between(0.4, 0.9)), self._lifts)

    def _lifts(self) -> None:
        self.status = UnitStatus.OPEN
        self._says(StopLifted(unit=self.unit.id, observed_at=self._world.moment()))

    def _is_open_again(self) -> None:
        self.status = UnitStatus.OPEN

    def _closes(self) -> None:
        self.status = UnitStatus.CLOSED
        lasts_ms = self._chance.whole(5 * HOUR_MS, 14 * HOUR_MS)
        closed = UnitClosed(
            unit=self.unit.id,
            observed_at=self._world.moment(),
            reason=self._chance.one_of((StopReason.STAFF, StopReason.TECHNICAL)),
            expected_end=self._world.moment(self._world.now_ms + lasts_ms),
        )
        self._says(closed)
        self._world.after(lasts_ms, self._opens)

    def _opens(self) -> None:
        self.status = UnitStatus.OPEN
        self._says(UnitOpened(unit=self.unit.id, observed_at=self._world.moment()))
        self._world.after(self._chance.between_ms(1, 10), self._reports)

    def _says(self, data: Frozen) -> None:
        self._voice.says(data, subject=self.unit.id)


class TreatmentPlaces(House):
    """The unit of an SEH: who is there fills it, nobody is placed in it by us."""

    def __init__(self, world: World, unit: Unit, department: Department) -> None:
        super().__init__(world, unit, validity_minutes=FEED_MINUTES)
        self._department = department

    def begin(self) -> None:
        self._starts_reporting()

    def _count(self) -> tuple[int, int, tuple[str, ...]]:
        staffed = self._department.staffed
        return staffed, max(0, staffed - self._department.present), ()


class Houses:
    """All units of a region, and the coordinator who asks them to report."""

    def __init__(self, world: World, departments: dict[str, Department]) -> None:
        self._world = world
        self._chance = world.chance("capacity")
        self._voice = world.voice("zcc-capacity", BY_HAND)
        validity = {rule.care_type: rule.validity_minutes for rule in world.agreements.rules}
        self.by_unit: dict[str, House] = {}
        for unit in world.agreements.units:
            department = departments.get(unit.site or "")
            if unit.care_type is CareType.SEH and department is not None:
                self.by_unit[unit.id] = TreatmentPlaces(world, unit, department)
            else:
                minutes = unit.validity_minutes or validity[unit.care_type]
                self.by_unit[unit.id] = House(world, unit, validity_minutes=minutes)

    def begin(self) -> None:
        for house in self.by_unit.values():
            house.begin()
        self._world.after(self._next_ask_ms(), self._asks_all)

    def ward_bed(self, site: str) -> bool:
        wards = self.of((CareType.KLINIEK,))
        return any(house.unit.site == site and house.room > 0 and house.admit() for house in wards)

    def of(self, care_types: Sequence[CareType]) -> list[House]:
        return [house for house in self.by_unit.values() if house.unit.care_type in care_types]

    def ask(self, care_types: tuple[CareType, ...]) -> None:
        """Asks the units of these care types to report now; none named means all."""
        name = self._world.name("vraag")
        by = Actor(role=Role.COORDINATOR, organisation=self._world.agreements.owner)
        asked = ReportAsked(ask=name, asked_at=self._world.moment(), by=by, care_types=care_types)
        self._voice.says(asked, subject=name)
        for house in self.of(care_types or tuple(CareType)):
            self._world.after(self._chance.around_ms(9, 0.6), partial(house.answers, name))

    def _asks_all(self) -> None:
        self.ask(self._chance.pick({(): 30.0, (CareType.ELV_HOOG, CareType.ELV_LAAG): 50.0, (CareType.GGZ_HIC,): 20.0}))
        self._world.after(self._next_ask_ms(), self._asks_all)

    def _next_ask_ms(self) -> int:
        return self._chance.until_next_ms(9 * HOUR_MS / self._world.intensity)
