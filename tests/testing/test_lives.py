"""Lives drawn from seeds: the same seed draws the same, and many seeds draw all that can be drawn."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeVar

from spoedplein.stack.places import deploy_file
from spoedplein.testing.lives import (
    CHANGES,
    FAULTS,
    HOURS,
    INTENSITIES,
    KINDS,
    NEW_YEAR,
    REDRAFTS,
    REGIONS,
    WOUNDED,
    drawn,
)

T = TypeVar("T")
LIVES = [drawn(seed) for seed in range(2000)]


def test_a_seed_draws_the_same_life_always() -> None:
    assert [drawn(seed) for seed in range(2000)] == LIVES


def in_their_shares(drew: Sequence[T], shares: Mapping[T, float]) -> bool:
    found, total = Counter(drew), sum(shares.values())
    parts = {one: found[one] / len(drew) * total / share for one, share in shares.items()}
    return found.keys() == shares.keys() and all(0.5 < part < 2 for part in parts.values())


def test_many_seeds_draw_everything_in_its_share() -> None:
    assert in_their_shares([life.regions for life in LIVES], REGIONS)
    assert in_their_shares([life.hours for life in LIVES], HOURS)
    assert in_their_shares([life.intensity for life in LIVES], INTENSITIES)
    assert in_their_shares([life.faults for life in LIVES], FAULTS)
    assert in_their_shares([life.redrafts for life in LIVES], REDRAFTS)
    assert in_their_shares([life.wounded for life in LIVES], WOUNDED)
    assert KINDS.keys() == FAULTS.keys()


def test_lives_begin_at_every_hour_of_the_year_and_on_the_eve_of_both_clock_changes() -> None:
    starts = [life.start for life in LIVES]

    assert {start.hour for start in starts} == set(range(24))
    assert {start.month for start in starts} == set(range(1, 13))
    assert min(starts) >= NEW_YEAR
    assert set(CHANGES) <= set(starts)


def test_every_shipped_region_lives_beside_a_neighbour_or_alone() -> None:
    names = {path.stem for path in deploy_file("regions", "rijnmond.toml").parent.glob("*.toml")}

    assert {name for life in LIVES for name in life.regions} == names
