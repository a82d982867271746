"""Two regions exchange patients over a real Kafka, and every process between them is killed on the way."""

from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from spoedplein.domain.turn import moment
from spoedplein.stack.system import System
from spoedplein.testing import builders as say
from spoedplein.testing.audit_regions import Life, audit_together
from spoedplein.testing.auditor import audit
from spoedplein.testing.witness import Witness
from spoedplein_schemas import Event, placement, transfer
from spoedplein_schemas.decisions import PlacementAdmitted, PlacementOffered
from spoedplein_schemas.vocabulary import CareType, Frozen
from tests.system.conftest import EPOCH_MS, StartSystem, kill

pytestmark = [pytest.mark.system, pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(600)]

Data = TypeVar("Data", bound=Frozen)
PATIENTS = 12
CARE = CareType.ELV_HOOG
AT = moment(EPOCH_MS) - timedelta(minutes=1)
AGREEMENTS = """
region = "{region}"
version = "2026.1"
title = "Afspraken voor een test"
owner = "zcc-{region}"

[[neighbours]]
region = "{other}"
asks = ["elv-hoog"]
takes = ["elv-hoog"]
answer_minutes = 60
keep_free = 0

[[units]]
id = "elv-{region}"
name = "ELV {region}"
organisation = "huis-{region}"
care_type = "elv-hoog"
"""


def test_patients_are_exchanged_once_whoever_dies_on_the_way(start_system: StartSystem, tmp_path: Path) -> None:
    files = [tmp_path / "een.toml", tmp_path / "twee.toml"]
    for file, region, other in zip(files, ("een", "twee"), ("twee", "een"), strict=True):
        file.write_text(AGREEMENTS.format(region=region, other=other))
    with start_system(files) as system:
        here, there = Witness(system.settings, "een"), Witness(system.settings, "twee")
        here.publish([_event("een", say.capacity("elv-een", 0, AT))])
        there.publish([_event("twee", say.capacity("elv-twee", PATIENTS, AT))])
        for witness in (here, there):
            witness.settled()
        here.publish([_event("een", say.request(f"r-{number}", (CARE,), AT)) for number in range(PATIENTS)])
        _dies(system, "intake")
        offered = _made(there, PlacementOffered, PATIENTS)
        there.publish([_event("twee", say.accepted(data.request, data.offer, AT)) for data in offered])
        _dies(system, "intake", "coordinate")
        _made(here, transfer.TransferConfirmed, PATIENTS)
        _dies(system, "coordinate")
        expected = _made(there, transfer.GuestExpected, PATIENTS)
        there.publish([_event("twee", say.admitted(data.transfer, data.unit, AT)) for data in expected])
        _dies(system, "intake")
        admitted = _made(here, PlacementAdmitted, PATIENTS)
        lives = [Life(settled.log, settled.decisions) for settled in (here.settled(), there.settled())]

        assert sorted(data.request for data in admitted) == sorted(f"r-{number}" for number in range(PATIENTS))
        assert [found for life in lives for found in audit(life.log, life.decisions)] == []
        assert audit_together(lives) == []
        assert here.dead_letters() == []
        asked = [record.event for record in lives[1].log if isinstance(record.event.data, placement.TransferAsked)]
        assert len({event.id for event in asked}) == PATIENTS


def _event(region: str, data: Frozen) -> Event:
    return say.event(data, at=AT, region=region)


def _dies(system: System, *names: str) -> None:
    """As by a power cut; each comes back at once."""
    for name in names:
        child = system.workers.pop(name)
        kill(child)
        child.stop()
        system.start_worker(name)


def _made(witness: Witness, kind: type[Data], count: int) -> list[Data]:
    found: list[Data] = []

    def all_there() -> bool:
        found[:] = [made.data for made in witness.decisions() if isinstance(made.data, kind)]
        return len(found) >= count

    witness.until(all_there, f"{kind.__name__} missing in {witness.region}")
    return found
