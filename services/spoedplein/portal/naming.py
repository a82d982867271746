"""The ids of events that are said here: `portal.<who and key>-<what>-<who>`, three digests.

The first follows from who says it, for which organisation, and his Idempotency-Key; the second from what he says. So an
id tells by itself whether the same was said before with this key, or something else; and by the third, who may ask what
became of it. It survives us, since the log keeps it.

Digests are spelled in the letters a to p, of which nobody reads a number. They were hexadecimal once: ids of then mean
the same as those of now.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple

from pydantic_core import to_json

PREFIX: Final = "portal."
_LETTERS: Final = str.maketrans("0123456789", "ghijklmnop")
_HEXADECIMAL: Final = str.maketrans("ghijklmnop", "0123456789")


class Name(NamedTuple):
    """Of one event: `key` for who and with which key, `said` for what, `by` for who alone."""

    key: str
    said: str
    by: str

    @property
    def prefix(self) -> str:
        """What all ids with this key begin with."""
        return f"{PREFIX}{self.key}-"

    @property
    def id(self) -> str:
        return f"{self.prefix}{self.said}-{self.by}"

    def hexadecimal(self) -> "Name":
        """As it was spelled once."""
        return Name(*(each.translate(_HEXADECIMAL) for each in self))

    def spelled_as(self, event_id: str) -> "Name":
        """As the event with this id spells it, which has our key."""
        once = self.hexadecimal()
        return once if event_id.startswith(once.prefix) else self


def name_of(subject: str, organisation: str, region: str, *, key: str, said: Mapping[str, Any]) -> Name:
    """`said` is everything that distinguishes one command from another: what is done, to what, and how."""
    return Name(
        key=_digest([subject, organisation, region, key])[:24],
        said=_digest(dict(sorted(said.items())))[:12],
        by=_by(subject, organisation),
    )


def is_said_by(event_id: str, subject: str, organisation: str) -> bool:
    """Whether he said it here, for this organisation."""
    return event_id.startswith(PREFIX) and _spelled(event_id.rpartition("-")[2]) == _by(subject, organisation)


def _by(subject: str, organisation: str) -> str:
    return _digest([subject, organisation])[:12]


def _digest(told: object) -> str:
    return _spelled(sha256(to_json(told)).hexdigest())


def _spelled(digest: str) -> str:
    return digest.translate(_LETTERS)


def key_of(event_id: str) -> str | None:
    """Of an event that was said here, however it is spelled there; None for others'."""
    return _spelled(event_id.removeprefix(PREFIX).partition("-")[0]) if event_id.startswith(PREFIX) else None
