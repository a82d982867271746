"""A server as a child process: started under a guard, watched, stopped in good order, never left behind."""

import collections
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import psutil

from spoedplein.stack import guard
from spoedplein.stack.errors import StackError

_POLL_SECONDS: Final = 0.05
# What a guard gets above the grace of its command before we kill both.
_GUARD_MARGIN_SECONDS: Final = 5.0
_STOPPING_SECONDS_MAX: Final = 30.0


class Child:
    """One server process. Before anything is written to its state, `claim_state` makes sure that it is the only one.

    `user` is (uid, gid) to run as, when that differs from our own.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        state: Path,
        stop_signal: signal.Signals = signal.SIGTERM,
        grace_seconds: float = 20.0,
        user: tuple[int, int] | None = None,
        logs: Sequence[Path] = (),
    ) -> None:
        self.name = name
        self.output = state / f"{name}.out"
        self._command = list(command)
        self._pid_file = _pid_file(state, name)
        self._stop_signal = stop_signal
        self._grace_seconds = grace_seconds
        self._user = user
        self._logs = (self.output, *logs)
        self._guard: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        order = {
            "command": self._command,
            "stop_signal": self._stop_signal.name,
            "grace_seconds": self._grace_seconds,
            "user": self._user,
        }
        with self.output.open("wb") as output:
            self._guard = subprocess.Popen(  # noqa: S603  our own interpreter and script
                [sys.executable, "-I", guard.__file__, json.dumps(order)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in a terminal reaches us, and we stop our children in our order.
            )
        _write_pid(self._pid_file, self._guard.pid)

    @property
    def running(self) -> bool:
        return self._guard is not None and self._guard.poll() is None

    @property
    def server_pid(self) -> int | None:
        """Of the server itself, the guard's only child; none when it is not there (yet, or any more)."""
        try:
            children = [] if self._guard is None else psutil.Process(self._guard.pid).children()
        except psutil.NoSuchProcess:
            return None
        return children[0].pid if children else None

    def wait_until(self, ready: Callable[[], bool], *, deadline_seconds: float) -> None:
        """Returns when `ready`; an error with the last log lines when the server ended or is too late."""
        until = time.monotonic() + deadline_seconds
        while not ready():
            if not self.running:
                raise StackError(f"{self.name} ended while starting. {self.last_words()}")
            if time.monotonic() > until:
                self.stop()
                raise StackError(f"{self.name} did not answer within {deadline_seconds:.0f} s. {self.last_words()}")
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Asks the server to stop and waits; kills it when its grace is over. Nothing to do when it is not running."""
        if self._guard is None:
            return
        _close(self._guard.stdin)
        try:
            self._guard.wait(self._grace_seconds + _GUARD_MARGIN_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._guard.pid, signal.SIGKILL)
            self._guard.wait()
        self._guard = None
        self._pid_file.unlink(missing_ok=True)

    def last_words(self, *, lines: int = 12) -> str:
        """`Last lines of <file>:` with them, for each log that has any."""
        said = [_tail(log, lines) for log in self._logs]
        return "\n".join(text for text in said if text) or f"It wrote nothing to {self.output}."


def claim_state(state: Path, *, name: str) -> None:
    """Refuses when this server runs on this state already; waits for one that is stopping; clears a stale file."""
    pid_file = _pid_file(state, name)
    until = time.monotonic() + _STOPPING_SECONDS_MAX
    while (running := _recorded(pid_file)) is not None:
        server, owner = running
        if owner is not None:
            raise StackError(
                f"{name} already runs on {state} (pid {server.pid}, started by pid {owner.pid}). "
                f"End that with Ctrl-C where it runs or `kill {owner.pid}`, or choose another state directory."
            )
        if time.monotonic() > until:
            raise StackError(f"{name} of an earlier run does not stop; end it with `kill -9 {server.pid}`.")
        time.sleep(_POLL_SECONDS)
    pid_file.unlink(missing_ok=True)


@contextmanager
def alone(state: Path, *, name: str) -> Iterator[None]:
    """Refuses when another process runs `name` on this state. The kernel lets go when we end, however we went."""
    with (state / f"{name}.lock").open("a+", encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            held.seek(0)
            raise StackError(_taken(name, state, held.read().strip() or "unknown")) from error
        held.truncate(0)
        held.write(str(os.getpid()))
        held.flush()
        yield


def _taken(name: str, state: Path, pid: str) -> str:
    return (
        f"spoedplein {name} already runs on {state} (pid {pid}). "
        f"End that with Ctrl-C where it runs or `kill {pid}`, or choose another state directory."
    )


def _pid_file(state: Path, name: str) -> Path:
    return state / f"{name}.pid"


def _recorded(pid_file: Path) -> tuple[psutil.Process, psutil.Process | None] | None:
    """The guard that the file names and its owner, as far as they live; pids that others got since do not count."""
    try:
        record = json.loads(pid_file.read_text())
    except (FileNotFoundError, ValueError):
        return None
    server = _alive(*record["guard"])
    return None if server is None else (server, _alive(*record["owner"]))


def _alive(pid: int, created: float) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - created) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
    return process if same else None


def _write_pid(pid_file: Path, guard_pid: int) -> None:
    pids = {"guard": guard_pid, "owner": os.getpid()}
    pid_file.write_text(json.dumps({who: [pid, psutil.Process(pid).create_time()] for who, pid in pids.items()}))


def _tail(log: Path, lines: int) -> str:
    try:
        with log.open(encoding="utf-8", errors="replace") as file:
            last = collections.deque((line for line in file if line.strip()), maxlen=lines)
    except OSError:
        return ""
    return f"Last lines of {log}:\n{''.join(last)}" if last else ""


def _close(pipe: IO[bytes] | None) -> None:
    if pipe is not None:
        pipe.close()
