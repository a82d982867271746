"""Agreements of regions: checked before anybody adopts them."""

import asyncio
from pathlib import Path

import click

from spoedplein import settings as configuration
from spoedplein.domain.agreements import read_agreements
from spoedplein.workers.output import Outbox
from spoedplein.workers.publishing import adopt
from spoedplein_schemas.agreements import Agreements

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def agreements() -> None:
    """Check the agreements of a region, and put them in force."""


@agreements.command()
@click.argument("files", nargs=-1, required=True, type=FILE)
def check(files: tuple[Path, ...]) -> None:
    """Read the FILES (TOML, one per region) and say what is in them, or where they are wrong.

    Exit code 1 names every fault as file:line: place: what is expected.
    """
    for file in files:
        found = read_agreements(file.read_text(encoding="utf-8"), name=str(file))
        click.echo(_summary(found))


@agreements.command(name="adopt")
@click.argument("file", type=FILE)
def adopt_command(file: Path) -> None:
    """Put the agreements of FILE in force, on its region's log, from now on.

    Intake follows its own copies of the files within seconds: change those first when sites, units or mappings changed.
    """
    asyncio.run(_adopt(read_agreements(file.read_text(encoding="utf-8"), name=str(file))))
    click.echo(f"{file}: on the log. The decision agreements-in-force follows, unless this very text was in force.")


async def _adopt(found: Agreements) -> None:
    settings = configuration.load()
    async with Outbox(settings) as outbox:
        await adopt(outbox, settings, found, now_ms=settings.clock().now_ms())


def _summary(found: Agreements) -> str:
    care_types = {unit.care_type for unit in found.units}
    services = sum(len(site.services) for site in found.sites)
    return (
        f"{found.region} {found.version}: {found.title}\n"
        f"  {len(found.sites)} sites with {services} queues, {len(found.units)} units of {len(care_types)} care types, "
        f"owner {found.owner}, {len(found.mappings)} source mappings"
    )
