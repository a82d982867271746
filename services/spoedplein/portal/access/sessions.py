"""Who is signed in with a browser. It holds a word that says nothing; everything else stays here.

A session lives as long as a shift, and as long as the issuer goes on vouching for the user: whenever its access token
has run out the issuer is asked for the next. While the issuer does not answer, the session goes on. It does not outlive
the process: the browser is then sent to the issuer, which knows the user still.
"""

import asyncio
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from spoedplein.clock import Clock
from spoedplein.portal.access.oidc import IssuerAwayError, IssuerClient, IssuerRefusedError
from spoedplein.portal.access.principal import Principal
from spoedplein.portal.access.tokens import TokenRefusedError, Verifier

#: At once; the oldest give way.
SESSIONS_MAX: Final = 20_000
#: Before an access token runs out the next is asked for.
MARGIN_SECONDS: Final = 15
#: After the issuer did not answer it is not asked again for so long.
RETRY_SECONDS: Final = 30
#: Emergency use that was declared on the page; then it is declared again.
EMERGENCY_SECONDS: Final = 900

LOGGER = logging.getLogger(__name__)


@dataclass(slots=True)
class Session:
    """`csrf` is what a form or script of ours sends along, and one of another site cannot know.

    `fresh_until_ms`: until then nobody need be asked whether the user still is who he was.
    """

    id: str
    csrf: str
    principal: Principal
    name: str
    begun_ms: int
    fresh_until_ms: int
    refresh_token: str | None = None
    id_token: str | None = None
    emergency: str | None = None
    emergency_until_ms: int = 0
    _refreshing: asyncio.Lock = field(default_factory=asyncio.Lock)


class Sessions:
    """The sessions of one process."""

    def __init__(self, issuer: IssuerClient, verifier: Verifier, *, clock: Clock, seconds_max: float) -> None:
        self._issuer = issuer
        self._verifier = verifier
        self._clock = clock
        self._milliseconds_max = round(seconds_max * 1000)
        self._sessions: dict[str, Session] = {}

    async def begin(self, tokens: Mapping[str, Any], *, name: str) -> Session:
        """For whom the issuer just gave these tokens. TokenRefusedError when they are not what they should be."""
        principal, until_ms = await self._read(tokens)
        while len(self._sessions) >= SESSIONS_MAX:
            self._sessions.pop(next(iter(self._sessions)))
        session = Session(
            id=secrets.token_urlsafe(32),
            csrf=secrets.token_urlsafe(32),
            principal=principal,
            name=name,
            begun_ms=self._clock.now_ms(),
            fresh_until_ms=until_ms,
            refresh_token=_text(tokens, "refresh_token"),
            id_token=_text(tokens, "id_token"),
        )
        self._sessions[session.id] = session
        return session

    def end(self, session: Session) -> None:
        self._sessions.pop(session.id, None)

    async def find(self, name: str | None) -> Session | None:
        """The session by that name, if it still is one; the issuer is asked when it is time to."""
        session = self._sessions.get(name or "")
        if session is None:
            return None
        now_ms = self._clock.now_ms()
        if now_ms >= session.begun_ms + self._milliseconds_max:
            self.end(session)
            return None
        if now_ms >= session.fresh_until_ms - MARGIN_SECONDS * 1000:
            async with session._refreshing:  # noqa: SLF001  one at a time: a refresh token counts once
                await self._refresh(session)
        return self._sessions.get(session.id)

    def declare(self, session: Session, reason: str) -> None:
        """Emergency use, for a quarter of an hour."""
        session.emergency = reason
        session.emergency_until_ms = self._clock.now_ms() + EMERGENCY_SECONDS * 1000

    def emergency(self, session: Session) -> str | None:
        return session.emergency if self._clock.now_ms() < session.emergency_until_ms else None

    async def _refresh(self, session: Session) -> None:
        now_ms = self._clock.now_ms()
        if now_ms < session.fresh_until_ms - MARGIN_SECONDS * 1000:
            return  # Another request of the same browser did it while we waited.
        if session.refresh_token is None:
            if now_ms >= session.fresh_until_ms:
                self.end(session)
            return
        try:
            form = {"grant_type": "refresh_token", "refresh_token": session.refresh_token}
            tokens = await self._issuer.tokens(form)
            principal, until_ms = await self._read(tokens)
        except IssuerAwayError as error:
            LOGGER.warning("a session goes on unasked: %s", error, extra={"action": "access.issuer-away"})
            session.fresh_until_ms = now_ms + (RETRY_SECONDS + MARGIN_SECONDS) * 1000
            return
        except (IssuerRefusedError, TokenRefusedError) as error:
            LOGGER.info("a session ended: %s", error, extra={"action": "access.session-ended"})
            self.end(session)
            return
        if principal.subject != session.principal.subject:
            self.end(session)
            return
        session.principal, session.fresh_until_ms = principal, until_ms
        session.refresh_token = _text(tokens, "refresh_token") or session.refresh_token

    async def _read(self, tokens: Mapping[str, Any]) -> tuple[Principal, int]:
        """Who the access token says it is, and until when."""
        claims = await self._verifier.claims(_text(tokens, "access_token") or "")
        return self._verifier.principal_of(claims), round(claims["exp"] * 1000)


def _text(tokens: Mapping[str, Any], name: str) -> str | None:
    found = tokens.get(name)
    return found if isinstance(found, str) and found else None
