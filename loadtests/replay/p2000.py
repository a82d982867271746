"""Dutch P2000 pages as rides dispatched, and one real closure notice as a stop of an SEH.

A page gives priority, mostly a vehicle (region and number: 17154), often a ride number, sometimes the four digits of
the postcode. Control rooms write it each in their own way:

    A2 (DIA: ja) AMBU 17113 <straat> 2983XX Ridderkerk RIDDKK bon 183613      Rotterdam, Zuid-Holland Zuid
    A1 <straat> SGRAVH : 15130                                                Haaglanden, Hollands Midden: no ride
    A2 13114 <straat> 1060 Amsterdam 122768                                   Amsterdam
    A2 Boxtel Rit: 137806                                                     Brabant: vehicle in the capcode only

Places and streets never leave the row. A sample over 22 months: good for formats and mix, not for rates.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from enum import unique
from pathlib import Path
from zoneinfo import ZoneInfo

from loadtests.replay.adapter import Origin, Published, in_time_order, seh_unit
from loadtests.replay.tables import Row, local_time, read_rows
from loadtests.replay.tally import Reason, Tally
from spoedplein_schemas.agreements import Agreements, Place, ServicePoint, Site
from spoedplein_schemas.ambulance import RideDispatched
from spoedplein_schemas.seh import StatusReported
from spoedplein_schemas.vocabulary import CareType, UnitStatus, Urgency, UrgencySystem

ZONE = ZoneInfo("Europe/Amsterdam")
#: Place in a closure notice → our site: only what the sample names.
SITES = {
    "blaricum": Site(
        id="seh-blaricum",
        name="Tergooi, locatie Blaricum",
        organisation="tergooi",
        place=Place(lon=5.2078, lat=52.2673),
        services=(ServicePoint(care_type=CareType.SEH),),
    )
}
_COLUMNS = ("date", "time", "message", "capcode_description")
_PRIORITY = re.compile(r"(A0|A1|A2|B1|B2)\b")
_CLOSURE = re.compile(r"\b(?:SEH|EEH)\s+(\S+)\s+dicht\b", re.IGNORECASE)
_RIDE_NAMED = re.compile(r"\b(?:rit|bon)\b:?\s*(\d+)", re.IGNORECASE)
_RIDE_LAST = re.compile(r"\s(\d{1,6})$")
_VEHICLES = (
    re.compile(r"\bAMBU\s+(\d{5})\b", re.IGNORECASE),
    re.compile(r"^[AB]\d\s+(?:\(dia: ja\)\s+)?(\d{5})\b", re.IGNORECASE),
    re.compile(r"(?::|VWS|Directe inzet)\s*(?:\(rapid\)\s*)?(1[56]\d{3})$"),
)
_VEHICLE_IN_CAPCODE = re.compile(r"\b(\d\d)-(\d{3})\b")
#: With its letters struck out (2983XX), or bare before a place name (1060 Amsterdam).
_PC4 = re.compile(r"\b([1-9]\d{3})(?:XX\b|(?= [A-Z]))")


@unique
class Unmapped(Reason):
    OTHER_DAY = "other-day", "paged on another day than was asked for"
    NOT_AN_AMBULANCE = "not-an-ambulance", "neither a priority A0 to B2 nor a closure notice"
    NO_HOSPITAL = "no-hospital", "closure of a place that is no site of the region"
    MISSING_TIME = "missing-time", "no date or no time"
    UNPARSABLE = "unparsable", "date or time cannot be read"


@unique
class Quirk(Reason):
    PAGED_AGAIN = "paged-again", "the same ride number was paged before; both pages stand"
    NO_RIDE_NUMBER = "no-ride-number", "the ride is named after the page"
    NO_VEHICLE = "no-vehicle", "neither text nor capcode names a vehicle"
    CALLED_OFF = "called-off", "the text says cancel; dispatched all the same, since nothing says when"


class P2000:
    name = "p2000"
    source = "urn:spoedplein-replay:p2000-sample"
    choices: tuple[str, ...] = (
        "All pages are one region, nederland, though 25 control rooms sent them.",
        "A ride number counts per vehicle region and year; without one the ride is named after vehicle and moment.",
        "The closure notice is a stop without reason or end: the page gives none.",
    )

    def __init__(self, data: Path) -> None:
        self._file = data / "p2000_sample" / "ambulance_2021-12_2023-10.csv"
        self._origin = Origin(self.source, "nederland")

    def agreements(self) -> Agreements:
        return Agreements(
            region=self._origin.region,
            version="2021-12",
            title="Nederland, P2000-pagina's",
            owner="zcc-nederland",
            timezone=ZONE.key,
            sites=tuple(SITES.values()),
            units=tuple(seh_unit(site) for site in SITES.values()),
        )

    def days(self) -> Sequence[date]:
        return sorted({date.fromisoformat(row["date"]) for row in read_rows(self._file, ("date",)) if row["date"]})

    def read(self, day: date | None, tally: Tally) -> Iterator[Published]:
        pages: list[Published] = []
        rides: set[str] = set()
        for number, row in enumerate(read_rows(self._file, _COLUMNS), start=1):
            tally.read += 1
            page = self._page(row, number, day)
            if isinstance(page, Reason):
                tally.unmapped[page] += 1
                continue
            tally.mapped += 1
            if isinstance(page.event.data, RideDispatched):
                tally.quirks.update(_quirks(row, page.event.data, rides))
                rides.add(page.event.data.ride)
            pages.append(page)
        pages.sort(key=lambda page: page.at_ms)
        yield from in_time_order(([page] for page in pages), tally)

    def _page(self, row: Row, number: int, day: date | None) -> Published | Unmapped:
        if not (row["date"] and row["time"]):
            return Unmapped.MISSING_TIME
        try:
            paged_at = local_time(f"{row['date']} {row['time']}", "%Y-%m-%d %H:%M:%S", ZONE)
        except ValueError:
            return Unmapped.UNPARSABLE
        if day is not None and paged_at.date() != day:
            return Unmapped.OTHER_DAY
        data = _fact(row, paged_at)
        return data if isinstance(data, Unmapped) else self._origin.says(data, id=f"pagina-{number}", time=paged_at)


def vehicle_of(message: str, capcode: str) -> str | None:
    """Five digits, of which the first two are the region; the text knows better than the capcode it was sent to."""
    for pattern in _VEHICLES:
        if found := pattern.search(message):
            return found[1]
    listed = _VEHICLE_IN_CAPCODE.search(capcode)
    return f"{listed[1]}{listed[2]}" if listed else None


def ride_number_of(message: str) -> str | None:
    if found := _RIDE_NAMED.search(message):
        return found[1]
    last = _RIDE_LAST.search(message)
    return last[1] if last and not _VEHICLES[-1].search(message) else None


def _fact(row: Row, paged_at: datetime) -> RideDispatched | StatusReported | Unmapped:
    if priority := _PRIORITY.match(row["message"]):
        return _dispatch(row, paged_at, code=priority[1])
    closure = _CLOSURE.search(row["message"])
    if closure is None:
        return Unmapped.NOT_AN_AMBULANCE
    site = SITES.get(closure[1].lower())
    if site is None:
        return Unmapped.NO_HOSPITAL
    return StatusReported(site=site.id, status=UnitStatus.STOP, observed_at=paged_at)


def _dispatch(row: Row, paged_at: datetime, *, code: str) -> RideDispatched:
    vehicle = vehicle_of(row["message"], row["capcode_description"])
    number = ride_number_of(row["message"])
    pc4 = _PC4.search(row["message"])
    named = f"{vehicle[:2] if vehicle else 'xx'}-{paged_at:%Y}n{number}"
    unnamed = f"{vehicle or 'xx'}-{paged_at:%Y%m%dt%H%M%S}"
    return RideDispatched(
        ride=f"rit-{named if number else unnamed}",
        urgency=Urgency(system=UrgencySystem.AMBULANCE, version="before-2024", code=code),
        dispatched_at=paged_at,
        vehicle=vehicle,
        area=pc4[1] if pc4 else None,
    )


def _quirks(row: Row, page: RideDispatched, rides: set[str]) -> Iterator[Quirk]:
    if page.ride in rides:
        yield Quirk.PAGED_AGAIN
    if ride_number_of(row["message"]) is None:
        yield Quirk.NO_RIDE_NUMBER
    if page.vehicle is None:
        yield Quirk.NO_VEHICLE
    if "cancel" in row["message"].lower():
        yield Quirk.CALLED_OFF
