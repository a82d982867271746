"""A class of a queue, few or very many: the order and the positions are those of a sorted list."""

import pytest

from spoedplein.domain import line
from spoedplein.domain.line import RANKS, Class, Line, Standing

FEW = 1000


@pytest.fixture(autouse=True)
def _sooner_very_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "FEW", FEW)


@pytest.mark.parametrize("size", [1, 40, FEW, FEW + 1, 3 * FEW])
def test_a_class_is_in_order_whatever_its_size(size: int) -> None:
    entries = [(number * 7919 % size // 2, f"key-{number}") for number in range(size)]
    waiting = Class()
    for entry in entries:
        waiting.add(entry)

    assert list(waiting) == sorted(entries)
    assert waiting.first() == min(entries)
    assert [waiting.index(entry) for entry in sorted(entries)[:: FEW // 10]] == list(range(0, size, FEW // 10))


def test_a_class_that_was_long_empties_in_order() -> None:
    entries = [(number // 3, f"key-{number:05}") for number in range(2 * FEW)]
    waiting = Class()
    for entry in entries:
        waiting.add(entry)
    entries = entries[::3] + entries[1::3] + entries[2::3]
    while entries:
        waiting.remove(entries.pop())
        assert waiting.first() == min(entries, default=None)
        assert len(waiting) == len(entries)
    assert (list(waiting), waiting.before(FEW)) == ([], 0)


@pytest.mark.parametrize("size", [0, 1, FEW, FEW + 1])
def test_a_class_made_at_once_is_as_one_by_one(size: int) -> None:
    entries = [(number * 7919 % 500, f"key-{number}") for number in range(size)]
    one_by_one = Class()
    for entry in entries:
        one_by_one.add(entry)

    at_once = Class.of(entries)

    assert (list(at_once), len(at_once)) == (list(one_by_one), size)
    for waiting in (at_once, one_by_one):
        waiting.add((250, "key"))
    assert at_once.index((250, "key")) == one_by_one.index((250, "key"))


def test_a_line_made_at_once_is_as_one_by_one() -> None:
    standings = [_standing(number) for number in range(60)]
    one_by_one = Line()
    for standing in standings:
        one_by_one.add(standing)

    at_once = Line.of(standings)

    assert _told(at_once) == _told(one_by_one)
    for line_ in (at_once, one_by_one):
        for standing in standings[::3]:
            line_.remove(standing)
    assert _told(at_once) == _told(one_by_one)


def _standing(number: int) -> Standing:
    """All ranks, and none; with a norm that can be met, that is breached, and without one."""
    rank = (None, *RANKS)[number % 7]
    due = None if number % 4 else 1000 - number
    return Standing(rank, (number * 7919 % 13, f"key-{number}"), due, number % 4 == 1, ("U2", None)[number % 2])


def _told(line_: Line) -> list[object]:
    by_rank = [(line_.head(rank), line_.next_due(rank), line_.code(rank), line_.breaches[rank]) for rank in RANKS]
    return [list(line_.immediate), [list(each) for each in line_.classes], by_rank, line_.waiting, line_.late]
