"""Whole lives of a region, from seeds: sources, faults, core, crashes, and the auditor over all of it."""

import tomllib

import pytest

from spoedplein.domain.log import read_log, write_record
from spoedplein.domain.region import Region
from spoedplein.stack.places import deploy_file
from spoedplein.testing.faults import NONE
from spoedplein.testing.simulate import Outcome, simulate
from spoedplein.testing.together import simulate_together
from spoedplein_schemas import DECISIONS, EVENTS
from spoedplein_schemas.agreements import Agreements


def region(name: str) -> Agreements:
    return Agreements.model_validate(tomllib.loads(deploy_file("regions", f"{name}.toml").read_text()))


@pytest.fixture(scope="module")
def busy() -> Outcome:
    """A day and a night, five times as busy, with every fault; a label is waited for six hours, and not for days."""
    text = region("rijnmond")
    hasty = text.placement.model_copy(update={"label_minutes": 360})
    return simulate(text.model_copy(update={"placement": hasty}), 12, 30, region_factory=Region, intensity=5)


@pytest.fixture(scope="module")
def neighbours() -> list[Outcome]:
    """Ten busy hours of two regions that ask each other for places."""
    return simulate_together([region("rijnmond"), region("nijmegen")], 5, 10, region_factory=Region, intensity=4)


@pytest.mark.parametrize("seed", range(3))
def test_an_ordinary_day_with_faults_passes_the_auditor(seed: int) -> None:
    outcome = simulate(region("rijnmond"), seed, 24, region_factory=Region)

    assert outcome.violations == []
    assert len(outcome.decisions) > 1000


def test_a_small_region_without_faults_passes_the_auditor() -> None:
    assert simulate(region("nijmegen"), 1, 24, region_factory=Region, faults=NONE, intensity=3).violations == []


def test_a_busy_day_passes_the_auditor(busy: Outcome) -> None:
    assert busy.violations == []


def test_two_busy_neighbours_pass_the_auditor(neighbours: list[Outcome]) -> None:
    assert [outcome.violations for outcome in neighbours] == [[], []]


def test_these_lives_hold_every_type_of_event(busy: Outcome, neighbours: list[Outcome]) -> None:
    heard = {record.event.type for outcome in (busy, *neighbours) for record in outcome.log}

    assert {kind.type for kind in EVENTS} - heard == set()


def test_these_lives_lead_to_every_decision(busy: Outcome, neighbours: list[Outcome]) -> None:
    made = {decision.type for outcome in (busy, *neighbours) for decision in outcome.decisions}

    assert {kind.type for kind in DECISIONS} - made == set()


def test_a_seed_repeats_a_life_byte_for_byte() -> None:
    first, second = (simulate(region("nijmegen"), 5, 6, region_factory=Region, intensity=4) for _ in range(2))

    assert [write_record(record) for record in first.log] == [write_record(record) for record in second.log]
    assert [made.model_dump_json() for made in first.decisions] == [made.model_dump_json() for made in second.decisions]


def test_the_log_of_a_life_survives_being_written_down(busy: Outcome) -> None:
    lines = [write_record(record) for record in busy.log[:3000]]

    assert list(read_log(lines)) == list(busy.log[:3000])


def test_folding_the_written_log_decides_the_same() -> None:
    outcome = simulate(region("nijmegen"), 6, 12, region_factory=Region, intensity=4)
    core = Region.empty("nijmegen")
    again = [made for record in outcome.log for made in core.step(record)]

    assert [made.model_dump_json() for made in again] == [made.model_dump_json() for made in outcome.decisions]
