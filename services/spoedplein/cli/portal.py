"""`spoedplein portal`: a process of the system."""

import click

from spoedplein.cli.running import begin
from spoedplein.portal import serving
from spoedplein.portal.access import Access
from spoedplein.portal.app import build


@click.command(name="portal")
def portal_command() -> None:
    """Answer over HTTP: what is free, boards and requests, decisions with their reasons; and take what people say."""
    settings, metrics = begin("portal")
    access = Access.by(settings, metrics)
    serving.serve(build(settings, settings.clock(), metrics, access=access), settings)
