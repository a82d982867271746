"""Scripts as files: where they are, and what is wrong in one, by line."""

import tomllib
from pathlib import Path as FilePath
from typing import Final, NamedTuple

from pydantic import ValidationError

from spoedplein.domain.agreements import read_agreements
from spoedplein.domain.agreements_faults import faults_of
from spoedplein.domain.errors import SpoedpleinError
from spoedplein.domain.toml_lines import Path, line_of, lines_of
from spoedplein.stack.places import checkout_root
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.scenario import Scenario

FOLDER: Final = "scenarios"
#: Of what is expected: whatever comes, and how a reason of the decision above it begins.
ANYTHING: Final = "…"
REASON: Final = "- "


class ScenarioError(SpoedpleinError):
    """A script cannot be read, or says something that cannot be said at that moment."""


class Script(NamedTuple):
    """A scenario with the agreements that it plays under; `lines` tells where each part stands in its file."""

    name: str
    scenario: Scenario
    agreements: Agreements
    lines: dict[Path, int]

    def fault(self, path: Path, message: str) -> ScenarioError:
        where = ".".join(str(part) for part in path)
        return ScenarioError(f"{self.name}:{line_of(self.lines, path)}: {where}: {message}")


def read_script(file: FilePath) -> Script:
    """Raises `ScenarioError` with every fault of the file, `AgreementsError` with those of its region's."""
    name, text = str(file), _text(file)
    try:
        scenario = Scenario.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        msg = f"{name}: not valid TOML: {error}"
        raise ScenarioError(msg) from error
    except ValidationError as error:
        faults = "\n".join(fault.told(name) for fault in faults_of(error, text, Scenario))
        raise ScenarioError(faults) from error
    region = file.parent / scenario.regio
    if not region.is_file():
        line = line_of(lines_of(text), ("regio",))
        msg = f"{name}:{line}: regio: there is no file {region}; name it as seen from this script"
        raise ScenarioError(msg)
    script = Script(name, scenario, read_agreements(_text(region), name=str(region)), lines_of(text))
    _check_reasons(script)
    return script


def expected(line: str) -> str:
    """A line of what is expected, with three dots as typed for the sign that they stand for."""
    return line.replace("...", ANYTHING)


def _check_reasons(script: Script) -> None:
    """Below "…" stands no decision of which somebody could look up the reasons."""
    for index, step in enumerate(script.scenario.stap):
        above = ANYTHING
        for number, line in enumerate(map(expected, step.besluit)):
            if not line.startswith(REASON):
                above = line
            elif above == ANYTHING:
                what = f'a reason stands below the decision that it is of; "{ANYTHING}" and nothing are none'
                raise script.fault(("stap", index, "besluit", number), what)


def shipped() -> list[FilePath]:
    """The scripts that come with this checkout, by name."""
    return sorted((checkout_root() / "deploy" / FOLDER).glob("*.toml"))


def find(name: str) -> FilePath:
    """A file, or the name of a script that we ship."""
    file = FilePath(name)
    if file.is_file():
        return file
    known = {each.stem: each for each in shipped()}
    if name in known:
        return known[name]
    msg = f"there is no file {name}, and no script of that name; there are {', '.join(known) or 'none'}"
    raise ScenarioError(msg)


def _text(file: FilePath) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        msg = f"{file} is not UTF-8 text, from byte {error.start} on"
        raise ScenarioError(msg) from error
