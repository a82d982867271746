"""The portal as a process: uvicorn on uvloop, until it is asked to stop."""

import asyncio
import logging
import socket
from typing import Final

import uvicorn
import uvloop
from fastapi import FastAPI

from spoedplein.domain.errors import SpoedpleinError
from spoedplein.settings import Settings

LOGGER = logging.getLogger(__name__)
#: After which requests and streams that still run are broken off.
GRACE_SECONDS: Final = 5
BACKLOG: Final = 2048


class PortalAddressError(SpoedpleinError):
    """The portal cannot listen where the settings say."""


def serve(app: FastAPI, settings: Settings) -> None:
    """Until SIGTERM or SIGINT. Raises what kept the app from starting."""
    listening = _listen(settings)
    address = f"http://{settings.portal_host}:{listening.getsockname()[1]}"
    LOGGER.info("the portal is at %s", address, extra={"action": "portal.starts", "address": address})
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="on",
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=BACKLOG,
    )
    server = uvicorn.Server(config)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(server.serve(sockets=[listening]))
    if not server.started:
        msg = "the portal did not start; the log lines above say why"
        raise PortalAddressError(msg)


def _listen(settings: Settings) -> socket.socket:
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
