"""What a coordination worker keeps from one assignment to the next: the topics are lists here, and the clock stands."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field

import pytest
from faust.types import TP

from spoedplein.clock import SystemClock
from spoedplein.settings import Settings
from spoedplein.telemetry.metrics import Metrics
from spoedplein.testing import builders as say
from spoedplein.workers import coordination
from spoedplein.workers.coordination import Coordination
from spoedplein.workers.output import Outgoing
from spoedplein.workers.transport import Batch
from spoedplein_schemas import encoded
from spoedplein_schemas.vocabulary import Topic

PLACE = TP(Topic.LOG, 0)
PLACES = frozenset({PLACE})


@dataclass(frozen=True, slots=True)
class Stored:
    """A record of the log as a handler gets it."""

    offset: int
    timestamp: int
    value: bytes
    topic: str = Topic.LOG
    partition: int = 0
    key: bytes = say.REGION.encode()
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass
class Topics:
    """One partition of each topic, as an outbox writes it and as reading finds it."""

    written: dict[str, list[Outgoing]] = field(default_factory=lambda: defaultdict(list))
    restored: int = 0

    async def send(self, topic: str, _partition: int, records: Iterable[Outgoing]) -> int | None:
        before = len(self.written[topic])
        self.written[topic] += records
        after = len(self.written[topic])
        return after if after > before else None

    async def newest_by_key(self, _settings: Settings, topic: str, _partition: int) -> dict[bytes, bytes]:
        self.restored += 1
        return {each.key: each.value for each in self.written[topic] if each.value is not None}

    async def last_value(self, _settings: Settings, topic: str, _partition: int) -> bytes | None:
        return self.written[topic][-1].value if self.written[topic] else None

    async def stored(self, *_: object) -> AsyncIterator[Stored]:
        """Nothing stands on the log before what the test hands over."""
        for record in list[Stored]():
            yield record

    async def end_of(self, _settings: Settings, topic: str, _partition: int) -> int:
        return len(self.written[topic])

    def cases(self) -> list[str]:
        """Who was told to wait, in the order in which it was told."""
        told = (each.value or b"" for each in self.written[Topic.DECISIONS])
        return [case for line in told for case in ("c-1", "c-2", "c-3") if f'"case":"{case}"'.encode() in line]


@pytest.fixture
def topics(monkeypatch: pytest.MonkeyPatch) -> Topics:
    topics = Topics()
    for name in ("newest_by_key", "last_value", "end_of", "stored"):
        monkeypatch.setattr(coordination, name, getattr(topics, name))
    monkeypatch.setattr(coordination, "acknowledge", lambda *_: None)
    monkeypatch.setattr(coordination, "observe_batch", lambda *_: 0)
    return topics


@pytest.fixture
def worker(topics: Topics) -> Callable[[], Coordination]:
    def new() -> Coordination:
        return Coordination(None, Settings(), clock=SystemClock(), metrics=Metrics(), outbox=topics)  # type: ignore[arg-type]

    return new


def _batch(first: int, *cases: str) -> Batch:
    script = say.Script()
    for case in cases:
        script.says(say.triaged(case, "U3", script.now))
        script.passes(seconds=1)
    return Batch(
        PLACE, [Stored(first + number, said.at, encoded(said.event)) for number, said in enumerate(script.records)]
    )


async def test_what_comes_back_at_once_is_as_it_was_left(topics: Topics, worker: Callable[[], Coordination]) -> None:
    one = worker()
    await one.take_over(PLACES)
    await one.handle(_batch(0, "c-1"))
    region = one.partitions[PLACE].regions[say.REGION]

    await one.hand_over(PLACES)
    await one.take_over(PLACES)
    await one.handle(_batch(1, "c-2"))

    assert one.partitions[PLACE].regions[say.REGION] is region
    assert topics.restored == 1
    assert topics.cases() == ["c-1", "c-2"]


async def test_after_another_owner_it_comes_from_his_snapshot(
    topics: Topics, worker: Callable[[], Coordination]
) -> None:
    one, other = worker(), worker()
    await one.take_over(PLACES)
    await one.handle(_batch(0, "c-1"))
    await one.hand_over(PLACES)
    await other.take_over(PLACES)
    await other.handle(_batch(1, "c-2"))
    await other.hand_over(PLACES)

    await one.take_over(PLACES)
    await one.handle(_batch(2, "c-3"))

    assert one.partitions[PLACE].regions[say.REGION].offset == 2
    assert topics.restored == 3
    assert topics.cases() == ["c-1", "c-2", "c-3"]


async def test_what_another_decided_and_did_not_save_is_not_decided_again(
    topics: Topics, worker: Callable[[], Coordination]
) -> None:
    one, other = worker(), worker()
    await one.take_over(PLACES)
    await one.handle(_batch(0, "c-1"))
    await one.hand_over(PLACES)
    await other.take_over(PLACES)
    await other.handle(_batch(1, "c-2"))

    await one.take_over(PLACES)
    await one.handle(_batch(1, "c-2", "c-3"))

    assert topics.restored == 2, "nobody saved anything since"
    assert topics.cases() == ["c-1", "c-2", "c-3"]


async def test_a_state_that_ran_ahead_of_what_was_sent_is_not_kept(
    topics: Topics, worker: Callable[[], Coordination]
) -> None:
    one = worker()
    await one.take_over(PLACES)
    await one.handle(_batch(0, "c-1"))
    one.partitions[PLACE].settled = False

    await one.hand_over(PLACES)
    await one.take_over(PLACES)

    assert topics.restored == 2
