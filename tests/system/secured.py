"""A secured cluster as in production: TLS, a password for each principal, and the rights of deploy/kafka/acls.toml.

The PostgreSQL of the wheel is built without TLS, so a relay that ends TLS stands in front of it, as poolers do.
"""

import asyncio
import os
import ssl
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import asyncpg
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType  # not among what `admin` exports
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType
from confluent_kafka.cimpl import NewTopic

from spoedplein.clock import ScaledClock
from spoedplein.domain.agreements import read_agreements
from spoedplein.settings import KafkaSecurity, Settings, as_environment
from spoedplein.stack.kafka import LocalKafka, Security
from spoedplein.stack.places import checkout_root, deploy_file
from spoedplein.stack.ports import HOST
from spoedplein.stack.postgres import LocalPostgres
from spoedplein.stack.processes import Child
from spoedplein.stack.system import write_settings
from spoedplein.stack.topics import load_topics

OPERATOR: Final = "operator"
_NODE: Final = "node"
#: The four words with which a client asks PostgreSQL for TLS: length 8, code 80877103.
_SSL_REQUEST: Final = bytes((0, 0, 0, 8, 4, 210, 22, 47))
_ARCHIVE_PASSWORD: Final = "secret-of-archive-in-postgres"  # noqa: S105  of these tests' own server
_VISIBLE_SECONDS: Final = 30.0
_EXTENSIONS: Final = f"""
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = IP:{HOST}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


class Authority:
    """Signs certificates for servers on this machine; made with the openssl that Java's packages bring along."""

    def __init__(self, home: Path, name: str) -> None:
        self._home = home
        self._config = home / f"{name}.cnf"
        self._config.write_text(_EXTENSIONS, encoding="utf-8")
        self.file = home / f"{name}.pem"
        self._key = home / f"{name}.key"
        self._request(name, "authority", certificate=self.file, key=self._key)

    def issue(self, name: str) -> Path:
        """A PEM file with a certificate for this machine and, before it, its key."""
        certificate, key = self._home / f"{name}.crt", self._home / f"{name}.key"
        self._request(name, "server", "-CA", self.file, "-CAkey", self._key, certificate=certificate, key=key)
        both = self._home / f"{name}.both.pem"
        both.touch(mode=0o600)
        both.write_text(key.read_text() + certificate.read_text())
        return both

    def _request(self, name: str, extensions: str, *signing: str | Path, certificate: Path, key: Path) -> None:
        kind: list[str | Path] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        what: list[str | Path] = ["-subj", f"/CN={name}", "-config", self._config, "-extensions", extensions]
        order: list[str | Path] = [
            "openssl",
            "req",
            "-x509",
            *kind,
            *what,
            *signing,
            "-out",
            certificate,
            "-keyout",
            key,
        ]
        done = subprocess.run(order, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@dataclass(frozen=True, slots=True)
class Principals:
    """Who logs in to Kafka, with what password, and how that looks from a client of each kind."""

    passwords: Mapping[str, str]
    ca_file: Path

    def settings(self, principal: str, bootstrap: str, **more: object) -> Settings:
        given: dict[str, Any] = {
            "kafka_bootstrap": bootstrap,
            "kafka_security": KafkaSecurity.SASL_SSL,
            "kafka_username": principal,
            "kafka_password": self.passwords[principal],
            "kafka_ca_file": self.ca_file,
        }
        return Settings(**{**given, **more})

    def client(self, principal: str, bootstrap: str) -> dict[str, Any]:
        """For librdkafka, which asks and answers independently of the clients that we test."""
        return {
            "bootstrap.servers": bootstrap,
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": principal,
            "sasl.password": self.passwords[principal],
            "ssl.ca.location": str(self.ca_file),
            # It tells of every refused connection while the node starts.
            "log_level": 0,
        }

    def admin(self, principal: str, bootstrap: str) -> AdminClient:
        return AdminClient(self.client(principal, bootstrap))

    def security(self, authority: Authority) -> Security:
        """Nodes know each other by certificate, clients are known by password; what is not granted is refused."""

        def answers(bootstrap: str) -> bool:
            with suppress(KafkaException):
                return bool(self.admin(OPERATOR, bootstrap).list_topics(timeout=1.0).brokers)
            return False

        return Security(
            properties={
                "listener.security.protocol.map": "CLIENTS:SASL_SSL,CONTROLLER:SSL",
                "sasl.enabled.mechanisms": "SCRAM-SHA-512",
                "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
                "listener.name.clients.scram-sha-512.sasl.jaas.config": (
                    "org.apache.kafka.common.security.scram.ScramLoginModule required;"
                ),
                "listener.name.controller.ssl.client.auth": "required",
                "ssl.keystore.type": "PEM",
                "ssl.keystore.location": authority.issue(_NODE),
                "ssl.truststore.type": "PEM",
                "ssl.truststore.location": authority.file,
                "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "allow.everyone.if.no.acl.found": "false",
                "super.users": f"User:{OPERATOR};User:CN={_NODE}",
            },
            answers=answers,
            passwords=self.passwords,
        )

    def prepare(self, bootstrap: str) -> None:
        """What an operator does on a new cluster: the topics, and the rights of the principals."""
        admin = self.admin(OPERATOR, bootstrap)
        topics = [topic.on_local_stack() for topic in load_topics()]
        made = admin.create_topics([NewTopic(t.name, t.partitions, 1, config=dict(t.config)) for t in topics])
        granted = admin.create_acls(list(rights(self.passwords)))
        for done in (*made.values(), *granted.values()):
            done.result()
        until = time.monotonic() + _VISIBLE_SECONDS
        while not {topic.name for topic in topics} <= set(admin.list_topics(timeout=5.0).topics):
            assert time.monotonic() < until, "the topics are not there"


def rights(users: Iterable[str]) -> Iterator[AclBinding]:
    """Of deploy/kafka/acls.toml for these users; one entry may stand for several (`source-hap-*`)."""
    with deploy_file("kafka", "acls.toml").open("rb") as file:
        principals: dict[str, dict[str, Any]] = tomllib.load(file)["principal"]
    for user in users:
        for pattern, granted in principals.items():
            if fnmatch(user, pattern):
                for operation, words in ((AclOperation.READ, "read"), (AclOperation.WRITE, "write")):
                    for topic in granted.get(words, ()):
                        yield _right(user, ResourceType.TOPIC, topic, operation)
                for group in granted.get("groups", ()):
                    yield _right(user, ResourceType.GROUP, group, AclOperation.READ)


def _right(user: str, kind: ResourceType, name: str, operation: AclOperation) -> AclBinding:
    pattern = ResourcePatternType.PREFIXED if name.endswith("*") else ResourcePatternType.LITERAL
    return AclBinding(kind, name.removesuffix("*"), pattern, f"User:{user}", "*", operation, AclPermissionType.ALLOW)


class SecuredSystem:
    """The servers, and every worker as the principal that it is in production.

    The archive logs in to PostgreSQL as a user with the role of a writer; the owner of the tables migrates.
    """

    #: A worker's command, and its principal.
    WORKERS: Final = {"intake": "intake", "coordinate": "coordination", "archive": "archive"}

    def __init__(
        self, state: Path, *, jars: Path, users: Iterable[str], agreements_file: Path, clock: ScaledClock
    ) -> None:
        self.agreements = read_agreements(agreements_file.read_text(encoding="utf-8"), name=agreements_file.name)
        self.clock = clock
        self._state = state
        self._jars = jars
        self._agreements_file = agreements_file
        self._authority = Authority(state, "authority")
        self.other_authority = Authority(state, "other")
        self.principals = Principals({user: f"secret-of-{user}" for user in users}, self._authority.file)
        self._running = ExitStack()
        self._workers: dict[str, Child] = {}
        self.bootstrap = ""
        self.clear_dsn = ""
        self._owner_dsn = ""
        self._secured_place = ""

    def __enter__(self) -> Self:
        with ExitStack() as running:
            security = self.principals.security(self._authority)
            kafka = LocalKafka(self._state / "kafka", jars=self._jars, security=security)
            self.bootstrap = running.enter_context(kafka).bootstrap
            self.principals.prepare(self.bootstrap)
            postgres = LocalPostgres(self._state / "postgres", settings={"fsync": "off"})
            self.clear_dsn = running.enter_context(postgres).dsn
            owner = urlsplit(self.clear_dsn)
            assert owner.port is not None
            front = running.enter_context(TlsInFront(self._authority.issue("postgres"), server_port=owner.port))
            self._secured_place = f"{HOST}:{front.port}{owner.path}"
            self._owner_dsn = f"postgresql://{owner.username}:{owner.password}@{self._secured_place}"
            for command in ("migrate", ("agreements", "adopt", "--wait", "0", str(self._agreements_file))):
                done = self.run(command, self.settings(OPERATOR))
                assert done.returncode == 0, done.stderr
            asyncio.run(self._give_roles())
            running.callback(self._stop_workers)
            for name in self.WORKERS:
                self.start_worker(name)
            self._running = running.pop_all()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._running.close()

    def settings(self, principal: str, **more: object) -> Settings:
        """As a process of this principal has them."""
        given = {
            "postgres_dsn": self.dsn(principal),
            "postgres_ca_file": self._authority.file,
            "regions": {"rijnmond": 0},
            "agreements_files": [self._agreements_file],
            "snapshot_seconds": 1.0,
            "clock_epoch_ms": self.clock.epoch_ms,
            "clock_started_ms": self.clock.started_ms,
        }
        return self.principals.settings(principal, self.bootstrap, **{**given, **more})

    def dsn(self, principal: str, *, password: str = "") -> str:
        """Of PostgreSQL over TLS. Who is no user there gets an address that leads nowhere."""
        if principal == OPERATOR:
            return self._owner_dsn
        if principal != "archive":
            return f"postgresql://nobody@{HOST}:1/spoedplein"
        return f"postgresql://archive:{password or _ARCHIVE_PASSWORD}@{self._secured_place}"

    @property
    def secrets(self) -> tuple[str, ...]:
        return (*self.principals.passwords.values(), _ARCHIVE_PASSWORD, str(urlsplit(self.clear_dsn).password))

    def run(self, command: str | Iterable[str], settings: Settings) -> "subprocess.CompletedProcess[str]":
        """A command of ours, to its end."""
        words = [command] if isinstance(command, str) else command
        order = [sys.executable, "-m", "spoedplein", *words]
        environment = {**os.environ, **as_environment(settings)}
        return subprocess.run(order, env=environment, capture_output=True, text=True, check=False, timeout=60)

    def start_worker(self, name: str) -> None:
        file = self._state / f"{name}.toml"
        write_settings(file, self.settings(self.WORKERS[name]))
        order = ["env", f"SPOEDPLEIN_SETTINGS={file}", sys.executable, "-m", "spoedplein", name]
        self._workers[name] = child = Child(name, order, state=self._state, grace_seconds=15)
        child.start()

    def stop_worker(self, name: str) -> str:
        """Returns all it said."""
        child = self._workers.pop(name)
        child.stop()
        return child.output.read_text(encoding="utf-8")

    def _stop_workers(self) -> None:
        for child in self._workers.values():
            child.stop()

    async def _give_roles(self) -> None:
        """As the head of roles.sql says."""
        roles = checkout_root() / "services" / "spoedplein" / "store" / "roles.sql"
        owner = await asyncpg.connect(self.clear_dsn)
        try:
            await owner.execute(roles.read_text(encoding="utf-8"))
            await owner.execute(f"CREATE USER archive PASSWORD '{_ARCHIVE_PASSWORD}' IN ROLE spoedplein_writer")
        finally:
            await owner.close()


class TlsInFront:
    """Ends TLS for a PostgreSQL that cannot, and turns away who does not ask for it. Runs in a thread of its own."""

    def __init__(self, certificate: Path, *, server_port: int) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._server_port = server_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tls-in-front", daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._serve, HOST, 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, doing: Any) -> Any:  # noqa: ANN401  any coroutine's result
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(timeout=30)

    async def _close(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            # A client that does not trust us breaks off.
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                if await reader.readexactly(len(_SSL_REQUEST)) == _SSL_REQUEST:
                    writer.write(b"S")
                    await writer.drain()
                    await writer.start_tls(self._context)
                    await self._relay(reader, writer)
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(HOST, self._server_port)
        try:
            await asyncio.gather(_pump(reader, server_writer), _pump(server_reader, writer))
        finally:
            server_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()
