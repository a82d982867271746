"""Several regions that exchange patients, in one process and simulated time: what travels between them suffers too.

    outcomes = simulate_together([rijnmond, nijmegen], 7, hours=6, region_factory=Region)
    assert not any(outcome.violations for outcome in outcomes)

Doubled, delayed, held back for a while, told by a wrong clock, and said again after a crash: everything but lost, which
is what the transport between logs promises.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from spoedplein.domain.transfer.relay import relayed
from spoedplein.testing.audit_regions import Life, audit_together
from spoedplein.testing.auditor import audit
from spoedplein.testing.builders import adopted, event
from spoedplein.testing.chance import HOUR_MS, Chance
from spoedplein.testing.faults import Edge, Faults
from spoedplein.testing.redrafts import redrafted
from spoedplein.testing.simulate import FRIDAY, POLL_MS, CoreFactory, Outcome, Process
from spoedplein.testing.travellers import Travellers
from spoedplein.testing.workload import Workload
from spoedplein_schemas import Event
from spoedplein_schemas.agreements import Agreements


@dataclass(frozen=True, slots=True)
class Befalls:
    """What befalls each of the regions beside its ordinary life.

    So many times it adopts another text, at moments of its own. So many wounded are brought to its SEHs in the first
    hour; if there are any, its hospitals are overrun.
    """

    redrafts: int = 0
    wounded: int = 0


ORDINARY: Final = Befalls()


def simulate_together(
    regions: Sequence[Agreements],
    seed: int,
    hours: float,
    *,
    region_factory: CoreFactory,
    faults: Faults | None = None,
    intensity: float = 1.0,
    start: datetime = FRIDAY,
    befalls: Befalls = ORDINARY,
) -> list[Outcome]:
    """Lives them side by side, second by second; one outcome per region, the last with what both logs tell together."""
    start_ms, kinds = round(start.timestamp() * 1000), Faults() if faults is None else faults
    between = Edge(replace(kinds, silent=0), seed=seed, start_ms=start_ms)
    world = _World(seed, start, kinds, intensity, region_factory, Travellers(played=True), hours, befalls)
    lives = [_Side(each, world) for each in regions]
    waiting: dict[str, list[tuple[int, Event]]] = {each.region: [] for each in regions}
    for now_ms in range(start_ms + POLL_MS, start_ms + round(hours * HOUR_MS) + 1, POLL_MS):
        for at_ms, travelling in between.give(now_ms):
            # A neighbour that is not simulated hears nothing, and is silent.
            waiting.get(travelling.region, []).append((at_ms, travelling))
        for side in lives:
            arrived, waiting[side.region] = waiting[side.region], []
            between.take(side.live(now_ms, arrived))
    outcomes = [side.outcome() for side in lives]
    found = audit_together([Life(each.log, each.decisions) for each in outcomes])
    return [*outcomes[:-1], replace(outcomes[-1], violations=[*outcomes[-1].violations, *found])]


@dataclass(frozen=True, slots=True)
class _World:
    seed: int
    start: datetime
    faults: Faults
    intensity: float
    region_factory: CoreFactory
    travellers: Travellers
    hours: float
    befalls: Befalls


class _Side:
    """One region among others."""

    def __init__(self, agreements: Agreements, world: _World) -> None:
        at, start_ms, seed = world.start, round(world.start.timestamp() * 1000), world.seed
        self.region = agreements.region
        self._workload = Workload(agreements, seed=seed, start_ms=start_ms, intensity=world.intensity)
        self._workload.joins(world.travellers)
        if world.befalls.wounded:
            self._workload.many_wounded(at_ms=start_ms, people=world.befalls.wounded)
            self._workload.overrun()
        self._edge = Edge(world.faults, seed=seed, start_ms=start_ms)
        self._process = Process(self.region, world.region_factory, Chance(seed, f"crashes/{self.region}"), start_ms)
        self._process.append(start_ms, event(adopted(agreements, at), at=at, region=self.region))
        self._texts = list(_texts(agreements, world))

    def live(self, now_ms: int, arrived: list[tuple[int, Event]]) -> list[tuple[int, Event]]:
        """One second; what is said to other regions in it."""
        self._edge.take(self._workload.emit(now_ms))
        texts = [each for each in self._texts if each[0] <= now_ms]
        del self._texts[: len(texts)]
        said = sorted([*self._edge.give(now_ms), *arrived, *texts], key=lambda each: each[0])
        decided = self._process.poll(now_ms, said)
        for decision in decided:
            self._workload.observe(decision)
        again, self._process.repeated = self._process.repeated, []
        return [(now_ms, told) for decision in (*decided, *again) if (told := relayed(decision)) is not None]

    def outcome(self) -> Outcome:
        process = self._process
        return Outcome(process.log, process.decisions, [*process.violations, *audit(process.log, process.decisions)])


def _texts(first: Agreements, world: _World) -> Iterator[tuple[int, Event]]:
    """Other texts of this region, each from the one before it, in the order in which they are adopted."""
    chance, text = Chance(world.seed, f"redrafts/{first.region}"), first
    for number, part in enumerate(sorted(chance.between(0, 1) for _ in range(world.befalls.redrafts)), start=1):
        at = world.start + timedelta(seconds=round(part * world.hours * 3600))
        text = redrafted(text, chance, version=f"{first.version}.{number}")
        yield round(at.timestamp() * 1000), event(adopted(text, at), at=at, region=first.region)
