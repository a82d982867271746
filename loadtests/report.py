"""What was measured, for people: tables and verdicts in the terminal, and one HTML page that holds its plots."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jinja2
from rich.console import Console
from rich.table import Table

from loadtests import bars, plots
from loadtests.bars import Verdict
from loadtests.results import Figure, Result
from loadtests.scenario import Scenario
from loadtests.scenarios import SCENARIOS

_WIDTH: Final = 120


def tables(found: Mapping[str, Result]) -> None:
    console = Console(width=_WIDTH)
    for scenario in SCENARIOS:
        if (result := found.get(scenario.name)) is not None:
            console.print(scenario.title, style="bold")
            for grid in _grids(scenario, result):
                console.print(_table(grid))
            for line in _told(result):
                console.print(line, markup=False, highlight=False)
            console.print()


def verdicts(found: Mapping[str, Result]) -> bool:
    """Prints each bar that `found` could clear; whether none was missed and every check passed."""
    console = Console(width=_WIDTH)
    judged = [verdict for verdict in bars.judge(found) if verdict.bar.scenario in found]
    table = Table("bar", "scenario", title="Bars", title_justify="left")
    for heading in ("must be", "is", ""):
        table.add_column(heading, justify="right")
    for verdict in judged:
        bar = verdict.bar
        table.add_row(bar.sentence, bar.scenario, must_be(verdict), value(verdict), word(verdict))
    console.print(table)
    failed = [(result.scenario, check) for result in found.values() for check in result.checks if not check.passed]
    for scenario, check in failed:
        console.print(f"FAILED CHECK in {scenario}: {check.name}: {check.told}", markup=False)
    return not failed and all(verdict.passed is not False for verdict in judged)


def page(found: Mapping[str, Result], folder: Path) -> Path:
    """Writes a PNG for each chart, and index.html that needs nothing beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    sections = []
    for scenario in SCENARIOS:
        if (result := found.get(scenario.name)) is None:
            continue
        drawn = plots.draw(scenario, result, folder)
        sections.append(
            {
                "scenario": scenario,
                "result": result,
                "grids": _grids(scenario, result),
                "images": [base64.b64encode(file.read_bytes()).decode() for file in drawn],
                "told": _told(result),
            }
        )
    judged = [verdict for verdict in bars.judge(found) if verdict.value is not None]
    rows = [(each.bar, must_be(each), value(each), word(each)) for each in judged]
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, loader=jinja2.FileSystemLoader(Path(__file__).parent)
    )
    file = folder / "index.html"
    file.write_text(environment.get_template("page.html").render(sections=sections, bars=rows), encoding="utf-8")
    return file


def must_be(verdict: Verdict) -> str:
    return f"{verdict.bar.sense} {number(verdict.bar.limit)} {verdict.bar.unit}"


def value(verdict: Verdict) -> str:
    return "not measured" if verdict.value is None else f"{number(verdict.value)} {verdict.bar.unit}"


def word(verdict: Verdict) -> str:
    if verdict.passed is None:
        return "-"
    return "pass" if verdict.passed else "FAIL"


def number(held: float) -> str:
    """Three figures that count; thousands whole."""
    if held == 0:
        return "0"
    if abs(held) >= 100:
        return f"{float(f'{held:.3g}'):,.0f}"
    return f"{held:.3g}"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; `numbers` are the places of its columns that hold numbers."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: range


def _grids(scenario: Scenario, result: Result) -> list[Grid]:
    """What goes along a size has its sizes side by side; all else a row for each figure. Like beside like."""
    alongs = [(chart.figure, chart.along) for chart in scenario.charts if chart.along is not None]
    groups: dict[tuple[str | None, tuple[str, ...]], list[Figure]] = {}
    for figure in result.figures:
        along = next((size for name, size in alongs if name == figure.name and figure.sized(size)), None)
        groups.setdefault((along, tuple(figure.of)), []).append(figure)
    return [_plain(each, of) if along is None else _by_size(each, of, along) for (along, of), each in groups.items()]


def _plain(figures: Sequence[Figure], of: Sequence[str]) -> Grid:
    rows = []
    for figure in figures:
        spread = [number(each) for each in (figure.median, figure.lowest, figure.highest)]
        rows.append([figure.name, *_of(figure, of), str(len(figure.runs)), *spread, figure.unit])
    return Grid(("figure", *of, "runs", "median", "lowest", "highest", "unit"), rows, range(1 + len(of), 5 + len(of)))


def _by_size(figures: Sequence[Figure], of: Sequence[str], along: str) -> Grid:
    """The median at each size, and the lowest and highest run."""
    rest = [name for name in of if name != along]
    sizes = sorted({float(figure.of[along]) for figure in figures})
    rows: dict[tuple[str, ...], dict[float, str]] = {}
    for figure in figures:
        row = rows.setdefault((figure.name, *_of(figure, rest), figure.unit), {})
        spread = f" ({number(figure.lowest)}-{number(figure.highest)})" if len(figure.runs) > 1 else ""
        row[float(figure.of[along])] = number(figure.median) + spread
    headings = ("figure", *rest, "unit", *(f"{along} {size:,.10g}" for size in sizes))
    cells = [[*row, *(by_size.get(size, "") for size in sizes)] for row, by_size in rows.items()]
    return Grid(headings, cells, range(2 + len(rest), len(headings)))


def _table(grid: Grid) -> Table:
    table = Table()
    for place, heading in enumerate(grid.headings):
        table.add_column(heading, justify="right" if place in grid.numbers else "left")
    for row in grid.rows:
        table.add_row(*row)
    return table


def _of(figure: Figure, names: Iterable[str]) -> list[str]:
    held = (figure.of.get(name, "") for name in names)
    return [f"{each:,.10g}" if isinstance(each, float | int) else each for each in held]


def _told(result: Result) -> list[str]:
    machine = result.machine
    libraries = ", ".join(f"{name} {found}" for name, found in machine.libraries.items() if name != "spoedplein")
    cores = f"{machine.used_cores} of {machine.cores} cores ({machine.processor})"
    measured_on = (
        f"Measured at commit {result.commit}, {result.began_at}, in {result.seconds:,.0f} s, on {cores}, "
        f"{machine.memory_gib} GiB, {machine.system}, Python {machine.python}, {machine.java}, {libraries}."
    )
    reach = (
        [f"To follow a reference took {machine.near_ns:.0f} ns near by, and {machine.far_ns:.0f} ns far off in memory."]
        if machine.near_ns and machine.far_ns
        else []
    )
    lines = [
        *result.notes,
        measured_on,
        *reach,
        f"Others on the machine used {result.others_cores:.2f} cores meanwhile.",
        *(f"{'right' if each.passed else 'WRONG'}: {each.name}: {each.told}" for each in result.checks),
    ]
    return [*lines, "A check of the harness: no figure here says anything about speed."] if result.quick else lines
