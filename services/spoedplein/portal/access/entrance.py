"""What the routes of one app share to know who asks: the issuer, its keys, sessions, limits, the access log."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Final, Self
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.requests import Request

from spoedplein.clock import Clock, SystemClock
from spoedplein.portal.access import csrf
from spoedplein.portal.access.cookies import Cookies
from spoedplein.portal.access.headers import SecurityHeaders
from spoedplein.portal.access.keys import NoKeys, RemoteKeys
from spoedplein.portal.access.limits import Limits, Rates, TooManyError
from spoedplein.portal.access.oidc import IssuerAwayError, IssuerClient
from spoedplein.portal.access.principal import PUBLIC, Principal
from spoedplein.portal.access.queue import AccessQueue
from spoedplein.portal.access.recorder import Recorder
from spoedplein.portal.access.refusals import EmergencyError, NobodyCanSayError, UnauthenticatedError
from spoedplein.portal.access.roles import EMERGENCY_ROLES
from spoedplein.portal.access.sessions import Sessions
from spoedplein.portal.access.signing_in import SigningIn
from spoedplein.portal.access.tokens import TokenRefusedError, Trusted, Verifier
from spoedplein.portal.access.visit import Visited, visit_of
from spoedplein.portal.problems import Faults, ProblemError, answer_problem
from spoedplein.settings import LOOPBACK, Settings, SettingsError
from spoedplein.store.access_log import AccessStore
from spoedplein.telemetry.metrics import Metrics

EMERGENCY_HEADER: Final = "Spoedplein-Emergency"
#: A reason that somebody can read back next week, and no story.
REASON_CHARACTERS: Final = range(10, 201)
_RETRY_SECONDS: Final = 10.0


class Access:
    """Give it to the app before it starts, and use it as a context manager for as long as the app runs."""

    def __init__(
        self,
        verifier: Verifier,
        recorder: Recorder,
        *,
        metrics: Metrics,
        clock: Clock,
        settings: Settings | None = None,
        issuer: IssuerClient | None = None,
        parts: Sequence[AbstractAsyncContextManager[object]] = (),
    ) -> None:
        """`parts` are open as long as this is: what verifier and recorder lean on."""
        settings = settings or Settings()
        issuer = issuer or IssuerClient(settings)
        self.cookies = Cookies(secure=settings.portal_url.startswith("https://"))
        self.sessions = Sessions(issuer, verifier, clock=clock, seconds_max=settings.portal_session_seconds)
        self.signing_in = SigningIn(settings, issuer, verifier, self.sessions, clock=clock)
        self._settings = settings
        self._verifier = verifier
        self.recorder = recorder
        self._metrics = metrics
        self._clock = clock
        self._rates = Rates(settings)
        self._parts = (issuer, *parts)
        self._open = AsyncExitStack()

    @classmethod
    def by(cls, settings: Settings, metrics: Metrics) -> Self:
        """As the settings say; SettingsError when they cannot be used. Without an issuer only the public comes in.

        The clock is the wall's, also where a region's time is simulated: users and their issuer live in it.
        """
        if settings.local_stack and settings.portal_host not in LOOPBACK:
            msg = "On the local stack anybody signs in as anybody: SPOEDPLEIN_PORTAL_HOST must be 127.0.0.1."
            raise SettingsError(msg)
        clock = SystemClock()
        issuer = IssuerClient(settings)
        keys = RemoteKeys(issuer, settings, clock=clock, metrics=metrics) if settings.oidc_issuer else NoKeys()
        store = AccessStore(settings)
        directory = settings.access_queue_dir
        queue = None if directory is None else AccessQueue(directory, entries_max=settings.access_queue_max)
        return cls(
            Verifier(Trusted.by(settings), keys, now_seconds=lambda: clock.now_ms() // 1000),
            Recorder(store, metrics, seconds=settings.access_log_seconds, queue=queue),
            metrics=metrics,
            clock=clock,
            settings=settings,
            issuer=issuer,
            parts=(keys, store),
        )

    def add_to(self, app: FastAPI) -> None:
        """The last that is added is the first that a request meets."""
        settings = self._settings
        app.state.access = self
        app.add_middleware(Visited, recorder=self.recorder, clock=self._clock, regions=settings.regions)
        app.add_middleware(Limits, rates=self._rates, bytes_max=settings.portal_body_bytes_max, metrics=self._metrics)
        app.add_middleware(Faults)
        app.add_middleware(
            SecurityHeaders,
            tls=self.cookies.secure,
            forms_to=(_origin(settings.oidc_issuer),) if settings.oidc_issuer else (),
        )
        app.add_exception_handler(ProblemError, answer_problem)

    async def __aenter__(self) -> Self:
        for part in (*self._parts, self.recorder):
            await self._open.enter_async_context(part)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def principal(self, request: Request) -> Principal:
        """By token, or else by session, or else the public. UnauthenticatedError for a token that does not hold."""
        said = request.headers.get("authorization")
        session = None
        if said is not None:
            principal = await self._by_token(said)
        else:
            session = await self.sessions.find(self.cookies.name(request))
            principal = PUBLIC if session is None else session.principal
        if session is not None:
            await csrf.check(request, session, portal_origin=_origin(self._settings.portal_url))
        visit_of(request).session = session
        if principal is not PUBLIC:
            await self._count(principal)
        return principal

    def emergency(self, request: Request, who: Principal) -> str | None:
        """The reason, when emergency use was declared; EmergencyError when it is not declared as it should be."""
        said = request.headers.get(EMERGENCY_HEADER)
        if said is not None:
            return self.stated(said, who)
        session = visit_of(request).session
        return None if session is None else self.sessions.emergency(session)

    def stated(self, reason: str, who: Principal) -> str:
        """A reason as it goes on record; EmergencyError."""
        words = " ".join("".join(letter if letter.isprintable() else " " for letter in reason).split())
        if who.role not in EMERGENCY_ROLES:
            raise EmergencyError("Emergency use is for coordinators and providers.")
        if len(words) not in REASON_CHARACTERS:
            fewest, most = REASON_CHARACTERS.start, REASON_CHARACTERS.stop - 1
            raise EmergencyError(f"State the reason of emergency use in {fewest} to {most} characters.")
        return words

    async def _by_token(self, said: str) -> Principal:
        scheme, _, token = said.partition(" ")
        if scheme.lower() != "bearer":
            raise UnauthenticatedError("Send a bearer token.", fault="malformed")
        try:
            return await self._verifier.principal(token.strip())
        except TokenRefusedError as error:
            self._metrics.access_refusals.labels(f"token-{error.fault}").inc()
            raise UnauthenticatedError(str(error), fault=error.fault) from error
        except IssuerAwayError as error:
            self._metrics.access_refusals.labels("issuer-away").inc()
            raise NobodyCanSayError(str(error), retry_seconds=_RETRY_SECONDS) from error

    async def _count(self, principal: Principal) -> None:
        try:
            await self._rates.check("user", principal.subject)
        except TooManyError as error:
            self._metrics.access_refusals.labels(error.code).inc()
            raise


def access_of(request: Request) -> Access:
    access: Access = request.app.state.access
    return access


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
