"""Tells all who wait that something is new; they then look for themselves."""

import asyncio


class Bell:
    """Rung as often as one likes; whoever waits hears the next time only.

    Who does something between looking and waiting notes how often it had `rung` before he looked, and misses nothing.
    """

    def __init__(self) -> None:
        self.rung = 0
        self._next: asyncio.Future[None] | None = None

    def ring(self) -> None:
        self.rung += 1
        if self._next is not None and not self._next.done():
            self._next.set_result(None)
        self._next = None

    async def heard(self, *, since: int | None = None) -> None:
        """The next time; at once when it has rung more than `since` times by now."""
        if since is not None and self.rung > since:
            return
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._next)
