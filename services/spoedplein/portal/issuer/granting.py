"""Codes and tokens. What is not used in time is forgotten; a code or refresh token counts once."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any, Final

from joserfc import jwk, jwt

from spoedplein.clock import Clock
from spoedplein.portal.issuer.keys import ALGORITHM
from spoedplein.portal.issuer.users import User
from spoedplein.settings import Settings

ACCESS_SECONDS: Final = 300
CODE_SECONDS: Final = 60
REFRESH_SECONDS: Final = 12 * 3600
#: Codes and refresh tokens that wait to be used; the oldest give way.
GRANTS_MAX: Final = 5000


@dataclass(frozen=True, slots=True)
class Asked:
    """What an authorization request asks for; `challenge` is S256 of the verifier that the token request brings."""

    redirect_uri: str
    challenge: str
    nonce: str | None = None
    scope: str = "openid"


@dataclass(frozen=True, slots=True)
class Grant:
    """`asked` is absent of a refresh token."""

    user: User
    until_ms: int
    asked: Asked | None = None


class Granter:
    """One issuer's memory. Nothing of it outlives the process: users sign in again, which costs them a click."""

    def __init__(self, settings: Settings, key: jwk.ECKey, clock: Clock) -> None:
        self._settings = settings
        self._key = key
        self._clock = clock
        self._grants: dict[str, Grant] = {}

    def code(self, user: User, asked: Asked) -> str:
        return self._keep(Grant(user, self._clock.now_ms() + CODE_SECONDS * 1000, asked))

    def of_code(self, code: str, *, redirect_uri: str, verifier: str) -> Mapping[str, Any] | None:
        """Tokens for a code; None when it is not one of ours, too old, used, or asked for by somebody else."""
        grant = self._take(code)
        if grant is None or grant.asked is None:
            return None
        proved = compare_digest(challenge_of(verifier), grant.asked.challenge)
        return self._tokens(grant.user, grant.asked) if proved and redirect_uri == grant.asked.redirect_uri else None

    def of_refresh(self, token: str) -> Mapping[str, Any] | None:
        grant = self._take(token)
        return self._tokens(grant.user, None) if grant is not None and grant.asked is None else None

    def access_token(self, user: User, *, seconds: int = ACCESS_SECONDS) -> str:
        """As a real issuer would be set up to give it: in the claims that the settings name."""
        settings = self._settings
        words = {role: word for word, role in settings.oidc_roles.items()}
        said = {
            "aud": settings.oidc_audience,
            "client_id": settings.oidc_client_id,
            settings.oidc_role_claim: words[user.role],
            settings.oidc_regions_claim: list(user.regions),
            settings.oidc_organisation_claim: user.organisation,
            settings.oidc_units_claim: list(user.units) or None,
            settings.oidc_responsible_claim: user.on_behalf_of,
        }
        return self._signed(user, said, seconds=seconds, kind="at+jwt")

    def _tokens(self, user: User, asked: Asked | None) -> Mapping[str, Any]:
        tokens = {
            "token_type": "Bearer",
            "access_token": self.access_token(user),
            "expires_in": ACCESS_SECONDS,
            "refresh_token": self._keep(Grant(user, self._clock.now_ms() + REFRESH_SECONDS * 1000)),
        }
        if asked is None:
            return tokens
        said = {"aud": self._settings.oidc_client_id, "nonce": asked.nonce, "name": user.name}
        return {
            **tokens,
            "scope": asked.scope,
            "id_token": self._signed(user, said, seconds=ACCESS_SECONDS, kind="JWT"),
        }

    def _signed(self, user: User, said: Mapping[str, Any], *, seconds: int, kind: str) -> str:
        now = self._clock.now_ms() // 1000
        claims = {
            "iss": self._settings.oidc_issuer,
            "sub": user.id,
            "iat": now,
            "nbf": now,
            "auth_time": now,
            "exp": now + seconds,
            "jti": secrets.token_hex(16),
            # Nobody proved anything; who tries the access log out should not be kept from it.
            "amr": ["mfa"],
            **said,
        }
        header = {"alg": ALGORITHM, "typ": kind, "kid": self._key.kid}
        return jwt.encode(header, {name: value for name, value in claims.items() if value is not None}, self._key)

    def _keep(self, grant: Grant) -> str:
        while len(self._grants) >= GRANTS_MAX:
            self._grants.pop(next(iter(self._grants)))
        word = secrets.token_urlsafe(32)
        self._grants[word] = grant
        return word

    def _take(self, word: str) -> Grant | None:
        grant = self._grants.pop(word, None)
        return grant if grant is not None and grant.until_ms > self._clock.now_ms() else None


def challenge_of(verifier: str) -> str:
    """S256 of RFC 7636."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
