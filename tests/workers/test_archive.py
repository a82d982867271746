"""The archive as the process that it is, on a real broker and a real PostgreSQL; both fail, and it is killed."""

import asyncio
import json
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from pydantic import BaseModel, SecretStr

from spoedplein.settings import Settings, as_environment
from spoedplein.stack.kafka import LocalKafka
from spoedplein.stack.ports import free_port
from spoedplein.stack.postgres import LocalPostgres
from spoedplein.stack.topics import admin_client, load_topics
from spoedplein.testing.builders import EVENING, Script, capacity, decided, request
from spoedplein.workers.connection import new_producer
from spoedplein.workers.output import Outgoing, send_all
from spoedplein.workers.reading import stored
from spoedplein_schemas import Decision, decisions
from spoedplein_schemas.placement import CancelReason
from spoedplein_schemas.views import CareTypeAvailability, UnitAvailability
from spoedplein_schemas.vocabulary import CareType, Topic, UnitStatus, millis

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

DEADLINE_SECONDS: Final = 60.0
REGIONS: Final = {"rijnmond": 0, "twente": 1}
TOPICS: Final = (Topic.LOG, Topic.DECISIONS, Topic.AVAILABILITY)
PROGRAM: Final = """
import sys
from spoedplein import settings
from spoedplein.telemetry import logs
from spoedplein.telemetry.metrics import Metrics
from spoedplein.workers import app, archive
effective, metrics = settings.load(), Metrics()
logs.configure(level=effective.log_level, process="archive")
metrics.serve(host=effective.metrics_host, port=effective.metrics_port)
app.run(lambda: archive.build(effective, effective.clock(), metrics, name=sys.argv[1]))
"""


class Archiver:
    """One archive process at a time, restarted at will; its log lines are kept over restarts."""

    def __init__(self, settings: Settings, name: str, log: Path) -> None:
        self.settings = settings
        self._name = name
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        environment = as_environment(self.settings) | {"PYTHONPATH": ":".join(sys.path)}
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", PROGRAM, self._name, env=environment, stdout=log, stderr=log
            )

    async def end(self, number: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await self.ended()

    async def ended(self) -> int:
        assert self._process is not None
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await self._process.wait()

    def text(self) -> str:
        return self._log.read_text()

    def actions(self) -> list[str]:
        lines = [json.loads(line) for line in self.text().splitlines() if line.startswith("{")]
        return [line["action"] for line in lines if "action" in line]

    async def metrics(self) -> dict[str, float]:
        url = f"http://127.0.0.1:{self.settings.metrics_port}/metrics"
        page = await asyncio.to_thread(lambda: urlopen(url, timeout=10).read().decode())
        samples = (line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in samples}

    async def until(self, fact: Callable[[], Any], what: str) -> None:
        """Waits for an awaitable fact while the process lives."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                while not await fact():
                    assert self._process is None or self._process.returncode is None, self.text()
                    await asyncio.sleep(0.02)
        except TimeoutError:
            pytest.fail(f"not within {DEADLINE_SECONDS:.0f} s: {what}. Its log:\n{self.text()}")


class Region:
    """What a core would put on the three topics, and what should come of it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.script = Script(name)
        self.decided: list[Decision] = []

    def goes_on(self, steps: int) -> dict[str, list[Outgoing]]:
        """Each step: a report and its view, a request, and its cancellation a second later."""
        said: dict[str, list[Outgoing]] = {topic: [] for topic in TOPICS}
        for _ in range(steps):
            number = len(self.script.records)
            reported = self.script.says(capacity("elv-1", number % 7, self.script.now))
            self.script.says(request(f"r-{number}", (CareType.ELV_HOOG,), self.script.now))
            self.script.passes(seconds=1)
            cause = self.script.ticks()
            cancelled = decisions.PlacementCancelled(request=f"r-{number}", reason=CancelReason.OTHER)
            made = decided(cause, cancelled)
            self.decided += made
            for record in (reported, *self.script.records[-2:]):
                said[Topic.LOG].append(Outgoing(self.name.encode(), _json(record.event), record.at))
            said[Topic.DECISIONS] += [Outgoing(self.name.encode(), _json(each), cause.at) for each in made]
            said[Topic.AVAILABILITY] += self._views(number)
        return said

    def _views(self, number: int) -> Iterator[Outgoing]:
        unit = UnitAvailability(
            region=self.name,
            unit="elv-1",
            organisation="frankeland",
            care_type=CareType.ELV_HOOG,
            status=UnitStatus.OPEN,
            free=number % 7,
            as_of=self.script.now,
            version=number,
        )
        total = CareTypeAvailability(
            region=self.name,
            care_type=CareType.ELV_HOOG,
            units=1,
            units_known=1,
            units_warning=0,
            units_stop=0,
            units_closed=0,
            free=number % 7,
            as_of=self.script.now,
            version=number,
        )
        yield Outgoing(f"{self.name}/elv-1".encode(), _json(unit), millis(unit.as_of))
        yield Outgoing(f"{self.name}//elv-hoog".encode(), _json(total), millis(unit.as_of))


def _json(model: BaseModel) -> bytes:
    return model.model_dump_json(exclude_none=True).encode()


@pytest.fixture(scope="module")
def broker(kafka_jars: Path) -> Iterator[LocalKafka]:
    """Of this module alone: the archive reads the topics by their real names, all there is in them."""
    with (
        tempfile.TemporaryDirectory(prefix="spoedplein-kafka-") as state,
        LocalKafka(Path(state), jars=kafka_jars) as running,
    ):
        yield running


@pytest.fixture
async def topics(broker: LocalKafka) -> AsyncIterator[None]:
    await broker.create_topics(each for each in load_topics() if each.name in TOPICS)
    yield
    async with admin_client(broker.bootstrap) as admin:
        await admin.delete_topics([topic.value for topic in TOPICS])
        async with asyncio.timeout(DEADLINE_SECONDS):
            while set(TOPICS) & set(await admin.list_topics()):  # noqa: ASYNC110  the broker has no event to wait for
                await asyncio.sleep(0.02)


@pytest.fixture
def settings(broker: LocalKafka, topics: None, database: str) -> Settings:
    return _settings(broker, database)


@pytest.fixture
async def archiver(settings: Settings, unique: Callable[[str], str], tmp_path: Path) -> AsyncIterator[Archiver]:
    archiver = Archiver(settings, unique("archive")[-100:], tmp_path / "archive.log")
    yield archiver
    if archiver._process is not None:
        await archiver.end(signal.SIGKILL)


@pytest.fixture
async def sender(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    sender = new_producer(settings)
    await sender.start()
    yield sender
    await sender.stop()


def _settings(broker: LocalKafka, dsn: str) -> Settings:
    return Settings(
        kafka_bootstrap=broker.bootstrap,
        kafka_instance="archive-1",
        postgres_dsn=SecretStr(dsn),
        regions=REGIONS,
        batch_records_max=50,
        retry_seconds_max=0.2,
        metrics_port=free_port(),
        retention_months=240,
    )


async def _send(sender: AIOKafkaProducer, region: Region, steps: int) -> None:
    for topic, records in region.goes_on(steps).items():
        await send_all(sender, topic, REGIONS[region.name], records)


@asynccontextmanager
async def _looking(dsn: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def _count(dsn: str, table: str) -> int:
    """Rows; none while the table, or PostgreSQL, is not there."""
    try:
        async with _looking(dsn) as look:
            count: int = await look.fetchval(f"SELECT count(*) FROM spoedplein.{table}")  # noqa: S608
    except (OSError, asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.CannotConnectNowError):
        return 0
    return count


async def _topic(settings: Settings, topic: str) -> list[tuple[int, int, int, Any]]:
    """All of it in order: partition, offset, timestamp, JSON."""
    return [
        (partition, record.offset, record.timestamp, json.loads(record.value or b"null"))
        for partition in REGIONS.values()
        async for record in stored(settings, topic, partition)
    ]


async def _everything_is_there(archiver: Archiver, regions: Sequence[Region]) -> None:
    dsn = archiver.settings.postgres_dsn.get_secret_value()
    wanted = {
        "events": sum(len(region.script.records) for region in regions),
        "decisions": sum(len(region.decided) for region in regions),
        "availability": sum(len(region.decided) for region in regions),
    }

    async def arrived() -> bool:
        return all([await _count(dsn, table) >= rows for table, rows in wanted.items()])

    await archiver.until(arrived, f"rows {wanted}")
    log = await _topic(archiver.settings, Topic.LOG)
    made = await _topic(archiver.settings, Topic.DECISIONS)
    async with _looking(dsn) as look:
        events = await look.fetch("SELECT * FROM spoedplein.events ORDER BY partition, log_offset")
        kept = await look.fetch("SELECT decision FROM spoedplein.decisions")
        placements = await look.fetch("SELECT region, request_id, state FROM spoedplein.placements")
        samples = await look.fetchval("SELECT count(*) FROM spoedplein.availability")
    assert [
        (row["partition"], row["log_offset"], millis(row["appended_at"]), json.loads(row["event"])) for row in events
    ] == log
    assert _sorted(json.loads(row[0]) for row in kept) == _sorted(each[3] for each in made)
    assert {tuple(row) for row in placements} == {
        (region.name, each.data.request, "cancelled") for region in regions for each in region.decided
    }
    assert samples == wanted["availability"]


def _sorted(messages: Iterable[Any]) -> list[Any]:
    return sorted(messages, key=lambda message: str(message["id"]))


async def test_all_three_topics_end_in_their_tables_and_a_second_run_adds_nothing(
    archiver: Archiver, sender: AIOKafkaProducer
) -> None:
    regions = [Region(name) for name in REGIONS]
    for region in regions:
        await _send(sender, region, 100)
    await archiver.start()
    await _everything_is_there(archiver, regions)

    async def caught_up() -> bool:
        metrics = await archiver.metrics()
        lags = [value for name, value in metrics.items() if name.startswith("spoedplein_consumer_lag_records")]
        return len(lags) == 6 and not any(lags)

    await archiver.until(caught_up, "no lag on two partitions of three topics")
    metrics = await archiver.metrics()
    assert metrics['spoedplein_archived_rows_total{table="events"}'] == 600
    assert metrics['spoedplein_archived_rows_total{table="decisions"}'] == 200
    assert metrics['spoedplein_archived_rows_total{table="availability"}'] == 200
    assert metrics[f'spoedplein_batch_records_sum{{topic="{Topic.LOG}"}}'] == 600
    assert metrics["spoedplein_archive_retries_total"] == 0
    assert await archiver.end(signal.SIGTERM) == 0

    await archiver.start()
    await _send(sender, regions[0], 1)
    await _everything_is_there(archiver, regions)
    assert (await archiver.metrics())['spoedplein_archived_rows_total{table="events"}'] == 3


async def test_killed_in_mid_stream_again_and_again_it_keeps_each_record_once(
    archiver: Archiver, sender: AIOKafkaProducer
) -> None:
    dsn = archiver.settings.postgres_dsn.get_secret_value()
    regions = [Region(name) for name in REGIONS]
    for _ in range(4):
        seen = await _count(dsn, "events")
        for region in regions:
            await _send(sender, region, 150)
        await archiver.start()

        async def some_of_it(seen: int = seen) -> bool:
            return await _count(dsn, "events") > seen

        await archiver.until(some_of_it, f"more than {seen} events")
        assert await archiver.end(signal.SIGKILL) == -signal.SIGKILL
    await archiver.start()
    await _everything_is_there(archiver, regions)


@pytest.fixture
def own_postgres() -> Iterator[LocalPostgres]:
    """One to stop and start: always on the same port."""
    with tempfile.TemporaryDirectory(prefix="spoedplein-postgres-") as state:
        Path(state).chmod(0o711)  # PostgreSQL runs as another user when we are root.
        with LocalPostgres(Path(state), port=free_port()) as running:
            yield running


async def test_postgresql_away_while_events_flow_costs_nothing(
    own_postgres: LocalPostgres, archiver: Archiver, sender: AIOKafkaProducer
) -> None:
    dsn = SecretStr(own_postgres.dsn)
    archiver.settings = archiver.settings.model_copy(update={"postgres_dsn": dsn})
    await asyncio.to_thread(own_postgres.stop)
    await archiver.start()  # away already when it starts
    regions = [Region(name) for name in REGIONS]
    for _ in range(3):
        retries = archiver.actions().count("archive.retry")
        for region in regions:
            await _send(sender, region, 50)
        await archiver.until(lambda seen=retries: _retried(archiver, seen), "a retry in the log")  # type: ignore[misc]
        await asyncio.to_thread(own_postgres.start)
        await _everything_is_there(archiver, regions)
        await asyncio.to_thread(own_postgres.stop)
    assert (await archiver.metrics())["spoedplein_archive_retries_total"] >= 3
    assert archiver.actions().count("archive.migrated") == 1
    await _send(sender, regions[0], 5)
    assert await archiver.end(signal.SIGTERM) == 0  # away still: it stops all the same
    await asyncio.to_thread(own_postgres.start)
    await archiver.start()
    await _everything_is_there(archiver, regions)


async def _retried(archiver: Archiver, seen: int) -> bool:
    return archiver.actions().count("archive.retry") > seen


async def test_two_archives_at_once_share_the_work_and_the_empty_database(
    archiver: Archiver, sender: AIOKafkaProducer, tmp_path: Path
) -> None:
    update = {"kafka_instance": "archive-2", "metrics_port": free_port()}
    other = Archiver(archiver.settings.model_copy(update=update), archiver._name, tmp_path / "other.log")
    regions = [Region(name) for name in REGIONS]
    await asyncio.gather(archiver.start(), other.start())
    try:
        for _ in range(5):
            for region in regions:
                await _send(sender, region, 40)
        await _everything_is_there(archiver, regions)
        assert await other.end(signal.SIGTERM) == 0
        await _send(sender, regions[0], 10)
        await _everything_is_there(archiver, regions)
    finally:
        await other.end(signal.SIGKILL)
    migrated = archiver.actions().count("archive.migrated") + other.actions().count("archive.migrated")
    assert migrated >= 1


@pytest.mark.parametrize(
    ("topic", "value", "complaint"),
    [
        pytest.param(Topic.LOG, b'{"type": "nl.spoedplein.hap.contact-closed.v1"}', "id: Field required", id="event"),
        pytest.param(Topic.DECISIONS, b"{", "Invalid JSON", id="decision"),
        pytest.param(Topic.AVAILABILITY, b"{}", "region: Field required", id="availability"),
        pytest.param(Topic.LOG, None, "no value", id="tombstone in the log"),
    ],
)
async def test_a_record_that_is_not_ours_stops_it_before_it_acknowledges(
    archiver: Archiver, sender: AIOKafkaProducer, *, topic: Topic, value: bytes | None, complaint: str
) -> None:
    region = Region("rijnmond")
    await _send(sender, region, 5)
    before = len([each for each in await _topic(archiver.settings, topic) if each[0] == 0])
    await send_all(sender, topic, 0, [Outgoing(b"rijnmond", value, millis(EVENING))])
    for _ in range(2):  # as often as it is started
        await archiver.start()
        assert await archiver.ended() > 0
        place = f"{topic}/0 offset {before} is not what we write there"
        assert place in archiver.text()
        assert complaint in archiver.text().split(place, 1)[1].splitlines()[0]


async def test_a_tombstone_and_the_sums_of_availability_are_passed_over(
    archiver: Archiver, sender: AIOKafkaProducer
) -> None:
    region = Region("rijnmond")
    await send_all(sender, Topic.AVAILABILITY, 0, [Outgoing(b"rijnmond/elv-9", None, millis(EVENING))])
    await _send(sender, region, 5)
    await archiver.start()
    await _everything_is_there(archiver, [region])
