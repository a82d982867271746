"""Somebody says something: from a body to an event on its topic, and to what was decided because of it."""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final, NamedTuple

from fastapi import Depends, Header
from starlette.responses import Response

from spoedplein.domain.turn import moment
from spoedplein.portal.access import Action, Role
from spoedplein.portal.access.recorder import NotOnRecordError
from spoedplein.portal.access.visit import CurrentVisit, Visit
from spoedplein.portal.api.asking import Asked, of_region
from spoedplein.portal.api.bodies import Body, BodyDep, Spoken, of_gate
from spoedplein.portal.etags import Freshness, said
from spoedplein.portal.naming import Name, name_of
from spoedplein.portal.problems import InputError, ProblemError, documented
from spoedplein.portal.submitting import Followed
from spoedplein.portal.telling import DecisionNow, cases_of, shown
from spoedplein_schemas import Decision, kind_of
from spoedplein_schemas import vocabulary as words
from spoedplein_schemas.decisions import CommandRefused
from spoedplein_schemas.envelope import EventId
from spoedplein_schemas.vocabulary import Actor, Frozen, RequestId

#: As whom each role acts in an event.
_ACTS_AS: Final = {Role.COORDINATOR: words.Role.COORDINATOR, Role.PROVIDER: words.Role.PROVIDER}


class Answered(Frozen):
    """What became of what was said: the event, and what was decided because of it.

    `decided` is false while coordination has not answered yet: then ask again under `events`. Without decisions nothing
    changed by it, as when it was said before.
    """

    event: EventId
    request: RequestId | None
    decided: bool
    decisions: list[DecisionNow]
    freshness: Freshness


#: What every route on which something is said may answer beside its own.
ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    202: {"model": Answered, "description": "Sent; what is decided is not known yet. Ask at `Location`."},
    **documented(HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
}


class KeyUsedError(ProblemError):
    """The Idempotency-Key was used for something else."""

    def __init__(self) -> None:
        detail = "This Idempotency-Key was used for something else in the last day; take another one."
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY, "key-used", detail)


class RefusedError(ProblemError):
    """The core refused it: it changes nothing any more, and why."""

    def __init__(self, event: str, decision: Decision) -> None:
        refused: CommandRefused = decision.data
        told = f" ({refused.detail})" if refused.detail else ""
        more = {"event": event, "decision": decision.id, "refusal": refused.refusal}
        detail = f"{refused.refusal.value.replace('-', ' ').capitalize()}{told}."
        super().__init__(HTTPStatus.CONFLICT, f"refused-{refused.refusal}", detail, more=more)


class Filled(NamedTuple):
    """What address, token and present state add to a body: fields of the event, and the cases that it is about."""

    about: Iterable[str]
    fields: Mapping[str, object]


class Saying(NamedTuple):
    """One thing that is said, as it came."""

    asked: Asked
    visit: Visit
    spoken: Spoken
    body: Body
    key: str | None

    @property
    def now(self) -> Any:  # noqa: ANN401  a moment, as it goes into an event
        return moment(self.asked.standing.now_ms)

    @property
    def organisation(self) -> str:
        return self.asked.organisation

    @property
    def by(self) -> Actor:
        return Actor(role=_ACTS_AS[self.asked.who.role], organisation=self.organisation)

    def name(self, place: Mapping[str, str]) -> Name:
        """Who sends no key says something new at each moment."""
        said = {"does": kind_of(self.spoken.data).name, "body": self.body, **place}
        key = self.key if self.key is not None else f"{self.asked.standing.now_ms} {said}"
        return name_of(self.asked.who.subject, self.organisation, self.asked.region, key=key, said=said)

    async def becomes(
        self, fill: Callable[[Name], Filled], *, creates: Callable[[Name], str] | None = None, **place: str
    ) -> Response:
        """Sends the event, unless it was sent already, and answers what was decided.

        `place` is what the address names; `creates` the request that there is by it. `fill` is asked only when it is
        new, and refuses what may not be said.
        """
        submitting, name = self.asked.portal.submitting, self.name(place)
        async with submitting.one_at_a_time(self.asked.region, name):
            earlier = await submitting.earlier(self.asked.region, name)
            name = name if earlier is None else name.spelled_as(earlier)
            if earlier is not None and earlier != name.id:
                raise KeyUsedError
            if earlier is None:
                await self._send(name, fill(name))
            else:
                await self.visit.about(self.asked.region, (), event_id=name.id)
        wait = self.asked.portal.settings.portal_wait_seconds
        followed = await submitting.follow(self.asked.region, name.id, within_seconds=wait)
        now = self.asked._replace(standing=self.asked.portal.standing(self.asked.region))
        try:
            await self.visit.about(self.asked.region, cases_told(now, followed))
        except NotOnRecordError:
            # It was said all the same. What became of somebody's case is told when that can be on record.
            followed = followed._replace(decisions=None)
        request = creates(name) if creates else place.get("request")
        return answered(now, followed, spoken=self.spoken, request=request, created=creates is not None)

    async def _send(self, name: Name, filled: Filled) -> None:
        submitting, region = self.asked.portal.submitting, self.asked.region
        left_out = {field for field in self.spoken.optional if self.body.get(field) is None}
        said = {field: value for field, value in self.body.items() if field not in left_out}
        event = submitting.event(region, name, self.spoken.data, {**filled.fields, **said})
        if isinstance(event, list):
            raise InputError(of_gate(fault) for fault in event)
        await self.visit.about(region, filled.about, event_id=event.id)
        await submitting.send(event, name)


def says(spoken: Spoken, action: Action) -> Any:  # noqa: ANN401  as Depends itself
    """The route's one `allowed`, its region and its body; as an annotation of `Saying`."""

    def saying(
        asked: Annotated[Asked, of_region(action)],
        visit: CurrentVisit,
        body: BodyDep,
        idempotency_key: Annotated[
            str | None,
            Header(
                min_length=8,
                max_length=200,
                pattern=r"^[\x21-\x7e]+$",
                description="Made by you, once for each thing that you say: the same key and body is the same event.",
            ),
        ] = None,
    ) -> Saying:
        spoken.refuse_filled(body)
        return Saying(asked, visit, spoken, body, idempotency_key)

    return Depends(saying)


def answered(asked: Asked, followed: Followed, *, spoken: Spoken, request: str | None, created: bool) -> Response:
    """200 or 201 with what was decided, 202 when nothing is known yet; RefusedError, 409, when the core refused."""
    decisions = followed.decisions
    for decision in decisions or ():
        if isinstance(decision.data, CommandRefused) and decision.data.command == spoken.data.__name__:
            raise RefusedError(followed.event, decision)
    body = told_of(asked, followed, request=request)
    done = HTTPStatus.CREATED if created else HTTPStatus.OK
    place = f"requests/{request}" if created and decisions is not None else f"events/{followed.event}"
    return Response(
        body.model_dump_json(),
        done if decisions is not None else HTTPStatus.ACCEPTED,
        {"Location": f"/v1/regions/{asked.region}/{place}", "Cache-Control": "no-store", **said(body.freshness)},
        "application/json",
    )


def told_of(asked: Asked, followed: Followed, *, request: str | None) -> Answered:
    """As whoever asks may see it."""
    decisions = followed.decisions
    seen = [told for each in decisions or () if (told := shown(asked.standing, asked.who, each)) is not None]
    return Answered(
        event=followed.event,
        request=request,
        decided=decisions is not None,
        decisions=seen,
        freshness=asked.freshness,
    )


def cases_told(asked: Asked, followed: Followed) -> list[str]:
    """Pseudonyms in what he is told of it: also of who says nothing of a case, as when a stop is lifted."""
    seen = [each for each in followed.decisions or () if shown(asked.standing, asked.who, each) is not None]
    return [case for each in seen for case in cases_of(each)]
