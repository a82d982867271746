"""What coordination shows while much happens: not every step of the way, and in the end how things stand."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import pytest

from spoedplein.domain.turn import moment
from spoedplein.stack.places import deploy_file
from spoedplein.stack.system import System
from spoedplein.testing import builders as say
from spoedplein.testing.witness import Witness
from spoedplein.workers.coordination import VIEWS_APART_SECONDS
from spoedplein.workers.output import Outbox
from spoedplein.workers.publishing import publish_events
from spoedplein.workers.reading import stored
from spoedplein_schemas import Event
from spoedplein_schemas.views import UnitAvailability
from spoedplein_schemas.vocabulary import Topic
from tests.system.conftest import EPOCH_MS, StartSystem

pytestmark = [pytest.mark.system, pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(600)]

REGION: Final = "rijnmond"
UNIT: Final = "elv-hoog-frankeland"
BATCH: Final = 20
REPORTS: Final = 100 * BATCH
#: Messages that come one by one.
SINGLE: Final = 300


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


def test_views_of_what_is_busy_are_drawn_some_times_a_second_and_the_last_is_how_it_stands(
    start_system: StartSystem,
) -> None:
    with start_system([deploy_file("regions", f"{REGION}.toml")]) as system:
        witness = Witness(system.settings, REGION)
        at = moment(EPOCH_MS - 3_600_000)
        witness.publish([say.event(say.capacity(UNIT, 1, at), at=at, region=REGION)])
        witness.until(lambda: bool(_shown(system)), "the first is not shown")
        begun, began = len(_shown(system)), time.monotonic()

        reports = [say.capacity(UNIT, number % 7, at + timedelta(seconds=1 + number)) for number in range(SINGLE)]
        asyncio.run(_one_by_one(system, [say.event(report, at=at, region=REGION) for report in reports]))
        last = (reports[-1].free, reports[-1].observed_at)
        witness.until(lambda: last in [_figure(view) for view in _shown(system)], "the last is not shown")

        drawn, seconds = len(_shown(system)) - begun, time.monotonic() - began
        assert drawn <= 2 + seconds / VIEWS_APART_SECONDS


async def _one_by_one(system: System, events: Sequence[Event]) -> None:
    """Each when the one before is on its topic."""
    async with Outbox(system.settings) as outbox:
        for event in events:
            await publish_events(outbox, system.settings, [event])


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
