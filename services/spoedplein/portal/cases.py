"""Requests as the folded state holds them, and who may know of which."""

from collections.abc import Iterable

from spoedplein.domain.request import Offer, Request
from spoedplein.portal.access import Principal, Role
from spoedplein.portal.access.tenancy import NotFoundError
from spoedplein.portal.eyes import owns, sees_all
from spoedplein.portal.state import Standing


def request_of(standing: Standing, who: Principal, name: str) -> Request:
    """The request by that name; 404 when there is none that he may know of."""
    request = all_requests(standing).get(name)
    if request is None or not may_know(standing, who, request):
        raise NotFoundError
    return request


def all_requests(standing: Standing) -> dict[str, Request]:
    """Open ones, and those that were closed in the last day."""
    return standing.folded.region.parts.requests.book.requests if standing.folded else {}


def place(standing: Standing, request: Request) -> tuple[int, int, str]:
    """Where it comes among others: the most urgent first, then the oldest."""
    rank = standing.rules.rank(request.wanted.profile.urgency).rank
    return (rank, request.opened_at, request.id)


def in_order(standing: Standing, requests: Iterable[Request]) -> list[Request]:
    return sorted(requests, key=lambda request: place(standing, request))


def may_know(standing: Standing, who: Principal, request: Request) -> bool:
    """The centre of all; a provider of what he asked for himself, and of what he is asked for or has promised."""
    return sees_all(who, standing.live.name) or is_requester(who, request) or bool(own_units(standing, who, request))


def is_requester(who: Principal, request: Request) -> bool:
    return who.role is Role.PROVIDER and who.organisation == request.wanted.requester


def own_units(standing: Standing, who: Principal, request: Request) -> list[str]:
    """Units of his that are asked for it, or have it."""
    named = [*request.offers, *([request.unit] if request.unit else [])]
    return [name for name in named if is_own(standing, who, name)]


def is_own(standing: Standing, who: Principal, name: str) -> bool:
    unit = standing.rules.units.get(name)
    return unit is not None and owns(who, unit.id, organisation=unit.organisation)


def offer_of(request: Request, offer_id: str) -> Offer | None:
    """The offer while it waits for an answer."""
    return next((offer for offer in request.offers.values() if offer.id == offer_id), None)
