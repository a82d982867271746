"""Intake as a process on a real broker. Each test has a region and a source of its own; the topics are everybody's."""

import asyncio
import itertools
import json
import os
import signal
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final, Self, cast

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from spoedplein.clock import SystemClock
from spoedplein.domain.errors import AgreementsError
from spoedplein.domain.gate import Admitted
from spoedplein.settings import Settings, as_environment
from spoedplein.stack.kafka import LocalKafka
from spoedplein.stack.topics import create_topics, load_topics
from spoedplein.telemetry.metrics import Metrics
from spoedplein.testing.builders import EVENING, capacity, event, triaged
from spoedplein.workers.intake import build, judged_in_turn
from spoedplein.workers.output import Outbox, Outgoing
from spoedplein_schemas import Event
from spoedplein_schemas.dead_letters import DeadLetter, RefusalCode
from spoedplein_schemas.examples import DECISION_EXAMPLES
from spoedplein_schemas.neighbours import AskedBy
from spoedplein_schemas.transfer import TransferAsked
from spoedplein_schemas.vocabulary import Topic

DEADLINE_SECONDS: Final = 90.0
PARTITION: Final = 3
AGREEMENTS: Final = """
region = "{region}"
version = "2026.1"
title = "Afspraken voor een test"
owner = "zcc"

[[sites]]
id = "schiedam"
name = "Schiedam"
organisation = "ziekenhuis"

[[units]]
id = "elv-hoog-een"
name = "ELV hoog"
organisation = "huis"
care_type = "elv-hoog"
"""


@dataclass(slots=True)
class Scene:
    """A region, its settings, and everything that came out since the test began."""

    settings: Settings
    place: Path
    region: str
    log: list[ConsumerRecord] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    #: Key and partition of each of those.
    letter_places: set[tuple[bytes, int]] = field(default_factory=set)

    @property
    def source(self) -> str:
        return f"urn:test:{self.region}"

    def triage(self, number: int) -> Event:
        data = triaged(f"c-{number}", "U2", EVENING + timedelta(milliseconds=number))
        return event(data, at=EVENING, region=self.region, source=self.source)

    def report(self, number: int) -> Event:
        data = capacity("elv-hoog-een", number % 9, EVENING + timedelta(milliseconds=number))
        return event(data, at=EVENING, region=self.region, source=self.source)

    async def publish(self, topic: Topic, values: Sequence[bytes | None]) -> None:
        async with Outbox(self.settings) as outbox:
            await outbox.send(topic, PARTITION, [Outgoing(self.region.encode(), value) for value in values])

    async def until(self, fact: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not fact():
            seen = f"{len(self.log)} in the log, {len(self.letters)} dead letters"
            assert time.monotonic() < deadline, f"not within {DEADLINE_SECONDS:.0f} s: {what}; {seen}"
            await asyncio.sleep(0.02)

    def ids_in_log(self) -> list[str]:
        return [json.loads(record.value)["id"] for record in self.log]

    async def read(self, consumer: AIOKafkaConsumer) -> None:
        async for record in consumer:
            if record.topic == Topic.LOG and record.key == self.region.encode():
                self.log.append(record)
            if record.topic == Topic.DEAD_LETTERS:
                letter = DeadLetter.model_validate_json(record.value)
                if letter.partition == PARTITION and letter.topic in (Topic.HAP, Topic.CAPACITY, Topic.DECISIONS):
                    self.letters.append(letter)
                    self.letter_places.add((record.key, record.partition))


class Intake:
    """One process of `spoedplein intake`; `async with` leaves none behind."""

    def __init__(self, scene: Scene, number: int = 0) -> None:
        self._scene = scene
        self._output = scene.place / f"intake-{number}.log"

    async def __aenter__(self) -> Self:
        environment = os.environ | as_environment(self._scene.settings)
        with self._output.open("wb") as output:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "spoedplein", "intake"), stderr=output, env=environment, cwd=self._scene.place
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def kill(self) -> None:
        assert self.process.returncode is None, f"it had ended by itself:\n{self._output.read_text()}"
        self.process.kill()
        assert await self.process.wait() == -signal.SIGKILL

    async def stop(self) -> int:
        self.process.terminate()
        return await asyncio.wait_for(self.process.wait(), DEADLINE_SECONDS)

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self._output.read_text().splitlines()]

    def metric(self, line: str) -> float:
        """Value of the sample that is named so, labels and all; 0 where there is none yet."""
        address = next(str(told["metrics"]) for told in self.lines() if told.get("action") == "worker.starts")
        with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310  our own worker's
            samples = dict(sample.decode().rsplit(" ", 1) for sample in answer if not sample.startswith(b"#"))
        return float(samples.get(line, 0))


@pytest.fixture
async def scene(kafka: LocalKafka, tmp_path: Path) -> AsyncIterator[Scene]:
    await create_topics(kafka.bootstrap, load_topics(), local=True)
    region = f"regio-{tmp_path.name.replace('_', '-').rstrip('0123456789-')}"[:60].rstrip("-")
    agreements = tmp_path / "regio.toml"
    agreements.write_text(AGREEMENTS.format(region=region))
    settings = Settings(
        kafka_bootstrap=kafka.bootstrap,
        regions={region: PARTITION},
        agreements_files=(agreements,),
        batch_records_max=100,
        commit_seconds=0.2,
        # Whoever starts under the same name takes the partitions over at once.
        kafka_instance="intake-of-tests",
    )
    made = Scene(settings, tmp_path, region)
    async with _reader(kafka.bootstrap) as consumer:
        reading = asyncio.create_task(made.read(consumer))
        yield made
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


@asynccontextmanager
async def _reader(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    """From here on: the log, and all dead letters."""
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False) as consumer:
        places = [TopicPartition(topic, number) for topic in (Topic.LOG, Topic.DEAD_LETTERS) for number in range(4)]
        consumer.assign(places)
        await consumer.seek_to_end(*places)
        for place in places:
            await consumer.position(place)
        yield consumer


def json_of(sent: Event) -> bytes:
    return sent.model_dump_json(exclude_none=True).encode()


def with_data(sent: Event, **changes: object) -> bytes:
    message = json.loads(json_of(sent))
    message["data"] |= changes
    return json.dumps(message).encode()


@pytest.mark.kafka
async def test_good_events_reach_the_log_in_order_and_bad_ones_stall_nothing(scene: Scene) -> None:
    good = [scene.triage(number) for number in range(40)]
    bad = [
        (b"\xff\xfe no JSON", RefusalCode.NOT_JSON, "$"),
        (None, RefusalCode.NOT_JSON, "$"),
        (b"[" * 100_000, RefusalCode.NOT_JSON, "$"),
        (b" " * 300_000, RefusalCode.TOO_LARGE, "$"),
        (with_data(good[0], contact="c-123456782"), RefusalCode.IDENTIFIES_BSN, "$.data.contact"),
        (with_data(good[0], note="bel 06-12345678"), RefusalCode.IDENTIFIES_PHONE, "$.data.note"),
        (with_data(good[0], email="jan@voorbeeld.nl"), RefusalCode.IDENTIFIES_EMAIL, "$.data.email"),
        (with_data(good[0], site="vlaardingen"), RefusalCode.UNKNOWN_SITE, "$.data.site"),
        (json_of(scene.report(1)), RefusalCode.WRONG_TOPIC, "$.type"),
        (with_data(good[0], triaged_at="3026-01-10T19:00:00Z"), RefusalCode.CLOCK_AHEAD, "$.data.triaged_at"),
    ]
    mixed: list[bytes | None] = []
    for index, sent in enumerate(good):
        mixed += [json_of(sent), *([bad[index // 4][0]] if index % 4 == 0 else [])]

    async with Intake(scene) as intake:
        await scene.publish(Topic.HAP, mixed)
        await scene.until(lambda: len(scene.log) >= len(good) and len(scene.letters) >= len(bad), "all came out")
        read = f'spoedplein_events_total{{region="{scene.region}",type="hap.contact-triaged"}}'
        refused = 'spoedplein_refusals_total{reason="identifies-bsn",topic="spoedplein.hap.v1"}'
        lag = f'spoedplein_consumer_lag_records{{partition="{PARTITION}",topic="spoedplein.hap.v1"}}'
        await scene.until(lambda: intake.metric(read) == len(good), "events are counted")
        assert (intake.metric(refused), intake.metric(lag)) == (1, 0)
        assert await intake.stop() == 0

    assert [record.value for record in scene.log] == [json_of(sent) for sent in good]
    assert {record.partition for record in scene.log} == {PARTITION}
    stamps = [record.timestamp for record in scene.log]
    assert stamps == sorted(stamps)
    found = sorted(scene.letters, key=lambda letter: letter.offset)
    assert [(letter.faults[0].code, letter.faults[0].path) for letter in found] == [row[1:] for row in bad]
    assert all(fault.mend for letter in found for fault in letter.faults)
    told = "".join(letter.model_dump_json() for letter in found)
    assert [secret for secret in ("123456782", "12345678", "jan@", "voorbeeld.nl") if secret in told] == []


@pytest.mark.kafka
async def test_after_kills_in_mid_stream_nothing_is_lost_and_firsts_are_in_order(scene: Scene) -> None:
    triages = [scene.triage(number) for number in range(6_000)]
    reports = [scene.report(number) for number in range(6_000)]
    await scene.publish(Topic.HAP, [json_of(sent) for sent in triages])
    await scene.publish(Topic.CAPACITY, [json_of(sent) for sent in reports])

    for number, seen in enumerate((1, 3_000, 8_000)):
        async with Intake(scene, number) as intake:
            await scene.until(lambda seen=seen: len(scene.log) >= seen, f"{seen} records came out")  # type: ignore[misc]
            await intake.kill()
    wanted = {sent.id for sent in (*triages, *reports)}
    async with Intake(scene, 3) as intake:
        await scene.until(lambda: len(scene.log) >= len(wanted) and set(scene.ids_in_log()) >= wanted, "all came out")
        assert await intake.stop() == 0

    firsts = list(dict.fromkeys(scene.ids_in_log()))
    for source in (triages, reports):
        ids = [sent.id for sent in source]
        ours = set(ids)
        assert [each for each in firsts if each in ours] == ids
    stamps = [record.timestamp for record in scene.log]
    assert stamps == sorted(stamps)
    assert scene.letters == []


async def test_others_get_their_turn_while_heavy_messages_are_judged() -> None:
    """By a clock on which each message takes a second."""
    told: list[str] = []
    now = itertools.count()

    async def somebody_else() -> None:
        for _ in range(4):
            told.append("else")
            await asyncio.sleep(0)

    def judge(offset: int, _value: bytes | None) -> Admitted:
        told.append(str(offset))
        return cast("Admitted", offset)

    said = [(offset, None) for offset in range(3)]
    task = asyncio.create_task(somebody_else())
    judged = await judged_in_turn(judge, said, seconds=lambda: next(now))
    assert list(map(str, judged)) == ["0", "1", "2"]
    await task
    assert told[:6] == ["0", "else", "1", "else", "2", "else"]

    told.clear()
    task = asyncio.create_task(somebody_else())
    await judged_in_turn(judge, said, seconds=lambda: 0.0)
    await task
    assert told[:3] == ["0", "1", "2"], "while it is quick they are judged at once"


@pytest.mark.kafka
async def test_dead_letters_of_a_source_stay_together(scene: Scene) -> None:
    refused = [with_data(scene.triage(number), site="vlaardingen") for number in range(30)]

    async with Intake(scene) as intake:
        await scene.publish(Topic.HAP, refused)
        await scene.until(lambda: len(scene.letters) >= len(refused), "all came out")
        assert await intake.stop() == 0

    assert {letter.source for letter in scene.letters} == {scene.source}
    ((key, _partition),) = scene.letter_places
    assert key == scene.source.encode()


@pytest.mark.kafka
async def test_what_a_region_decides_reaches_the_log_that_it_concerns_unless_its_owner_calls_there(
    scene: Scene,
) -> None:
    """A neighbour that is not run here is a dead letter, unless the agreements say that he is asked otherwise."""
    asked = DECISION_EXAMPLES[TransferAsked]

    def question(number: int, to_region: str, by: AskedBy | None = None) -> bytes:
        data = asked.data.model_copy(update={"to_region": to_region, "transfer": f"elders.{number}.0", "by": by})
        made = asked.model_copy(update={"id": f"elders.{number}.0", "region": "elders", "data": data})
        return made.model_dump_json(exclude_none=True).encode()

    async with Intake(scene) as intake:
        sent = [
            question(1, scene.region),
            question(2, "nergens"),
            *(question(3 + number, "nergens", by) for number, by in enumerate(AskedBy)),
            question(9, scene.region),
        ]
        await scene.publish(Topic.DECISIONS, sent)
        await scene.until(lambda: len(scene.log) == 2 and scene.letters, "both questions, and the one to nowhere")
        assert await intake.stop() == 0  # So that nobody after it reads these questions again.

    assert scene.ids_in_log() == ["transfer.elders.1.0", "transfer.elders.9.0"]
    assert [(letter.id, letter.topic, letter.faults[0].code) for letter in scene.letters] == [
        ("transfer.elders.2.0", Topic.DECISIONS, RefusalCode.UNKNOWN_REGION)
    ]


@pytest.mark.parametrize(
    ("regions", "mend"),
    [
        pytest.param((), "agreements_files", id="file is not there"),
        pytest.param(("elders",), "add it there with its partition", id="region is not served"),
        pytest.param(("rijnmond", "rijnmond"), "name one file per region", id="region twice"),
    ],
)
def test_agreements_that_cannot_be_used_stop_the_start_with_the_mend(
    tmp_path: Path, regions: tuple[str, ...], mend: str
) -> None:
    files = [tmp_path / f"{number}.toml" for number in range(max(1, len(regions)))]
    for file, region in zip(files, regions, strict=False):
        file.write_text(AGREEMENTS.format(region=region))
    settings = Settings(agreements_files=tuple(files))

    with pytest.raises(AgreementsError, match=mend) as caught:
        build(settings, SystemClock(), Metrics())
    assert str(files[-1]) in str(caught.value)


@pytest.mark.kafka
async def test_agreements_that_change_are_followed_without_a_restart(scene: Scene) -> None:
    (file,) = scene.settings.agreements_files
    elsewhere = json_of(scene.triage(1)).replace(b'"schiedam"', b'"vlaardingen"')

    async with Intake(scene) as intake:
        await scene.publish(Topic.HAP, [elsewhere])
        await scene.until(lambda: scene.letters, "the site is refused")
        file.write_text(f'{file.read_text()}\n[[sites]]\nid = "vlaardingen"\nname = "Post"\norganisation = "post"\n')
        while not scene.log:
            told = len(scene.letters)
            await scene.publish(Topic.HAP, [elsewhere])
            await scene.until(lambda told=told: scene.log or len(scene.letters) > told, "an answer")  # type: ignore[misc]
        assert await intake.stop() == 0

    assert scene.letters[0].faults[0].code is RefusalCode.UNKNOWN_SITE
