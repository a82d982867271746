"""The comparison: every runtime in turn, run after run, each checked against the oracle."""

import asyncio
import statistics
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from loadtests import rig
from loadtests.bars import BARE, OURS
from loadtests.meter import Spent
from loadtests.peers import kept
from loadtests.peers.environments import python_of, versions
from loadtests.peers.job import Alone, Task
from loadtests.peers.oracle import Oracle, oracle
from loadtests.results import Check, Figure, Measured
from loadtests.rig import spent_figures
from loadtests.scenario import Chart, Plan, Progress, Scenario
from spoedplein.workers.coordination import TOPICS
from spoedplein_schemas.vocabulary import Topic

HOURS: Final = 6.0
HOURS_QUICK: Final = 0.2


@dataclass(frozen=True, slots=True)
class Runtime:
    """`module` here runs the job; `peer` names its environment, ours when there is none; `reader` finds its state."""

    name: str
    module: str
    peer: str | None = None
    packages: tuple[str, ...] = ()
    reader: kept.Reader | None = None


RUNTIMES: Final = (
    Runtime(BARE, "bare_loop"),
    Runtime(OURS, "ours", reader=kept.of_ours),
    Runtime(f"{OURS} with views", "ours_whole", reader=kept.of_ours),
    Runtime("vanilla Faust", "faust_table", "faust", ("faust-streaming", "aiokafka", "rocksdict"), kept.of_faust),
    Runtime("Quix Streams", "quix", "quix", ("quixstreams", "confluent-kafka", "rocksdict"), kept.of_quix),
    Runtime("Bytewax", "bytewax_flow", "bytewax", ("bytewax", "confluent-kafka"), kept.of_bytewax),
)


@dataclass(slots=True)
class _Found:
    spent: dict[str, list[Spent]] = field(default_factory=lambda: {each.name: [] for each in RUNTIMES})
    alone: dict[str, list[Spent]] = field(default_factory=lambda: {each.name: [] for each in RUNTIMES if each.reader})
    faults: dict[str, list[str]] = field(default_factory=lambda: {each.name: [] for each in RUNTIMES if each.reader})


def run(plan: Plan, progress: Progress) -> Measured:
    progress.expect(3 + plan.runs * len(RUNTIMES))
    progress.step("environments")
    pythons = {each.name: python_of(each.peer, say=progress.say) for each in RUNTIMES if each.peer}
    progress.step("the log, and what must come of it")
    expected = oracle(HOURS_QUICK if plan.quick else HOURS)
    progress.step("starting a broker, filling the log")
    with rig.broker(plan.state) as kafka:
        comparison = _Comparison(plan, progress, expected, pythons, kafka.bootstrap)
        found = asyncio.run(comparison.run())
    return Measured(
        figures=tuple(_figures(found)),
        checks=tuple(_check(name, faults, expected) for name, faults in found.faults.items()),
        notes=_notes(expected, pythons),
    )


SCENARIO: Final = Scenario(
    name="peers",
    title="The same core under other runtimes",
    about="The first hours of a national day through vanilla Faust with a table, Quix Streams with RocksDB and "
    "changelog, Bytewax with recovery, our coordination worker, and a bare loop. The same log, core, durability and "
    "commits; what each kept is compared with a plain fold. Makes an environment for each peer, the first time.",
    minutes=12,
    run=run,
    charts=(
        Chart("The same core: events per second", "speed", apart="path"),
        Chart("The same core: CPU per event", "cpu", apart="path"),
        Chart("CPU per event without the job: what the runtime itself costs", "runtime cpu", apart="path"),
    ),
)


@dataclass(frozen=True, slots=True)
class _Comparison:
    plan: Plan
    progress: Progress
    expected: Oracle
    pythons: dict[str, Path]
    bootstrap: str

    async def run(self) -> _Found:
        found = _Found()
        lines = self.plan.state / "log.lines"
        lines.write_bytes(self.expected.lines)
        async with rig.topics(self.bootstrap, [Topic.LOG]):
            await rig.fill(self.bootstrap, Topic.LOG, dict(self.expected.records))
            for number in range(self.plan.runs):
                for runtime in RUNTIMES:
                    self.progress.step(f"run {number + 1} of {self.plan.runs}, {runtime.name}")
                    await self._turn(runtime, number, lines, found)
        return found

    async def _turn(self, runtime: Runtime, number: int, lines: Path, found: _Found) -> None:
        task = self._task(runtime, number)
        python = self.pythons.get(runtime.name)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(rig.topics(self.bootstrap, _topics(task)))
            spent = await asyncio.to_thread(
                rig.run_module, f"loadtests.peers.{runtime.module}", task, Spent, python=python
            )
            found.spent[runtime.name].append(spent)
            if runtime.reader is not None:
                faults = self.expected.faults(await kept.decisions(task), await runtime.reader(task))
                found.faults[runtime.name] += [f"run {number + 1}: {fault}" for fault in faults]
                alone = Alone(lines=lines)
                answer = await asyncio.to_thread(rig.run_module, "loadtests.peers.job", alone, Spent, python=python)
                found.alone[runtime.name].append(answer)

    def _task(self, runtime: Runtime, number: int) -> Task:
        name = f"peers-{runtime.module}-{number}"
        return Task(
            bootstrap=self.bootstrap,
            log=Topic.LOG,
            decisions=name if runtime.peer or runtime.reader is None else Topic.DECISIONS,
            group=name,
            state=self.plan.state / name,
            ends={partition: len(records) for partition, records in self.expected.records.items()},
        )


def _topics(task: Task) -> Sequence[str]:
    """What is there for this run only; our worker has fixed names."""
    return [topic for topic in TOPICS if topic != task.log] if task.decisions in TOPICS else [task.decisions]


def _figures(found: _Found) -> list[Figure]:
    figures: list[Figure] = []
    for name, runs in found.spent.items():
        figures += spent_figures(runs, path=name)
        if alone := found.alone.get(name):
            of: dict[str, str | float] = {"path": name}
            job = statistics.median(each.cpu_us for each in alone)
            figures.append(Figure(name="job alone", unit="µs/event", of=of, runs=tuple(each.cpu_us for each in alone)))
            figures.append(
                Figure(name="runtime cpu", unit="µs/event", of=of, runs=tuple(each.cpu_us - job for each in runs))
            )
    return figures


def _check(name: str, faults: Sequence[str], expected: Oracle) -> Check:
    told = "; ".join(faults) or (
        f"{len(expected.decided):,} decisions byte for byte, none twice, and {len(expected.snapshots)} regions, "
        "read from where they were kept"
    )
    return Check(name=f"{name} kept what a plain fold gives", passed=not faults, told=told)


def _notes(expected: Oracle, pythons: dict[str, Path]) -> tuple[str, ...]:
    events, decided = expected.events, len(expected.decided)
    size = sum(len(record.value or b"") for records in expected.records.values() for record in records) / events
    state = sum(map(len, expected.snapshots.values())) / 1e6
    return (
        f"{events:,} events of {size:.0f} bytes, {rig.PARTITIONS} partitions, {len(expected.snapshots)} regions.",
        f"{decided:,} decisions follow from them, and {state:.1f} MB of state.",
        *(f"{each.name}: {versions(pythons[each.name], each.packages)}." for each in RUNTIMES if each.packages),
    )
