"""What must hold: each bar with its limit, what it is measured by, and whether the newest figures clear it.

A ratio is taken run by run, between runs that stood beside each other, and the median of those counts.
"""

import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from loadtests.results import Figure, Measured, Result

#: What a figure of our own system is of, beside those of others.
OURS: Final = "spoedplein"
BARE: Final = "bare loop"


@dataclass(frozen=True, slots=True)
class Bar:
    """`value` raises `LookupError` when the figures that it needs were not measured."""

    name: str
    sentence: str
    scenario: str
    sense: Literal["at least", "at most"]
    limit: float
    unit: str
    value: Callable[[Measured], float]

    def passes(self, value: float) -> bool:
        return value >= self.limit if self.sense == "at least" else value <= self.limit


@dataclass(frozen=True, slots=True)
class Verdict:
    bar: Bar
    #: Nothing when it was not measured.
    value: float | None
    #: Nothing when nobody measured, or only to check the harness, which says nothing.
    passed: bool | None


def judge(results: Mapping[str, Result], bars: Iterable[Bar] | None = None) -> list[Verdict]:
    return [_verdict(bar, results.get(bar.scenario)) for bar in (BARS if bars is None else bars)]


def _verdict(bar: Bar, result: Result | None) -> Verdict:
    try:
        value = None if result is None else bar.value(result)
    except LookupError:
        value = None
    if result is None or result.quick:
        return Verdict(bar, value, None)
    return Verdict(bar, value, value is not None and result.sound and bar.passes(value))


def _paired(one: Figure, other: Figure) -> float:
    return statistics.median(ours / theirs for ours, theirs in zip(one.runs, other.runs, strict=True))


def _ratio(name: str, ours: dict[str, str | float], theirs: dict[str, str | float]) -> Callable[[Measured], float]:
    """Of two figures of one name."""
    return lambda measured: _paired(measured.figure(name, **ours), measured.figure(name, **theirs))


def _worst(
    name: str, apart: str, large: dict[str, str | float], small: dict[str, str | float]
) -> Callable[[Measured], float]:
    """The largest ratio among figures of one name that `apart` tells apart."""

    def value(measured: Measured) -> float:
        found = _some(measured.all(name, **large))
        return max(_paired(each, measured.figure(name, **{apart: each.of[apart]}, **small)) for each in found)

    return value


def _percent(name: str, ours: dict[str, str | float], theirs: dict[str, str | float]) -> Callable[[Measured], float]:
    ratio = _ratio(name, ours, theirs)
    return lambda measured: 100 * ratio(measured)


def _median(name: str, **of: str | float) -> Callable[[Measured], float]:
    return lambda measured: measured.figure(name, **of).median


def _over_peer(peer: str) -> Callable[[Measured], float]:
    return _ratio("speed", {"path": OURS}, {"path": peer})


BARS: Final = (
    Bar(
        "coordination-of-bare",
        "coordination (log to decisions: decoded, decided, snapshotted, committed), of a bare loop's events/s",
        "coordination",
        "at least",
        40,
        "%",
        _percent("speed", {"path": OURS, "workers": 1}, {"path": BARE}),
    ),
    Bar(
        "end-to-end-of-bare",
        "sources to decisions, every process and the broker on the same cores, of a bare loop's events/s",
        "end-to-end",
        "at least",
        20,
        "%",
        _percent("speed", {"path": OURS, "workers": 1}, {"path": BARE}),
    ),
    Bar(
        "latency-of-bare",
        "p99 from publishing to decision at 1,000/s, of a bare loop's p99 at 1,000/s",
        "end-to-end",
        "at most",
        5,
        "x",
        _ratio("latency p99", {"path": OURS, "workers": 1, "rate": 1000}, {"path": BARE, "rate": 1000}),
    ),
    Bar(
        "faust",
        "the same core, durable and committed, over vanilla Faust with a table",
        "peers",
        "at least",
        10,
        "x",
        _over_peer("vanilla Faust"),
    ),
    Bar(
        "quix",
        "the same core, durable and committed, over Quix Streams with RocksDB state and changelog",
        "peers",
        "at least",
        2,
        "x",
        _over_peer("Quix Streams"),
    ),
    Bar(
        "bytewax",
        "the same core, durable and committed, over Bytewax with recovery",
        "peers",
        "at least",
        1.2,
        "x",
        _over_peer("Bytewax"),
    ),
    Bar(
        "fold",
        "the core alone folds a national day, on one core",
        "core",
        "at least",
        100_000,
        "events/s",
        _median("speed", day="national", decoding="without"),
    ),
    Bar(
        "queue-growth",
        "a queue operation with 1,000,000 waiting, of one with 100; the one that grows most",
        "growth",
        "at most",
        1.5,
        "x",
        _worst("queue operation", "operation", {"waiting": 1_000_000}, {"waiting": 100}),
    ),
    Bar(
        "unit-growth",
        "an event with 100,000 units, of one with 100",
        "growth",
        "at most",
        2,
        "x",
        _ratio("event", {"units": 100_000}, {"units": 100}),
    ),
    Bar(
        "recovery",
        "kill -9 to the first fresh decision, with 100,000 entities",
        "recovery",
        "at most",
        10,
        "s",
        lambda measured: max(figure.median for figure in _some(measured.all("recovery", entities=100_000))),
    ),
    Bar(
        "recovery-of-a-long-log",
        "recovery with the longest log, of recovery with the shortest",
        "recovery",
        "at most",
        1.25,
        "x",
        lambda measured: _long_over_short(_some(measured.all("recovery", workers=1, membership="static"))),
    ),
    Bar(
        "soak-memory",
        "growth of memory after warm-up, of what its noise allows (1 is the edge of noise)",
        "soak",
        "at most",
        1,
        "x",
        lambda measured: max(figure.median for figure in _some(measured.all("memory slope over noise"))),
    ),
    Bar(
        "soak-lost",
        "events published and not folded exactly once, and decisions not archived exactly once",
        "soak",
        "at most",
        0,
        "lost",
        _median("lost"),
    ),
)


def _some(figures: list[Figure]) -> list[Figure]:
    if not figures:
        msg = "no such figure"
        raise LookupError(msg)
    return figures


def _long_over_short(figures: list[Figure]) -> float:
    """Of figures that differ in the length of the log, among those of the most entities."""
    most = max(float(figure.of["entities"]) for figure in figures)
    of_most = [each for each in figures if each.of["entities"] == most]
    by_length = {float(each.of["log"]): each for each in of_most}
    if len(by_length) < max(2, len(of_most)):
        msg = "one length of the log only, or figures that differ in more"
        raise LookupError(msg)
    return by_length[max(by_length)].median / by_length[min(by_length)].median
