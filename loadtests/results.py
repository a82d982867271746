"""What a load test found: figures with every run of them, checks, courses over time; and the file that keeps them.

One file per commit and scenario: `loadtests/results/<commit>/<scenario>.json`. It is small, since it holds what was
measured per run and never single events, and it says on what it was measured.
"""

import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field

from loadtests.machine import Machine

RESULTS: Final = Path(__file__).parent / "results"
#: What a figure is of: {"rate": 1000, "path": "bare loop"}.
Of = Mapping[str, str | float]


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Figure(_Kept):
    """One quantity: `name` says what (`events per second`), `of` whose and at what, `runs` its value in each run."""

    name: str
    unit: str
    of: dict[str, str | float] = Field(default_factory=dict)
    runs: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.runs)

    @property
    def lowest(self) -> float:
        return min(self.runs)

    @property
    def highest(self) -> float:
        return max(self.runs)

    def is_of(self, of: Of) -> bool:
        """Whether it has all that is asked."""
        return of.items() <= self.of.items()

    def sized(self, along: str) -> bool:
        """Whether it stands at a number along this; a rate may be a share of another one as well."""
        return isinstance(self.of.get(along), float | int)


class Check(_Kept):
    """Whether what was measured was also right; one that fails makes the figures beside it worthless."""

    name: str
    passed: bool
    told: str


class Course(_Kept):
    """How something went over time, thinned out to what a plot can show."""

    name: str
    unit: str
    of: dict[str, str | float] = Field(default_factory=dict)
    seconds: tuple[float, ...]
    values: tuple[float, ...]


class Measured(_Kept):
    """What a scenario hands back."""

    figures: tuple[Figure, ...]
    checks: tuple[Check, ...] = ()
    courses: tuple[Course, ...] = ()
    #: What a reader must know to read the figures; sentences.
    notes: tuple[str, ...] = ()

    def figure(self, name: str, **of: str | float) -> Figure:
        """The one figure of this name that is of all this. Raises `LookupError` when there is none, or several."""
        found = self.all(name, **of)
        if len(found) != 1:
            msg = f"{len(found)} figures are called {name!r} and are of {of}"
            raise LookupError(msg)
        return found[0]

    def all(self, name: str, **of: str | float) -> list[Figure]:
        return [figure for figure in self.figures if figure.name == name and figure.is_of(of)]

    @property
    def sound(self) -> bool:
        return all(check.passed for check in self.checks)


class Result(Measured):
    """A measurement with all that it was measured on."""

    scenario: str
    commit: str
    began_at: str
    seconds: float
    #: A check of the harness itself, at sizes that say nothing about speed.
    quick: bool
    machine: Machine
    #: Cores that others used while this was measured; the figures are worth less the more there were.
    others_cores: float

    @classmethod
    def read(cls, file: Path) -> Self:
        return cls.model_validate_json(file.read_bytes())

    def file(self, results: Path) -> Path:
        return results / self.commit / f"{self.scenario}.json"

    def write(self, results: Path) -> Path:
        file = self.file(results)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")
        return file


def once(checks: Iterable[Check]) -> tuple[Check, ...]:
    """One of each name: the one that failed, where one did."""
    kept: dict[str, Check] = {}
    for check in checks:
        if check.name not in kept or not check.passed:
            kept[check.name] = check
    return tuple(kept.values())


def newest(results: Path = RESULTS) -> dict[str, Result]:
    """The newest result of each scenario, by name."""
    found: dict[str, Result] = {}
    for result in sorted(read_all(results), key=lambda each: each.began_at):
        found[result.scenario] = result
    return dict(sorted(found.items()))


def read_all(results: Path = RESULTS) -> Iterable[Result]:
    return (Result.read(file) for file in sorted(results.glob("*/*.json")))
