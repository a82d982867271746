"""Files that commands read and write: what is wrong with one is said before any work is done."""

from pathlib import Path
from typing import Any, Final

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
NEW: Final = _New(dir_okay=False, writable=True, path_type=Path)
