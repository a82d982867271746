"""Small counts are not published: one person in a table of a town is somebody whom people know (domain: AVG).

A count from 1 up to but not including `k` is withheld. Who knows the total of a line could find a single withheld count
by taking the others off; so no line may miss exactly one, and a second goes with it: the smallest that is left, parts
before totals. This guards against subtraction within a table; not against somebody who knows the persons counted.
"""

from collections.abc import Iterator, Sequence
from typing import Final

K_DEFAULT: Final = 5
#: What stands for a withheld count, where it is not simply below `k`.
Count = int | None


def shown(count: int, *, k: int) -> Count:
    """The count, or None when it is withheld."""
    return None if 0 < count < k else count


def shown_table(counts: Sequence[Sequence[int]], *, k: int) -> list[list[Count]]:
    """Rows of counts whose last column and last row are totals of the others, with what may be shown of them."""
    cells: list[list[Count]] = [[shown(count, k=k) for count in row] for row in counts]
    while (also := _one_more(counts, cells)) is not None:
        row, column = also
        cells[row][column] = None
    return cells


def _one_more(counts: Sequence[Sequence[int]], cells: list[list[Count]]) -> tuple[int, int] | None:
    """The next cell to withhold: out of a line that misses exactly one."""
    for line in _lines(counts):
        missing = [place for place in line if cells[place[0]][place[1]] is None]
        if len(missing) == 1:
            left = [place for place in line if place != missing[0]]
            return min(left, key=lambda place: _cost(counts, line, place), default=None)
    return None


def _cost(
    counts: Sequence[Sequence[int]], line: list[tuple[int, int]], place: tuple[int, int]
) -> tuple[bool, bool, int]:
    """Something before nothing, a part before the total, small before large."""
    count = counts[place[0]][place[1]]
    return count == 0, place == line[-1], count


def _lines(counts: Sequence[Sequence[int]]) -> Iterator[list[tuple[int, int]]]:
    """Every row and every column that has parts beside its total."""
    height, width = len(counts), len(counts[0]) if counts else 0
    if width > 1:
        yield from ([(row, column) for column in range(width)] for row in range(height))
    if height > 1:
        yield from ([(row, column) for row in range(height)] for column in range(width))
