"""Every route of the app, whoever added it: one `allowed`, and for each role the answer that the table gives.

The routes are asked over HTTP with names that exist, as each role, as somebody of another region, and as another
organisation. Who may not is refused before anything is looked up, and a refusal tells nothing of what is there.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Final

import httpx
import pytest
import pytest_asyncio
from _pytest.mark import ParameterSet
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.routing import Mount, WebSocketRoute

from spoedplein.clock import SystemClock
from spoedplein.portal.access import Action, Allowed, Role
from spoedplein.portal.access.roles import RULES
from spoedplein.portal.app import build, routed
from spoedplein.settings import Settings
from spoedplein.telemetry.metrics import Metrics
from spoedplein.testing.builders import capacity
from spoedplein.testing.portal import MemoryBackend, served_portal
from spoedplein.testing.tokens import Minter
from spoedplein_schemas.decisions import PlacementOffered
from tests.portal.conftest import AGREED, EVENING, Who, wanted

#: What is sent to everybody without asking who it is: files that are the same for all. Whoever adds one adds it here.
FILES: Final = frozenset({"/static", "/static/htmx"})
REGION: Final = "rijnmond"
ELSEWHERE: Final = "nijmegen"
WHO: Final = {
    Role.COORDINATOR: Who(),
    Role.PROVIDER: Who(Role.PROVIDER, "huis-elv-een"),
    Role.AUDITOR: Who(Role.AUDITOR),
    Role.OPERATOR: Who(Role.OPERATOR),
    Role.PUBLIC: Who(Role.PUBLIC),
}


def routes_of(app: FastAPI) -> list[RouteContext]:
    return list(iter_route_contexts(app.routes))


def allowed_of(route: RouteContext) -> list[Action]:
    """What every `allowed` of the route says, however deep it lies."""
    assert isinstance(route.original_route, APIRoute), f"{route.path} is no route that declares what it needs"
    return [each.action for each in _allowed(route.dependant)]


def _allowed(dependant: Dependant) -> Iterator[Allowed]:
    for each in dependant.dependencies:
        if isinstance(each.call, Allowed):
            yield each.call
        yield from _allowed(each)


def path_of(route: RouteContext) -> str:
    assert route.path is not None
    return route.path


def asked(route: RouteContext) -> list[tuple[str, str]]:
    """Methods and paths that lead to it, with names still open."""
    return [(method, path_of(route)) for method in sorted(route.methods or ()) if method != "HEAD"]


_ALL: Final = [route for route in routes_of(routed()) if route.path not in FILES]


def _params(routes: Iterable[RouteContext]) -> list[ParameterSet]:
    return [pytest.param(each, id=f"{'-'.join(sorted(each.methods or ()))} {each.path}") for each in routes]


ROUTES: Final = _params(_ALL)


class Asker:
    """A portal over the wire in which something is going on; asks as whoever it is told."""

    def __init__(self, backend: MemoryBackend, client: httpx.AsyncClient, names: dict[str, str]) -> None:
        self._backend = backend
        self._client = client
        self.names = names

    async def status(self, route: RouteContext, who: Who) -> tuple[int, str]:
        """Of the first method and path of the route, with every name filled in; and the text, unless it streams."""
        method, path = asked(route)[0]
        headers = {**who.bearer(self._backend.minter), "Accept": "application/json"}
        body: dict[str, str] | None = None if method == "GET" else {}
        whole = path.format_map(self.names)
        async with self._client.stream(method, whole, headers=headers, json=body) as answer:
            streams = answer.headers.get("content-type", "").startswith("text/event-stream")
            return answer.status_code, "" if streams else (await answer.aread()).decode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asker() -> AsyncIterator[Asker]:
    backend = MemoryBackend([AGREED], now=EVENING, portal_wait_seconds=0.2)
    backend.says(capacity("elv-een", 2, backend.now))
    async with served_portal(backend) as client:
        bearer = WHO[Role.COORDINATOR].bearer(backend.minter)
        made = await client.post(f"/v1/regions/{REGION}/requests", headers=bearer, json=wanted())
        assert made.status_code == 201, made.text
        offer = next(each for each in backend.archive._decisions.values() if isinstance(each.data, PlacementOffered))
        assert isinstance(offer.data, PlacementOffered)
        names = {
            "region": REGION,
            "unit": offer.data.unit,
            "site": "schiedam",
            "request": offer.data.request,
            "offer": offer.id,
            "decision": offer.id,
            "event": offer.causationid,
            "proposal": offer.id,
        }
        yield Asker(backend, client, Names(names))


class Names(dict[str, str]):
    """Names that exist, by what they are names of; of anything else the request's will do."""

    def __missing__(self, key: str) -> str:
        return self["request"]


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_asks_exactly_once_who_it_is(route: RouteContext) -> None:
    assert len(allowed_of(route)) == 1


def test_nothing_is_mounted_or_listens_beside_the_routes() -> None:
    app = build(Settings(), SystemClock(), Metrics(), access=Minter().access())
    others = [route for route in app.routes if isinstance(route, Mount | WebSocketRoute)]
    assert [route.path for route in others if route.path not in FILES] == []


def test_every_action_is_done_by_some_route() -> None:
    done = {action for route in _ALL for action in allowed_of(route)}
    assert set(Action) - done == set()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("route", ROUTES)
async def test_each_role_gets_the_answer_that_the_table_gives(asker: Asker, route: RouteContext, role: Role) -> None:
    (action,) = allowed_of(route)
    status, text = await asker.status(route, WHO[role])
    if role not in RULES[action].roles:
        assert status == (401 if role is Role.PUBLIC else 403)
        assert asker.names["request"] not in text
    elif RULES[action].two_factor:
        assert (status, "two-factors-needed" in text) == (403, True)
    else:
        assert status not in (401, 500)
        assert status != 403 or "role-not-allowed" not in text


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLIC])
@pytest.mark.parametrize("route", _params(each for each in _ALL if "{region}" in path_of(each)))
async def test_who_is_of_another_region_finds_nothing_there(asker: Asker, route: RouteContext, role: Role) -> None:
    (action,) = allowed_of(route)
    here = WHO[role]
    status, text = await asker.status(route, Who(here.role, here.organisation, (ELSEWHERE,)))
    may = role in RULES[action].roles and not RULES[action].two_factor
    assert status == (404 if may else 403)
    assert asker.names["request"] not in text


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "route",
    _params(each for each in _ALL if {"{request}", "{decision}", "{event}"} & set(path_of(each).split("/"))),
)
async def test_a_provider_who_is_not_asked_knows_of_no_request(asker: Asker, route: RouteContext) -> None:
    (action,) = allowed_of(route)
    status, _ = await asker.status(route, Who(Role.PROVIDER, "huis-elv-twee", subject="somebody-else"))
    assert status in ((403, 404, 422) if Role.PROVIDER in RULES[action].roles else (403,))
    assert status != 422 or "POST" in (route.methods or ())
