"""Who could take this person now: the core's own rules and order, on the state that we fold, at our own clock."""

from typing import NamedTuple

from spoedplein.domain.placement.candidates import Candidate, Candidates
from spoedplein.domain.placement.shortfall import Shortfalls
from spoedplein.domain.region import Region
from spoedplein.domain.request import Request
from spoedplein_schemas.decisions import Exclusion, Shortfall
from spoedplein_schemas.placement import PlacementRequested


class Found(NamedTuple):
    """Units that could be asked, best first; the others with the first rule against each; and what is short."""

    fitting: list[Candidate]
    excluded: list[Exclusion]
    shortfalls: tuple[Shortfall, ...]


def search(region: Region, request: Request, *, now_ms: int) -> Found:
    """As coordination would look now. Nothing is held or promised by it."""
    parts = region.parts
    candidates = Candidates(units=parts.units, rules=parts.rules)
    candidates.keep_free.update(parts.requests.keep_free)
    fitting, excluded = candidates.find(request, now=now_ms)
    shortfalls = Shortfalls(candidates, units=parts.units, rules=parts.rules)
    return Found(fitting, excluded, shortfalls.sum_up(request, tuple(excluded), now=now_ms))


def as_request(wanted: PlacementRequested, *, now_ms: int) -> Request:
    """A request that nobody has made."""
    return Request(wanted=wanted, owner=wanted.owner, opened_at=now_ms)
