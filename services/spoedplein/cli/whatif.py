"""What would have been decided otherwise: a log lived again under other agreements or with other places."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import inf, isnan
from pathlib import Path
from typing import Any, Final

import click
from pydantic import TypeAdapter
from rich.console import Console
from rich.progress import Progress

from spoedplein.cli import comparing, drawing
from spoedplein.cli.files import NEW, TEXT
from spoedplein.cli.history import LOG
from spoedplein.domain.agreements import read_agreements
from spoedplein.domain.log import Record, read_log, write_record
from spoedplein.whatif.assumptions import STAY_HOURS, Answer, Assumptions, WhatifError, read_changes
from spoedplein.whatif.comparison import Comparison, live_both
from spoedplein.whatif.history import Setting
from spoedplein_schemas.agreements import Agreements, AgreementsAdopted
from spoedplein_schemas.vocabulary import CareType

#: Of anybody's patience: nobody waits a year for an answer.
_MINUTES_MAX: Final = 366 * 24 * 60


class _Minutes(click.FloatRange):
    """So many minutes, and not "not a number", which is within every range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401  click's
        found: float = super().convert(value, param, ctx)
        if isnan(found):
            self.fail(f"{value} is no number of minutes.", param, ctx)
        return found


_MINUTES: Final = _Minutes(0, _MINUTES_MAX)
_COMPARISON: TypeAdapter[Comparison] = TypeAdapter(Comparison)


@click.command()
@click.argument("log", type=LOG)
@click.option(
    "--agreements",
    "before",
    type=TEXT,
    help="Side A lives by these (TOML), from the first record on, instead of those in the log.",
)
@click.option("--against", "after", type=TEXT, help="Side B lives by these (TOML); without it, by those of side A.")
@click.option(
    "--capacity",
    "changes",
    multiple=True,
    metavar="UNIT=+4",
    help="Side B has other places: UNIT=+4, UNIT=-2, UNIT=0 or CARE_TYPE=+4, spread over its units. May be repeated.",
)
@click.option("--region", help="Which region, when the log holds several.")
@click.option(
    "--assume",
    "answer",
    type=click.Choice([each.value for each in Answer]),
    default=Answer.ACCEPT.value,
    show_default=True,
    help="What providers say to an offer that the log does not know. Try both: the truth lies between.",
)
@click.option(
    "--by-the-book",
    is_flag=True,
    help="On side A too the head of the queue is called each time, also where the log's people called somebody else: "
    "two ways of queueing, and nothing but these.",
)
@click.option("--answer-minutes", type=_MINUTES, help="After which, where nobody was seen to answer.")
@click.option(
    "--admission-minutes",
    type=_MINUTES,
    default=60,
    show_default=True,
    help="From acceptance to admission, where nobody was seen to come.",
)
@click.option(
    "--stay",
    "stays",
    multiple=True,
    metavar="CARE_TYPE=HOURS",
    help="For how long somebody takes a place; to the end of the log by default, but "
    + ", ".join(f"{care_type.value}={hours:g}" for care_type, hours in STAY_HOURS.items())
    + ". CARE_TYPE=inf: to the end.",
)
@click.option("--json", "json_file", type=NEW, help="Write every figure and every request here too.")
@click.option(
    "--keep", "log_file", type=NEW, help="Write the log of side B here: to fold it, or explain its decisions."
)
@click.option("--plot", "plot_file", type=NEW, help="Draw it here too: FILE.png or FILE.svg.")
def whatif(  # noqa: PLR0913  one per option
    *,
    log: Path,
    before: Path | None,
    after: Path | None,
    changes: tuple[str, ...],
    region: str | None,
    answer: str,
    by_the_book: bool,
    answer_minutes: float | None,
    admission_minutes: float,
    stays: tuple[str, ...],
    json_file: Path | None,
    log_file: Path | None,
    plot_file: Path | None,
) -> None:
    """Live the LOG of a region again ("-" for standard input), twice, and tell the difference.

    Side A is what was: the log's own agreements, or --agreements. Side B has --against, --capacity, or both.

    \b
    Four more ELV beds last night:
        spoedplein whatif evening.jsonl --capacity elv-hoog=+4
    Another text, with a picture:
        spoedplein whatif evening.jsonl --against new.toml --plot difference.png
    Why B decided so:
        spoedplein whatif evening.jsonl --against new.toml --keep b.jsonl
        spoedplein explain --log b.jsonl rijnmond.1042.0

    Whom a service point calls: on a side whose text queues as the log's did, whom it called in the log; on a side that
    queues otherwise, the head of its own queue at that moment, and in danger of life whom the log names.

    A log holds no answers to offers that were never made. What people say to those is assumed, counted, and told at
    the end; `--assume decline` shows the other extreme. Nothing is sent anywhere. The same input gives the same output.

    Exit code 0 when the comparison was made, different or not; 1 when a file cannot be used; 2 for a wrong option.
    """  # noqa: D301  click reads the backslash
    if after is None and not changes:
        msg = "Nothing to compare: give --against FILE, --capacity UNIT=+4, or both."
        raise click.UsageError(msg)
    if plot_file is not None:
        drawing.check(plot_file)
    records = _records(log, region)
    one, other = _sides(records, before, after, changes)
    stay_hours = {care: hours for care, hours in {**STAY_HOURS, **_stays(stays)}.items() if hours != inf}
    assumptions = Assumptions(Answer(answer), answer_minutes, admission_minutes, stay_hours, by_the_book)
    found, lived = _compared(records, one, other, assumptions)
    click.echo(comparing.tell(found))
    if json_file is not None:
        json_file.write_bytes(_COMPARISON.dump_json(found, indent=2) + b"\n")
    if log_file is not None:
        _keep(log_file, lived, after or before)
    if plot_file is not None:
        drawing.draw(found, plot_file)


def _records(log: Path, region: str | None) -> list[Record]:
    with click.open_file(str(log), "rb") as lines:
        records = list(read_log(lines))
    regions = sorted({record.event.region for record in records})
    if region is None and len(regions) > 1:
        msg = f"{log} holds the logs of {', '.join(regions)}: choose one with --region"
        raise WhatifError(msg)
    chosen = [record for record in records if region in (None, record.event.region)]
    if not chosen:
        msg = f"{log} holds no record of {region or 'any region'}; it has {', '.join(regions) or 'none at all'}"
        raise WhatifError(msg)
    return chosen


def _sides(
    records: list[Record], before: Path | None, after: Path | None, changes: tuple[str, ...]
) -> tuple[Setting, Setting]:
    region = records[0].event.region
    mine, other = _text(before, region), _text(after, region)
    logged = [each.event.data.agreements for each in records if isinstance(each.event.data, AgreementsAdopted)]
    lives_by = other or mine or _with_all_units(logged)
    if lives_by is None:
        msg = f"the log of {region} adopts no agreements: name those that were in force with --agreements"
        raise WhatifError(msg)
    name = f"{before} ({mine.version})" if mine else "the log's own agreements"
    first = Setting(name, mine)
    told = f"{after} ({other.version})" if other else name
    second = Setting(", ".join([told, *changes]), other or mine, read_changes(changes, lives_by))
    return first, second


def _with_all_units(adopted: Sequence[Agreements]) -> Agreements | None:
    """The last text, with the units of every one: each was in force for a while."""
    units = {unit.id: unit for each in adopted for unit in each.units}
    return adopted[-1].model_copy(update={"units": tuple(units.values())}) if adopted else None


def _text(file: Path | None, region: str) -> Agreements | None:
    if file is None:
        return None
    found = read_agreements(file.read_text(encoding="utf-8"), name=str(file))
    if found.region != region:
        msg = f"{file} holds the agreements of {found.region}, and the log is of {region}"
        raise WhatifError(msg)
    return found


def _stays(texts: Iterable[str]) -> dict[CareType, float]:
    found: dict[CareType, float] = {}
    for text in texts:
        name, _, hours = text.partition("=")
        msg = f"stay {text!r}: write CARE_TYPE=HOURS, as in wijkverpleging=1, or =inf for to the end of the log"
        try:
            care_type, stay = CareType(name), float(hours)
        except ValueError as error:
            raise WhatifError(msg) from error
        if not stay >= 0:
            raise WhatifError(msg)
        found[care_type] = stay
    return found


def _keep(file: Path, lived: Sequence[Record], text: Path | None) -> None:
    """The log of side B; nothing can be adopted before offset 0, and who folds it is told what was in force."""
    kept = [record for record in lived if record.offset >= 0]
    file.write_bytes(b"".join(map(write_record, kept)))
    if len(kept) < len(lived):
        click.echo(f"{file} begins before any agreements: fold or explain it with --agreements {text}.", err=True)


def _compared(
    records: list[Record], one: Setting, other: Setting, assumptions: Assumptions
) -> tuple[Comparison, Sequence[Record]]:
    """And the log of side B. With progress on standard error, when that is a terminal."""
    sides = {"as recorded": "as recorded", "A": "side A", "B": "side B"}
    console = Console(stderr=True)
    with Progress(transient=True, console=console, disable=not console.is_terminal) as progress:
        bars = {name: progress.add_task(title, total=len(records)) for name, title in sides.items()}

        def told(step: str, count: int) -> None:
            if count % 200 == 0 or count == len(records):
                progress.update(bars[step], completed=count)

        both = live_both(records, replace(one, name="A"), replace(other, name="B"), assumptions, told=told)
    found = both.found
    named = replace(found, before=replace(found.before, name=one.name), after=replace(found.after, name=other.name))
    return named, both.log
