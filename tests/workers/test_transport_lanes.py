"""The bookkeeping of one partition, without Kafka: what may be committed never passes what is not done."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import faust
import pytest
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from spoedplein.workers.transport import Batch
from spoedplein.workers.transport.lanes import Lane, Lanes, LaneTopic

TP0 = TP("log", 0)


@dataclass(frozen=True)
class Stored:
    offset: int
    topic: str = "log"
    partition: int = 0
    timestamp: int = 0
    key: bytes | None = None
    value: bytes | None = None
    headers: list[tuple[str, bytes]] = field(default_factory=list)


async def handle(batch: Batch) -> None:
    raise AssertionError(f"not run here: {batch}")


def lane() -> Lane:
    return Lane(TP0, LaneTopic(handle, "manual"))


def records(*offsets: int) -> list[Stored]:
    return [Stored(offset) for offset in offsets]


def test_a_batch_names_its_offsets() -> None:
    batch = Batch(TP0, records(3, 4, 9))

    assert (batch.first_offset, batch.last_offset, batch.next_offset) == (3, 9, 10)
    assert str(batch) == "log/0 offsets 3-9"


def test_what_is_parked_or_in_hand_holds_the_commit_back() -> None:
    one = lane()
    one.park(records(0, 1), 2)
    assert one.committable == 0
    one.take()
    assert one.committable == 0
    one.acknowledge(1)
    assert one.committable == 1
    one.acknowledge(2)
    assert one.committable == 2


def test_offsets_without_records_at_the_end_are_committable_once_all_is_acknowledged() -> None:
    one = lane()
    one.park(records(0, 1), 3)
    one.take()
    one.acknowledge(2)
    assert one.committable == 3
    one.park([], 7)
    assert one.committable == 7


def test_what_was_delivered_is_left_out_when_it_is_fetched_again() -> None:
    one = lane()
    one.park(records(0, 1), 2)
    one.take()
    one.park(records(0, 1, 2, 3), 4)

    assert one.take().records == records(2, 3)


def test_fetching_again_all_that_was_delivered_parks_nothing_and_takes_nothing_back() -> None:
    one = lane()
    one.park(records(0, 1, 2), 3)
    one.take()
    one.acknowledge(3)
    one.park(records(0, 1), 2)

    assert one.parked is None
    assert one.committable == 3


def test_acknowledging_beyond_what_was_delivered_is_an_error() -> None:
    one = lane()
    one.park(records(0, 1), 2)
    one.take()

    with pytest.raises(ValueError, match="log/0: cannot acknowledge up to 3, only offsets below 2 were delivered"):
        one.acknowledge(3)


def test_two_fetches_without_a_delivery_between_them_are_a_broken_promise() -> None:
    one = lane()
    one.park(records(0), 1)

    with pytest.raises(RuntimeError, match="log/0 offsets 0-0 is not handed out yet"):
        one.park(records(1), 2)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["fetch", "empty", "seek back", "take", "acknowledge"]), st.integers(min_value=1, max_value=6)
    ),
    max_size=40,
)


@given(gaps=st.sets(st.integers(min_value=0, max_value=60)), steps=STEPS)
def test_the_commit_never_passes_a_record_that_is_not_acknowledged(
    gaps: set[int], steps: list[tuple[str, int]]
) -> None:
    """A log of 60 offsets, some without records, read by a fetcher that is set back now and then."""
    one = lane()
    log = [offset for offset in range(60) if offset not in gaps]
    position = delivered = acknowledged = last = 0
    taken: list[int] = []
    for step, size in steps:
        if step == "seek back":
            position = one.committable
        elif step in {"fetch", "empty"} and one.parked is None:
            end = min(60, position + size)
            one.park(records(*(offset for offset in log if position <= offset < end)), end)
            position = end
        elif step == "take" and one.parked is not None:
            batch = one.take()
            taken += [record.offset for record in batch.records]
            delivered = batch.next_offset
        elif step == "acknowledge":
            acknowledged = max(acknowledged, min(delivered, acknowledged + size))
            one.acknowledge(acknowledged)
        waiting = [offset for offset in log if offset >= acknowledged]
        assert one.committable <= min(waiting, default=60)
        assert one.committable >= last
        last = one.committable
    assert taken == [offset for offset in log if offset < delivered], "each once, in order, none left out"


async def test_what_is_closed_before_it_has_its_turn_is_not_handed_out(tmp_path: Path) -> None:
    handled: list[Batch] = []

    async def note(batch: Batch) -> None:
        handled.append(batch)

    lanes = Lanes(faust.App("ward", datadir=tmp_path))
    lanes.topics["log"] = LaneTopic(note, "handled", together=True)
    lanes.assign([TP0])
    lanes.open()
    await lanes.changed.wait()
    one = lanes.all()[0]
    one.park(records(0, 1), 2)

    turn = asyncio.ensure_future(lanes.deliver(one))
    await lanes.close(orderly=True)
    await turn

    assert handled == []
    assert one.committable == 0


async def test_who_gets_no_partition_is_told_so(tmp_path: Path) -> None:
    told: list[frozenset[TP]] = []

    async def note(tps: frozenset[TP]) -> None:
        told.append(tps)

    lanes = Lanes(faust.App("ward", datadir=tmp_path))
    lanes.assigned_callbacks.append(note)
    lanes.assign([])
    lanes.open()
    await lanes.changed.wait()

    assert told == [frozenset()]
