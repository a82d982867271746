"""The simulated region: the same seed gives the same life, and its volumes are those of the sources."""

import tomllib
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from spoedplein.domain.log import Record
from spoedplein.stack.places import deploy_file
from spoedplein.testing import rates
from spoedplein.testing.auditor import identifying
from spoedplein.testing.builders import EVENING, decided, event
from spoedplein.testing.chance import DAY_MS, HOUR_MS
from spoedplein.testing.hap import contacts_per_hour
from spoedplein.testing.workload import Workload
from spoedplein_schemas import EVENT, EVENTS, Decision, Event, decisions, kind_of, type_of
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.capacity import CapacityReported
from spoedplein_schemas.clock import ClockTicked
from spoedplein_schemas.hap import ContactRedirected
from spoedplein_schemas.placement import OfferAccepted, OfferDeclined, PatientAdmitted, PlacementRequested
from spoedplein_schemas.seh import PatientRedirected
from spoedplein_schemas.vocabulary import SOURCE_TOPICS, CareType, Frozen, Topic, UrgencySystem, millis

FRIDAY_MS = millis(datetime(2026, 1, 9, 7, 0, tzinfo=UTC))


@pytest.fixture(scope="module")
def rijnmond() -> Agreements:
    return Agreements.model_validate(tomllib.loads(deploy_file("regions", "rijnmond.toml").read_text()))


@pytest.fixture(scope="module")
def week(rijnmond: Agreements) -> list[tuple[int, Event]]:
    return Workload(rijnmond, seed=7, start_ms=FRIDAY_MS).emit(FRIDAY_MS + 7 * DAY_MS)


def test_the_same_seed_gives_the_same_bytes(rijnmond: Agreements) -> None:
    first, second = (Workload(rijnmond, seed=3, start_ms=FRIDAY_MS).emit(FRIDAY_MS + 6 * HOUR_MS) for _ in range(2))

    assert [said.model_dump_json() for _, said in first] == [said.model_dump_json() for _, said in second]
    assert len(first) > 500


def test_another_seed_gives_another_life(rijnmond: Agreements) -> None:
    first, second = (Workload(rijnmond, seed=seed, start_ms=FRIDAY_MS).emit(FRIDAY_MS + HOUR_MS) for seed in (1, 2))

    assert [said.data for _, said in first] != [said.data for _, said in second]


def test_many_small_steps_give_what_one_large_step_gives(rijnmond: Agreements) -> None:
    whole = Workload(rijnmond, seed=5, start_ms=FRIDAY_MS).emit(FRIDAY_MS + 2 * HOUR_MS)
    workload = Workload(rijnmond, seed=5, start_ms=FRIDAY_MS)
    steps = [pair for at_ms in range(0, 2 * HOUR_MS + 1, 1000) for pair in workload.emit(FRIDAY_MS + at_ms)]

    assert [(at, said.id) for at, said in steps] == [(at, said.id) for at, said in whole]


def test_what_is_published_is_in_time_order_and_each_source_keeps_its_own(week: list[tuple[int, Event]]) -> None:
    assert [at for at, _ in week] == sorted(at for at, _ in week)
    by_source: dict[str, list[int]] = defaultdict(list)
    for _, said in week:
        by_source[said.source].append(int(said.id.rsplit(".", 1)[1]))
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_source.values())


def test_ids_are_used_once(week: list[tuple[int, Event]]) -> None:
    assert len({said.id for _, said in week}) == len(week)


def test_everything_passes_the_contract_and_names_nobody(week: list[tuple[int, Event]]) -> None:
    for _, said in week[::17]:
        text = said.model_dump_json(exclude_none=True)
        assert EVENT.validate_json(text) == said
        assert identifying(text) == []


def test_a_report_tells_of_a_moment_before_it_is_published(week: list[tuple[int, Event]]) -> None:
    for at_ms, said in week:
        if isinstance(said.data, CapacityReported):
            assert 0 < at_ms - millis(said.data.observed_at) <= 60_000
            assert said.data.free <= said.data.staffed


def test_volumes_are_those_of_the_sources(rijnmond: Agreements, week: list[tuple[int, Event]]) -> None:
    counts = Counter(kind_of(type(said.data)).name for _, said in week)
    sites = len(rijnmond.sites)

    assert counts["hap.contact-registered"] == pytest.approx(rates.HAP_CONTACTS_PER_WEEK * sites, rel=0.1)
    assert counts["seh.patient-arrived"] == pytest.approx(63 * 7 * sites, rel=0.15)
    assert counts["ambulance.ride-dispatched"] == pytest.approx(rates.RIDES_PER_SEH_PER_DAY * 7 * sites, rel=0.1)


def test_stays_at_the_seh_last_about_130_minutes(week: list[tuple[int, Event]]) -> None:
    arrived = {said.data.visit: at for at, said in week if said.type.endswith("seh.patient-arrived.v1")}
    left = {said.data.visit: at for at, said in week if said.type.endswith("seh.patient-left.v1")}
    minutes = sorted((left[visit] - arrived[visit]) / 60_000 for visit in left)

    assert minutes[len(minutes) // 2] == pytest.approx(130, rel=0.15)


@pytest.mark.parametrize(
    ("hours", "weekdays", "percent"),
    [
        pytest.param((18, 19), range(5), 12.3, id="weekday evenings"),
        pytest.param((10, 11), (5, 6), 10.1, id="weekend mornings"),
        pytest.param((4, 5), (5, 6), 0.85, id="weekend nights"),
    ],
)
def test_the_hap_peaks_where_the_sources_say(hours: tuple[int, ...], weekdays: range, percent: float) -> None:
    share = sum(contacts_per_hour(datetime(2026, 1, 5 + day, hour, tzinfo=UTC)) for day in weekdays for hour in hours)

    assert 100 * share / rates.HAP_CONTACTS_PER_WEEK == pytest.approx(percent, rel=0.06)


def test_the_hap_is_shut_by_day_in_the_week() -> None:
    assert contacts_per_hour(datetime(2026, 1, 7, 12, tzinfo=UTC)) == 0


def test_intensity_multiplies_what_comes_in(rijnmond: Agreements) -> None:
    def arrivals(intensity: float) -> int:
        said = Workload(rijnmond, seed=9, start_ms=FRIDAY_MS, intensity=intensity).emit(FRIDAY_MS + DAY_MS)
        return sum(said.type.endswith("seh.patient-arrived.v1") for _, said in said)

    assert arrivals(4) == pytest.approx(4 * arrivals(1), rel=0.25)


def test_intensity_must_be_a_factor(rijnmond: Agreements) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Workload(rijnmond, seed=1, start_ms=FRIDAY_MS, intensity=0)


# --- people who react -------------------------------------------------------------------------------------------------


def offers(week: list[tuple[int, Event]], agreed: Agreements) -> list[decisions.PlacementOffered]:
    """One offer to a unit of the first care type, for each request of the week."""
    made: list[decisions.PlacementOffered] = []
    for at_ms, said in week:
        asked = said.data
        if isinstance(asked, PlacementRequested):
            at = datetime.fromtimestamp(at_ms / 1000, UTC)
            unit = next(unit for unit in agreed.units if unit.care_type is asked.profile.care_types[0])
            offered = decisions.PlacementOffered(
                request=asked.request,
                offer=f"rijnmond.{len(made)}.0",
                unit=unit.id,
                care_type=unit.care_type,
                attempt=1,
                answer_by=at + timedelta(minutes=30),
                owner=asked.owner,
                score=(),
                basis=decisions.Basis(unit=unit.id, observed_at=at, age_seconds=0, free=1, held=0),
                excluded=(),
            )
            made.append(offered)
    return made


def test_providers_accept_decline_and_stay_silent(rijnmond: Agreements, week: list[tuple[int, Event]]) -> None:
    workload = Workload(rijnmond, seed=7, start_ms=FRIDAY_MS)
    workload.emit(FRIDAY_MS + 7 * DAY_MS)
    made = offers(week, rijnmond)
    for number, offered in enumerate(made):
        workload.observe(_decision(offered, number, at_ms=FRIDAY_MS + 7 * DAY_MS))
    answers = [said.data for _, said in workload.emit(FRIDAY_MS + 8 * DAY_MS)]
    answered = Counter(type(data) for data in answers if isinstance(data, OfferAccepted | OfferDeclined))

    assert answered[OfferAccepted] > 0
    assert answered[OfferDeclined] > 0
    assert answered.total() < len(made)


def test_an_accepted_patient_comes_and_the_report_says_so(rijnmond: Agreements) -> None:
    workload = Workload(rijnmond, seed=7, start_ms=FRIDAY_MS, intensity=10)
    asked = [said.data for _, said in workload.emit(FRIDAY_MS + 8 * HOUR_MS)]
    requests = [data for data in asked if isinstance(data, PlacementRequested)]
    wanted = [request for request in requests if CareType.ELV_HOOG in request.profile.care_types]
    for number, request in enumerate(wanted):
        accepted = decisions.PlacementAccepted(
            request=request.request, offer=f"rijnmond.{number}.0", unit="elv-hoog-frankeland", owner=request.owner,
            admit_by=datetime.fromtimestamp(FRIDAY_MS / 1000 + 86_400, UTC),
        )  # fmt: skip
        workload.observe(_decision(accepted, number, at_ms=FRIDAY_MS + 8 * HOUR_MS))
    later = [said.data for _, said in workload.emit(FRIDAY_MS + 14 * HOUR_MS)]

    admitted = {data.request for data in later if isinstance(data, PatientAdmitted)}
    included = {name for data in later if isinstance(data, CapacityReported) for name in data.includes}
    assert admitted
    assert included
    assert admitted | included <= {request.request for request in wanted}


def test_a_decision_seen_twice_is_reacted_to_once(rijnmond: Agreements, week: list[tuple[int, Event]]) -> None:
    def answers(times: int) -> int:
        workload = Workload(rijnmond, seed=7, start_ms=FRIDAY_MS)
        workload.emit(FRIDAY_MS + 7 * DAY_MS)
        for number, offered in enumerate(offers(week, rijnmond)):
            for _ in range(times):
                workload.observe(_decision(offered, number, at_ms=FRIDAY_MS + 7 * DAY_MS))
        later = [said.data for _, said in workload.emit(FRIDAY_MS + 7 * DAY_MS + 2 * HOUR_MS)]
        return sum(isinstance(data, OfferAccepted | OfferDeclined) for data in later)

    assert answers(2) == answers(1) > 0


def test_codes_keep_to_their_systems(week: list[tuple[int, Event]]) -> None:
    systems = {said.data.urgency.system for _, said in week if said.type.endswith("hap.contact-triaged.v1")}

    assert systems == {UrgencySystem.NTS}


def test_sources_send_every_type_that_they_can(rijnmond: Agreements, week: list[tuple[int, Event]]) -> None:
    """What follows on decisions only is in the simulator's test: placement, and who decides otherwise."""
    from_sources = {kind.type for kind in EVENTS if kind.topic in SOURCE_TOPICS and kind.topic is not Topic.PLACEMENT}
    follows = {type_of(ContactRedirected), type_of(PatientRedirected)}

    assert from_sources - follows <= {said.type for _, said in week}


def _decision(data: Frozen, number: int, *, at_ms: int) -> Decision:
    cause = Record(number, at_ms, event(ClockTicked(ticked_at=datetime.fromtimestamp(at_ms / 1000, UTC)), at=EVENING))
    return decided(cause, data)[0]
