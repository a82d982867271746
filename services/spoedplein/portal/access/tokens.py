"""Bearer tokens: a JWT of the one issuer that we trust, for us, of this moment, signed with a key that it publishes.

The reason of a refusal is a code and a sentence; nothing of the token itself is repeated, logged or counted.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, Protocol, Self

from joserfc import jwk, jws
from joserfc._rfc7515.model import JWSAlgModel
from joserfc.errors import ClaimError, ExpiredTokenError, JoseError, MissingClaimError, UnsupportedAlgorithmError
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry
from joserfc.util import urlsafe_b64decode

from spoedplein.domain.errors import SpoedpleinError
from spoedplein.portal.access.principal import Principal
from spoedplein.portal.access.roles import Role
from spoedplein.settings import ENV_PREFIX, Settings, SettingsError

#: Far above any token of claims like ours, far below what costs anything to look at.
TOKEN_BYTES_MAX: Final = 8192
#: A token that is to live longer is no access token, whatever its issuer thinks.
LIFETIME_SECONDS_MAX: Final = 86_400
#: Of any text that we keep out of a token: names of users, regions, organisations.
TEXT_CHARACTERS_MAX: Final = 200
#: In these a token would bring its own key, or change what its signature covers.
FORBIDDEN_HEADERS: Final = frozenset({"jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc"})
TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})

_ESSENTIAL: Final[dict[str, ClaimsOption]] = {name: {"essential": True} for name in ("exp", "iat", "sub")}

Claims = Mapping[str, Any]


class TokenFault(StrEnum):
    """Why a token is refused."""

    MALFORMED = "malformed"
    TOO_LARGE = "too-large"
    ENCRYPTED = "encrypted"
    ALGORITHM = "algorithm"
    HEADER = "header"
    TYPE = "type"
    UNKNOWN_KEY = "unknown-key"
    SIGNATURE = "signature"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    CLAIM_MISSING = "claim-missing"
    CLAIM_INVALID = "claim-invalid"
    ROLE = "role"


class TokenRefusedError(SpoedpleinError):
    """The token is not one that we act on; `fault` says why, the message how to mend it."""

    def __init__(self, fault: TokenFault, detail: str) -> None:
        super().__init__(detail)
        self.fault = fault


class Keys(Protocol):
    async def find(self, kid: str) -> jwk.Key | None:
        """The issuer's public key by that id."""
        ...


class FixedKeys:
    """A key set that never changes."""

    def __init__(self, keys: jwk.KeySet) -> None:
        self._keys = {key.kid: key for key in keys}

    async def find(self, kid: str) -> jwk.Key | None:
        return self._keys.get(kid)


@dataclass(frozen=True, slots=True)
class Trusted:
    """Whose tokens count, for whom they are, and in which claims we find what. Dots lead into nested claims."""

    issuer: str
    audience: str
    algorithms: tuple[str, ...] = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
    leeway_seconds: int = 30
    role_claim: str = "spoedplein_role"
    regions_claim: str = "spoedplein_regions"
    organisation_claim: str = "spoedplein_organisation"
    units_claim: str = "spoedplein_units"
    responsible_claim: str = "spoedplein_on_behalf_of"
    #: The issuer's word for a role to ours; what is not here is no role of ours, and nobody signs in as the public.
    roles: Mapping[str, Role] = field(
        default_factory=lambda: {role.value: role for role in Role if role is not Role.PUBLIC}
    )
    #: Values of `acr` that mean two factors, beside `amr` with "mfa".
    two_factor_acr: frozenset[str] = frozenset()

    @classmethod
    def by(cls, settings: Settings) -> Self:
        """SettingsError for a role that there is not."""
        roles = {role.value: role for role in Role if role is not Role.PUBLIC}
        if unknown := sorted(set(settings.oidc_roles.values()) - set(roles)):
            msg = f"{ENV_PREFIX}OIDC_ROLES gives the role {unknown[0]}; write one of {', '.join(roles)}."
            raise SettingsError(msg)
        return cls(
            issuer=settings.oidc_issuer,
            audience=settings.oidc_audience,
            algorithms=settings.oidc_algorithms,
            leeway_seconds=settings.oidc_leeway_seconds,
            role_claim=settings.oidc_role_claim,
            regions_claim=settings.oidc_regions_claim,
            organisation_claim=settings.oidc_organisation_claim,
            units_claim=settings.oidc_units_claim,
            responsible_claim=settings.oidc_responsible_claim,
            roles={word: roles[role] for word, role in settings.oidc_roles.items()},
            two_factor_acr=frozenset(settings.oidc_two_factor_acr),
        )


class Verifier:
    """Token in, principal out. `now_seconds` is the wall clock's: an issuer knows no simulated time."""

    def __init__(self, trusted: Trusted, keys: Keys, *, now_seconds: Callable[[], int]) -> None:
        self._trusted = trusted
        self._keys = keys
        self._now_seconds = now_seconds
        # Header members that nobody knows are passed over, as RFC 7515 wants; those that matter were refused before.
        self._registry = _Signatures(algorithms=trusted.algorithms, strict_check_header=False)

    async def principal(self, token: str) -> Principal:
        """Raises TokenRefusedError."""
        return self.principal_of(await self.claims(token))

    def principal_of(self, claims: Claims) -> Principal:
        """Who they say it is; raises TokenRefusedError when they do not say enough."""
        return principal_of(claims, self._trusted)

    def for_audience(self, audience: str) -> "Verifier":
        """Of tokens that the same issuer gives to another: identity tokens are for the client that signs in."""
        return Verifier(replace(self._trusted, audience=audience), self._keys, now_seconds=self._now_seconds)

    async def claims(self, token: str) -> Claims:
        """The claims of a token that holds; raises TokenRefusedError."""
        header = _header(token, self._trusted.algorithms)
        key = await self._keys.find(header["kid"])
        if key is None:
            raise TokenRefusedError(TokenFault.UNKNOWN_KEY, "The token's key is none that the issuer publishes.")
        if key.alg not in (None, header["alg"]):
            raise TokenRefusedError(TokenFault.ALGORITHM, "The token's key is published for another algorithm.")
        claims = _signed(token, key, self._registry)
        self._check(claims)
        return claims

    def _check(self, claims: dict[str, Any]) -> None:
        trusted = self._trusted
        if claims.get("iss") != trusted.issuer:
            raise TokenRefusedError(TokenFault.ISSUER, "The token is of an issuer that this portal does not trust.")
        audience = claims.get("aud")
        if trusted.audience not in (audience if isinstance(audience, list) else [audience]):
            raise TokenRefusedError(TokenFault.AUDIENCE, "The token is for another audience; ask one for this portal.")
        try:
            JWTClaimsRegistry(self._now_seconds(), trusted.leeway_seconds, **_ESSENTIAL).validate(claims)
        except ExpiredTokenError as error:
            raise TokenRefusedError(TokenFault.EXPIRED, "The token has expired; ask a new one.") from error
        except MissingClaimError as error:
            raise TokenRefusedError(TokenFault.CLAIM_MISSING, f"The token lacks {error.claim}.") from error
        except ClaimError as error:
            raise _claim_refused(error) from error
        if claims["exp"] - claims["iat"] > LIFETIME_SECONDS_MAX:
            raise TokenRefusedError(TokenFault.CLAIM_INVALID, "The token's exp lies more than a day after its iat.")
        if not _is_name(claims["sub"]):
            raise TokenRefusedError(TokenFault.CLAIM_INVALID, "The token's sub cannot be used.")


class _Signatures(jws.JWSRegistry):
    """Which signatures count is what the settings say. (The library would warn of the name EdDSA, each time.)"""

    def get_alg(self, name: str) -> JWSAlgModel:
        if name not in (self.allowed or ()):
            raise UnsupportedAlgorithmError
        return self.algorithms[name]


def principal_of(claims: Claims, trusted: Trusted) -> Principal:
    """Who the claims say it is; raises TokenRefusedError when they do not say enough."""
    role = _role(claims, trusted)
    organisation = _text(claims, trusted.organisation_claim)
    if role is Role.PROVIDER and organisation is None:
        detail = f"A provider's token names his organisation in {trusted.organisation_claim}."
        raise TokenRefusedError(TokenFault.CLAIM_MISSING, detail)
    units = _texts(claims, trusted.units_claim)
    return Principal(
        subject=claims["sub"],
        role=role,
        regions=_texts(claims, trusted.regions_claim) or frozenset(),
        organisation=organisation,
        units=units,
        on_behalf_of=_text(claims, trusted.responsible_claim),
        two_factor=_text(claims, "acr") in trusted.two_factor_acr or "mfa" in (_texts(claims, "amr") or ()),
    )


def _role(claims: Claims, trusted: Trusted) -> Role:
    found = {trusted.roles[word] for word in _texts(claims, trusted.role_claim) or () if word in trusted.roles}
    if len(found) != 1:
        detail = f"The token gives {len(found)} roles of this portal in {trusted.role_claim}; it must give one."
        raise TokenRefusedError(TokenFault.ROLE, detail)
    return found.pop()


def _header(token: str, algorithms: Sequence[str]) -> dict[str, Any]:
    """The token's header, unverified, once nothing about its shape or header is against it; `kid` is there."""
    if len(token) > TOKEN_BYTES_MAX:
        raise TokenRefusedError(TokenFault.TOO_LARGE, f"The token is longer than {TOKEN_BYTES_MAX} bytes.")
    parts = token.split(".")
    if len(parts) == 5:
        raise TokenRefusedError(TokenFault.ENCRYPTED, "The token is encrypted; send a signed one.")
    header = _object(parts[0]) if len(parts) == 3 else None
    if header is None:
        raise TokenRefusedError(TokenFault.MALFORMED, "What was sent is no signed JWT in compact form.")
    if header.get("alg") not in algorithms:
        raise TokenRefusedError(TokenFault.ALGORITHM, f"The token is not signed with one of {', '.join(algorithms)}.")
    if forbidden := sorted(FORBIDDEN_HEADERS & header.keys()):
        raise TokenRefusedError(TokenFault.HEADER, f"The token's header may not have {forbidden[0]}.")
    if str(header.get("typ", "JWT")).lower() not in TYPES:
        raise TokenRefusedError(TokenFault.TYPE, "The token is of another type than JWT or at+jwt.")
    if not isinstance(header.get("kid"), str):
        raise TokenRefusedError(TokenFault.UNKNOWN_KEY, "The token does not name its key (kid).")
    return header


def _object(part: str) -> dict[str, Any] | None:
    try:
        found = json.loads(urlsafe_b64decode(part.encode()))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _signed(token: str, key: jwk.Key, registry: jws.JWSRegistry) -> dict[str, Any]:
    try:
        signed = jws.deserialize_compact(token, key, registry=registry)
    except (JoseError, ValueError) as error:
        raise TokenRefusedError(TokenFault.SIGNATURE, "The token's signature does not hold.") from error
    try:
        claims = json.loads(signed.payload or b"")
    except (ValueError, RecursionError) as error:
        raise TokenRefusedError(TokenFault.MALFORMED, "What is signed is no JSON.") from error
    if not isinstance(claims, dict):
        raise TokenRefusedError(TokenFault.MALFORMED, "What is signed is no JSON object.")
    return claims


def _claim_refused(error: ClaimError) -> TokenRefusedError:
    if error.claim in ("nbf", "iat") and "must be" not in str(error):
        return TokenRefusedError(TokenFault.NOT_YET_VALID, "The token is not valid yet; do the clocks agree?")
    return TokenRefusedError(TokenFault.CLAIM_INVALID, f"The token's {error.claim} cannot be used.")


def _at(claims: Claims, path: str) -> object:
    """Where the path leads; a claim whose name has dots in it (a URL) goes before a nested one."""
    if path in claims:
        return claims[path]
    found: object = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _text(claims: Claims, path: str) -> str | None:
    found = _at(claims, path)
    if found is None or (isinstance(found, str) and _is_name(found)):
        return found
    raise TokenRefusedError(TokenFault.CLAIM_INVALID, f"The token's {path} is no short text.")


def _texts(claims: Claims, path: str) -> frozenset[str] | None:
    """One word or a list of them."""
    found = _at(claims, path)
    if found is None:
        return None
    words = found if isinstance(found, list) else [found]
    if not all(isinstance(word, str) and _is_name(word) for word in words):
        raise TokenRefusedError(TokenFault.CLAIM_INVALID, f"The token's {path} is no list of short texts.")
    return frozenset(words)


def _is_name(text: str) -> bool:
    """Short and printable: it goes on record as it is."""
    return 0 < len(text) <= TEXT_CHARACTERS_MAX and text.isprintable()
