"""Decisions as they are told over HTTP: everything to the region's own centre, to a provider what is his."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from spoedplein.portal.access import Principal, Role
from spoedplein.portal.cases import all_requests, is_own, is_requester, may_know
from spoedplein.portal.eyes import sees_all
from spoedplein.portal.state import Standing
from spoedplein.wording import explaining
from spoedplein_schemas import Decision, kind_of
from spoedplein_schemas.envelope import EventId
from spoedplein_schemas.vocabulary import Code, Frozen, RegionId

#: Of other providers: not for a provider's eyes.
_OF_OTHERS: Final = ("excluded", "not_named", "runners_up", "against", "score", "shortfalls", "passed_over", "short_of")
#: Fields that name a case, or a request, by its pseudonym.
_CASES: Final = ("case", "request", "patient", "follows")
#: Fields that name units.
_UNITS: Final = ("unit", "units")


class DecisionNow(Frozen):
    """A decision. `data` is as the JSON Schema `decision.<kind>.v1` says, without what is of others when `redacted`."""

    id: EventId
    kind: str
    region: RegionId
    time: datetime
    subject: str | None
    cause: EventId
    agreements: Code
    data: dict[str, Any]
    redacted: bool


def kind_name(decision: Decision) -> str:
    """`placement-offered`, as README lists it."""
    return kind_of(type(decision.data)).short


def decision_now(decision: Decision, *, whole: bool) -> DecisionNow:
    data = json.loads(decision.data.model_dump_json(exclude_none=True))
    left = data if whole else {name: value for name, value in data.items() if name not in _OF_OTHERS}
    return DecisionNow(
        id=decision.id,
        kind=kind_name(decision),
        region=decision.region,
        time=decision.time,
        subject=decision.subject,
        cause=decision.causationid,
        agreements=decision.agreements,
        data=left,
        redacted=len(left) < len(data),
    )


def shown(standing: Standing, who: Principal, decision: Decision) -> DecisionNow | None:
    """The decision as he may see it; None when he may not know of it."""
    if sees_all(who, decision.region):
        return decision_now(decision, whole=True)
    return decision_now(decision, whole=False) if concerns(standing, who, decision) else None


def explanation(decision: Decision, *, whole: bool) -> str:
    """Why, in the words of `spoedplein explain`."""
    return explaining.tell(decision if whole else redacted(decision))


def redacted(decision: Decision) -> Decision:
    """Without what is of others: what a provider is told of it is told of this."""
    data = decision.data
    data = data.model_copy(update={name: () for name in _OF_OTHERS if getattr(data, name, None)})
    return decision.model_copy(update={"data": data})


def cases_of(decision: Decision) -> Iterator[str]:
    """Pseudonyms in it, for the record of who saw what."""
    for name in _CASES:
        found = getattr(decision.data, name, None)
        if isinstance(found, str):
            yield found


def about(decision: Decision) -> str | None:
    """The request that it is about, if it is about one."""
    found = getattr(decision.data, "request", None)
    return found if isinstance(found, str) else None


def concerns(standing: Standing, who: Principal, decision: Decision) -> bool:
    """Of a unit of his own or a request that he made; of one that he is asked for, what names no unit of others."""
    if who.role is not Role.PROVIDER:
        return False
    if is_own(standing, who, getattr(decision.data, "unit", None) or ""):
        return True
    request = all_requests(standing).get(about(decision) or "")
    if request is None or not may_know(standing, who, request):
        return False
    return is_requester(who, request) or not any(getattr(decision.data, name, None) for name in _UNITS)
