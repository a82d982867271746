"""Two coordination processes share the regions; when one dies the other goes on where it stopped."""

import asyncio
import os
import signal
from collections.abc import Iterator
from functools import partial

import pytest

from spoedplein.domain.region import Region, fold
from spoedplein.domain.turn import moment
from spoedplein.stack.places import deploy_file
from spoedplein.stack.system import System
from spoedplein.testing import builders as say
from spoedplein.testing.witness import Settled, Witness
from spoedplein.workers.output import Outbox, Outgoing
from spoedplein.workers.reading import newest_by_key
from spoedplein_schemas import Decision, Event
from spoedplein_schemas.clock import ClockTicked
from spoedplein_schemas.decisions import NormBreached
from spoedplein_schemas.vocabulary import Topic
from tests.system.conftest import EPOCH_MS, StartSystem, kill

pytestmark = [pytest.mark.system, pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(600)]

REGIONS = {"rijnmond": "schiedam", "nijmegen": "nijmegen-west"}
FILES = [deploy_file("regions", f"{region}.toml") for region in REGIONS]
SECOND = "coordinate-2"


def test_the_other_worker_takes_over_and_nothing_is_lost_or_said_twice(start_system: StartSystem) -> None:
    with start_system(FILES) as system:
        witnesses = [Witness(system.settings, region) for region in REGIONS]
        _publish_and_check(witnesses, 0)
        system.start_worker(SECOND, ["-m", "spoedplein", "coordinate"])
        _publish_and_check(witnesses, 100)

        kill(system.workers["coordinate"])
        _publish_and_check(witnesses, 200)


def test_a_worker_that_stood_still_for_longer_than_its_session_does_no_harm_when_it_wakes(
    start_system: StartSystem,
) -> None:
    """As on a machine that is moved. What it had fetched already it may decide once more, in the same words."""
    with start_system(FILES) as system:
        witnesses = [Witness(system.settings, region) for region in REGIONS]
        system.start_worker(SECOND, ["-m", "spoedplein", "coordinate"])
        _publish_and_check(witnesses, 0)
        frozen = system.workers["coordinate"].server_pid
        assert frozen is not None

        os.kill(frozen, signal.SIGSTOP)
        _publish_and_check(witnesses, 100)
        for witness in witnesses:
            witness.publish(list(_patients(witness.region, 200)))
        os.kill(frozen, signal.SIGCONT)
        for witness in witnesses:
            witness.until(partial(_is_right, witness), "decided otherwise")
        kill(system.workers[SECOND])
        for witness in witnesses:
            witness.publish(list(_patients(witness.region, 300)))
        for witness in witnesses:
            witness.until(partial(_is_right, witness), "decided otherwise")


def test_an_unusable_snapshot_is_made_good_from_the_log(start_system: StartSystem) -> None:
    with start_system(FILES[:1]) as system:
        witness = Witness(system.settings, "rijnmond")
        _publish_and_check([witness], 0)
        witness.until(lambda: _snapshots(system) != {}, "no snapshot")
        system.workers.pop("coordinate").stop()
        _spoil(system)

        system.start_worker("coordinate")
        _publish_and_check([witness], 100)


def test_deadlines_pass_in_a_quiet_region(start_system: StartSystem) -> None:
    """A patient waits for triage; nobody says anything more; ten minutes later the norm is told to be passed."""
    with start_system(FILES[:1], speed=30.0) as system:
        witness = Witness(system.settings, "rijnmond")
        # What comes first waits until every process has found its partitions, and the norm may be over by then.
        long_ago = moment(EPOCH_MS - 3_600_000)
        witness.publish([say.event(say.arrived("v-0", long_ago), at=long_ago)])
        witness.until(lambda: any(_is_breach(found, of="v-0") for found in witness.decisions()), "nothing is decided")
        waiting = moment(system.settings.clock().now_ms())
        witness.publish([say.event(say.arrived("v-1", waiting), at=waiting)])

        witness.until(lambda: any(_is_breach(found, of="v-1") for found in witness.decisions()), "no breach")

        log, decisions, _ = witness.settled()
        breach = next(found for found in decisions if _is_breach(found, of="v-1"))
        cause = next(record for record in log if record.event.id == breach.causationid)
        assert isinstance(cause.event.data, ClockTicked)
        assert isinstance(breach.data, NormBreached)
        assert breach.time >= breach.data.due_at


def _is_breach(decision: Decision, *, of: str) -> bool:
    return isinstance(decision.data, NormBreached) and decision.data.case == of


def _publish_and_check(witnesses: list[Witness], first: int) -> None:
    for witness in witnesses:
        witness.publish(list(_patients(witness.region, first)))
    for witness in witnesses:
        _check(witness.settled(), witness.region)


def _check(settled: Settled, region: str) -> None:
    folded = fold(settled.log, Region.empty(region))
    assert settled.lines == [decision.model_dump_json(exclude_none=True).encode() for decision in folded]
    assert len(settled.lines) > 1


def _is_right(witness: Witness) -> bool:
    """Of what was said twice the first counts, as for every consumer."""
    log = witness.log()
    if not witness.published <= {record.event.id for record in log}:
        return False
    return list(dict.fromkeys(witness.decisions())) == list(fold(log, Region.empty(witness.region)))


def _patients(region: str, first: int) -> Iterator[Event]:
    at = moment(EPOCH_MS)
    for number in range(first, first + 100):
        said = say.triaged(f"c-{number}", "U3", at, at_site=REGIONS[region])
        yield say.event(said, at=at, region=region)


def _snapshots(system: System) -> dict[bytes, bytes]:
    return asyncio.run(newest_by_key(system.settings, Topic.SNAPSHOTS, system.settings.regions["rijnmond"]))


def _spoil(system: System) -> None:
    """As if the parts had been written by something else."""
    keys = [key for key in _snapshots(system) if b"/" in key]

    async def send() -> None:
        async with Outbox(system.settings) as outbox:
            partition = system.settings.regions["rijnmond"]
            await outbox.send(Topic.SNAPSHOTS, partition, [Outgoing(key, b"spoilt", EPOCH_MS) for key in keys])

    asyncio.run(send())
