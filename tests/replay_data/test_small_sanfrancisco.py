from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from loadtests.replay.adapter import Published
from loadtests.replay.sanfrancisco import SITES, Quirk, SanFrancisco, Unmapped, nearest_site
from loadtests.replay.tally import Tally

from spoedplein_schemas import kind_of
from spoedplein_schemas.ambulance import RideDispatched, TransportAnnounced

COLUMNS = (
    *("Call Number", "Unit ID", "Unit Type", "Call Type", "Dispatch DtTm", "Transport DtTm", "Hospital DtTm"),
    *("Available DtTm", "Final Priority", "Location"),
)
RIDE = {
    "Call Number": "310420007",
    "Unit ID": "KM99",
    "Unit Type": "PRIVATE",
    "Call Type": "Medical Incident",
    "Dispatch DtTm": "02/11/2031 11:30:00 PM",
    "Transport DtTm": "02/12/2031 12:05:00 AM",
    "Hospital DtTm": "02/12/2031 12:20:00 AM",
    "Available DtTm": "02/12/2031 12:50:00 AM",
    "Final Priority": "3",
    "Location": '"(37.757, -122.41)"',
}
Write = Callable[[str, str], None]
Replay = Callable[..., tuple[list[Published], Tally]]


@pytest.fixture
def replay(write: Write, tmp_path: Path) -> Replay:
    """Replays rows, each the one above with some of its columns changed."""

    def replayed(*changes: dict[str, str]) -> tuple[list[Published], Tally]:
        rows = [",".join((RIDE | change)[column] for column in COLUMNS) for change in changes]
        text = "\n".join([",".join(COLUMNS), *rows])
        write("sf_ems_calls/calls_2020-04-07_2020-04-20.csv.gz", text)
        tally = Tally()
        return list(SanFrancisco(tmp_path).read(None, tally)), tally

    return replayed


def steps(events: Sequence[Published]) -> list[str]:
    return [kind_of(type(published.event.data)).name.removeprefix("ambulance.") for published in events]


def test_a_ride_goes_from_dispatch_to_release(replay: Replay) -> None:
    events, tally = replay({})

    assert steps(events) == [
        "ride-dispatched",
        "transport-announced",
        "arrived",
        "patient-handed-over",
        "ride-released",
    ]
    assert {published.event.data.ride for published in events} == {"rit-31d042n0007-ukm99"}
    assert [published.event.time.isoformat()[11:] for published in events][:2] == ["23:30:00-08:00", "00:05:00-08:00"]
    assert tally.read == tally.mapped == 1


@pytest.mark.parametrize(("priority", "code"), [("3", "A1"), ("2", "A2")])
def test_final_priority_gives_the_urgency(replay: Replay, priority: str, code: str) -> None:
    events, _ = replay({"Final Priority": priority})

    dispatched = events[0].event.data
    assert isinstance(dispatched, RideDispatched)
    assert dispatched.urgency.code == code


@pytest.mark.parametrize(
    ("change", "left"),
    [
        pytest.param(
            {"Transport DtTm": "", "Hospital DtTm": ""}, ["ride-dispatched", "ride-released"], id="nobody transported"
        ),
        pytest.param(
            {"Hospital DtTm": ""}, ["ride-dispatched", "transport-announced", "ride-released"], id="never arrived"
        ),
        pytest.param(
            {"Available DtTm": ""}, ["ride-dispatched", "transport-announced", "arrived"], id="never available"
        ),
    ],
)
def test_a_step_without_a_time_is_left_out(replay: Replay, change: dict[str, str], left: list[str]) -> None:
    assert steps(replay(change)[0]) == left


def test_hospital_before_transport_stays_as_it_is(replay: Replay) -> None:
    events, tally = replay({"Transport DtTm": "02/12/2031 12:25:00 AM"})

    assert steps(events)[1:3] == ["arrived", "transport-announced"]
    assert tally.quirks == {Quirk.HOSPITAL_BEFORE_TRANSPORT: 1}


def test_available_before_hospital_stays_as_it_is(replay: Replay) -> None:
    events, tally = replay({"Available DtTm": "02/12/2031 12:10:00 AM"})

    assert steps(events)[2:] == ["patient-handed-over", "ride-released", "arrived"]
    assert tally.quirks == {Quirk.AVAILABLE_BEFORE_HOSPITAL: 1}


def test_rides_come_in_time_order_whatever_the_file_does_and_overlaps_are_counted(replay: Replay) -> None:
    later = {"Call Number": "310420009", "Dispatch DtTm": "02/12/2031 12:40:00 AM"}
    events, tally = replay(later, {})

    assert [published.at_ms for published in events] == sorted(published.at_ms for published in events)
    assert events[0].event.data.ride == "rit-31d042n0007-ukm99"
    assert tally.quirks[Quirk.OVERLAPPING_JOBS] == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"Unit Type": "ENGINE"}, Unmapped.NOT_AN_AMBULANCE, id="fire engine"),
        pytest.param({"Dispatch DtTm": ""}, Unmapped.MISSING_TIME, id="no dispatch"),
        pytest.param({"Dispatch DtTm": "2031-02-11 23:30"}, Unmapped.UNPARSABLE, id="other notation"),
        pytest.param({"Call Number": "12"}, Unmapped.UNPARSABLE, id="short call number"),
        pytest.param({"Unit ID": ""}, Unmapped.UNPARSABLE, id="no unit"),
        pytest.param({"Final Priority": "E"}, Unmapped.UNKNOWN_PRIORITY, id="priority of another list"),
    ],
)
def test_a_row_that_cannot_be_mapped_is_counted_with_its_reason(
    replay: Replay, change: dict[str, str], reason: Unmapped
) -> None:
    events, tally = replay(change)

    assert events == []
    assert tally.unmapped == {reason: 1}


def test_the_destination_is_the_nearest_site_and_the_same_for_all_units_of_a_call(replay: Replay) -> None:
    events, _ = replay({}, {"Unit ID": "KM98"})

    announced = [event.data for _, event in events if isinstance(event.data, TransportAnnounced)]
    assert [data.site for data in announced] == ["seh-oost", "seh-oost"]


def test_without_coordinates_the_call_number_chooses_a_site() -> None:
    chosen = {nearest_site("", call=str(call))[0] for call in range(200)}

    assert chosen == set(SITES)
    assert nearest_site("", call="7") == nearest_site("", call="7")


def test_what_the_log_does_not_hold_is_said_by_the_harness(replay: Replay) -> None:
    events, _ = replay({})

    derived = [published for published in events if published.event.source.endswith(":derived")]
    assert steps(derived) == ["patient-handed-over"]
