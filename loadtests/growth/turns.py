"""Sizes that take turns, and what each operation costs them."""

import gc
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeVar

from loadtests.results import Figure

#: CPU time that one operation of one size may take in a round; what scans is not asked for more.
SLICE_SECONDS: Final = 0.05

_Item = TypeVar("_Item")
_Found = TypeVar("_Found")
_Key = tuple[tuple[str, str | float], ...]


class Turns:
    """Costs by what they are of, round by round; `name` is what the figures are called."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._spent: dict[_Key, tuple[int, float]] = {}
        self._rounds: dict[_Key, list[float]] = defaultdict(list)

    def timed(
        self,
        of: Mapping[str, str | float],
        operation: Callable[[_Item], _Found],
        items: Iterable[_Item],
        *,
        whole: bool = False,
    ) -> list[_Found]:
        """What `operation` gives for each item. Unless `whole`, it stops when it has had its slice of this round."""
        key = tuple(of.items())
        done, seconds = self._spent.get(key, (0, 0.0))
        found: list[_Found] = []
        if seconds > SLICE_SECONDS and not whole:
            return found
        clock, most = time.thread_time, float("inf") if whole else SLICE_SECONDS
        began = clock()
        for item in items:
            found.append(operation(item))
            if clock() - began > most:
                break
        self._spent[key] = done + len(found), seconds + clock() - began
        return found

    def end_round(self) -> None:
        for key, (done, seconds) in self._spent.items():
            self._rounds[key].append(seconds / done * 1e6)
        self._spent.clear()

    def figures(self) -> list[Figure]:
        """The first round warmed up what it used, and is left out when there were others."""
        return [
            Figure(name=self.name, unit="µs", of=dict(key), runs=tuple(costs[1:] or costs))
            for key, costs in self._rounds.items()
        ]


def settled() -> None:
    """What stands now is not looked at by the garbage collector again."""
    gc.collect()
    gc.freeze()
