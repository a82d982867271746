"""A report as a page in a real Chromium: clean by axe, nothing fetched, readable on a phone, of a day in an archive."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright, expect

from spoedplein.cli import regiobeeld
from spoedplein.domain.agreements import read_agreements
from spoedplein.domain.region import Region
from spoedplein.reports.report import Level, report
from spoedplein.reports.triple_aim import shipped
from spoedplein.settings import Settings
from spoedplein.stack.places import deploy_file
from spoedplein.store.reports import Asked, find
from spoedplein.testing.simulate import FRIDAY, simulate
from tests.reports.conftest import Fill

pytestmark = pytest.mark.postgres

#: Debian's; Playwright's own cannot be fetched everywhere.
CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


@pytest.fixture
async def html(settings: Settings, fill: Fill) -> str:
    """An evening in Rotterdam, with acute home care, for the partners at their own table."""
    text = deploy_file("regions", "rotterdam.toml").read_text(encoding="utf-8")
    agreed = read_agreements(text, name="rotterdam.toml")
    await fill(list(simulate(agreed, 5, 6, region_factory=Region, intensity=3).log))
    since = FRIDAY.replace(hour=0) - timedelta(days=1)
    found = await find(settings, Asked("rotterdam", since, since + timedelta(days=3)))
    made = report(found, level=Level.INTERNAL, k=5, parameters=shipped(), zone="Europe/Amsterdam")
    return regiobeeld.page(made)


@pytest.fixture
def file(html: str, tmp_path: Path) -> Path:
    written = tmp_path / "rotterdam.html"
    written.write_text(html, encoding="utf-8")
    return written


async def test_the_page_is_clean_by_axe_fits_every_screen_and_fetches_nothing(file: Path) -> None:
    assert CHROMIUM, "this test wants a Chromium. Debian, Ubuntu: apt install chromium"
    asked: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for width in (1280, 390):
            page = await browser.new_page(viewport={"width": width, "height": 900})
            page.on("request", lambda request: asked.append(request.url))
            await page.goto(file.as_uri())

            found = await Axe().run(page, options={"runOnly": RULES})
            wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert [(each["id"], each["nodes"][0]["html"]) for each in found.response["violations"]] == []
            assert (width, wide) == (width, 0)
            await _names_of_rows_stay(page)
        await browser.close()
    assert asked == [file.as_uri()] * 2


async def _names_of_rows_stay(page: Page) -> None:
    """Whoever goes to the last column, by the keyboard too, still reads of which care it is."""
    table = page.get_by_role("region", name="Gaten in de week")
    name = table.get_by_role("rowheader", name="elv-hoog")
    await table.focus()
    await table.evaluate("table => table.scrollLeft = table.scrollWidth")

    await expect(table).to_be_focused()
    await expect(name).to_be_in_viewport(ratio=1)
    await expect(name).to_have_text("elv-hoog")


async def test_no_code_of_a_program_stands_where_a_word_belongs(html: str) -> None:
    assert "overbrugging gezocht" in html or "buurregio gevraagd" in html
    assert not any(code in html for code in ("bridging-", "transfer-", "guest-"))
