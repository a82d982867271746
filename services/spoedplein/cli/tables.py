"""Figures in columns, for a terminal or a file; the same text wherever it goes."""

from collections.abc import Iterable, Sequence

Cell = str | int | float | None


def table(head: Sequence[str], rows: Iterable[Sequence[Cell]], *, indent: int = 2) -> list[str]:
    """Lines of a table: the first column to the left, the others to the right; no rows, no lines."""
    shown = [[_shown(cell) for cell in row] for row in rows]
    if not shown:
        return []
    widths = [max(map(len, column)) for column in zip(head, *shown, strict=True)]
    margin = " " * indent
    return [(margin + "  ".join(_aligned(row, widths))).rstrip() for row in [list(head), *shown]]


def duration(seconds: int | None) -> str:
    """`0:47`, `12:05`: hours and minutes, as on a clock."""
    if seconds is None:
        return "-"
    minutes = (seconds + 30) // 60
    return f"{minutes // 60}:{minutes % 60:02}"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        cell.ljust(width) if at == 0 else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]


def _shown(cell: Cell) -> str:
    return "-" if cell is None else str(cell)
