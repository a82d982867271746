"""Many lives of regions that exchange patients, from their seeds, looked at by the auditor."""

import os
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Final, Self

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from spoedplein.cli.files import NEW, TEXT
from spoedplein.domain.agreements import read_agreements
from spoedplein.domain.log import write_record
from spoedplein.domain.region import Region
from spoedplein.stack.places import deploy_file
from spoedplein.testing.audit_rules import Violation
from spoedplein.testing.lives import Life, drawn, live
from spoedplein.testing.simulate import Outcome
from spoedplein_schemas.agreements import Agreements

SHOWN_MAX: Final = 10
#: A worker takes so many seeds at once: few enough for the progress to move.
CHUNK: Final = 4
#: How often progress is told in a line of its own, when nobody sees a bar.
LINE_SECONDS: Final = 60.0


@click.command(name="simulate")
@click.option("--seeds", type=click.IntRange(min=1), default=20, show_default=True, help="How many lives.")
@click.option("--seed", "first", type=click.IntRange(min=0), default=1, show_default=True, help="The first seed.")
@click.option("--hours", type=click.FloatRange(min=0.1), help="Simulated hours of each.")
@click.option("--intensity", type=click.FloatRange(min=0.1), help="How many times busier than usual each is.")
@click.option(
    "--region",
    "region_files",
    multiple=True,
    type=TEXT,
    help="Agreements (TOML), once per region: several exchange patients.",
)
@click.option("--processes", type=click.IntRange(min=1), help="How many seeds live at once; left out: one per core.")
@click.option(
    "--log",
    "log_file",
    type=NEW,
    help="Keep the first region's log of the last life.",
)
def simulate_command(
    *,
    seeds: int,
    first: int,
    hours: float | None,
    intensity: float | None,
    region_files: tuple[Path, ...],
    processes: int | None,
    log_file: Path | None,
) -> None:
    """Let seeded regions live: patients, providers that answer late or never, faults at the edges, crashes.

    Each seed draws which of the shipped regions live, from which hour of the year, for how long, how busy, and what
    goes wrong; an option puts its own in the place of what would be drawn. Regions exchange patients, and what travels
    between them is doubled, delayed and held back too. An auditor, a model of its own, checks every life and all logs
    together. A failing seed replays exactly, by the command that is shown. Exit code 1 when anything was found.
    """
    choice = _Choice(hours, intensity, region_files)
    failed = 0
    numbers = range(first, first + seeds)
    with _Telling(seeds) as telling:
        for seed, found in _live_all(choice, numbers, processes or os.cpu_count() or 1):
            failed += len(found)
            _show(seed, found, choice.command(seed))
            telling.one_more(failed)
    if log_file is not None:
        log_file.write_bytes(b"".join(write_record(record) for record in choice.outcomes(numbers[-1])[0].log))
    click.echo(f"{seeds} seeds, {failed} violations")
    sys.exit(1 if failed else 0)


@dataclass(frozen=True, slots=True)
class _Choice:
    """What was chosen, for all seeds; the rest each seed draws. Travels to the processes."""

    hours: float | None
    intensity: float | None
    files: tuple[Path, ...]

    def life(self, seed: int) -> Life:
        life = drawn(seed)
        return replace(
            life,
            hours=life.hours if self.hours is None else self.hours,
            intensity=life.intensity if self.intensity is None else self.intensity,
        )

    def outcomes(self, seed: int) -> list[Outcome]:
        life = self.life(seed)
        files = self.files or tuple(deploy_file("regions", f"{name}.toml") for name in life.regions)
        return live(life, [_text(file) for file in files], region_factory=Region)

    def violations(self, seed: int) -> tuple[int, list[Violation]]:
        return seed, [violation for outcome in self.outcomes(seed) for violation in outcome.violations]

    def command(self, seed: int) -> str:
        """That lives this seed again, alone."""
        chosen = [f"--region {shlex.quote(str(file))}" for file in self.files]
        chosen += [] if self.hours is None else [f"--hours {self.hours:g}"]
        chosen += [] if self.intensity is None else [f"--intensity {self.intensity:g}"]
        return " ".join(["spoedplein simulate --seeds 1", f"--seed {seed}", *chosen])


@cache
def _text(file: Path) -> Agreements:
    return read_agreements(file.read_text(encoding="utf-8"), name=str(file))


class _Telling:
    """How far it is, on standard error: a bar with the time that is left, or a line a minute where nobody looks."""

    def __init__(self, seeds: int) -> None:
        console = Console(stderr=True)
        self._seeds, self._done = seeds, 0
        self._started = self._told = time.monotonic()
        self._plain = not console.is_terminal
        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("to go:"), TimeRemainingColumn())
        # Lives differ in length: what is left is guessed from many of them.
        self._progress = Progress(
            TextColumn("{task.description}"),
            *columns,
            console=console,
            transient=True,
            disable=self._plain,
            speed_estimate_period=600,
        )
        self._bar = self._progress.add_task("seeds", total=seeds)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def one_more(self, failed: int) -> None:
        self._done += 1
        self._progress.update(self._bar, advance=1, description=f"seeds, {failed} violations")
        now = time.monotonic()
        if self._plain and now - self._told >= LINE_SECONDS:
            self._told = now
            left = (now - self._started) / self._done * (self._seeds - self._done) / 60
            line = f"{self._done} of {self._seeds} seeds, {failed} violations, about {left:.0f} minutes to go"
            click.echo(line, err=True)


def _live_all(choice: _Choice, seeds: Sequence[int], processes: int) -> Iterator[tuple[int, list[Violation]]]:
    """In the order of the seeds, whatever process was first."""
    if processes == 1 or len(seeds) == 1:
        yield from map(choice.violations, seeds)
        return
    with ProcessPoolExecutor(min(processes, len(seeds)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(choice.violations, seeds, chunksize=min(CHUNK, max(1, len(seeds) // processes)))


def _show(seed: int, found: Sequence[Violation], command: str) -> None:
    for violation in found[:SHOWN_MAX]:
        click.echo(f"seed {seed}: {violation.invariant} at log offset {violation.offset}: {violation.message}")
    if len(found) > SHOWN_MAX:
        click.echo(f"seed {seed}: and {len(found) - SHOWN_MAX} more")
    if found:
        click.echo(f"seed {seed} again: {command}")
