"""Snapshots of regions on a compacted topic: parts first, then the head record that makes them whole.

Per region there are two slots, used in turn, so that a snapshot that was broken off never touches the last whole one.

    key `<region>/<slot>/<n>`   part n, compressed
    key `<region>`              head: slot, number of parts, checksum, and the log offset that the state includes
    key `/reach`                how far those of the partition go together, written after them

A worker that is frozen while it saves, and wakes when another has gone on, may write older snapshots over newer ones:
the reach tells.
"""

import asyncio
import zlib
from collections.abc import Iterable, Iterator
from hashlib import sha256
from operator import attrgetter

from pydantic import TypeAdapter, ValidationError

from spoedplein import garbage
from spoedplein.domain.errors import SnapshotError
from spoedplein.domain.region import Region
from spoedplein.workers.output import Outgoing
from spoedplein_schemas.vocabulary import Frozen

SLOTS = ("a", "b")


class Head(Frozen):
    """Names a whole snapshot. `offset` is the last log record that the state includes."""

    region: str
    slot: str
    parts: int
    sha256: str
    offset: int
    bytes: int


class Reach(Frozen):
    """Every record of the log below `next_offset` is in a snapshot. `offsets`: what each region's includes last."""

    next_offset: int
    offsets: dict[str, int]


_HEAD: TypeAdapter[Head] = TypeAdapter(Head)
_REACH: TypeAdapter[Reach] = TypeAdapter(Reach)
#: No region has an empty name.
_REACH_KEY = b"/reach"


def pack(region: Region, *, previous: Head | None, part_bytes: int) -> tuple[Head, list[Outgoing]]:
    """The records of a snapshot, head last; `previous` is the region's newest head."""
    state = region.snapshot()
    packed = zlib.compress(state, level=1)
    parts = [packed[start : start + part_bytes] for start in range(0, len(packed), part_bytes)]
    slot = SLOTS[1] if previous is not None and previous.slot == SLOTS[0] else SLOTS[0]
    head = Head(
        region=region.name,
        slot=slot,
        parts=len(parts),
        sha256=sha256(packed).hexdigest(),
        offset=region.offset,
        bytes=len(state),
    )
    at = region.now
    records = [Outgoing(_part_key(head, number), part, at) for number, part in enumerate(parts)]
    return head, [*records, Outgoing(region.name.encode(), head.model_dump_json().encode(), at)]


def unpack(records: dict[bytes, bytes]) -> Iterator[tuple[Head, Region] | None]:
    """One region after the other of a snapshot partition, from its newest records by key. Raises `SnapshotError`.

    Nothing after each piece of one.
    """
    for head in _heads(records):
        for region in Region.restoring(_state(head, records)):
            yield None if region is None else (head, region)


async def unpack_all(records: dict[bytes, bytes]) -> dict[str, tuple[Head, Region]]:
    """Every region of a snapshot partition; others have a turn after each piece. Raises `SnapshotError`."""
    whole: dict[str, tuple[Head, Region]] = {}
    with garbage.not_looked_for():
        for found in unpack(records):
            if found is not None:
                whole[found[0].region] = found
            await asyncio.sleep(0)
    return whole


def reach(heads: Iterable[Head], *, next_offset: int, at: int) -> Outgoing:
    """To be written behind the snapshots that `heads` name, when nothing below `next_offset` is in none of them."""
    told = Reach(next_offset=next_offset, offsets={head.region: head.offset for head in heads})
    return Outgoing(_REACH_KEY, told.model_dump_json().encode(), at)


def reached(records: dict[bytes, bytes]) -> int | None:
    """The first log offset that snapshots as they stand may lack; `None` when nothing tells. Raises `SnapshotError`."""
    value = records.get(_REACH_KEY)
    if value is None:
        return None
    try:
        told = _REACH.validate_json(value)
    except ValidationError as error:
        msg = f"how far the snapshots go cannot be read: {error.errors()[0]['msg']}"
        raise SnapshotError(msg) from error
    stand = {head.region: head.offset for head in _heads(records)}
    older = [stand.get(name, -1) for name, offset in told.offsets.items() if stand.get(name, -1) < offset]
    return min([told.next_offset, *(offset + 1 for offset in older)])


def _heads(records: dict[bytes, bytes]) -> list[Head]:
    try:
        found = [_HEAD.validate_json(value) for key, value in records.items() if b"/" not in key]
    except ValidationError as error:
        msg = f"what a snapshot consists of cannot be read: {error.errors()[0]['msg']}"
        raise SnapshotError(msg) from error
    return sorted(found, key=attrgetter("region"))


def _state(head: Head, records: dict[bytes, bytes]) -> bytes:
    packed = b"".join(records.get(_part_key(head, number), b"") for number in range(head.parts))
    if sha256(packed).hexdigest() != head.sha256:
        msg = f"snapshot of {head.region} at offset {head.offset}: parts and head do not match"
        raise SnapshotError(msg)
    return zlib.decompress(packed)


def _part_key(head: Head, number: int) -> bytes:
    return f"{head.region}/{head.slot}/{number}".encode()
