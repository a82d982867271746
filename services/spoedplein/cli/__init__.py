"""The commands. Each reads its settings, builds its parts and hands over; no rule about patients lives here."""

import sys

import click
from aiokafka.errors import KafkaError

from spoedplein.cli import (
    agreements,
    history,
    issuing,
    local,
    report,
    scenario,
    schemas,
    show_settings,
    simulation,
    whatif,
    workers,
)
from spoedplein.domain.errors import SpoedpleinError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="spoedplein")
def spoedplein() -> None:
    """Live availability, fair queues and explainable placement for acute-care coordination.

    Begin with `spoedplein up`: it starts the whole system on this machine with a simulated region.
    """


for command in (
    local.up,
    workers.intake_command,
    workers.coordinate,
    workers.archive_command,
    workers.portal_command,
    workers.migrate,
    issuing.issuer_command,
    issuing.token_command,
    history.publish,
    history.fold,
    history.explain,
    whatif.whatif,
    report.report,
    simulation.simulate_command,
    scenario.scenario_command,
    agreements.agreements,
    schemas.schemas,
    show_settings.settings,
):
    spoedplein.add_command(command)


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
