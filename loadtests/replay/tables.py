"""Reading the data sets' CSV files, gzipped or not, and their local times."""

import csv
import gzip
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from loadtests.replay.adapter import DataError

Row = Mapping[str, str]


def read_rows(path: Path, columns: Iterable[str]) -> Iterator[Row]:
    """Rows of one file, which must have these columns."""
    if not path.is_file():
        msg = f"{path} is not there. Give the directory that holds {path.parent.name}/ with --data or SPOEDPLEIN_DATA"
        raise DataError(msg)
    try:
        with (
            gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as raw,
            io.TextIOWrapper(raw, encoding="utf-8", newline="") as text,
        ):
            reader = csv.DictReader(text)
            missing = sorted(set(columns) - set(reader.fieldnames or ()))
            if missing:
                msg = f"{path} lacks column {', '.join(missing)}; its SOURCE.md says which file belongs here"
                raise DataError(msg)
            # A short row ends in None: the same as empty, for what we read.
            yield from ({name: value or "" for name, value in row.items() if name} for row in reader)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        msg = f"{path} cannot be read as gzipped or plain UTF-8 CSV: {error}. Take a fresh copy of it"
        raise DataError(msg) from error


def local_time(text: str, pattern: str, zone: ZoneInfo) -> datetime:
    """A local time without offset, made aware. An hour that the clock shows twice is taken the first time."""
    return datetime.strptime(text, pattern).replace(tzinfo=zone)


def is_real(moment: datetime) -> bool:
    """False for a local time in the hour that the clock skips in spring."""
    there_and_back = datetime.fromtimestamp(moment.timestamp(), moment.tzinfo)
    return there_and_back.replace(tzinfo=None) == moment.replace(tzinfo=None)


def code_of(text: str) -> str:
    """Words as a code of ours: `GI Bleeding` gives `gi-bleeding`."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:32].rstrip("-")
