"""Coordination alone: a log that is filled already becomes decisions, beside a bare loop over the same log.

The log is a national day's, at the offsets at which it was lived. Everything is on: decoding, deciding, snapshots,
commits, views. The bare loop reads the same records and sends them on; it neither decodes nor decides.
"""

import asyncio
import hashlib
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, NamedTuple

from loadtests import bare, rig
from loadtests.bars import BARE, OURS
from loadtests.meter import Spent
from loadtests.results import Check, Figure, Measured, once
from loadtests.rig import PARTITIONS, LoadTestError, spent_figures
from loadtests.scenario import Chart, Plan, Progress, Scenario
from loadtests.stack import Stack
from loadtests.supply import Supply, national
from loadtests.watching import Watched, watch
from spoedplein import garbage
from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.testing.auditor import audit
from spoedplein.workers.output import Outbox, Outgoing
from spoedplein.workers.reading import stored
from spoedplein_schemas import DECISION, Decision, decoded, encoded, fact
from spoedplein_schemas.vocabulary import Topic

#: A run takes about so long, whatever the speed is; most of the start of a process is over by then.
RUN_SECONDS: Final = 12.0
#: So many records of a partition's log are looked at by the auditor, which is slow on purpose.
AUDITED: Final = 2_000
BATCH: Final = 2_000
_WORK: Final = (
    "Work is what no way of moving records takes away: decoding, deciding and encoding alone, in a process that does "
    "nothing else. What a bare loop takes for moving them comes on top, and the sum is the best that one process can."
)
_DECISION_ID: Final = re.compile(rb'"id":"[^"]+\.(\d+)\.\d+"')


#: What is done with a record apart from moving it.
PARTS: Final = ("decoding", "deciding", "encoding")


class Folded(NamedTuple):
    """Of a partition: how many decisions follow, a digest of their bytes, and CPU seconds by part of the work."""

    decisions: int
    digest: str
    spent: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Log:
    """Records by partition, and what follows from them."""

    records: Mapping[int, Sequence[Outgoing]]
    folded: Mapping[int, Folded]

    @property
    def events(self) -> int:
        return sum(map(len, self.records.values()))

    @property
    def decisions(self) -> int:
        return sum(each.decisions for each in self.folded.values())

    def spent_us(self, part: str) -> float:
        """CPU per record, in a process that does nothing else."""
        return sum(each.spent[PARTS.index(part)] for each in self.folded.values()) / self.events * 1e6


def run(plan: Plan, progress: Progress) -> Measured:
    garbage.look_seldom()
    progress.expect(3 + 3 * plan.runs)
    progress.step("living the day, or reading it")
    supply = national(plan)
    # The clock stands at the beginning of the log, so that nobody adds to it: its deadlines lie ahead.
    clock = {"clock_epoch_ms": supply.day.start_ms, "clock_started_ms": time.time_ns() // 1_000_000}
    with Stack(plan.state, {**supply.settings(plan.state / "agreements"), **clock}) as stack:
        return asyncio.run(_Comparison(stack, supply, plan, progress).measured())


SCENARIO: Final = Scenario(
    name="coordination",
    title="Coordination alone, from a filled log to decisions, beside a bare loop",
    about="A national day's log is folded by the real process: decoded, decided, snapshotted, committed, with its "
    "views. The bare loop reads the same records and sends them on, undecoded.",
    minutes=6,
    run=run,
    charts=(
        Chart("Coordination alone: events per second", "speed", apart="path"),
        Chart("Coordination alone: CPU per event", "cpu", apart="path"),
    ),
)


class _Comparison:
    def __init__(self, stack: Stack, supply: Supply, plan: Plan, progress: Progress) -> None:
        self.stack = stack
        self.supply = supply
        self.plan = plan
        self.progress = progress
        self.log = Log({}, {})
        self.checks: list[Check] = []
        self.broker: dict[str, list[float]] = {}

    async def measured(self) -> Measured:
        await self._fill(self.plan.size(10_000, 2000))
        self.progress.step(f"trying {self.log.events:,} events")
        tried = await self._ours(1)
        self.checks.clear()
        self.broker.clear()
        if not self.plan.quick:
            await self._fill(round(max(self.log.events, tried.speed * RUN_SECONDS)))
        runs: dict[str, list[Spent]] = {BARE: [], "1": [], "2": []}
        for number in range(self.plan.runs):
            for path, spent in runs.items():
                self.progress.step(
                    f"run {number + 1} of {self.plan.runs}, {path if path == BARE else OURS + ' ' + path}"
                )
                spent.append(await (self._bare(number) if path == BARE else self._ours(int(path))))
        return self._told(runs)

    async def _fill(self, events: int) -> None:
        """The log anew, with so many records of the day; everything else empty."""
        self.progress.step(f"filling a log with {events:,} events, and folding it")
        records = self.supply.log(events)
        self.log = Log(records, {partition: _fold(each) for partition, each in records.items()})
        await self.stack.begin_anew()
        await rig.fill(self.stack.bootstrap, Topic.LOG, dict(records))

    async def _bare(self, number: int) -> Spent:
        await self.stack.begin_anew(keep=[Topic.LOG])
        async with rig.topics(self.stack.bootstrap, [bare.OUTPUT]):
            spec = bare.Bare(bootstrap=self.stack.bootstrap, group=f"bare-{number}", topics=(Topic.LOG,))
            self.stack.start_module("bare", "loadtests.bare", spec.model_dump_json())
            watched = await watch(self.stack, bare.OUTPUT, self.log.events)
            self.stack.stop("bare")
        return self._spent(BARE, self.log.events - sum(watched.first), watched, ["bare"])

    async def _ours(self, workers: int) -> Spent:
        """Seen from outside: decisions name the events that they followed from, so what was done when is known."""
        await self.stack.begin_anew(keep=[Topic.LOG])
        async with Outbox(self.stack.settings()) as outbox:
            await rig.snapshots_of_nothing(outbox, self.log.records)
        titles = [self.stack.start("coordinate", number=number + 1) for number in range(workers)]
        watched = await watch(self.stack, Topic.DECISIONS, self.log.decisions)
        self.stack.stop_all()
        lines = {partition: await self._decisions(partition) for partition in self.log.records}
        self.checks += self._check(lines, workers)
        events = sum(
            _offset(found[-1]) - (_offset(found[seen - 1]) if seen else -1)
            for found, seen in zip(lines.values(), watched.first, strict=True)
        )
        return self._spent(f"{OURS} {workers}", events, watched, titles)

    def _spent(self, path: str, events: int, watched: Watched, titles: Sequence[str]) -> Spent:
        if not events and not self.plan.quick:
            raise LoadTestError(f"{self.log.events:,} records are too few to measure: all was done at first sight")
        events = events or self.log.events
        self.broker.setdefault(path, []).append(watched.cpu["broker"] / events * 1e6)
        spent = sum(watched.cpu[title] for title in titles)
        return Spent(events=events, seconds=watched.seconds, cpu_seconds=spent)

    async def _decisions(self, partition: int) -> list[bytes]:
        found = [record.value async for record in stored(self.stack.settings(), Topic.DECISIONS, partition)]
        return [value for value in found if value is not None]

    def _check(self, lines: Mapping[int, list[bytes]], workers: int) -> list[Check]:
        """What stands on the topic is what an undisturbed fold decides, byte for byte; and the start is audited."""
        wrong = [
            f"partition {partition}: {len(lines[partition]):,} decisions, and {folded.decisions:,} were to be"
            for partition, folded in self.log.folded.items()
            if (len(lines[partition]), _digest(lines[partition])) != (folded.decisions, folded.digest)
        ]
        violations = len(_audited(self.log.records[0], lines[0]))
        name = f"coordination, {workers} process{'es' if workers > 1 else ''}"
        told = "; ".join(wrong) or f"{self.log.decisions:,} decisions are those of an undisturbed fold, byte for byte"
        found = f"{violations} violations in the first {AUDITED:,} records of a partition"
        return [
            Check(name=f"{name}: decisions", passed=not wrong, told=told),
            Check(name=f"{name}: audit", passed=not violations, told=found),
        ]

    def _told(self, runs: Mapping[str, list[Spent]]) -> Measured:
        figures: list[Figure] = [*spent_figures(runs[BARE], path=BARE)]
        figures += [f for workers in ("1", "2") for f in spent_figures(runs[workers], path=OURS, workers=int(workers))]
        figures += [
            Figure(name="broker cpu", unit="µs/event", of={"path": path}, runs=tuple(spent))
            for path, spent in self.broker.items()
        ]
        figures += [
            Figure(name="work", unit="µs/event", of={"part": part}, runs=(self.log.spent_us(part),)) for part in PARTS
        ]
        decided = f"{self.log.events:,} records of a national day, from which {self.log.decisions:,} decisions follow."
        size = sum(len(record.value or b"") for records in self.log.records.values() for record in records)
        each = f"{size / self.log.events:,.0f} bytes each, {len(self.supply.regions)} regions, {PARTITIONS} partitions."
        return Measured(figures=tuple(figures), checks=once(self.checks), notes=(decided, each, _WORK))


def _fold(records: Sequence[Outgoing]) -> Folded:
    """In batches, one region after the other, as a worker does it."""
    regions: dict[str, Region] = {}
    lines: list[bytes] = []
    spent = [0.0, 0.0, 0.0]
    for first in range(0, len(records), BATCH):
        batch = enumerate(records[first : first + BATCH], start=first)
        followed: list[tuple[int, list[Decision]]] = []
        for name, of_region in _by_region(batch).items():
            region = regions.setdefault(name, Region.empty(name))
            began = time.process_time()
            facts = [fact(each.value or b"") for _, each in of_region]
            read = time.process_time()
            followed += [
                (offset, region.hear(said["id"], said["data"], offset=offset, at=each.at or 0))
                for said, (offset, each) in zip(facts, of_region, strict=True)
            ]
            spent[0] += read - began
            spent[1] += time.process_time() - read
        began = time.process_time()
        followed.sort(key=itemgetter(0))
        lines += [encoded(decision) for _, decisions in followed for decision in decisions]
        spent[2] += time.process_time() - began
    return Folded(len(lines), _digest(lines), tuple(spent))


def _by_region(batch: Iterable[tuple[int, Outgoing]]) -> dict[str, list[tuple[int, Outgoing]]]:
    found: dict[str, list[tuple[int, Outgoing]]] = {}
    for numbered in batch:
        found.setdefault(numbered[1].key.decode(), []).append(numbered)
    return found


def _digest(lines: Sequence[bytes]) -> str:
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


def _audited(records: Sequence[Outgoing], lines: Sequence[bytes]) -> list[object]:
    """What an auditor finds in the beginning of a partition, region by region."""
    log = [Record(offset, each.at or 0, decoded(each.value or b"")) for offset, each in enumerate(records[:AUDITED])]
    decisions = [DECISION.validate_json(line) for line in lines if _offset(line) < AUDITED]
    found: list[object] = []
    for region in sorted({record.event.region for record in log}):
        own = [record for record in log if record.event.region == region]
        found += audit(own, [decision for decision in decisions if decision.region == region])
    return found


def _offset(line: bytes) -> int:
    """Of the log record that a decision follows from."""
    match = _DECISION_ID.search(line)
    assert match is not None, "a decision has an id"
    return int(match[1])
