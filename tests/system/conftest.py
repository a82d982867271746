"""Agreements of regions that stand alone, and processes that die."""

import os
import re
import signal
from pathlib import Path

from spoedplein.stack.processes import Child
from tests.conftest import EPOCH_MS, StartSystem

__all__ = ["EPOCH_MS", "StartSystem", "alone", "kill"]


def alone(agreements: Path, place: Path) -> Path:
    """A copy without neighbours, who could only be asked in vain, nor bridging, named by offsets of the log."""
    ladder = r"(?ms)^\[\[(?:neighbours|bridging)\]\].*?(?=^\[|\Z)"
    kept = re.sub(ladder, "", agreements.read_text(encoding="utf-8"))
    copy = place / agreements.name
    copy.write_text(kept, encoding="utf-8")
    return copy


def kill(child: Child) -> None:
    """As a power cut would; a server that is only just starting is waited for, one that ended by itself is an error."""
    child.wait_until(lambda: child.server_pid is not None, deadline_seconds=60)
    pid = child.server_pid
    assert pid is not None, f"{child.name} ended by itself. {child.last_words()}"
    os.kill(pid, signal.SIGKILL)
