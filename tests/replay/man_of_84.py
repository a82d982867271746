"""The man of 84: what one region says in the night that the design begins with.

He falls at 23:40, is not ill enough for a hospital, and cannot stay home. The ELV house admits by day, the respite
place is full, the SEH is on a stop. A second caller wants the same no-label bed; it goes to one of them.
"""

from datetime import UTC, datetime, timedelta

from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.testing.builders import (
    Script,
    accepted,
    admitted,
    adopted,
    agreements,
    called,
    capacity,
    closed,
    declined,
    handed_over,
    labelled,
    lifted,
    profile,
    registered,
    request,
    stop,
    triaged,
    unit,
)
from spoedplein_schemas.decisions import PlacementOffered
from spoedplein_schemas.hap import ContactOutcome
from spoedplein_schemas.placement import DeclineReason
from spoedplein_schemas.vocabulary import CareType, Frozen

ELV, RESPIJT, NO_LABEL, SEH = CareType.ELV_HOOG, CareType.RESPIJT, CareType.ONGELABELD, CareType.SEH
#: 23:40 in Schiedam, on a Saturday in January.
FALL = datetime(2026, 1, 10, 22, 40, tzinfo=UTC)
UNITS = (
    unit("elv-frankeland", ELV, windows=[{"from": "08:00", "until": "20:00"}]),
    unit("logeerhuis-west", RESPIJT),
    unit("bed-spoedplein", NO_LABEL, site="schiedam", validity_minutes=600),
    unit("seh-schiedam", SEH, site="schiedam"),
)


class Night:
    """What is said, and a core that hears it: an answer names the offer that was made."""

    def __init__(self) -> None:
        self.script = Script(start=FALL - timedelta(hours=2))
        self._core = Region.empty(self.script.region)
        self._offers: dict[str, str] = {}

    @property
    def now(self) -> datetime:
        return self.script.now

    def says(self, data: Frozen, *, minutes: int = 0) -> None:
        """Something that is so now is heard `minutes` later."""
        self.script.passes(minutes=minutes)
        self._hears(self.script.says(data))

    def offer(self, name: str) -> str:
        return self._offers[name]

    def quiet_until(self, moment: datetime) -> None:
        """Nobody speaks; the clock does, whenever something is due."""
        while (due := self._core.next_due_ms()) is not None and due <= round(moment.timestamp() * 1000):
            wait = due / 1000 - self.script.now.timestamp()
            self._hears(self.script.ticks(seconds=max(1, round(wait + 0.5))))
        self.script.now = max(moment, self.script.now)

    def _hears(self, record: Record) -> None:
        for made in self._core.step(record):
            if isinstance(made.data, PlacementOffered):
                self._offers[made.data.request] = made.data.offer


def told() -> list[Record]:
    """The log of that night, up to the afternoon after it."""
    night = Night()
    night.says(adopted(agreements(*UNITS), night.now))
    night.says(capacity("elv-frankeland", 2, night.now))
    night.says(capacity("logeerhuis-west", 0, night.now), minutes=5)
    night.says(capacity("bed-spoedplein", 1, night.now), minutes=40)
    night.says(stop("seh-schiedam", night.now), minutes=20)
    night.quiet_until(FALL)
    # His neighbour calls the post at 23:40; the nurse who sees him says that he cannot stay.
    night.says(registered("c-84", night.now))
    night.says(triaged("c-84", "U3", night.now), minutes=4)
    night.says(called("c-84", night.now), minutes=35)
    night.says(closed("c-84", night.now, ContactOutcome.REFERRED_OTHER), minutes=20)
    night.says(request("r-84", profile(ELV, RESPIJT, NO_LABEL, sex="male"), night.now), minutes=2)
    # Another post asks for the same bed five minutes later, for somebody who is worse off.
    night.says(request("r-other", profile(NO_LABEL, code="U2"), night.now), minutes=5)
    night.says(accepted("r-84", night.offer("r-84"), night.now), minutes=4)
    night.says(lifted("seh-schiedam", night.now), minutes=10)
    night.says(admitted("r-84", "bed-spoedplein", night.now), minutes=25)
    night.quiet_until(FALL + timedelta(hours=9))
    # Morning: regie of the other one passes on, the label of the man of 84 is known, the bed is counted again; the
    # house finds the other one too complex for it, and the search goes on.
    night.says(capacity("elv-frankeland", 2, night.now))
    night.says(handed_over("r-other", "transferpunt-schiedam", night.now), minutes=15)
    night.says(labelled("r-84", "bed-spoedplein", ELV, night.now), minutes=60)
    night.says(capacity("bed-spoedplein", 1, night.now), minutes=30)
    night.says(declined("r-other", night.offer("r-other"), night.now, DeclineReason.CARE_TOO_COMPLEX), minutes=12)
    night.quiet_until(FALL + timedelta(hours=14))
    return night.script.records
