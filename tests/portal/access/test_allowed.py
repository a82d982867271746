"""The dependency of every route: 401 without a token that holds, 403 for another role, and otherwise who asks."""

from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI

from spoedplein.portal.access import Action, CurrentVisit, Principal, Role, allowed
from spoedplein.testing.tokens import Minter


@pytest.fixture(scope="module")
def minter() -> Minter:
    return Minter()


@pytest.fixture
async def client(minter: Minter) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    minter.access().add_to(app)

    @app.get("/boards")
    async def boards(visit: CurrentVisit, who: Annotated[Principal, allowed(Action.READ_BOARDS)]) -> list[str | None]:
        await visit.about("rijnmond", [])
        return [who.subject, who.role, who.organisation, *sorted(who.regions)]

    @app.get("/citizens")
    async def citizens(who: Annotated[Principal, allowed(Action.READ_PUBLIC)]) -> str:
        return who.role

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://portal") as client:
        yield client


async def test_who_asks_is_who_the_token_says(client: httpx.AsyncClient, minter: Minter) -> None:
    headers = minter.bearer(Role.PROVIDER, organisation="zorggroep", regions=["rijnmond", "nijmegen"])
    answer = await client.get("/boards", headers=headers)
    assert (answer.status_code, answer.json()) == (
        200,
        ["test-provider", "provider", "zorggroep", "nijmegen", "rijnmond"],
    )


async def test_without_a_token_one_is_asked_for(client: httpx.AsyncClient) -> None:
    answer = await client.get("/boards")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="spoedplein"'
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith(":token-needed")


async def test_a_role_that_may_not_is_told_so(client: httpx.AsyncClient, minter: Minter) -> None:
    answer = await client.get("/boards", headers=minter.bearer(Role.OPERATOR))
    assert (answer.status_code, answer.json()["detail"]) == (403, "As operator you may not read-boards.")


async def test_a_token_that_does_not_hold_makes_nobody_public(client: httpx.AsyncClient, minter: Minter) -> None:
    stranger = Minter()
    answer = await client.get("/citizens", headers=stranger.bearer(Role.COORDINATOR))
    assert (answer.status_code, answer.json()["type"].rsplit(":", 1)[-1]) == (401, "token-unknown-key")
    assert (await client.get("/citizens")).json() == "public"
