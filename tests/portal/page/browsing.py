"""The Chromium that pages are looked at with."""

import shutil
from typing import Final

#: Debian's; Playwright's own cannot be fetched everywhere.
CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS: Final = (
    *("--no-sandbox", "--disable-gpu"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
