from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import pytest
from loadtests.replay.adapter import Published
from loadtests.replay.skane import BEDS, Quirk, Skane, Unmapped
from loadtests.replay.tally import Tally

from spoedplein_schemas import kind_of
from spoedplein_schemas.capacity import CapacityReported
from spoedplein_schemas.placement import PlacementRequested
from spoedplein_schemas.seh import PatientArrived, PatientLeft, PatientTriaged

COLUMNS = (
    *("visit_id", "unit", "arrival_time", "triage_time", "physician_time", "exit_time", "priority", "ambulance"),
    *("chief_complaint", "age_at_arrival", "gender", "discharged_to", "ward"),
)
VISIT = {
    "visit_id": "7",
    "unit": "E",
    "arrival_time": "2031-05-10 10:00:00",
    "triage_time": "2031-05-10 10:08:30",
    "physician_time": "2031-05-10 10:40:00",
    "exit_time": "2031-05-10 14:00:00",
    "priority": "2",
    "ambulance": "True",
    "chief_complaint": "Itch/Sneeze",
    "age_at_arrival": "83",
    "gender": "F",
    "discharged_to": "Avdelning",
    "ward": "MedSurg",
}
Write = Callable[[str, str], None]
Replay = Callable[..., tuple[list[Published], Tally]]


@pytest.fixture
def replay(write: Write, tmp_path: Path) -> Replay:
    """Replays rows, each the one above with some of its columns changed."""

    def replayed(*changes: dict[str, str], day: date | None = None) -> tuple[list[Published], Tally]:
        rows = [",".join((VISIT | change)[column] for column in COLUMNS) for change in changes]
        write("skane_ed_synth/visits_2017-01-01_2017-06-30.csv.gz", "\n".join([",".join(COLUMNS), *rows]))
        tally = Tally()
        return list(Skane(tmp_path).read(day, tally)), tally

    return replayed


def told(events: Iterable[Published]) -> list[str]:
    """Name and local time of what happened to patients."""
    return [
        f"{kind_of(type(event.data)).name} {event.time:%H:%M}"
        for _, event in events
        if not isinstance(event.data, CapacityReported)
    ]


def test_an_admission_goes_from_arrival_to_a_bed_asked_for_and_found(replay: Replay) -> None:
    events, _ = replay({})

    assert told(events) == [
        "seh.patient-arrived 10:00",
        "seh.patient-triaged 10:08",
        "seh.treatment-started 10:40",
        "seh.disposition-decided 13:00",
        "placement.requested 13:00",
        "placement.request-cancelled 14:00",
        "seh.patient-left 14:00",
    ]


def test_a_decision_never_comes_before_the_physician(replay: Replay) -> None:
    events, _ = replay({"exit_time": "2031-05-10 11:00:00"})

    assert "placement.requested 10:40" in told(events)


def test_what_the_source_says_of_a_patient_arrives_in_our_words(replay: Replay) -> None:
    events, _ = replay({})
    data = {type(event.data): event.data for _, event in events}

    arrived, triaged, request = data[PatientArrived], data[PatientTriaged], data[PlacementRequested]
    assert isinstance(arrived, PatientArrived)
    assert isinstance(triaged, PatientTriaged)
    assert isinstance(request, PlacementRequested)
    assert (arrived.mode, arrived.age_band, arrived.site) == ("ambulance", "80+", "seh-e")
    assert (triaged.urgency.system, triaged.urgency.code, triaged.complaint) == ("retts", "2", "itch-sneeze")
    assert (request.profile.care_types, request.profile.sex) == (("kliniek",), "female")
    assert (request.origin, request.preferred) == ("seh-e", ("kliniek-e",))


@pytest.mark.parametrize(
    ("discharged_to", "departure", "decided"),
    [
        pytest.param("Hemmet", "home", True, id="home"),
        pytest.param("Sjukhus", "transferred", True, id="another hospital"),
        pytest.param("Primärvård", "home", True, id="primary care"),
        pytest.param("Avvikit efter läkbed", "home", False, id="left after the physician"),
        pytest.param("Avliden", "deceased", False, id="died"),
    ],
)
def test_only_an_admission_asks_a_bed(replay: Replay, discharged_to: str, departure: str, *, decided: bool) -> None:
    events, _ = replay({"discharged_to": discharged_to, "ward": "Not admitted"})

    left = [event.data for _, event in events if isinstance(event.data, PatientLeft)]
    assert [data.departure for data in left] == [departure]
    assert not any("placement" in step for step in told(events))
    assert ("seh.disposition-decided 14:00" in told(events)) is decided


def test_the_icu_asks_no_kliniek_bed(replay: Replay) -> None:
    assert not any("placement" in step for step in told(replay({"ward": "ICU"})[0]))


def test_capacity_is_derived_every_five_minutes_and_an_admission_fills_a_bed_for_48_hours(replay: Replay) -> None:
    events, _ = replay(
        {},
        {
            "visit_id": "8",
            "arrival_time": "2031-05-12 20:00:00",
            "triage_time": "2031-05-12 20:00:00",
            "physician_time": "2031-05-12 20:00:00",
            "exit_time": "2031-05-12 20:30:00",
            "discharged_to": "Hemmet",
        },
    )
    free = {
        f"{event.data.observed_at:%d %H:%M}": event.data.free
        for _, event in events
        if isinstance(event.data, CapacityReported) and event.data.unit == "kliniek-e"
    }

    assert len(free) == 3 * 288
    assert {free[moment] for moment in ("10 14:00", "11 09:00", "12 13:55")} == {BEDS["E"] - 1}
    assert {free[moment] for moment in ("10 13:55", "12 14:00", "12 23:55")} == {BEDS["E"]}


def test_what_the_data_do_not_hold_is_said_by_the_harness(replay: Replay) -> None:
    events, _ = replay({})

    derived = {kind_of(type(event.data)).name for _, event in events if event.source.endswith(":derived")}
    assert derived == {
        "seh.disposition-decided",
        "placement.requested",
        "placement.request-cancelled",
        "capacity.reported",
    }


def test_a_day_knows_the_beds_filled_on_the_days_before(replay: Replay) -> None:
    next_day = {name: VISIT[name].replace("05-10", "05-11") for name in VISIT if name.endswith("_time")}
    events, tally = replay({}, next_day | {"visit_id": "8"}, day=date(2031, 5, 11))

    first = next(e.data for _, e in events if isinstance(e.data, CapacityReported) and e.data.unit == "kliniek-e")
    assert first.free == BEDS["E"] - 1
    assert tally.unmapped == {Unmapped.OTHER_DAY: 1}
    assert {event.data.visit for _, event in events if isinstance(event.data, PatientArrived)} == {"bezoek-8"}


def test_a_time_in_the_hour_that_spring_skips_is_kept_an_hour_later_and_order_still_holds(replay: Replay) -> None:
    night = {
        "arrival_time": "2031-03-30 01:50:00", "triage_time": "2031-03-30 02:30:00",
        "physician_time": "2031-03-30 03:10:00", "exit_time": "2031-03-30 05:00:00",
    }  # fmt: skip
    events, tally = replay(night)

    assert [at for at, _ in events] == sorted(at for at, _ in events)
    assert tally.quirks == {Quirk.SKIPPED_HOUR: 1, Quirk.TIME_BEFORE_PREVIOUS: 1}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"triage_time": ""}, Unmapped.MISSING_TIME, id="no triage"),
        pytest.param({"exit_time": "soon"}, Unmapped.UNPARSABLE, id="no time at all"),
        pytest.param({"visit_id": "x"}, Unmapped.UNPARSABLE, id="no number"),
        pytest.param({"unit": "Q"}, Unmapped.NO_HOSPITAL, id="another department"),
        pytest.param({"priority": "6"}, Unmapped.UNKNOWN_PRIORITY, id="no such priority"),
        pytest.param({"discharged_to": "Månen"}, Unmapped.UNKNOWN_CODE, id="unknown destination"),
        pytest.param({"gender": "-"}, Unmapped.UNKNOWN_CODE, id="unknown gender"),
    ],
)
def test_a_row_that_cannot_be_mapped_is_counted_with_its_reason(
    replay: Replay, change: dict[str, str], reason: Unmapped
) -> None:
    events, tally = replay(change)

    assert events == []
    assert (tally.read, tally.mapped, tally.unmapped) == (1, 0, {reason: 1})
