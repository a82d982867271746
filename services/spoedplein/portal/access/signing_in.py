"""Signing in with a browser: the authorization code flow with PKCE, against the configured issuer.

What comes back must be the answer to what this browser was sent away with: `state` names that, a cookie binds it to the
browser, `nonce` to the identity token, and the code verifier never left this process.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from hmac import compare_digest
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from spoedplein.clock import Clock
from spoedplein.portal.access.oidc import IssuerAwayError, IssuerClient, IssuerRefusedError
from spoedplein.portal.access.refusals import NobodyCanSayError
from spoedplein.portal.access.sessions import Session, Sessions
from spoedplein.portal.access.tokens import TokenRefusedError, Verifier
from spoedplein.portal.problems import ProblemError
from spoedplein.settings import Settings

SIGN_IN_PATH: Final = "/sign-in"
RETURN_PATH: Final = "/sign-in/return"
#: In which a user finds his second factor.
UNDER_WAY_SECONDS: Final = 600
#: Sign-ins under way; the oldest give way.
UNDER_WAY_MAX: Final = 20_000
_RETRY_SECONDS: Final = 10.0


class SignInError(ProblemError):
    """Signing in came to nothing."""

    def __init__(self, detail: str) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, "sign-in-failed", detail)


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A browser that was sent to the issuer. `binding` is in its cookie; `to` is where it wanted to be."""

    state: str
    binding: str
    nonce: str
    verifier: str
    to: str
    until_ms: int


class SigningIn:
    """What is under way, and what becomes of it."""

    def __init__(
        self, settings: Settings, issuer: IssuerClient, verifier: Verifier, sessions: Sessions, *, clock: Clock
    ) -> None:
        self._settings = settings
        self._issuer = issuer
        self._identity = verifier.for_audience(settings.oidc_client_id)
        self._sessions = sessions
        self._clock = clock
        self._under_way: dict[str, UnderWay] = {}

    async def begin(self, to: str) -> tuple[str, UnderWay]:
        """The issuer's page, and what is under way from now on."""
        if not self._settings.portal_url or not self._settings.oidc_issuer:
            raise SignInError("This portal has no sign-in: set portal_url and oidc_issuer.")
        try:
            endpoint = (await self._issuer.endpoints()).authorization_endpoint
        except IssuerAwayError as error:
            raise NobodyCanSayError(str(error), retry_seconds=_RETRY_SECONDS) from error
        if endpoint is None:
            raise SignInError("The issuer has no page to sign in on.")
        begun = UnderWay(
            state=secrets.token_urlsafe(32),
            binding=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            to=to if is_of_ours(to) else "/",
            until_ms=self._clock.now_ms() + UNDER_WAY_SECONDS * 1000,
        )
        while len(self._under_way) >= UNDER_WAY_MAX:
            self._under_way.pop(next(iter(self._under_way)))
        self._under_way[begun.state] = begun
        return f"{endpoint}?{urlencode(self._asked(begun))}", begun

    async def finish(self, *, state: str, binding: str, code: str | None, error: str | None) -> tuple[Session, str]:
        """The session, and where the browser wanted to be. Counts once, whatever comes of it."""
        begun = self._under_way.pop(state, None)
        is_known = begun is not None and compare_digest(begun.binding.encode(), binding.encode())
        if begun is None or begun.until_ms < self._clock.now_ms() or not is_known:
            raise SignInError(
                "This sign-in is not the one that began in this browser, or took too long. Sign in again."
            )
        if error is not None or code is None:
            raise SignInError("The issuer did not sign you in. Sign in again, or ask who gives out accounts.")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._return_uri,
            "code_verifier": begun.verifier,
        }
        try:
            tokens = await self._issuer.tokens(form)
            identity = await self._identity.claims(str(tokens.get("id_token", "")))
            if identity.get("nonce") != begun.nonce:
                raise SignInError("The issuer answered another sign-in than this one. Sign in again.")
            session = await self._sessions.begin(tokens, name=str(identity.get("name", "")))
        except IssuerAwayError as away:
            raise NobodyCanSayError(str(away), retry_seconds=_RETRY_SECONDS) from away
        except (IssuerRefusedError, TokenRefusedError) as refused:
            raise SignInError(f"{refused} Sign in again, or ask who gives out accounts.") from refused
        if identity["sub"] != session.principal.subject:
            self._sessions.end(session)
            raise SignInError("The issuer gave tokens of two users. Tell who runs it.")
        return session, begun.to

    async def leave(self, session: Session) -> str:
        """Ends the session; the issuer's page where its own ends too, when it has one, or ours."""
        self._sessions.end(session)
        home = f"{self._settings.portal_url}/"
        try:
            endpoint = (await self._issuer.endpoints()).end_session_endpoint
        except IssuerAwayError:
            return home
        if endpoint is None or not endpoint.startswith(self._settings.oidc_issuer):
            return home  # Our own rule for forms lets one lead to the issuer itself only.
        asked = {"client_id": self._settings.oidc_client_id, "post_logout_redirect_uri": home}
        if session.id_token is not None:
            asked["id_token_hint"] = session.id_token
        return f"{endpoint}?{urlencode(asked)}"

    @property
    def _return_uri(self) -> str:
        return self._settings.portal_url + RETURN_PATH

    def _asked(self, begun: UnderWay) -> dict[str, str]:
        digest = hashlib.sha256(begun.verifier.encode()).digest()
        return {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": self._return_uri,
            "scope": self._settings.oidc_scope,
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }


def is_of_ours(to: str) -> bool:
    """Whether this is a path here, and no way of writing another host."""
    return to.isascii() and to.isprintable() and to.startswith("/") and not to.startswith(("//", "/\\"))
