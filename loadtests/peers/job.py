"""The job, the same under every runtime: decode, validate, decide, encode; and what is kept of a region.

Imports the contracts, the core and the meter, nothing else: every environment can run it.
"""

import sys
import time
import zlib
from pathlib import Path
from typing import Final, Self

from loadtests.meter import Spec, Spent
from spoedplein.domain.region import Region
from spoedplein_schemas import fact

#: Longest time between two checkpoints: state made durable, then offsets committed.
CHECKPOINT_SECONDS: Final = 0.5


class Task(Spec):
    """What a runtime is told. `ends` is the number of records by partition; all of them are to be handled once."""

    bootstrap: str
    log: str
    decisions: str
    group: str
    state: Path
    ends: dict[int, int]

    @classmethod
    def told(cls) -> Self:
        return cls.model_validate_json(sys.argv[1])

    @property
    def events(self) -> int:
        return sum(self.ends.values())


class Job:
    """The regions of one process."""

    def __init__(self) -> None:
        self.regions: dict[str, Region] = {}

    def step(self, value: bytes, *, offset: int, at: int) -> tuple[str, list[bytes]]:
        """One record of the log: its region, and the decisions that follow, encoded."""
        said = fact(value)
        region = self.regions.get(said["region"])
        if region is None:
            region = self.regions[said["region"]] = Region.empty(said["region"])
        decisions = region.hear(said["id"], said["data"], offset=offset, at=at)
        return region.name, [decision.model_dump_json(exclude_none=True).encode() for decision in decisions]

    def packed(self, region: str) -> bytes:
        return pack(self.regions[region])


def pack(region: Region) -> bytes:
    """As our own snapshots are: JSON, compressed a little."""
    return zlib.compress(region.snapshot(), level=1)


def unpack(data: bytes) -> Region:
    return Region.restore(zlib.decompress(data))


def answer(spent: Spent | None) -> None:
    """The last line that the process writes."""
    if spent is None:
        raise SystemExit("the runtime ended before it had handled everything")
    sys.stdout.write(f"\n{spent.model_dump_json()}\n")


class Alone(Spec):
    """The job without a runtime, in this environment: the part of every figure that no runtime can save."""

    lines: Path


def main() -> None:
    records = [read(line) for line in Alone.model_validate_json(sys.argv[1]).lines.read_bytes().splitlines()]
    job, began, cpu_began = Job(), time.perf_counter(), time.process_time()
    for offset, at, value in records:
        job.step(value, offset=offset, at=at)
    answer(
        Spent(
            events=len(records),
            seconds=time.perf_counter() - began,
            cpu_seconds=time.process_time() - cpu_began,
        )
    )


def line(offset: int, at: int, value: bytes) -> bytes:
    return b"%d %d %b" % (offset, at, value)


def read(data: bytes) -> tuple[int, int, bytes]:
    offset, at, value = data.split(b" ", 2)
    return int(offset), int(at), value


if __name__ == "__main__":
    main()
