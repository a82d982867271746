"""Signing in with a browser, against the local issuer over the wire; sessions, forms of other sites, signing out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from joserfc.jwk import KeySet

from spoedplein.clock import SystemClock
from spoedplein.portal.access import Access, Action, CurrentVisit, Principal, allowed, routes
from spoedplein.portal.access.recorder import Recorder
from spoedplein.portal.access.sessions import Session
from spoedplein.portal.access.tokens import FixedKeys, Trusted, Verifier
from spoedplein.portal.issuer.app import build as build_issuer
from spoedplein.portal.issuer.keys import signing_key
from spoedplein.portal.problems import TYPE_PREFIX
from spoedplein.settings import Settings
from spoedplein.stack.places import deploy_file
from spoedplein.telemetry.metrics import Metrics
from spoedplein.testing.access_log import MemoryAccessStore
from spoedplein.testing.clock import ManualClock
from spoedplein.testing.serving import listening, served

PORTAL: Final = "http://127.0.0.1:8080"
COORDINATOR: Final = "coordinator.rijnmond@rijnmond"
OPERATOR: Final = "operator.rijnmond@rijnmond"
COOKIE: Final = "spoedplein-session"
SHIFT_MS: Final = 43_200_000


@dataclass(frozen=True, slots=True)
class Rig:
    """A portal of four routes, an issuer that can be stopped, and one browser."""

    access: Access
    browser: httpx.AsyncClient
    clock: ManualClock
    store: MemoryAccessStore
    stop_issuer: Callable[[], Awaitable[None]]

    async def sign_in(self, user: str = COORDINATOR, *, to: str = "/boards") -> httpx.Response:
        """As a browser does it; answers what the portal answers in the end."""
        begun = await self.browser.get("/sign-in", params={"to": to})
        page = urlsplit(begun.headers["location"])
        asked = {name: value for name, (value,) in parse_qs(page.query).items()}
        async with httpx.AsyncClient(base_url=f"{page.scheme}://{page.netloc}") as issuer:
            chosen = await issuer.post(page.path, data={**asked, "user": user})
        return await self.browser.get(chosen.headers["location"])

    async def post(self, path: str, form: Mapping[str, str], **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.browser.post(path, data=form, headers=named)

    @property
    def session(self) -> Session:
        (session,) = self.access.sessions._sessions.values()
        return session


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    clock, store = ManualClock(SystemClock().now_ms()), MemoryAccessStore()
    with listening() as (place, issuer):
        settings = Settings(
            oidc_issuer=issuer,
            portal_url=PORTAL,
            local_stack=True,
            local_issuer_dir=tmp_path,
            agreements_files=(deploy_file("regions", "rijnmond.toml"),),
        )
        async with served(build_issuer(settings, clock), place) as stop_issuer:
            access = _access(settings, clock, store)
            transport = httpx.ASGITransport(_app(access))
            async with access, httpx.AsyncClient(transport=transport, base_url=PORTAL) as browser:
                yield Rig(access, browser, clock, store, stop_issuer)


def _access(settings: Settings, clock: ManualClock, store: MemoryAccessStore) -> Access:
    assert settings.local_issuer_dir is not None
    keys = FixedKeys(KeySet([signing_key(settings.local_issuer_dir)]))
    verifier = Verifier(Trusted.by(settings), keys, now_seconds=lambda: clock.now_ms() // 1000)
    metrics = Metrics()
    return Access(verifier, Recorder(store, metrics), metrics=metrics, clock=clock, settings=settings)


def _app(access: Access) -> FastAPI:
    app = FastAPI()
    access.add_to(app)
    app.include_router(routes.router)

    @app.get("/boards")
    async def boards(who: Annotated[Principal, allowed(Action.READ_BOARDS)], visit: CurrentVisit) -> list[str | bool]:
        await visit.about("rijnmond", ["c-1"])
        return [who.role, who.subject, who.emergency]

    @app.post("/offers")
    async def offers(who: Annotated[Principal, allowed(Action.ANSWER_OFFER)], visit: CurrentVisit) -> str:
        await visit.about("rijnmond", ["c-1"])
        return who.subject

    return app


def _code(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).removeprefix(TYPE_PREFIX)


# --- in and out ---------------------------------------------------------------------------------------------------


async def test_a_browser_signs_in_and_comes_back_to_where_it_was(rig: Rig) -> None:
    assert (await rig.browser.get("/boards")).status_code == 401
    answer = await rig.sign_in(to="/boards?site=schiedam")
    assert (answer.status_code, answer.headers["location"]) == (303, "/boards?site=schiedam")
    assert (await rig.browser.get("/boards")).json() == ["coordinator", "coordinator.rijnmond", False]
    assert rig.session.name == "Coördinator"


async def test_the_cookie_is_for_no_script_and_no_other_site(rig: Rig) -> None:
    answer = await rig.sign_in()
    given = next(each for each in answer.headers.get_list("set-cookie") if each.startswith(f"{COOKIE}="))
    attributes = {part.strip().lower() for part in given.split(";")[1:]}
    assert attributes == {"httponly", "path=/", "samesite=lax"}
    assert rig.session.id in given


async def test_with_tls_the_cookie_is_for_this_host_over_tls_only() -> None:
    access = Access.by(Settings(portal_url="https://portal.example.org"), Metrics())
    assert (access.cookies._name, access.cookies.secure) == ("__Host-spoedplein-session", True)


@pytest.mark.parametrize(
    "to", ["https://elsewhere.example.org/", "//elsewhere.example.org", "/\\elsewhere.example.org", "javascript:x", ""]
)
async def test_signing_in_leads_to_no_other_site(rig: Rig, to: str) -> None:
    assert (await rig.sign_in(to=to)).headers["location"] == "/"


async def test_signing_out_ends_the_session_here_and_leads_to_the_issuer(rig: Rig) -> None:
    await rig.sign_in()
    kept = rig.browser.cookies[COOKIE]
    answer = await rig.post("/sign-out", {"csrf": rig.session.csrf})
    assert answer.status_code == 303
    assert urlsplit(answer.headers["location"]).path == "/sign-out"
    assert COOKIE not in rig.browser.cookies

    rig.browser.cookies.set(COOKIE, kept)
    assert (await rig.browser.get("/boards")).status_code == 401


# --- what comes back must be the answer to what was asked ------------------------------------------------------------


async def test_an_answer_counts_in_the_browser_that_asked_only(rig: Rig) -> None:
    """Somebody signs in as himself and has another's browser finish it: that one would work under his name."""
    begun = await rig.browser.get("/sign-in")
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    rig.browser.cookies.clear()
    answer = await rig.browser.get("/sign-in/return", params={"state": state, "code": "x"})
    assert (answer.status_code, _code(answer)) == (400, "sign-in-failed")


@pytest.mark.parametrize(
    "returned",
    [
        pytest.param({"state": "made-up", "code": "x"}, id="another-state"),
        pytest.param({"code": "x"}, id="no-state"),
        pytest.param({}, id="nothing"),
    ],
)
async def test_what_nobody_asked_for_signs_nobody_in(rig: Rig, returned: Mapping[str, str]) -> None:
    await rig.browser.get("/sign-in")
    answer = await rig.browser.get("/sign-in/return", params=returned)
    assert (answer.status_code, _code(answer)) == (400, "sign-in-failed")
    assert COOKIE not in rig.browser.cookies


async def test_a_cookie_of_another_alphabet_signs_nobody_in(rig: Rig) -> None:
    begun = await rig.browser.get("/sign-in")
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    rig.browser.cookies.clear()
    cookie = [(b"Cookie", "spoedplein-sign-in=é".encode("latin-1"))]
    answer = await rig.browser.get("/sign-in/return", params={"state": state, "code": "x"}, headers=cookie)
    assert (answer.status_code, _code(answer)) == (400, "sign-in-failed")


async def test_an_answer_counts_once(rig: Rig) -> None:
    begun = await rig.browser.get("/sign-in")
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    for _ in range(2):
        answer = await rig.browser.get("/sign-in/return", params={"state": state, "error": "access_denied"})
        assert answer.status_code == 400
    assert "began in this browser" in answer.json()["detail"]


async def test_a_sign_in_that_took_too_long_is_begun_again(rig: Rig) -> None:
    begun = await rig.browser.get("/sign-in")
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    rig.clock.pass_ms(601_000)
    answer = await rig.browser.get("/sign-in/return", params={"state": state, "code": "x"})
    assert "took too long" in answer.json()["detail"]


# --- how long -----------------------------------------------------------------------------------------------------


async def test_a_session_goes_on_as_long_as_the_issuer_vouches_for_it(rig: Rig) -> None:
    await rig.sign_in()
    before = rig.session.refresh_token
    rig.clock.pass_ms(290_000)
    answers = await asyncio.gather(*(rig.browser.get("/boards") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert rig.session.refresh_token != before


async def test_a_session_ends_when_the_issuer_refuses(rig: Rig) -> None:
    await rig.sign_in()
    rig.session.refresh_token = rig.session.csrf
    rig.clock.pass_ms(290_000)
    assert (await rig.browser.get("/boards")).status_code == 401
    assert rig.access.sessions._sessions == {}


async def test_a_session_goes_on_while_the_issuer_is_away(rig: Rig) -> None:
    await rig.sign_in()
    await rig.stop_issuer()
    rig.clock.pass_ms(3_600_000)
    assert (await rig.browser.get("/boards")).status_code == 200


async def test_a_session_ends_with_the_shift(rig: Rig) -> None:
    await rig.sign_in()
    rig.clock.pass_ms(SHIFT_MS)
    assert (await rig.browser.get("/boards")).status_code == 401


async def test_without_a_refresh_token_it_ends_with_the_access_token(rig: Rig) -> None:
    await rig.sign_in()
    rig.session.refresh_token = None
    rig.clock.pass_ms(299_000)
    assert (await rig.browser.get("/boards")).status_code == 200
    rig.clock.pass_ms(1_000)
    assert (await rig.browser.get("/boards")).status_code == 401


# --- forms of other sites -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "with_word", "status"),
    [
        pytest.param({"Origin": PORTAL, "Sec_Fetch_Site": "same-origin"}, True, 200, id="a-form-of-ours"),
        pytest.param({}, True, 200, id="a-browser-that-says-nothing"),
        pytest.param({"Origin": PORTAL}, False, 403, id="without-the-word"),
        pytest.param({"Origin": "https://elsewhere.example.org"}, True, 403, id="from-elsewhere"),
        pytest.param({"Origin": "null"}, True, 403, id="from-nowhere"),
        pytest.param({"Sec_Fetch_Site": "cross-site"}, True, 403, id="made-by-another-site"),
        pytest.param({"Sec_Fetch_Site": "same-site"}, True, 403, id="made-by-a-neighbour-of-the-domain"),
    ],
)
async def test_a_change_by_a_session_comes_from_a_page_of_ours(
    rig: Rig, headers: Mapping[str, str], with_word: bool, status: int
) -> None:
    await rig.sign_in()
    form = {"csrf": rig.session.csrf if with_word else "guessed"}
    answer = await rig.post("/offers", form, **headers)
    assert answer.status_code == status
    assert status == 200 or _code(answer) == "cross-site"


async def test_a_script_sends_the_word_in_a_header(rig: Rig) -> None:
    await rig.sign_in()
    sent = await rig.browser.post("/offers", json={}, headers={"X-CSRF-Token": rig.session.csrf})
    assert sent.status_code == 200
    assert (await rig.browser.post("/offers", json={"csrf": rig.session.csrf})).status_code == 403


# --- emergency use ------------------------------------------------------------------------------------------------


async def test_emergency_use_is_declared_on_the_page_and_ends_by_itself(rig: Rig) -> None:
    await rig.sign_in()
    reason = "Telefooncentrale is uitgevallen"
    answer = await rig.post("/emergency", {"csrf": rig.session.csrf, "reason": reason, "to": "/boards"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/boards")
    assert (await rig.browser.get("/boards")).json()[-1] is True
    rig.clock.pass_ms(900_000)
    assert (await rig.browser.get("/boards")).json()[-1] is False
    assert [each.emergency for each in rig.store.entries] == [reason, None]


async def test_emergency_use_is_not_for_an_operator(rig: Rig) -> None:
    await rig.sign_in(OPERATOR)
    answer = await rig.post("/emergency", {"csrf": rig.session.csrf, "reason": "Omdat het vandaag druk is"})
    assert (answer.status_code, _code(answer)) == (403, "role-not-allowed")


async def test_without_an_issuer_there_is_no_sign_in() -> None:
    access = Access.by(Settings(), Metrics())
    async with access, httpx.AsyncClient(transport=httpx.ASGITransport(_app(access)), base_url=PORTAL) as browser:
        answer = await browser.get("/sign-in")
    assert (answer.status_code, _code(answer)) == (400, "sign-in-failed")
