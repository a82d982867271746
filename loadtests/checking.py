"""Whether a life was lived right: nothing lost, nothing twice, nothing refused, decisions as of an undisturbed fold."""

import json
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Final

from loadtests.results import Check
from loadtests.rig import PARTITIONS
from loadtests.stack import Stack
from loadtests.traffic import Traffic
from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.settings import Settings
from spoedplein.testing.auditor import audit
from spoedplein.workers.reading import stored
from spoedplein_schemas import DECISION, EVENT, Decision
from spoedplein_schemas.vocabulary import Topic

#: The auditor is slow on purpose: it looks at the beginning of one region's life.
AUDITED: Final = 2_000


async def check_life(stack: Stack, spec: Traffic, *, name: str) -> list[Check]:
    """After everything has stopped. All regions of partition 0 are folded again; all partitions are counted."""
    settings = stack.settings()
    published = _ids(spec)
    logged: Counter[str] = Counter()
    checks: list[Check] = []
    for partition in range(PARTITIONS):
        log = await _log(settings, partition)
        logged.update(record.event.id for record in log)
        lines = await _lines(settings, Topic.DECISIONS, partition)
        if partition == 0:
            checks += _folded(log, lines, name)
    missing, twice = published - logged.keys(), [each for each, count in logged.items() if count > 1]
    refused = [line for number in range(PARTITIONS) for line in await _lines(settings, Topic.DEAD_LETTERS, number)]
    lost = f"{len(missing)} of {len(published):,} published are not in the log, {len(twice)} are there twice" + (
        f", {twice[0]} among them" if twice else ""
    )
    first = f"; the first: {json.loads(refused[0])['faults'][0]}" if refused else ""
    checks += [
        Check(name=f"{name}: log", passed=not missing and not twice, told=lost),
        Check(name=f"{name}: dead letters", passed=not refused, told=f"{len(refused)} refused{first}"),
    ]
    return checks


def _ids(spec: Traffic) -> set[str]:
    with spec.messages.open(encoding="utf-8") as lines:
        return {json.loads(line)[3] for line in islice(lines, sum(leg.count for leg in spec.legs))}


async def _log(settings: Settings, partition: int) -> list[Record]:
    found = [record async for record in stored(settings, Topic.LOG, partition)]
    return [Record(each.offset, each.timestamp, EVENT.validate_json(each.value or b"")) for each in found]


async def _lines(settings: Settings, topic: Topic, partition: int) -> list[bytes]:
    return [record.value or b"" async for record in stored(settings, topic, partition)]


def _folded(log: Sequence[Record], lines: Sequence[bytes], name: str) -> list[Check]:
    regions: dict[str, Region] = {}
    expected: list[Decision] = []
    for record in log:
        region = regions.setdefault(record.event.region, Region.empty(record.event.region))
        expected += region.step(record)
    same = [each.model_dump_json(exclude_none=True).encode() for each in expected] == list(lines)
    audited = next(iter(regions), "")
    own = [record for record in log if record.event.region == audited][:AUDITED]
    until = own[-1].offset if own else -1
    decisions = [each for each in (DECISION.validate_json(line) for line in lines) if each.region == audited]
    violations = audit(own, [each for each in decisions if int(each.id.rsplit(".", 2)[1]) <= until])
    told = f"{len(lines):,} decisions of a partition are {'' if same else 'NOT '}those of an undisturbed fold"
    return [
        Check(name=f"{name}: decisions", passed=same, told=told),
        Check(
            name=f"{name}: audit",
            passed=not violations,
            told=f"{len(violations)} violations in {len(own):,} records of {audited}"
            + (f"; the first: {violations[0]}" if violations else ""),
        ),
    ]
