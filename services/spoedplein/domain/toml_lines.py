"""On which line of a TOML file each key and each item stands, which the standard library's reader does not say.

For text that `tomllib` has read without complaint: this only finds places, it checks nothing and converts nothing.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

Path = tuple[str | int, ...]

_SPACE: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY: Final = re.compile(r'[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|\'[^\']*\'')
_DOT: Final = re.compile(r"[ \t]*\.[ \t]*")
_TEXT: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")|\'\'\'.*?\'{3,5}(?!\')|"(?:\\.|[^"\\])*"|\'[^\']*\'', re.DOTALL
)
_PLAIN: Final = re.compile(r"[^\s,\]}#][^,\]}#\r\n]*")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_ESCAPED: Final = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


def lines_of(text: str) -> dict[Path, int]:
    """Line, counted from 1, of every table, key, and item of a list, by its path from the top."""
    lines: dict[Path, int] = {}
    for path, line in _Scan(text).entries():
        lines.setdefault(path, line)
    return lines


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """The line of this path, or of the nearest table around it that is written; 1 for the file itself."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Scan:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._counts: dict[Path, int] = {}
        self._breaks_seen = 0
        self._counted_to = 0

    def entries(self) -> Iterator[tuple[Path, int]]:
        table: Path = ()
        while self._skip():
            line = self._line()
            if self._text[self._at] == "[":
                table = self._header()
                yield from ((table[:length], line) for length in range(1, len(table) + 1) if table[:length])
            else:
                yield from self._pair(table)

    def _header(self) -> Path:
        """`[a.b]` or `[[a.b]]`; a name that is a list of tables means its newest one."""
        many = self._text.startswith("[[", self._at)
        self._at += 2 if many else 1
        self._skip()
        keys = self._keys()
        self._skip()
        self._at += 2 if many else 1
        path: Path = ()
        for key in keys[:-1]:
            path = self._newest((*path, key))
        path = (*path, keys[-1])
        if many:
            self._counts[path] = self._counts.get(path, 0) + 1
        return self._newest(path)

    def _newest(self, path: Path) -> Path:
        return (*path, self._counts[path] - 1) if path in self._counts else path

    def _pair(self, table: Path) -> Iterator[tuple[Path, int]]:
        line = self._line()
        path = (*table, *self._keys())
        for length in range(len(table) + 1, len(path) + 1):
            yield path[:length], line
        self._skip()
        self._at += 1  # the equals sign
        yield from self._value(path)

    def _keys(self) -> list[str]:
        keys = [self._key()]
        while dot := _DOT.match(self._text, self._at):
            self._at = dot.end()
            keys.append(self._key())
        return keys

    def _key(self) -> str:
        word = self._take(_KEY)
        if word.startswith('"'):
            return _ESCAPE.sub(_unescaped, word[1:-1])
        return word.strip("'")

    def _value(self, path: Path) -> Iterator[tuple[Path, int]]:
        self._skip()
        start = self._text[self._at]
        if start == "[":
            yield from self._list(path)
        elif start == "{":
            yield from self._inline_table(path)
        else:
            self._take(_TEXT if start in "\"'" else _PLAIN)

    def _list(self, path: Path) -> Iterator[tuple[Path, int]]:
        self._at += 1
        index = 0
        while self._skip() and self._text[self._at] != "]":
            item = (*path, index)
            yield item, self._line()
            yield from self._value(item)
            index += 1
            self._comma()
        self._at += 1

    def _inline_table(self, path: Path) -> Iterator[tuple[Path, int]]:
        self._at += 1
        while self._skip() and self._text[self._at] != "}":
            yield from self._pair(path)
            self._comma()
        self._at += 1

    def _comma(self) -> None:
        if self._skip() and self._text[self._at] == ",":
            self._at += 1

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        assert found, f"tomllib read this text, and at {self._at} it is not what stands there"
        self._at = found.end()
        return found.group()

    def _skip(self) -> bool:
        """To the next thing that means something; is there one?"""
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._at < len(self._text)

    def _line(self) -> int:
        """Counted on from the last asked place, so that a long file costs its length once."""
        self._breaks_seen += self._text.count("\n", self._counted_to, self._at)
        self._counted_to = self._at
        return self._breaks_seen + 1


def _unescaped(found: re.Match[str]) -> str:
    short, long, letter = found.groups()
    return chr(int(short or long, 16)) if short or long else _ESCAPED.get(letter, letter)
