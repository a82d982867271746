"""What a scenario is, and how it tells how far it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from loadtests.results import Measured


class Progress(Protocol):
    """Told by a scenario while it runs; what shows it works out when all will be done."""

    def expect(self, steps: int) -> None:
        """So many steps of about the same length are to come."""

    def step(self, doing: str) -> None:
        """The step before is done, and this one begins."""

    def say(self, text: str) -> None:
        """A line that stays."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a scenario is to run. `quick` is for a check of the harness itself: tiny sizes, one run."""

    quick: bool
    runs: int
    #: A directory of its own, for the state of servers; gone afterwards.
    state: Path
    #: Only for what takes as long as one wants it to.
    seconds: float | None = None

    def size(self, full: int, quick: int) -> int:
        return quick if self.quick else full


@dataclass(frozen=True, slots=True)
class Chart:
    """One plot of a scenario. With `along` a line over that part of `of`; without, a bar for each of `apart`."""

    title: str
    figure: str
    #: Which part of `of` tells the lines or bars apart.
    apart: str
    along: str | None = None
    log: Literal["", "x", "y", "xy"] = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """`minutes` is about what a full run takes; `own_time` keeps it out of a run of everything."""

    name: str
    title: str
    about: str
    minutes: float
    run: Callable[[Plan, Progress], Measured]
    charts: Sequence[Chart] = ()
    own_time: bool = False
