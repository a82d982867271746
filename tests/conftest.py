"""Servers for tests that are about them: each starts when the first test asks for it, and serves the whole run."""

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path

import asyncpg
import pytest
from hypothesis import settings

from spoedplein.stack.kafka import LocalKafka
from spoedplein.stack.places import checkout_root
from spoedplein.stack.postgres import LocalPostgres
from spoedplein.stack.system import System

# `loadtests` is run from a checkout and installed nowhere; importlib mode does not put the checkout on the path.
sys.path.append(str(checkout_root()))

# The default run says the same twice: who changes one thing sees what that did. New counterexamples are looked for
# apart, for as long as one likes: make test ARGS="--hypothesis-profile search tests/domain".
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=3000, deadline=None, print_blob=True)
settings.load_profile("repeatable")


def pytest_configure(config: pytest.Config) -> None:
    """Side by side, a path that is not there would pass for one that holds no tests."""
    for each in config.args:
        path = config.invocation_params.dir / each.partition("::")[0]
        if not path.exists():
            raise pytest.UsageError(f"there is no {path}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test under a name of its own: of several with one name only one is run when tests run side by side."""
    for item in items:
        if item.parent is not None and not item.nodeid.endswith(item.name):  # schemathesis names all by their function
            item._id = item.parent.id.child(item.name)
    twice = sorted(name for name, count in Counter(item.nodeid for item in items).items() if count > 1)
    if twice:
        msg = f"{len(twice)} names are had by more than one test, {twice[0]} first: only one of each would be run"
        raise pytest.UsageError(msg)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The directory of the real data sets; without it the tests that want one are skipped."""
    data = Path(os.environ.get("SPOEDPLEIN_DATA", checkout_root().parent / "shared" / "data"))
    if not data.is_dir():
        pytest.skip("the data sets are not there; SPOEDPLEIN_DATA names their directory")
    return data


@pytest.fixture(scope="session")
def kafka_jars() -> Path:
    """Kept between runs: fetching them takes longer than all that uses them."""
    return checkout_root() / ".cache" / "jars"


@pytest.fixture(scope="session")
def kafka(kafka_jars: Path) -> Iterator[LocalKafka]:
    """A real broker. Without Java or Maven this fails with the sentence that says what to install; it never skips."""
    with (
        tempfile.TemporaryDirectory(prefix="spoedplein-kafka-") as state,
        LocalKafka(Path(state), jars=kafka_jars) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def postgres() -> Iterator[LocalPostgres]:
    """A real server, quicker than a real one may be: what it has written need not survive the machine."""
    with tempfile.TemporaryDirectory(prefix="spoedplein-postgres-") as state:
        Path(state).chmod(0o711)  # PostgreSQL runs as another user when we are root.
        with LocalPostgres(Path(state), settings={"fsync": "off"}) as running:
            yield running


@pytest.fixture(scope="session")
def postgres_dsn(postgres: LocalPostgres) -> str:
    """Of a database that all tests share; most want `database`."""
    return postgres.dsn


StartSystem = Callable[..., AbstractContextManager[System]]
#: A Saturday evening in the region's log, whenever the test runs.
EPOCH_MS = 1_768_071_600_000


@pytest.fixture(scope="session")
def start_system(tmp_path_factory: pytest.TempPathFactory, kafka_jars: Path) -> StartSystem:
    """A context manager: the system under these agreements, on a broker and a database of its own."""

    @contextmanager
    def started(
        agreements: Sequence[Path], *, epoch_ms: int = EPOCH_MS, speed: float = 1.0, **more: object
    ) -> Iterator[System]:
        state = tmp_path_factory.mktemp("system")
        state.chmod(0o711)  # PostgreSQL runs as another user when we are root.
        clock = {"clock_epoch_ms": epoch_ms, "clock_started_ms": time.time_ns() // 1_000_000, "clock_speed": speed}
        system = System(
            state,
            LocalKafka(state / "kafka", jars=kafka_jars),
            LocalPostgres(state / "postgres", settings={"fsync": "off"}),
            agreements_files=agreements,
            more={"kafka_session_seconds": 6.0, "snapshot_seconds": 1.0, **clock, **more},
        )
        with system:
            yield system

    return started


@pytest.fixture
async def database(postgres: LocalPostgres, _numbers: Iterator[int]) -> AsyncIterator[str]:
    """The DSN of an empty database of the test's own."""
    name = f"test_{next(_numbers)}"
    admin = await asyncpg.connect(postgres.dsn)
    try:
        await admin.execute(f"CREATE DATABASE {name}")
        yield postgres.dsn_of(name)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


@pytest.fixture(scope="session")
def _numbers() -> Iterator[int]:
    return count()


@pytest.fixture
def unique(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Names for topics and groups that no other test of this run has: `unique("log")`."""
    node = "".join(character if character.isalnum() else "-" for character in request.node.nodeid)[-150:]
    numbers = count()
    return lambda word: f"{word}.{node}.{next(numbers)}"
