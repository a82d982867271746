"""Agreements of regions: checked before anybody adopts them, compared with others, put in force."""

import asyncio
import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from spoedplein import settings as configuration
from spoedplein.cli.files import TEXT
from spoedplein.clock import SystemClock
from spoedplein.domain.agreements import read_agreements
from spoedplein.domain.agreements_diff import compared
from spoedplein.domain.agreements_review import Warned, review
from spoedplein.domain.checklist import Standing, checklist
from spoedplein.domain.errors import AgreementsError
from spoedplein.domain.toml_lines import line_of, lines_of
from spoedplein.stack.adoption import adopt_and_wait
from spoedplein_schemas.agreements import Agreements


@click.group()
def agreements() -> None:
    """Check the agreements of a region, compare two versions, and put them in force."""


@agreements.command()
@click.argument("files", nargs=-1, required=True, type=TEXT)
@click.option("--strict", is_flag=True, help="Exit code 1 also for an open theme, or a warning that is not accepted.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of text.")
def check(files: tuple[Path, ...], *, strict: bool, as_json: bool) -> None:
    """Read the FILES (TOML, one per region): what is in them, what is wrong, what to look at, what is still open.

    Every fault is named as file:line: key: what, and the mend; exit code 1. A warning is no fault: the region accepts
    it under [[accepted]], with its reason. Themes are those of the Leidraad of 2026; each is covered by settings, or
    by a document of the region under [[themes]], or open.
    """
    today = datetime.fromtimestamp(SystemClock().now_ms() / 1000, UTC).date()
    checked = [_Checked(file, today) for file in files]
    if as_json:
        click.echo(json.dumps([each.document() for each in checked], indent=2, ensure_ascii=False))
    else:
        for each in checked:
            for line in each.lines():
                click.echo(line, err=each.agreed is None)
    wrong = any(each.agreed is None or (strict and not each.clean) for each in checked)
    sys.exit(1 if wrong else 0)


@agreements.command()
@click.argument("before", type=TEXT)
@click.argument("after", type=TEXT)
def diff(before: Path, after: Path) -> None:
    """What changes when AFTER takes the place of BEFORE, a line for each; defaults count as if they were written.

    + is new, - is gone, ~ has changed. Units, sites, routes and the like are known by their names, not by their place
    in the file.
    """
    one, other = (read_agreements(_text(file), name=str(file)) for file in (before, after))
    lines = list(compared(one, other))
    for line in lines or ["no difference"]:
        click.echo(line)


@agreements.command(name="adopt")
@click.argument("file", type=TEXT)
@click.option("--older", is_flag=True, help="Go back to a version that is older than the one in force.")
@click.option(
    "--wait",
    "wait_seconds",
    type=click.FloatRange(min=0),
    default=10.0,
    show_default=True,
    help="Seconds to wait for coordination's answer; 0 does not wait.",
)
def adopt_command(file: Path, *, older: bool, wait_seconds: float) -> None:
    """Put the agreements of FILE in force, on its region's log, from now on.

    A version older than the one in force is refused, unless --older says that it is meant: 2026.9 is older than
    2026.10. Coordination's answer is told when it comes in time. Intake follows the file by itself.
    """
    found = read_agreements(_text(file), name=str(file))
    told = asyncio.run(adopt_and_wait(configuration.load(), found, older=older, wait_seconds=wait_seconds))
    click.echo(f"{file}: {told.message}", err=not told.well)
    sys.exit(0 if told.well else 1)


class _Checked:
    """One file: its faults, or what a reviewer would say of it."""

    def __init__(self, file: Path, today: date) -> None:
        self.name = str(file)
        self.faults: list[str] = []
        self.agreed: Agreements | None = None
        self.warnings: list[Warned] = []
        self.themes: list[Standing] = []
        text = _text(file)
        try:
            self.agreed = read_agreements(text, name=self.name)
        except AgreementsError as error:
            self.faults = str(error).splitlines()
            return
        lines = lines_of(text)
        self._line = {warned: line_of(lines, warned.path) for warned in review(self.agreed, today=today)}
        self.warnings = list(self._line)
        self.themes = checklist(self.agreed, today=today)

    @property
    def clean(self) -> bool:
        return all(each.accepted for each in self.warnings) and all(each.covered for each in self.themes)

    def lines(self) -> Iterator[str]:
        if self.agreed is None:
            yield from self.faults
            return
        yield from _summary(self.agreed)
        new = [each for each in self.warnings if each.accepted is None]
        accepted = [each for each in self.warnings if each.accepted is not None]
        yield f"  {len(new)} {'warning' if len(new) == 1 else 'warnings'}, {len(accepted)} more accepted"
        for each in new:
            yield f"    {self.name}:{self._line[each]}: {each.code}: {each.message}"
        for each in accepted:
            yield f"    accepted: {each.code} {each.about}: {each.accepted}"
        covered = sum(each.covered for each in self.themes)
        yield f"  Leidraad 2026: {covered} of {len(self.themes)} themes covered, {len(self.themes) - covered} open"
        for chapter, themes in groupby(self.themes, key=lambda each: each.point.chapter):
            yield f"    {chapter}"
            for standing in themes:
                yield f"      {'covered' if standing.covered else 'OPEN   '}  {_theme(standing)}"
                yield from (f"                 {by}" for by in standing.by)

    def document(self) -> dict[str, Any]:
        if self.agreed is None:
            return {"file": self.name, "valid": False, "faults": self.faults}
        return {
            "file": self.name,
            "valid": True,
            "region": self.agreed.region,
            "version": self.agreed.version,
            "warnings": [
                {"line": self._line[each], "code": each.code, "about": each.about, "message": each.message}
                | ({"accepted": each.accepted} if each.accepted else {})
                for each in self.warnings
            ],
            "themes": [
                {"theme": each.point.theme, "chapter": each.point.chapter, "title": each.point.title}
                | {"covered": each.covered, "by": each.by}
                for each in self.themes
            ],
        }


def _theme(standing: Standing) -> str:
    return f"{standing.point.title} ({standing.point.theme})"


def _summary(found: Agreements) -> Iterator[str]:
    care_types = {unit.care_type for unit in found.units}
    services = sum(len(site.services) for site in found.sites)
    yield f"{found.region} {found.version}: {found.title}"
    yield (
        f"  {len(found.sites)} sites with {services} queues, {len(found.units)} units of {len(care_types)} care types, "
        f"owner {found.owner}, {len(found.mappings)} source mappings"
    )


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")
