"""Every request is counted once, by how it ended; also one that ends without an answer."""

from contextlib import suppress

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spoedplein.portal.measuring import NO_ROUTE, Measured
from spoedplein.portal.problems import Faults
from spoedplein.telemetry.metrics import Metrics


@pytest.mark.parametrize("status", [200, 503])
async def test_what_fails_after_its_answer_began_is_counted_by_that_and_once(status: int) -> None:
    async def breaks_off(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})
        raise ZeroDivisionError

    assert await _counted(breaks_off) == {f"{status // 100}xx": 1}


async def test_what_fails_before_it_is_answered_is_a_fault_of_ours() -> None:
    async def fails(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ZeroDivisionError

    assert await _counted(fails) == {"5xx": 1}


async def test_who_goes_away_while_he_is_sending_is_no_fault_of_ours() -> None:
    async def reads(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ClientDisconnect

    assert await _counted(Faults(reads)) == {}


async def _counted(app: ASGIApp) -> dict[str, float]:
    """How many requests ended how, after one."""
    metrics = Metrics()
    scope: Scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    with suppress(ZeroDivisionError):
        await Measured(app, metrics=metrics)(scope, _nothing, _heard)
    counted = {name: metrics.portal_requests.labels(NO_ROUTE, name)._value.get() for name in ("2xx", "4xx", "5xx")}
    return {name: count for name, count in counted.items() if count}


async def _nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _heard(_message: Message) -> None:
    """Whatever is answered."""
