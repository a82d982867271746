"""The whole system on one machine: a broker, PostgreSQL, and each worker as a process of its own."""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import asyncpg
from pydantic import SecretStr

from spoedplein.clock import ScaledClock
from spoedplein.domain.agreements import read_agreements
from spoedplein.settings import FILE_VARIABLE, Settings
from spoedplein.stack.embedded import EmbeddedBroker
from spoedplein.stack.errors import StackError
from spoedplein.stack.kafka import LocalKafka
from spoedplein.stack.places import open_state
from spoedplein.stack.ports import HOST, claim_port
from spoedplein.stack.postgres import LocalPostgres
from spoedplein.stack.processes import Child
from spoedplein.stack.reach import within_reach
from spoedplein.stack.topics import load_topics
from spoedplein.workers.output import Outbox
from spoedplein.workers.publishing import adopt

WORKERS: Final = ("intake", "coordinate", "archive")
PORTAL: Final = "portal"
#: Signs in made-up users, of this stack only.
ISSUER: Final = "issuer"
#: In the state directory: what a client of this system sets `SPOEDPLEIN_SETTINGS` to.
SETTINGS_FILE: Final = "settings.toml"


class Resumed(NamedTuple):
    """What an earlier run left: its time, and where each region's log is."""

    clock: ScaledClock
    partitions: Mapping[str, int]


class System:
    """Start it, or use it as a context manager; `settings` then tells clients where everything is.

    `more` are settings by name that go over ours (intervals, partitions). `resume` is asked when the servers run, so
    that no simulated time passes while they start. Neighbours that do not run here are asked by telephone. State stays
    in its directory: a second start finds its data again, except on an embedded broker, which forgets; then the archive
    begins anew too. With `named_members` a worker that died has its partitions back at once when it is started again,
    and another one takes them over later.
    """

    def __init__(
        self,
        state: Path,
        broker: LocalKafka | EmbeddedBroker,
        postgres: LocalPostgres,
        *,
        agreements_files: Sequence[Path],
        more: dict[str, Any] | None = None,
        resume: Callable[[], Resumed] | None = None,
        named_members: bool = False,
        say: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self.state = state
        self.broker = broker
        self.postgres = postgres
        self.workers: dict[str, Child] = {}
        self.metrics: dict[str, str] = {}
        texts = [read_agreements(file.read_text(encoding="utf-8"), name=str(file)) for file in agreements_files]
        self.agreements = [within_reach(text, [each.region for each in texts]) for text in texts]
        self._agreements_files = agreements_files
        self._more = more or {}
        self._resume = resume
        self._named_members = named_members
        self._say = say
        self._running = ExitStack()
        self._settings: Settings | None = None

    @property
    def settings(self) -> Settings:
        assert self._settings is not None, "the system was started"
        return self._settings

    @property
    def portal(self) -> str:
        """Where the portal is, when it runs."""
        return f"http://{self.settings.portal_host}:{self.settings.portal_port}"

    def start(self, workers: Sequence[str] = WORKERS) -> None:
        """Everything in order; what was started is stopped again when a later part fails."""
        open_state(self.state)
        try:
            embedded = isinstance(self.broker, EmbeddedBroker)
            self._say(
                "Starting librdkafka's mock broker ..." if embedded else "Starting Apache Kafka (some seconds) ..."
            )
            self._running.enter_context(self.broker)
            self._say("Starting PostgreSQL ...")
            self._running.enter_context(self.postgres)
            self._settings = self._make_settings()
            write_settings(self.state / SETTINGS_FILE, self.settings)
            asyncio.run(self._prepare())
            self._say(f"Starting {', '.join(workers)} ...")
            for name in workers:
                self.start_worker(name)
        except BaseException:
            self.stop()
            raise

    def start_worker(self, name: str, command: Sequence[str] | None = None) -> Child:
        """One process, `spoedplein <name>` unless told; the one of that name that ran before must have ended."""
        port = claim_port(None, what=f"metrics of {name}")
        update: dict[str, Any] = {"metrics_port": port}
        if self._named_members:
            update["kafka_instance"] = f"local-{name}"
        file = self.state / f"{name}.toml"
        write_settings(file, self.settings.model_copy(update=update))
        python = [sys.executable, *(command or ("-m", "spoedplein", name))]
        child = Child(name, ["env", f"{FILE_VARIABLE}={file}", *python], state=self.state, grace_seconds=15)
        child.start()
        self.workers[name] = child
        if command is None:
            self.metrics[name] = f"http://{HOST}:{port}/metrics"
        return child

    def check_servers(self) -> None:
        """A `StackError` when the broker or PostgreSQL ended by itself."""
        for what, server, logs in (("The broker", self.broker, "kafka"), ("PostgreSQL", self.postgres, "postgres")):
            if not server.running:
                raise StackError(f"{what} ended by itself. Its logs are in {self.state / logs}.")

    def stop(self) -> None:
        """Sources first, then the workers in the order of the stream, then the servers."""
        for name in [*(name for name in self.workers if name not in WORKERS), *WORKERS]:
            if (child := self.workers.pop(name, None)) is not None:
                child.stop()
        self._running.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    def _make_settings(self) -> Settings:
        names = sorted(agreements.region for agreements in self.agreements)
        given: dict[str, Any] = {
            "kafka_bootstrap": self.broker.bootstrap,
            "postgres_dsn": self.postgres.dsn,
            "regions": {name: number % 4 for number, name in enumerate(names)},
            "agreements_files": [str(file.absolute()) for file in self._agreements_files],
            **self._entrance(),
        }
        if self._resume is not None:
            clock, partitions = self._resume()
            given |= {
                "clock_epoch_ms": clock.epoch_ms,
                "clock_started_ms": clock.started_ms,
                "clock_speed": clock.speed,
                "regions": {name: partitions[name] for name in names},
            }
        return Settings(**{**given, **self._more})

    def _entrance(self) -> dict[str, Any]:
        """The portal, and whose tokens count there."""
        port = claim_port(self._more.get("portal_port"), what="the portal")
        return {
            "portal_port": port,
            "portal_url": f"http://{HOST}:{port}",
            "oidc_issuer": f"http://{HOST}:{claim_port(None, what='the issuer')}",
            "local_stack": True,
            "local_issuer_dir": str(self.state.absolute() / ISSUER),
            "access_queue_dir": str(self.state.absolute() / "access-queue"),
        }

    async def _prepare(self) -> None:
        if isinstance(self.broker, EmbeddedBroker):
            await _begin_anew(self.postgres)
        self._say("Making the topics, putting the agreements in force ...")
        await self.broker.create_topics(load_topics())
        async with Outbox(self.settings) as outbox:
            for agreements in self.agreements:
                await adopt(outbox, self.settings, agreements, now_ms=self.settings.clock().now_ms())


async def _begin_anew(postgres: LocalPostgres) -> None:
    """The archive knows how far it read a broker that has forgotten all: it starts empty again."""
    admin = await asyncpg.connect(postgres.dsn_of("postgres"))
    try:
        await admin.execute("DROP DATABASE IF EXISTS spoedplein WITH (FORCE)")
        await admin.execute("CREATE DATABASE spoedplein")
    finally:
        await admin.close()


def write_settings(file: Path, settings: Settings) -> None:
    """As a TOML file that only its owner can read: it holds secrets."""
    values = settings.model_dump(mode="json", exclude_none=True)
    for name, value in settings:
        if isinstance(value, SecretStr):
            values[name] = value.get_secret_value()
    lines = [f"{name} = {_toml(value)}" for name, value in values.items()]
    file.touch(mode=0o600)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _toml(value: object) -> str:
    """JSON is TOML for text, numbers, truth and lists of them."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items()) + "}"
    return json.dumps(value)
