"""Signing in at the local issuer and the noodknop, in a real Chromium: by keyboard, clean by axe, and on record."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from spoedplein.stack.places import deploy_file
from spoedplein.testing.builders import REGION, profile, request
from spoedplein.testing.portal import MemoryBackend, signing_in_portal
from spoedplein_schemas.vocabulary import CareType
from tests.portal.page.conftest import Reader

BASE = f"/regio/{REGION}"
REASON = "Reanimatie, dossier is nu nodig"


@pytest.fixture
async def reader(browser: Browser, backend: MemoryBackend, tmp_path: Path) -> AsyncIterator[Reader]:
    backend.says(request("r-84", profile(CareType.GGZ_OPEN), backend.now))
    async with signing_in_portal(backend, tmp_path, users_of=deploy_file("regions", "rijnmond.toml")) as address:
        yield Reader(browser, address, backend)


async def test_a_coordinator_signs_in_at_the_issuer_and_out_again(reader: Reader) -> None:
    async with reader.opens(f"{BASE}/aanvragen", who=None) as page:
        await expect(page.locator("h1")).to_have_text("Wie bent u?")
        assert await violations(page) == []
        await press(page, "Coördinator")
        await expect(page.locator("#aanvraag-r-84")).to_be_visible()
        assert reader.broken == []

        await press(page, "Afmelden")
        await expect(page.get_by_role("link", name="Aanmelden")).to_be_visible()


async def test_with_the_log_away_only_emergency_use_shows_a_case_and_it_is_on_record_with_its_reason(
    reader: Reader, backend: MemoryBackend
) -> None:
    async with reader.opens(f"{BASE}/aanvragen", who=None) as page:
        await press(page, "Coördinator")
        await expect(page.locator("#aanvraag-r-84")).to_be_visible()
        backend.accesses.away = True

        await page.locator("#aanvraag-r-84").click()
        await expect(page.locator("#main")).to_contain_text("toegangslogboek is nu niet bereikbaar")
        assert await violations(page) == []
        await page.locator("#noodreden").fill(REASON)
        await page.keyboard.press("Enter")

        await expect(page.locator("h1")).to_contain_text("r-84")
        await expect(page.locator("#noodgebruik-aan")).to_contain_text(REASON)
        assert await violations(page) == []
        backend.accesses.away = False
        await page.reload()
    seen = [entry for entry in backend.accesses.entries if "r-84" in entry.cases and entry.emergency]
    assert {(entry.emergency, entry.subject) for entry in seen} == {(REASON, f"coordinator.{REGION}")}


async def test_the_noodknop_is_one_key_away_in_both_languages_and_wants_a_reason(reader: Reader) -> None:
    async with reader.opens(BASE, who=None, english=True) as page:
        await press(page, "Coördinator")
        await page.get_by_role("link", name="Emergency use").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text("Emergency use")
        assert await violations(page) == []

        await page.locator("#noodreden").fill("te kort")
        await page.keyboard.press("Enter")
        assert await page.locator("#noodreden:invalid").count() == 1
        await page.locator("#noodreden").fill("          ")
        await page.keyboard.press("Enter")
        await expect(page.locator("#main")).to_contain_text("reason of 10 to 200 characters")
        await page.locator("#noodreden").fill(REASON)
        await page.keyboard.press("Enter")
        await expect(page.locator("#noodgebruik-aan")).to_contain_text("Emergency use: what you open is recorded")


async def press(page: Page, name: str) -> None:
    """As who has no mouse."""
    await page.get_by_role("button", name=name).first.focus()
    await page.keyboard.press("Enter")


async def violations(page: Page) -> list[object]:
    found = await Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]})
    return [(each["id"], each["nodes"][0]["html"]) for each in found.response["violations"]]
