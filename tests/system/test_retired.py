"""What a region agrees on no more is gone from the compacted topics of a running system, and stays gone."""

import asyncio
from pathlib import Path
from typing import Final

import pytest
from pydantic import BaseModel

from spoedplein.domain.agreements import read_agreements
from spoedplein.domain.turn import moment
from spoedplein.settings import Settings
from spoedplein.stack.adoption import adopt_and_wait
from spoedplein.stack.topics import places
from spoedplein.testing import builders as say
from spoedplein.testing.witness import Witness
from spoedplein.workers.following import Follower
from spoedplein_schemas.vocabulary import Topic
from tests.system.conftest import EPOCH_MS, StartSystem, kill

pytestmark = [pytest.mark.system, pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(600)]

AT: Final = moment(EPOCH_MS)
KEPT: Final = """
region = "een"
version = "{version}"
title = "Afspraken voor een test"
owner = "zcc-een"

[[sites]]
id = "oost"
name = "Oost"
organisation = "ziekenhuis"
services = [{{ care_type = "seh" }}]

[[units]]
id = "elv-oost"
name = "ELV oost"
organisation = "huis-oost"
care_type = "elv-hoog"
"""
RETIRED: Final = """
[[sites]]
id = "west"
name = "West"
organisation = "ziekenhuis"
services = [{ care_type = "seh" }]

[[units]]
id = "grz-west"
name = "GRZ west"
organisation = "huis-west"
care_type = "grz"

[[crowding]]
site = "west"
places = 10

[escalation]
"""
GOES: Final = {"een/grz-west", "een//grz", "een/west", "een/escalation"}
STAYS: Final = {"een/elv-oost", "een//elv-hoog", "een/oost", "een/requests"}


def test_units_sites_and_the_regions_level_are_gone_when_their_agreements_end(
    start_system: StartSystem, tmp_path: Path
) -> None:
    file = tmp_path / "een.toml"
    file.write_text(KEPT.format(version="2026.1") + RETIRED)
    with start_system([file]) as system:
        region = Witness(system.settings, "een")
        region.publish([say.event(say.capacity(unit, 2, AT), at=AT, region="een") for unit in ("grz-west", "elv-oost")])
        region.until(lambda: _shown(system.settings) >= GOES | STAYS, "not everything is shown")

        text = read_agreements(KEPT.format(version="2026.2"), name="een.toml")
        told = asyncio.run(adopt_and_wait(system.settings, text, older=False, wait_seconds=60))
        assert told.well, told.message
        region.until(lambda: not _shown(system.settings) & GOES, "what was retired is still shown")

        child = system.workers.pop("coordinate")
        kill(child)
        child.stop()
        system.start_worker("coordinate")
        late = say.capacity("grz-west", 1, say.EVENING)
        region.publish([say.event(late, at=AT, region="een"), say.event(say.stop("grz-west", AT), at=AT, region="een")])
        region.settled()

        newest = _newest(system.settings)
        assert {key for key, said in newest.items() if said is not None} & (GOES | STAYS) == STAYS
        assert {key: newest[key] for key in GOES} == dict.fromkeys(GOES), (
            "a tombstone, so that compaction takes it away"
        )


def _shown(settings: Settings) -> set[str]:
    return {key for key, said in _newest(settings).items() if said is not None}


def _newest(settings: Settings) -> dict[str, BaseModel | None]:
    """As a consumer finds them who begins now."""

    async def read() -> dict[str, BaseModel | None]:
        async with Follower(settings, places([Topic.AVAILABILITY, Topic.BOARDS]), back=0) as follower:
            return {message.key: message.said for message in await follower.standing()}

    return asyncio.run(read())
