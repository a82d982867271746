"""An issuer as others see it: a discovery document and a key set over HTTP, that can change, break and be counted."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


class PublishedKeys:
    """`keys` are JWKs as they are published now; `answer`, when set, is given instead of them. `looks` counts."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.keys: list[Any] = []
        self.answer: Callable[[], Awaitable[Response]] | None = None
        self.document: dict[str, Any] = {}
        self.looks = 0

    def app(self) -> Starlette:
        return Starlette(
            routes=[Route("/.well-known/openid-configuration", self._discovery), Route("/keys", self._published)]
        )

    async def _discovery(self, _request: Request) -> Response:
        return JSONResponse({"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys", **self.document})

    async def _published(self, _request: Request) -> Response:
        self.looks += 1
        return JSONResponse({"keys": self.keys}) if self.answer is None else await self.answer()
