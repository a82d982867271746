"""Runs one command and ends it when the process that asked for it is gone, however it went (a script, stdlib only).

The asker holds the other end of our standard input. End of file there, or SIGTERM, means: send the command its stop
signal, wait `grace_seconds`, then kill it. Should we be killed ourselves, Linux kills the command for us.
A guard of its own, because the kernel's parent-death signal alone follows the *thread* that started a child,
and because a killed parent should still leave a broker and a database that stopped in good order.

Argument: JSON with `command`, `stop_signal` (name), `grace_seconds`, `user` (uid and gid, or null).
Exit code: the command's.
"""

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
from types import FrameType

_PR_SET_PDEATHSIG = 1
_STDIN = 0


def main(argument: str) -> int:
    order = json.loads(argument)
    wake, wake_write = _pipe()
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, _noted)
    child = _start(order["command"], order["user"])
    if _stop_asked(child, wake):
        _end(child, signal.Signals[order["stop_signal"]], order["grace_seconds"])
    return child.wait()


def _start(command: list[str], user: list[int] | None) -> "subprocess.Popen[bytes]":
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def die_with_guard() -> None:
        if user is not None:
            uid, gid = user
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
        # After the change of user, which would clear it.
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    return subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=die_with_guard)  # noqa: PLW1509, S603  one thread


def _stop_asked(child: "subprocess.Popen[bytes]", wake: int) -> bool:
    """Waits; true when we were asked to stop, false when the command ended by itself."""
    while child.poll() is None:
        readable, _, _ = select.select([_STDIN, wake], [], [])
        if _STDIN in readable and not os.read(_STDIN, 4096):
            return True
        if wake in readable and set(os.read(wake, 4096)) - {signal.SIGCHLD}:
            return True
    return False


def _end(child: "subprocess.Popen[bytes]", stop_signal: signal.Signals, grace_seconds: float) -> None:
    child.send_signal(stop_signal)
    try:
        child.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        child.kill()


def _pipe() -> tuple[int, int]:
    read, write = os.pipe()
    os.set_blocking(read, False)
    os.set_blocking(write, False)
    return read, write


def _noted(_number: int, _frame: FrameType | None) -> None:
    """The signal's number is in the wake-up pipe already."""


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
