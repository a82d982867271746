"""A day as a file: lines of the log, in order. It is kept, since making it costs minutes."""

import hashlib
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from loadtests.nation.days import Day
from loadtests.nation.lives import live
from spoedplein.domain.log import Record, write_record
from spoedplein_schemas import kind_of

ROOT: Final = Path(__file__).resolve().parents[2]
KEPT: Final = ROOT / ".cache" / "nation"
#: What is said follows from these; the core's decisions as well, and for a change of those there is `anew`.
_MADE_FROM: Final = ("loadtests/nation", "services/spoedplein/testing", "schemas/spoedplein_schemas")


def recorded(day: Day, *, anew: bool = False, progress: Callable[[int, float], None] | None = None) -> Path:
    """The file of this day; made when it is not there. `progress` hears how many records, and which share of the day.

    `anew`: also when it is, since people react to decisions: do so after a change of what the core decides.
    """
    path = KEPT / f"{day.date}-{_digest(day)}.jsonl"
    if anew or not path.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        write(day, part, progress=progress)
        part.replace(path)
    return path


def write(day: Day, path: Path, *, progress: Callable[[int, float], None] | None = None) -> Counter[str]:
    """Write the day to `path`; how many there are of each kind of event."""
    kinds: Counter[str] = Counter()
    with path.open("wb") as file:
        for number, published in enumerate(live(day), start=1):
            file.write(write_record(Record(published.offset, published.at_ms, published.event)))
            kinds[kind_of(type(published.event.data)).name] += 1
            if progress is not None and number % 1000 == 0:
                progress(number, (published.at_ms - day.start_ms) / (day.end_ms - day.start_ms))
    return kinds


def _digest(day: Day) -> str:
    """Of the day and of all that it is made from."""
    found = hashlib.sha256(repr(day).encode())
    for folder in _MADE_FROM:
        for path in sorted((ROOT / folder).rglob("*.py")):
            found.update(path.read_bytes())
    return found.hexdigest()[:12]
