"""A page on paper and on a phone: what is folded is open, what can only be pressed is gone, and ages stay in sight."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from spoedplein.testing.builders import REGION, profile, request
from spoedplein.testing.portal import MemoryBackend
from spoedplein_schemas.vocabulary import CareType
from tests.portal.page.conftest import Reader

BASE = f"/regio/{REGION}"
# Each asks in one go: what is drawn anew between two questions would answer neither.
INK = "(where) => getComputedStyle(document.querySelector(where)).color.match(/\\d+/g).map(Number)"
EDGES = """(where) => [...document.querySelector(where).closest('tr').querySelectorAll('td')]
    .map((cell) => cell.getBoundingClientRect().right)"""


@pytest.mark.parametrize("dark", [False, True])
async def test_on_paper_everything_is_open_dated_and_dark_on_white(
    reader: Reader, backend: MemoryBackend, *, dark: bool
) -> None:
    backend.says(request("r-84", profile(CareType.ELV_HOOG), backend.now))
    async with reader.opens(f"{BASE}/aanvragen/r-84", dark=dark) as page:
        await expect(page.locator("#past-niet li").first).to_be_hidden()
        await page.emulate_media(media="print", color_scheme="dark" if dark else "light")

        await expect(page.locator("#past-niet li").first).to_be_visible()
        await expect(page.locator("#live")).to_contain_text("zaterdag 10 januari 2026")
        for gone in ("button", "form", "nav", ".actions"):
            assert [each for each in await page.locator(gone).all() if await each.is_visible()] == []
        red, green, blue = await page.evaluate(INK, "h1 .tag")
        assert red + green + blue < 300, "ink, and no light letters"


async def test_on_a_phone_the_age_stands_beside_the_figure_without_scrolling(reader: Reader) -> None:
    async with reader.opens(BASE, width=390) as page:
        figure, age = (await page.evaluate(EDGES, "#zorg-elv-hoog"))[:2]
        assert 0 < figure < age <= 390


def test_pictures_of_readme_are_small() -> None:
    folder = Path(__file__).parents[3] / "deploy" / "images"
    assert {each.name for each in folder.glob("*.png") if each.stat().st_size >= 200_000} == set()
