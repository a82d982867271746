"""Which counts are published: small ones are not, and neither is what would betray them."""

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
