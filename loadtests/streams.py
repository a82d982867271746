"""What a thousand screens cost: how soon a change is on each of them, and whether decisions are late because of them.

Everything of ours runs: intake, coordination, archive, portal, and the local issuer for a token. The same messages come
at the same rate twice per run: with a portal that nobody follows, and with a thousand who follow what is free. Those
are a process of their own. A delivery runs from the moment at which a plain reader of Kafka had a unit's view until a
follower had it; what was overtaken within a tick of the portal is not delivered, and is in no figure.
"""

import asyncio
import statistics
from collections.abc import Iterator, Sequence
from typing import Final

from loadtests import supply
from loadtests.lives import Life, Lived, Lives
from loadtests.onlooker import latency_figures
from loadtests.results import Check, Figure, Measured, once
from loadtests.scenario import Chart, Plan, Progress, Scenario
from loadtests.screens import Delivered
from loadtests.stack import Stack
from loadtests.traffic import Leg

FOLLOWERS: Final = 1000
RATE: Final = 200.0
SECONDS: Final = 20.0
RUNS_MAX: Final = 3
#: Of the day, enough for the messages of one run.
HOURS: Final = 2.0
#: Of what was shown, that which stood on Kafka so. That a figure grew old the portal says by itself.
KNOWN_SHARE_MIN: Final = 0.9


def run(plan: Plan, progress: Progress) -> Measured:
    runs = min(plan.runs, RUNS_MAX)
    progress.expect(1 + 2 * runs)
    progress.step("living the day, or reading it")
    day = supply.national(plan, hours=HOURS)
    given = {**day.settings(plan.state / "agreements"), "clock_ahead_seconds": 86_400}
    with Stack(plan.state, given, postgres=True) as stack:
        return asyncio.run(_measured(Lives(stack, day), plan, progress, runs))


SCENARIO: Final = Scenario(
    name="streams",
    title="A thousand screens that follow what is free",
    about=f"{FOLLOWERS:,} followers of the portal's server-sent events on the whole system, at {RATE:g} messages a "
    "second: how soon a change is on each screen, and decision latency with and without them.",
    minutes=7,
    run=run,
    charts=(Chart("Latency p99 of decisions", "latency p99", apart="beside"),),
)


async def _measured(lives: Lives, plan: Plan, progress: Progress, runs: int) -> Measured:
    count = plan.size(FOLLOWERS, 20)
    alone = Life("nobody follows", archive=True, followers=0)
    followed = Life(f"{count:,} follow", archive=True, followers=count)
    lived: dict[Life, list[Lived]] = {alone: [], followed: []}
    for number in range(runs):
        for life, found in lived.items():
            progress.step(f"run {number + 1} of {runs}, {life.name}")
            found.append(await lives.live(life, [Leg(count=plan.size(round(RATE * SECONDS), 200), rate=RATE)]))
    checks = once([check for found in lived.values() for one in found for check in one.checks])
    return Measured(
        figures=tuple(_figures(lived[alone], lived[followed], names=(alone.name, followed.name))),
        checks=(*checks, *_checks(lived[followed])),
        notes=_NOTES,
    )


_NOTES: Final = (
    "Followers are told every half second (portal_push_seconds): a delivery waits half of that by itself, on average.",
    "Followers, broker, database and all of ours share the same cores.",
)


def _figures(alone: Sequence[Lived], followed: Sequence[Lived], *, names: tuple[str, str]) -> Iterator[Figure]:
    for name, found in zip(names, (alone, followed), strict=True):
        yield from latency_figures([each.seen[0].latency for each in found], {"beside": name})
    for share in ("p50", "p99"):
        ratios = tuple(
            getattr(with_them.seen[0].latency, share) / getattr(without.seen[0].latency, share)
            for without, with_them in zip(alone, followed, strict=True)
        )
        yield Figure(name=f"decision latency {share}, followed over alone", unit="x", runs=ratios)
    told = _told(followed)
    for each in latency_figures([one.latency for one in told], {}):
        yield each.model_copy(update={"name": each.name.replace("latency", "delivery")})
    yield Figure(name="frames", unit="frames/s", runs=tuple(one.followed.frames / one.followed.seconds for one in told))
    yield Figure(name="sent", unit="MB/s", runs=tuple(one.followed.octets / one.followed.seconds / 1e6 for one in told))
    for name, found in zip(names, (alone, followed), strict=True):
        cores = tuple(each.shown.portal_cores for each in found if each.shown is not None)
        yield Figure(name="portal", unit="cores", of={"beside": name}, runs=cores)


def _checks(followed: Sequence[Lived]) -> Iterator[Check]:
    told = _told(followed)
    lost = sum(each.followed.lost for each in told)
    yield Check(name="followers", passed=lost == 0, told=f"{lost} streams were cut off")
    share = statistics.fmean(each.known_share for each in told)
    yield Check(
        name="deliveries", passed=share >= KNOWN_SHARE_MIN, told=f"{share:.1%} of what was shown stood on Kafka"
    )


def _told(followed: Sequence[Lived]) -> list[Delivered]:
    return [each.shown.delivered for each in followed if each.shown is not None and each.shown.delivered is not None]
