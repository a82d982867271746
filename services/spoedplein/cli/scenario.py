"""Scripts of an evening: play one, and see whether it goes as its writer expected."""

import sys
from pathlib import Path

import click

from spoedplein.cli.files import NEW
from spoedplein.domain.log import write_record
from spoedplein.scenarios.playing import play
from spoedplein.scenarios.reading import find, read_script, shipped
from spoedplein.scenarios.telling import differences, tell


@click.command(name="scenario")
@click.argument("name", required=False)
@click.option("--log", "log_file", type=NEW, help="Keep the log of the play.")
def scenario_command(name: str | None, log_file: Path | None) -> None:
    """Play the script NAME (a file, or one that we ship) through the core and tell it line by line, in Dutch.

    Each decision is held against what the script expects; exit code 1 when they differ. Without NAME: which there are.
    A kept log is one for `spoedplein fold` and `spoedplein explain --log`.
    """
    if name is None:
        for file in shipped():
            click.echo(f"{file.stem:<20} {read_script(file).scenario.titel}")
        return
    played = play(read_script(find(name)))
    for line in tell(played):
        click.echo(line)
    if log_file is not None:
        log_file.write_bytes(b"".join(write_record(record) for record in played.log))
    sys.exit(1 if differences(played) else 0)
