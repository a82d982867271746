"""Publishing a file of events onto the source topics, in their order, at a speed of one's choice."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import click
from pydantic import ValidationError
from rich.progress import Progress

from spoedplein.domain.agreements import adopted
from spoedplein.domain.errors import SpoedpleinError
from spoedplein.domain.log import read_log
from spoedplein.settings import Settings
from spoedplein.workers.output import Outbox, Outgoing
from spoedplein.workers.topics import partition_of
from spoedplein_schemas import EVENT, Event, encoded, event_class, kind_of
from spoedplein_schemas.agreements import Agreements, AgreementsAdopted
from spoedplein_schemas.vocabulary import SOURCE_TOPICS, Actor, Role, Topic, millis

ADOPTION_SOURCE = "urn:nld:spoedplein:agreements"
#: Events at most so far apart in wall time travel in one batch.
TOGETHER_SECONDS = 0.05
BATCH_MAX = 2000


class PublishingFileError(SpoedpleinError):
    """A line of the file is not an event; the message names the line."""


async def publish_file(settings: Settings, file: Path, *, speed: float | None, form: Literal["events", "log"]) -> int:
    """Publish every event of the file; `speed` keeps their distances, divided by it. Returns how many.

    What only the log itself holds (adopted agreements, ticks of the clock) has no source and is passed over.
    """
    events = [event for event in _read(file, form=form) if kind_of(type(event.data)).topic in SOURCE_TOPICS]
    count = 0
    with Progress(transient=True) as progress:
        bar = progress.add_task("publishing", total=len(events))
        async with Outbox(settings) as outbox:
            for wait, group in _groups(events, speed=speed):
                await asyncio.sleep(wait)
                count += await publish_events(outbox, settings, group)
                progress.update(bar, completed=count)
    return count


async def publish_events(outbox: Outbox, settings: Settings, events: Iterable[Event]) -> int:
    """Send to each event's own source topic, at its region's partition, in order."""
    by_place: dict[tuple[Topic, int], list[Outgoing]] = {}
    for event in events:
        topic = kind_of(type(event.data)).topic
        # Adopted agreements have no source: they go straight to the log, as an operator's act.
        assert topic in SOURCE_TOPICS or topic is Topic.LOG, "an event goes to a source topic or the log"
        place = (topic, partition_of(event.region, settings))
        value = encoded(event)
        by_place.setdefault(place, []).append(Outgoing(event.region.encode(), value, millis(event.time)))
    for (topic, partition), records in by_place.items():
        await outbox.send(topic, partition, records)
    return sum(len(records) for records in by_place.values())


async def adopt(outbox: Outbox, settings: Settings, agreements: Agreements, *, now_ms: int, older: bool = False) -> str:
    """Put a region's agreements in force, straight on its log: an operator's act, not a source's. Answers its id."""
    by = Actor(role=Role.COORDINATOR, organisation=agreements.owner)
    data = adopted(agreements, at_ms=now_ms, by=by, older=older)
    event = event_class(AgreementsAdopted)(
        id=f"adopted.{agreements.region}.{data.sha256[:16]}.{now_ms}",
        source=ADOPTION_SOURCE,
        time=data.adopted_at,
        region=agreements.region,
        data=data,
    )
    await publish_events(outbox, settings, [event])
    return event.id


def _read(file: Path, *, form: Literal["events", "log"]) -> list[Event]:
    with click.open_file(str(file), "rb") as source:
        lines = source.read().splitlines()
    if form == "log":
        return [record.event for record in read_log(lines)]
    events = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                events.append(EVENT.validate_json(line, strict=True))
            except ValidationError as error:
                first = error.errors()[0]
                place = ".".join(str(part) for part in first["loc"]) or "line"
                msg = f"{file}, line {number}, {place}: {first['msg']}. Expected one CloudEvent a line"
                raise PublishingFileError(msg) from error
    return events


def _groups(events: list[Event], *, speed: float | None) -> Iterable[tuple[float, list[Event]]]:
    """Pause in seconds, then the events that go together: from the first of a group to that of the next."""
    group: list[Event] = []
    wait, began = 0.0, None
    for event in events:
        gap = 0.0 if speed is None or began is None else max(0.0, (event.time - began).total_seconds() / speed)
        if group and (gap > TOGETHER_SECONDS or len(group) >= BATCH_MAX):
            yield wait, group
            wait, group = gap, []
        if not group:
            began = event.time if began is None else max(began, event.time)
        group.append(event)
    if group:
        yield wait, group
