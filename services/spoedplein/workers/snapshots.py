"""Snapshots of regions on a compacted topic: parts first, then the head record that makes them whole.

Per region there are two slots, used in turn, so that a snapshot that was broken off never touches the last whole one.

    key `<region>/<slot>/<n>`   part n, compressed
    key `<region>`              head: slot, number of parts, checksum, and the log offset that the state includes
"""

import zlib
from hashlib import sha256

from pydantic import TypeAdapter

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


_HEAD: TypeAdapter[Head] = TypeAdapter(Head)


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


def unpack(records: dict[bytes, bytes]) -> dict[str, tuple[Head, Region]]:
    """Every region of a snapshot partition, from its newest records by key. Raises `SnapshotError`."""
    heads = [_HEAD.validate_json(value) for key, value in records.items() if b"/" not in key]
    return {head.region: (head, _restore(head, records)) for head in sorted(heads, key=lambda head: head.region)}


def _restore(head: Head, records: dict[bytes, bytes]) -> Region:
    packed = b"".join(records.get(_part_key(head, number), b"") for number in range(head.parts))
    if sha256(packed).hexdigest() != head.sha256:
        msg = f"snapshot of {head.region} at offset {head.offset}: parts and head do not match"
        raise SnapshotError(msg)
    return Region.restore(zlib.decompress(packed))


def _part_key(head: Head, number: int) -> bytes:
    return f"{head.region}/{head.slot}/{number}".encode()
