"""Answers that say how current they are, and 304 for whoever has them already.

An answer's ETag is a digest of what it shows, whatever that depends on: what was heard, what was agreed, who asks, the
hour. Ages grow without it: they follow from the moments beside them.
"""

import re
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from spoedplein.domain.turn import moment
from spoedplein.portal.state import Portal, Stale, Standing
from spoedplein_schemas.vocabulary import Frozen

#: Whoever keeps an answer asks again each time; nobody in between keeps it for others.
_CACHING: Final = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie, Accept"}
#: Of a route whose answers may be there already, as the OpenAPI document tells it.
KEPT: Final[dict[int | str, dict[str, Any]]] = {
    304: {"description": "You have it: what you sent in `If-None-Match` is the ETag of what it is now."}
}
#: In JSON as pydantic writes it; within a text its quotes would be escaped.
_AGE: Final = re.compile(r'"age_seconds":\d+')


class Freshness(Frozen):
    """How current an answer is. Everything in it is as coordination last said, at `as_of`; `now` is when it was asked.

    Both are of the region's own clock, which in a simulation is not the wall's. `stale` when coordination has not said
    what it should have said by now, and `why`: what is shown may be behind.
    """

    as_of: datetime | None
    now: datetime
    age_seconds: int | None
    stale: bool
    why: Stale | None
    version: str


def freshness(portal: Portal, standing: Standing) -> Freshness:
    as_of = standing.live.as_of_ms
    return Freshness(
        as_of=None if as_of is None else moment(as_of),
        now=standing.now,
        age_seconds=None if as_of is None else max(0, standing.now_ms - as_of) // 1000,
        stale=standing.stale is not None,
        why=standing.stale,
        version=f"{portal.live.epoch}.{standing.live.version}",
    )


def etag(body: BaseModel, told: Freshness) -> str:
    """Weak: two answers with one tag differ in ages only, and in how fresh they are; that one is stale is news."""
    shown = _AGE.sub("", body.model_dump_json(exclude={"freshness"}))
    return f'W/"{blake2b(f"{told.why} {shown}".encode(), digest_size=12).hexdigest()}"'


def answer(request: Request, body: BaseModel, told: Freshness) -> Response:
    """The body as JSON, or 304 for whoever sent its tag along."""
    tag = etag(body, told)
    headers = {"ETag": tag, **_CACHING, **said(told)}
    if _has(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(body.model_dump_json(), headers=headers, media_type="application/json")


def unkept(body: BaseModel, told: Freshness) -> Response:
    """The body as JSON, of what is looked up anew each time: kept by nobody."""
    headers = {"Cache-Control": "no-store", **said(told)}
    return Response(body.model_dump_json(), headers=headers, media_type="application/json")


def said(told: Freshness) -> dict[str, str]:
    """The same in headers, for whoever looks no further."""
    as_of = {"Spoedplein-As-Of": told.as_of.isoformat()} if told.as_of else {}
    return as_of | ({"Spoedplein-Stale": told.why.value} if told.why else {})


def _has(sent: str, tag: str) -> bool:
    """Weak comparison, as RFC 9110 asks for If-None-Match."""
    return any(each.strip().removeprefix("W/") == tag.removeprefix("W/") for each in sent.split(",")) or sent == "*"
