"""Answers that say how current they are, and 304 for whoever has them already.

An answer's ETag is the version of what it shows, whether that is stale, and for whom it is. Ages grow without it: they
follow from the moments beside them.
"""

from datetime import datetime
from zlib import crc32

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from spoedplein.domain.turn import moment
from spoedplein.portal.access import Principal
from spoedplein.portal.state import Portal, Stale, Standing
from spoedplein_schemas.vocabulary import Frozen

#: Whoever keeps an answer asks again each time; nobody in between keeps it for others.
_CACHING = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie, Accept"}


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


def etag(portal: Portal, standing: Standing, version: int, who: Principal) -> str:
    """Weak: two answers with one tag differ in ages only."""
    eyes = crc32(repr((who.role, who.organisation, who.units and sorted(who.units), sorted(who.regions))).encode())
    return f'W/"{portal.live.epoch}.{version}{"-stale" if standing.stale else ""}-{eyes:x}"'


def answer(request: Request, body: BaseModel, tag: str, told: Freshness) -> Response:
    """The body as JSON, or 304 for whoever sent its tag along."""
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
