"""What is kept: memory per waiting patient and per unit, and the snapshot of a region, by its size.

`python -m loadtests.growth.keeping <spec>` builds one thing in a fresh process and tells by how much that has grown.
"""

import gc
import sys
import zlib
from collections.abc import Sequence
from typing import Final, Literal

import psutil

from loadtests import rig
from loadtests.growth.patients import agreed
from loadtests.growth.places import agreed_units
from loadtests.growth.story import Story
from loadtests.growth.turns import Turns
from loadtests.meter import Spec
from loadtests.results import Figure
from spoedplein.domain.region import Region

#: Of so many the memory is measured: enough that the process itself does not count.
PATIENTS: Final = 50_000
UNITS: Final = 50_000
_ROUND: Final = 10_000


What = Literal["waiting patient", "unit"]


class Building(Spec):
    what: What
    size: int


class Grown(Spec):
    """Bytes of resident memory."""

    before: int
    after: int


def memory(*, runs: int, share: float) -> list[Figure]:
    """Each run in a process of its own; `share` of the usual number for a check."""
    found = []
    wanted: tuple[tuple[What, int], ...] = (("waiting patient", PATIENTS), ("unit", UNITS))
    for what, size in wanted:
        built = round(size * share)
        grown = [rig.run_module(__name__, Building(what=what, size=built), Grown) for _ in range(runs)]
        bytes_each = tuple((each.after - each.before) / built for each in grown)
        found.append(Figure(name="memory", unit="bytes", of={"per": what}, runs=bytes_each))
    return found


def snapshots(sizes: Sequence[int], *, rounds: int) -> list[Figure]:
    """Written, compressed as it is kept, and read again; patients that came through the log."""
    written, bytes_of = Turns("snapshot"), []
    stories = [(size, _with_patients(size)) for size in sizes]
    for _ in range(rounds):
        for size, story in stories:
            (data,) = written.timed({"step": "write", "waiting": size}, Region.snapshot, [story.region], whole=True)
            (packed,) = written.timed({"step": "compress", "waiting": size}, _compressed, [data], whole=True)
            written.timed({"step": "read", "waiting": size}, Region.restore, [data], whole=True)
            bytes_of.append((size, len(data), len(packed)))
        written.end_round()
    return [*written.figures(), *_sizes(bytes_of)]


def _sizes(found: Sequence[tuple[int, int, int]]) -> list[Figure]:
    return [
        Figure(name="snapshot size", unit="bytes", of={"as": kind, "waiting": size}, runs=(float(count),))
        for size, whole, packed in dict.fromkeys(found)
        for kind, count in (("JSON", whole), ("compressed", packed))
    ]


def _compressed(data: bytes) -> bytes:
    return zlib.compress(data, level=1)


def _with_patients(size: int) -> Story:
    """All registered and triaged by events, with what the core keeps of that."""
    story = Story.of(agreed())
    for done in range(0, size, _ROUND):
        for records in story.arrivals(min(_ROUND, size - done)):
            for record in records:
                story.region.step(record)
    return story


def _build(building: Building) -> Story:
    if building.what == "waiting patient":
        return _with_patients(building.size)
    story = Story.of(agreed_units(building.size))
    for record in story.reports(building.size):
        story.region.step(record)
    return story


def main() -> None:
    building = Building(**rig.told(sys.argv))
    _build(building.model_copy(update={"size": 10}))
    gc.collect()
    process = psutil.Process()
    before = process.memory_info().rss
    story = _build(building)
    gc.collect()
    grown = Grown(before=before, after=process.memory_info().rss)
    assert story.region.offset > 0, "it was built, and is kept until now"
    sys.stdout.write(grown.model_dump_json())


if __name__ == "__main__":
    main()
