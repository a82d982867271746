"""Decisions as they are told over HTTP: everything to the region's own centre, to a provider what is his."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from spoedplein.portal.access import Principal, Role
from spoedplein.portal.cases import may_know_request
from spoedplein.portal.eyes import owns, sees_all
from spoedplein.portal.state import Standing
from spoedplein.wording import explaining
from spoedplein_schemas import Decision, kind_of
from spoedplein_schemas.envelope import EventId
from spoedplein_schemas.vocabulary import Code, Frozen, RegionId

#: Of other providers: not for a provider's eyes.
_OF_OTHERS: Final = ("excluded", "not_named", "runners_up", "against", "score", "shortfalls", "passed_over", "short_of")
#: Fields that name a case, or a request, by its pseudonym.
_CASES: Final = ("case", "request", "patient", "follows")


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
    data = decision.data
    if not whole:
        data = data.model_copy(update={name: () for name in _OF_OTHERS if getattr(data, name, None)})
        decision = decision.model_copy(update={"data": data})
    return explaining.tell(decision)


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
    """Of a unit of his own, or of a request that he may know of."""
    if who.role is not Role.PROVIDER:
        return False
    unit = standing.rules.units.get(getattr(decision.data, "unit", None) or "")
    if unit is not None and owns(who, unit.id, organisation=unit.organisation):
        return True
    request = about(decision)
    return request is not None and may_know_request(standing, who, request)
