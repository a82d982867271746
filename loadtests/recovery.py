"""A coordination process is killed: how long until something new is decided for its regions, and what others notice.

A log with many patients who wait makes the state; more log behind it, that changes little, makes the log long. When all
of it is in a snapshot, probes begin: a patient per partition every few hundredths of a second, straight onto the log.
Then the process dies, as in a power cut, and is started again at once, as whoever watches over it would; or another one
takes over. Recovery runs from the kill to the first decision on a probe that was published after it, on the last of the
partitions; a pause is the longest time without a decision.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from loadtests import rig, supply
from loadtests.crowds import crowd
from loadtests.nation import Day
from loadtests.onlooker import CAUSE, Onlooker
from loadtests.posting import Posts, as_said, new_producer
from loadtests.results import Check, Figure, Measured, once
from loadtests.rig import PARTITIONS, LoadTestError
from loadtests.scenario import Chart, Plan, Progress, Scenario
from loadtests.stack import Stack
from loadtests.supply import Said
from spoedplein.domain.turn import moment
from spoedplein.settings import Settings
from spoedplein.testing import builders as say
from spoedplein.workers.output import Outgoing
from spoedplein.workers.reading import newest_by_key
from spoedplein.workers.snapshots import Head
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.vocabulary import Topic

PROBE_SECONDS: Final = 0.05
#: Probes before the kill, so that a pause has something before it; and after recovery.
STEADY_SECONDS: Final = 2.0
RECOVERY_SECONDS_MAX: Final = 120.0
#: Of each process, when a measurement fails.
LAST_WORDS: Final = 12
RUNS_MAX: Final = 3
#: Patients who wait, and length of the log.
SIZES: Final = ((1_000, 10_000), (10_000, 10_000), (100_000, 100_000), (100_000, 400_000))
MOST: Final = 100_000
QUICK_SIZES: Final = ((40, 100),)


@dataclass(frozen=True, slots=True)
class Case:
    """`named`: members keep their place in the group over a restart (static membership)."""

    entities: int
    log: int
    workers: int
    named: bool
    asked: bool = False

    @property
    def of(self) -> dict[str, str | float]:
        how = "rolling restart" if self.asked else "kill -9"
        membership = "static" if self.named else "dynamic"
        return {
            "how": how,
            "workers": self.workers,
            "membership": membership,
            "entities": self.entities,
            "log": self.log,
        }


@dataclass
class Probes:
    """What was published when, by name; and when each partition decided."""

    published: dict[str, tuple[int, float]] = field(default_factory=dict)
    decided: dict[int, list[float]] = field(default_factory=lambda: {each: [] for each in range(PARTITIONS)})
    answered: dict[str, float] = field(default_factory=dict)

    def hears(self, cause: str, _value: bytes) -> None:
        probe = self.published.get(cause)
        if probe is not None and cause not in self.answered:
            self.answered[cause] = time.monotonic()
            self.decided[probe[0]].append(self.answered[cause])

    def first_fresh(self, partition: int, after: float) -> float | None:
        """When the first probe of after this moment was decided on."""
        fresh = (
            self.answered[name]
            for name, (place, at) in self.published.items()
            if place == partition and at > after and name in self.answered
        )
        return min(fresh, default=None)

    def longest_pause(self, partitions: Iterable[int], after: float) -> float:
        return max((_longest(self.decided[each], after) for each in partitions), default=0.0)


def run(plan: Plan, progress: Progress) -> Measured:
    """Every case with a stack that holds its state already, since making the state takes longest."""
    sizes = QUICK_SIZES if plan.quick else SIZES
    runs = 1 if plan.quick else min(plan.runs, RUNS_MAX)
    cases = {size: list(_cases(*size, all_=plan.quick or size[0] == size[1] == MOST)) for size in sizes}
    progress.expect(sum(1 + runs * len(each) for each in cases.values()))
    day = Day(supply.SATURDAY, regions=PARTITIONS, scale=PARTITIONS / 43, partitions=PARTITIONS)
    figures: list[Figure] = []
    checks: list[Check] = []
    country = supply.Supply(day)
    with Stack(plan.state, country.settings(plan.state / "agreements")) as stack:
        for (entities, log), each in cases.items():
            progress.step(f"{entities:,} patients wait, a log of {log:,}")
            made = asyncio.run(_State(stack, day, country.agreements).made(entities, log))
            figures.append(Figure(name="snapshot", unit="bytes", of={"entities": entities, "log": log}, runs=(made,)))
            found: dict[Case, list[_Found]] = {case: [] for case in each}
            for number in range(runs):
                for case in each:
                    progress.step(f"run {number + 1} of {runs}, {entities:,} wait, {_named(case)}")
                    found[case].append(asyncio.run(_Failure(stack, country, case, f"{number}").seen()))
            figures += [figure for case, seen in found.items() for figure in _figures(case, seen)]
            checks += [_complete(case, seen) for case, seen in found.items()]
    return Measured(figures=tuple(figures), checks=once(checks), notes=_NOTES)


SCENARIO: Final = Scenario(
    name="recovery",
    title="A coordination process dies: until something new is decided, and what others notice",
    about="kill -9 with up to 100,000 patients waiting, short log and long, alone or with a second process, with and "
    "without static membership; and a restart that was asked for.",
    minutes=15,
    run=run,
    charts=(
        Chart("From kill -9 to the first fresh decision", "recovery", apart="membership", along="entities", log="x"),
        Chart("Recovery, every case", "recovery", apart="how"),
        Chart("Pause of partitions that another process owns", "pause of others", apart="how"),
    ),
)

_NOTES: Final = (
    f"A process that is silent for {Settings().kafka_session_seconds:g} s loses its partitions, as is shipped.",
    "Static membership gives them back to a process of the same name at once.",
    "Recovery takes in the start of a Python process where no other one takes over.",
)


def _cases(entities: int, log: int, *, all_: bool) -> Iterator[Case]:
    """The restart alone for every size; the others for the largest."""
    yield Case(entities, log, workers=1, named=True)
    yield Case(entities, log, workers=2, named=False)
    if all_:
        yield Case(entities, log, workers=1, named=False)
        yield Case(entities, log, workers=2, named=True, asked=True)


def _named(case: Case) -> str:
    return ", ".join(f"{name} {value}" for name, value in case.of.items() if name not in ("entities", "log"))


@dataclass
class _State:
    """Makes the state: the log filled and folded by a real process, until all of it is in a snapshot."""

    stack: Stack
    day: Day
    agreements: Sequence[Agreements]

    async def made(self, entities: int, log: int) -> float:
        """Bytes of the newest snapshots together."""
        await self.stack.begin_anew()
        records: dict[int, list[Outgoing]] = {partition: [] for partition in range(PARTITIONS)}
        for said in crowd(self.day, entities=entities, log=log, now_ms=_now_ms()):
            records[said.partition].append(Outgoing(said.key, said.value, said.at_ms))
        await rig.fill(self.stack.bootstrap, Topic.LOG, dict(records))
        self.stack.start("coordinate", settings=_settings(self.stack))
        await self.stack.ready("coordinate")
        ends = {partition: len(found) for partition, found in records.items()}
        heads = await _saved(self.stack, ends)
        self.stack.stop_all()
        return float(sum(head.bytes for head in heads))


def _owners(stack: Stack) -> dict[int, str]:
    """Which process took each partition over last, by what they log."""
    taken = [
        (line["time"], line["partition"], title)
        for title in stack.titles
        for line in stack.logged(title)
        if line.get("action") == "partition.taken"
    ]
    return {partition: title for _, partition, title in sorted(taken)}


async def _saved(stack: Stack, ends: dict[int, int]) -> list[Head]:
    """Until the newest snapshots include everything, and it is acknowledged: what is not would be read again; those."""
    deadline = time.monotonic() + 900
    while True:
        stack.check()
        heads = [head for partition in ends for head in await _heads(stack.settings(), partition)]
        reached = [max((head.offset for head in heads if _lives(stack, head) == each), default=-1) for each in ends]
        acknowledged = await stack.acknowledged("coordinate", Topic.LOG)
        if all(at + 1 >= end for at, end in zip(reached, ends.values(), strict=True)) and acknowledged == ends:
            return heads
        if time.monotonic() > deadline:
            told = f"{reached}, acknowledged {acknowledged}, of {ends}"
            raise LoadTestError(f"snapshots do not reach the end of the log: {told}")
        await asyncio.sleep(1)


def _lives(stack: Stack, head: Head) -> int:
    return stack.settings().regions[head.region]


async def _heads(settings: Settings, partition: int) -> list[Head]:
    newest = await newest_by_key(settings, Topic.SNAPSHOTS, partition)
    return [Head.model_validate_json(value) for key, value in newest.items() if b"/" not in key]


@dataclass(frozen=True, slots=True)
class _Found:
    recovery: float
    own_pause: float
    others_pause: float | None
    probes: int
    unanswered: int


class _Failure:
    """One failure of one process, looked at by probes."""

    def __init__(self, stack: Stack, country: supply.Supply, case: Case, run_: str) -> None:
        self.stack = stack
        self.case = case
        self._run = f"{run_}-{case.workers}-{case.named}-{case.asked}"
        self._regions = country.regions
        self._first = {country.regions[each.region]: each for each in reversed(country.agreements)}
        self._probes = Probes()
        self._probing = True

    async def seen(self) -> _Found:
        for number in range(self.case.workers):
            self._start(number + 1)
        await self.stack.ready("coordinate", members=self.case.workers)
        settings = self.stack.settings()
        async with (
            new_producer(settings) as producer,
            Onlooker(settings.kafka_bootstrap, Topic.DECISIONS, CAUSE, hears=self._probes.hears) as onlooker,
        ):
            probing = asyncio.create_task(self._probe(Posts(producer), onlooker))
            await self._until(lambda: all(self._probes.decided.values()))
            await asyncio.sleep(STEADY_SECONDS)
            found = await self._fail()
            self._probing = False
            await probing
            await onlooker.all_here(seconds_max=RECOVERY_SECONDS_MAX)
        self.stack.stop_all()
        unanswered = len(self._probes.published.keys() - self._probes.answered.keys())
        return replace(found, probes=len(self._probes.published), unanswered=unanswered)

    def _start(self, number: int) -> None:
        instance = f"coordinate-{number}" if self.case.named else None
        self.stack.start("coordinate", number=number, settings=_settings(self.stack, kafka_instance=instance))

    async def _fail(self) -> _Found:
        victim = "coordinate"
        own = {each for each, title in _owners(self.stack).items() if title == victim}
        at = time.monotonic()
        if self.case.asked:
            await asyncio.to_thread(self.stack.stop, victim)
        else:
            os.kill(self.stack.process(victim).pid, signal.SIGKILL)
            await asyncio.to_thread(self.stack.stop, victim)
        if self.case.workers == 1 or self.case.asked:
            self._start(1)
        await self._until(lambda: all(self._probes.first_fresh(each, at) is not None for each in own))
        recovered = max(self._probes.first_fresh(each, at) or at for each in own)
        await asyncio.sleep(STEADY_SECONDS)
        others = set(range(PARTITIONS)) - own
        return _Found(
            recovery=recovered - at,
            own_pause=self._probes.longest_pause(own, at),
            others_pause=self._probes.longest_pause(others, at) if others else None,
            probes=0,
            unanswered=0,
        )

    async def _probe(self, posts: Posts, onlooker: Onlooker) -> None:
        number = 0
        while self._probing:
            for partition, agreed in self._first.items():
                said = self._said(agreed, number)
                self._probes.published[said.id] = (partition, time.monotonic())
                onlooker.look_for([said.id])
                posts.put([said])
            number += 1
            await asyncio.sleep(PROBE_SECONDS)

    def _said(self, agreed: Agreements, number: int) -> Said:
        at = moment(_now_ms())
        name = f"p-{self._run}-{agreed.region}-{number}".lower()
        said = as_said(
            say.event(say.triaged(name, "U5", at, at_site=agreed.sites[0].id), at=at, region=agreed.region),
            self._regions,
            _now_ms(),
        )
        return said._replace(topic=Topic.LOG)

    async def _until(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + RECOVERY_SECONDS_MAX
        while not done():
            if time.monotonic() > deadline:
                told = "\n".join(f"{title}: {line}" for title, line in self._last_words())
                msg = (
                    f"not all is decided on within {RECOVERY_SECONDS_MAX:.0f} s ({_named(self.case)}). Logged:\n{told}"
                )
                raise LoadTestError(msg)
            await asyncio.sleep(0.01)

    def _last_words(self) -> Iterator[tuple[str, object]]:
        for title in self.stack.titles:
            for line in list(self.stack.logged(title))[-LAST_WORDS:]:
                yield title, line


def _settings(stack: Stack, **more: object) -> Settings:
    """As shipped, but for lines that tell who owns what."""
    return stack.settings(log_level="INFO", **more)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _longest(moments: Sequence[float], after: float) -> float:
    """The longest time between two of these that ends after the moment."""
    return max((later - earlier for earlier, later in pairwise(moments) if later > after), default=0.0)


def _figures(case: Case, seen: Sequence[_Found]) -> Iterator[Figure]:
    yield Figure(name="recovery", unit="s", of=case.of, runs=tuple(each.recovery for each in seen))
    others = tuple(each.others_pause for each in seen if each.others_pause is not None)
    if others:
        yield Figure(name="pause of others", unit="s", of=case.of, runs=others)


def _complete(case: Case, seen: Sequence[_Found]) -> Check:
    unanswered, probes = sum(each.unanswered for each in seen), sum(each.probes for each in seen)
    told = f"{unanswered} of {probes:,} probes were not decided on"
    return Check(
        name=f"{case.entities:,} wait, {case.log:,} in the log, {_named(case)}", passed=not unanswered, told=told
    )
