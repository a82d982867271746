"""Properties of the tree itself: sizes, names, and words that have no place in it."""

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
CODE: Final = ("services", "schemas", "loadtests", "tests")
TREE: Final = (*CODE, "deploy", ".ci")

FUNCTION_LINES_MAX: Final = 70
FUNCTION_LINES_MEDIAN_BELOW: Final = 10
MODULE_LINES_MAX: Final = 600
TEST_MODULE_LINES_MAX: Final = 800

# Names under which anything could hide.
BANNED_NAMES: Final = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"}

# Written so that no pattern finds itself. A registry's host belongs in the settings of who installs, a path of one
# machine in nobody's, and how the work was organised is not what a reader comes for.
BANNED_WORDS: Final = {
    "a package registry's host": r"py[p]i\.org|python[h]osted|repo1?\.mave[n]|mave[n]\.org|mvn[r]epository|npm[j]s"
    r"|docke[r]\.io|ghc[r]\.io|qua[y]\.io",
    "a path of one machine": r"(?<![\w./$}])/(?:wor[k]|roo[t]|hom[e]|tm[p]|opt/wheel[s])/\w",
    "how the work was organised": r"clau[d]e|anthropi[c]|chat[g]pt|copilo[t]|\bissue [#]?\d"
    r"|sub-?[a]gent|co-authore[d]-by",
}


def _python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def _texts() -> Iterator[tuple[Path, str]]:
    """Every text file of the tree, without what tools leave in it."""
    top = [path for path in ROOT.iterdir() if path.is_file() and path.name != ".git"]
    below = [path for folder in TREE for path in (ROOT / folder).rglob("*") if path.is_file()]
    for path in sorted(top + below):
        if "__pycache__" in path.parts:
            continue
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function of the file as `file:line name`, with its number of lines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            place = f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            yield place, node.end_lineno - node.lineno + 1


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _banned(text: str, what: str) -> list[str]:
    return [match.group() for match in re.finditer(BANNED_WORDS[what], text, re.IGNORECASE)]


def test_no_function_is_longer_than_a_screen() -> None:
    too_long = {
        place: lines for path in _python_files(*CODE) for place, lines in _functions(path) if lines > FUNCTION_LINES_MAX
    }
    assert too_long == {}


def test_most_functions_are_small() -> None:
    lines = [lines for path in _python_files("services") for _, lines in _functions(path)]
    assert statistics.median(lines) < FUNCTION_LINES_MEDIAN_BELOW


@pytest.mark.parametrize(
    ("folders", "lines_max"),
    [
        pytest.param(("services", "schemas", "loadtests"), MODULE_LINES_MAX, id="code"),
        pytest.param(("tests",), TEST_MODULE_LINES_MAX, id="tests"),
    ],
)
def test_no_module_is_too_long(folders: tuple[str, ...], lines_max: int) -> None:
    too_long = {
        str(path.relative_to(ROOT)): _lines(path) for path in _python_files(*folders) if _lines(path) > lines_max
    }
    assert too_long == {}


def test_every_module_has_a_name_that_says_what_is_in_it() -> None:
    named = [path for path in _python_files(*CODE) if BANNED_NAMES & {path.stem, *path.relative_to(ROOT).parts}]
    assert named == []


def test_every_folder_of_tests_is_a_package() -> None:
    """Two files of one name in two folders stop pytest at collection otherwise."""
    folders = {path.parent for path in _python_files("tests")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


@pytest.mark.parametrize("what", BANNED_WORDS)
def test_words_without_a_place_here_are_absent(what: str) -> None:
    found = {str(path.relative_to(ROOT)): words for path, text in _texts() if (words := _banned(text, what))}
    assert found == {}


@pytest.mark.parametrize(
    ("what", "text"),
    [
        pytest.param("a package registry's host", "--index" + "-url https://py" + "pi.org/simple", id="python"),
        pytest.param("a package registry's host", "<url>https://repo.mav" + "en.apache.org</url>", id="java"),
        pytest.param("a package registry's host", "image: ghc" + "r.io/someone/thing", id="images"),
        pytest.param("a path of one machine", "see /hom" + "e/someone/notes", id="home"),
        pytest.param("a path of one machine", '"/tm' + 'p/x"', id="scratch"),
        pytest.param("how the work was organised", "as in issue " + "#12", id="issue"),
    ],
)
def test_the_search_for_words_finds_them(what: str, text: str) -> None:
    assert len(_banned(text, what)) == 1


@pytest.mark.parametrize(
    ("what", "text"),
    [
        pytest.param("a package registry's host", 'xmlns="http://maven.apache.org/POM/4.0.0"', id="a-namespace"),
        pytest.param("a path of one machine", "/var/" + "tmp/spoedplein", id="a-place-that-every-system-has"),
        pytest.param("a path of one machine", "services/wor" + "k/x.py", id="a-relative-path"),
    ],
)
def test_the_search_for_words_leaves_others_alone(what: str, text: str) -> None:
    assert _banned(text, what) == []
