"""Reading our own pages: sections, tables, code blocks, links. As much Markdown as we write, and no more."""

import re
import shlex
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final, NamedTuple

from spoedplein.stack.places import checkout_root

ROOT: Final = checkout_root()

_FENCE: Final = re.compile(r"^```(?P<language>\w*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)
_LINK: Final = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_RULE: Final = re.compile(r"^\|[-|]+\|$")

Row = Mapping[str, str]


class Block(NamedTuple):
    language: str
    code: str


class Page:
    """One page, by its path from the root of the tree."""

    def __init__(self, name: str) -> None:
        self.path = ROOT / name
        self.text = self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """Without its code blocks."""
        return _FENCE.sub("", self.text)

    @property
    def blocks(self) -> list[Block]:
        return [Block(found["language"], found["code"]) for found in _FENCE.finditer(self.text)]

    def block(self, language: str, title: str) -> str:
        """The first code in that language below that heading."""
        start = next(found.end() for found in _HEADING.finditer(self.text) if found["title"] == title)
        return next(found["code"] for found in _FENCE.finditer(self.text, start) if found["language"] == language)

    @property
    def titles(self) -> list[str]:
        return [found["title"] for found in _HEADING.finditer(self.prose)]

    @property
    def anchors(self) -> set[str]:
        return {anchor(title) for title in self.titles}

    @property
    def links(self) -> list[str]:
        return [found["target"] for found in _LINK.finditer(self.prose)]

    def section(self, title: str) -> str:
        """What stands below that heading, up to the next one."""
        parts = _HEADING.split(self.prose)
        return dict(zip(parts[1::2], parts[2::2], strict=True))[title]

    def table(self, title: str) -> list[Row]:
        """The table of a section, each row by its column heads."""
        lines = [line for line in self.section(title).splitlines() if line.startswith("|")]
        head, rule, *rows = lines
        assert _RULE.match(rule), f"{title}: the second line of a table rules it off"
        return [dict(zip(_cells(head), _cells(row), strict=True)) for row in rows]


def anchor(title: str) -> str:
    """As forges make it of a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def bare(cell: str) -> str:
    """A cell that is one name, without its backticks."""
    assert re.fullmatch(r"`[^`]+`", cell), f"{cell}: a name stands between backticks"
    return cell[1:-1]


def names(cell: str) -> set[str]:
    """The names between backticks in a cell."""
    return set(re.findall(r"`([^`]+)`", cell))


def words(cell: str) -> set[str]:
    return {word.strip() for word in cell.split(",")}


def one_line(text: str) -> str:
    return " ".join(text.split())


def commands(code: str) -> Iterator[list[str]]:
    """The commands of a shell block, each as its words; one goes on while a quote is open."""
    pending = ""
    for line in code.splitlines():
        pending += f"{line}\n"
        try:
            found = shlex.split(pending, comments=True)
        except ValueError:
            continue
        pending = ""
        if found:
            yield found
    assert not pending, f"a quote stays open: {pending}"


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
