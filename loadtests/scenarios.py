"""Every scenario, in the order in which they run."""

from typing import Final

from loadtests import coordination, core, delivery, end_to_end, fanout, recovery, soak, streams
from loadtests.growth import scenario as growth
from loadtests.peers import comparison as peers
from loadtests.scenario import Scenario

SCENARIOS: Final[tuple[Scenario, ...]] = (
    core.SCENARIO,
    delivery.SCENARIO,
    coordination.SCENARIO,
    end_to_end.SCENARIO,
    peers.SCENARIO,
    growth.SCENARIO,
    recovery.SCENARIO,
    fanout.SCENARIO,
    streams.SCENARIO,
    soak.SCENARIO,
)


def named(names: tuple[str, ...]) -> list[Scenario]:
    """Those; without names all but what takes as long as one wants. Raises `KeyError` with what is unknown."""
    known = {scenario.name: scenario for scenario in SCENARIOS}
    return [known[name] for name in names] if names else [each for each in SCENARIOS if not each.own_time]
