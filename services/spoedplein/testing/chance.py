"""Chance with a seed and a name: each part of a region draws from its own, so that one does not stir another."""

import math
import random
from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


class Chance:
    def __init__(self, seed: int, name: str) -> None:
        # Seeding by text goes through SHA-512, never through `hash`: the same on every machine and run.
        self._random = random.Random(f"{seed}/{name}")  # noqa: S311  a simulation, not a secret

    def happens(self, share: float) -> bool:
        return self._random.random() < share

    def pick(self, weights: Mapping[T, float]) -> T:
        return self._random.choices(tuple(weights), weights=tuple(weights.values()))[0]

    def one_of(self, things: tuple[T, ...]) -> T:
        return self._random.choice(things)

    def whole(self, low: int, high: int) -> int:
        """Both ends included."""
        return self._random.randint(low, high)

    def between(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)

    def between_ms(self, low_minutes: float, high_minutes: float) -> int:
        return round(self._random.uniform(low_minutes, high_minutes) * MINUTE_MS)

    def around_ms(self, median_minutes: float, spread: float = 0.4) -> int:
        """Log-normal, as durations of care are: half below the median, with a long tail."""
        return max(1, round(self._random.lognormvariate(math.log(median_minutes), spread) * MINUTE_MS))

    def until_next_ms(self, mean_ms: float) -> int:
        """Exponential: the gap to the next of independent events."""
        return max(1, round(self._random.expovariate(1 / mean_ms)))

    def count(self, mean: float) -> int:
        """Poisson: how many independent events fall in a stretch that has `mean` on average."""
        passed, count = self._random.expovariate(1.0), 0
        while passed < mean:
            passed += self._random.expovariate(1.0)
            count += 1
        return count
