"""`spoedplein intake`: a process of the system."""

import click

from spoedplein.cli.running import run
from spoedplein.workers import intake


@click.command(name="intake")
def intake_command() -> None:
    """Validate what sources publish, refuse what identifies a person, write the log."""
    run("intake", intake.build)
