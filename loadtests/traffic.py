"""Publishes at a steady rate, whatever the system makes of it, and sees when each message was answered. A process.

Message k is to be published k / rate seconds after the beginning; its latency runs from that moment. People answer
offers meanwhile. At the end markers show when all that was published has been decided.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import uvloop

from loadtests import bare, people, rig
from loadtests.meter import Spec
from loadtests.onlooker import CAUSE, ITSELF, Latency, Onlooker, latency
from loadtests.posting import Markers, Posts, as_said, new_producer
from loadtests.supply import Said
from spoedplein.domain.turn import moment
from spoedplein.settings import Settings
from spoedplein_schemas.vocabulary import Topic

#: How long all that was published may take to be decided.
DECIDED_SECONDS_MAX: Final = 300.0
#: People answer, and what is decided upon that is answered again; an offer is declined so often at most.
ROUNDS_MAX: Final = 20


class Leg(Spec):
    """So many messages at so many a second; without a rate all at once, before anybody reads them."""

    count: int
    rate: float | None


class Traffic(Spec):
    """One leg after the other, each when all before it has been decided. `bare`: the loop is to answer.

    `ready` is made when this process sees what comes, and has published a leg without a rate.
    """

    settings: dict[str, object]
    messages: Path
    legs: tuple[Leg, ...]
    ready: Path
    bare: bool = False


class Seen(Spec):
    """Of one leg. `decided_at` by `time.monotonic`, which all processes of a machine share."""

    published: int
    #: Messages from which something followed.
    answered: int
    outputs: int
    #: How late the publisher itself was: it must not be what is measured.
    late: Latency
    latency: Latency
    decided_at: float
    #: From the last message to the last decision on what had been published.
    backlog_seconds: float


class AllSeen(Spec):
    legs: tuple[Seen, ...]
    #: What people said to what was decided.
    reactions: int


def write_messages(said: Iterable[Said], file: Path) -> int:
    """For `Traffic.messages`; returns how many."""
    count = 0
    with file.open("w", encoding="utf-8") as lines:
        for each in said:
            row = (each.topic, each.partition, each.key.decode(), each.id, each.value.decode())
            lines.write(json.dumps(row) + "\n")
            count += 1
    return count


async def run(spec: Traffic) -> AllSeen:
    settings = Settings.model_validate(spec.settings)
    crowd, markers = _Crowd(settings), Markers(settings)
    topic, cause = (bare.OUTPUT, ITSELF) if spec.bare else (Topic.DECISIONS, CAUSE)
    seen: list[Seen] = []
    async with new_producer(settings) as producer, Onlooker(settings.kafka_bootstrap, topic, cause) as onlooker:
        posts = Posts(producer)
        if not spec.bare:
            onlooker.hears = lambda _cause, value: crowd.hears(value, posts)
        messages = _read(spec.messages)
        for number, leg in enumerate(spec.legs):
            passing = list(islice(messages, leg.count))
            ends = passing if spec.bare else markers.said(f"leg-{number}")
            onlooker.look_for(each.id for each in ends)
            seen.append(await _travel(leg, passing, [] if spec.bare else ends, _Road(posts, onlooker, spec.ready)))
            if not spec.bare:
                await _settle(crowd, partial(_settling, markers, number), posts, onlooker)
    return AllSeen(legs=tuple(seen), reactions=crowd.said)


def _settling(markers: Markers, leg: int, number: int) -> list[Said]:
    return markers.said(f"settle-{leg}-{number}")


class _Road(NamedTuple):
    posts: Posts
    onlooker: Onlooker
    ready: Path


async def _travel(leg: Leg, messages: list[Said], ends: list[Said], road: _Road) -> Seen:
    before = road.onlooker.count
    if leg.rate is None:
        road.posts.put([*messages, *ends])
        await road.posts.sent()
        road.ready.touch()
        late = []
    else:
        road.ready.touch()
        late = await _publish(messages, leg.rate, road.posts, road.onlooker)
        road.posts.put(ends)
    published_at = time.monotonic()
    decided_at = await road.onlooker.all_here(seconds_max=DECIDED_SECONDS_MAX)
    found = road.onlooker.take()
    return Seen(
        published=len(messages),
        answered=len(found),
        outputs=road.onlooker.count - before,
        late=latency(late),
        latency=latency(found),
        decided_at=decided_at,
        backlog_seconds=max(0.0, decided_at - published_at),
    )


async def _publish(messages: list[Said], rate: float, posts: Posts, onlooker: Onlooker) -> list[float]:
    """Every message at its moment; those of one millisecond together. Returns by how many seconds each was late."""
    began, late = time.monotonic() + 0.1, []
    done = 0
    while done < len(messages):
        now = time.monotonic()
        due = min(len(messages), int((now - began) * rate) + 1) if now >= began else 0
        for number in range(done, due):
            onlooker.expect(messages[number].id, began + number / rate)
            late.append(now - began - number / rate)
        posts.put(messages[done:due])
        done = max(done, due)
        await asyncio.sleep(max(0.001, began + done / rate - time.monotonic()))
    return late


async def _settle(crowd: "_Crowd", markers: Callable[[int], list[Said]], posts: Posts, onlooker: Onlooker) -> None:
    """Until nobody has anything to answer any more."""
    for number in range(ROUNDS_MAX):
        said, ends = crowd.said, markers(number)
        onlooker.look_for(each.id for each in ends)
        posts.put(ends)
        await onlooker.all_here(seconds_max=DECIDED_SECONDS_MAX)
        onlooker.take()
        if crowd.said == said:
            return


class _Crowd:
    """People who react, in the time of the region's log."""

    def __init__(self, settings: Settings) -> None:
        self._clock = settings.clock()
        self._regions = settings.regions
        self.said = 0

    def hears(self, value: bytes, posts: Posts) -> None:
        answers = [as_said(event, self._regions) for event in people.answers(value, moment(self._clock.now_ms()))]
        self.said += len(answers)
        posts.put(answers)


def _read(file: Path) -> Iterator[Said]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            topic, partition, key, name, value = json.loads(line)
            yield Said(topic, partition, key.encode(), name, value.encode(), 0)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(runner.run(run(Traffic(**rig.told(sys.argv)))).model_dump_json())
