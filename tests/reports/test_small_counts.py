"""Which counts are published: small ones are not, and neither is what would betray them."""

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoedplein.reports.small_counts import shown, shown_table


@pytest.mark.parametrize(
    ("count", "told", "why"),
    [
        pytest.param(0, 0, "nobody is nobody", id="none"),
        pytest.param(1, None, "one is somebody", id="one"),
        pytest.param(4, None, "fewer than five", id="four"),
        pytest.param(5, 5, "five is enough", id="five"),
    ],
)
def test_a_count(count: int, told: int | None, why: str) -> None:
    assert shown(count, k=5) == told, why


@pytest.mark.parametrize(
    ("counts", "told", "why"),
    [
        pytest.param([[10, 20, 30]], [[10, 20, 30]], "nothing is small", id="large"),
        pytest.param([[2, 20, 22]], [[None, None, 22]], "22 - 20 would tell the 2", id="one-small"),
        pytest.param([[2, 3, 20, 25]], [[None, None, 20, 25]], "5 in two cells tells neither", id="two-small"),
        pytest.param([[2, 0, 20, 22]], [[None, 0, None, 22]], "something goes before nothing", id="not-the-zero"),
        pytest.param([[2, 0, 2]], [[None, 0, None]], "the total is as small", id="total-too"),
        pytest.param([[7, 0, 7]], [[7, 0, 7]], "zero may be told", id="zero"),
        pytest.param(
            [[2, 9, 11], [8, 9, 17], [10, 18, 28]],
            [[None, None, 11], [None, None, 17], [10, 18, 28]],
            "neither along the row nor along the column",
            id="both-ways",
        ),
        pytest.param(
            [[20, 1, 1, 0, 0, 22]], [[None, None, None, 0, 0, 22]], "two of two are one and one", id="at-least-one"
        ),
        pytest.param([[4, 4, 8]], [[None, None, None]], "eight of two below five are four and four", id="at-most"),
        pytest.param([[7], [2], [9]], [[None], [None], [9]], "one column", id="column"),
        pytest.param([], [], "nothing to tell", id="empty"),
    ],
)
def test_a_table_whose_last_row_and_column_are_totals(
    counts: list[list[int]], told: list[list[int | None]], why: str
) -> None:
    assert shown_table(counts, k=5) == told, why


@given(
    st.integers(1, 5).flatmap(
        lambda width: st.lists(st.lists(st.integers(0, 12), min_size=width, max_size=width), min_size=1, max_size=6)
    ),
    st.integers(2, 8),
)
def test_no_line_betrays_a_small_count(parts: list[list[int]], k: int) -> None:
    rows = [[*row, sum(row)] for row in parts]
    counts = [*rows, [sum(column) for column in zip(*rows, strict=True)]]
    cells = shown_table(counts, k=k)

    for line in [*cells, *map(list, zip(*cells, strict=True))]:
        assert line.count(None) != 1
    for row, told in zip(counts, cells, strict=True):
        assert all(cell in (count, None) for count, cell in zip(row, told, strict=True))
        assert all(cell is None for count, cell in zip(row, told, strict=True) if 0 < count < k)


#: Two blocks of withheld counts that meet in one cell, the third of the second row.
MEETING = [
    [2, 2, 10, 10, 24],
    [2, 2, 2, 10, 16],
    [10, 10, 2, 2, 24],
    [10, 10, 2, 2, 24],
    [24, 24, 16, 24, 88],
]


def test_where_two_withheld_blocks_meet_one_more_is_withheld_across() -> None:
    cells = shown_table(MEETING, k=5)
    assert _told_all_the_same(MEETING, cells, k=5) == []
    lost = [
        count
        for row, told in zip(MEETING, cells, strict=True)
        for count, cell in zip(row, told, strict=True)
        if cell is None
    ]
    assert sorted(lost) == [2] * 9 + [10]


@given(
    st.sampled_from([(1, 4), (2, 2), (2, 3), (3, 2)]).flatmap(
        lambda size: st.lists(
            st.lists(st.one_of(st.integers(0, 2), st.integers(0, 7)), min_size=size[1], max_size=size[1]),
            min_size=size[0],
            max_size=size[0],
        )
    ),
    st.integers(3, 5),
)
def test_every_small_count_might_be_another(parts: list[list[int]], k: int) -> None:
    counts = _with_totals(parts)
    assert _told_all_the_same(counts, shown_table(counts, k=k), k=k) == []


def _with_totals(parts: Sequence[Sequence[int]]) -> list[list[int]]:
    rows = [[*row, sum(row)] for row in parts]
    return [*rows, [sum(column) for column in zip(*rows, strict=True)]]


def _told_all_the_same(
    counts: Sequence[Sequence[int]], cells: Sequence[Sequence[int | None]], *, k: int
) -> list[tuple[int, int]]:
    """Small counts that are the same in every table that looks like this one.

    Tables of which no part is more than one off are enough: what can be far off can be a little off. Whoever looks may
    know which of the withheld parts were small.
    """
    places = [(row, column) for row, line in enumerate(counts) for column in range(len(line))]
    parts = [place for place in places if place[0] < len(counts) - 1 and place[1] < len(counts[0]) - 1]
    hidden = [(row, column) for row, column in parts if cells[row][column] is None]
    seen: dict[tuple[int, int], set[int]] = {}
    for values in product(*(_near(counts[row][column], k) for row, column in hidden)):
        other = [list(row[:-1]) for row in counts[:-1]]
        for (row, column), value in zip(hidden, values, strict=True):
            other[row][column] = value
        whole = _with_totals(other)
        if all(cells[row][column] in (None, whole[row][column]) for row, column in places):
            for row, column in places:
                seen.setdefault((row, column), set()).add(whole[row][column])
    return [(row, column) for row, column in places if 0 < counts[row][column] < k and len(seen[row, column]) == 1]


def _near(count: int, k: int) -> list[int]:
    least, most = (1, k - 1) if 0 < count < k else (0, count + 1)
    return [value for value in (count - 1, count, count + 1) if least <= value <= most]
