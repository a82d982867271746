"""What the routes of one app share to know who asks: the issuer, its keys, the access log."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Final, Self

from fastapi import FastAPI
from starlette.requests import Request

from spoedplein.clock import Clock, SystemClock
from spoedplein.portal.access.keys import NoKeys, RemoteKeys
from spoedplein.portal.access.oidc import IssuerAwayError, IssuerClient
from spoedplein.portal.access.principal import PUBLIC, Principal
from spoedplein.portal.access.queue import AccessQueue
from spoedplein.portal.access.recorder import Recorder
from spoedplein.portal.access.refusals import EmergencyError, NobodyCanSayError, UnauthenticatedError
from spoedplein.portal.access.roles import EMERGENCY_ROLES
from spoedplein.portal.access.tokens import TokenRefusedError, Trusted, Verifier
from spoedplein.portal.access.visit import Visited
from spoedplein.portal.problems import ProblemError, answer_problem
from spoedplein.settings import Settings
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
        parts: Sequence[AbstractAsyncContextManager[object]] = (),
    ) -> None:
        """`parts` are open as long as this is: what verifier and recorder lean on."""
        self._verifier = verifier
        self._recorder = recorder
        self._metrics = metrics
        self._clock = clock
        self._parts = parts
        self._open = AsyncExitStack()

    @classmethod
    def by(cls, settings: Settings, metrics: Metrics) -> Self:
        """As the settings say; SettingsError when they cannot be used. Without an issuer only the public comes in.

        The clock is the wall's, also where a region's time is simulated: users and their issuer live in it.
        """
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
            parts=(issuer, keys, store),
        )

    def add_to(self, app: FastAPI) -> None:
        app.state.access = self
        app.add_middleware(Visited, recorder=self._recorder, clock=self._clock)
        app.add_exception_handler(ProblemError, answer_problem)

    async def __aenter__(self) -> Self:
        for part in (*self._parts, self._recorder):
            await self._open.enter_async_context(part)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def principal(self, request: Request) -> Principal:
        """UnauthenticatedError for a token that does not hold; without one it is the public."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not scheme:
            return PUBLIC
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

    def emergency(self, request: Request, who: Principal) -> str | None:
        """The reason, when emergency use is declared; EmergencyError when it is not declared as it should be."""
        said = request.headers.get(EMERGENCY_HEADER)
        if said is None:
            return None
        reason = " ".join("".join(letter if letter.isprintable() else " " for letter in said).split())
        if who.role not in EMERGENCY_ROLES:
            raise EmergencyError("Emergency use is for coordinators and providers.")
        if len(reason) not in REASON_CHARACTERS:
            fewest, most = REASON_CHARACTERS.start, REASON_CHARACTERS.stop - 1
            raise EmergencyError(f"State the reason of emergency use in {fewest} to {most} characters.")
        return reason
