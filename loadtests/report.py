"""What was measured, for people: tables and verdicts in the terminal, and one HTML page that holds its plots."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import jinja2
from rich.console import Console
from rich.table import Table

from loadtests import bars, plots
from loadtests.bars import Verdict
from loadtests.results import Figure, Result
from loadtests.scenarios import SCENARIOS

_WIDTH: Final = 120


def tables(found: Mapping[str, Result]) -> None:
    console = Console(width=_WIDTH)
    for scenario in SCENARIOS:
        if (result := found.get(scenario.name)) is not None:
            console.print(_table(scenario.title, result))
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
                "headings": _of_names(result.figures),
                "rows": [_cells(figure, _of_names(result.figures)) for figure in result.figures],
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


def _table(title: str, result: Result) -> Table:
    names = _of_names(result.figures)
    table = Table("figure", *names, title=title, title_justify="left")
    for heading in ("runs", "median", "lowest", "highest", "unit"):
        table.add_column(heading, justify="left" if heading == "unit" else "right")
    for figure in result.figures:
        table.add_row(*_cells(figure, names))
    return table


def _of_names(figures: Iterable[Figure]) -> list[str]:
    return list(dict.fromkeys(name for figure in figures for name in figure.of))


def _cells(figure: Figure, names: Sequence[str]) -> list[str]:
    of = [figure.of.get(name, "") for name in names]
    told = [f"{each:,.10g}" if isinstance(each, float | int) else each for each in of]
    spread = [number(each) for each in (figure.median, figure.lowest, figure.highest)]
    return [figure.name, *told, str(len(figure.runs)), *spread, figure.unit]


def _told(result: Result) -> list[str]:
    machine = result.machine
    libraries = ", ".join(f"{name} {found}" for name, found in machine.libraries.items() if name != "spoedplein")
    cores = f"{machine.used_cores} of {machine.cores} cores ({machine.processor})"
    measured_on = (
        f"Measured at commit {result.commit}, {result.began_at}, in {result.seconds:,.0f} s, on {cores}, "
        f"{machine.memory_gib} GiB, {machine.system}, Python {machine.python}, {machine.java}, {libraries}."
    )
    lines = [
        *result.notes,
        measured_on,
        f"Others on the machine used {result.others_cores:.2f} cores meanwhile.",
        *(f"{'right' if each.passed else 'WRONG'}: {each.name}: {each.told}" for each in result.checks),
    ]
    return [*lines, "A check of the harness: no figure here says anything about speed."] if result.quick else lines
