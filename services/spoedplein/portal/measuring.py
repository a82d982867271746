"""How many requests, how they ended, and how long it took until their answer began; by route, never by address."""

import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spoedplein.telemetry.metrics import Metrics

#: For what no route answered: addresses are the asker's to invent, and no label.
NO_ROUTE: Final = "-"


class Measured:
    """ASGI: around everything else. What ends without an answer the framework answers 500, and counts as that."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, answered = time.perf_counter(), False

        async def counted(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start" and not answered:
                answered = True
                self._count(scope, message["status"], time.perf_counter() - began)
            await send(message)

        try:
            await self._app(scope, receive, counted)
        except Exception:
            if not answered:
                self._count(scope, 500, time.perf_counter() - began)
            raise

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = _template(scope)
        self._metrics.portal_requests.labels(route, f"{status // 100}xx").inc()
        self._metrics.portal_seconds.labels(route).observe(seconds)


def _template(scope: Scope) -> str:
    """The path of the route that answered, with its placeholders."""
    path: str = scope["path"]
    if "route" not in scope:
        return NO_ROUTE
    for name, value in scope.get("path_params", {}).items():
        path = path.replace(f"/{value}", f"/{{{name}}}", 1)
    return path
