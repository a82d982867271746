"""A histogram that takes the values of a whole batch; one by one they cost more than a microsecond each."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from prometheus_client import Histogram


class Tally(Histogram):
    """Leans on private names of prometheus_client's histogram: its test compares the two."""

    def observe_all(self, values: Sequence[float]) -> None:
        """As `observe` for each of them; for a histogram without labels."""
        bounds = self._upper_bounds
        for place, count in Counter(bisect_left(bounds, value) for value in values).items():
            self._buckets[place].inc(count)
        self._sum.inc(sum(values))
