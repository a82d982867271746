"""Parts of a region's agreements that do not fit each other: where, what, and how to mend it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Misfit(NamedTuple):
    """A place in the agreements (as keys and counts from 0) that does not fit the rest; `name` is not in `known`."""

    path: tuple[str | int, ...]
    message: str
    name: str | None = None
    known: tuple[str, ...] = ()


class MisfitsError(ValueError):
    """Parts of the agreements that do not fit each other, all of them."""

    def __init__(self, misfits: tuple[Misfit, ...]) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, each.path))}: {each.message}" for each in misfits))
        self.misfits = misfits


def doubles(table: str | tuple[str | int, ...], key: str, names: Sequence[str | tuple[str, ...]]) -> Iterator[Misfit]:
    """A second item of the same name, at the key that names it."""
    path = (table,) if isinstance(table, str) else table
    first: dict[str | tuple[str, ...], int] = {}
    for index, name in enumerate(names):
        if first.setdefault(name, index) != index:
            shown = name if isinstance(name, str) else " ".join(name)
            yield Misfit((*path, index, key), f'"{shown}" is listed twice; take one out, or rename it')


def unknown(path: tuple[str | int, ...], name: str | None, known: Sequence[str], *, where: str) -> Iterator[Misfit]:
    """A reference to something that is not there."""
    if name is not None and name not in known:
        yield Misfit(path, f'"{name}" is not in {where}; add it there, or write one that is', name, tuple(known))
