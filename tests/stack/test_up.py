"""`spoedplein up` as a user has it: a process with a terminal or a pipe, servers and workers below it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
import pytest

from spoedplein.settings import FILE_VARIABLE, Settings, load
from spoedplein.stack.places import deploy_file
from spoedplein.stack.ports import HOST, claim_port
from spoedplein.stack.runs import FILE, Run
from spoedplein.stack.topics import places
from spoedplein.stack.up import BEGINS
from spoedplein.workers.following import Follower
from spoedplein_schemas import Decision
from spoedplein_schemas.vocabulary import Topic, millis

pytestmark = [pytest.mark.system, pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(600)]

SECTIONS = ("Beschikbaarheid", "Wachtrij", "Openstaande aanvragen", "Besluiten")
DEADLINE_SECONDS = 180.0
STARTED = "All runs."


class Running:
    """One `spoedplein up`, and what it has written so far."""

    def __init__(self, state: Path, *options: str, path: str | None = None) -> None:
        self.state = state
        self._output = state / "output.txt"
        environment = {name: value for name, value in os.environ.items() if name != "JAVA_HOME" or path is None}
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "spoedplein", "up", "--state", str(state), *options],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment if path is None else {**environment, "PATH": path},
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self._output.read_text(encoding="utf-8")

    def until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not holds():
            assert self.process.poll() is None, f"up ended with {self.process.returncode}: {self.said}"
            assert time.monotonic() < deadline, f"{what}: not within {DEADLINE_SECONDS:.0f} s: {self.said}"
            time.sleep(0.1)

    def until_said(self, pattern: str) -> None:
        self.until(lambda: re.search(pattern, self.said) is not None, pattern)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)

    def ended(self) -> int:
        return self.process.wait(DEADLINE_SECONDS)

    def kill_worker(self, name: str) -> None:
        """As the kernel does when memory runs out: the process itself, not its guard. Returns when it is dead."""
        self.until(lambda: self._worker(name) is not None, f"{name} runs")
        worker = self._worker(name)
        assert worker is not None
        worker.kill()
        worker.wait(10)

    def _worker(self, name: str) -> psutil.Process | None:
        try:
            guard, _created = json.loads((self.state / f"{name}.pid").read_text())["guard"]
            (worker,) = psutil.Process(guard).children()
        except (OSError, ValueError, psutil.NoSuchProcess):
            return None  # It is between two lives.
        return worker


@pytest.fixture
def state() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="spoedplein-up-") as place:
        Path(place).chmod(0o711)  # PostgreSQL runs as another user when we are root.
        yield Path(place)


@contextmanager
def running(state: Path, *options: str, path: str | None = None) -> Iterator[Running]:
    up = Running(state, *options, path=path)
    try:
        yield up
    finally:
        if up.process.poll() is None:
            up.end(signal.SIGTERM)


async def test_the_region_lives_on_the_board_in_kafka_and_in_postgresql_and_a_second_up_goes_on(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(state) as first:
        first.until_said(r"(?m)^ \d\d:\d\d r-x1-\w+ aangeboden aan ")
        for section in SECTIONS:
            assert re.search(rf"(?m)^{section} ", first.said)
        assert re.search(r"(?m)^kliniek +\d+  4/4 +\d+ min", first.said), "free places, units known, age"
        settings = _settings(state, monkeypatch)
        decided = await _decisions(settings)
        await _until_archived(first, settings, decided)
        _end_and_check(first, signal.SIGINT, settings)
        assert "All stopped. The data is in" in first.said
    before = _run(state)
    assert before.number == 1
    assert before.reached_ms > millis(BEGINS)

    # One that comes before it in the alphabet must not take its place.
    nijmegen, rijnmond = (str(deploy_file("regions", f"{name}.toml")) for name in ("nijmegen", "rijnmond"))
    with running(state, "--no-board", "--region", nijmegen, "--region", rijnmond) as second:
        second.until_said(STARTED)
        assert _portal_answers(second.said), "who is told where it is can go there"
        settings = _settings(state, monkeypatch)
        assert settings.kafka_bootstrap in second.said
        assert settings.postgres_dsn.get_secret_value() in second.said
        assert re.search(r"(?m)^Metrics intake http://\S+/metrics   coordinate http", second.said)
        assert settings.clock_epoch_ms == before.reached_ms
        assert settings.regions == {"rijnmond": 0, "nijmegen": 1}
        await _until_archived(second, settings, decided + 1)
        second.until(lambda: "partition.taken" in (state / "coordinate.out").read_text(), "coordination has its state")
        assert '"regions": ["rijnmond"]' in (state / "coordinate.out").read_text(), "its snapshot was found"
        assert "Beschikbaarheid" not in second.said
        await _until_both_runs_are_archived(second, settings)
        _end_and_check(second, signal.SIGTERM, settings)
    assert _run(state).reached_ms > before.reached_ms
    assert _run(state).number == 2


def test_a_worker_that_dies_is_named_and_started_again_until_it_is_too_often(state: Path) -> None:
    with running(state, "--broker", "embedded") as up:
        up.until_said(r"embedded broker is librdkafka's mock: for a first look only")
        up.until_said(r"(?m)^kliniek +\d+  \d/4")
        up.state = state / "embedded"

        up.kill_worker("intake")
        up.until_said(r"intake is vanzelf gestopt en opnieuw gestart \(1x\)\. Last lines of .*intake\.out")
        assert (up.state / "intake.crashed.out").is_file()
        for _ in range(4):
            up.kill_worker("feed")

        assert up.ended() == 1
        assert re.search(r"spoedplein: feed ended 4 times within a minute\. .*feed\.out", up.said)
        assert _run(up.state).number == 4, "each start of the sources has ids of its own"


def test_the_embedded_broker_needs_no_java_shows_the_board_and_forgets(state: Path, tmp_path: Path) -> None:
    (tmp_path / "env").symlink_to("/usr/bin/env")
    for _ in range(2):
        with running(state, "--broker", "embedded", path=str(tmp_path)) as up:
            up.until_said(r"(?m)^ \d\d:\d\d r-x1-\w+ aangeboden aan ")
            assert up.end(signal.SIGINT) == 0
            assert "the next run begins anew" in up.said


def test_without_java_one_sentence_says_what_to_do(state: Path, tmp_path: Path) -> None:
    up = Running(state, path=str(tmp_path))

    assert up.ended() == 1
    assert "Apache Kafka needs Java 17 or newer" in up.said
    assert "--broker embedded" in up.said
    assert "Traceback" not in up.said


@pytest.mark.parametrize(
    ("option", "what"), [("--kafka-port", "Kafka"), ("--postgres-port", "PostgreSQL")], ids=["kafka", "postgresql"]
)
def test_a_busy_port_is_named_with_the_mend_and_nothing_is_left(state: Path, option: str, what: str) -> None:
    with socket.create_server((HOST, 0)) as busy:
        port: int = busy.getsockname()[1]
        up = Running(state, option, str(port))
        assert up.ended() == 1

    assert re.search(rf"Port {port} on {HOST}, wanted for {what}, is taken.*Stop that process", up.said)
    assert "Traceback" not in up.said
    assert [process for process in psutil.process_iter(["cmdline"]) if _is_of(process, state)] == []


def test_ctrl_c_while_it_starts_ends_what_was_started(state: Path) -> None:
    with running(state) as up:
        up.until_said("Starting PostgreSQL")
        children = psutil.Process(up.process.pid).children(recursive=True)

        assert up.end(signal.SIGINT) == 130
        assert _alive(children) == []


def _end_and_check(up: Running, number: signal.Signals, settings: Settings) -> None:
    children = psutil.Process(up.process.pid).children(recursive=True)
    assert len(children) >= 14, "guards, servers, workers and the sources"
    servers = [_port(settings.kafka_bootstrap), _port(settings.postgres_dsn.get_secret_value()), settings.portal_port]
    told = [re.search(r"metrics_port = ([1-9]\d+)", file.read_text()) for file in up.state.glob("*.toml")]
    ports = [*servers, *(int(port[1]) for port in told if port)]
    assert len(ports) == 9, "Kafka, PostgreSQL, the portal, and the metrics of six processes"

    assert up.end(number) == 0
    assert _alive(children) == []
    for port in ports:
        assert claim_port(port, what="the next") == port


def _alive(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    return list(psutil.wait_procs(processes, timeout=10)[1])


def _is_of(process: psutil.Process, state: Path) -> bool:
    try:
        return any(str(state) in part for part in process.cmdline())
    except psutil.Error:
        return False


def _portal_answers(said: str) -> bool:
    address = re.search(r"The portal is at (http://\S+)", said)
    assert address is not None
    return httpx.get(address[1]).status_code == httpx.codes.OK


def _port(address: str) -> int:
    return int(re.findall(r":(\d+)", address)[-1])


def _run(state: Path) -> Run:
    return Run.model_validate_json((state / FILE).read_bytes())


def _settings(state: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv(FILE_VARIABLE, str(state / "settings.toml"))
    return load()


async def _decisions(settings: Settings) -> int:
    async with Follower(settings, places([Topic.DECISIONS]), back=1_000_000) as follower:
        decisions = [message.said for message in await follower.standing()]
    assert all(isinstance(decision, Decision) for decision in decisions)
    return len(decisions)


async def _until_archived(up: Running, settings: Settings, decisions: int) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while await _asked(settings, "SELECT count(*) FROM spoedplein.decisions") < decisions:
        assert time.monotonic() < deadline, f"{decisions} decisions are not archived: {up.said}"


async def _until_both_runs_are_archived(up: Running, settings: Settings) -> None:
    """The logs of both runs, each from its first record without a gap; sources may be the last to start."""
    runs = "SELECT count(DISTINCT split_part(event_id, '.', 2)) FROM spoedplein.events WHERE event_id ~ '\\.x[12]\\.'"
    deadline = time.monotonic() + DEADLINE_SECONDS
    while await _asked(settings, runs) < 2:
        assert time.monotonic() < deadline, f"the second run is not archived: {up.said}"
    gaps = "SELECT partition FROM spoedplein.events GROUP BY partition HAVING count(*) < max(log_offset) + 1"
    assert await _asked(settings, gaps) is None


async def _asked(settings: Settings, question: str) -> Any:  # noqa: ANN401  what the question asks for
    connection = await asyncpg.connect(settings.postgres_dsn.get_secret_value())
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()
