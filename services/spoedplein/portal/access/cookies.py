"""The cookie of a session: unreadable to scripts, sent by our own pages and by a click that leads here."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from spoedplein.portal.access.sessions import Session

#: With TLS the prefix has browsers hold on to: this host only, over TLS only, for every path.
NAME: Final = "spoedplein-session"
SECURE_NAME: Final = f"__Host-{NAME}"


class Cookies:
    """`secure` where the portal is reached by TLS."""

    def __init__(self, *, secure: bool) -> None:
        self.secure = secure
        self._name = SECURE_NAME if secure else NAME

    def name(self, request: Request) -> str | None:
        """What the browser holds: a session's id, or whatever it sends for one."""
        return request.cookies.get(self._name)

    def give(self, response: Response, session: Session) -> None:
        """Until the browser closes; the session itself may end before."""
        response.set_cookie(self._name, session.id, secure=self.secure, httponly=True, samesite="lax", path="/")

    def take(self, response: Response) -> None:
        response.delete_cookie(self._name, secure=self.secure, httponly=True, samesite="lax", path="/")
