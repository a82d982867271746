"""Dispatch log of San Francisco, one row per unit per call, as ambulance rides.

    Dispatch → ride-dispatched   Transport → transport-announced   Hospital → arrived
    Available → patient-handed-over (only after a hospital), ride-released

The log names no hospital: the harness brings the patient to the nearest of its own six sites. It has no hand-over
either: the crew is free of the patient at the latest when it is available again.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import unique
from math import ceil, cos, hypot, radians
from pathlib import Path
from typing import NamedTuple
from zlib import crc32
from zoneinfo import ZoneInfo

from loadtests.replay.adapter import Origin, Published, in_time_order
from loadtests.replay.tables import Row, code_of, local_time, read_rows
from loadtests.replay.tally import Reason, Tally
from spoedplein_schemas.agreements import Agreements, Place, ServicePoint, Site
from spoedplein_schemas.ambulance import (
    AmbulanceArrived,
    PatientHandedOver,
    RideDispatched,
    RideReleased,
    TransportAnnounced,
)
from spoedplein_schemas.vocabulary import CareType, Urgency, UrgencySystem, millis

ZONE = ZoneInfo("America/Los_Angeles")
AMBULANCES = frozenset({"MEDIC", "PRIVATE"})
#: Final Priority 3 is with lights and siren, 2 without.
URGENCIES = {
    priority: Urgency(system=UrgencySystem.AMBULANCE, version="sf-final-priority", code=code)
    for priority, code in (("3", "A1"), ("2", "A2"))
}
#: Made up: two columns and three rows over the city.
SITES: dict[str, Place] = {
    "seh-noordwest": Place(lon=-122.47, lat=37.785),
    "seh-noordoost": Place(lon=-122.41, lat=37.79),
    "seh-west": Place(lon=-122.47, lat=37.757),
    "seh-oost": Place(lon=-122.41, lat=37.757),
    "seh-zuidwest": Place(lon=-122.46, lat=37.725),
    "seh-zuidoost": Place(lon=-122.40, lat=37.73),
}
#: The straight line is a third shorter than the street, and a city ambulance makes about 25 km/h over it.
_STREET_PER_STRAIGHT = 1.33
_KM_PER_HOUR = 25.0
_TIMES = ("Dispatch DtTm", "Transport DtTm", "Hospital DtTm", "Available DtTm")
_COLUMNS = ("Call Number", "Unit ID", "Unit Type", "Call Type", "Final Priority", "Location", *_TIMES)
_LOCATION = re.compile(r"\(\s*(-?\d+\.\d+),\s*(-?\d+\.\d+)\s*\)")


@unique
class Unmapped(Reason):
    OTHER_DAY = "other-day", "dispatched on another day than was asked for"
    NOT_AN_AMBULANCE = "not-an-ambulance", "Unit Type is not MEDIC or PRIVATE: fire engines, chiefs and the like"
    MISSING_TIME = "missing-time", "no time of dispatch"
    UNKNOWN_PRIORITY = "unknown-priority", "Final Priority is neither 3 nor 2"
    UNPARSABLE = "unparsable", "a time, call number or unit cannot be read"


@unique
class Quirk(Reason):
    HOSPITAL_BEFORE_TRANSPORT = "hospital-before-transport", "arrived before the transport was announced"
    AVAILABLE_BEFORE_HOSPITAL = "available-before-hospital", "handed over and released before arriving"
    TRANSPORT_WITHOUT_HOSPITAL = "transport-without-hospital", "announced, and never arrived"
    NEVER_AVAILABLE = "never-available", "never released"
    OVERLAPPING_JOBS = "overlapping-jobs", "dispatched while the same unit's job before was not yet released"


class Ride(NamedTuple):
    dispatched: datetime
    number: int
    id: str
    vehicle: str
    urgency: Urgency
    complaint: str
    site: str
    travel: timedelta
    transport: datetime | None
    hospital: datetime | None
    available: datetime | None


class SanFrancisco:
    name = "sanfrancisco"
    source = "urn:spoedplein-replay:sf-ems-calls"
    choices: tuple[str, ...] = (
        "The hospital is the nearest of six sites that the harness made up; without coordinates, one by call number.",
        "The ETA is the moment of transport plus the way there in a straight line, a third added, at 25 km/h.",
        "Hand-over is taken to be at Available (the log has none); it comes from the source that ends in :derived.",
        "Final Priority 3 is A1 and 2 is A2. US postcodes do not fit pc4 and are left out.",
    )

    def __init__(self, data: Path) -> None:
        self._file = data / "sf_ems_calls" / "calls_2020-04-07_2020-04-20.csv.gz"
        self._origin = Origin(self.source, self.name)

    def agreements(self) -> Agreements:
        return Agreements(
            region=self.name,
            version="2020-04",
            title="San Francisco, ambulances",
            owner="zcc-sanfrancisco",
            timezone=ZONE.key,
            sites=tuple(
                Site(
                    id=site,
                    name=site,
                    organisation=site.replace("seh-", "ziekenhuis-"),
                    place=place,
                    services=(ServicePoint(care_type=CareType.SEH),),
                )
                for site, place in SITES.items()
            ),
        )

    def days(self) -> Sequence[date]:
        rides = (_ride(row, number, None) for number, row in enumerate(read_rows(self._file, _COLUMNS)))
        return sorted({ride.dispatched.date() for ride in rides if not isinstance(ride, Reason)})

    def read(self, day: date | None, tally: Tally) -> Iterator[Published]:
        rides: list[Ride] = []
        for number, row in enumerate(read_rows(self._file, _COLUMNS)):
            tally.read += 1
            ride = _ride(row, number, day)
            if isinstance(ride, Reason):
                tally.unmapped[ride] += 1
                continue
            tally.mapped += 1
            tally.quirks.update(_quirks(ride))
            rides.append(ride)
        rides.sort(key=lambda ride: (_earliest_ms(ride), ride.number))
        tally.quirks.update([Quirk.OVERLAPPING_JOBS] * _overlapping(rides))
        yield from in_time_order((self._events(ride) for ride in rides), tally)

    def _events(self, ride: Ride) -> list[Published]:
        says, name = self._origin.says, ride.id
        dispatched = RideDispatched(
            ride=name, urgency=ride.urgency, dispatched_at=ride.dispatched, vehicle=ride.vehicle
        )
        events = [says(dispatched, id=f"{name}-dispatched", time=ride.dispatched)]
        if ride.transport:
            announced = TransportAnnounced(
                ride=name,
                site=ride.site,
                urgency=ride.urgency,
                eta=ride.transport + ride.travel,
                announced_at=ride.transport,
                complaint=ride.complaint or None,
            )
            events.append(says(announced, id=f"{name}-announced", time=ride.transport))
        if ride.hospital:
            arrived = AmbulanceArrived(ride=name, site=ride.site, arrived_at=ride.hospital)
            events.append(says(arrived, id=f"{name}-arrived", time=ride.hospital))
        if ride.available and ride.hospital:
            handed_over = PatientHandedOver(ride=name, site=ride.site, handed_over_at=ride.available)
            events.append(self._origin.derived.says(handed_over, id=f"{name}-handed-over", time=ride.available))
        if ride.available:
            released = RideReleased(ride=name, released_at=ride.available)
            events.append(says(released, id=f"{name}-released", time=ride.available))
        return events


def nearest_site(location: str, *, call: str) -> tuple[str, float]:
    """Site and kilometres to it as the crow flies; without coordinates a site by the call's number, three away."""
    found = _LOCATION.search(location)
    if found is None:
        return list(SITES)[crc32(call.encode()) % len(SITES)], 3.0
    lat, lon = float(found[1]), float(found[2])
    return min(
        (
            (site, hypot((place.lon - lon) * cos(radians(lat)), place.lat - lat) * 111.2)
            for site, place in SITES.items()
        ),
        key=lambda found: (found[1], found[0]),
    )


def _ride(row: Row, number: int, day: date | None) -> Ride | Unmapped:
    if refused := _refused(row):
        return refused
    try:
        dispatched, transport, hospital, available = (_moment(row[name]) if row[name] else None for name in _TIMES)
    except ValueError:
        return Unmapped.UNPARSABLE
    name, vehicle = _ride_id(row["Call Number"], row["Unit ID"]), code_of(row["Unit ID"])
    if dispatched is None or name is None:
        return Unmapped.UNPARSABLE
    if day is not None and dispatched.date() != day:
        return Unmapped.OTHER_DAY
    site, km = nearest_site(row["Location"], call=row["Call Number"])
    return Ride(
        dispatched=dispatched,
        number=number,
        id=name,
        vehicle=vehicle,
        urgency=URGENCIES[row["Final Priority"]],
        complaint=code_of(row["Call Type"]),
        site=site,
        travel=timedelta(minutes=ceil(km * _STREET_PER_STRAIGHT / _KM_PER_HOUR * 60)),
        transport=transport,
        hospital=hospital,
        available=available,
    )


def _refused(row: Row) -> Unmapped | None:
    if row["Unit Type"] not in AMBULANCES:
        return Unmapped.NOT_AN_AMBULANCE
    if not row["Dispatch DtTm"]:
        return Unmapped.MISSING_TIME
    return None if row["Final Priority"] in URGENCIES else Unmapped.UNKNOWN_PRIORITY


def _ride_id(call: str, unit: str) -> str | None:
    """A call is nine digits: year, day of the year, number. Letters between, for nine on end look like a BSN."""
    if not re.fullmatch(r"\d{9}", call) or not re.fullmatch(r"[A-Za-z0-9]+", unit):
        return None
    return f"rit-{call[:2]}d{call[2:5]}n{call[5:]}-u{unit.lower()}"


def _moment(text: str) -> datetime:
    return local_time(text, "%m/%d/%Y %I:%M:%S %p", ZONE)


def _earliest_ms(ride: Ride) -> int:
    times = (ride.dispatched, ride.transport, ride.hospital, ride.available)
    return min(millis(moment) for moment in times if moment is not None)


def _quirks(ride: Ride) -> Iterator[Quirk]:
    if ride.transport and ride.hospital and ride.hospital < ride.transport:
        yield Quirk.HOSPITAL_BEFORE_TRANSPORT
    if ride.hospital and ride.available and ride.available < ride.hospital:
        yield Quirk.AVAILABLE_BEFORE_HOSPITAL
    if ride.transport and not ride.hospital:
        yield Quirk.TRANSPORT_WITHOUT_HOSPITAL
    if not ride.available:
        yield Quirk.NEVER_AVAILABLE


def _overlapping(rides: Sequence[Ride]) -> int:
    """Rides, in order, that began before the same unit's ride before them ended."""
    before: dict[str, Ride] = {}
    overlaps = 0
    for ride in rides:
        earlier = before.get(ride.vehicle)
        overlaps += earlier is not None and earlier.available is not None and ride.dispatched < earlier.available
        before[ride.vehicle] = ride
    return overlaps
