"""Too many requests of one address or user, and too large ones: refused early, with when to come back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Final

import httpx
import pytest
from fastapi import FastAPI, Request

from spoedplein.clock import SystemClock
from spoedplein.portal.access import Access, Action, Principal, Role, allowed
from spoedplein.portal.access.recorder import Recorder
from spoedplein.portal.problems import TYPE_PREFIX
from spoedplein.settings import Settings
from spoedplein.telemetry.metrics import Metrics
from spoedplein.testing.access_log import MemoryAccessStore
from spoedplein.testing.serving import listening, served
from spoedplein.testing.tokens import Minter

BYTES_MAX: Final = 1024
DEADLINE_SECONDS: Final = 30


@pytest.fixture(scope="module")
def minter() -> Minter:
    return Minter()


@asynccontextmanager
async def _portal(minter: Minter, metrics: Metrics, **limits: str) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(portal_body_bytes_max=BYTES_MAX, **limits)  # type: ignore[arg-type]
    recorder = Recorder(MemoryAccessStore(), metrics)
    access = Access(minter.verifier(), recorder, metrics=metrics, clock=SystemClock(), settings=settings)
    with listening() as (place, address):
        async with served(_app(access), place), httpx.AsyncClient(base_url=address) as client:
            yield client


def _app(access: Access) -> FastAPI:
    app = FastAPI()
    access.add_to(app)

    @app.get("/citizens")
    async def citizens(_who: Annotated[Principal, allowed(Action.READ_PUBLIC)]) -> str:
        return "few"

    @app.post("/search")
    async def search(request: Request, _who: Annotated[Principal, allowed(Action.READ_PUBLIC)]) -> int:
        return len(await request.body())

    return app


def _code(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).removeprefix(TYPE_PREFIX)


async def test_an_address_that_asks_too_much_is_told_when_to_come_back_and_may_then(minter: Minter) -> None:
    async with _portal(minter, Metrics(), portal_rate_per_address="5/second") as client:
        answers = [await client.get("/citizens") for _ in range(20)]
        refused = [each for each in answers if each.status_code == 429]
        assert answers[0].status_code == 200
        assert len(refused) >= 20 - 2 * 5 - 5  # However slow we are, not everything fell into a window of its own.

        assert {_code(each) for each in refused} <= {"too-many-per-address"}
        for each in refused:
            assert each.headers["content-type"] == "application/problem+json"
            assert int(each.headers["retry-after"]) >= 1
        async with asyncio.timeout(DEADLINE_SECONDS):
            while (await client.get("/citizens")).status_code != 200:  # noqa: ASYNC110  the window tells nobody
                await asyncio.sleep(0.1)


async def test_users_are_counted_apart_and_so_is_who_nobody_knows(minter: Minter) -> None:
    async with _portal(minter, metrics := Metrics(), portal_rate_per_user="3/hour") as client:
        one, two = (minter.bearer(Role.COORDINATOR, more={"sub": name}) for name in ("u-1", "u-2"))
        statuses = [(await client.get("/citizens", headers=one)).status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        refused = await client.get("/citizens", headers=one)
        assert _code(refused) == "too-many-per-user"
        assert 1 <= int(refused.headers["retry-after"]) <= 3600

        assert (await client.get("/citizens", headers=two)).status_code == 200
        assert (await client.get("/citizens")).status_code == 200
    counted = metrics.registry.get_sample_value("spoedplein_access_refusals_total", {"reason": "too-many-per-user"})
    assert counted == 3


@pytest.mark.parametrize(
    ("size", "status"),
    [pytest.param(BYTES_MAX, 200, id="as-large-as-may-be"), pytest.param(BYTES_MAX + 1, 413, id="a-byte-more")],
)
@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "in-pieces"])
async def test_a_body_is_read_up_to_a_limit(minter: Minter, size: int, status: int, chunked: bool) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, size, 100):
            yield b"x" * min(100, size - start)

    async with _portal(minter, Metrics()) as client:
        answer = await client.post("/search", content=pieces() if chunked else b"x" * size)
    assert answer.status_code == status
    if status == 200:
        assert answer.json() == size
    else:
        assert (_code(answer), answer.headers["content-type"]) == ("too-large", "application/problem+json")
        assert str(BYTES_MAX) in answer.json()["detail"]
