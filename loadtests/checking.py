"""Whether a life was lived right: nothing lost, nothing twice, nothing refused, decisions as of an undisturbed fold."""

import json
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Final

from loadtests.results import Check
from loadtests.rig import PARTITIONS
from loadtests.stack import Stack
from loadtests.supply import id_of
from loadtests.traffic import Traffic
from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.settings import Settings
from spoedplein.testing.auditor import audit
from spoedplein.workers.reading import stored
from spoedplein_schemas import EVENT, Decision, kind_of
from spoedplein_schemas.vocabulary import Topic

#: The auditor is slow on purpose: it looks at the beginning of one region's life.
AUDITED: Final = 2_000


async def check_life(stack: Stack, spec: Traffic, *, name: str) -> list[Check]:
    """After everything has stopped. All regions of partition 0 are folded again; all partitions are counted."""
    settings = stack.settings()
    published = _ids(spec)
    logged: Counter[str] = Counter()
    for partition in range(PARTITIONS):
        logged.update([id_of(value) for value in await _lines(settings, Topic.LOG, partition)])
    missing, twice = published - logged.keys(), [each for each, count in logged.items() if count > 1]
    refused = [line for number in range(PARTITIONS) for line in await _lines(settings, Topic.DEAD_LETTERS, number)]
    lost = f"{len(missing)} of {len(published):,} published are not in the log, {len(twice)} are there twice"
    lost += f", {twice[0]} among them" if twice else ""
    first = f"; the first: {json.loads(refused[0])['faults'][0]}" if refused else ""
    return [
        Check(name=f"{name}: log", passed=not missing and not twice, told=lost),
        Check(name=f"{name}: dead letters", passed=not refused, told=f"{len(refused)} refused{first}"),
        *await check_partition(settings, 0, name=name),
    ]


async def check_partition(settings: Settings, partition: int, *, name: str) -> list[Check]:
    """Whether its decisions are those of an undisturbed fold of its log, byte for byte; and what an auditor says."""
    regions: dict[str, Region] = {}
    own: list[Record] = []
    said = stored(settings, Topic.DECISIONS, partition)
    wrong, ended = "", False
    decisions: list[Decision] = []
    async for stored_record in stored(settings, Topic.LOG, partition):
        record = Record(stored_record.offset, stored_record.timestamp, EVENT.validate_json(stored_record.value or b""))
        region = regions.setdefault(record.event.region, Region.empty(record.event.region))
        audited = record.event.region == next(iter(regions)) and len(own) < AUDITED
        if audited:
            own.append(record)
        for decision in region.step(record):
            line = decision.model_dump_json(exclude_none=True).encode()
            written = None if ended else await anext(said, None)
            ended = written is None
            if (written is None and not _unasked(record)) or (written is not None and written.value != line):
                wrong = wrong or f"; {decision.id} is another, or is not there"
            if audited:
                decisions.append(decision)
    if rest := [each.offset async for each in said]:
        wrong = wrong or f"; {len(rest):,} more are there"
    return [
        Check(
            name=f"{name}: decisions",
            passed=not wrong,
            told=f"those of an undisturbed fold of partition {partition}, byte for byte{wrong}",
        ),
        _audited(own, decisions, name),
    ]


def _unasked(record: Record) -> bool:
    """What the system says to itself also while it is being stopped: the next process would decide on it."""
    name = kind_of(type(record.event.data)).name
    return name == "clock.ticked" or name.startswith("placement.transfer-")


def _ids(spec: Traffic) -> set[str]:
    with spec.messages.open(encoding="utf-8") as lines:
        return {json.loads(line)[3] for line in islice(lines, sum(leg.count for leg in spec.legs))}


async def _lines(settings: Settings, topic: Topic, partition: int) -> list[bytes]:
    return [record.value or b"" async for record in stored(settings, topic, partition)]


def _audited(log: Sequence[Record], decisions: Sequence[Decision], name: str) -> Check:
    violations = audit(log, decisions)
    first = f"; the first: {violations[0]}" if violations else ""
    told = f"{len(violations)} violations in the first {len(log):,} records of a region{first}"
    return Check(name=f"{name}: audit", passed=not violations, told=told)
