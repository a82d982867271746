"""What the processes of the system have in common when they start."""

import logging
from collections.abc import Callable

from spoedplein import settings as configuration
from spoedplein.clock import Clock
from spoedplein.settings import Settings
from spoedplein.telemetry import logs
from spoedplein.telemetry.metrics import Metrics
from spoedplein.workers import app

LOGGER = logging.getLogger(__name__)
Build = Callable[[Settings, Clock, Metrics], app.Worker]


def run(name: str, build: Build) -> None:
    """A worker, until it is asked to stop."""
    settings, metrics = begin(name)
    app.run(lambda: build(settings, settings.clock(), metrics))


def begin(name: str) -> tuple[Settings, Metrics]:
    """Settings are read, what is logged bears the name, and metrics are served."""
    settings = configuration.load()
    logs.configure(level=settings.log_level, process=name)
    metrics = Metrics()
    port = metrics.serve(host=settings.metrics_host, port=settings.metrics_port)
    address = f"http://{settings.metrics_host}:{port}/metrics"
    LOGGER.info("%s starts", name, extra={"action": "worker.starts", "metrics": address})
    return settings, metrics
