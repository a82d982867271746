"""An ASGI app on a port of its own, in this very loop: what asks it goes over the wire."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp

HOST: Final = "127.0.0.1"


@contextmanager
def listening() -> Iterator[tuple[socket.socket, str]]:
    """A socket on a free port, and its address: known before the app is made that will answer there."""
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((HOST, 0))
        yield bound, f"http://{HOST}:{bound.getsockname()[1]}"


@asynccontextmanager
async def served(app: ASGIApp, on: socket.socket) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Answers, with its lifespan, until the block ends; or sooner, when what the block is given is awaited."""
    server = _Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="auto", server_header=False))
    serving = asyncio.create_task(server.serve(sockets=[on]))

    async def stop() -> None:
        server.should_exit = True
        await serving

    try:
        await server.begun.wait()
        yield stop
    finally:
        await stop()


class _Server(uvicorn.Server):
    """Leaves signals to who runs the tests."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.begun = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.begun.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
