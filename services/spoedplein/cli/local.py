"""The whole system on this machine."""

import sys
from pathlib import Path
from typing import Literal

import click

from spoedplein.cli.files import TEXT
from spoedplein.stack.up import Wanted
from spoedplein.stack.up import up as run

_PORT = click.IntRange(1, 65_535)


@click.command()
@click.option(
    "--broker",
    type=click.Choice(["kafka", "embedded"]),
    default="kafka",
    show_default=True,
    help="kafka: Apache Kafka, needs Java 17 and Maven. embedded: in memory, for a first look without Java.",
)
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where data, logs and settings stay between runs.  [default: .local in the checkout]",
)
@click.option(
    "--region",
    "regions",
    type=TEXT,
    multiple=True,
    help="Agreements (TOML) of a region to simulate; may be given more than once.  [default: rijnmond]",
)
@click.option(
    "--speed",
    type=click.FloatRange(1, 600),
    default=60.0,
    show_default=True,
    help="How many times faster than real the simulated clock runs: 60 is an hour a minute.",
)
@click.option("--seed", type=click.IntRange(0), help="Chance of the simulation; another seed, another evening.")
@click.option("--kafka-port", type=_PORT, help="Port of Kafka on 127.0.0.1.  [default: a free one]")
@click.option("--postgres-port", type=_PORT, help="Port of PostgreSQL on 127.0.0.1.  [default: a free one]")
@click.option("--portal-port", type=_PORT, help="Port of the portal on 127.0.0.1.  [default: a free one]")
@click.option("--no-board", is_flag=True, help="Only say what is started and where; show no board.")
def up(  # noqa: PLR0913  one per option
    *,
    broker: Literal["kafka", "embedded"],
    state: Path | None,
    regions: tuple[Path, ...],
    speed: float,
    seed: int | None,
    kafka_port: int | None,
    postgres_port: int | None,
    portal_port: int | None,
    no_board: bool,
) -> None:
    """Start the whole system on this machine with a simulated region, and show its board.

    Apache Kafka, PostgreSQL, intake, coordination, archive, portal and an issuer of made-up users run as processes of
    their own, on 127.0.0.1 only. A simulated region publishes on the source topics from a Friday evening, 17:30, sixty
    times as fast as real: patients come, providers answer offers, figures go stale. Everybody in it is made up.

    The first start takes a minute or two: Maven fetches Kafka once. Ctrl-C ends all that was started; the data stays,
    and the next `spoedplein up` goes on where this one ended.

    In a terminal the board is live. Where output goes to a file or a pipe, it is printed every ten seconds.

    \b
    Look further from a second terminal:
      export SPOEDPLEIN_SETTINGS=.local/settings.toml
      spoedplein explain rijnmond.42.0      why was that decided?
      spoedplein settings                   where Kafka and PostgreSQL are
    """  # noqa: D301  click reads the backslash
    wanted = Wanted(
        broker=broker,
        state=state,
        regions=regions,
        speed=speed,
        seed=seed,
        kafka_port=kafka_port,
        postgres_port=postgres_port,
        portal_port=portal_port,
        board=not no_board,
    )
    sys.exit(run(wanted, say=click.echo))
