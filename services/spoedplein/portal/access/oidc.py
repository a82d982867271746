"""Talking with the issuer: where its endpoints are, which keys it signs with, tokens for who signed in there.

Everything that comes from it is small, by TLS unless it runs on this machine, and held against what was configured.
"""

import json
import warnings
from collections.abc import Mapping
from typing import Any, Final, Self
from urllib.parse import urlsplit

import aiohttp
from joserfc import jwk
from joserfc.errors import JoseError, SecurityWarning
from pydantic import BaseModel, ValidationError

from spoedplein.domain.errors import SpoedpleinError
from spoedplein.settings import LOOPBACK, Settings

DISCOVERY_PATH: Final = "/.well-known/openid-configuration"
#: An issuer with a hundred RSA keys stays far below it.
ANSWER_BYTES_MAX: Final = 256 * 1024
_KEY_TYPES: Final = frozenset({"RSA", "EC", "OKP"})
_OK: Final = 200


class IssuerAwayError(SpoedpleinError):
    """The issuer does not answer, or not as an issuer does; nothing is said about any token."""


class IssuerRefusedError(SpoedpleinError):
    """The issuer answered, and gives no token; the message holds its error code only."""


class Endpoints(BaseModel):
    """What we use of the issuer's discovery document."""

    issuer: str
    jwks_uri: str
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    end_session_endpoint: str | None = None


class IssuerClient:
    """One issuer; use it as a context manager. Endpoints are read once, and again after `forget`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None
        self._endpoints: Endpoints | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def forget(self) -> None:
        """Endpoints are asked anew: they may have moved since."""
        self._endpoints = None

    async def endpoints(self) -> Endpoints:
        """Raises IssuerAwayError."""
        if self._endpoints is None:
            url = self._settings.oidc_issuer.rstrip("/") + DISCOVERY_PATH
            try:
                found = Endpoints.model_validate(await self._get(url))
            except ValidationError as error:
                raise IssuerAwayError(f"{url} is no discovery document of an issuer.") from error
            self._check(found)
            self._endpoints = found
        return self._endpoints

    async def keys(self) -> dict[str, jwk.Key]:
        """By their id, those that can verify a signature: no secrets, none for encryption, none that is weak."""
        document = await self._get((await self.endpoints()).jwks_uri)
        listed = document.get("keys")
        if not isinstance(listed, list):
            raise IssuerAwayError("The issuer's key set has no list of keys.")
        found = (_usable(each) for each in listed)
        return {key.kid: key for key in found if key is not None and key.kid is not None}

    async def tokens(self, form: Mapping[str, str]) -> Mapping[str, Any]:
        """The token endpoint's answer to a grant; raises IssuerRefusedError and IssuerAwayError."""
        endpoint = (await self.endpoints()).token_endpoint
        if endpoint is None:
            raise IssuerAwayError("The issuer has no token endpoint.")
        secret = self._settings.oidc_client_secret.get_secret_value()
        client = {"client_id": self._settings.oidc_client_id} | ({"client_secret": secret} if secret else {})
        status, document = await self._ask("POST", endpoint, data={**form, **client})
        if status != _OK:
            raise IssuerRefusedError(f"The issuer gives no token: {_code(document)}.")
        return document

    async def _get(self, url: str) -> Mapping[str, Any]:
        status, document = await self._ask("GET", url)
        if status != _OK:
            raise IssuerAwayError(f"The issuer answers {status} at {url}.")
        return document

    async def _ask(
        self, method: str, url: str, *, data: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, Any]]:
        headers = {"Accept": "application/json"}
        body = bytearray()
        try:
            async with self._http().request(method, url, data=data, headers=headers, allow_redirects=False) as answer:
                async for chunk in answer.content.iter_any():
                    body += chunk
                    if len(body) > ANSWER_BYTES_MAX:
                        raise IssuerAwayError(f"The issuer answers more than {ANSWER_BYTES_MAX} bytes at {url}.")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise IssuerAwayError(f"The issuer does not answer at {url}: {type(error).__name__}.") from error
        return answer.status, _json_object(bytes(body), url)

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._settings.oidc_timeout_seconds),
                connector=aiohttp.TCPConnector(ssl=self._settings.oidc_tls(), limit=8),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def _check(self, found: Endpoints) -> None:
        """An issuer speaks for itself only, and keys do not come over a wire that anybody may write on."""
        if found.issuer != self._settings.oidc_issuer:
            raise IssuerAwayError(
                f"The issuer calls itself otherwise than SPOEDPLEIN_OIDC_ISSUER, {self._settings.oidc_issuer}, does."
            )
        for url in (found.jwks_uri, found.authorization_endpoint, found.token_endpoint):
            parts = urlsplit(url or "https:")
            if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
                raise IssuerAwayError(f"The issuer names an endpoint without TLS: {url}.")


def _usable(data: object) -> jwk.Key | None:
    if not isinstance(data, dict) or data.get("kty") not in _KEY_TYPES or data.get("use", "sig") != "sig":
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SecurityWarning)  # Of keys that are too short.
            return jwk.import_key(data)
    except (JoseError, SecurityWarning, ValueError, TypeError, KeyError):
        return None  # A kind of key that we do not know, or none that one could trust, beside those that we do.


def _json_object(body: bytes, url: str) -> Mapping[str, Any]:
    try:
        document = json.loads(body)
    except ValueError as error:
        raise IssuerAwayError(f"The issuer answers no JSON at {url}.") from error
    if not isinstance(document, dict):
        raise IssuerAwayError(f"The issuer answers no JSON object at {url}.")
    return document


def _code(document: Mapping[str, Any]) -> str:
    """Error codes of OAuth are short words; anything else is not repeated."""
    code = document.get("error")
    return code if isinstance(code, str) and code.replace("_", "").isalnum() and len(code) < 40 else "no reason given"
