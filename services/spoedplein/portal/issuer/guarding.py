"""Where the local issuer may run: in the stack of `spoedplein up`, on this machine, and nowhere else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from spoedplein.portal.issuer.errors import LocalIssuerError
from spoedplein.settings import ENV_PREFIX, LOOPBACK, Settings

_INSTEAD: Final = f"Name your own issuer in {ENV_PREFIX}OIDC_ISSUER."


class Local(NamedTuple):
    """Where the issuer keeps its key, and where it listens."""

    directory: Path
    address: tuple[str, int]


def check_local(settings: Settings) -> Local:
    """When everything says that this is the local stack; LocalIssuerError otherwise."""
    if not settings.local_stack or settings.local_issuer_dir is None:
        raise LocalIssuerError(
            "The local issuer gives a token to whoever asks, so it runs in the stack of `spoedplein up` only, and "
            f"these settings are not its own. {_INSTEAD}"
        )
    for name, host in _hosts(settings):
        if host not in LOOPBACK:
            raise LocalIssuerError(
                f"The local issuer gives a token to whoever asks, and {name} leads off this machine. {_INSTEAD}"
            )
    here = urlsplit(settings.oidc_issuer)
    assert here.hostname is not None
    if here.scheme != "http" or here.port is None:
        raise LocalIssuerError("The local issuer speaks plain http, on a port of its own; oidc_issuer names no such.")
    return Local(settings.local_issuer_dir, (here.hostname, here.port))


def _hosts(settings: Settings) -> Iterator[tuple[str, str | None]]:
    """Every host that these settings lead to, with the setting that names it."""
    yield "oidc_issuer", urlsplit(settings.oidc_issuer).hostname
    yield "portal_url", urlsplit(settings.portal_url).hostname
    yield "portal_host", settings.portal_host
    for address in settings.kafka_bootstrap.split(","):
        yield "kafka_bootstrap", address.rpartition(":")[0].strip(" []")
    yield "postgres_dsn", urlsplit(settings.postgres_dsn.get_secret_value()).hostname
