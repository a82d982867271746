"""`python -m loadtests`: measure, and show what was measured."""

import logging
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from loadtests import bars, machine, report, results
from loadtests.progress import Shown
from loadtests.results import Result
from loadtests.scenario import Plan, Scenario
from loadtests.scenarios import SCENARIOS, named
from spoedplein.domain.errors import SpoedpleinError
from spoedplein.stack.places import checkout_root

NAMES = [scenario.name for scenario in SCENARIOS]
PAGE = Path(".local") / "load"


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def loadtests() -> None:
    """How fast it is, beside its peers and the limit.

    Everything that is compared runs in one go, in turns, on the same two cores with its broker. Read the ratios: the
    speeds are this machine's. Each measurement also checks that what was measured was right.

    \b
    python -m loadtests run                      all but the soak; an hour and a half
    python -m loadtests run end-to-end recovery  only these
    python -m loadtests run --quick              does the harness work? a few minutes; no figure counts
    python -m loadtests run soak --seconds 3600  an hour at 1,000 events/s
    python -m loadtests show                     the newest figures again, as tables and as a page with plots
    """  # noqa: D301  click reads the backslash


@loadtests.command(name="list")
def list_command() -> None:
    """What can be measured, and how long it takes."""
    for scenario in SCENARIOS:
        takes = "as long as you like" if scenario.own_time else f"about {scenario.minutes:g} minutes"
        click.echo(f"{scenario.name}  ({takes})\n  {scenario.title}\n")
        click.echo(click.wrap_text(scenario.about, width=100, initial_indent="  ", subsequent_indent="  ") + "\n")


@loadtests.command()
@click.argument("names", nargs=-1, type=click.Choice(NAMES), metavar="[SCENARIO]...")
@click.option("--quick", is_flag=True, help="Tiny sizes, one run: a check of the harness. No bar is judged by it.")
@click.option("--runs", type=click.IntRange(min=1), help="Runs of each path, in turns. 5 unless a scenario says less.")
@click.option("--seconds", type=click.FloatRange(min=1), help="For the soak: how long. 3600 unless --quick.")
@click.option(
    "--results",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the JSON goes, in a folder per commit. loadtests/results, or .local/load/quick with --quick.",
)
@click.option(
    "--page",
    type=click.Path(file_okay=False, path_type=Path),
    default=PAGE,
    show_default=True,
    help="Where the plots and index.html go.",
)
def run(
    names: tuple[str, ...], *, quick: bool, runs: int | None, seconds: float | None, folder: Path | None, page: Path
) -> None:
    """Measure. Without SCENARIO: everything but the soak. Exit code 1 when a bar is missed or a check fails."""
    machine.confine()
    kept = folder or (PAGE / "quick" if quick else results.RESULTS)
    chosen = named(names)
    found: dict[str, Result] = {}
    with Shown({scenario.name: scenario.minutes for scenario in chosen}) as shown:
        for scenario in chosen:
            result = _measure(scenario, shown, quick=quick, runs=runs, seconds=seconds)
            shown.say(f"{scenario.name}: written to {result.write(kept)}")
            found[scenario.name] = result
    report.tables(found)
    click.echo(f"\nPlots and page: {report.page({**results.newest(kept), **found}, page)}")
    sys.exit(0 if report.verdicts(found) else 1)


@loadtests.command()
@click.argument("names", nargs=-1, type=click.Choice(NAMES), metavar="[SCENARIO]...")
@click.option(
    "--results",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=results.RESULTS,
    help="Where the JSON is. loadtests/results by default.",
)
@click.option("--page", type=click.Path(file_okay=False, path_type=Path), default=PAGE, show_default=True)
def show(names: tuple[str, ...], *, folder: Path, page: Path) -> None:
    """Tables, verdicts and the page with plots from the newest kept results. Exit code 1 when a bar is missed."""
    found = {name: result for name, result in results.newest(folder).items() if not names or name in names}
    if not found:
        raise click.ClickException(f"{folder} holds no such results yet; `python -m loadtests run` makes them")
    report.tables(found)
    click.echo(f"\nPlots and page: {report.page(found, page)}")
    sys.exit(0 if report.verdicts(found) else 1)


@loadtests.command(name="bars")
def bars_command() -> None:
    """What must hold, each with the scenario that measures it."""
    for bar in bars.BARS:
        click.echo(f"{bar.scenario:14} {bar.sense} {bar.limit:g} {bar.unit}: {bar.sentence}")


def _measure(scenario: Scenario, shown: Shown, *, quick: bool, runs: int | None, seconds: float | None) -> Result:
    began_at, began = datetime.fromtimestamp(time.time(), UTC), time.monotonic()
    bystanders, commit = machine.Bystanders(), machine.commit(checkout_root())
    with tempfile.TemporaryDirectory(prefix="spoedplein-load-") as state, bystanders.watched():
        Path(state).chmod(0o711)  # PostgreSQL runs as another user when we are root.
        plan = Plan(quick=quick, runs=runs or (1 if quick else 5), state=Path(state), seconds=seconds)
        measured = scenario.run(plan, shown.begin(scenario.name))
    shown.end(scenario.name)
    return Result(
        **dict(measured),
        scenario=scenario.name,
        commit=commit,
        began_at=began_at.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - began, 1),
        quick=quick,
        machine=machine.machine(),
        others_cores=bystanders.cores,
    )


def main() -> None:
    """What a user can mend is said in one sentence, with exit code 2."""
    # Topics come and go here; what the clients say of that helps nobody.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        loadtests.main(prog_name="python -m loadtests")
    except SpoedpleinError as error:
        click.echo(f"loadtests: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
