"""`spoedplein coordinate`: a process of the system."""

import click

from spoedplein.cli.running import run
from spoedplein.workers import coordination


@click.command(name="coordinate")
def coordinate_command() -> None:
    """Fold the regions' logs into decisions, availability and boards."""
    run("coordination", coordination.build)
