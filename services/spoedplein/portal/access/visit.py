"""One request while it is being answered: who, what, about which cases; and nothing of a case leaves unrecorded.

    @router.get("/v1/regions/{region}/requests/{request}")
    async def one(who: Annotated[Principal, allowed(Action.READ_REQUESTS)], visit: CurrentVisit, ...) -> ...:
        may_see_region(who, region)
        ...
        await visit.about(region, [found.case, request])      # 503 when it cannot be put on record
        return found

Of an action that is about cases every answer below 400 must be on record, with no cases when it shows none; one that is
not becomes 500, and is a fault of ours. Refusals of who is known are recorded here.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spoedplein.clock import Clock
from spoedplein.domain.turn import moment
from spoedplein.portal.access.principal import PUBLIC, Principal
from spoedplein.portal.access.recorder import NotOnRecordError, Recorder
from spoedplein.portal.access.roles import RULES, Action, Role
from spoedplein.portal.access.sessions import Session
from spoedplein.portal.problems import ProblemError
from spoedplein.store.access_log import AccessEntry, AccessOutcome

#: Of the path as it was sent.
WHAT_CHARACTERS_MAX: Final = 300
_REFUSALS: Final = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)

LOGGER = logging.getLogger(__name__)


@dataclass(slots=True)
class Visit:
    """Made before the route is known; `Allowed` fills in who and what, and `let_in` when he may.

    `regions` are those that are coordinated here.
    """

    recorder: Recorder
    clock: Clock
    what: str
    regions: frozenset[str]
    who: Principal = PUBLIC
    session: Session | None = None
    action: Action | None = None
    emergency: str | None = None
    let_in: bool = False
    recorded: bool = False
    _seen: set[tuple[str, str]] = field(default_factory=set)

    async def about(self, region: str, cases: Iterable[str], *, event_id: str | None = None) -> None:
        """Puts on record that these cases (or requests, by pseudonym) are shown or acted on; call it before that.

        An event stream calls it again as it goes on: of what was recorded in this visit only what is new is written.
        `event_id` is of the event that the action becomes. NotOnRecordError, 503, when it cannot be recorded; unless
        it is about nobody's case, as a unit's figure is: that goes on.
        """
        assert self.action is not None, "a visit is recorded after `allowed` said who it is"
        named = dict.fromkeys(cases)
        fresh = tuple(case for case in named if (region, case) not in self._seen)
        if fresh or not self.recorded or event_id is not None:
            try:
                await self._record(region, fresh or tuple(named), AccessOutcome.PERMITTED, event_id)
            except NotOnRecordError:
                if named or RULES[self.action].cases:
                    raise
                LOGGER.warning("what was said of no case is not on record", extra={"action": "access.not-written"})
        self._seen.update((region, case) for case in fresh)
        self.recorded = True

    async def refused(self, region: str | None) -> None:
        """Of who is known, for an action about cases. A log that is away changes nothing on a no.

        `region` is as it was sent, and that may be anything: only one of ours goes on record by it. A refusal for
        another stands with the regions of who asked, or else with all of ours, where an auditor finds it.
        """
        if self.action is None or self.who.role is Role.PUBLIC or not RULES[self.action].cases:
            return
        for each in sorted(self.regions & {region} or self.who.regions or self.regions):
            try:
                await self._record(each, (), AccessOutcome.REFUSED, None)
            except NotOnRecordError:
                LOGGER.warning("a refusal is not on record", extra={"action": "access.refusal-lost"})

    async def _record(self, region: str, cases: tuple[str, ...], outcome: AccessOutcome, event_id: str | None) -> None:
        assert self.action is not None, "a visit is recorded after `allowed` said who it is"
        entry = AccessEntry(
            id=self.recorder.new_id(),
            at=moment(self.clock.now_ms()),
            region=region,
            cases=cases,
            subject=self.who.subject,
            on_behalf_of=self.who.on_behalf_of,
            organisation=self.who.organisation,
            role=self.who.role,
            action=self.action,
            what=self.what,
            outcome=outcome,
            emergency=self.emergency,
            event_id=event_id,
        )
        await self.recorder.record(entry)


def visit_of(request: Request) -> Visit:
    visit: Visit = request.state.visit
    return visit


CurrentVisit = Annotated[Visit, Depends(visit_of)]


class _NotRecordedError(Exception):
    """An answer about a case was about to leave unrecorded."""


class Visited:
    """ASGI: gives every request its visit, and holds answers about cases against it."""

    def __init__(self, app: ASGIApp, *, recorder: Recorder, clock: Clock, regions: Iterable[str]) -> None:
        self._app = app
        self._recorder = recorder
        self._clock = clock
        self._regions = frozenset(regions)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = Visit(self._recorder, self._clock, _what(scope), self._regions)
        scope.setdefault("state", {})["visit"] = visit

        async def held(message: Message) -> None:
            if message["type"] == "http.response.start":
                await _hold(visit, scope, message["status"])
            await send(message)

        try:
            await self._app(scope, receive, held)
        except _NotRecordedError:
            detail = (
                "This answer was about to leave without being put on record. Nothing was shown; tell who runs this."
            )
            problem = ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "not-on-record", detail)
            await problem.response()(scope, receive, send)


async def _hold(visit: Visit, scope: Scope, status: int) -> None:
    if visit.action is None or not RULES[visit.action].cases:
        return
    if status in _REFUSALS:
        await visit.refused(scope.get("path_params", {}).get("region"))
    elif visit.let_in and status < HTTPStatus.BAD_REQUEST and not visit.recorded:
        LOGGER.error("%s answers about cases and records nothing", visit.action, extra={"action": "access.unrecorded"})
        raise _NotRecordedError


def _what(scope: Scope) -> str:
    """Method and path as it was sent: percent-encoded, without the query."""
    path = scope.get("raw_path") or scope["path"].encode("ascii", "replace")
    return f"{scope['method']} {path.split(b'?')[0].decode('ascii', 'replace')}"[:WHAT_CHARACTERS_MAX]
