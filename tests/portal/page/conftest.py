"""A portal over an evening in memory, as a coordinator sees it: over HTTP, and in a real browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from spoedplein.testing.builders import EVENING, SITE, agreements, capacity, queue, site, unit
from spoedplein.testing.portal import MemoryBackend, served_portal
from spoedplein_schemas.agreements import ServicePoint
from spoedplein_schemas.vocabulary import CareType, Property
from tests.portal.conftest import COORDINATOR, Who
from tests.portal.page.browsing import ARGUMENTS, CHROMIUM

AGREED = agreements(
    unit("elv-een", CareType.ELV_HOOG, properties=(Property.WANDER_DETECTION,), place={"lat": 51.92, "lon": 4.40}),
    unit("elv-twee", CareType.ELV_HOOG, place={"lat": 51.90, "lon": 4.46}),
    unit("elv-stil", CareType.ELV_HOOG, place={"lat": 51.95, "lon": 4.50}),
    unit("bed-zonder-label", CareType.ONGELABELD, place={"lat": 51.93, "lon": 4.42}),
    sites=(site(SITE, ServicePoint(care_type=CareType.HAP)),),
)
# As long as a slow machine takes; what never comes ends the test all the same.
expect.set_options(timeout=30_000)
# A page that listens is drawn anew as soon as it hears where the region stands. Its policy forbids to wait by a script.
MARK_DRAWN = """addEventListener('htmx:load', (event) => {
    if (event.detail.elt.id === 'live') document.documentElement.dataset.drawn = '';
})"""
SETTLED = "html[data-drawn], html:not([data-signal])"


@pytest.fixture
def backend() -> MemoryBackend:
    evening = MemoryBackend([AGREED], now=EVENING, portal_wait_seconds=0.5, portal_push_seconds=0.05)
    evening.says(capacity("elv-een", 2, evening.now))
    evening.says(capacity("elv-twee", 0, evening.now - timedelta(minutes=10)))
    evening.says(capacity("bed-zonder-label", 1, evening.now))
    for said in queue("c-wacht", "U3", evening.now - timedelta(minutes=20)):
        evening.says(said)
    return evening


@pytest.fixture
async def client(backend: MemoryBackend) -> AsyncIterator[httpx.AsyncClient]:
    async with served_portal(backend) as served:
        yield served


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    assert CHROMIUM, "these tests want a Chromium. Debian, Ubuntu: apt install chromium"
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield running
        await running.close()


class Reader:
    """Somebody with a browser. `broken` are faults that its console told, `elsewhere` addresses that are not ours."""

    def __init__(self, browser: Browser, base: str, backend: MemoryBackend) -> None:
        self._browser = browser
        self._base = base
        self._backend = backend
        self.broken: list[str] = []
        self.elsewhere: list[str] = []

    @asynccontextmanager
    async def opens(
        self, path: str, *, who: Who | None = COORDINATOR, dark: bool = False, width: int = 1280, english: bool = False
    ) -> AsyncIterator[Page]:
        """The page, when it is loaded and nothing of it is about to be replaced until something happens in the region.

        Without `who` the browser brings nothing, and may sign in.
        """
        context = await self._browser.new_context(
            base_url=self._base,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            extra_http_headers=who.bearer(self._backend.minter) if who else None,
        )
        if english:
            await context.add_cookies([{"name": "spoedplein-taal", "value": "en", "url": self._base}])
        try:
            page = await self._watched(context)
            await page.goto(path)
            await expect(page.locator(SETTLED)).to_be_attached()
            yield page
        finally:
            await context.close()

    async def _watched(self, context: BrowserContext) -> Page:
        page = await context.new_page()
        await page.add_init_script(MARK_DRAWN)
        page.on("pageerror", lambda error: self.broken.append(str(error)))
        page.on("console", lambda said: self.broken.append(said.text) if said.type == "error" else None)
        page.on("request", lambda asked: None if asked.url.startswith(self._base) else self.elsewhere.append(asked.url))
        return page


@pytest.fixture
def reader(browser: Browser, client: httpx.AsyncClient, backend: MemoryBackend) -> Reader:
    return Reader(browser, str(client.base_url).rstrip("/"), backend)
