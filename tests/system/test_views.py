"""What coordination shows while it catches up: not every step of the way, and in the end how things stand."""

import asyncio
from datetime import timedelta
from typing import Final

import pytest

from spoedplein.domain.turn import moment
from spoedplein.stack.places import deploy_file
from spoedplein.stack.system import System
from spoedplein.testing import builders as say
from spoedplein.testing.witness import Witness
from spoedplein.workers.reading import stored
from spoedplein_schemas.views import UnitAvailability
from spoedplein_schemas.vocabulary import Topic
from tests.system.conftest import EPOCH_MS, StartSystem

pytestmark = [pytest.mark.system, pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(600)]

REGION: Final = "rijnmond"
UNIT: Final = "elv-hoog-frankeland"
BATCH: Final = 20
REPORTS: Final = 100 * BATCH


def test_views_wait_for_what_the_log_holds_already_and_then_show_all_of_it(start_system: StartSystem) -> None:
    with start_system([deploy_file("regions", f"{REGION}.toml")], batch_records_max=BATCH) as system:
        witness = Witness(system.settings, REGION)
        system.workers.pop("coordinate").stop()
        begun, at = len(_shown(system)), moment(EPOCH_MS - 3_600_000)
        reports = [say.capacity(UNIT, number % 7, at + timedelta(seconds=number)) for number in range(REPORTS)]
        witness.publish([say.event(report, at=at, region=REGION) for report in reports])
        witness.until(lambda: witness.published <= {record.event.id for record in witness.log()}, "not in the log")

        system.start_worker("coordinate")
        last = (reports[-1].free, reports[-1].observed_at)
        witness.until(lambda: last in [_figure(view) for view in _shown(system)], "the last is not shown")

        assert len(_shown(system)) - begun < REPORTS / BATCH / 2


def _figure(view: UnitAvailability) -> tuple[object, object]:
    return view.reported_free, view.observed_at


def _shown(system: System) -> list[UnitAvailability]:
    """All that was ever shown of the unit."""

    async def read() -> list[UnitAvailability]:
        records = stored(system.settings, Topic.AVAILABILITY, system.settings.regions[REGION])
        key = f"{REGION}/{UNIT}".encode()
        return [
            UnitAvailability.model_validate_json(each.value) async for each in records if each.key == key and each.value
        ]

    return asyncio.run(read())
