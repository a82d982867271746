"""Files that commands read and write: what is wrong with one is said before any work is done."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

import click


class _Text(click.Path):
    """A file that is there, in UTF-8."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401  click's
        file = Path(str(super().convert(value, param, ctx)))
        try:
            file.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            self.fail(f"{file} is not UTF-8 text, from byte {error.start} on: save it as UTF-8.", param, ctx)
        return file


class _New(click.Path):
    """A file to be written, in a directory that is there."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401  click's
        file = Path(str(super().convert(value, param, ctx)))
        if not (place := file.absolute().parent).is_dir():
            self.fail(f"{place} is no directory: make it first, or name another.", param, ctx)
        return file


TEXT: Final = _Text(exists=True, dir_okay=False, path_type=Path)


@contextmanager
def written(file: Path) -> Iterator[BinaryIO]:
    """What a file is to hold; it is as it was until all of that is there. "-" is standard output."""
    if str(file) == "-":
        yield click.get_binary_stream("stdout")
    elif file.exists() and not file.is_file():  # Nothing takes the place of a pipe or a device.
        with file.open("wb") as out:
            yield out
    else:
        meant = file.resolve()
        beside = meant.with_name(f"{meant.name}.new")
        try:
            with beside.open("wb") as out:
                yield out
            beside.replace(meant)
        finally:
            beside.unlink(missing_ok=True)


NEW: Final = _New(dir_okay=False, writable=True, path_type=Path)
#: As `NEW`, or "-" for standard output.
OUT: Final = _New(dir_okay=False, writable=True, path_type=Path, allow_dash=True)
