"""Apache Kafka for one machine: a single KRaft node whose topics and data outlive it in a state directory."""

import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from spoedplein.stack.errors import StackError
from spoedplein.stack.jars import find_java, resolve_jars
from spoedplein.stack.places import deploy_file, open_state
from spoedplein.stack.ports import HOST, claim_port
from spoedplein.stack.processes import Child, claim_state
from spoedplein.stack.topics import Topic, create_topics
from spoedplein.stack.wire import brokers_alive

# Sixteen bytes that read "spoedplein-local", as Kafka wants them.
_CLUSTER_ID: Final = "c3BvZWRwbGVpbi1sb2NhbA"
_READY_SECONDS: Final = 120.0
_FORMAT_SECONDS_MAX: Final = 120


@dataclass(frozen=True, slots=True)
class Security:
    """What makes of the node one that asks who you are. Its listeners are called CLIENTS and CONTROLLER.

    `properties` are the server's own, over ours. `passwords` by user are put in its storage when that is made (SCRAM).
    `answers` asks the node at `host:port` whether it is ready: our own question is in clear text.
    """

    properties: Mapping[str, object]
    answers: Callable[[str], bool]
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)


class LocalKafka:
    """Start it, use `.bootstrap`, stop it; or `with LocalKafka(state) as kafka:`.

    `jars` is a directory in which the jars of Kafka are kept between states; below the state when not given.
    `say` hears what takes long.
    """

    def __init__(
        self,
        state: Path,
        *,
        port: int | None = None,
        controller_port: int | None = None,
        jars: Path | None = None,
        heap_mb: int = 512,
        security: Security | None = None,
        say: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self._state = state
        self._port = port
        self._controller_port = controller_port
        self._jars = jars
        self._heap_mb = heap_mb
        self._security = security
        self._say = say
        self._child: Child | None = None
        self._bootstrap = ""

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients."""
        if not self._bootstrap:
            raise StackError("Kafka was not started.")
        return self._bootstrap

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.running

    def start(self) -> None:
        state = open_state(self._state)
        claim_state(state, name="kafka")
        java = find_java()
        classpath = f"{resolve_jars(self._jars or state / 'jars', say=self._say)}/*"
        port = claim_port(self._port, what="Kafka")
        controller_port = claim_port(self._controller_port, what="Kafka's controller")
        more = {} if self._security is None else self._security.properties
        properties = _write_properties(state, port=port, controller_port=controller_port, more=more)
        if not (state / "data" / "meta.properties").is_file():
            self._say(f"Preparing Kafka's storage in {state} ...")
            _format(java, classpath, properties, passwords={} if self._security is None else self._security.passwords)
        log = state / "kafka.log"
        log.unlink(missing_ok=True)
        command = _command(java, classpath, properties, log, heap_mb=self._heap_mb)
        self._child = child = Child("kafka", command, state=state, logs=[log])
        try:
            child.start()
            child.wait_until(lambda: self._answers(port), deadline_seconds=_READY_SECONDS)
        except BaseException:
            self.stop()
            raise
        self._bootstrap = f"{HOST}:{port}"

    def _answers(self, port: int) -> bool:
        return brokers_alive(port) > 0 if self._security is None else self._security.answers(f"{HOST}:{port}")

    def stop(self) -> None:
        """In good order; a node that does not listen is killed. Its data stays."""
        if self._child is not None:
            self._child.stop()
        self._bootstrap = ""

    async def create_topics(self, topics: Iterable[Topic]) -> None:
        """As `topics.create_topics` with the settings of a local stack."""
        await create_topics(self.bootstrap, topics, local=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()


def _command(java: Path, classpath: str, properties: Path, log: Path, *, heap_mb: int) -> list[str]:
    return [
        str(java),
        f"-Xmx{heap_mb}m",
        "-Xms128m",
        "-XX:+UseSerialGC",
        "-XX:+ExitOnOutOfMemoryError",
        "-Djava.awt.headless=true",
        f"-Dlog4j2.configurationFile={deploy_file('kafka', 'log4j2.xml')}",
        f"-Dspoedplein.kafka.log={log}",
        "-cp",
        classpath,
        "kafka.Kafka",
        str(properties),
    ]


def _write_properties(state: Path, *, port: int, controller_port: int, more: Mapping[str, object]) -> Path:
    """Anew at each start: the ports may differ, what is stored does not."""
    settings = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"CLIENTS://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": f"CLIENTS://{HOST}:{port}",
        "inter.broker.listener.name": "CLIENTS",
        "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": state / "data",
        # One node is all there is.
        "default.replication.factor": 1,
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "num.partitions": 4,
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": 0,
        # A simulated clock runs ahead of this machine's.
        "log.message.timestamp.before.max.ms": 2**63 - 1,
        "log.message.timestamp.after.max.ms": 2**63 - 1,
        # Sized for a laptop.
        "log.cleaner.dedupe.buffer.size": 16 << 20,
        "log.index.size.max.bytes": 1 << 20,
        "num.network.threads": 2,
        "num.io.threads": 4,
        **more,
    }
    properties = state / "server.properties"
    properties.touch(mode=0o600)
    properties.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), encoding="utf-8")
    return properties


def _format(java: Path, classpath: str, properties: Path, *, passwords: Mapping[str, str]) -> None:
    order = [str(java), "-Xmx128m", "-cp", classpath, "kafka.tools.StorageTool"]
    users = [
        part
        for user, password in passwords.items()
        for part in ("--add-scram", f"SCRAM-SHA-512=[name={user},password={password}]")
    ]
    done = subprocess.run(  # noqa: S603  our own arguments
        [*order, "format", "--cluster-id", _CLUSTER_ID, "--config", str(properties), "--ignore-formatted", *users],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_FORMAT_SECONDS_MAX,
        check=False,
    )
    if done.returncode != 0:
        raise StackError(
            f"Kafka could not prepare its storage in {properties.parent}: remove {properties.parent / 'data'} if you "
            f"do not need what is in it. It said:\n{(done.stdout + done.stderr).strip()}"
        )
