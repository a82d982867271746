"""A comparison as a picture: matplotlib, which is an extra, with colours that also differ in grey."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from spoedplein.whatif.assumptions import WhatifError
from spoedplein.whatif.comparison import Comparison
from spoedplein.whatif.outcome import Outcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS: Final = (".png", ".svg")
BEFORE, AFTER = "#9aa5b1", "#0b6fa4"
_GREY: Final = "#52606d"
ROWS_MAX: Final = 14
#: Fewer are not drawn thicker.
ROWS_MIN: Final = 6
_POINTS: Final = re.compile(r'width="[\d.]+pt" height="[\d.]+pt"')


def check(file: Path) -> None:
    """Raises `WhatifError`, before any work is done, when this could not be drawn."""
    if file.suffix.lower() not in KINDS:
        msg = f"{file}: a plot ends in {' or '.join(KINDS)}"
        raise WhatifError(msg)
    try:
        import matplotlib as mpl  # noqa: PLC0415  an extra: only who draws needs it
    except ImportError as error:
        msg = "--plot needs matplotlib, which is in the extra `plots`: pip install 'spoedplein[plots]'"
        raise WhatifError(msg) from error
    mpl.use("agg")


def draw(found: Comparison, file: Path) -> None:
    """Places on the left, queues on the right. The same input, the same picture."""
    import matplotlib.pyplot as plt  # noqa: PLC0415
    from matplotlib.patches import Patch  # noqa: PLC0415

    with plt.rc_context({"svg.hashsalt": "spoedplein", "font.size": 9, "axes.titlesize": 10}):
        figure, axes = plt.subplots(3, 2, figsize=(14, 14), layout="constrained")
        figure.suptitle(_title(found), fontsize=11)
        _bars(axes[0][0], found, "Requests without a promised place", _without)
        _bars(axes[1][0], found, "Minutes from request to promise: median, line to p90", _promise, absent="nobody")
        _bars(axes[2][0], found, "Share of places taken, %, of units that differ", _taken(found), absent="no figure")
        _bars(axes[0][1], found, "Minutes until called, per queue: median, line to p90", _waits, absent="nobody")
        _bars(axes[1][1], found, "Times overtaken by who came later, per queue", _overtaken)
        _bars(axes[2][1], found, "Norms breached, per queue", _breaches)
        sides = [Patch(color=colour, label=name) for name, colour in (("A", BEFORE), ("B", AFTER))]
        figure.legend(handles=sides, loc="outside upper right", ncols=2, frameon=False)
        figure.savefig(file, dpi=130, metadata={"Date": None} if file.suffix.lower() == ".svg" else {})
        plt.close(figure)
    if file.suffix.lower() == ".svg":
        _fits(file)


def _fits(file: Path) -> None:
    """As wide as what shows it, also on a phone, instead of so many points."""
    drawn = file.read_text(encoding="utf-8")
    file.write_text(_POINTS.sub('width="100%"', drawn, count=1), encoding="utf-8")


_Values = dict[str, tuple[float, float | None]]


def _title(found: Comparison) -> str:
    assumed = found.after.counts.get("answers assumed", 0)
    offers = found.after.counts.get("offers", 0)
    rests = f"{assumed} of {offers} answers in B are assumed ({found.assumptions.answer.value})"
    return f"What if, in {found.region}\nA  {found.before.name}\nB  {found.after.name}\n{rests}"


def _without(side: Outcome) -> _Values:
    left = {name: each.requests - each.promised for name, each in side.care_types.items()}
    return {name: (count, None) for name, count in left.items() if count}


def _promise(side: Outcome) -> _Values:
    spreads = {name: each.to_promise for name, each in side.care_types.items()}
    return {
        name: (each.median / 60, None if each.p90 is None else each.p90 / 60)
        for name, each in spreads.items()
        if each.median is not None
    }


def _waits(side: Outcome) -> _Values:
    spreads = {name: each.waits for name, each in side.queues.items()}
    return {
        name: (each.median / 60, None if each.p90 is None else each.p90 / 60)
        for name, each in spreads.items()
        if each.median is not None
    }


def _overtaken(side: Outcome) -> _Values:
    return {name: (each.overtaken, None) for name, each in side.queues.items() if each.overtaken}


def _breaches(side: Outcome) -> _Values:
    return {name: (each.breaches, None) for name, each in side.queues.items() if each.breaches}


def _taken(found: Comparison) -> Callable[[Outcome], _Values]:
    differ = {name for name, unit in found.before.units.items() if unit != found.after.units.get(name)}
    return lambda side: {
        name: (unit.taken_permille / 10, None)
        for name, unit in side.units.items()
        if name in differ and unit.known_hours and unit.taken_permille is not None
    }


def _bars(
    axes: "Axes", found: Comparison, title: str, of: Callable[[Outcome], _Values], *, absent: str | None = None
) -> None:
    """A pair of bars per name, the greatest difference first; a line to the second figure where there is one.

    Where a side has no figure it is zero; or, of what cannot be zero, `absent` is written, and the name comes last.
    """
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    one, other = of(found.before), of(found.after)
    halves = {*one} ^ {*other} if absent else set()
    differences = {name: abs(_value(other, name) - _value(one, name)) for name in {*one, *other}}
    names = sorted(differences, key=lambda name: (name in halves, -differences[name], name))
    left_out, names = len(names) - ROWS_MAX, names[:ROWS_MAX]
    axes.set_title(title, loc="left")
    if left_out > 0:
        told = f"and {left_out} more, which differ less" + (" or are on one side only" if halves else "")
        axes.text(0.99, 0.02, told, ha="right", va="bottom", color=_GREY, transform=axes.transAxes)
    if not names:
        axes.text(0.5, 0.5, "no difference, or nothing to show", ha="center", va="center", color=_GREY)
        axes.set_axis_off()
        return
    for values, colour, shift in ((one, BEFORE, -0.2), (other, AFTER, 0.2)):
        places = [at + shift for at in range(len(names))]
        axes.barh(places, [_value(values, name) for name in names], height=0.38, color=colour)
        _whiskers(axes, places, names, values)
        for place, name in zip(places, names, strict=True):
            if name in halves and name not in values:
                axes.text(0, place, f" {absent}", va="center", color=_GREY)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(max(len(names), ROWS_MIN) - 0.5, -0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)


def _whiskers(axes: Any, places: list[float], names: list[str], values: _Values) -> None:  # noqa: ANN401
    for place, name in zip(places, names, strict=True):
        value, reach = values.get(name, (0.0, None))
        if reach is not None:
            axes.plot([value, reach], [place, place], color="#1f2933", linewidth=1)


def _value(values: _Values, name: str) -> float:
    return values.get(name, (0.0, None))[0]
