"""A real day of each data set goes through the running system, and the auditor finds nothing wrong."""

import asyncio
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from loadtests.replay import ADAPTERS, Published, Tally
from loadtests.replay.agreements_toml import as_toml
from loadtests.replay.outputs import publish

from spoedplein.clock import Clock
from spoedplein.domain.log import Record
from spoedplein.domain.region import Region, fold
from spoedplein.settings import Settings
from spoedplein.testing.auditor import audit
from spoedplein.testing.witness import Witness
from spoedplein.workers.topics import partition_of
from spoedplein_schemas import kind_of
from spoedplein_schemas.vocabulary import Topic
from tests.system.conftest import StartSystem

pytestmark = [pytest.mark.system, pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(600)]

#: The Swedish day has requests and places whose figures grow old: its clock must run with it. A day in a minute.
RUNNING_SPEED = 1440.0


@pytest.mark.parametrize(
    ("name", "day", "follow", "decided"),
    [
        pytest.param("taiwan", date(2025, 10, 8), False, {"unit-status-changed"}, id="taiwan: status of 57 SEHs"),
        pytest.param("sanfrancisco", date(2020, 4, 10), False, set(), id="san francisco: ambulance rides"),
        pytest.param(
            "skane",
            date(2017, 2, 1),
            True,
            {"patient-queued", "patient-taken", "placement-offered", "placement-cancelled"},
            id="skane: two SEHs and their beds",
        ),
        pytest.param("p2000", None, False, {"figure-stale"}, id="p2000: every page of the sample"),
    ],
)
def test_a_real_day_passes_the_auditor(
    start_system: StartSystem,
    real_data: Path,
    tmp_path: Path,
    *,
    name: str,
    day: date | None,
    follow: bool,
    decided: set[str],
) -> None:
    adapter, tally = ADAPTERS[name](real_data), Tally()
    agreements = tmp_path / f"{name}.toml"
    agreements.write_text(as_toml(adapter.agreements()), encoding="utf-8")
    events = list(adapter.read(day, tally))
    epoch_ms, speed = (events[0].at_ms, RUNNING_SPEED) if follow else (events[-1].at_ms, 1.0)

    with start_system([agreements], epoch_ms=epoch_ms, speed=speed) as system:
        witness = Witness(system.settings, adapter.agreements().region)
        _publish(witness, events, system.settings, clock=system.settings.clock() if follow else None)
        log, decisions, lines = witness.settled()

        assert witness.dead_letters() == []
        assert audit(log, decisions) == []
        folded = list(fold(log, Region.empty(witness.region)))
        assert [decision.model_dump_json(exclude_none=True).encode() for decision in folded] == lines
        _check_the_log_holds_the_day(log, tally)
        kinds = {kind_of(type(decision.data)).name.removeprefix("decision.") for decision in decisions}
        assert decided | {"agreements-in-force"} <= kinds


def _publish(witness: Witness, events: list[Published], settings: Settings, *, clock: Clock | None) -> None:
    partition = partition_of(witness.region, settings)
    asyncio.run(publish(events, settings=settings, partition=partition, clock_of=lambda _first_ms: clock))
    witness.published |= {published.event.id for published in events}


def _check_the_log_holds_the_day(log: list[Record], tally: Tally) -> None:
    """As many events of each type as the adapter says it mapped: nothing lost, and without a crash nothing twice."""
    kinds = [kind_of(type(record.event.data)) for record in log]
    mapped: Counter[str] = Counter()
    for (name, _source), count in tally.events.items():
        mapped[name] += count
    assert Counter(kind.name for kind in kinds if kind.topic is not Topic.LOG) == mapped
