"""The board on this terminal; where output is a file or a pipe, in plain text every ten seconds."""

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.live import Live

from spoedplein.clock import Clock
from spoedplein.settings import Settings
from spoedplein.stack.board import Frame, Seen, draw
from spoedplein.stack.topics import places
from spoedplein.workers.following import Follower
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.vocabulary import Topic

TOPICS: Final = (Topic.AVAILABILITY, Topic.BOARDS, Topic.DECISIONS, Topic.DEAD_LETTERS)
#: Of the decisions that stand on the topic already; a board shows far fewer, after it left out ordinary ones.
BACK: Final = 2000
DRAW_SECONDS: Final = 0.5
PLAIN_SECONDS: Final = 10.0
PLAIN_WIDTH: Final = 100
#: Several regions take turns on one screen.
TURN_SECONDS: Final = 15.0


class Screen:
    """Draws what was seen, when it is time to. `notes` and `foot` are asked each time."""

    def __init__(
        self,
        regions: Sequence[Agreements],
        settings: Settings,
        *,
        notes: Callable[[], Sequence[str]],
        foot: Sequence[str],
    ) -> None:
        self.seen = Seen()
        self._regions = regions
        self._clock: Clock = settings.clock()
        self._speed = settings.clock_speed
        self._notes = notes
        self._foot = foot
        self._console = Console(highlight=False)
        self._live = Live(console=self._console, screen=True, auto_refresh=False, vertical_overflow="crop")
        self._started = time.monotonic()
        self._drawn = 0.0 if self.is_live else self._started

    @property
    def is_live(self) -> bool:
        return self._console.is_terminal and not self._console.is_dumb_terminal

    def __enter__(self) -> Self:
        if self.is_live:
            self._live.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self.is_live:
            self._live.stop()

    def draw_when_due(self) -> None:
        now = time.monotonic()
        if now - self._drawn < (DRAW_SECONDS if self.is_live else PLAIN_SECONDS):
            return
        self._drawn = now
        if self.is_live:
            turn = int((now - self._started) / TURN_SECONDS) % len(self._regions)
            self._live.update(draw(self.seen, self._frame(self._regions[turn])), refresh=True)
            return
        plain = Console(width=PLAIN_WIDTH, no_color=True, highlight=False)
        for region in self._regions:
            plain.print(draw(self.seen, self._frame(region)))
            plain.print()

    def _frame(self, region: Agreements) -> Frame:
        size = self._console.size
        return Frame(
            region,
            now_ms=self._clock.now_ms(),
            speed=self._speed,
            width=size.width if self.is_live else PLAIN_WIDTH,
            height=size.height if self.is_live else None,
            notes=self._notes(),
            foot=self._foot,
        )


async def show(settings: Settings, screen: Screen) -> None:
    """Until cancelled."""
    async with Follower(settings, places(TOPICS), back=BACK) as follower:
        screen.seen.take(await follower.standing())
        while True:
            screen.draw_when_due()
            screen.seen.take(await follower.more(timeout_ms=round(DRAW_SECONDS * 500)))
