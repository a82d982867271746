from collections.abc import Callable
from pathlib import Path

import pytest
from loadtests.replay.adapter import Published
from loadtests.replay.p2000 import P2000, Quirk, Unmapped
from loadtests.replay.tally import Tally

from spoedplein_schemas.ambulance import RideDispatched
from spoedplein_schemas.seh import StatusReported

Write = Callable[[str, str], None]
Replay = Callable[..., tuple[list[Published], Tally]]
Page = tuple[str, str, str]


@pytest.fixture
def replay(write: Write, tmp_path: Path) -> Replay:
    """Replays pages of (moment, text, capcode)."""

    def replayed(*pages: Page) -> tuple[list[Published], Tally]:
        rows = [f"{moment.replace(' ', ',')},GROUP,{text},{capcode}" for moment, text, capcode in pages]
        text = "\n".join(["date,time,page_type,message,capcode_description", *rows])
        write("p2000_sample/ambulance_2021-12_2023-10.csv", text)
        tally = Tally()
        return list(P2000(tmp_path).read(None, tally)), tally

    return replayed


@pytest.mark.parametrize(
    ("text", "capcode", "expected"),
    [
        pytest.param("A2 (DIA: ja) AMBU 17999 <straat> 3999XX Dorp DORPXX bon 4711", "Monitorcode",
                     ("A2", "rit-17-2031n4711", "17999", "3999"), id="Rijnmond"),
        pytest.param("A1 AMBU 17999 <straat> 3999XX Dorp DORPXX bon 4711Heli 2", "",
                     ("A1", "rit-17-2031n4711", "17999", "3999"), id="capcode glued to the ride"),
        pytest.param("A1 <straat> DORPXX : 15999", "MKA Ergens",
                     ("A1", "rit-15999-20310201t030405", "15999", None), id="Haaglanden: a vehicle, no ride"),
        pytest.param("A2 <straat> DORPXX : (rapid) 15888", "",
                     ("A2", "rit-15888-20310201t030405", "15888", None), id="Haaglanden: rapid responder"),
        pytest.param("A2 <straat> DORPXX VWS 16999", "",
                     ("A2", "rit-16999-20310201t030405", "16999", None), id="Hollands Midden"),
        pytest.param("A2 13999 <straat> 1999 Stad 4711", "MKA Stad",
                     ("A2", "rit-13-2031n4711", "13999", "1999"), id="Amsterdam"),
        pytest.param("A2 (dia: ja) 12999 Rit 4711 <straat> Dorp", "",
                     ("A2", "rit-12-2031n4711", "12999", None), id="Kennemerland"),
        pytest.param("B1 Ambu 06999 - Dorp Rit 4711", "",
                     ("B1", "rit-06-2031n4711", "06999", None), id="Gelderland"),
        pytest.param("B2 Dorp rit: 4711 (Directe inzet: ja)", "Ambulance 20-999 (Dorp)",
                     ("B2", "rit-20-2031n4711", "20999", None), id="Brabant: vehicle in the capcode"),
        pytest.param("A2 Dorp rit: 4711", "Lichtkrant",
                     ("A2", "rit-xx-2031n4711", None, None), id="nobody names a vehicle"),
        pytest.param("A1 Dorp", "", ("A1", "rit-xx-20310201t030405", None, None), id="bare"),
    ],
)  # fmt: skip
def test_each_control_room_is_read_in_its_own_way(
    replay: Replay, text: str, capcode: str, expected: tuple[str, str, str | None, str | None]
) -> None:
    events, _ = replay(("2031-02-01 03:04:05", text, capcode))

    page = events[0].event.data
    assert isinstance(page, RideDispatched)
    assert (page.urgency.code, page.ride, page.vehicle, page.area) == expected
    assert page.dispatched_at.isoformat() == "2031-02-01T03:04:05+01:00"


def test_a_ride_paged_twice_stays_twice(replay: Replay) -> None:
    page = "A1 AMBU 17999 <straat> 3999XX Dorp DORPXX bon 4711"
    events, tally = replay(("2031-02-01 03:04:05", page, ""), ("2031-02-01 03:04:45", page, ""))

    assert len({published.event.id for published in events}) == 2
    assert {published.event.data.ride for published in events} == {"rit-17-2031n4711"}
    assert tally.quirks == {Quirk.PAGED_AGAIN: 1}


def test_a_closure_notice_is_a_stop_of_that_site(replay: Replay) -> None:
    events, _ = replay(("2031-02-01 03:04:05", "TNO SEH Blaricum dicht", "Infocode"))

    report = events[0].event.data
    assert isinstance(report, StatusReported)
    assert (report.site, report.status, report.reason, report.expected_end) == ("seh-blaricum", "stop", None, None)


def test_no_place_or_street_of_a_page_is_in_its_event(replay: Replay) -> None:
    events, _ = replay(("2031-02-01 03:04:05", "A1 13999 Kerkpad 1999 Stad 4711", "MKA Stad"))

    assert not {"Kerkpad", "Stad"} & set(events[0].event.model_dump_json().replace('"', " ").split())


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        pytest.param(("2031-02-01 03:04:05", "P 1 Brand woning", ""), Unmapped.NOT_AN_AMBULANCE, id="fire"),
        pytest.param(("2031-02-01 03:04:05", "SEH Nergenshuizen dicht", ""), Unmapped.NO_HOSPITAL, id="unknown place"),
        pytest.param((" 03:04:05", "A1 Dorp", ""), Unmapped.MISSING_TIME, id="no date"),
        pytest.param(("2031-02-30 03:04:05", "A1 Dorp", ""), Unmapped.UNPARSABLE, id="no such day"),
    ],
)
def test_a_row_that_cannot_be_mapped_is_counted_with_its_reason(replay: Replay, page: Page, reason: Unmapped) -> None:
    events, tally = replay(page)

    assert events == []
    assert tally.unmapped == {reason: 1}
