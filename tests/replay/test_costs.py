"""What folding a recorded log costs, in calls and not in seconds: the same on every machine, however busy it is.

A limit stands a tenth above what was counted when it was set. Who makes the core cheaper lowers it.
"""

import sys
from pathlib import Path
from types import FrameType
from typing import Final

import pytest

from spoedplein.domain.log import Record, read_log
from spoedplein.domain.region import Region

FOLDER: Final = Path(__file__).parent


def calls_per_event(records: list[Record]) -> float:
    """Of functions in Python and in C. The agreements, which stand first, are not counted."""
    core, calls = Region.empty(records[0].event.region), 0

    def count(_frame: FrameType, event: str, _what: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    core.step(records[0])
    sys.setprofile(count)
    try:
        for record in records[1:]:
            core.step(record)
    finally:
        sys.setprofile(None)
    return calls / (len(records) - 1)


@pytest.mark.parametrize(
    ("log", "calls_max"),
    [
        pytest.param("quiet-afternoon", 75, id="most records are figures"),
        pytest.param("busy-evening", 123, id="every fault, and every queue moves"),
        pytest.param("large-region", 141, id="rooms, levels and neighbours"),
    ],
)
def test_an_event_takes_no_more_calls_than_it_did(log: str, calls_max: float) -> None:
    with (FOLDER / f"{log}.jsonl").open("rb") as lines:
        records = list(read_log(lines))
    calls_per_event(records)  # once before, so that what a process does only once has been done

    assert calls_per_event(records) < calls_max
