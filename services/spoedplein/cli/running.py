"""What the processes of the system have in common when they start."""

import logging
from collections.abc import Callable

from spoedplein import garbage
from spoedplein import settings as configuration
from spoedplein.clock import Clock
from spoedplein.settings import ENV_PREFIX, Settings, SettingsError
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
    garbage.look_seldom()
    settings = configuration.load()
    logs.configure(level=settings.log_level, process=name)
    metrics = Metrics()
    try:
        port = metrics.serve(host=settings.metrics_host, port=settings.metrics_port)
    except OSError as error:
        msg = (
            f"Metrics cannot be served at {settings.metrics_host}:{settings.metrics_port}: {error.strerror or error}. "
            f"Set {ENV_PREFIX}METRICS_PORT to a port that is free, or to 0 for any, and {ENV_PREFIX}METRICS_HOST to an "
            "address of this machine."
        )
        raise SettingsError(msg) from error
    address = f"http://{settings.metrics_host}:{port}/metrics"
    LOGGER.info("%s starts", name, extra={"action": "worker.starts", "metrics": address})
    return settings, metrics
