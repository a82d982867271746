"""Many lives of a region, from their seeds, looked at by the auditor."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from spoedplein.domain.agreements import read_agreements
from spoedplein.domain.log import write_record
from spoedplein.domain.region import Region
from spoedplein.stack.places import deploy_file
from spoedplein.testing.simulate import Outcome, simulate
from spoedplein_schemas.agreements import Agreements

SHOWN_MAX = 10


@click.command(name="simulate")
@click.option("--seeds", type=click.IntRange(min=1), default=20, show_default=True, help="How many lives.")
@click.option("--seed", "first", type=click.IntRange(min=0), default=1, show_default=True, help="The first seed.")
@click.option("--hours", type=click.FloatRange(min=0.1), default=6, show_default=True, help="Simulated hours of each.")
@click.option("--intensity", type=click.FloatRange(min=0.1), default=2.0, show_default=True, help="1 is as usual.")
@click.option(
    "--region",
    "region_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Agreements (TOML) of the region; Rijnmond by default.",
)
@click.option(
    "--log", "log_file", type=click.Path(dir_okay=False, path_type=Path), help="Keep the log of the last life."
)
def simulate_command(
    *, seeds: int, first: int, hours: float, intensity: float, region_file: Path | None, log_file: Path | None
) -> None:
    """Let seeded regions live: patients, providers that answer late or never, faults at the edges, crashes.

    An auditor, a model of its own, checks every life. A failing seed replays exactly: give it as --seed with --seeds 1.
    Exit code 1 when anything was found.
    """
    file = region_file or deploy_file("regions", "rijnmond.toml")
    agreements = read_agreements(file.read_text(encoding="utf-8"), name=str(file))
    failed = 0
    with Progress(transient=True, console=Console(stderr=True)) as progress:
        for seed in progress.track(range(first, first + seeds), description="seeds"):
            outcome = _live(agreements, seed, hours=hours, intensity=intensity)
            failed += len(outcome.violations)
            _show(seed, outcome)
    if log_file is not None:
        log_file.write_bytes(b"".join(write_record(record) for record in outcome.log))
    click.echo(f"{seeds} seeds, {failed} violations")
    sys.exit(1 if failed else 0)


def _live(agreements: Agreements, seed: int, *, hours: float, intensity: float) -> Outcome:
    return simulate(agreements, seed, hours, region_factory=Region, intensity=intensity)


def _show(seed: int, outcome: Outcome) -> None:
    for violation in outcome.violations[:SHOWN_MAX]:
        click.echo(f"seed {seed}: {violation.invariant} at log offset {violation.offset}: {violation.message}")
    if len(outcome.violations) > SHOWN_MAX:
        click.echo(f"seed {seed}: and {len(outcome.violations) - SHOWN_MAX} more")
