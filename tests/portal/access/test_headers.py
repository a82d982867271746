"""What a browser is told that our pages may do, on every answer: pages, problems, refusals of limits."""

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse

from spoedplein.portal.access.headers import SecurityHeaders


def _app(**how: object) -> FastAPI:
    app = FastAPI()

    @app.get("/page")
    async def page() -> str:
        return "page"

    @app.get("/static")
    async def static() -> PlainTextResponse:
        return PlainTextResponse("kept", headers={"Cache-Control": "max-age=3600"})

    app.add_middleware(SecurityHeaders, **how)  # type: ignore[arg-type]
    return app


async def _get(path: str, **how: object) -> httpx.Headers:
    transport = httpx.ASGITransport(_app(**how))
    async with httpx.AsyncClient(transport=transport, base_url="http://portal") as client:
        return (await client.get(path)).headers


@pytest.mark.parametrize("path", ["/page", "/not-there"])
async def test_nothing_may_run_that_does_not_come_from_here(path: str) -> None:
    headers = await _get(path)
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "img-src", "connect-src", "form-action")} == {"'self'"}
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


async def test_a_form_may_lead_on_to_the_issuer() -> None:
    headers = await _get("/page", forms_to=("https://issuer.example.org",))
    assert headers["content-security-policy"].endswith("form-action 'self' https://issuer.example.org")


@pytest.mark.parametrize(("tls", "told"), [(True, "max-age=31536000"), (False, None)])
async def test_where_there_is_tls_browsers_come_by_tls_only(tls: bool, told: str | None) -> None:
    assert (await _get("/page", tls=tls)).get("strict-transport-security") == told


async def test_what_says_nothing_of_keeping_is_not_kept() -> None:
    assert (await _get("/page"))["cache-control"] == "no-store"
    assert (await _get("/static"))["cache-control"] == "max-age=3600"
