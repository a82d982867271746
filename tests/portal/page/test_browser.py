"""The page in a real Chromium: live, by keyboard, on a phone, in the dark, without a line, and clean by axe."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from spoedplein.testing.builders import REGION, SITE, capacity, profile, request, stop
from spoedplein.testing.portal import MemoryBackend
from spoedplein_schemas.vocabulary import CareType
from tests.portal.conftest import PROVIDER, PUBLIC, Who
from tests.portal.page.conftest import Reader

BASE = f"/regio/{REGION}"
PAGES = ("", f"/plein/{SITE}", "/aanvragen", "/aanvragen/r-84", "/vragen", "/verloop", "/zorg/elv-hoog", "/inwoners")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


@pytest.fixture(autouse=True)
def man_of_84(backend: MemoryBackend) -> None:
    """Nothing suits him yet."""
    backend.says(request("r-84", profile(CareType.GGZ_OPEN), backend.now))


@pytest.mark.parametrize(("dark", "width"), [(False, 1280), (True, 1280), (False, 390)])
async def test_every_page_is_clean_by_axe_and_fits_the_screen(reader: Reader, *, dark: bool, width: int) -> None:
    for path in PAGES:
        async with reader.opens(BASE + path, dark=dark, width=width) as page:
            found = await Axe().run(page, options={"runOnly": RULES})
            wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

        assert [(path, each["id"], each["nodes"][0]["html"]) for each in found.response["violations"]] == []
        assert (path, wide) == (path, 0)
    assert reader.broken == []
    assert reader.elsewhere == []


async def test_what_changes_is_shown_without_loading_the_page_again(reader: Reader, backend: MemoryBackend) -> None:
    async with reader.opens(BASE) as page:
        row = page.locator("tr", has=page.locator("#zorg-elv-hoog"))
        await expect(row.locator("td").first).to_have_text("2")
        await page.evaluate("window.sameDocument = true")

        backend.passes(seconds=30)
        backend.says(capacity("elv-een", 4, backend.now))
        await expect(row.locator("td").first).to_have_text("4")

        backend.says(stop("elv-een", backend.now, until=backend.now + timedelta(hours=1)))
        await expect(row.locator("td").nth(3)).to_have_text("1")
        assert await page.evaluate("window.sameDocument") is True


async def test_what_is_open_and_has_the_focus_stays_so_when_the_page_is_drawn_anew(
    reader: Reader, backend: MemoryBackend
) -> None:
    async with reader.opens(f"{BASE}/aanvragen/r-84") as page:
        backend.says(request("r-85", profile(CareType.ELV_HOOG), backend.now))
    async with reader.opens(f"{BASE}/aanvragen/r-85") as page:
        await page.locator("#past-niet summary").click()
        drawn = await page.locator("#live").get_attribute("data-now")

        backend.passes(seconds=5)
        backend.says(capacity("elv-een", 1, backend.now))
        await expect(page.locator("#live")).not_to_have_attribute("data-now", drawn or "")
        await expect(page.locator("#past-niet")).to_have_attribute("open", "")


async def test_a_lost_line_is_said_with_the_age_of_what_is_shown_and_a_found_one_too(
    reader: Reader, backend: MemoryBackend
) -> None:
    async with reader.opens(BASE) as page:
        await expect(page.locator("#lost")).to_be_hidden()

        await page.context.set_offline(True)
        await expect(page.locator("#lost")).to_be_visible()
        await expect(page.locator("#lost")).to_contain_text(re.compile(r"stand van .*\d min"))

        await page.context.set_offline(False)
        await expect(page.locator("#lost")).to_be_hidden(timeout=15_000)
        backend.says(capacity("elv-een", 5, backend.now + timedelta(seconds=1)))
        row = page.locator("tr", has=page.locator("#zorg-elv-hoog"))
        await expect(row.locator("td").first).to_have_text("5")


async def test_a_portal_that_ends_is_a_lost_line_too(reader: Reader, backend: MemoryBackend) -> None:
    async with reader.opens(BASE) as page:
        await expect(page.locator("#lost")).to_be_hidden()
        assert backend.portal, "it was opened"
        backend.portal.push.close()

        await expect(page.locator("#lost")).to_be_visible()


async def test_a_source_that_falls_silent_becomes_unknown_before_the_eyes_of_the_reader(
    reader: Reader, backend: MemoryBackend
) -> None:
    async with reader.opens(f"{BASE}/zorg/elv-hoog") as page:
        await expect(page.locator(".tag.unknown", has_text="onbekend")).to_have_count(1)
        backend.passes(minutes=60 * 48)

        await expect(page.locator(".tag.unknown", has_text="onbekend")).to_have_count(3)


async def test_an_alert_asks_to_be_seen_and_stays_seen(reader: Reader) -> None:
    async with reader.opens(BASE) as page:
        alert = page.locator("li[data-alert='exhausted:r-84']")
        await expect(page).to_have_title(re.compile(r"^\(1\) "))
        await alert.get_by_role("button").click()
        await expect(alert.get_by_role("button")).to_be_hidden()
        await expect(page).to_have_title(re.compile(r"^rijnmond"))

        await page.reload()
        await expect(alert).to_contain_text("Gezien")
        await expect(alert.get_by_role("button")).to_be_hidden()


async def test_a_coordinator_places_the_man_of_84_by_keyboard_alone(reader: Reader, backend: MemoryBackend) -> None:
    async with reader.opens(f"{BASE}/vragen") as page:
        await press(page, "#voorbeeld")
        await press(page, "button[data-then=places]")
        await expect(page.locator("#places tbody").first).to_contain_text("elv-een")
        await press(page, "#vraag")
        await page.wait_for_url(f"**{BASE}/aanvragen/r-*")

        await expect(page.locator("h1")).to_contain_text("aangeboden")
        await expect(page.locator(".figure")).to_contain_text("min")
        await press(page, "#toezeggen-1")
        await expect(page.locator("h1")).to_contain_text("toegezegd")
        await page.reload()
        await press(page, "#opnemen button")
        await expect(page.locator("h1")).to_contain_text("opgenomen")
    said = [each.type.rsplit(".", 2)[1] for each in backend.sent]
    assert said == ["requested", "offer-accepted", "patient-admitted"]
    assert reader.broken == []


async def test_what_cannot_be_asked_is_refused_beside_the_form_with_the_mend(reader: Reader) -> None:
    async with reader.opens(f"{BASE}/vragen") as page:
        await page.locator("#zorg-1").select_option("elv-hoog")
        await page.locator("#zorg-2").select_option("elv-hoog")
        await page.locator("#urgentie").select_option("nts:U3")
        await page.locator("#leeftijd").select_option("80+")
        await page.evaluate("document.getElementById('gebied').removeAttribute('pattern')")
        await page.locator("#gebied").fill("0000")
        await page.locator("#vraag").click()

        await expect(page.locator("form .answer")).to_contain_text("/profile/area")
        assert page.url.endswith("/vragen")


async def test_a_coordinator_has_units_report_now_by_keyboard_and_sees_how_complete_it_becomes(
    reader: Reader, backend: MemoryBackend
) -> None:
    backend.passes(seconds=30)
    async with reader.opens(f"{BASE}/zorg/elv-hoog") as page:
        silent = page.locator("table .tag", has_text="nog niet gemeld")
        await expect(page.locator("#rondes ~ p")).to_contain_text("niemand gevraagd")
        await press(page, "#nu-melden")
        await expect(page.locator("#meldrondes")).to_contain_text("0 van 3 gemeld")
        await expect(silent).to_have_count(3)

        backend.passes(seconds=30)
        backend.says(capacity("elv-stil", 1, backend.now))
        await expect(page.locator("#meldrondes")).to_contain_text("1 van 3 gemeld")
        await expect(silent).to_have_count(2)
    async with reader.opens(BASE, english=True) as page:
        await expect(page.locator("#meldrondes")).to_contain_text("1 of 3 reported")
        await page.get_by_label("Care type").select_option("ongelabeld")
        await press(page, "#nu-melden")
        await expect(page.locator("#meldrondes")).to_contain_text("0 of 1 reported")
    assert [each.data.care_types for each in backend.sent] == [("elv-hoog",), ("ongelabeld",)]
    assert reader.broken == []


async def test_who_does_not_coordinate_has_nobody_report(reader: Reader) -> None:
    async with reader.opens(f"{BASE}/zorg/elv-hoog", who=PROVIDER) as page:
        await expect(page.locator("h1")).to_contain_text("ELV")
        await expect(page.locator("#nu-melden")).to_have_count(0)


async def test_a_provider_declines_with_his_reason(reader: Reader, backend: MemoryBackend) -> None:
    backend.says(request("r-85", profile(CareType.ELV_HOOG), backend.now))
    async with reader.opens(f"{BASE}/aanvragen/r-85", who=PROVIDER) as page:
        await page.locator("form[data-api$=decline] select").select_option("staff")
        await page.get_by_role("button", name="Wijst af").click()
        await page.wait_for_url(f"**{BASE}/aanvragen")
        await expect(page.locator("#main")).not_to_contain_text("r-85")
    assert backend.sent[-1].data.reason == "staff"


async def test_a_reason_that_was_chosen_stays_chosen_when_the_page_is_drawn_anew(
    reader: Reader, backend: MemoryBackend
) -> None:
    backend.says(request("r-85", profile(CareType.ELV_HOOG), backend.now))
    async with reader.opens(f"{BASE}/aanvragen/r-85", who=PROVIDER) as page:
        drawn = await page.locator("#live").get_attribute("data-now")
        await page.locator("form[data-api$=decline] select").select_option("staff")

        backend.passes(seconds=30)
        backend.says(capacity("elv-een", 4, backend.now))
        await expect(page.locator("#live")).not_to_have_attribute("data-now", str(drawn))
        await expect(page.locator("form[data-api$=decline] select")).to_have_value("staff")


@pytest.mark.parametrize(("who", "english"), [(PUBLIC, False), (PUBLIC, True)])
async def test_citizens_read_it_in_their_language(reader: Reader, who: Who, *, english: bool) -> None:
    async with reader.opens(f"{BASE}/inwoners", who=who, english=english) as page:
        await expect(page.locator("h1")).to_contain_text("For citizens" if english else "Voor inwoners")
        await expect(page.locator("html")).to_have_attribute("lang", "en" if english else "nl")


async def press(page: Page, what: str) -> None:
    """As who has no mouse."""
    await page.locator(what).focus()
    await page.keyboard.press("Enter")
