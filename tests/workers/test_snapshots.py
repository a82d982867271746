"""Snapshots come back whole, or not at all."""

from datetime import timedelta

import pytest

from spoedplein.domain.errors import SnapshotError
from spoedplein.domain.region import Region
from spoedplein.testing import builders as say
from spoedplein.workers.output import Outgoing
from spoedplein.workers.snapshots import Head, pack, reach, reached, unpack

SMALL = 64


def _region(*cases: str) -> Region:
    script, region = say.Script(), Region.empty(say.REGION)
    for case in cases:
        script.says(say.triaged(case, "U3", script.now))
        script.passes(seconds=1)
    for record in script.records:
        region.step(record)
    return region


def _topic(*sent: list[Outgoing]) -> dict[bytes, bytes]:
    """What a compacted topic keeps of these records."""
    return {record.key: record.value for records in sent for record in records if record.value is not None}


def test_a_state_in_many_parts_comes_back_equal() -> None:
    region = _region(*(f"c-{number}" for number in range(50)))

    head, records = pack(region, previous=None, part_bytes=SMALL)
    [(found, restored)] = filter(None, unpack(_topic(records)))

    assert head.parts == len(records) - 1 > 5
    assert found == head
    assert restored.snapshot() == region.snapshot()


@pytest.mark.parametrize("kept", range(8))
def test_a_snapshot_broken_off_leaves_the_one_before_whole(kept: int) -> None:
    first, second = _region("c-1"), _region("c-1", "c-2", "c-3")
    head, whole = pack(first, previous=None, part_bytes=SMALL)
    _, broken = pack(second, previous=head, part_bytes=SMALL)
    kept = min(kept, len(broken) - 1)

    [(_, restored)] = filter(None, unpack(_topic(whole, broken[:kept])))

    assert restored.snapshot() == first.snapshot()


def test_slots_are_used_in_turn() -> None:
    heads: list[Head] = []
    for _ in range(3):
        head, _records = pack(_region("c-1"), previous=heads[-1] if heads else None, part_bytes=SMALL)
        heads.append(head)

    assert [head.slot for head in heads] == ["a", "b", "a"]


def test_parts_of_another_snapshot_are_noticed() -> None:
    _, records = pack(_region("c-1"), previous=None, part_bytes=SMALL)
    topic = _topic(records)
    del topic[records[0].key]

    with pytest.raises(SnapshotError, match="parts and head do not match"):
        list(unpack(topic))


def test_a_state_of_another_shape_is_refused() -> None:
    region = _region("c-1")
    region.state.version = snapshots_of_tomorrow = 999

    _, records = pack(region, previous=None, part_bytes=SMALL)

    with pytest.raises(SnapshotError, match=f"shape {snapshots_of_tomorrow}"):
        list(unpack(_topic(records)))


def test_records_carry_the_time_of_the_log() -> None:
    region = _region("c-1", "c-2")
    _, records = pack(region, previous=None, part_bytes=SMALL)

    assert {record.at for record in records} == {region.now}
    assert region.now == round((say.EVENING + timedelta(seconds=1)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("told", "stand", "lacks"),
    [
        pytest.param((), ("north", "south"), None, id="nothing was told"),
        pytest.param(("north", "south"), ("north", "south"), 9, id="all as told"),
        pytest.param(("north",), ("north", "south"), 9, id="a region that came after it"),
        pytest.param(("north", "south"), ("north", "older south"), 1, id="an older one stands"),
        pytest.param(("older south",), ("south",), 9, id="a newer one stands"),
        pytest.param(("north", "south"), ("north",), 0, id="one is gone"),
    ],
)
def test_from_where_on_snapshots_may_lack_the_log(
    told: tuple[str, ...], stand: tuple[str, ...], lacks: int | None
) -> None:
    heads = {
        name: Head(region=name.split()[-1], slot="a", parts=0, sha256="", offset=offset, bytes=0)
        for name, offset in (("north", 8), ("south", 4), ("older south", 0))
    }
    records = [Outgoing(heads[name].region.encode(), heads[name].model_dump_json().encode(), 0) for name in stand]
    if told:
        records.append(reach((heads[name] for name in told), next_offset=9, at=0))

    assert reached(_topic(records)) == lacks


def test_a_head_of_another_shape_makes_the_snapshots_unusable() -> None:
    _, records = pack(_region("c-1"), previous=None, part_bytes=SMALL)
    topic = _topic(records)
    topic[say.REGION.encode()] = topic[say.REGION.encode()].replace(b"{", b'{"of_tomorrow":1,', 1)

    with pytest.raises(SnapshotError, match="what a snapshot consists of"):
        list(unpack(topic))


def test_a_reach_that_cannot_be_read_makes_the_snapshots_unusable() -> None:
    with pytest.raises(SnapshotError, match="how far"):
        reached({b"/reach": b"spoilt"})
