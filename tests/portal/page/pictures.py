"""The pictures of README: pages of a simulated region that runs, in a real Chromium.

make up                                                           in one terminal; let an evening go by
SPOEDPLEIN_SETTINGS=.local/settings.toml python -m tests.portal.page.pictures deploy/images

Everybody in them is made up. Each is the moment at which it was taken: the board is that of the busiest spoedplein, the
request one that is offered now, and the decision that offer, which passed others over.
"""

import asyncio
from pathlib import Path
from typing import Any, Final

import click
import httpx
from playwright.async_api import Browser, async_playwright

from spoedplein import settings as configuration
from spoedplein.clock import SystemClock
from spoedplein.portal.access import Role
from spoedplein.portal.issuer.granting import Granter
from spoedplein.portal.issuer.guarding import check_local
from spoedplein.portal.issuer.keys import signing_key
from spoedplein.portal.issuer.users import User
from spoedplein.settings import Settings
from tests.portal.page.browsing import ARGUMENTS, CHROMIUM

WIDTH: Final = 1180
HEIGHT_MAX: Final = 900
OFFER_SECONDS_MAX: Final = 120


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--print", "on_paper", is_flag=True, help="As they come out of a printer.")
@click.option("--dark", is_flag=True, help="As they are at night.")
@click.option("--width", default=WIDTH, show_default=True, help="Of the screen.")
def pictures(folder: Path, *, on_paper: bool, dark: bool, width: int) -> None:
    """Take them, as PNG files in FOLDER."""
    asyncio.run(_Photographer(configuration.load(), folder, on_paper=on_paper, dark=dark, width=width).work())


class _Photographer:
    def __init__(self, settings: Settings, folder: Path, *, on_paper: bool, dark: bool, width: int) -> None:
        self._settings = settings
        self._folder = folder
        self._media: Any = "print" if on_paper else "screen"
        self._scheme: Any = "dark" if dark else "light"
        self._width = width
        self._region = min(settings.regions)

    async def work(self) -> None:
        bearer = {"Authorization": f"Bearer {self._token()}"}
        async with httpx.AsyncClient(base_url=self._settings.portal_url, headers=bearer) as client:
            wanted = await self._wanted(client)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
            for name, (path, headers) in wanted.items():
                await self._take(browser, name, path, bearer if headers else {})
            await browser.close()

    async def _wanted(self, client: httpx.AsyncClient) -> dict[str, tuple[str, bool]]:
        """Of each picture its address, and whether it is for who is signed in."""
        base, api = f"/regio/{self._region}", f"/v1/regions/{self._region}"
        sites = (await client.get(f"{api}/boards")).json()["sites"]
        busiest = max(
            sites, key=lambda site: sum(line["length"] for queue in site["queues"] for line in queue["classes"])
        )
        request, offer = await self._offered(client, api)
        return {
            "aanvraag": (f"{base}/aanvragen/{request}", True),
            "page": (base, True),
            "plein": (f"{base}/plein/{busiest['site']}", True),
            "besluit": (f"{base}/besluiten/{offer}", True),
            "inwoners": (f"{base}/inwoners", False),
        }

    async def _offered(self, client: httpx.AsyncClient, api: str) -> tuple[str, str]:
        """A request with an offer that stands, as soon as there is one; of several the one that others passed."""
        async with asyncio.timeout(OFFER_SECONDS_MAX):
            while True:
                asked = (await client.get(f"{api}/requests")).json()["requests"]
                if offered := [each for each in asked if each["offers"]]:
                    chosen = max(offered, key=lambda each: (len(each["passed"]), each["since"]))
                    return chosen["request"], chosen["offers"][0]["offer"]
                await asyncio.sleep(0.2)

    async def _take(self, browser: Browser, name: str, path: str, headers: dict[str, str]) -> None:
        context = await browser.new_context(
            base_url=self._settings.portal_url,
            viewport={"width": self._width, "height": 400},
            color_scheme=self._scheme,
            extra_http_headers=headers,
        )
        page = await context.new_page()
        await page.emulate_media(media=self._media, color_scheme=self._scheme)
        answer = await page.goto(path)
        assert answer is not None, "a page was asked for"
        if not answer.ok:
            raise click.ClickException(f"{path} answers {answer.status}")
        height = await page.evaluate("document.documentElement.scrollHeight")
        clip: Any = {"x": 0, "y": 0, "width": self._width, "height": min(height, HEIGHT_MAX)}
        await page.screenshot(path=self._folder / f"{name}.png", full_page=True, clip=clip)
        await context.close()

    def _token(self) -> str:
        granter = Granter(self._settings, signing_key(check_local(self._settings).directory), SystemClock())
        user = User(f"coordinator.{self._region}", "Coördinator", Role.COORDINATOR, (self._region,))
        return granter.access_token(user)


if __name__ == "__main__":
    pictures()
