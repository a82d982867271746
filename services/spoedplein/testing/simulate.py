"""A region's whole life in one process and simulated time: workload, faults, core, crashes, auditor. From one seed.

outcome = simulate(agreements, 7, hours=24, region_factory=Region)
assert not outcome.violations
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol

from spoedplein.domain.log import Record
from spoedplein.testing.auditor import Violation, audit
from spoedplein.testing.builders import adopted, event
from spoedplein.testing.chance import HOUR_MS, MINUTE_MS, Chance
from spoedplein.testing.faults import Edge, Faults
from spoedplein.testing.workload import Workload
from spoedplein_schemas import Decision, Event
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.clock import ClockTicked

POLL_MS: Final = 1000
#: A Friday afternoon in winter, 15:00 in the Netherlands: the posts open two hours later.
FRIDAY: Final = datetime(2026, 1, 9, 14, 0, tzinfo=UTC)
CRASH_HOURS: Final = 3.0
SNAPSHOT_MINUTES: Final = 20


class Core(Protocol):
    """What the simulator needs of `domain.region.Region`."""

    def step(self, record: Record) -> list[Decision]: ...

    def next_due_ms(self) -> int | None: ...

    def snapshot(self) -> bytes: ...


class CoreFactory(Protocol):
    def empty(self, region: str, /) -> Core: ...

    def restore(self, data: bytes, /) -> Core: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    log: Sequence[Record]
    decisions: Sequence[Decision]
    violations: Sequence[Violation]


def simulate(
    agreements: Agreements,
    seed: int,
    hours: float,
    *,
    region_factory: CoreFactory,
    faults: Faults | None = None,
    intensity: float = 1.0,
    start: datetime = FRIDAY,
) -> Outcome:
    """Runs it second by second, and audits what came of it. The same arguments give the same outcome."""
    start_ms = round(start.timestamp() * 1000)
    workload = Workload(agreements, seed=seed, start_ms=start_ms, intensity=intensity)
    edge = Edge(Faults() if faults is None else faults, seed=seed, start_ms=start_ms)
    process = Process(agreements.region, region_factory, Chance(seed, "crashes"), start_ms)
    process.append(start_ms, event(adopted(agreements, start), at=start, region=agreements.region))
    for now_ms in range(start_ms + POLL_MS, start_ms + round(hours * HOUR_MS) + 1, POLL_MS):
        edge.take(workload.emit(now_ms))
        for decision in process.poll(now_ms, edge.give(now_ms)):
            workload.observe(decision)
    violations = [*process.violations, *audit(process.log, process.decisions)]
    return Outcome(process.log, process.decisions, violations)


@dataclass(slots=True)
class Process:
    """Coordination of one region as a process would do it: it crashes, and comes back from its last snapshot."""

    region: str
    factory: CoreFactory
    chance: Chance
    start_ms: int
    log: list[Record] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    core: Core = field(init=False)
    #: Decided anew after a crash: what had been passed on may be passed on again.
    repeated: list[Decision] = field(default_factory=list)
    #: How many records and decisions it includes, and the state.
    _snapshot: tuple[int, int, bytes] = field(init=False)
    _next_snapshot_ms: int = field(init=False)
    _next_crash_ms: int = field(init=False)

    def __post_init__(self) -> None:
        self.core = self.factory.empty(self.region)
        self._snapshot = (0, 0, self.core.snapshot())
        self._next_snapshot_ms = self.start_ms + SNAPSHOT_MINUTES * MINUTE_MS
        self._next_crash_ms = self.start_ms + self.chance.until_next_ms(CRASH_HOURS * HOUR_MS)

    def poll(self, now_ms: int, arrived: list[tuple[int, Event]]) -> list[Decision]:
        """One second: what arrived goes into the log; in a quiet one the clock speaks, when something is due."""
        before = len(self.decisions)
        for at_ms, said in arrived:
            self.append(at_ms, said)
        due_ms = self.core.next_due_ms()
        if not arrived and due_ms is not None and due_ms <= now_ms:
            moment = datetime.fromtimestamp(now_ms / 1000, UTC)
            ticked = ClockTicked(ticked_at=moment)
            self.append(now_ms, event(ticked, at=moment, region=self.region))
        if now_ms >= self._next_crash_ms:
            self._crash(now_ms)
        elif now_ms >= self._next_snapshot_ms:
            self._snapshot = (len(self.log), len(self.decisions), self.core.snapshot())
            self._next_snapshot_ms = now_ms + SNAPSHOT_MINUTES * MINUTE_MS
        return self.decisions[before:]

    def append(self, at_ms: int, said: Event) -> None:
        at_ms = max(at_ms, self.log[-1].at) if self.log else at_ms
        record = Record(len(self.log), at_ms, said)
        self.log.append(record)
        self.decisions.extend(self.core.step(record))

    def _crash(self, now_ms: int) -> None:
        """Everything since the last snapshot is folded again, and must come out the same, byte for byte (I7)."""
        included, decided, data = self._snapshot
        self.core = self.factory.restore(data)
        again = [decision for record in self.log[included:] for decision in self.core.step(record)]
        live = self.decisions[decided:]
        self.repeated += again
        if [said.model_dump_json() for said in again] != [said.model_dump_json() for said in live]:
            differing = [one.id for one, other in zip(live, again, strict=False) if one != other]
            what = differing[0] if differing else f"{len(again)} decisions instead of {len(live)}"
            message = f"a restart from the snapshot of {included} records decides otherwise: {what}"
            self.violations.append(Violation("I7", message, len(self.log) - 1))
        self._next_crash_ms = now_ms + self.chance.until_next_ms(CRASH_HOURS * HOUR_MS)
