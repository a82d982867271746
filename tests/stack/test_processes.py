"""No server outlives the process that started it, however that one went."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from spoedplein.stack.errors import StackError
from spoedplein.stack.processes import Child, alone, claim_state

WAIT_SECONDS_MAX = 60.0

# Says when all is up, then waits to be killed. Also when the tests run behind a shell's `&`, which ignores SIGINT.
OWNER_OF_ALL = """
import signal, sys, time
from pathlib import Path
from spoedplein.stack.embedded import EmbeddedBroker
from spoedplein.stack.kafka import LocalKafka
from spoedplein.stack.postgres import LocalPostgres

signal.signal(signal.SIGINT, signal.default_int_handler)
state, jars = map(Path, sys.argv[1:])
for server in (LocalKafka(state / "kafka", jars=jars), LocalPostgres(state / "postgres"), EmbeddedBroker(state)):
    server.start()
print("up", flush=True)
time.sleep(600)
"""

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
)
PATIENT = "import time; print('here', flush=True); time.sleep(600)"


@pytest.fixture
def open_state() -> Iterator[Path]:
    """A state directory that root's service user can enter; pytest's own are closed to it."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o711)
        yield Path(place)


def _until(condition: Callable[[], bool], *, what: str) -> None:
    until = time.monotonic() + WAIT_SECONDS_MAX
    while not condition():
        assert time.monotonic() < until, f"not within {WAIT_SECONDS_MAX} s: {what}"
        time.sleep(0.02)


def _gone(processes: list[psutil.Process]) -> bool:
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)


def _started(state: Path, program: str, *, grace_seconds: float = 20.0) -> tuple[Child, psutil.Process]:
    child = Child("server", [sys.executable, "-c", program], state=state, grace_seconds=grace_seconds)
    child.start()
    child.wait_until(lambda: bool((state / "server.out").read_text()), deadline_seconds=WAIT_SECONDS_MAX)
    assert child.server_pid is not None
    return child, psutil.Process(child.server_pid)


@pytest.mark.kafka
@pytest.mark.postgres
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=lambda number: signal.Signals(number).name)
def test_nothing_is_left_of_the_servers_when_their_owner_is_killed(
    kafka_jars: Path, open_state: Path, number: signal.Signals
) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER_OF_ALL, open_state, kafka_jars], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"up\n"
        servers = psutil.Process(owner.pid).children(recursive=True)
        names = {process.name() for process in servers}
        owner.send_signal(number)

    assert {"java", "postgres"} <= names
    _until(lambda: _gone(servers), what=f"the end of {servers}")
    assert not (open_state / "postgres" / "data" / "postmaster.pid").exists(), "PostgreSQL did not stop in good order"


def test_the_server_ends_with_its_guard(tmp_path: Path) -> None:
    child, server = _started(tmp_path, PATIENT)
    guard = server.parent()
    assert guard is not None
    guard.kill()

    _until(lambda: _gone([server]), what="the end of the server")
    assert not child.running
    child.stop()


def test_a_server_that_does_not_listen_is_killed_when_its_grace_is_over(tmp_path: Path) -> None:
    child, server = _started(tmp_path, STUBBORN, grace_seconds=0.2)

    child.stop()

    assert _gone([server])


def test_a_server_too_late_is_ended_and_its_last_words_are_told(tmp_path: Path) -> None:
    child, server = _started(tmp_path, PATIENT)

    with pytest.raises(StackError, match=r"(?s)server did not answer within 0 s\. Last lines of .*server\.out:\nhere"):
        child.wait_until(lambda: False, deadline_seconds=0)
    assert _gone([server])


def test_state_in_use_is_refused_and_after_the_stop_it_is_free(tmp_path: Path) -> None:
    child, _ = _started(tmp_path, PATIENT)
    with pytest.raises(StackError, match=f"server already runs on .* started by pid {os.getpid()}"):
        claim_state(tmp_path, name="server")

    child.stop()
    claim_state(tmp_path, name="server")


def test_one_runs_on_a_state_alone_until_it_ends(tmp_path: Path) -> None:
    with alone(tmp_path, name="up"):
        with (
            pytest.raises(StackError, match=rf"up already runs on .* \(pid {os.getpid()}\).*or choose another state"),
            alone(tmp_path, name="up"),
        ):
            pass
        with alone(tmp_path, name="another"):
            pass

    with alone(tmp_path, name="up"):
        pass


@pytest.mark.parametrize(
    "left",
    [
        pytest.param(f'{{"guard": [{os.getpid()}, 1.0], "owner": [1, 1.0]}}', id="another-process-has-the-pid-now"),
        pytest.param('{"guard": [4194399, 1.0], "owner": [4194398, 1.0]}', id="nobody-has-the-pid"),
        pytest.param("", id="written-half"),
    ],
)
def test_a_pid_file_that_a_crash_left_is_cleared(tmp_path: Path, left: str) -> None:
    file = tmp_path / "server.pid"
    file.write_text(left)

    claim_state(tmp_path, name="server")

    assert not file.exists()


def test_who_starts_while_the_orphan_of_a_killed_owner_is_stopping_waits_for_its_end(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from spoedplein.stack.processes import Child\n"
        "child = Child('server', [sys.executable, '-c', sys.argv[2]], state=Path(sys.argv[1]), grace_seconds=1)\n"
        "child.start(); child.wait_until(lambda: bool(child.output.read_text()), deadline_seconds=60)\n"
        "print(child.server_pid, flush=True); sys.stdin.read()"
    )
    order = [sys.executable, "-c", program, str(tmp_path), STUBBORN]
    with subprocess.Popen(order, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        server = psutil.Process(int(owner.stdout.readline()))
        owner.kill()

    claim_state(tmp_path, name="server")

    assert _gone([server])
