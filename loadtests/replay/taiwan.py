"""Emergency department status of 57 Taiwanese hospitals, every 20 minutes, as our `seh.status-reported`.

A report is published when it was fetched and observed when the hospital says it was: four to fifteen minutes before.
A number left out was not reported, which is not zero. Bed totals are not in the data and are not invented.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from enum import unique
from pathlib import Path
from zoneinfo import ZoneInfo

from loadtests.replay.adapter import Origin, Published, seh_unit
from loadtests.replay.tables import Row, local_time, read_rows
from loadtests.replay.tally import Reason, Tally
from spoedplein_schemas.agreements import Agreements, Place, ServicePoint, Site
from spoedplein_schemas.seh import StatusReported
from spoedplein_schemas.vocabulary import CareType, StopReason, UnitStatus, millis

ZONE = ZoneInfo("Asia/Taipei")
COUNTS = ("wait_see", "wait_stretcher", "wait_ward", "wait_icu")
_REPORT_COLUMNS = ("fetched_at", "source_time", "hospital_id", "full_bed_notice", *COUNTS)
_NOTICES = {"Y": UnitStatus.STOP, "N": UnitStatus.OPEN}


@unique
class Unmapped(Reason):
    OTHER_DAY = "other-day", "fetched on another day than was asked for"
    FETCH_SUCCEEDED = "fetch-succeeded", "row of the fetch log: its reports are rows of their own"
    SOURCE_DOWN = "source-down", "row of the fetch log: the source gave nothing, so nobody reported"
    SOURCE_ERROR = "source-error", "row of the fetch log: the source gave an error, so nobody reported"
    NO_HOSPITAL = "no-hospital", "the hospital is not in hospitals.csv"
    UNKNOWN_NOTICE = "unknown-notice", "full_bed_notice is neither Y nor N"
    MISSING_TIME = "missing-time", "no time of fetching or of the hospital"
    TIME_BEFORE_PREVIOUS = "time-before-previous", "fetched before the row above it: the file is not in order"
    UNPARSABLE = "unparsable", "a time or a number cannot be read"


@unique
class Quirk(Reason):
    NUMBERS_NOT_REPORTED = "numbers-not-reported", "notice without any number of people"


class Taiwan:
    name = "taiwan"
    source = "urn:spoedplein-replay:taiwan-er-status"
    choices: tuple[str, ...] = (
        "Y in full_bed_notice is a stop with reason full, N is open; the data give no expected end.",
        "wait_see and wait_stretcher are waiting_first_contact and waiting_trolley.",
        "wait_ward and wait_icu are boarding_ward and boarding_icu.",
    )

    def __init__(self, data: Path) -> None:
        self._folder = data / "taiwan_er_status"
        self._origin = Origin(self.source, self.name)

    def agreements(self) -> Agreements:
        return Agreements(
            region=self.name,
            version="2025-10",
            title="Taiwan, emergency departments",
            owner="zcc-taiwan",
            timezone=ZONE.key,
            sites=tuple(_site(row) for row in self._hospitals()),
            units=tuple(seh_unit(_site(row)) for row in self._hospitals()),
        )

    def days(self) -> Sequence[date]:
        fetches = read_rows(self._folder / "fetches_2025-10.csv.gz", ("fetched_at",))
        return sorted({date.fromisoformat(row["fetched_at"][:10]) for row in fetches})

    def read(self, day: date | None, tally: Tally) -> Iterator[Published]:
        self._account_for_fetches(day, tally)
        known = {row["hospital_id"] for row in self._hospitals()}
        previous_ms = 0
        for row in read_rows(self._folder / "er_status_2025-10.csv.gz", _REPORT_COLUMNS):
            tally.read += 1
            published = self._report(row, day, known)
            if not isinstance(published, Reason) and published.at_ms < previous_ms:
                published = Unmapped.TIME_BEFORE_PREVIOUS
            if isinstance(published, Reason):
                tally.unmapped[published] += 1
                continue
            previous_ms = published.at_ms
            tally.mapped += 1
            tally.quirks.update([] if any(row[name] for name in COUNTS) else [Quirk.NUMBERS_NOT_REPORTED])
            tally.published(published.event)
            yield published

    def _hospitals(self) -> Iterator[Row]:
        return read_rows(self._folder / "hospitals.csv", ("hospital_id", "short_name", "lon", "lat"))

    def _account_for_fetches(self, day: date | None, tally: Tally) -> None:
        results = {"ok": Unmapped.FETCH_SUCCEEDED, "null": Unmapped.SOURCE_DOWN, "error_object": Unmapped.SOURCE_ERROR}
        for row in read_rows(self._folder / "fetches_2025-10.csv.gz", ("fetched_at", "result")):
            tally.read += 1
            reason = results.get(row["result"], Unmapped.UNPARSABLE)
            tally.unmapped[Unmapped.OTHER_DAY if _is_other_day(row, day) else reason] += 1

    def _report(self, row: Row, day: date | None, known: set[str]) -> Published | Unmapped:
        if _is_other_day(row, day):
            return Unmapped.OTHER_DAY
        if not (row["fetched_at"] and row["source_time"]):
            return Unmapped.MISSING_TIME
        if row["hospital_id"] not in known:
            return Unmapped.NO_HOSPITAL
        if row["full_bed_notice"] not in _NOTICES:
            return Unmapped.UNKNOWN_NOTICE
        try:
            fetched_at = datetime.fromisoformat(row["fetched_at"]).astimezone(ZONE)
            observed_at = local_time(row["source_time"], "%Y-%m-%dT%H:%M:%S", ZONE)
            report = _status(row, observed_at)
        except ValueError:
            return Unmapped.UNPARSABLE
        event_id = f"{report.site}-{observed_at:%Y%m%dt%H%M%S}"
        return self._origin.says(report, id=event_id, time=observed_at, at_ms=millis(fetched_at))


def site_of(hospital_id: str) -> str:
    """Its place (six digits) and its number there; a letter between, for ten digits on end look like a telephone."""
    return f"seh-{hospital_id[:6]}n{hospital_id[6:]}"


def _is_other_day(row: Row, day: date | None) -> bool:
    return day is not None and row["fetched_at"][:10] != day.isoformat()


def _status(row: Row, observed_at: datetime) -> StatusReported:
    status = _NOTICES[row["full_bed_notice"]]
    see, trolley, ward, icu = (int(row[name]) if row[name] else None for name in COUNTS)
    return StatusReported(
        site=site_of(row["hospital_id"]),
        status=status,
        observed_at=observed_at,
        reason=StopReason.FULL if status is UnitStatus.STOP else None,
        waiting_first_contact=see,
        waiting_trolley=trolley,
        boarding_ward=ward,
        boarding_icu=icu,
    )


def _site(row: Row) -> Site:
    site = site_of(row["hospital_id"])
    return Site(
        id=site,
        name=row["short_name"] or row["hospital_id"],
        organisation=site.replace("seh-", "ziekenhuis-"),
        place=Place(lon=float(row["lon"]), lat=float(row["lat"])) if row["lon"] and row["lat"] else None,
        services=(ServicePoint(care_type=CareType.SEH),),
    )
