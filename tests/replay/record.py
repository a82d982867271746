"""Recorded logs and what was decided on them.

    python -m tests.replay.record            fold every log with today's code, show what it decides otherwise
    python -m tests.replay.record --write    and keep that as what is right from now on
    python -m tests.replay.record --logs     make the logs themselves anew first (after a change of the contracts)

Run from the checkout's root. Look at the difference before keeping it: a replay of last week would show the same.
"""

import difflib
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from spoedplein.domain.log import Record, read_log, write_record
from spoedplein.domain.region import Region, fold
from spoedplein.stack.places import deploy_file
from spoedplein.testing.simulate import simulate
from spoedplein_schemas.agreements import Agreements
from tests.replay import man_of_84

FOLDER: Final = Path(__file__).parent
DECISIONS: Final = ".decisions.jsonl"
BYTES_MAX: Final = 300_000


class Life(NamedTuple):
    """A simulated log: its first `records`, with every fault of the simulator."""

    region: str
    seed: int
    hours: float
    intensity: float
    records: int


LIVES: Final = {
    "quiet-afternoon": Life("nijmegen", seed=4, hours=2, intensity=1, records=250),
    "busy-evening": Life("nijmegen", seed=11, hours=5, intensity=6, records=420),
    "large-region": Life("rijnmond", seed=23, hours=2, intensity=5, records=330),
}


def logs() -> list[Path]:
    return sorted(path for path in FOLDER.glob("*.jsonl") if not path.name.endswith(DECISIONS))


def decisions_of(log: Path) -> Path:
    return log.with_name(log.stem + DECISIONS)


def decided_today(log: Path) -> bytes:
    """As `spoedplein fold` writes it."""
    with log.open("rb") as lines:
        records = list(read_log(lines))
    core = Region.empty(records[0].event.region)
    return b"".join(made.model_dump_json(exclude_none=True).encode() + b"\n" for made in fold(records, core))


def make_logs() -> None:
    write(FOLDER / "man-of-84.jsonl", man_of_84.told())
    for name, life in LIVES.items():
        text = deploy_file("regions", f"{life.region}.toml").read_text(encoding="utf-8")
        agreements = Agreements.model_validate(tomllib.loads(text))
        outcome = simulate(agreements, life.seed, life.hours, region_factory=Region, intensity=life.intensity)
        if outcome.violations:
            sys.exit(f"{name}: the auditor finds {outcome.violations[0]}; that is not worth recording")
        write(FOLDER / f"{name}.jsonl", outcome.log[: life.records])


def write(path: Path, records: Sequence[Record]) -> None:
    path.write_bytes(b"".join(write_record(record) for record in records))


def difference(log: Path) -> list[str]:
    """Line by line, from what was recorded to what is decided today."""
    recorded, today = decisions_of(log), decided_today(log)
    before = recorded.read_text(encoding="utf-8").splitlines() if recorded.is_file() else []
    return list(difflib.unified_diff(before, today.decode().splitlines(), recorded.name, "today", lineterm="", n=1))


def main(arguments: list[str]) -> None:
    if "--logs" in arguments:
        make_logs()
    for log in logs():
        found = difference(log)
        print(f"{log.name}: {'as recorded' if not found else ''}")
        print("\n".join(found), end="\n" if found else "")
        if "--write" in arguments or "--logs" in arguments:
            decisions_of(log).write_bytes(decided_today(log))


if __name__ == "__main__":
    main(sys.argv[1:])
