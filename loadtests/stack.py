"""Our processes as they run in production, on a broker and a database of their own; begun anew for each run."""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import asyncpg
import psutil
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from loadtests import rig
from loadtests.rig import LoadTestError
from spoedplein.settings import FILE_VARIABLE, Settings
from spoedplein.stack.kafka import LocalKafka
from spoedplein.stack.places import checkout_root
from spoedplein.stack.ports import HOST, claim_port
from spoedplein.stack.postgres import LocalPostgres
from spoedplein.stack.processes import Child
from spoedplein.stack.system import write_settings
from spoedplein.stack.topics import admin_client, load_topics
from spoedplein_schemas.vocabulary import Topic

#: Command of a process, and the consumer group that it joins.
GROUPS: Final = {"intake": "intake", "coordinate": "coordination", "archive": "archive"}
READY_SECONDS_MAX: Final = 60.0
_POLL_SECONDS: Final = 0.05


class Stack:
    """A broker, PostgreSQL where asked, and processes. `begin_anew` between two runs; `settings` for all processes."""

    def __init__(self, state: Path, settings: Mapping[str, Any], *, postgres: bool = False) -> None:
        self.state = state
        self._given = dict(settings)
        self._with_postgres = postgres
        self._running = ExitStack()
        self._processes: dict[str, Child] = {}
        self.metrics: dict[str, str] = {}
        self.kafka: LocalKafka
        self.postgres: LocalPostgres | None = None

    def __enter__(self) -> Self:
        self._running.callback(self.stop_all)
        try:
            self.kafka = self._running.enter_context(rig.broker(self.state))
            if self._with_postgres:
                self.postgres = self._running.enter_context(LocalPostgres(self.state / "postgres"))
        except BaseException:
            self._running.close()
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop_all()
        self._running.close()

    @property
    def bootstrap(self) -> str:
        return self.kafka.bootstrap

    def settings(self, **more: Any) -> Settings:  # noqa: ANN401  pydantic checks
        given = {"kafka_bootstrap": self.bootstrap, "log_level": "WARNING"} | self._given | more
        if self.postgres is not None:
            given["postgres_dsn"] = self.postgres.dsn
        return Settings(**given)

    async def begin_anew(self, *, keep: Sequence[Topic] = ()) -> None:
        """Every topic empty but those to keep, no offset committed, and an empty database. No process may run."""
        assert not self._processes, "processes are stopped before everything begins anew"
        wanted = load_topics()
        async with admin_client(self.bootstrap) as admin:
            standing = set(await admin.list_topics())
            gone = [topic.name for topic in wanted if topic.name in standing and topic.name not in keep]
            if gone:
                await admin.delete_topics(gone)
            await _until(lambda: _absent(admin, gone), "topics do not go")
        await asyncio.to_thread(_forget_groups, self.bootstrap)
        await self.kafka.create_topics(wanted)
        if self.postgres is not None:
            await _empty_database(self.postgres)

    async def empty_archive(self) -> None:
        """The database as before the first archive, which begins at the start of the topics again."""
        assert not self._processes, "processes are stopped before the archive begins anew"
        assert self.postgres is not None, "the stack has a database"
        await asyncio.to_thread(_forget_groups, self.bootstrap)
        await _empty_database(self.postgres)

    def start(self, name: str, *, number: int = 1, settings: Settings | None = None) -> str:
        """`spoedplein <name>` as a process; returns its title at once. A second one of a name has another number."""
        port = claim_port(None, what=f"metrics of {name}")
        title = name if number == 1 else f"{name}-{number}"
        file = self.state / f"{title}.toml"
        write_settings(file, (settings or self.settings()).model_copy(update={"metrics_port": port}))
        self.start_module(title, "spoedplein", name, environment={FILE_VARIABLE: str(file)})
        self.metrics[title] = f"http://{HOST}:{port}/metrics"
        return title

    def start_module(self, title: str, module: str, *words: str, environment: Mapping[str, str] | None = None) -> None:
        """`python -m <module> <words>` as a process of the stack."""
        told = {"PYTHONPATH": str(checkout_root()), **(environment or {})}
        command = ["env", *(f"{name}={value}" for name, value in told.items()), sys.executable, "-m", module, *words]
        child = Child(title, command, state=self.state, grace_seconds=30)
        child.start()
        self._processes[title] = child

    async def ready(self, name: str, *, members: int = 1) -> None:
        """Until all of this name have their partitions."""

        async def stable() -> bool:
            self.check()
            return await _members(admin, f"spoedplein-{GROUPS[name]}") == members

        async with admin_client(self.bootstrap) as admin:
            await _until(stable, f"{members} x {name} did not get their partitions")

    async def acknowledged(self, name: str, topic: Topic) -> dict[int, int]:
        """By partition, how far all of this name have read it for good."""
        async with admin_client(self.bootstrap) as admin:
            committed = await admin.list_consumer_group_offsets(f"spoedplein-{GROUPS[name]}")
        return {place.partition: found.offset for place, found in committed.items() if place.topic == topic}

    def check(self) -> None:
        """A `LoadTestError` when a process ended by itself."""
        for title, child in self._processes.items():
            if not child.running:
                raise LoadTestError(f"{title} ended by itself. {child.last_words()}")

    @property
    def titles(self) -> list[str]:
        return list(self._processes)

    def logged(self, title: str) -> Iterator[dict[str, Any]]:
        """What a process logged so far; lines that are no JSON are passed over."""
        for line in self.output(title).read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(ValueError):
                if isinstance(found := json.loads(line), dict):
                    yield found

    def output(self, title: str) -> Path:
        return self._processes[title].output

    def process(self, title: str) -> psutil.Process:
        pid = self._processes[title].server_pid
        if pid is None:
            raise LoadTestError(f"{title} does not run. {self._processes[title].last_words()}")
        return psutil.Process(pid)

    def cpu_seconds(self) -> dict[str, float]:
        """Of each process so far, the broker among them; nothing yet of one that is only just starting."""
        pids = {title: child.server_pid for title, child in list(self._processes.items())}
        return {
            title: 0.0 if pid is None else rig.cpu_seconds(pid)
            for title, pid in {**pids, "broker": self.broker_pid}.items()
        }

    @property
    def broker_pid(self) -> int:
        child = self.kafka._child
        assert child is not None, "the broker runs"
        pid = child.server_pid
        assert pid is not None, "the broker runs"
        return pid

    def stop(self, title: str) -> None:
        """In good order."""
        if (child := self._processes.pop(title, None)) is not None:
            child.stop()

    def stop_all(self) -> None:
        for title in list(self._processes):
            self.stop(title)


async def _until(done: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + READY_SECONDS_MAX
    while not await done():
        if time.monotonic() > deadline:
            raise LoadTestError(f"{what} within {READY_SECONDS_MAX:.0f} s")
        await asyncio.sleep(_POLL_SECONDS)


async def _absent(admin: AIOKafkaAdminClient, names: Sequence[str]) -> bool:
    return not set(names) & set(await admin.list_topics())


def _forget_groups(bootstrap: str) -> None:
    """A group goes only when its last member has been seen to leave."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 4})
    names = {f"spoedplein-{group}" for group in GROUPS.values()}
    deadline = time.monotonic() + READY_SECONDS_MAX
    while gone := names & {group.group_id for group in admin.list_consumer_groups().result().valid}:
        for deleted in admin.delete_consumer_groups(sorted(gone)).values():
            with contextlib.suppress(KafkaException):
                deleted.result()
        if time.monotonic() > deadline:
            raise LoadTestError(f"consumer groups {', '.join(sorted(gone))} do not end")


async def _members(admin: AIOKafkaAdminClient, group: str) -> int:
    """How many share the group's partitions; none while they are being shared out."""
    try:
        responses = await admin.describe_consumer_groups([group])
    except GroupCoordinatorNotAvailableError:
        return 0
    for response in responses:
        for _error, _name, state, _kind, _protocol, members, *_ in response.groups:
            if state == "Stable":
                return len(members)
    return 0


async def _empty_database(postgres: LocalPostgres) -> None:
    admin = await asyncpg.connect(postgres.dsn_of("postgres"))
    try:
        await admin.execute("DROP DATABASE IF EXISTS spoedplein WITH (FORCE)")
        await admin.execute("CREATE DATABASE spoedplein")
    finally:
        await admin.close()
