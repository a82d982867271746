"""The examples that a reader sees and copies first: reading availability, being a source, an explanation."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from aiokafka import AIOKafkaProducer

from spoedplein.domain.agreements import read_agreements
from spoedplein.domain.gate import Admitted, Gate
from spoedplein.stack.kafka import LocalKafka
from spoedplein.stack.topics import Topic, create_topics
from spoedplein.wording.explaining import tell
from spoedplein_schemas.decisions import PlacementOffered
from spoedplein_schemas.examples import DECISION_EXAMPLES, VIEW_EXAMPLES
from spoedplein_schemas.views import CareTypeAvailability, UnitAvailability
from spoedplein_schemas.vocabulary import Topic as TopicName
from spoedplein_schemas.vocabulary import millis
from tests.docs.reading import ROOT, Page

DEADLINE_SECONDS: Final = 60
LINES_MAX: Final = 25
#: In milliseconds; later than any example.
_MUCH_LATER: Final = 2_000_000_000_000


@asynccontextmanager
async def _running(code: str, bootstrap: str) -> AsyncIterator[asyncio.StreamReader]:
    """What the code prints, for as long as it is wanted; it runs as its reader would run it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, env={**os.environ, "BOOTSTRAP": bootstrap}
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


async def _publish(kafka: LocalKafka, topic: str) -> None:
    """A unit, the sum over its care type, a unit of which nothing is known, and one that is gone."""
    unit, care_type = VIEW_EXAMPLES[UnitAvailability], VIEW_EXAMPLES[CareTypeAvailability]
    assert isinstance(unit, UnitAvailability)
    unknown = unit.model_copy(update={"free": None, "valid_until": None})
    records = [
        (f"rijnmond/{unit.unit}", unit.model_dump_json(exclude_none=True)),
        (f"rijnmond//{unit.care_type}", care_type.model_dump_json(exclude_none=True)),
        ("rijnmond/quiet", unknown.model_dump_json(exclude_none=True)),
        ("rijnmond/gone", None),
    ]
    await create_topics(kafka.bootstrap, [Topic(topic, partitions=1)], local=True)
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for key, value in records:
            await producer.send_and_wait(topic, None if value is None else value.encode(), key.encode())


@pytest.mark.kafka
async def test_the_client_tells_what_is_free_and_never_takes_unknown_for_none(
    kafka: LocalKafka, unique: Callable[[str], str]
) -> None:
    code, topic = Page("README.md").block("python", "Read availability"), unique("availability")
    assert code.count(TopicName.AVAILABILITY) == 1
    await _publish(kafka, topic)

    async with _running(code.replace(TopicName.AVAILABILITY, topic), kafka.bootstrap) as said:
        async with asyncio.timeout(DEADLINE_SECONDS):
            lines = [(await said.readline()).decode().strip() for _ in range(3)]

    unit = VIEW_EXAMPLES[UnitAvailability]
    assert isinstance(unit, UnitAvailability)
    assert lines == [
        f"rijnmond {unit.unit}: {unit.status}, {unit.free} free, valid until {_json_time(unit)}",
        f"rijnmond quiet: {unit.status}, unknown free, valid until -",
        "rijnmond gone: gone, unknown free, valid until -",
    ]


def test_the_client_is_as_short_as_is_said() -> None:
    assert len(Page("README.md").block("python", "Read availability").splitlines()) <= LINES_MAX


def test_the_event_of_a_source_is_the_published_example_and_intake_takes_it() -> None:
    shown = Page("README.md").block("json", "Be a source")
    file = ROOT / "schemas" / "json" / "capacity.reported.v1.example.json"
    assert shown == file.read_text(encoding="utf-8")

    admitted = _gate().admit(shown.encode(), topic=TopicName.CAPACITY, partition=0, offset=0, received_ms=_MUCH_LATER)
    assert isinstance(admitted, Admitted)
    assert millis(admitted.event.time) < _MUCH_LATER


def test_the_explanation_shown_is_what_is_told_of_the_published_example() -> None:
    told = tell(DECISION_EXAMPLES[PlacementOffered])
    assert f"{told}\n" in [block.code for block in Page("README.md").blocks if block.language == "text"]


def _gate() -> Gate:
    file = Path(ROOT / "deploy" / "regions" / "rijnmond.toml")
    agreed = read_agreements(file.read_text(encoding="utf-8"), name=file.name)
    return Gate(regions={"rijnmond": 0}, agreements={"rijnmond": agreed}, bytes_max=262_144, clock_ahead_ms=120_000)


def _json_time(unit: UnitAvailability) -> str:
    return str(unit.model_dump(mode="json")["valid_until"])
