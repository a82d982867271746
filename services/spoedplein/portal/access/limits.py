"""How much anybody may ask: requests per address and per user within a window, and bytes per request.

Counted in this process alone: with several portals each allows so much. What is refused costs next to nothing.
"""

import math
import time
from http import HTTPStatus
from typing import Any

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spoedplein.portal.problems import ProblemError
from spoedplein.settings import Settings
from spoedplein.telemetry.metrics import Metrics


class TooManyError(ProblemError):
    """More requests than one address or user may make."""

    def __init__(self, *, whose: str, allowed: RateLimitItem, retry_seconds: int) -> None:
        detail = (
            f"More than {allowed} from this {whose}: wait {retry_seconds} s. To be kept up to date, follow the stream."
        )
        headers = {"Retry-After": str(retry_seconds)}
        super().__init__(HTTPStatus.TOO_MANY_REQUESTS, f"too-many-per-{whose}", detail, headers=headers)


class TooLargeError(ProblemError):
    """A request of more bytes than any of ours needs."""

    def __init__(self, bytes_max: int) -> None:
        detail = f"The body of a request is at most {bytes_max} bytes."
        super().__init__(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", detail)


class Rates:
    """Sliding windows, as the settings say. `retry_after` is whole seconds, at least one."""

    def __init__(self, settings: Settings) -> None:
        self._windows = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._of = {
            "address": parse(settings.portal_rate_per_address),
            "user": parse(settings.portal_rate_per_user),
        }

    async def check(self, whose: str, name: str) -> None:
        """Counts one request of this address or user; TooManyError when it is one too many."""
        allowed = self._of[whose]
        if not await self._windows.hit(allowed, whose, name):
            window = await self._windows.get_window_stats(allowed, whose, name)
            retry_seconds = max(1, math.ceil(window.reset_time - time.time()))
            raise TooManyError(whose=whose, allowed=allowed, retry_seconds=retry_seconds)


class Limits:
    """ASGI: addresses that ask too much and bodies that are too large get no further than here."""

    def __init__(self, app: ASGIApp, *, rates: Rates, bytes_max: int, metrics: Metrics) -> None:
        self._app = app
        self._rates = rates
        self._bytes_max = bytes_max
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            client = scope.get("client")
            await self._rates.check("address", client[0] if client else "unknown")
            if _announced(scope) > self._bytes_max:
                raise TooLargeError(self._bytes_max)
        except ProblemError as problem:
            await self._refuse(problem, scope, receive, send)
            return
        body = _Body(receive, self._bytes_max)
        started = False

        async def answered(message: Message) -> None:
            nonlocal started
            if body.too_large and not started:
                raise _TooLargeError
            started = True
            await send(message)

        try:
            await self._app(scope, body.receive, answered)
        except Exception:
            if started or not body.too_large:
                raise
            await self._refuse(TooLargeError(self._bytes_max), scope, receive, send)

    async def _refuse(self, problem: ProblemError, scope: Scope, receive: Receive, send: Send) -> None:
        """In the words of who asks: the app's own handler knows them."""
        self._metrics.access_refusals.labels(problem.code).inc()
        app: Starlette | None = scope.get("app")
        handler: Any = app and app.exception_handlers.get(ProblemError)
        response = await handler(Request(scope), problem) if handler else problem.response()
        await response(scope, receive, send)


class _TooLargeError(Exception):
    """Nothing was answered yet, and the body went past what is read."""


class _Body:
    """Counts what comes in. Whoever reads past the limit is told that the client went away, and answers in vain."""

    def __init__(self, receive: Receive, bytes_max: int) -> None:
        self._receive = receive
        self._left = bytes_max
        self.too_large = False

    async def receive(self) -> Message:
        if self.too_large:
            return {"type": "http.disconnect"}
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                self.too_large = True
                return {"type": "http.disconnect"}
        return message


def _announced(scope: Scope) -> int:
    """What the request says of its own length; 0 when it says nothing that can be read."""
    said = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(said[:18]) if said.isdigit() else 0
