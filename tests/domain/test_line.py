"""A class of a queue, few or very many: the order and the positions are those of a sorted list."""

import pytest

from spoedplein.domain import line
from spoedplein.domain.line import Class

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
