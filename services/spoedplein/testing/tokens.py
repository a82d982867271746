"""An issuer of one's own: a key, and tokens signed with it that a `Verifier` on that key accepts."""

from collections.abc import Sequence
from typing import Any, Final, TypedDict, Unpack

from joserfc import jwk, jwt

from spoedplein.clock import SystemClock
from spoedplein.portal.access.entrance import Access
from spoedplein.portal.access.recorder import Recorder
from spoedplein.portal.access.roles import Role
from spoedplein.portal.access.tokens import FixedKeys, Trusted, Verifier
from spoedplein.settings import Settings
from spoedplein.telemetry.metrics import Metrics
from spoedplein.testing.access_log import MemoryAccessStore

ISSUER: Final = "https://issuer.example.org"
AUDIENCE: Final = "spoedplein"
LIFETIME_SECONDS: Final = 300


class Said(TypedDict, total=False):
    """What a token says beside its role; None leaves a claim out, and `more` goes over all."""

    regions: Sequence[str]
    organisation: str | None
    more: dict[str, Any]


class Minter:
    """Tokens as the issuer would give them."""

    def __init__(self, *, issuer: str = ISSUER, audience: str = AUDIENCE, key: jwk.Key | None = None) -> None:
        self.key = key or jwk.ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
        self.trusted = Trusted(issuer=issuer, audience=audience)

    @property
    def keys(self) -> jwk.KeySet:
        return jwk.KeySet([self.key])

    def access(self, recorder: Recorder | None = None) -> Access:
        """The entrance of an app under test; what is put on record goes to memory, unless told otherwise."""
        metrics = Metrics()
        recorder = recorder or Recorder(MemoryAccessStore(), metrics)
        settings = Settings(oidc_issuer=self.trusted.issuer, oidc_audience=self.trusted.audience)
        return Access(self.verifier(), recorder, metrics=metrics, clock=SystemClock(), settings=settings)

    def verifier(self) -> Verifier:
        return Verifier(self.trusted, FixedKeys(self.keys), now_seconds=_now_seconds)

    def claims(self, role: Role, **said: Unpack[Said]) -> dict[str, Any]:
        now = _now_seconds()
        claims = {
            "iss": self.trusted.issuer,
            "aud": self.trusted.audience,
            "sub": f"test-{role}",
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
            self.trusted.role_claim: role.value,
            self.trusted.regions_claim: list(said.get("regions", ("rijnmond",))),
            self.trusted.organisation_claim: said.get("organisation"),
        } | said.get("more", {})
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, role: Role, **said: Unpack[Said]) -> str:
        return self.signed(self.claims(role, **said))

    def signed(self, claims: dict[str, Any], *, header: dict[str, Any] | None = None) -> str:
        assert self.key.alg is not None
        whole = {"alg": self.key.alg, "kid": self.key.kid, **(header or {})}
        return jwt.encode(whole, claims, self.key, algorithms=[whole["alg"]])

    def bearer(self, role: Role, **said: Unpack[Said]) -> dict[str, str]:
        """As a header of a request."""
        return {"Authorization": f"Bearer {self.token(role, **said)}"}


def _now_seconds() -> int:
    return SystemClock().now_ms() // 1000
