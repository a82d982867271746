from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from loadtests.replay.taiwan import Quirk, Taiwan, Unmapped
from loadtests.replay.tally import Tally

from spoedplein_schemas.seh import StatusReported
from spoedplein_schemas.vocabulary import StopReason, UnitStatus

Write = Callable[[str, str], None]

HEADING = "fetched_at,source_time,hospital_id,full_bed_notice,wait_see,wait_stretcher,wait_ward,wait_icu\n"
FULL = "2031-03-01T08:00:05+08:00,2031-03-01T07:50:00,0900000001,Y,1,2,30,4\n"
SILENT = "2031-03-01T08:00:05+08:00,2031-03-01T07:45:00,1100000002,N,,,,\n"
FETCHES = "fetched_at,git_commit,result,hospitals,source_sysdate\n2031-03-01T08:00:05+08:00,aa,ok,2,2031-03-01 07:50\n"


@pytest.fixture
def taiwan(write: Write, tmp_path: Path) -> Taiwan:
    write(
        "taiwan_er_status/hospitals.csv",
        "hospital_id,short_name,level_name,lon,lat\n0900000001,One,,121.5,25.0\n1100000002,Two,,,\n",
    )
    write("taiwan_er_status/fetches_2025-10.csv.gz", FETCHES)
    write("taiwan_er_status/er_status_2025-10.csv.gz", HEADING + FULL + SILENT)
    return Taiwan(tmp_path)


def test_a_full_notice_is_a_stop_with_its_numbers_published_when_it_was_fetched(taiwan: Taiwan) -> None:
    first, _ = taiwan.read(None, Tally())

    report = first.event.data
    assert isinstance(report, StatusReported)
    assert (report.status, report.reason, report.expected_end) == (UnitStatus.STOP, StopReason.FULL, None)
    assert (report.waiting_first_contact, report.waiting_trolley) == (1, 2)
    assert (report.boarding_ward, report.boarding_icu) == (30, 4)
    assert report.observed_at.isoformat() == "2031-03-01T07:50:00+08:00"
    assert first.at_ms == 1930089605000


def test_an_empty_number_was_not_reported_and_is_not_zero(taiwan: Taiwan) -> None:
    tally = Tally()
    _, silent = taiwan.read(None, tally)

    assert silent.event.model_dump(exclude_none=True)["data"].keys() == {"site", "status", "observed_at"}
    assert tally.quirks == {Quirk.NUMBERS_NOT_REPORTED: 1}


def test_a_hospital_without_coordinates_is_a_site_without_place(taiwan: Taiwan) -> None:
    assert [site.place is None for site in taiwan.agreements().sites] == [False, True]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param(FULL.replace("0900000001", "0900000009"), Unmapped.NO_HOSPITAL, id="unknown hospital"),
        pytest.param(FULL.replace(",Y,", ",?,"), Unmapped.UNKNOWN_NOTICE, id="neither Y nor N"),
        pytest.param(FULL.replace("2031-03-01T07:50:00", ""), Unmapped.MISSING_TIME, id="no time"),
        pytest.param(FULL.replace("T07:50:00", "T07:65:00"), Unmapped.UNPARSABLE, id="no such time"),
        pytest.param(FULL.replace(",30,", ",many,"), Unmapped.UNPARSABLE, id="no number"),
        pytest.param(FULL.replace(",30,", ",-1,"), Unmapped.UNPARSABLE, id="fewer than nobody"),
        pytest.param(FULL.replace("08:00:05", "07:59:00"), Unmapped.TIME_BEFORE_PREVIOUS, id="out of order"),
        pytest.param("\n" + FULL.split(",", maxsplit=1)[0] + "\n", Unmapped.MISSING_TIME, id="cut short"),
    ],
)
def test_a_row_that_cannot_be_mapped_is_counted_with_its_reason(
    taiwan: Taiwan, write: Write, row: str, reason: Unmapped
) -> None:
    write("taiwan_er_status/er_status_2025-10.csv.gz", HEADING + FULL + row)
    tally = Tally()

    assert len(list(taiwan.read(None, tally))) == 1
    assert (tally.mapped, tally.unmapped[reason]) == (1, 1)
    assert tally.read == tally.accounted == 3


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        pytest.param("ok", Unmapped.FETCH_SUCCEEDED, id="ok"),
        pytest.param("null", Unmapped.SOURCE_DOWN, id="source down"),
        pytest.param("error_object", Unmapped.SOURCE_ERROR, id="source in error"),
        pytest.param("what", Unmapped.UNPARSABLE, id="unknown"),
    ],
)
def test_a_fetch_gives_no_event_of_its_own_and_is_accounted_for(
    taiwan: Taiwan, write: Write, result: str, reason: Unmapped
) -> None:
    write("taiwan_er_status/fetches_2025-10.csv.gz", FETCHES.replace(",ok,", f",{result},"))
    tally = Tally()

    assert len(list(taiwan.read(None, tally))) == 2
    assert tally.unmapped == {reason: 1}


def test_a_day_takes_its_own_rows_and_counts_the_others(taiwan: Taiwan, write: Write) -> None:
    write("taiwan_er_status/er_status_2025-10.csv.gz", HEADING + FULL + FULL.replace("2031-03-01T08", "2031-03-02T08"))
    tally = Tally()

    assert len(list(taiwan.read(date(2031, 3, 2), tally))) == 1
    assert tally.unmapped == {Unmapped.OTHER_DAY: 2}
