"""The plots of a scenario as PNG files: bars with every run as a dot, lines along a size, courses over time."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl

from loadtests.results import Course, Figure, Result
from loadtests.scenario import Chart, Scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Differ in grey as well; our own path comes first.
COLOURS: Final = ("#0b6fa4", "#d1670b", "#5b8c5a", "#8e5572", "#9aa5b1", "#1f2933")
_STYLE: Final[dict[Any, Any]] = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def draw(scenario: Scenario, result: Result, folder: Path) -> list[Path]:
    files = []
    for chart in scenario.charts:
        figures = [each for each in result.figures if each.name == chart.figure and chart.apart in each.of]
        if figures:
            files.append(_draw_chart(chart, figures, folder / f"{scenario.name}-{_slug(chart.title)}.png"))
    for name in dict.fromkeys(course.name for course in result.courses):
        courses = [course for course in result.courses if course.name == name]
        files.append(_draw_courses(courses, folder / f"{scenario.name}-{_slug(name)}.png"))
    return files


def _draw_chart(chart: Chart, figures: list[Figure], file: Path) -> Path:
    with _axes(chart.title, file) as axes:
        if chart.along is None:
            _bars(axes, chart, figures)
        else:
            _lines(axes, chart, chart.along, figures)
        if "x" in chart.log:
            axes.set_xscale("log")
        if "y" in chart.log:
            axes.set_yscale("log")
    return file


def _bars(axes: "Axes", chart: Chart, figures: list[Figure]) -> None:
    """Lying, so that names can be long; the first figure on top."""
    for place, figure in enumerate(figures):
        axes.barh(place, figure.median, height=0.6, color=COLOURS[place % len(COLOURS)], alpha=0.85)
        axes.plot(figure.runs, [place] * len(figure.runs), "o", color="#1f2933", markersize=3)
    axes.set_yticks(range(len(figures)), [_name(figure, chart.apart) for figure in figures])
    axes.invert_yaxis()
    axes.set_xlabel(f"{figures[0].unit} (bar: median; dots: runs)")


def _lines(axes: "Axes", chart: Chart, along: str, figures: list[Figure]) -> None:
    found = [each for each in figures if each.sized(along)]
    for number, name in enumerate(dict.fromkeys(figure.of[chart.apart] for figure in found)):
        points = sorted((f for f in found if f.of[chart.apart] == name), key=lambda figure: float(figure.of[along]))
        places = [float(figure.of[along]) for figure in points]
        colour = COLOURS[number % len(COLOURS)]
        axes.plot(places, [figure.median for figure in points], "-o", color=colour, markersize=4, label=str(name))
        axes.fill_between(
            places, [each.lowest for each in points], [each.highest for each in points], color=colour, alpha=0.15
        )
    axes.set_xlabel(along)
    axes.set_ylabel(f"{found[0].unit} (median; band: lowest to highest)" if found else "")
    axes.legend(frameon=False)


def _draw_courses(courses: Iterable[Course], file: Path) -> Path:
    courses = list(courses)
    with _axes(courses[0].name, file) as axes:
        for number, course in enumerate(courses):
            label = ", ".join(str(each) for each in course.of.values())
            axes.plot(course.seconds, course.values, color=COLOURS[number % len(COLOURS)], label=label, linewidth=1)
        axes.set_xlabel("seconds")
        axes.set_ylabel(courses[0].unit)
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False)
    return file


class _axes:  # noqa: N801  used as a context manager, like a function
    """One pair of axes that is saved on leaving."""

    def __init__(self, title: str, file: Path) -> None:
        mpl.use("agg")
        import matplotlib.pyplot as plt  # noqa: PLC0415  only after the choice of how to draw

        self._plt = plt
        self._file = file
        with plt.rc_context(_STYLE):
            self._figure, self._axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
        self._axes.set_title(title, loc="left")
        self._axes.spines[["top", "right"]].set_visible(False)

    def __enter__(self) -> "Axes":
        return self._axes

    def __exit__(self, *_: object) -> None:
        self._figure.savefig(self._file, dpi=110)
        self._plt.close(self._figure)


def _name(figure: Figure, apart: str) -> str:
    rest = [f"{name} {held:,.10g}" if isinstance(held, float | int) else str(held) for name, held in figure.of.items()]
    return ", ".join(rest) or str(figure.of[apart])


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60]
