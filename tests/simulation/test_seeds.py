"""Two hundred lives of regions from seeds, with faults, crashes and restarts: the auditor finds nothing.

And he would: `test_mutations` holds cores against him that are broken on purpose.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Final

import pytest

from spoedplein.domain.region import Region
from spoedplein.testing.lives import drawn, live
from spoedplein.testing.simulate import Core
from spoedplein.testing.together import simulate_together
from spoedplein_schemas import transfer
from spoedplein_schemas.crowding import LevelChanged, ProposalMade
from spoedplein_schemas.decisions import AgreementsInForce, PlacementOffered, UnitStatusChanged
from spoedplein_schemas.rooms import RoomProposed
from spoedplein_schemas.vocabulary import CrowdingLevel, Frozen, ProposalKind
from tests.simulation.regions import region

#: The first two hundred of `spoedplein simulate`, in parts that can run side by side.
PARTS: Final = [pytest.param(range(first, first + 25), id=f"from {first}") for first in range(1, 201, 25)]


@dataclass
class Crashing:
    """The real core, and how often it was taken up from a snapshot."""

    restored: int = 0

    def empty(self, name: str) -> Core:
        return Region.empty(name)

    def restore(self, data: bytes) -> Core:
        self.restored += 1
        return Region.restore(data)


@pytest.mark.parametrize("seeds", PARTS)
def test_two_hundred_lives_pass_the_auditor(seeds: range) -> None:
    cores = Crashing()
    found, seen = {}, Counter[type[Frozen]]()
    for life in map(drawn, seeds):
        for outcome in live(life, [region(name) for name in life.regions], region_factory=cores):
            if outcome.violations:
                found[f"{outcome.log[0].event.region}, seed {life.seed}"] = outcome.violations
            seen.update(type(decision.data) for decision in outcome.decisions)

    assert found == {}
    assert cores.restored > len(seeds) // 4, "too few crashes to have proved anything"
    enough = (PlacementOffered, RoomProposed, LevelChanged, ProposalMade, UnitStatusChanged, transfer.TransferAsked)
    assert seen.keys() >= set(enough), "too little happened to have proved anything"
    assert seen[AgreementsInForce] > len([name for seed in seeds for name in drawn(seed).regions])


@pytest.mark.parametrize(
    ("names", "seed", "hours", "intensity"),
    [pytest.param(("nijmegen",), 48, 4.0, 3.0, id="who was sent elsewhere by hand, over a restart")],
)
def test_a_life_that_found_something_finds_it_no_more(
    names: tuple[str, ...], seed: int, hours: float, intensity: float
) -> None:
    regions = [region(name) for name in names]
    outcomes = simulate_together(regions, seed, hours, region_factory=Region, intensity=intensity)

    assert [violation for outcome in outcomes for violation in outcome.violations] == []


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(84, id="a hand-over that came before its request"),
        pytest.param(283, id="an admission that came before its override, and lapsed during an offer"),
        pytest.param(1529, id="a figure that was said to stand before it was heard"),
        pytest.param(1673, id="a word of a clock that runs ahead, heard again later"),
        pytest.param(6967, id="a word that was said again while it was kept, and lapsed with the first"),
        pytest.param(1836, id="a count by a clock that runs ahead, and who came in after it was heard"),
    ],
)
def test_a_seed_that_found_something_finds_it_no_more(seed: int) -> None:
    life = drawn(seed)
    outcomes = live(life, [region(name) for name in life.regions], region_factory=Region)

    assert [violation for outcome in outcomes for violation in outcome.violations] == []


#: Of the default seeds one with a calm that returns, one with a single SEH, and one with a disaster in three regions.
CALM, ALONE, DISASTER = 43, 61, 178


def test_every_level_and_every_kind_of_proposal_comes_of_the_default_seeds() -> None:
    """So that the auditor sees them. A stop is proposed where nobody finds the time to announce it (`WOUNDED`)."""
    made: dict[str, list[Frozen]] = {}
    for life in map(drawn, (CALM, ALONE, DISASTER)):
        for outcome in live(life, [region(name) for name in life.regions], region_factory=Region):
            assert outcome.violations == []
            for decision in outcome.decisions:
                made.setdefault(type(decision.data).__name__, []).append(decision.data)

    proposed = [each for each in made["ProposalMade"] if isinstance(each, ProposalMade)]
    levels = [each for each in made["LevelChanged"] if isinstance(each, LevelChanged)]
    assert {each.level for each in levels if each.site is not None} == set(CrowdingLevel), "of a site"
    assert {each.level for each in levels if each.site is None} == set(CrowdingLevel), "of a region"
    assert {each.kind for each in proposed} == set(ProposalKind)
    assert {each.request is None for each in proposed if each.kind is ProposalKind.ROAZ} == {True, False}
    assert made.keys() >= {"ProposalAnswered", "ProposalLapsed", "ProposalOver"}
