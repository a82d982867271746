"""The ids of events that are said here: `portal.<who and key>-<what>`, two digests.

The first follows from who says it and his Idempotency-Key, the second from what he says. So an id tells by itself
whether the same was said before with this key, or something else; it survives us, since the log keeps it.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple

from pydantic_core import to_json

PREFIX: Final = "portal."


class Name(NamedTuple):
    """Of one event: `key` for who and with which key, `said` for what."""

    key: str
    said: str

    @property
    def prefix(self) -> str:
        """What all ids with this key begin with."""
        return f"{PREFIX}{self.key}-"

    @property
    def id(self) -> str:
        return self.prefix + self.said


def name_of(subject: str, region: str, key: str, said: Mapping[str, Any]) -> Name:
    """`said` is everything that distinguishes one command from another: what is done, to what, and how."""
    who = sha256(b"\0".join(part.encode() for part in (subject, region, key))).hexdigest()[:24]
    return Name(who, sha256(to_json(dict(sorted(said.items())))).hexdigest()[:12])


def key_of(event_id: str) -> str | None:
    """Of an event that was said here; None for others'."""
    return event_id.removeprefix(PREFIX).partition("-")[0] if event_id.startswith(PREFIX) else None
