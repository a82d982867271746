"""Headers of every answer that tell a browser what our pages may do: nothing but what comes from here."""

from collections.abc import Sequence
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: A year; only where the portal is reached by TLS.
HSTS: Final = "max-age=31536000"
_POLICY: Final = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)
#: Origin and Referer stay among ourselves: with none at all a form could not be told from one of another site.
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SecurityHeaders:
    """ASGI. No script or style within a page, nothing of another host, no frame around it.

    `forms_to` are origins to which a form may lead on, as signing out leads to the issuer. What says nothing of caching
    is not cached.
    """

    def __init__(self, app: ASGIApp, *, tls: bool = False, forms_to: Sequence[str] = ()) -> None:
        self._app = app
        policy = (*_POLICY, " ".join(("form-action 'self'", *forms_to)))
        self._headers = _ALWAYS | {"Content-Security-Policy": "; ".join(policy)}
        if tls:
            self._headers["Strict-Transport-Security"] = HSTS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, dressed if scope["type"] == "http" else send)
