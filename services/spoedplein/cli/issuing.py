"""The local stack's issuer of made-up users, and tokens of it for scripts."""

import click
import uvicorn

from spoedplein import settings as configuration
from spoedplein.clock import SystemClock
from spoedplein.portal.access.roles import Role
from spoedplein.portal.issuer.app import build
from spoedplein.portal.issuer.errors import LocalIssuerError
from spoedplein.portal.issuer.granting import Granter
from spoedplein.portal.issuer.guarding import check_local
from spoedplein.portal.issuer.keys import signing_key
from spoedplein.portal.issuer.users import User
from spoedplein.telemetry import logs

_ROLES = [role.value for role in Role if role is not Role.PUBLIC]


@click.command(name="issuer")
def issuer_command() -> None:
    """Sign in made-up users of the local stack. `spoedplein up` runs it; it refuses to run anywhere else."""
    settings = configuration.load()
    host, port = check_local(settings).address
    logs.configure(level=settings.log_level, process="issuer")
    app = build(settings, SystemClock())
    uvicorn.run(app, host=host, port=port, log_config=None, access_log=False, server_header=False)


@click.command(name="token")
@click.option("--role", type=click.Choice(_ROLES), required=True, help="As whom the script comes.")
@click.option("--region", "regions", multiple=True, help="Regions that the token is for.  [default: all of the stack]")
@click.option("--organisation", help="For whom a provider acts.")
@click.option("--unit", "units", multiple=True, help="Narrow a provider to these units.")
@click.option("--subject", help="How the issuer calls the user.  [default: script.<role>]")
@click.option("--on-behalf-of", help="The responsible user, where that is another.")
@click.option("--minutes", type=click.IntRange(1, 720), default=60, show_default=True, help="How long it counts.")
def token_command(
    *,
    role: str,
    regions: tuple[str, ...],
    organisation: str | None,
    units: tuple[str, ...],
    subject: str | None,
    on_behalf_of: str | None,
    minutes: int,
) -> None:
    """Print a bearer token for scripts against the local stack; nowhere else it counts.

    \b
      export SPOEDPLEIN_SETTINGS=.local/settings.toml
      curl -H "Authorization: Bearer $(spoedplein token --role coordinator)" http://127.0.0.1:8080/v1/regions
    """  # noqa: D301  click reads the backslash
    settings = configuration.load()
    granter = Granter(settings, signing_key(check_local(settings).directory), SystemClock())
    if role == Role.PROVIDER and organisation is None:
        raise LocalIssuerError("A provider acts for an organisation: name it with --organisation.")
    if unknown := sorted(set(regions) - set(settings.regions)):
        raise LocalIssuerError(f"{unknown[0]} is no region of this stack; it has {', '.join(settings.regions)}.")
    user = User(
        id=subject or f"script.{role}",
        name=role,
        role=Role(role),
        regions=regions or tuple(settings.regions),
        organisation=organisation,
        units=units,
        on_behalf_of=on_behalf_of,
    )
    click.echo(granter.access_token(user, seconds=minutes * 60))
