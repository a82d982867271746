"""The published contracts: JSON Schemas, examples, AsyncAPI."""

import sys
from pathlib import Path

import click

from spoedplein import contracts
from spoedplein.portal.app import openapi as portal_openapi

DEFAULT_DIRECTORY = Path("schemas/json")
OPENAPI_FILE = "openapi.json"
DEFAULT_PUBLISHED = Path("tests/schemas/published/v1.json")


@click.group()
def schemas() -> None:
    """The published contracts, generated from the models."""


@schemas.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=DEFAULT_DIRECTORY, show_default=True)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 and name the files that are not up to date.")
def export(out: Path, *, check: bool) -> None:
    """Write a JSON Schema and an example per message, asyncapi.yaml, and openapi.json of the portal."""
    openapi = out / OPENAPI_FILE
    if not check:
        written = [*contracts.export(out), openapi]
        openapi.write_bytes(portal_openapi())
        click.echo(f"{len(written)} files in {out}")
        return
    stale = contracts.differences(out)
    if not openapi.is_file() or openapi.read_bytes() != portal_openapi():
        stale.append(f"{openapi}: not what the portal's routes say")
    for name in stale:
        click.echo(name)
    if stale:
        click.echo(f"{len(stale)} files in {out} differ from the models; run `spoedplein schemas export`.", err=True)
        sys.exit(1)
    click.echo(f"{out} is up to date.")


@schemas.command()
@click.option("--file", type=click.Path(dir_okay=False, path_type=Path), default=DEFAULT_PUBLISHED, show_default=True)
def publish(file: Path) -> None:
    """Freeze today's schemas as a promise; refuses when an earlier promise would break."""
    contracts.publish(file)
    click.echo(f"Published: {file}")
