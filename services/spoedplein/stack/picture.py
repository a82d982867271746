"""The board as an SVG picture, for documents: of a system that runs, read from its topics.

SPOEDPLEIN_SETTINGS=.local/settings.toml python -m spoedplein.stack.picture board.svg
"""

import asyncio
import re
from io import StringIO
from pathlib import Path

import click
from rich.console import Console
from rich.terminal_theme import TerminalTheme

from spoedplein import settings as configuration
from spoedplein.domain.agreements import read_agreements
from spoedplein.settings import Settings
from spoedplein.stack.board import Frame, Seen, draw
from spoedplein.stack.screen import BACK, TOPICS
from spoedplein.stack.topics import places
from spoedplein.workers.following import Follower

#: Dark, with colours that stand apart on it for most eyes: red and green differ in brightness too.
THEME = TerminalTheme(
    (16, 22, 33),
    (214, 221, 232),
    [
        *((60, 70, 88), (255, 107, 107), (94, 200, 130), (240, 196, 92)),
        *((64, 128, 224), (200, 150, 240), (98, 190, 225), (214, 221, 232)),
    ],
    [
        *((120, 132, 152), (255, 133, 133), (130, 224, 160), (250, 214, 130)),
        *((110, 165, 245), (220, 180, 250), (140, 215, 240), (255, 255, 255)),
    ],
)
FONT = "DejaVu Sans Mono, Menlo, Consolas"


async def read(settings: Settings) -> Seen:
    """What the published topics say now."""
    seen = Seen()
    async with Follower(settings, places(TOPICS), back=BACK) as follower:
        seen.take(await follower.standing())
    return seen


def picture(settings: Settings, *, width: int, height: int) -> str:
    """SVG of the first region's board."""
    first = settings.agreements_files[0]
    agreements = read_agreements(first.read_text(encoding="utf-8"), name=str(first))
    seen = asyncio.run(read(settings))
    now_ms, speed = settings.clock().now_ms(), settings.clock_speed
    console = Console(file=StringIO(), record=True, width=width, force_terminal=True, color_system="truecolor")
    console.print(draw(seen, Frame(agreements, now_ms=now_ms, speed=speed, width=width, height=height)))
    svg = console.export_svg(title="spoedplein up", theme=THEME)
    # No typeface from elsewhere: a reader's browser has one of its own, and a document should not call home.
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace("Fira Code", FONT)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--width", default=112, show_default=True, help="Columns.")
@click.option("--height", default=40, show_default=True, help="Lines.")
def main(file: Path, width: int, height: int) -> None:
    """Draw the board of a running system to FILE."""
    file.write_text(picture(configuration.load(), width=width, height=height), encoding="utf-8")


if __name__ == "__main__":
    main()
