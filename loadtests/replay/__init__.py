"""Real data, as our sources would have sent it: one adapter per data set.

    ADAPTERS["taiwan"](data).read(day, tally)   →   (at_ms, event) in the order of publishing

`data` is the directory that holds `taiwan_er_status`, `sf_ems_calls`, `skane_ed_synth` and `p2000_sample`, each with a
SOURCE.md. What the data do not hold and a replay needs is the harness's own, and each adapter's `choices` lists it.
"""

from collections.abc import Callable
from pathlib import Path

from loadtests.replay.adapter import Adapter, DataError, Published
from loadtests.replay.p2000 import P2000
from loadtests.replay.sanfrancisco import SanFrancisco
from loadtests.replay.skane import Skane
from loadtests.replay.taiwan import Taiwan
from loadtests.replay.tally import Tally

__all__ = ["ADAPTERS", "Adapter", "DataError", "Published", "Tally"]

ADAPTERS: dict[str, Callable[[Path], Adapter]] = {
    Taiwan.name: Taiwan,
    SanFrancisco.name: SanFrancisco,
    Skane.name: Skane,
    P2000.name: P2000,
}
