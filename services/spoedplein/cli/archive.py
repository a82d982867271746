"""`spoedplein archive`, a process of the system, and `spoedplein migrate`, which makes its tables."""

import asyncio

import click

from spoedplein import settings as configuration
from spoedplein.cli.running import run
from spoedplein.store.migrate import migrate as apply_migrations
from spoedplein.workers import archive


@click.command(name="archive")
def archive_command() -> None:
    """Write the log, the decisions and availability to PostgreSQL."""
    run("archive", archive.build)


@click.command()
def migrate() -> None:
    """Bring the tables in PostgreSQL up to date.

    The archive does this by itself when it may; where it may not, an operator with the rights runs this first.
    """
    done = asyncio.run(apply_migrations(configuration.load()))
    click.echo(f"{len(done)} migrations applied: {', '.join(done)}" if done else "The tables are up to date.")
