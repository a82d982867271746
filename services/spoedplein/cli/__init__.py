"""The commands. Each reads its settings, builds its parts and hands over; no rule about patients lives here."""

import sys
from importlib import import_module
from typing import Final

import click
from aiokafka.errors import KafkaError

from spoedplein.domain.errors import SpoedpleinError

#: Where each command is found, in the order in which they are listed.
COMMANDS: Final = {
    "up": "local:up",
    "intake": "intake:intake_command",
    "coordinate": "coordinate:coordinate_command",
    "archive": "archive:archive_command",
    "portal": "portal:portal_command",
    "migrate": "archive:migrate",
    "issuer": "issuing:issuer_command",
    "token": "issuing:token_command",
    "publish": "history:publish",
    "fold": "history:fold",
    "explain": "history:explain",
    "whatif": "whatif:whatif",
    "report": "report:report",
    "simulate": "simulation:simulate_command",
    "scenario": "scenario:scenario_command",
    "agreements": "agreements:agreements",
    "schemas": "schemas:schemas",
    "settings": "show_settings:settings",
}


class Lazy(click.Group):
    """Commands that are imported when they are asked for: a worker that starts again has no time for the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"{__name__}.{module}"), name)
        return command


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="spoedplein")
def spoedplein() -> None:
    """Live availability, fair queues and explainable placement for acute-care coordination.

    Begin with `spoedplein up`: it starts the whole system on this machine with a simulated region.
    """


def main() -> None:
    """Run a command; what a user can mend is said in one sentence, with exit code 1."""
    try:
        spoedplein.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Exit as asked:
        sys.exit(asked.exit_code)
    except SpoedpleinError as error:
        click.echo(f"spoedplein: {error}", err=True)
        sys.exit(1)
    except KafkaError as error:
        click.echo(f"spoedplein: Kafka does not do as asked: {error}. Is SPOEDPLEIN_KAFKA_BOOTSTRAP right?", err=True)
        sys.exit(1)
