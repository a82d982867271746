"""Reports out of the archive, for the regiobeeld."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from pydantic import TypeAdapter

from spoedplein import settings as configuration
from spoedplein.cli import regiobeeld
from spoedplein.cli.files import NEW, TEXT
from spoedplein.reports import report as reports
from spoedplein.reports.report import Level, Report
from spoedplein.reports.small_counts import K_DEFAULT
from spoedplein.reports.triple_aim import read_parameters, shipped
from spoedplein.store.reports import Asked, find
from spoedplein_schemas.vocabulary import CareType

_DAY = click.DateTime(formats=["%Y-%m-%d"])
_REPORT: TypeAdapter[Report] = TypeAdapter(Report)


@click.command()
@click.option("--region", required=True, help="As it is called in its agreements.")
@click.option("--from", "since", type=_DAY, required=True, help="The first day, local time.")
@click.option("--until", type=_DAY, required=True, help="The day after the last one, local time.")
@click.option(
    "--care-type",
    "care_types",
    type=click.Choice([each.value for each in CareType]),
    multiple=True,
    help="Only of this care; may be repeated. Queues and transfers are told of all.",
)
@click.option(
    "--level",
    type=click.Choice([each.value for each in Level]),
    default=Level.PUBLIC.value,
    show_default=True,
    help="public: small counts are withheld; internal: everything, for the partners at their own table.",
)
@click.option(
    "-k",
    "--smallest",
    "k",
    type=click.IntRange(min=2),
    default=K_DEFAULT,
    show_default=True,
    help="The smallest count that is published.",
)
@click.option(
    "--parameters",
    type=TEXT,
    help="Your region's figures (TOML) for the Triple Aim estimates, instead of the assumptions that come along.",
)
@click.option("--timezone", default="Europe/Amsterdam", show_default=True, help="Where days and hours are counted.")
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True)
@click.option("--html", type=NEW, help="Write a page here too.")
def report(  # noqa: PLR0913  one per option
    *,
    region: str,
    since: datetime,
    until: datetime,
    care_types: tuple[str, ...],
    level: str,
    k: int,
    parameters: Path | None,
    timezone: str,
    form: str,
    html: Path | None,
) -> None:
    """Tell where a REGION's chain stalled (knelpunten), from the archive in PostgreSQL. The report is in Dutch.

    Per care type: what was asked and how that ended, time to a place, why providers refused and why nothing fitted,
    who was not placed in time, transfers, stops, hours of the week without a known free place, waits and norms. Last,
    effects on the Triple Aim, estimated from parameters that are shown with their source.

    \b
    January, to publish, and as a page:
        spoedplein report --region rijnmond --from 2026-01-01 --until 2026-02-01 --html januari.html

    The database is that of the setting postgres_dsn; a user with the role spoedplein_reader is enough, and nothing is
    written to it. Exit code 1 when it cannot be read, 2 for a wrong option.
    """  # noqa: D301  click reads the backslash
    zone = _zone(timezone)
    begins, ends = (each.replace(tzinfo=zone).astimezone(UTC) for each in (since, until))
    if begins >= ends:
        msg = "--until is the day after the last one, so it comes after --from"
        raise click.UsageError(msg)
    given = read_parameters(parameters.read_text(encoding="utf-8"), name=str(parameters)) if parameters else shipped()
    found = asyncio.run(find(configuration.load(), Asked(region, begins, ends, care_types or None)))
    made = reports.report(found, level=Level(level), k=k, parameters=given, zone=timezone)
    if html is not None:
        html.write_text(regiobeeld.page(made), encoding="utf-8")
    click.echo(_shown(made, form), nl=form != "csv")


def _shown(made: Report, form: str) -> str:
    if form == "json":
        return _REPORT.dump_json(made, indent=2).decode()
    return regiobeeld.rows(made) if form == "csv" else regiobeeld.text(made)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        msg = f'"{name}" is no time zone; write one like Europe/Amsterdam'
        raise click.BadParameter(msg, param_hint="--timezone") from error
