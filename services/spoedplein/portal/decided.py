"""Decisions page by page: the latest from memory, older ones from the archive."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from spoedplein.domain.turn import moment
from spoedplein.portal.access import Principal
from spoedplein.portal.cases import all_requests, is_own, is_requester, may_know
from spoedplein.portal.eyes import sees_all
from spoedplein.portal.paging import CursorError, Key
from spoedplein.portal.state import Portal, Standing
from spoedplein.portal.telling import concerns, kind_name
from spoedplein.store.errors import StoreError
from spoedplein.store.lookups import Concerned, Place, Wanted
from spoedplein_schemas import Decision
from spoedplein_schemas.vocabulary import millis

LOGGER = logging.getLogger(__name__)
#: After every decision.
END: Final = Place(datetime.max.replace(tzinfo=UTC), 2**62, 2**30)


def place_of(decision: Decision) -> Place:
    _, offset, index = decision.id.rsplit(".", 2)
    return Place(decision.time, int(offset), int(index))


async def latest(
    portal: Portal, standing: Standing, who: Principal, wanted: Wanted, *, before: Place, limit: int
) -> list[Decision]:
    """At most so many that he may see, the newest first. StoreError when memory has none and the archive is away."""
    found = list(islice(_held(standing, who, wanted, before), limit))
    if len(found) == limit:
        return found
    oldest = min((before, *(place_of(each) for each in standing.live.decisions.values())))
    try:
        narrowed = narrowed_for(standing, who, wanted)
        older = await portal.lookups.decisions_before(standing.live.name, oldest, narrowed, limit=limit - len(found))
    except StoreError:
        if not found:
            raise
        LOGGER.warning("older decisions were not looked for", extra={"action": "portal.archive-away"})
        return found
    return [*found, *older]


def narrowed_for(standing: Standing, who: Principal, wanted: Wanted) -> Wanted:
    """For a provider: only about units and requests that he may know of."""
    if sees_all(who, standing.live.name):
        return wanted
    units = [name for name in standing.rules.units if is_own(standing, who, name)]
    known = [each for each in all_requests(standing).values() if may_know(standing, who, each)]
    made = [each.id for each in known if is_requester(who, each)]
    asked = [each.id for each in known if not is_requester(who, each)]
    return Wanted(wanted.kinds, wanted.request, wanted.unit, wanted.site, Concerned(units, made, asked))


def _held(standing: Standing, who: Principal, wanted: Wanted, before: Place) -> Iterator[Decision]:
    whole = sees_all(who, standing.live.name)
    for decision in sorted(standing.live.decisions.values(), key=place_of, reverse=True):
        if place_of(decision) < before and _is(decision, wanted) and (whole or concerns(standing, who, decision)):
            yield decision


def _is(decision: Decision, wanted: Wanted) -> bool:
    named = ("request", wanted.request), ("unit", wanted.unit), ("site", wanted.site)
    return (wanted.kinds is None or kind_name(decision) in wanted.kinds) and all(
        name is None or getattr(decision.data, field, None) == name for field, name in named
    )


def as_key(place: Place) -> Key:
    """For a cursor."""
    return [millis(place.at), place.offset, place.number]


def as_place(key: Key) -> Place:
    """Raises `CursorError` for a key that `as_key` did not make."""
    if len(key) != 3 or not all(type(each) is int and 0 <= each < 2**53 for each in key):
        raise CursorError
    try:
        return Place(moment(key[0]), key[1], key[2])
    except OverflowError as error:
        raise CursorError from error
