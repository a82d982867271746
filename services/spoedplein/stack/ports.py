"""TCP ports on 127.0.0.1: a free one, or a clear word about who holds the one that was asked for."""

import socket
from typing import Final

import psutil

from spoedplein.stack.errors import StackError

HOST: Final = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def claim_port(port: int | None, *, what: str) -> int:
    """The port asked for, when nobody listens on it; a free one when none was asked for."""
    if port is None:
        return free_port()
    with socket.socket() as probe:
        # As the servers do: a port whose last user is gone but lingers in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise StackError(
                f"Port {port} on {HOST}, wanted for {what}, is taken{_by_whom(port)}. "
                "Stop that process, or choose another port."
            ) from error
    return port


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False


def _by_whom(port: int) -> str:
    """` by name (pid n)`, or nothing when the system does not let us see it."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return ""
    for connection in connections:
        if (
            connection.laddr
            and connection.laddr.port == port
            and connection.status == psutil.CONN_LISTEN
            and connection.pid
        ):
            return f" by {_name(connection.pid)} (pid {connection.pid})"
    return ""


def _name(pid: int) -> str:
    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return "a process"
