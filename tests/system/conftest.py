"""The whole system as separate processes, on servers of its own: topics are its to fill."""

import contextlib
import os
import re
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from spoedplein.stack.kafka import LocalKafka
from spoedplein.stack.postgres import LocalPostgres
from spoedplein.stack.processes import Child
from spoedplein.stack.system import System

StartSystem = Callable[..., contextlib.AbstractContextManager[System]]
#: A Saturday evening in the region's log, whenever the test runs.
EPOCH_MS = 1_768_071_600_000


@pytest.fixture
def start_system(tmp_path_factory: pytest.TempPathFactory, kafka_jars: Path) -> StartSystem:
    """A context manager: the system under these agreements, on a broker and a database of its own."""

    @contextlib.contextmanager
    def started(
        agreements: Sequence[Path], *, epoch_ms: int = EPOCH_MS, speed: float = 1.0, **more: object
    ) -> Iterator[System]:
        state = tmp_path_factory.mktemp("system")
        state.chmod(0o711)  # PostgreSQL runs as another user when we are root.
        clock = {"clock_epoch_ms": epoch_ms, "clock_started_ms": time.time_ns() // 1_000_000, "clock_speed": speed}
        system = System(
            state,
            LocalKafka(state / "kafka", jars=kafka_jars),
            LocalPostgres(state / "postgres", settings={"fsync": "off"}),
            agreements_files=agreements,
            more={"kafka_session_seconds": 6.0, "snapshot_seconds": 1.0, **clock, **more},
        )
        with system:
            yield system

    return started


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
