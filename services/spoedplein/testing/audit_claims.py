"""What the log says of one unit, and what requests hold of it: the auditor's plain notes."""

from dataclasses import dataclass
from datetime import datetime

from spoedplein_schemas.vocabulary import UnitStatus


@dataclass(slots=True)
class House:
    """What the log says of one unit. `counted_at` is when `free` was counted, `stands_at` when it was last confirmed.

    `answered_at` is the newest word that the figure stands, which may come before the figure. A source whose clock is
    ahead is believed up to the moment at which it was first heard.

    Once he is in it, an admitted patient is part of the figure: by a report of after, or by name.
    """

    free: int = 0
    counted_at: datetime | None = None
    stands_at: datetime | None = None
    heard_at: datetime | None = None
    answered_at: datetime | None = None
    includes: tuple[str, ...] = ()
    status: UnitStatus = UnitStatus.OPEN
    status_at: datetime | None = None
    until: datetime | None = None

    def stands(self, said_at: datetime, now: datetime) -> None:
        """The figure was true at `said_at`, as far as `now` goes."""
        at = min(said_at, now)
        self.stands_at = at if self.stands_at is None else max(at, self.stands_at)


@dataclass(slots=True)
class Claim:
    unit: str
    offer: str
    kind: str
    admitted_at: datetime | None = None
    beyond_free: bool = False
    #: Of a visit: when it was promised.
    promised_at: datetime | None = None


def absorbed(request: str, claim: Claim, house: House) -> bool:
    if request in house.includes:
        return True
    return claim.admitted_at is not None and house.stands_at is not None and house.stands_at >= claim.admitted_at
