"""On what it was measured: the machine, the versions, the commit, and who else used the machine meanwhile."""

import contextlib
import os
import platform
import subprocess
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import psutil
from pydantic import BaseModel, ConfigDict

from spoedplein.stack.jars import find_java
from spoedplein.stack.places import checkout_root

LIBRARIES: Final = (
    "spoedplein",
    "faust-streaming",
    "aiokafka",
    "pydantic",
    "pydantic-core",
    "uvloop",
    "asyncpg",
    "prometheus-client",
)
#: Everything that is measured, and the broker, share so many cores; a larger machine is confined to them.
CORES: Final = 2
#: Cells that the nearest caches hold, and 64 MB of them, more than a machine that is shared leaves to one process.
NEAR_CELLS: Final = 128
FAR_CELLS: Final = 1 << 20
#: From cell to cell goes so large a part of them, so that each is far from the one before.
_STEP: Final = 0.618
_FOLLOWED: Final = 200_000
_TIMES: Final = 5


class Machine(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    processor: str
    cores: int
    #: Of those, how many a measurement may use.
    used_cores: int
    memory_gib: float
    system: str
    python: str
    java: str
    libraries: dict[str, str]
    #: Nanoseconds to follow one reference: to what was looked at just before, and to what lies anywhere in memory.
    near_ns: float | None = None
    far_ns: float | None = None


class _Cell:
    __slots__ = ("to",)
    to: "_Cell"


def machine() -> Machine:
    return Machine(
        processor=_processor(),
        cores=os.cpu_count() or 1,
        used_cores=len(os.sched_getaffinity(0)),
        memory_gib=round(psutil.virtual_memory().total / 2**30, 1),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        java=_java(),
        libraries={name: found for name in LIBRARIES if (found := _version(name)) is not None},
        near_ns=_reference_ns(NEAR_CELLS),
        far_ns=_reference_ns(FAR_CELLS),
    )


def confine(cores: int = CORES) -> None:
    """This process and all that it starts share the first so many cores that it may use."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


def commit(root: Path | None = None) -> str:
    """Twelve figures of the commit; `-changed` behind it when the tree differs from it in more than results."""
    place = str(root or checkout_root())
    name = _git(place, "rev-parse", "--short=12", "HEAD")
    changed = _git(place, "status", "--porcelain", "--", ".", ":(exclude)loadtests/results", ":(exclude)README.md")
    return f"{name}-changed" if changed else name


class Bystanders:
    """How many cores others than us used between `begin` and `end`."""

    def __init__(self) -> None:
        self.cores = 0.0

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        began, busy, own = time.monotonic(), _busy_seconds(), _own_seconds()
        try:
            yield
        finally:
            others = (_busy_seconds() - busy) - (_own_seconds() - own)
            self.cores = round(max(0.0, others) / max(1e-9, time.monotonic() - began), 2)


def _reference_ns(count: int) -> float:
    """To follow a reference around so many cells, the interpreter's own work included; the best of a few times.

    A core that decides over the whole country does little else, so of two machines, or two hours of one that others
    use too, this tells more than the name of the processor.
    """
    cells = [_Cell() for _ in range(count)]
    step = int(count * _STEP) | 1  # odd, so that it comes around to all of a power of two
    for number, cell in enumerate(cells):
        cell.to = cells[(number + step) % count]
    cell, found = cells[0], []
    for _ in range(_TIMES):
        began = time.perf_counter_ns()
        for _ in range(_FOLLOWED):
            cell = cell.to
        found.append((time.perf_counter_ns() - began) / _FOLLOWED)
    return round(min(found), 1)


def _busy_seconds() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq + times.steal)


def _own_seconds() -> float:
    """Of this process and of its children that have ended; those that run still are added by their own clocks."""
    ended = os.times()
    own = ended.user + ended.system + ended.children_user + ended.children_system
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            spent = child.cpu_times()
            own += spent.user + spent.system + spent.children_user + spent.children_system
    return own


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _java() -> str:
    done = subprocess.run([str(find_java()), "-version"], capture_output=True, text=True, check=False)
    first = (done.stderr or done.stdout).splitlines()[:1]
    return first[0].strip() if first else "unknown"


def _version(name: str) -> str | None:
    with contextlib.suppress(PackageNotFoundError):
        return version(name)
    return None


def _git(place: str, *words: str) -> str:
    done = subprocess.run(["git", "-C", place, *words], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else "no-commit"
