"""What the local issuer refuses."""

from spoedplein.domain.errors import SpoedpleinError


class LocalIssuerError(SpoedpleinError):
    """The local issuer does not start, or gives no token; the message says why and what to do instead."""
