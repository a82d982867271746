"""What was: publish files, fold a log, explain a decision."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import click

from spoedplein import settings as configuration
from spoedplein.cli.files import OUT, TEXT, written
from spoedplein.domain.agreements import adopted, read_agreements
from spoedplein.domain.errors import AgreementsError
from spoedplein.domain.log import Record, read_log
from spoedplein.domain.parts import RegionState
from spoedplein.domain.region import Region
from spoedplein.store.postgres import Archive
from spoedplein.wording import explaining
from spoedplein.workers.publishing import publish_file
from spoedplein_schemas import Decision, encoded
from spoedplein_schemas.agreements import Agreements, AgreementsAdopted
from spoedplein_schemas.vocabulary import Actor, Role

LOG = click.Path(exists=True, dir_okay=False, path_type=Path, allow_dash=True)


@click.command()
@click.argument("file", type=LOG)
@click.option(
    "--agreements",
    "agreements_file",
    type=TEXT,
    help="Put these agreements (TOML) in force before the first record, instead of those that their region's log has.",
)
@click.option("--out", type=OUT, default="-", help="Where the decisions go; standard output by default.")
def fold(file: Path, agreements_file: Path | None, out: Path) -> None:
    """Fold a region's log FILE ("-" for standard input) and print its decisions, one JSON object a line.

    \b
    A line of the log: {"offset": 17, "at": 1767985200000, "event": {...}}
    offset counts up; at is the append time in milliseconds since 1970; event is a CloudEvent.

    Needs no Kafka. Equal input gives equal bytes. A file of --out is written whole, or left as it was.
    """  # noqa: D301  click reads the backslash
    if file.exists() and out.exists() and out.samefile(file):
        msg = f"--out is the log itself: name another file than {file}, or the log is lost."
        raise click.UsageError(msg)
    with written(out) as lines:
        lines.writelines(encoded(decision) + b"\n" for decision in _folded(file, agreements_file))


@click.command()
@click.argument("decision_id")
@click.option("--log", "log_file", type=LOG, help="Find the decision in this log instead of in PostgreSQL.")
@click.option(
    "--agreements",
    "agreements_file",
    type=TEXT,
    help="With --log: these agreements (TOML) were in force before its first record, instead of those in the log.",
)
def explain(decision_id: str, log_file: Path | None, agreements_file: Path | None) -> None:
    """Tell why DECISION_ID was decided: cause, agreement, data with age, and what was passed over.

    Of very many units that were passed over a decision names some and counts the others; from a log all are named.
    """
    if log_file is not None:
        decisions = _folded(log_file, agreements_file, in_full=True)
        decision = next((found for found in decisions if found.id == decision_id), None)
    elif agreements_file is not None:
        msg = "--agreements goes with --log: the archive has what was decided, under the agreements of then."
        raise click.UsageError(msg)
    else:
        decision = asyncio.run(_from_archive(decision_id))
    if decision is None:
        where = str(log_file) if log_file else "the archive"
        click.echo(f"No decision {decision_id} in {where}. Ids look like rijnmond.1042.0.", err=True)
        sys.exit(1)
    click.echo(explaining.tell(decision))


@click.command()
@click.argument("file", type=LOG)
@click.option(
    "--speed",
    type=click.FloatRange(min=0.001),
    help="Keep the events' distances in time, but so many times as fast; default: at once.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["events", "log"]),
    default="events",
    show_default=True,
    help="events: one CloudEvent a line; log: lines of a region's log.",
)
def publish(file: Path, speed: float | None, form: Literal["events", "log"]) -> None:
    """Publish the events of FILE onto the source topics, in order, with progress."""
    count = asyncio.run(publish_file(configuration.load(), file, speed=speed, form=form))
    click.echo(f"{count} events published.")


def _folded(file: Path, agreements_file: Path | None = None, *, in_full: bool = False) -> Iterator[Decision]:
    """Decisions of a log file; those of a region under its agreements in the other file, when there is one."""
    text = agreements_file.read_text(encoding="utf-8") if agreements_file else None
    imposed = read_agreements(text, name=str(agreements_file)) if text is not None else None
    regions: dict[str, Region] = {}
    with click.open_file(str(file), "rb") as lines:
        for record in read_log(lines):
            name = record.event.region
            if name not in regions:
                regions[name] = _first_seen(name, record, imposed, in_full=in_full)
            theirs = imposed is not None and imposed.region == name
            if not (theirs and isinstance(record.event.data, AgreementsAdopted)):
                yield from regions[name].step(record)
    if imposed is not None and imposed.region not in regions:
        found = ", ".join(regions) or "no region"
        msg = f"{agreements_file} holds the agreements of {imposed.region}, and {file} is a log of {found}"
        raise AgreementsError(msg)


def _first_seen(name: str, record: Record, imposed: Agreements | None, *, in_full: bool) -> Region:
    """A region before its first record, with the imposed agreements in force if they are its own."""
    if imposed is None or imposed.region != name:
        return Region.empty(name, in_full=in_full)
    by = Actor(role=Role.COORDINATOR, organisation=imposed.owner)
    return Region(RegionState(name, adopted=adopted(imposed, at_ms=record.at, by=by)), in_full=in_full)


async def _from_archive(decision_id: str) -> Decision | None:
    archive = await Archive.connect(configuration.load())
    try:
        return await archive.decision(decision_id)
    finally:
        await archive.close()
