"""One way to build and to run a worker: Faust for assignment, timers and lifecycle, on the batch transport."""

import asyncio
import logging
import shutil
import signal
import tempfile
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass

import faust
import uvloop

from spoedplein.domain.errors import SpoedpleinError
from spoedplein.settings import Settings
from spoedplein.workers.connection import faust_credentials

LOGGER = logging.getLogger(__name__)


class WorkerCrashedError(SpoedpleinError):
    """The worker stopped because one of its own assumptions broke; nothing unhandled was acknowledged."""


def build_app(settings: Settings, name: str) -> faust.App:
    """A Faust app of this consumer group, with no web server, no tables and no topics of its own."""
    servers = ";".join(f"kafkabatch://{server}" for server in settings.kafka_bootstrap.split(","))
    return faust.App(
        f"spoedplein-{name}",
        broker=servers,
        broker_credentials=faust_credentials(settings),
        broker_client_id=f"spoedplein-{name}",
        broker_session_timeout=settings.kafka_session_seconds,
        # With its next heartbeat a worker hears that another died, and takes over from it.
        broker_heartbeat_interval=settings.kafka_session_seconds / 10,
        broker_commit_interval=settings.commit_seconds,
        broker_max_poll_records=settings.batch_records_max,
        # A handler may wait for PostgreSQL as long as it takes; heartbeats keep the membership.
        broker_max_poll_interval=86_400.0,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=settings.kafka_instance,
        producer_request_timeout=30.0,
        table_standby_replicas=0,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        value_serializer="raw",
        datadir=tempfile.mkdtemp(prefix=f"spoedplein-{name}-"),
    )


@dataclass(frozen=True, slots=True)
class Worker:
    """An app and what it needs while it runs: opened before it starts, closed after it has stopped."""

    app: faust.App
    needs: tuple[AbstractAsyncContextManager[object], ...] = ()


async def run_worker(worker: Worker) -> None:
    """Run until SIGTERM or SIGINT; a crash inside becomes a `WorkerCrashedError`."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, asked.set)
    async with AsyncExitStack() as needs:
        for need in worker.needs:
            await needs.enter_async_context(need)
        await _run_app(worker.app, asked)
    LOGGER.info("stopped as asked", extra={"action": "worker.stopped"})


def run(build: Callable[[], Worker]) -> None:
    """`build` is called inside the event loop that the worker will run on."""

    async def main() -> None:
        await run_worker(build())

    with new_runner() as runner:
        runner.run(main())


def new_runner() -> asyncio.Runner:
    """On uvloop, and so are loops that others make: Faust has one for its consumer, in a thread of its own."""
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    return asyncio.Runner()


async def _run_app(app: faust.App, asked: asyncio.Event) -> None:
    try:
        await app.start()
        await app.wait_first(asked.wait())
    finally:
        reason = app.crash_reason
        await app.stop()
        shutil.rmtree(app.conf.datadir, ignore_errors=True)
    if reason is not None:
        msg = f"{app.conf.id} stopped: {reason!r}"
        raise WorkerCrashedError(msg) from reason
