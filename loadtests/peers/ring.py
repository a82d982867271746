"""State of one key as small records: the region as it was now and then, and each event since, in a ring.

For a runtime that makes whatever was written durable, at moments of its own.
"""

import struct
from typing import Final, Protocol

from loadtests.peers.job import Job, unpack

#: Events of a region between two times that all of it is saved.
RING: Final = 2000
REGION: Final = "region"
_AT: Final = struct.Struct("<qq")


class State(Protocol):
    """What a runtime keeps for the key in hand."""

    def get_bytes(self, key: str, /) -> bytes | None: ...

    def set_bytes(self, key: str, value: bytes, /) -> None: ...


class Ring:
    def __init__(self, job: Job) -> None:
        self._job = job
        self._counts: dict[str, int] = {}

    def step(self, state: State, key: str, value: bytes, *, offset: int, at: int) -> list[bytes]:
        """As `Job.step`, and durable when `state` is. `key` names the region."""
        if key not in self._counts:
            self._restore(state, key)
        _, decided = self._job.step(value, offset=offset, at=at)
        place = self._counts[key] % RING
        state.set_bytes(str(place), _AT.pack(offset, at) + value)
        self._counts[key] += 1
        if place == RING - 1:
            state.set_bytes(REGION, self._job.packed(key))
        return decided

    def _restore(self, state: State, key: str) -> None:
        """At the first event of a key in this process; nothing is there when it is the first of all."""
        saved = state.get_bytes(REGION)
        if saved is not None:
            self._job.regions[key] = unpack(saved)
        events = [found for place in range(RING) if (found := state.get_bytes(str(place))) is not None]
        fold(self._job, events)
        newest = max(range(len(events)), key=lambda place: _AT.unpack_from(events[place]), default=-1)
        self._counts[key] = newest + 1


def fold(job: Job, events: list[bytes]) -> None:
    """Events of a ring, in the order of the log; what the region includes already changes nothing."""
    for offset, at, value in sorted((*_AT.unpack_from(event), event[_AT.size :]) for event in events):
        job.step(value, offset=offset, at=at)
