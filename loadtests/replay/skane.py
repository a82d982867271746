"""Visits to two emergency departments in Skane (synthetic), and a demand for hospital beds derived from them.

    arrival → patient-arrived   triage → patient-triaged (RETTS)   physician → treatment-started   exit → patient-left

A patient who is admitted to a ward (MedSurg; not the ICU) needs a place of care type `kliniek`. The data give neither
beds nor stays nor the moment of decision: those are the harness's, listed in `choices`, from a source of their own.
"""

import heapq
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import unique
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from loadtests.replay.adapter import Origin, Published, in_time_order, seh_unit
from loadtests.replay.tables import Row, code_of, is_real, local_time, read_rows
from loadtests.replay.tally import Reason, Tally
from spoedplein_schemas.agreements import Agreements, ServicePoint, Site, Unit
from spoedplein_schemas.capacity import CapacityReported
from spoedplein_schemas.hap import ArrivalMode
from spoedplein_schemas.placement import CancelReason, PlacementRequested, Profile, RequestCancelled
from spoedplein_schemas.seh import (
    Departure,
    Disposition,
    DispositionDecided,
    PatientArrived,
    PatientLeft,
    PatientTriaged,
    TreatmentStarted,
)
from spoedplein_schemas.vocabulary import Actor, AgeBand, CareType, Role, Sex, Urgency, UrgencySystem, millis

ZONE = ZoneInfo("Europe/Stockholm")
#: Department → staffed beds: a little more than the mean number of patients, with the stay below.
BEDS = {"C": 72, "E": 40}
STAY = timedelta(hours=48)
REPORT_EVERY = timedelta(minutes=5)
DECIDED_BEFORE_EXIT = timedelta(minutes=60)

_DESTINATIONS: dict[str, tuple[Disposition | None, Departure]] = {
    "Hemmet": (Disposition.HOME, Departure.HOME),
    "Avdelning": (Disposition.ADMIT, Departure.ADMITTED),
    "Sjukhus": (Disposition.TRANSFER, Departure.TRANSFERRED),
    "Mottagning": (Disposition.ELSEWHERE, Departure.HOME),
    "Primärvård": (Disposition.ELSEWHERE, Departure.HOME),
    "Avslutad": (Disposition.HOME, Departure.HOME),
    # Left after the physician had seen him: nobody decided it, and he was not unseen.
    "Avvikit efter läkbed": (None, Departure.HOME),
    "Avliden": (None, Departure.DECEASED),
}
_SEXES = {"F": Sex.FEMALE, "M": Sex.MALE}
_AMBULANCE = {"True": ArrivalMode.AMBULANCE, "False": ArrivalMode.SELF_REFERRED}
_TIMES = ("arrival_time", "triage_time", "physician_time", "exit_time")
_COLUMNS = (
    *("visit_id", "unit", *_TIMES, "priority", "ambulance", "chief_complaint"),
    *("age_at_arrival", "gender", "discharged_to", "ward"),
)


@unique
class Unmapped(Reason):
    OTHER_DAY = "other-day", "arrived on another day than was asked for"
    MISSING_TIME = "missing-time", "one of the four times is not there"
    NO_HOSPITAL = "no-hospital", "the department is neither C nor E"
    UNKNOWN_PRIORITY = "unknown-priority", "no RETTS priority 1 to 5"
    UNKNOWN_CODE = "unknown-code", "destination, gender or ambulance is a word that we do not know"
    UNPARSABLE = "unparsable", "a time, age or visit number cannot be read"


@unique
class Quirk(Reason):
    SKIPPED_HOUR = "skipped-hour", "a time in the hour that the clock skips in spring, read as an hour later"
    TIME_BEFORE_PREVIOUS = "time-before-previous", "arrival, triage, physician and exit are not in this order"
    SEEN_AT_TRIAGE = "seen-at-triage", "the physician's time is that of triage"


class Visit(NamedTuple):
    id: str
    department: str
    arrived: datetime
    triaged: datetime
    seen: datetime
    left: datetime
    urgency: Urgency
    mode: ArrivalMode
    complaint: str
    age_band: AgeBand
    sex: Sex
    disposition: Disposition | None
    departure: Departure
    on_ward: bool

    @property
    def site(self) -> str:
        return f"seh-{self.department.lower()}"

    @property
    def hospital(self) -> str:
        return f"ziekenhuis-{self.department.lower()}"

    @property
    def decided(self) -> datetime:
        """In UTC: local clock arithmetic would lose an hour in the night that the clock changes."""
        if not self.on_ward:
            return self.left
        return max(self.seen, self.left - DECIDED_BEFORE_EXIT, key=millis)


class Skane:
    name = "skane"
    source = "urn:spoedplein-replay:skane-ed-synth"
    choices: tuple[str, ...] = (
        "Not by ambulance is self-referred: the data do not say who sent them.",
        "The disposition is at exit; for a ward at most an hour before it, never before the physician. Derived.",
        "An admission to a ward (MedSurg) then asks a kliniek place, own hospital preferred. Derived.",
        "At exit that request is cancelled as found elsewhere: the data know nothing of our offers. Derived.",
        f"One kliniek unit per hospital, with {BEDS['C']} and {BEDS['E']} staffed beds. Derived.",
        "Each of those admissions fills a bed of its own hospital for 48 hours; a figure every 5 minutes. Derived.",
        "What is derived comes from the source that ends in :derived.",
    )

    def __init__(self, data: Path) -> None:
        self._file = data / "skane_ed_synth" / "visits_2017-01-01_2017-06-30.csv.gz"
        self._origin = Origin(self.source, self.name)

    def agreements(self) -> Agreements:
        return Agreements(
            region=self.name,
            version="2017-01",
            title="Skåne, two emergency departments and their wards",
            owner="zcc-skane",
            timezone=ZONE.key,
            sites=tuple(_site(letter.lower()) for letter in BEDS),
            units=(
                *(_unit(letter.lower()) for letter in BEDS),
                *(seh_unit(_site(letter.lower())) for letter in BEDS),
            ),
        )

    def days(self) -> Sequence[date]:
        rows = read_rows(self._file, ("arrival_time",))
        return sorted({date.fromisoformat(row["arrival_time"][:10]) for row in rows if row["arrival_time"]})

    def read(self, day: date | None, tally: Tally) -> Iterator[Published]:
        chosen: list[Visit] = []
        wards: dict[str, list[int]] = {department: [] for department in BEDS}
        for row in read_rows(self._file, _COLUMNS):
            tally.read += 1
            visit = _visit(row)
            if isinstance(visit, Reason):
                tally.unmapped[visit] += 1
                continue
            if visit.on_ward:
                wards[visit.department].append(millis(visit.left))
            if day is not None and visit.arrived.date() != day:
                tally.unmapped[Unmapped.OTHER_DAY] += 1
                continue
            tally.mapped += 1
            tally.quirks.update(_quirks(visit))
            chosen.append(visit)
        if not chosen:
            return
        visits = sorted((self._events(visit) for visit in chosen), key=_earliest_ms)
        reports = self._reports(wards, [visit.arrived.date() for visit in chosen])
        yield from in_time_order(heapq.merge(visits, reports, key=_earliest_ms), tally)

    def _events(self, visit: Visit) -> list[Published]:
        says, name, site = self._origin.says, visit.id, visit.site
        arrived = PatientArrived(
            visit=name, site=site, mode=visit.mode, arrived_at=visit.arrived, age_band=visit.age_band
        )
        triaged = PatientTriaged(
            visit=name, site=site, urgency=visit.urgency, triaged_at=visit.triaged, complaint=visit.complaint or None
        )
        started = TreatmentStarted(visit=name, site=site, started_at=visit.seen)
        left = PatientLeft(visit=name, site=site, departure=visit.departure, left_at=visit.left)
        return [
            says(arrived, id=f"{name}-arrived", time=visit.arrived),
            says(triaged, id=f"{name}-triaged", time=visit.triaged),
            says(started, id=f"{name}-started", time=visit.seen),
            *self._disposition(visit),
            says(left, id=f"{name}-left", time=visit.left),
        ]

    def _disposition(self, visit: Visit) -> Iterator[Published]:
        """The decision, and for a ward the request that follows from it and ends when he left."""
        if visit.disposition is None:
            return
        admitted = visit.disposition is Disposition.ADMIT
        decided = DispositionDecided(
            visit=visit.id,
            site=visit.site,
            disposition=visit.disposition,
            decided_at=visit.decided,
            care_type=CareType.KLINIEK if admitted else None,
        )
        says = self._origin.derived.says
        yield says(decided, id=f"{visit.id}-decided", time=visit.decided)
        if visit.on_ward:
            request = _request(visit)
            cancelled = RequestCancelled(
                request=request.request,
                reason=CancelReason.FOUND_ELSEWHERE,
                cancelled_at=visit.left,
                by=Actor(role=Role.COORDINATOR, organisation=visit.hospital),
            )
            yield says(request, id=f"{visit.id}-requested", time=visit.decided)
            yield says(cancelled, id=f"{visit.id}-cancelled", time=visit.left)

    def _reports(self, wards: dict[str, list[int]], days: Sequence[date]) -> Iterator[list[Published]]:
        """Figures of both units, from the first of the days up to the end of the last."""
        moment = datetime.combine(min(days), datetime.min.time(), ZONE).astimezone(ZoneInfo("UTC"))
        end = datetime.combine(max(days) + timedelta(days=1), datetime.min.time(), ZONE)
        exits = {department: sorted(times) for department, times in wards.items()}
        while moment < end:
            yield [self._report(department, moment, exits[department]) for department in BEDS]
            moment += REPORT_EVERY

    def _report(self, department: str, moment: datetime, exits_ms: Sequence[int]) -> Published:
        at_ms, staffed = millis(moment), BEDS[department]
        occupied = bisect_right(exits_ms, at_ms) - bisect_right(exits_ms, at_ms - millis_of(STAY))
        unit = f"kliniek-{department.lower()}"
        report = CapacityReported(
            unit=unit, staffed=staffed, free=max(0, staffed - occupied), observed_at=moment.astimezone(ZONE)
        )
        return self._origin.derived.says(report, id=f"{unit}-{moment:%Y%m%dt%H%M}", time=report.observed_at)


def millis_of(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


def _visit(row: Row) -> Visit | Unmapped:
    if not all(row[name] for name in _TIMES):
        return Unmapped.MISSING_TIME
    if row["unit"] not in BEDS:
        return Unmapped.NO_HOSPITAL
    if row["priority"] not in {"1", "2", "3", "4", "5"}:
        return Unmapped.UNKNOWN_PRIORITY
    if row["discharged_to"] not in _DESTINATIONS or row["gender"] not in _SEXES or row["ambulance"] not in _AMBULANCE:
        return Unmapped.UNKNOWN_CODE
    try:
        arrived, triaged, seen, left = (local_time(row[name], "%Y-%m-%d %H:%M:%S", ZONE) for name in _TIMES)
        number, age = int(row["visit_id"]), int(row["age_at_arrival"])
    except ValueError:
        return Unmapped.UNPARSABLE
    disposition, departure = _DESTINATIONS[row["discharged_to"]]
    return Visit(
        id=f"bezoek-{number}",
        department=row["unit"],
        arrived=arrived,
        triaged=triaged,
        seen=seen,
        left=left,
        urgency=Urgency(system=UrgencySystem.RETTS, version="2017", code=row["priority"]),
        mode=_AMBULANCE[row["ambulance"]],
        complaint=code_of(row["chief_complaint"]),
        age_band=_age_band(age),
        sex=_SEXES[row["gender"]],
        disposition=disposition,
        departure=departure,
        on_ward=disposition is Disposition.ADMIT and row["ward"] == "MedSurg",
    )


def _age_band(years: int) -> AgeBand:
    bands = (AgeBand.CHILD, AgeBand.YOUTH, AgeBand.ADULT, AgeBand.SENIOR, AgeBand.OLD)
    return bands[bisect_right((12, 18, 65, 80), years)]


def _request(visit: Visit) -> PlacementRequested:
    return PlacementRequested(
        request=f"r-{visit.id}",
        case=visit.id,
        requester=visit.hospital,
        owner=f"opname-{visit.department.lower()}",
        profile=Profile(care_types=(CareType.KLINIEK,), urgency=visit.urgency, age_band=visit.age_band, sex=visit.sex),
        requested_at=visit.decided,
        origin=visit.site,
        preferred=(f"kliniek-{visit.department.lower()}",),
    )


def _quirks(visit: Visit) -> Iterator[Quirk]:
    times = (visit.arrived, visit.triaged, visit.seen, visit.left)
    if not all(is_real(moment) for moment in times):
        yield Quirk.SKIPPED_HOUR
    if list(times) != sorted(times, key=millis):
        yield Quirk.TIME_BEFORE_PREVIOUS
    if visit.seen == visit.triaged:
        yield Quirk.SEEN_AT_TRIAGE


def _earliest_ms(row: Sequence[Published]) -> int:
    return min(published.at_ms for published in row)


def _site(letter: str) -> Site:
    return Site(
        id=f"seh-{letter}",
        name=f"SEH {letter.upper()}",
        organisation=f"ziekenhuis-{letter}",
        services=(ServicePoint(care_type=CareType.SEH),),
    )


def _unit(letter: str) -> Unit:
    return Unit(
        id=f"kliniek-{letter}",
        name=f"Kliniek {letter.upper()}",
        organisation=f"ziekenhuis-{letter}",
        care_type=CareType.KLINIEK,
        site=f"seh-{letter}",
    )
