"""`python -m loadtests.replay SOURCE`: real data as source events, to a log file or to the source topics."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from loadtests.replay import ADAPTERS, Adapter, DataError, Published, Tally
from loadtests.replay.agreements_toml import as_toml
from loadtests.replay.outputs import ClockOf, PartitionError, publish, scaled, write_log
from loadtests.replay.tally import as_table
from spoedplein.clock import SystemClock
from spoedplein.settings import Settings, SettingsError, load

ROOT = Path(__file__).resolve().parents[2]
#: Beside the checkout, where the data sets are kept.
DATA_BESIDE = ROOT.parent / "shared" / "data"
SPEED_DEFAULT = 60.0
#: Drawing the bar for each event would cost more than publishing it.
_DRAW_EVERY = 25


class Unusable(click.ClickException):
    """Nothing was replayed, or not all of it."""

    exit_code = 2


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("source", type=click.Choice(list(ADAPTERS)))
@click.option("--list", "only_list", is_flag=True, help="Show what the data hold and what the harness adds; then stop.")
@click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="Only rows that start on this local date."
)
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="SPOEDPLEIN_DATA",
    show_envvar=True,
    help="Directory with the data sets; by default ../shared/data beside the repository.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write a log for `spoedplein fold`.")
@click.option(
    "--agreements", type=click.Path(dir_okay=False, path_type=Path), help="Write the region's agreements as TOML."
)
@click.option("--bootstrap", metavar="HOST:PORT", help="Publish to the source topics of this Kafka.")
@click.option(
    "--partition",
    type=click.IntRange(min=0),
    help="The region's partition; by default from the setting `regions`, or 0.",
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    help=f"How many times faster than it happened. By default the clock in the settings, or {SPEED_DEFAULT:g}.",
)
@click.option("--as-fast-as-possible", "unpaced", is_flag=True, help="Publish without waiting for any moment.")
def main(  # noqa: PLR0913  one per option
    *,
    source: str,
    only_list: bool,
    day: datetime | None,
    data: Path | None,
    out: Path | None,
    agreements: Path | None,
    bootstrap: str | None,
    partition: int | None,
    speed: float | None,
    unpaced: bool,
) -> None:
    """Replay SOURCE as the events that our sources would have sent.

    Without --out or --bootstrap it reads, checks and counts only. At the end stands what became of every row.

    \b
      python -m loadtests.replay skane --day 2017-02-01 --out skane.jsonl
      python -m loadtests.replay taiwan --day 2025-10-08 --bootstrap 127.0.0.1:9092 --speed 120
    """  # noqa: D301  click reads the backspace: these lines are not to be wrapped
    _agree(out=out, bootstrap=bootstrap, speed=speed, partition=partition, unpaced=unpaced)
    adapter = ADAPTERS[source](data or data_beside(DATA_BESIDE))
    screen, tally = Console(), Tally()
    try:
        days = adapter.days()
        if agreements:
            agreements.write_text(as_toml(adapter.agreements()), encoding="utf-8")
        if only_list:
            return _show(adapter, days, screen)
        with _watched(adapter, _chosen(day, days), tally, whole=day is None) as events:
            if out:
                with out.open("wb") as file:
                    write_log(adapter, events, file)
            elif bootstrap:
                _publish(
                    adapter,
                    events,
                    bootstrap=bootstrap,
                    partition=partition,
                    clock=partial(_clock, speed=speed, unpaced=unpaced),
                )
            else:
                deque(events, maxlen=0)
    except (DataError, PartitionError, SettingsError, OSError) as error:
        raise Unusable(str(error)) from error
    screen.print(as_table(tally))
    return None


def _agree(
    *, out: Path | None, bootstrap: str | None, speed: float | None, partition: int | None, unpaced: bool
) -> None:
    """Options that contradict each other are a mistake, never a guess."""
    if out and bootstrap:
        raise click.UsageError("--out writes a file and --bootstrap publishes: give one of them")
    if not bootstrap and (unpaced or speed is not None or partition is not None):
        raise click.UsageError("--speed, --as-fast-as-possible and --partition say how to publish: give --bootstrap")
    if unpaced and speed is not None:
        raise click.UsageError("--speed and --as-fast-as-possible exclude each other")


def _publish(
    adapter: Adapter,
    events: Iterable[Published],
    *,
    bootstrap: str,
    partition: int | None,
    clock: Callable[[Settings], ClockOf],
) -> None:
    settings = load().model_copy(update={"kafka_bootstrap": bootstrap})
    if partition is None:
        partition = settings.regions.get(adapter.agreements().region, 0)
    try:
        asyncio.run(publish(events, settings=settings, partition=partition, clock_of=clock(settings)))
    except KafkaError as error:
        msg = f"Kafka at {bootstrap} did not take it: {error}. Look whether it runs and has the topics of deploy/kafka"
        raise Unusable(msg) from error


def data_beside(place: Path) -> Path:
    if place.is_dir():
        return place
    msg = f"No data sets at {place}. Name their directory with --data or SPOEDPLEIN_DATA"
    raise Unusable(msg)


def _chosen(day: datetime | None, days: Sequence[date]) -> Sequence[date]:
    if day is None:
        return days
    if day.date() not in days:
        msg = f"The data have nothing on {day:%Y-%m-%d}. They run from {days[0]} to {days[-1]}; --list shows them"
        raise Unusable(msg)
    return [day.date()]


def _clock(settings: Settings, speed: float | None, *, unpaced: bool) -> ClockOf:
    """The processes' own clock where they share a scaled one; without that, one that starts at the first event."""
    if unpaced:
        return lambda _first_ms: None
    if settings.clock_epoch_ms is None or speed is not None:
        return scaled(speed or SPEED_DEFAULT, started_ms=SystemClock().now_ms())
    return lambda _first_ms: settings.clock()


def _show(adapter: Adapter, days: Sequence[date], screen: Console) -> None:
    agreements = adapter.agreements()
    screen.print(f"[bold]{adapter.name}[/bold]: {agreements.title}, as region {agreements.region}")
    screen.print(f"{len(days)} days from {days[0]} to {days[-1]}, {agreements.timezone}; {len(agreements.sites)} sites")
    screen.print("The harness's choices:")
    for choice in adapter.choices:
        screen.print(f"  - {choice}", highlight=False)


@contextmanager
def _watched(adapter: Adapter, days: Sequence[date], tally: Tally, *, whole: bool) -> Iterator[Iterator[Published]]:
    """The events, with a bar of the data's own time that fills while they are taken."""
    zone = ZoneInfo(adapter.agreements().timezone)
    begin = datetime.combine(days[0], datetime.min.time(), zone).timestamp() * 1000
    end = datetime.combine(days[-1] + timedelta(days=1), datetime.min.time(), zone).timestamp() * 1000
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[events]:,} events"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        bar = progress.add_task(adapter.name, total=end - begin, events=0)

        def watched() -> Iterator[Published]:
            number = 0
            for number, published in enumerate(adapter.read(None if whole else days[0], tally), start=1):
                if number % _DRAW_EVERY == 1:
                    moment = datetime.fromtimestamp(published.at_ms / 1000, zone)
                    at = min(published.at_ms, end) - begin
                    progress.update(bar, completed=at, events=number, description=f"{moment:%Y-%m-%d %H:%M}")
                yield published
            progress.update(bar, completed=end - begin, events=number, description=adapter.name)

        yield watched()


if __name__ == "__main__":
    main()
