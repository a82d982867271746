"""Many lives of regions that exchange patients, from their seeds, looked at by the auditor."""

import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from spoedplein.domain.agreements import read_agreements
from spoedplein.domain.log import write_record
from spoedplein.domain.region import Region
from spoedplein.stack.places import deploy_file
from spoedplein.testing.audit_rules import Violation
from spoedplein.testing.simulate import Outcome, simulate
from spoedplein.testing.together import simulate_together

SHOWN_MAX = 10
#: A worker takes so many seeds at once: few enough for the progress to move.
CHUNK = 4


@click.command(name="simulate")
@click.option("--seeds", type=click.IntRange(min=1), default=20, show_default=True, help="How many lives.")
@click.option("--seed", "first", type=click.IntRange(min=0), default=1, show_default=True, help="The first seed.")
@click.option("--hours", type=click.FloatRange(min=0.1), default=6, show_default=True, help="Simulated hours of each.")
@click.option("--intensity", type=click.FloatRange(min=0.1), default=2.0, show_default=True, help="1 is as usual.")
@click.option(
    "--region",
    "region_files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Agreements (TOML), once per region: several exchange patients. Rijnmond and Nijmegen by default.",
)
@click.option("--processes", type=click.IntRange(min=1), help="How many seeds live at once; left out: one per core.")
@click.option(
    "--log",
    "log_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the first region's log of the last life.",
)
def simulate_command(
    *,
    seeds: int,
    first: int,
    hours: float,
    intensity: float,
    region_files: tuple[Path, ...],
    processes: int | None,
    log_file: Path | None,
) -> None:
    """Let seeded regions live: patients, providers that answer late or never, faults at the edges, crashes.

    Regions exchange patients, and what travels between them is doubled, delayed and held back too. An auditor, a model
    of its own, checks every life and all logs together. A failing seed replays exactly, by the command that is shown.
    Exit code 1 when anything was found.
    """
    shipped = tuple(deploy_file("regions", f"{name}.toml") for name in ("rijnmond", "nijmegen"))
    life = _Life(region_files or shipped, hours, intensity)
    failed = 0
    numbers = range(first, first + seeds)
    with Progress(transient=True, console=Console(stderr=True)) as progress:
        bar = progress.add_task("seeds", total=seeds)
        for seed, found in _live_all(life, numbers, processes or os.cpu_count() or 1):
            failed += len(found)
            _show(seed, found, life.command(seed))
            progress.advance(bar)
    if log_file is not None:
        log_file.write_bytes(b"".join(write_record(record) for record in life.outcomes(numbers[-1])[0].log))
    click.echo(f"{seeds} seeds, {failed} violations")
    sys.exit(1 if failed else 0)


@dataclass(frozen=True, slots=True)
class _Life:
    """What all seeds have in common; travels to the processes."""

    files: tuple[Path, ...]
    hours: float
    intensity: float

    def outcomes(self, seed: int) -> list[Outcome]:
        agreed = [read_agreements(file.read_text(encoding="utf-8"), name=str(file)) for file in self.files]
        if len(agreed) == 1:
            return [simulate(agreed[0], seed, self.hours, region_factory=Region, intensity=self.intensity)]
        return simulate_together(agreed, seed, self.hours, region_factory=Region, intensity=self.intensity)

    def violations(self, seed: int) -> tuple[int, list[Violation]]:
        return seed, [violation for outcome in self.outcomes(seed) for violation in outcome.violations]

    def command(self, seed: int) -> str:
        """That lives this seed again, alone."""
        files = " ".join(f"--region {shlex.quote(str(file))}" for file in self.files)
        return f"spoedplein simulate --seeds 1 --seed {seed} --hours {self.hours} --intensity {self.intensity} {files}"


def _live_all(life: _Life, seeds: Sequence[int], processes: int) -> Iterator[tuple[int, list[Violation]]]:
    """In the order of the seeds, whatever process was first."""
    if processes == 1 or len(seeds) == 1:
        yield from map(life.violations, seeds)
        return
    with ProcessPoolExecutor(min(processes, len(seeds)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(life.violations, seeds, chunksize=min(CHUNK, max(1, len(seeds) // processes)))


def _show(seed: int, found: Sequence[Violation], command: str) -> None:
    for violation in found[:SHOWN_MAX]:
        click.echo(f"seed {seed}: {violation.invariant} at log offset {violation.offset}: {violation.message}")
    if len(found) > SHOWN_MAX:
        click.echo(f"seed {seed}: and {len(found) - SHOWN_MAX} more")
    if found:
        click.echo(f"seed {seed} again: {command}")
