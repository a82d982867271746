"""The smallest English words: codes as prose, lengths of time, names of queues."""

from collections.abc import Sequence
from typing import Protocol

from spoedplein.wording import terms
from spoedplein_schemas.vocabulary import CareType, Urgency


class AtQueue(Protocol):
    """What happens at a queue."""

    @property
    def service(self) -> CareType: ...

    @property
    def site(self) -> str: ...


def plain(code: str) -> str:
    """A code is English: `care-too-complex` is `care too complex`."""
    return code.replace("-", " ")


def span(seconds: float) -> str:
    """A length of time, as short as can be: `12 min`, `3h07`, `2 d`."""
    return terms.span(seconds).replace("u", "h")


def urgency(assigned: Urgency) -> str:
    """The code as it was assigned."""
    return assigned.code


def some(names: Sequence[str]) -> str:
    """The first three by name, the others counted."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"


def where(data: AtQueue) -> str:
    return f"{data.service.upper()} {data.site}"
