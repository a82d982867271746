"""`python -m loadtests.nation`: write a national day to a file, and tell what is in it."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from loadtests.nation import Day, recorded, write
from loadtests.nation.days import REGIONS


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--day", "date", type=click.DateTime(["%Y-%m-%d"]), default="2026-01-10", show_default=True)
@click.option("--hours", type=click.FloatRange(min=0, min_open=True), default=24.0, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--regions", type=click.IntRange(1, 500), default=REGIONS, show_default=True)
@click.option(
    "--scale", type=click.FloatRange(min=0, min_open=True), default=1.0, show_default=True, help="Of volumes."
)
@click.option("--partitions", type=click.IntRange(min=1), help="Of the log; one per region when left out.")
@click.option(
    "--bad", is_flag=True, help="A pandemic wave, many wounded at once, and all sources back after a silence."
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Left out: .cache/nation, kept.")
def main(*, date: datetime, out: Path | None, **chosen: Any) -> None:  # noqa: ANN401  click has checked each
    """Write a national day as lines of the log."""
    day = Day(date.date(), **chosen)
    screen = Console()
    with Progress(console=Console(stderr=True)) as bars:
        bar = bars.add_task("", total=1.0)

        def show(number: int, share: float) -> None:
            bars.update(bar, completed=share, description=f"{number:,} events")

        if out is None:
            screen.print(str(recorded(day, anew=True, progress=show)))
            return
        kinds = write(day, out, progress=show)
    table = Table("event", "number", title=f"{day.date}, {kinds.total():,} events")
    for kind, number in kinds.most_common():
        table.add_row(kind, f"{number:,}")
    screen.print(table)


if __name__ == "__main__":
    main()
