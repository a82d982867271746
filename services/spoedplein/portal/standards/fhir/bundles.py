"""What is answered around resources: searchset Bundles, page by page, and OperationOutcomes for every no."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import urlencode

from spoedplein.portal.standards.fhir.elements import Element, Resource, instant, present

#: Our HTTP statuses in FHIR's required issue-type. What is not here is `processing`.
ISSUES: Final[dict[HTTPStatus, str]] = {
    HTTPStatus.BAD_REQUEST: "invalid",
    HTTPStatus.UNAUTHORIZED: "login",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.METHOD_NOT_ALLOWED: "not-supported",
    HTTPStatus.NOT_ACCEPTABLE: "not-supported",
    HTTPStatus.CONFLICT: "conflict",
    HTTPStatus.PRECONDITION_FAILED: "conflict",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too-long",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "not-supported",
    HTTPStatus.UNPROCESSABLE_ENTITY: "business-rule",
    HTTPStatus.TOO_MANY_REQUESTS: "throttled",
    HTTPStatus.SERVICE_UNAVAILABLE: "transient",
}

#: Query parameters as they were sent and used, in order.
Query = Sequence[tuple[str, str]]


class Listing(NamedTuple):
    """One page of a search: what matched on it, how many match in all, and where the next page begins."""

    matches: Sequence[Resource]
    total: int
    following: str | None = None


def searchset(listing: Listing, *, base: str, kind: str, query: Query, at: datetime) -> Resource:
    """A page as a Bundle; `base` is the absolute address under which resources of this region are served."""
    entries = [
        {
            "fullUrl": f"{base}/{each['resourceType']}/{each['id']}",
            "resource": each,
            "search": {"mode": "match"},
        }
        for each in listing.matches
    ]
    links = [{"relation": "self", "url": _address(base, kind, query)}]
    if listing.following is not None:
        rest = [(name, value) for name, value in query if name != "_cursor"]
        links.append({"relation": "next", "url": _address(base, kind, [*rest, ("_cursor", listing.following)])})
    return {
        "resourceType": "Bundle",
        "meta": {"lastUpdated": instant(at)},
        "type": "searchset",
        "total": listing.total,
        "link": links,
        **present(entry=entries),
    }


def outcome(issues: Iterable[Element]) -> Resource:
    return {"resourceType": "OperationOutcome", "issue": list(issues)}


def issue(code: str, detail: str, *, place: str | None = None, severity: str = "error") -> Element:
    """`place` is a FHIRPath, or the name of a search parameter."""
    return present(
        severity=severity,
        code=code,
        diagnostics=detail,
        expression=[place] if place else [],
    )


def refusal(status: HTTPStatus, detail: str, *, place: str | None = None) -> Resource:
    """A no over HTTP, said as FHIR says it."""
    return outcome([issue(ISSUES.get(status, "processing"), detail, place=place)])


def _address(base: str, kind: str, query: Query) -> str:
    return f"{base}/{kind}?{urlencode(list(query))}" if query else f"{base}/{kind}"
