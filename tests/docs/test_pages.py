"""Links lead somewhere, the map is of this house, and what is shown as a command is one."""

import importlib.util
import re
import tomllib
from typing import Final

import click
import pytest

from spoedplein.cli import spoedplein
from tests.docs.reading import ROOT, Page, bare, commands

PAGES: Final = ("README.md", "deploy/runbook.md")
#: What a reader has, once he has what the page says he needs.
KNOWN: Final = {"make", "spoedplein", "python", "psql", "export", "curl"}
SOURCE: Final = ROOT / "services" / "spoedplein"


@pytest.fixture(scope="module")
def readme() -> Page:
    return Page("README.md")


@pytest.fixture(scope="module")
def shown(readme: Page) -> list[list[str]]:
    """Every command of README's shell blocks, as its words."""
    return [words for block in readme.blocks if block.language == "sh" for words in commands(block.code)]


@pytest.mark.parametrize("name", PAGES)
def test_every_link_within_the_tree_leads_somewhere(name: str) -> None:
    page = Page(name)
    broken = [target for target in page.links if "://" not in target and not _leads_somewhere(page, target)]
    assert page.links
    assert broken == []


@pytest.mark.parametrize("name", PAGES)
def test_every_code_block_says_what_it_is(name: str) -> None:
    assert [block.code for block in Page(name).blocks if not block.language] == []


def test_the_map_has_every_room_and_no_other(readme: Page) -> None:
    mapped = _rooms(readme)
    packages = {path.parent for path in SOURCE.rglob("__init__.py")} - {SOURCE}
    modules = {path for path in SOURCE.glob("*.py") if not path.name.startswith("__")}

    assert [room for room in mapped if not (ROOT / room).exists()] == []
    assert {str(path.relative_to(ROOT)) for path in packages | modules} == {
        room for room in mapped if room.startswith("services/")
    }


def test_the_map_is_in_the_order_of_the_import_rule(readme: Page) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rule = next(each for each in project["tool"]["importlinter"]["contracts"] if each["type"] == "layers")
    layers = [{room.strip() for room in layer.split("|")} for layer in rule["layers"]]
    rooms = [room.split("/")[2].removesuffix(".py") for room in _rooms(readme) if room.startswith("services/")]

    depths = [next(depth for depth, layer in enumerate(layers) if room in layer) for room in rooms]
    assert depths == sorted(depths)


def test_every_folder_that_is_ours_is_on_the_map(readme: Page) -> None:
    tops = {room.split("/")[0] for room in _rooms(readme)}
    assert tops == {"services", "schemas", "deploy", "loadtests", "tests"}


def test_commands_begin_with_a_word_that_the_reader_has(shown: list[list[str]]) -> None:
    assert {words[0] for words in shown} <= KNOWN
    assert ["make", "up"] in shown
    assert ["make", "test"] in shown


def test_our_commands_exist_with_the_options_shown(shown: list[list[str]], readme: Page) -> None:
    inline = [found.split() for found in re.findall(r"`(spoedplein(?:\s+[a-z-]+)+)[^`]*`", readme.prose)]
    asked = [words for words in [*shown, *inline] if words[0] == "spoedplein"]
    assert len(asked) > 10
    for words in asked:
        _check_command(words)


def test_make_targets_exist(shown: list[list[str]], readme: Page) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    inline = re.findall(r"`make ([a-z]+)", readme.prose)
    assert {words[1] for words in shown if words[0] == "make"} | set(inline) <= targets


def test_modules_that_are_run_exist(shown: list[list[str]]) -> None:
    modules = [words[words.index("-m") + 1] for words in shown if words[0] == "python" and "-m" in words]
    assert [module for module in modules if importlib.util.find_spec(module) is None] == []


def _rooms(readme: Page) -> list[str]:
    """Each names itself twice, for the eye and as a link."""
    rooms = []
    for row in readme.table("Rooms of the house"):
        found = re.fullmatch(r"\[(`[^`]+`)\]\(([^)]+)\)", row["Room"])
        assert found is not None, f"{row['Room']} is no link"
        assert bare(found[1]) == found[2]
        rooms.append(found[2])
    return rooms


def _leads_somewhere(page: Page, target: str) -> bool:
    file, _, place = target.partition("#")
    path = page.path.parent / file if file else page.path
    if not path.exists():
        return False
    return not place or place in Page(str(path.relative_to(ROOT))).anchors


def _check_command(words: list[str]) -> None:
    command: click.Command = spoedplein
    rest = words[1:]
    while isinstance(command, click.Group) and rest:
        found = command.get_command(click.Context(command), rest[0])
        assert found is not None, f"{' '.join(words)}: there is no {rest[0]}"
        command, rest = found, rest[1:]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    assert {word for word in rest if word.startswith("--")} <= known, " ".join(words)
