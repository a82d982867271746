"""The core alone, in one process on one core: how many events a second it folds, with and without decoding them.

An ordinary national day, and a bad one: a pandemic wave, many wounded at once, and all sources coming back at once
after a silence.
"""

import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from loadtests import rig, supply
from loadtests.meter import Spec
from loadtests.nation import recorded
from loadtests.results import Check, Figure, Measured
from loadtests.scenario import Chart, Plan, Progress, Scenario
from spoedplein import garbage
from spoedplein.domain.region import Region
from spoedplein_schemas import Fact, fact

#: So many records are a batch. In it one region's are decoded and folded after the other's, as a worker does it: then
#: what is to be folded is near at hand, and what it is folded into.
BATCH: Final = 2_000
#: Of a line of the recording, what Kafka keeps beside a message and its value; the region is the key there.
_LINE: Final = re.compile(rb'\{"offset":(\d+),"at":(\d+),"event":(\{.*?"region":"([^"]+)".*\})\}\n')
RUNS_MAX: Final = 3
_SECONDS: Final = (
    "Seconds are the core's own, of CPU: it has one thread, so on a machine left alone the wall says the same."
)
_TRIED: Final = (
    "Tried and left: frozen dataclasses for measures that are counted each minute are made no faster than models; all "
    "that is known of a unit kept a second time beside the sums made each report dearer than it was before; when a "
    "figure was seen, read from the unit only when somebody looks for a place, made a request among 100,000 units "
    "three times as dear. Rooms remembered by everything that is known of who seeks one were found again one time in "
    "four only, by what he needs they are three times in four. A named tuple for each source of a measure cost more "
    "than the counting. Compiling the core (mypyc) made it 1.3 to 1.65 times as fast, and would ask a C compiler of "
    "everybody who installs it: left too. In a loop of nothing else a report is decoded in 3 µs and taken over in 4; "
    "among all else it takes two or three times that, with one region alone nearly as with forty-three, and no less "
    "when those of a region are decoded first. What is waited for is memory: what no cache holds any more is ten times "
    "as far, as is told below, and compiled code waits for it as long: a quarter was all it took off a report. Huge "
    "pages and other allocators changed nothing. CPython 3.12 and 3.13 were no faster, and one built with profiles a "
    "tenth at most."
)

#: Its offset, its time in milliseconds, and its value.
_Message = tuple[int, int, bytes]


class Core(Spec):
    """One run over the file of a day."""

    day: Path


class Folded(Spec):
    """Of a whole day. Decoding is told apart from folding."""

    events: int
    decisions: int
    fold_seconds: float
    decode_seconds: float


def run(plan: Plan, progress: Progress) -> Measured:
    runs = min(plan.runs, RUNS_MAX)
    progress.expect(2 + 2 * runs)
    ordinary = supply.national(plan).day
    files: dict[str, Path] = {}
    for name, day in (("national", ordinary), ("bad", replace(ordinary, bad=True))):
        progress.step(f"living a {name} day, or reading it")
        files[name] = recorded(day)
    folded: dict[str, list[Folded]] = {name: [] for name in files}
    for number in range(runs):
        for name, file in files.items():
            progress.step(f"run {number + 1} of {runs}, a {name} day")
            folded[name].append(rig.run_module("loadtests.core", Core(day=file), Folded))
    return Measured(
        figures=tuple(figure for name, found in folded.items() for figure in _figures(name, found)),
        checks=tuple(_repeated(name, found) for name, found in folded.items()),
        notes=(*(_told(name, found[0]) for name, found in folded.items()), _SECONDS, _TRIED),
    )


SCENARIO: Final = Scenario(
    name="core",
    title="The core alone: folding a national day, and a bad one",
    about="The pure core in one process, with a worker's batches and garbage collection: no broker, no encoding, "
    "nothing but decisions. `with` decoding adds making events of bytes.",
    minutes=8,
    run=run,
    charts=(
        Chart("The core alone: events per second, without decoding", "speed", apart="day"),
        Chart("The core alone: time per event", "time", apart="day"),
    ),
)


def _figures(day: str, found: Sequence[Folded]) -> Iterator[Figure]:
    for decoding in ("without", "with"):
        spent = [each.fold_seconds + (each.decode_seconds if decoding == "with" else 0.0) for each in found]
        of: dict[str, str | float] = {"day": day, "decoding": decoding}
        speeds = tuple(each.events / seconds for each, seconds in zip(found, spent, strict=True))
        yield Figure(name="speed", unit="events/s", of=of, runs=speeds)
        yield Figure(name="time", unit="µs/event", of=of, runs=tuple(1e6 / speed for speed in speeds))


def _repeated(day: str, found: Sequence[Folded]) -> Check:
    """The same log, the same number of decisions."""
    told = f"{found[0].decisions:,} decisions from {found[0].events:,} events, {len(found)} times"
    same = len({(each.events, each.decisions) for each in found}) == 1
    return Check(name=f"{day} day: every run decides the same", passed=same, told=told)


def _told(day: str, found: Folded) -> str:
    return f"The {day} day: {found.events:,} events, {found.decisions:,} decisions."


def fold_file(spec: Core) -> Folded:
    garbage.look_seldom()
    regions: dict[str, Region] = {}
    events = decisions = 0
    folding = decoding = 0.0
    with spec.day.open("rb") as file:
        while lines := list(islice(file, BATCH)):
            for region, said in _by_region(lines, regions):
                began = time.process_time()
                heard = [_Heard(offset, at, fact(value)) for offset, at, value in said]
                decoded = time.process_time()
                decisions += _fold(heard, region)
                folding += time.process_time() - decoded
                decoding += decoded - began
            events += len(lines)
    return Folded(events=events, decisions=decisions, fold_seconds=folding, decode_seconds=decoding)


class _Heard(NamedTuple):
    offset: int
    at: int
    fact: Fact


def _by_region(lines: Iterable[bytes], regions: dict[str, Region]) -> Iterator[tuple[Region, list[_Message]]]:
    found: dict[str, list[_Message]] = {}
    for line in lines:
        match = _LINE.fullmatch(line)
        assert match, "the day was recorded by us"
        found.setdefault(match[4].decode(), []).append((int(match[1]), int(match[2]), match[3]))
    for name, said in found.items():
        yield regions.setdefault(name, Region.empty(name)), said


def _fold(heard: Iterable[_Heard], region: Region) -> int:
    return sum(len(region.hear(said["id"], said["data"], offset=offset, at=at)) for offset, at, said in heard)


if __name__ == "__main__":
    print(fold_file(Core(**rig.told(sys.argv))).model_dump_json())
