"""What is configured, and what each setting means."""

import json

import click
from pydantic import SecretStr

from spoedplein import settings as configuration
from spoedplein.settings import ENV_PREFIX, Settings


@click.command()
@click.option("--all", "everything", is_flag=True, help="List every setting with its default, also when none is set.")
def settings(*, everything: bool) -> None:
    """Print the effective settings, secrets masked, with what each means.

    Settings come from SPOEDPLEIN_... variables, over the TOML file that SPOEDPLEIN_SETTINGS names, over the defaults.
    """
    found = Settings.model_construct() if everything else configuration.load()
    for name, field in Settings.model_fields.items():
        value = field.get_default() if everything else getattr(found, name)
        marker = " " if everything or value == field.get_default() else "*"
        click.echo(f"{marker} {ENV_PREFIX}{name.upper()} = {_shown(value)}")
        click.echo(f"      {field.description}")
    if not everything:
        click.echo("\n* differs from the default")


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "********" if value.get_secret_value() else '""'
    return json.dumps(value, default=str, ensure_ascii=False)
