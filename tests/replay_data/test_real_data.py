"""The real data sets, wherever they are kept: counts are those that each SOURCE.md states."""

from collections import Counter, deque
from pathlib import Path
from typing import NamedTuple

import pytest
from loadtests.replay import ADAPTERS, Adapter, Published, Tally, p2000, sanfrancisco, skane, taiwan
from loadtests.replay.outputs import records as log_records

from spoedplein.domain.log import read_log, write_record
from spoedplein.domain.privacy import findings
from spoedplein_schemas import EVENT
from spoedplein_schemas.ambulance import RideDispatched
from spoedplein_schemas.seh import StatusReported

REASONS = {
    "taiwan": taiwan.Unmapped,
    "sanfrancisco": sanfrancisco.Unmapped,
    "skane": skane.Unmapped,
    "p2000": p2000.Unmapped,
}


class Replayed(NamedTuple):
    name: str
    adapter: Adapter
    events: list[Published]
    tally: Tally


@pytest.fixture(scope="module")
def replayed(request: pytest.FixtureRequest, real_data: Path) -> Replayed:
    """A data set from end to end. Each is read once, and gone before the next: a quarter of a million events."""
    adapter, tally = ADAPTERS[request.param](real_data), Tally()
    return Replayed(request.param, adapter, list(adapter.read(None, tally)), tally)


def on(*sources: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("replayed", sources, indirect=True)


@on(*ADAPTERS)
def test_every_row_is_mapped_or_has_its_reason(replayed: Replayed) -> None:
    events, tally = replayed.events, replayed.tally

    assert tally.read == tally.accounted
    assert tally.mapped > 0
    assert set(tally.unmapped) <= set(REASONS[replayed.name])
    assert tally.events.total() == len(events)


@on(*ADAPTERS)
def test_events_come_in_the_order_of_publishing(replayed: Replayed) -> None:
    moments = [at_ms for at_ms, _ in replayed.events]

    assert moments == sorted(moments)


@on(*ADAPTERS)
def test_a_day_says_the_same_after_a_round_trip_through_a_log_file(replayed: Replayed) -> None:
    adapter, tally = replayed.adapter, Tally()
    days = adapter.days()
    records = list(log_records(adapter, adapter.read(days[len(days) // 2], tally)))

    assert tally.read == tally.accounted > tally.mapped > 0
    assert len(records) == tally.events.total() + 1
    assert list(read_log(write_record(record) for record in records)) == records


@on(*ADAPTERS)
def test_no_two_events_share_an_id_and_all_are_valid(replayed: Replayed) -> None:
    events = replayed.events

    assert len({(event.source, event.id) for _, event in events}) == len(events)
    for _, event in events[:: max(1, len(events) // 2000)]:
        assert EVENT.validate_json(event.model_dump_json(exclude_none=True)) == event


@on(*ADAPTERS)
def test_events_speak_only_of_the_region_its_sites_and_its_units(replayed: Replayed) -> None:
    agreements = replayed.adapter.agreements()
    events = replayed.events

    assert {event.region for _, event in events} == {agreements.region}
    assert {getattr(event.data, "site", None) for _, event in events} - {None} <= {site.id for site in agreements.sites}
    assert {getattr(event.data, "unit", None) for _, event in events} - {None} <= {unit.id for unit in agreements.units}


@on(*ADAPTERS)
def test_nothing_in_them_looks_like_a_person_to_intake(replayed: Replayed) -> None:
    sample = replayed.events[:: max(1, len(replayed.events) // 3000)]

    assert [f for _, event in sample for f in findings(event.model_dump(mode="json", exclude_none=True))] == []


@on("sanfrancisco", "p2000")
def test_the_days_together_are_the_whole(replayed: Replayed) -> None:
    adapter, whole = replayed.adapter, replayed.tally
    events: Counter[tuple[str, str]] = Counter()
    for day in adapter.days():
        tally = Tally()
        deque(adapter.read(day, tally), maxlen=0)
        assert tally.read == whole.read == tally.accounted
        events += tally.events

    assert events == whole.events


@on("taiwan")
def test_taiwan_reports_125_628_times_and_the_source_was_down_27_times(replayed: Replayed) -> None:
    events, tally = replayed.events, replayed.tally

    assert tally.events_of("seh.status-reported") == tally.mapped == 125_628
    assert tally.unmapped == {taiwan.Unmapped.FETCH_SUCCEEDED: 2_204, taiwan.Unmapped.SOURCE_DOWN: 27}
    stops = Counter(event.data.status for _, event in events if isinstance(event.data, StatusReported))
    assert stops == {"stop": 15_791, "open": 109_837}


@on("taiwan")
def test_taiwan_flips_the_notice_1_119_times(replayed: Replayed) -> None:
    last: dict[str, str] = {}
    flips = 0
    for _, event in replayed.events:
        assert isinstance(event.data, StatusReported)
        flips += last.get(event.data.site, event.data.status) != event.data.status
        last[event.data.site] = event.data.status

    assert (len(last), flips) == (57, 1_119)


@on("sanfrancisco")
def test_san_francisco_has_4_304_ambulance_rides_of_which_2_589_reach_a_hospital(replayed: Replayed) -> None:
    tally = replayed.tally

    assert (tally.read, tally.events_of("ambulance.ride-dispatched")) == (10_410, 4_304)
    assert tally.events_of("ambulance.arrived") == 2_589
    assert tally.quirks[sanfrancisco.Quirk.HOSPITAL_BEFORE_TRANSPORT] == 13
    assert tally.quirks[sanfrancisco.Quirk.AVAILABLE_BEFORE_HOSPITAL] == 2


@on("skane")
def test_skane_has_26_517_visits_always_in_order_but_for_the_night_the_clock_skips(replayed: Replayed) -> None:
    tally = replayed.tally

    assert tally.read == tally.mapped == tally.events_of("seh.patient-arrived") == 26_517
    assert tally.events_of("seh.patient-left") == 26_517
    assert tally.quirks[skane.Quirk.TIME_BEFORE_PREVIOUS] <= tally.quirks[skane.Quirk.SKIPPED_HOUR] == 6


@on("skane")
def test_skane_asks_a_bed_for_each_of_the_8_764_admissions_to_a_ward_and_ends_each_request(replayed: Replayed) -> None:
    tally = replayed.tally

    assert tally.events_of("placement.requested") == tally.events_of("placement.request-cancelled") == 8_764
    hours = 181 * 24 - 1  # One night in March lacks an hour.
    assert tally.events_of("capacity.reported") == hours * 12 * 2


@on("p2000")
def test_p2000_has_its_382_pages_and_one_closure(replayed: Replayed) -> None:
    events, tally = replayed.events, replayed.tally

    codes = Counter(event.data.urgency.code for _, event in events if isinstance(event.data, RideDispatched))
    assert codes == {"A2": 199, "A1": 125, "B1": 29, "B2": 28}
    assert tally.mapped == tally.read == 382
    assert tally.events_of("seh.status-reported") == 1


@on("p2000")
def test_p2000_finds_every_postcode_that_kept_its_digits(replayed: Replayed, real_data: Path) -> None:
    text = next(real_data.glob("p2000_sample/*.csv")).read_text(encoding="utf-8")

    areas = [event.data.area for _, event in replayed.events if isinstance(event.data, RideDispatched)]
    assert sum(area is not None for area in areas) >= sum("XX " in line for line in text.splitlines()) > 0
