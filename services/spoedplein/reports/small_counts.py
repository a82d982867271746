"""Small counts are not published: one person in a table of a town is somebody whom people know (domain: AVG).

A count from 1 up to but not including `k` is withheld. Who knows the total of a line could find a single withheld count
by taking the others off; so no line may miss exactly one, and a second goes with it: the smallest that is left, parts
before totals. Nor may a small count be the only one that fits all that is shown, also to who knows which of the
withheld were small: 22, less 20, in two cells of which neither is empty is one and one. This guards against subtraction
within a table; not against somebody who knows the persons counted.

What is withheld of a table is a network. Every cell runs between its row and its column, totals against the direction
of their parts, and lines add up when at each line as much comes in as goes out. So the withheld counts can be others
than they are only around circles of withheld cells: one more here, one less there, and nobody sees a difference.
"""

from collections.abc import Iterator, Sequence
from math import inf
from typing import Final

K_DEFAULT: Final = 5
#: What stands for a withheld count, where it is not simply below `k`.
Count = int | None
#: Row and column.
_Place = tuple[int, int]
#: A row or a column; or, for all lines that have nothing to add up to, none.
_Line = tuple[str, int] | None


def shown(count: int, *, k: int) -> Count:
    """The count, or None when it is withheld."""
    return None if 0 < count < k else count


def shown_table(counts: Sequence[Sequence[int]], *, k: int, without: Sequence[_Place] = ()) -> list[list[Count]]:
    """Rows of counts whose last column and last row are totals of the others, with what may be shown of them.

    `without`: places that are withheld for a reason outside this table.
    """
    cells: list[list[Count]] = [[shown(count, k=k) for count in row] for row in counts]
    for row, column in without:
        cells[row][column] = None
    loose: set[_Place] = set()
    while (also := _one_more(counts, cells) or _around_what_is_fixed(counts, cells, k, loose)) is not None:
        row, column = also
        cells[row][column] = None
    return cells


def _one_more(counts: Sequence[Sequence[int]], cells: list[list[Count]]) -> _Place | None:
    """The next cell to withhold: out of a line that misses exactly one."""
    for line in _lines(counts):
        missing = [place for place in line if cells[place[0]][place[1]] is None]
        if len(missing) == 1:
            left = [place for place in line if place != missing[0]]
            return min(left, key=lambda place: _cost(counts, line, place), default=None)
    return None


def _around_what_is_fixed(
    counts: Sequence[Sequence[int]], cells: list[list[Count]], k: int, loose: set[_Place]
) -> _Place | None:
    """The next cell to withhold: beside a small count that is told by all the rest; anywhere when nothing is beside it.

    `loose` are small counts that may be others. What is withheld later leaves them so.
    """
    ways = _ways(counts, cells, k)
    for row, column in _places(counts):
        place = row, column
        if not 0 < counts[row][column] < k or place in loose:
            continue
        if _turns(ways, _moves(counts, place, k), place):
            loose.add(place)
            continue
        lines = [line for line in _lines(counts) if place in line]
        left = [(_cost(counts, line, each), each) for line in lines for each in line if _is_left(cells, each)]
        anywhere = ((_cost(counts, line, each), each) for line in _lines(counts) for each in line)
        return min(left or (pair for pair in anywhere if _is_left(cells, pair[1])), default=(None, None))[1]
    return None


def _ways(counts: Sequence[Sequence[int]], cells: list[list[Count]], k: int) -> dict[_Line, list[tuple[_Line, _Place]]]:
    """From each line to others, and over which withheld cell."""
    ways: dict[_Line, list[tuple[_Line, _Place]]] = {}
    for place in _places(counts):
        if not _is_left(cells, place):
            for start, end in _moves(counts, place, k):
                ways.setdefault(start, []).append((end, place))
    return ways


def _moves(counts: Sequence[Sequence[int]], place: _Place, k: int) -> list[tuple[_Line, _Line]]:
    """One more in this cell, and one less, where either can be, as ways from line to line.

    Of parts that are small, a reader knows that they are. (With a `k` of 2 that would tell them.) Of all else that is
    withheld, only that it is not below nothing.
    """
    row, column = place
    height, width = len(counts), len(counts[0])
    below, beside = row == height - 1 > 0, column == width - 1 > 0
    start: _Line = ("row", row) if width > 1 else None
    end: _Line = ("column", column) if height > 1 else None
    if below != beside:
        start, end = end, start
    count, small_part = counts[row][column], 0 < counts[row][column] < k and not below and not beside
    least, most = (1, max(k - 1, 2)) if small_part else (0, inf)
    return [*([(start, end)] if count < most else []), *([(end, start)] if count > least else [])]


def _turns(ways: dict[_Line, list[tuple[_Line, _Place]]], moves: list[tuple[_Line, _Line]], place: _Place) -> bool:
    """Whether one of these moves comes back to where it began, over other cells than its own."""
    for start, end in moves:
        seen, heads = {end}, [end]
        while heads:
            for line, over in ways.get(heads.pop(), ()):
                if over != place and line not in seen:
                    seen.add(line)
                    heads.append(line)
        if start in seen:
            return True
    return False


def _cost(counts: Sequence[Sequence[int]], line: list[_Place], place: _Place) -> tuple[bool, bool, int]:
    """Something before nothing, a part before the total, small before large."""
    count = counts[place[0]][place[1]]
    return count == 0, place == line[-1], count


def _is_left(cells: list[list[Count]], place: _Place) -> bool:
    return cells[place[0]][place[1]] is not None


def _places(counts: Sequence[Sequence[int]]) -> Iterator[_Place]:
    return ((row, column) for row, line in enumerate(counts) for column in range(len(line)))


def _lines(counts: Sequence[Sequence[int]]) -> Iterator[list[_Place]]:
    """Every row and every column that has parts beside its total."""
    height, width = len(counts), len(counts[0]) if counts else 0
    if width > 1:
        yield from ([(row, column) for column in range(width)] for row in range(height))
    if height > 1:
        yield from ([(row, column) for row in range(height)] for column in range(width))
