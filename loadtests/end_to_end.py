"""From sources to decisions, with every process and the broker on the same cores, beside a bare loop.

A life of the system: topics begin empty, agreements are adopted, the processes run. First its source topics are
filled before intake runs, and it takes them as fast as it can: saturation. Then messages come at steady rates, whatever
it makes of them, and each decision is clocked from the moment at which its message was to be published.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from loadtests import supply
from loadtests.bars import BARE, OURS
from loadtests.lives import SATURATION_SECONDS, Life, Lived, Lives
from loadtests.meter import Spent
from loadtests.onlooker import latency_figures
from loadtests.results import Check, Figure, Measured, once
from loadtests.rig import spent_figures
from loadtests.scenario import Chart, Plan, Progress, Scenario
from loadtests.stack import Stack
from loadtests.traffic import Leg, Seen

#: National peak, headroom, and ten times that; in messages a second. The last is a share of saturation.
RATES: Final = {50: 20.0, 1000: 12.0, 10_000: 8.0}
SHARE_SECONDS: Final = 8.0
SHARE: Final = 0.8
#: So many messages at most for saturation: the bare loop would want more than fit in a file.
SATURATION_MAX: Final = 300_000
RUNS_MAX: Final = 3
_TRIED: Final = (
    "Tried and left: to send what was decided while the next batch is read (more and smaller requests, and both cores "
    "are full: p99 went up); polls 10 or 20 ms apart (fewer requests, and each message waits longer: p99 stayed); "
    "fetches that wait shorter; a producer for views alone; huge pages below Python's memory (nothing to be seen)."
)
#: With every rate; the others are saturated only.
CLOCKED: Final = (Life(BARE), Life(f"{OURS} 1"), Life(f"{OURS} 2", workers=2))
LIVES: Final = (
    *CLOCKED,
    Life(f"{OURS} with archive", archive=True),
    Life(f"{OURS}, {supply.FEW_REPORTS:.0%} reports", reports=supply.FEW_REPORTS),
)


@dataclass
class Found:
    """Of all runs of one life."""

    spent: list[Spent] = field(default_factory=list)
    broker_us: list[float] = field(default_factory=list)
    #: By the rate as it is told: a number, or the share of saturation.
    seen: dict[str | int, list[Seen]] = field(default_factory=dict)


def run(plan: Plan, progress: Progress) -> Measured:
    runs = min(plan.runs, RUNS_MAX)
    progress.expect(2 + len(LIVES) * (1 + runs))
    progress.step("living the day, or reading it")
    day = supply.national(plan)
    given = {**day.settings(plan.state / "agreements"), "clock_ahead_seconds": 86_400}
    with Stack(plan.state, given, postgres=True) as stack:
        return asyncio.run(_EndToEnd(stack, day, plan, progress).measured(runs))


SCENARIO: Final = Scenario(
    name="end-to-end",
    title="From sources to decisions, beside a bare loop over the same messages",
    about="Source topics, intake, the log, coordination, decisions: real processes and a real broker on the same two "
    "cores. Seven in ten messages are reports of places, as in the country's busiest hour; on one path two in ten. "
    "Saturation, and latencies at steady rates from the moment at which a message was to be published.",
    minutes=20,
    run=run,
    charts=(
        Chart("From sources to decisions: events per second at saturation", "speed", apart="path"),
        Chart("CPU per event at saturation, by process", "cpu", apart="path"),
        Chart("Latency p50 by rate", "latency p50", apart="path", along="rate", log="xy"),
        Chart("Latency p99 by rate", "latency p99", apart="path", along="rate", log="xy"),
    ),
)


class _EndToEnd:
    def __init__(self, stack: Stack, day: supply.Supply, plan: Plan, progress: Progress) -> None:
        self.lives = Lives(stack, day)
        self.plan = plan
        self.progress = progress
        self.found = {life.name: Found() for life in LIVES}
        self.checks: list[Check] = []
        self.notes: list[str] = []
        #: How many messages saturate a life for about the wanted time.
        self.sizes = {life.name: plan.size(4000, 400) for life in LIVES}
        self.speeds = dict.fromkeys(self.sizes, 0.0)

    async def measured(self, runs: int) -> Measured:
        for life in LIVES if not self.plan.quick else ():
            self.progress.step(f"trying {life.name}")
            lived = await self._live(life, ())
            self.speeds[life.name] = lived.spent.speed
            self.sizes[life.name] = min(SATURATION_MAX, round(lived.spent.speed * SATURATION_SECONDS))
        for number in range(runs):
            for life in LIVES:
                self.progress.step(f"run {number + 1} of {runs}, {life.name}")
                await self._run(life)
        return self._told()

    async def _run(self, life: Life) -> None:
        """Saturation, and in the same run the latencies, at a share of the saturation that was seen before."""
        rates = self._rates(life) if life in CLOCKED else {}
        lived = await self._live(life, [*rates.values()])
        found = self.found[life.name]
        found.spent.append(lived.spent)
        found.broker_us.append(lived.broker_us)
        for name, leg in zip(rates, lived.seen, strict=True):
            found.seen.setdefault(name, []).append(leg)
        self.checks += lived.checks

    async def _live(self, life: Life, legs: Sequence[Leg]) -> Lived:
        return await self.lives.live(life, [Leg(count=self.sizes[life.name], rate=None), *legs])

    def _rates(self, life: Life) -> dict[str | int, Leg]:
        if self.plan.quick:
            return {50: Leg(count=50, rate=50.0), 1000: Leg(count=300, rate=1000.0)}
        saturation = self.speeds[life.name]
        held = {rate: seconds for rate, seconds in RATES.items() if rate < saturation}
        for rate in RATES.keys() - held.keys():
            self._note(f"{life.name} does not hold {rate:,}/s: it saturates at {saturation:,.0f}/s.")
        legs: dict[str | int, Leg] = {
            rate: Leg(count=round(rate * seconds), rate=float(rate)) for rate, seconds in held.items()
        }
        share = SHARE * saturation
        return {**legs, f"{SHARE:.0%}": Leg(count=round(share * SHARE_SECONDS), rate=share)}

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def _told(self) -> Measured:
        figures: list[Figure] = []
        for life in LIVES:
            found = self.found[life.name]
            figures += spent_figures(found.spent, **life.of)
            figures.append(Figure(name="broker cpu", unit="µs/event", of=life.of, runs=tuple(found.broker_us)))
        for life in LIVES:
            for rate, seen in self.found[life.name].seen.items():
                of = {**life.of, "rate": rate}
                figures += latency_figures([leg.latency for leg in seen], of)
                late = tuple(leg.late.p99 for leg in seen)
                figures.append(Figure(name="publisher late p99", unit="ms", of=of, runs=late))
        return Measured(figures=tuple(figures), checks=once(self.checks), notes=(*self.notes, _TRIED))
