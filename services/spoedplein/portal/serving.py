"""The portal as a process: uvicorn on uvloop, until it is asked to stop or what it shows would be wrong."""

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
import uvloop
from fastapi import FastAPI

from spoedplein.domain.errors import SpoedpleinError
from spoedplein.portal.state import Portal
from spoedplein.settings import Settings

LOGGER = logging.getLogger(__name__)
#: After which requests and streams that still run are broken off.
GRACE_SECONDS: Final = 5
BACKLOG: Final = 2048


class PortalAddressError(SpoedpleinError):
    """The portal cannot listen where the settings say."""


class PortalBrokenError(SpoedpleinError):
    """The portal did not start, or ended because one of its own assumptions broke."""


class PortalServer(uvicorn.Server):
    """Ends its streams when it is asked to stop: they would go on for as long as somebody follows."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="on",
                server_header=False,
                forwarded_allow_ips=list(app.state.portal.settings.portal_proxies),
                timeout_graceful_shutdown=GRACE_SECONDS,
                backlog=BACKLOG,
            )
        )
        self._portal: Portal = app.state.portal
        self.begun = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.begun.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As every process of ours: asked to stop, it ends in good order and well. Only a main thread hears signals."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self.stop)
        try:
            yield
        finally:
            for name in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(name)

    def stop(self) -> None:
        """Asked again, it breaks off what still runs."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self._portal.push.close()

    async def serve_until_asked(self, listening: socket.socket) -> None:
        """Raises `PortalBrokenError` when it did not start, or could not go on."""
        watching = asyncio.create_task(self._watch())
        try:
            await self.serve(sockets=[listening])
        finally:
            watching.cancel()
        if not self.started:
            msg = "the portal did not start; the log lines above say why"
            raise PortalBrokenError(msg)
        if self._portal.broken is not None:
            msg = f"the portal stopped: {self._portal.broken!r}"
            raise PortalBrokenError(msg) from self._portal.broken

    async def _watch(self) -> None:
        while self._portal.broken is None:
            await self._portal.bell.heard()
        self.stop()


def serve(app: FastAPI, settings: Settings) -> None:
    """Until SIGTERM or SIGINT."""
    with listen(settings) as listening, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        address = f"http://{settings.portal_host}:{listening.getsockname()[1]}"
        LOGGER.info("the portal is at %s", address, extra={"action": "portal.starts", "address": address})
        runner.run(PortalServer(app).serve_until_asked(listening))


def listen(settings: Settings) -> socket.socket:
    """Raises `PortalAddressError`."""
    listening = socket.socket(socket.AF_INET6 if ":" in settings.portal_host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.portal_host, settings.portal_port))
    except OSError as error:
        listening.close()
        msg = (
            f"The portal cannot listen on {settings.portal_host}:{settings.portal_port} ({error.strerror}). "
            "Is another one running? Otherwise mend SPOEDPLEIN_PORTAL_HOST or SPOEDPLEIN_PORTAL_PORT."
        )
        raise PortalAddressError(msg) from error
    return listening
