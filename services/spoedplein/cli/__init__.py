"""The commands. Each reads its settings, builds its parts and hands over; no rule about patients lives here."""

import sys
from importlib import import_module
from typing import Final, NamedTuple

import click
from aiokafka.errors import KafkaError

from spoedplein import garbage
from spoedplein.domain.errors import SpoedpleinError


class Place(NamedTuple):
    """Where a command is found, and what the list of commands says of it."""

    module: str
    name: str
    about: str


#: In the order in which they are listed.
COMMANDS: Final = {
    "up": Place("local", "up", "Start the whole system on this machine, with a simulated region."),
    "intake": Place("intake", "intake_command", "Let what sources publish into the logs, or refuse it."),
    "coordinate": Place("coordinate", "coordinate_command", "Fold the logs into decisions, availability and boards."),
    "archive": Place("archive", "archive_command", "Write log, decisions and availability to PostgreSQL."),
    "portal": Place("portal", "portal_command", "Answer over HTTP, live and by the standards of the field."),
    "migrate": Place("archive", "migrate", "Bring the tables in PostgreSQL up to date."),
    "issuer": Place("issuing", "issuer_command", "Sign in made-up users of the local stack."),
    "token": Place("issuing", "token_command", "Print a bearer token for scripts against the local stack."),
    "publish": Place("history", "publish", "Publish the events of a file onto the source topics."),
    "fold": Place("history", "fold", "Fold a region's log, and print the decisions or the last state."),
    "explain": Place("history", "explain", "Tell why something was decided: cause, agreement, data, rules."),
    "whatif": Place("whatif", "whatif", "Live a log again under other agreements or with other places."),
    "report": Place("report", "report", "Tell where a region's chain stalled (knelpunten)."),
    "simulate": Place("simulation", "simulate_command", "Let seeded regions live, and audit every decision."),
    "scenario": Place("scenario", "scenario_command", "Play a script through the core: its story, and what differs."),
    "agreements": Place("agreements", "agreements", "Check, compare and adopt the agreements of a region."),
    "schemas": Place("schemas", "schemas", "Write or compare the published contracts."),
    "settings": Place("show_settings", "settings", "Print the settings that hold, secrets masked."),
}


class Lazy(click.Group):
    """Commands that are imported when they are asked for: a worker that starts again has no time for the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's
        if cmd_name not in COMMANDS:
            return None
        place = COMMANDS[cmd_name]
        with garbage.not_looked_for():
            command: click.Command = getattr(import_module(f"{__name__}.{place.module}"), place.name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.about) for name, place in COMMANDS.items()])


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
    except BrokenPipeError:
        sys.exit(1)  # Whoever read what we print has seen enough.
    except OSError as error:
        click.echo(f"spoedplein: {error}", err=True)
        sys.exit(1)
    except KafkaError as error:
        click.echo(f"spoedplein: Kafka does not do as asked: {error}. Is SPOEDPLEIN_KAFKA_BOOTSTRAP right?", err=True)
        sys.exit(1)
