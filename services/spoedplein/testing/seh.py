"""A spoedeisende hulp that lives: arrivals by the hour, triage, treatment, boarding, and stops when it is too full."""

import math
from datetime import datetime
from typing import Final, Protocol

from spoedplein.testing import rates
from spoedplein.testing.chance import DAY_MS, MINUTE_MS
from spoedplein.testing.crew import Crew, Ticket
from spoedplein.testing.world import World, urgency
from spoedplein_schemas.agreements import Site
from spoedplein_schemas.hap import ArrivalMode
from spoedplein_schemas.seh import (
    Departure,
    Disposition,
    DispositionDecided,
    PatientArrived,
    PatientLeft,
    PatientRetriaged,
    PatientTriaged,
    StatusReported,
    TreatmentStarted,
)
from spoedplein_schemas.vocabulary import AgeBand, CareType, StopReason, UnitStatus, UrgencySystem

WALK_IN_MODES: Final = {ArrivalMode.REFERRED: 62.0, ArrivalMode.SELF_REFERRED: 34.0, ArrivalMode.PHONE: 4.0}
AGES: Final = {AgeBand.CHILD: 13.0, AgeBand.YOUTH: 6.0, AgeBand.ADULT: 43.0, AgeBand.SENIOR: 23.0, AgeBand.OLD: 15.0}
CODES: Final = tuple(rates.SEH_URGENCIES)
ELSEWHERE: Final = {CareType.ELV_HOOG: 4.0, CareType.ONGELABELD: 3.0, CareType.ELV_LAAG: 2.0, CareType.RESPIJT: 1.0}
STATUS_MINUTES: Final = 10


class Beyond(Protocol):
    """Where patients of the SEH go."""

    def ward_bed(self, site: str) -> bool:
        """Takes a bed in the hospital of this site; whether there was one."""
        ...

    def ask_place(self, care_type: CareType, site: str | None) -> None: ...


class Department:
    def __init__(self, world: World, site: Site, beyond: Beyond) -> None:
        self._world = world
        self._site = site
        self._beyond = beyond
        self._chance = world.chance(f"seh/{site.id}")
        self._voice = world.voice(f"seh-{site.id}")
        self._crew = Crew(world, hands=2)
        self._treated_as: dict[str, str] = {}
        self._boarding = 0
        self._untreated = 0
        self._short_of_staff_until_ms = 0
        self.places = math.ceil(self._chance.whole(*rates.PLACES[CareType.SEH]) * world.intensity)
        self.present = 0
        self.status = UnitStatus.OPEN
        self.announces = True

    def begin(self) -> None:
        self._world.by_the_hour(self._chance, walk_ins_per_hour, lambda: self.arrives(self._chance.pick(WALK_IN_MODES)))
        self._roster()
        self._world.after(self._chance.between_ms(0, STATUS_MINUTES), self._reports)
        self._world.after(self._chance.until_next_ms(rates.SEH_STOP_DAYS * DAY_MS), self._falls_short_of_staff)

    def arrives(self, mode: ArrivalMode, *, ride: str | None = None) -> None:
        visit = self._world.name("v")
        arrived = PatientArrived(
            visit=visit,
            site=self._site.id,
            mode=mode,
            arrived_at=self._world.moment(),
            ride=ride,
            age_band=self._chance.pick(AGES) if self._chance.happens(0.95) else None,
        )
        self._voice.says(arrived, subject=visit)
        self.present += 1
        self._untreated += 1
        self._world.after(self._chance.around_ms(5, 0.6), lambda: self._triages(visit))

    @property
    def staffed(self) -> int:
        """Places with somebody to treat in them, at this hour."""
        return min(self.places, self._crew.hands)

    def takes_over(self, visit: str, code: str | None) -> None:
        """Somebody who waits already; no code: not triaged yet."""
        self.present += 1
        self._untreated += 1
        if code is None:
            self._world.after(self._chance.around_ms(5, 0.6), lambda: self._triages(visit))
        else:
            self._treated_as[visit] = code
            self._crew.waits(CODES.index(code), lambda: self._treats(visit))

    def _triages(self, visit: str) -> None:
        code = self._chance.pick(rates.SEH_URGENCIES)
        self._treated_as[visit] = code
        triaged = PatientTriaged(
            visit=visit,
            site=self._site.id,
            urgency=urgency(UrgencySystem.MTS, code),
            triaged_at=self._world.moment(),
        )
        self._voice.says(triaged, subject=visit)
        ticket = self._crew.waits(CODES.index(code), lambda: self._treats(visit))
        self._world.after(self._chance.between_ms(30, 60), lambda: self._looks_again(visit, ticket))
        if CODES.index(code) >= 3 and self._chance.happens(0.04):
            self._world.after(self._chance.between_ms(60, 150), lambda: self._walks_out(visit, ticket))

    def _looks_again(self, visit: str, ticket: Ticket) -> None:
        if ticket not in self._crew.waiting or not self._chance.happens(0.3):
            return
        step = self._chance.pick({-2: 3.0, -1: 60.0, 1: 37.0})
        code = CODES[min(max(CODES.index(self._treated_as[visit]) + step, 0), len(CODES) - 1)]
        self._treated_as[visit] = code
        retriaged = PatientRetriaged(
            visit=visit,
            site=self._site.id,
            urgency=urgency(UrgencySystem.MTS, code),
            retriaged_at=self._world.moment(),
        )
        self._voice.says(retriaged, subject=visit)
        self._crew.reranked(ticket, CODES.index(code))

    def _treats(self, visit: str) -> int:
        self._untreated -= 1
        started = TreatmentStarted(visit=visit, site=self._site.id, started_at=self._world.moment())
        self._voice.says(started, subject=visit)
        takes_ms = self._chance.around_ms(rates.SEH_TREATMENT_MINUTES, 0.45)
        self._world.after(takes_ms, lambda: self._decides(visit))
        return takes_ms

    def _decides(self, visit: str) -> None:
        if self._treated_as[visit] == "red" and self._chance.happens(0.06):
            self._leaves(visit, Departure.DECEASED)
            return
        disposition = Disposition(self._chance.pick(rates.SEH_DISPOSITIONS))
        care_type = None
        if disposition in {Disposition.ADMIT, Disposition.TRANSFER}:
            care_type = CareType.KLINIEK
        elif disposition is Disposition.ELSEWHERE:
            care_type = self._chance.pick(ELSEWHERE)
        decided = DispositionDecided(
            visit=visit,
            site=self._site.id,
            disposition=disposition,
            decided_at=self._world.moment(),
            care_type=care_type,
        )
        self._voice.says(decided, subject=visit)
        self._sends(visit, disposition, care_type)

    def _sends(self, visit: str, disposition: Disposition, care_type: CareType | None) -> None:
        if disposition is Disposition.HOME:
            self._world.after(self._chance.around_ms(12), lambda: self._leaves(visit, Departure.HOME))
        elif disposition is Disposition.ADMIT:
            self._boarding += 1
            self._world.after(self._chance.around_ms(35), lambda: self._boards(visit))
        elif care_type is not None:
            self._beyond.ask_place(care_type, self._site.id)
            self._world.after(self._chance.around_ms(110), lambda: self._leaves(visit, Departure.TRANSFERRED))

    def _boards(self, visit: str, tries: int = 0) -> None:
        """Stays on a trolley until the acute ward has a bed; after some hours another ward takes him."""
        if self._beyond.ward_bed(self._site.id) or tries >= 10:
            self._boarding -= 1
            self._leaves(visit, Departure.ADMITTED)
        else:
            self._world.after(self._chance.between_ms(10, 30), lambda: self._boards(visit, tries + 1))

    def _walks_out(self, visit: str, ticket: Ticket) -> None:
        if self._crew.leaves(ticket):
            self._untreated -= 1
            self._leaves(visit, Departure.LEFT_UNSEEN)

    def _leaves(self, visit: str, departure: Departure) -> None:
        self.present -= 1
        self._treated_as.pop(visit)
        left = PatientLeft(visit=visit, site=self._site.id, departure=departure, left_at=self._world.moment())
        self._voice.says(left, subject=visit)

    def _roster(self) -> None:
        expected = (walk_ins_per_hour(self._world.local()) + 1.1) * self._world.intensity
        self._crew.staffed(max(2, math.ceil(expected * rates.SEH_TREATMENT_MINUTES * 1.1 / 60 / 0.7)))
        self._world.after(60 * MINUTE_MS, self._roster)

    def _falls_short_of_staff(self) -> None:
        self._short_of_staff_until_ms = self._world.now_ms + self._chance.around_ms(110, 0.5)
        self._says_status()
        self._world.after(self._chance.until_next_ms(rates.SEH_STOP_DAYS * DAY_MS), self._falls_short_of_staff)

    def _reports(self) -> None:
        self._says_status()
        self._world.after(STATUS_MINUTES * MINUTE_MS, self._reports)

    def _says_status(self) -> None:
        self.status, reason, until_ms = self._state()
        reported = StatusReported(
            site=self._site.id,
            status=self.status,
            observed_at=self._world.moment(),
            reason=reason,
            expected_end=None if until_ms is None else self._world.moment(until_ms),
            present=self.present,
            waiting_first_contact=self._untreated,
            waiting_trolley=self._boarding,
            boarding_ward=self._boarding,
        )
        self._voice.says(reported, subject=self._site.id)

    def _state(self) -> tuple[UnitStatus, StopReason | None, int | None]:
        now_ms, load = self._world.now_ms, self.present / self.places
        if not self.announces:
            return UnitStatus.OPEN, None, None
        if now_ms < self._short_of_staff_until_ms:
            return UnitStatus.STOP, StopReason.STAFF, self._short_of_staff_until_ms
        crowded = StopReason.OUTFLOW if self._boarding > self.places / 4 else StopReason.CROWDING
        if load > 1.2:
            return UnitStatus.STOP, crowded, now_ms + 60 * MINUTE_MS
        if load > 1.0:
            return UnitStatus.WARNING, crowded, None
        return UnitStatus.OPEN, None, None


def walk_ins_per_hour(local: datetime) -> float:
    return per_hour(rates.SEH_WALK_IN_PER_DAY, local)


def per_hour(per_day: float, local: datetime) -> float:
    """A day's number laid over the hours as acute care comes."""
    return per_day * rates.DAY_HOURS[local.hour] / sum(rates.DAY_HOURS)
