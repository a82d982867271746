"""Recounts what each unit says of itself: open, warning, stop or closed, until when. Every change of it is told (I9).

Of all words about a status the newest counts, of the same moment the most careful, and of those the longest.
"""

from dataclasses import dataclass, field
from math import inf
from typing import Final, NamedTuple

from spoedplein.domain.log import Record
from spoedplein.testing.audit_rules import Findings, rule_of
from spoedplein_schemas import Decision, capacity, hap, seh
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.decisions import UnitStatusChanged
from spoedplein_schemas.vocabulary import CareType, Frozen, Instant, UnitStatus, millis

MINUTE_MS: Final = 60_000
#: From the least careful to the most.
CAREFUL: Final = (UnitStatus.OPEN, UnitStatus.WARNING, UnitStatus.STOP, UnitStatus.CLOSED)
#: A stop of a unit that nobody agreed on, without an end.
STOP_MINUTES: Final = 240
_OF_A_POST: Final = {
    hap.ServiceLevel.OPEN: UnitStatus.OPEN,
    hap.ServiceLevel.BUSY: UnitStatus.WARNING,
    hap.ServiceLevel.CLOSED: UnitStatus.CLOSED,
}


class Word(NamedTuple):
    """At a moment of the source, and until when; milliseconds."""

    at: int
    status: UnitStatus
    until: int | None

    @property
    def newness(self) -> tuple[int, int, float]:
        ends = inf if self.until is None else self.until
        return self.at, CAREFUL.index(self.status), 0 if self.status is UnitStatus.OPEN else ends


@dataclass(slots=True)
class Statuses:
    """Of every unit the newest word; the first that is as new as any stays."""

    agreements: Agreements | None = None
    words: dict[str, Word] = field(default_factory=dict)

    def read(self, data: Frozen) -> None:
        """Notes what it says of a unit's status, if anything."""
        match data:
            case seh.StatusReported():
                unit = self.at_site(data.site, CareType.SEH)
                self._say(unit, data.status, data.observed_at, data.expected_end)
            case hap.ServiceStatusReported():
                self._say(self.at_site(data.site, CareType.HAP), _OF_A_POST[data.level], data.observed_at)
            case capacity.UnitOpened() | capacity.StopLifted():
                self._say(data.unit, UnitStatus.OPEN, data.observed_at)
            case capacity.UnitClosed():
                self._say(data.unit, UnitStatus.CLOSED, data.observed_at, data.expected_end)
            case capacity.WarningAnnounced():
                self._say(data.unit, UnitStatus.WARNING, data.observed_at, data.expected_end)
            case capacity.StopAnnounced():
                self._say(data.unit, UnitStatus.STOP, data.observed_at, data.expected_end)

    def of(self, unit: str, *, now: int) -> UnitStatus:
        """With announced ends up to and including `now` behind us."""
        newest = self.words.get(unit)
        if newest is None or (newest.until is not None and newest.until <= now):
            return UnitStatus.OPEN
        return newest.status

    def at_site(self, site: str, service: CareType) -> str | None:
        """The unit that is this service here; of several the first by name."""
        units = self.agreements.units if self.agreements else ()
        return min((unit.id for unit in units if unit.site == site and unit.care_type is service), default=None)

    def _say(self, unit: str | None, status: UnitStatus, at: Instant, until: Instant | None = None) -> None:
        if unit is None:
            return
        ends = None if until is None else millis(until)
        if status is UnitStatus.STOP and ends is None:
            ends = millis(at) + self._longest(unit) * MINUTE_MS
        known, word = self.words.get(unit), Word(millis(at), status, ends)
        if known is None or word.newness > known.newness:
            self.words[unit] = word

    def _longest(self, unit: str) -> int:
        units = self.agreements.units if self.agreements else ()
        agreed = next((each for each in units if each.id == unit), None)
        if agreed is None or self.agreements is None:
            return STOP_MINUTES
        return rule_of(self.agreements, agreed.care_type).stop_minutes


class StatusAuditor:
    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._statuses = Statuses()
        self._told: dict[str, UnitStatus] = {}
        self._agreed: set[str] = set()
        self._now = 0

    def adopt(self, agreements: Agreements) -> None:
        self._statuses.agreements = agreements
        self._agreed = {unit.id for unit in agreements.units}

    def step(self, record: Record, decided: list[Decision]) -> None:
        self._now = max(self._now, record.at)
        self._statuses.read(record.event.data)
        for decision in decided:
            if isinstance(decision.data, UnitStatusChanged):
                self._check_told(decision.data, record.offset)
        for unit in self._statuses.words:
            status = self._statuses.of(unit, now=self._now)
            if self._told.get(unit, UnitStatus.OPEN) is not status:
                if unit in self._agreed:
                    self._findings.add("I9", f"{unit} is {status}, and that is not told", record.offset)
                self._told[unit] = status

    def _check_told(self, data: UnitStatusChanged, offset: int) -> None:
        known = self._told.get(data.unit, UnitStatus.OPEN)
        if data.previous is not known:
            self._findings.add("I9", f"{data.unit} is said to have been {data.previous}; it was {known}", offset)
        self._told[data.unit] = data.status
