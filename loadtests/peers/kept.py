"""What each runtime has made durable, read without it: decisions from their topic, regions from where it keeps them."""

import json
import pickle
import sqlite3
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

from loadtests.peers.job import Job, Task, unpack
from loadtests.peers.ring import REGION, fold
from spoedplein.domain.region import Region
from spoedplein.settings import Settings
from spoedplein.workers import snapshots
from spoedplein.workers.reading import newest_by_key, stored
from spoedplein_schemas.vocabulary import Topic

Regions = dict[str, Region]
Reader = Callable[[Task], Awaitable[Regions]]


async def decisions(task: Task) -> list[bytes]:
    """Every record of the decisions topic, in whatever order."""
    settings = Settings(kafka_bootstrap=task.bootstrap)
    found = []
    for partition in task.ends:
        found += [record.value async for record in stored(settings, task.decisions, partition)]
    assert None not in found, "decisions are never taken back"
    return [value for value in found if value is not None]


async def of_ours(task: Task) -> Regions:
    settings = Settings(kafka_bootstrap=task.bootstrap)
    found: Regions = {}
    for partition in task.ends:
        records = await newest_by_key(settings, Topic.SNAPSHOTS, partition)
        found |= {each[0].region: each[1] for each in snapshots.unpack(records) if each is not None}
    return found


async def of_faust(task: Task) -> Regions:
    """The changelog of its table."""
    records = await _changelog(task, f"{task.group}-regions-changelog")
    return {key.decode(): unpack(value) for key, value in records.items()}


async def of_quix(task: Task) -> Regions:
    """The changelog of its state."""
    return from_quix(await _changelog(task, f"changelog__{task.group}--{task.log}--default"))


def from_quix(changelog: dict[bytes, bytes]) -> Regions:
    """Per message key there is the region as it was, and a ring of the events since.

    A key there is the message's key, a separator, and the key within the state, each of the two as JSON.
    """
    job, rings = Job(), defaultdict[str, list[bytes]](list)
    for key, value in changelog.items():
        name, within = map(json.loads, key.split(b"|"))
        if within == REGION:
            job.regions[name] = unpack(value)
        else:
            rings[name].append(value)
    for events in rings.values():
        fold(job, events)
    return job.regions


async def of_bytewax(task: Task) -> Regions:
    """The newest snapshot of each key in the SQLite files of its recovery store."""
    found: Regions = {}
    for file in sorted(task.state.glob("part-*.sqlite3")):
        for name, data in _newest_snapshots(file):
            found[name] = unpack(data)
    return found


def _newest_snapshots(file: Path) -> list[tuple[str, bytes]]:
    query = """SELECT state_key, ser_change FROM snaps WHERE step_id LIKE '%.coordinate%'
               AND ser_change IS NOT NULL ORDER BY snap_epoch"""
    with closing(sqlite3.connect(file)) as store:
        newest = dict(store.execute(query).fetchall())
    return [(name, pickle.loads(data)) for name, data in newest.items()]  # noqa: S301  our own state, from our own disk


async def _changelog(task: Task, topic: str) -> dict[bytes, bytes]:
    settings = Settings(kafka_bootstrap=task.bootstrap)
    found: dict[bytes, bytes] = {}
    for partition in task.ends:
        found |= await newest_by_key(settings, topic, partition)
    return found
