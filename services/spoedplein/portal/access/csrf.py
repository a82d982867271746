"""That a change comes from a page of ours: browsers send a cookie along with whatever other sites make them ask.

Three things must hold of whatever changes something by a session: it says that it comes from here (`Origin`, where the
browser says it), no other site made it (`Sec-Fetch-Site`, likewise), and it brings the session's own word.
"""

from hmac import compare_digest
from http import HTTPStatus
from typing import Final

from starlette.requests import Request

from spoedplein.portal.access.sessions import Session
from spoedplein.portal.problems import ProblemError

#: In a form; scripts send it in the header.
FIELD: Final = "csrf"
HEADER: Final = "X-CSRF-Token"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


class CrossSiteError(ProblemError):
    """A change that may come from another site."""

    def __init__(self) -> None:
        detail = "This did not come from a page of this portal, or from one of before you signed in. Load it again."
        super().__init__(HTTPStatus.FORBIDDEN, "cross-site", detail)


async def check(request: Request, session: Session, *, portal_origin: str) -> None:
    """CrossSiteError for a change that another site may have had the browser ask."""
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("origin")
    if origin is not None and origin != portal_origin:
        raise CrossSiteError
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise CrossSiteError
    if not compare_digest((await _said(request)).encode(), session.csrf.encode()):
        raise CrossSiteError


async def _said(request: Request) -> str:
    said: object = request.headers.get(HEADER)
    if said is None and request.headers.get("content-type", "").startswith(_FORMS):
        said = (await request.form()).get(FIELD)
    return said if isinstance(said, str) else ""
