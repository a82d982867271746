"""What every measurement stands on: a broker of its own, processes of their own, filled topics, and a meter."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import psutil
from aiokafka import AIOKafkaProducer
from pydantic import BaseModel

from loadtests.meter import Spent
from loadtests.results import Figure
from spoedplein.domain.errors import SpoedpleinError
from spoedplein.domain.region import Region
from spoedplein.stack.kafka import LocalKafka
from spoedplein.stack.places import checkout_root
from spoedplein.stack.topics import Topic, admin_client, create_topics
from spoedplein.workers import snapshots
from spoedplein.workers.output import Outbox, Outgoing
from spoedplein_schemas import vocabulary

PARTITIONS: Final = 4
#: Longest that a process of its own may take for one run.
RUN_SECONDS_MAX: Final = 900.0
_BATCH_BYTES: Final = 1 << 18

_Answer = TypeVar("_Answer", bound=BaseModel)


class LoadTestError(SpoedpleinError):
    """A measurement could not be made; the message says which part failed, with its last words."""


def spent_figures(runs: Sequence[Spent], **of: str | float) -> tuple[Figure, Figure]:
    """Speed and CPU per event of these runs."""
    return (
        Figure(name="speed", unit="events/s", of=of, runs=tuple(each.speed for each in runs)),
        Figure(name="cpu", unit="µs/event", of=of, runs=tuple(each.cpu_us for each in runs)),
    )


@contextlib.contextmanager
def broker(state: Path) -> Iterator[LocalKafka]:
    """A real Kafka that nobody else uses, with its data below `state`."""
    with LocalKafka(state / "kafka", jars=checkout_root() / ".cache" / "jars", heap_mb=1024) as kafka:
        yield kafka


def run_module(
    module: str,
    spec: BaseModel,
    answer: type[_Answer],
    *,
    python: Path | None = None,
    seconds_max: float = RUN_SECONDS_MAX,
) -> _Answer:
    """Run `python -m <module> <spec>` to its end, and read the last line of what it writes.

    `python` of another environment finds our code in this checkout; what that imports must be in its environment.
    """
    root = checkout_root()
    places = os.pathsep.join(str(place) for place in (root, root / "services", root / "schemas"))
    done = subprocess.run(
        [str(python or sys.executable), "-m", module, spec.model_dump_json()],
        capture_output=True,
        text=True,
        timeout=seconds_max,
        check=False,
        env=None if python is None else {**os.environ, "PYTHONPATH": places},
    )
    if done.returncode != 0:
        raise LoadTestError(f"{module} failed. It said:\n{done.stderr.strip()[-2000:]}")
    return answer.model_validate_json(done.stdout.strip().splitlines()[-1])


def cpu_seconds(pid: int) -> float:
    """What a process has spent so far, in all its threads."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


@contextlib.asynccontextmanager
async def topics(bootstrap: str, names: Sequence[str], *, partitions: int = PARTITIONS) -> AsyncIterator[None]:
    """These topics, for as long as they are needed."""
    kept = {"retention.ms": "-1"}  # simulated time lies in the past
    await create_topics(bootstrap, [Topic(name, partitions, config=kept) for name in names])
    try:
        yield
    finally:
        async with admin_client(bootstrap) as admin:
            await admin.delete_topics(list(names))


async def fill(bootstrap: str, topic: str, by_partition: dict[int, Sequence[Outgoing]]) -> None:
    """Whole batches to each partition, in order: publishing is never what is measured."""
    async with AIOKafkaProducer(
        bootstrap_servers=bootstrap, max_batch_size=_BATCH_BYTES, max_request_size=2_000_000
    ) as producer:
        await asyncio.gather(
            *(_fill_partition(producer, topic, partition, records) for partition, records in by_partition.items())
        )
        await producer.flush()


async def _fill_partition(producer: AIOKafkaProducer, topic: str, partition: int, records: Sequence[Outgoing]) -> None:
    batch = producer.create_batch()
    for record in records:
        if batch.append(key=record.key, value=record.value, timestamp=record.at) is None:
            await producer.send_batch(batch, topic, partition=partition)
            batch = producer.create_batch()
            batch.append(key=record.key, value=record.value, timestamp=record.at)
    if batch.record_count():
        await producer.send_batch(batch, topic, partition=partition)


async def snapshots_of_nothing(outbox: Outbox, partitions: Iterable[int]) -> None:
    """One in each partition: without any, a worker folds the whole log before it begins with what it does all day."""
    for partition in partitions:
        _, records = snapshots.pack(Region.empty("nowhere"), previous=None, part_bytes=1024)
        await outbox.send(vocabulary.Topic.SNAPSHOTS, partition, records)


def told(arguments: Sequence[str]) -> dict[str, Any]:
    """The spec on the command line of a process of its own."""
    return dict(json.loads(arguments[1]))
