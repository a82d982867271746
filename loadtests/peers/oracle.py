"""The log that all of them read, and what must come of it: a plain fold."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter
from typing import Final

from loadtests.nation import Day, recorded
from loadtests.peers.job import line
from loadtests.peers.kept import Regions
from loadtests.rig import PARTITIONS
from spoedplein.domain.log import Record, read_log
from spoedplein.domain.region import Region
from spoedplein.workers.output import Outgoing
from spoedplein_schemas import DECISION

#: A Saturday in winter, with a quarter of the country's regions at their full size.
DATE: Final = date(2026, 1, 10)
REGIONS: Final = 12
SCALE: Final = REGIONS / 43
#: Records that the job alone has in hand at once.
BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class Oracle:
    """`lines` are those of the log for the job alone, in batches, and in each batch one region after the other: no
    runtime can make the job cheaper. `decided` has every decision's bytes by its id.
    """

    records: dict[int, list[Outgoing]]
    lines: bytes
    decided: dict[str, bytes]
    snapshots: dict[str, bytes]

    @property
    def events(self) -> int:
        return sum(map(len, self.records.values()))

    def faults(self, decisions: Sequence[bytes], regions: Regions) -> list[str]:
        """What differs from the fold; nothing when all is right."""
        found = {DECISION.validate_json(value).id: value for value in decisions}
        twice = len(decisions) - len(found)
        differing = [name for name, data in self.snapshots.items() if _snapshot(regions.get(name)) != data]
        return [
            *([f"{twice} decisions stand there twice"] if twice else []),
            *([_difference(found, self.decided)] if found != self.decided else []),
            *([f"another state of {', '.join(differing)}"] if differing else []),
        ]


def _difference(found: dict[str, bytes], wanted: dict[str, bytes]) -> str:
    missing, other = len(wanted.keys() - found.keys()), len(found.keys() - wanted.keys())
    bytes_differ = sum(found[name] != wanted[name] for name in found.keys() & wanted.keys())
    return f"{missing} decisions missing, {other} that nobody made, {bytes_differ} with other bytes"


def _snapshot(region: Region | None) -> bytes | None:
    return None if region is None else region.snapshot()


@dataclass(slots=True)
class _Fold:
    regions: Regions = field(default_factory=dict)
    decided: dict[str, bytes] = field(default_factory=dict)

    def step(self, record: Record) -> None:
        name = record.event.region
        region = self.regions.get(name) or self.regions.setdefault(name, Region.empty(name))
        for decision in region.step(record):
            self.decided[decision.id] = decision.model_dump_json(exclude_none=True).encode()


def oracle(hours: float) -> Oracle:
    """The first `hours` of the day. The file of the log is kept, since making it takes a while."""
    day = Day(DATE, regions=REGIONS, scale=SCALE, hours=hours, partitions=PARTITIONS)
    numbers = {agreements.region: number for number, agreements in enumerate(day.agreements())}
    fold = _Fold()
    lines: list[tuple[int, str, bytes]] = []
    records: dict[int, list[Outgoing]] = {partition: [] for partition in range(PARTITIONS)}
    with recorded(day).open("rb") as file:
        for record in read_log(file):
            value = record.event.model_dump_json(exclude_none=True).encode()
            partition = records[day.partition_of(numbers[record.event.region])]
            assert record.offset == len(partition), "the log is played back at the offsets that it was made at"
            partition.append(Outgoing(record.event.region.encode(), value, record.at))
            written = line(record.offset, record.at, value)
            lines.append((len(lines) // BATCH, record.event.region, written))
            fold.step(record)
    snapshots = {name: region.snapshot() for name, region in fold.regions.items()}
    lines.sort(key=itemgetter(0, 1))
    return Oracle(records, b"\n".join(written for _, _, written in lines), fold.decided, snapshots)
