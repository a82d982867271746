"""The processes of the system: intake, coordinate, archive, portal."""

import asyncio
import logging
from collections.abc import Callable

import click

from spoedplein import settings as configuration
from spoedplein.clock import Clock
from spoedplein.portal import serving
from spoedplein.portal.access import Access
from spoedplein.portal.app import build as build_portal
from spoedplein.settings import Settings
from spoedplein.store.migrate import migrate as apply_migrations
from spoedplein.telemetry import logs
from spoedplein.telemetry.metrics import Metrics
from spoedplein.workers import app, archive, coordination, intake

LOGGER = logging.getLogger(__name__)
Build = Callable[[Settings, Clock, Metrics], app.Worker]


@click.command(name="intake")
def intake_command() -> None:
    """Validate what sources publish, refuse what identifies a person, write the log."""
    _run("intake", intake.build)


@click.command()
def coordinate() -> None:
    """Fold the regions' logs into decisions, availability and boards."""
    _run("coordination", coordination.build)


@click.command(name="archive")
def archive_command() -> None:
    """Write the log, the decisions and availability to PostgreSQL."""
    _run("archive", archive.build)


@click.command(name="portal")
def portal_command() -> None:
    """Answer over HTTP: what is free, boards and requests, decisions with their reasons; and take what people say."""
    settings, metrics = _begin("portal")
    access = Access.by(settings, metrics)
    serving.serve(build_portal(settings, settings.clock(), metrics, access=access), settings)


@click.command()
def migrate() -> None:
    """Bring the tables in PostgreSQL up to date.

    The archive does this by itself when it may; where it may not, an operator with the rights runs this first.
    """
    done = asyncio.run(apply_migrations(configuration.load()))
    click.echo(f"{len(done)} migrations applied: {', '.join(done)}" if done else "The tables are up to date.")


def _run(name: str, build: Build) -> None:
    settings, metrics = _begin(name)
    app.run(lambda: build(settings, settings.clock(), metrics))


def _begin(name: str) -> tuple[Settings, Metrics]:
    settings = configuration.load()
    logs.configure(level=settings.log_level, process=name)
    metrics = Metrics()
    port = metrics.serve(host=settings.metrics_host, port=settings.metrics_port)
    address = f"http://{settings.metrics_host}:{port}/metrics"
    LOGGER.info("%s starts", name, extra={"action": "worker.starts", "metrics": address})
    return settings, metrics
