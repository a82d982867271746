"""Tells all who wait that something is new; they then look for themselves."""

import asyncio


class Bell:
    """Rung as often as one likes; whoever waits hears the next time only."""

    def __init__(self) -> None:
        self._next: asyncio.Future[None] | None = None

    def ring(self) -> None:
        if self._next is not None and not self._next.done():
            self._next.set_result(None)
        self._next = None

    async def heard(self) -> None:
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._next)
