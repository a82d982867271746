"""Recounts what has a term: rounds, consults, rides.

Nobody who was asked is lost (I1), nothing that is a matter of life is passed over or diverted (I4), urgencies leave as
they came (I5), and what is said of answers is so (I9).
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from spoedplein.domain.log import Record
from spoedplein.testing.audit_rules import Findings, rank_of
from spoedplein_schemas import Decision, ambulance, capacity, consult, decisions
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.consult import ConsultOutcome
from spoedplein_schemas.decisions import DestinationCode
from spoedplein_schemas.vocabulary import CareType, Frozen, Urgency

SLACK: Final = timedelta(seconds=1)


@dataclass(slots=True)
class Ride:
    urgencies: list[Urgency] = field(default_factory=list)
    arrivals: list[datetime] = field(default_factory=list)
    hand_overs: list[datetime] = field(default_factory=list)


class TermAuditor:
    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._agreements: Agreements | None = None
        self._now = datetime.min.replace(tzinfo=UTC)
        self._offset = 0
        #: Whom the present record is of: time runs out before it is heard.
        self._speaks: str | None = None
        #: By round or consult: until when somebody has time.
        self._rounds: dict[str, datetime] = {}
        self._consults: dict[str, datetime] = {}
        self._heard_consults: set[str] = set()
        self._ended_consults: set[str] = set()
        self._asked: dict[str, tuple[datetime, tuple[str, ...]]] = {}
        self._questions: dict[str, datetime] = {}
        self._named: set[tuple[str, str]] = set()
        self._newest: dict[str, datetime] = {}
        self._rides: dict[str, Ride] = {}

    def adopt(self, agreements: Agreements) -> None:
        self._agreements = agreements

    def step(self, record: Record, decided: list[Decision]) -> None:
        self._now = max(self._now, datetime.fromtimestamp(record.at / 1000, UTC))
        self._offset = record.offset
        data = record.event.data
        self._speaks = getattr(data, "unit", None)
        before = set(self._consults)
        self._read(data)
        for decision in decided:
            self._check(decision.data)
        self._check_heeded(data, before)
        self._check_deadlines()

    # --- what the log says ----------------------------------------------------------------------------------------

    def _read(self, data: Frozen) -> None:
        match data:
            case capacity.CapacityReported():
                self._newest[data.unit] = max(data.observed_at, self._newest.get(data.unit, data.observed_at))
                if data.answers is not None:
                    self._named.add((data.answers, data.unit))
            case capacity.ReportAnswered():
                self._newest[data.unit] = max(data.observed_at, self._newest.get(data.unit, data.observed_at))
                self._named.add((data.ask, data.unit))
            case capacity.ReportAsked():
                self._questions.setdefault(data.ask, min(data.asked_at, self._now))
            case consult.ConsultAnswered() | consult.ConsultCancelled():
                if not isinstance(data, consult.ConsultAnswered) or data.outcome is not ConsultOutcome.CALL_BACK:
                    self._ended_consults.add(data.consult)
            case ambulance.RideDispatched() | ambulance.TransportAnnounced() | ambulance.DestinationAsked():
                self._ride(data.ride).urgencies.append(data.urgency)
            case ambulance.AmbulanceArrived():
                self._ride(data.ride).arrivals.append(data.arrived_at)
            case ambulance.PatientHandedOver():
                self._ride(data.ride).hand_overs.append(data.handed_over_at)

    def _ride(self, name: str) -> Ride:
        return self._rides.setdefault(name, Ride())

    # --- what was decided -----------------------------------------------------------------------------------------

    def _check(self, data: Frozen) -> None:
        match data:
            case decisions.RoundOpened():
                self._opened(data)
            case decisions.RoundCompleted():
                self._ended_round(data.round, ())
            case decisions.RoundClosed():
                self._ended_round(data.round, data.outstanding)
            case decisions.ConsultOpened() | decisions.ConsultEscalated() | decisions.ConsultPostponed():
                self._heard_consults.add(data.consult)
                self._consults[data.consult] = data.answer_by
            case decisions.ConsultClosed():
                self._heard_consults.add(data.consult)
                self._consults.pop(data.consult, None)
                if data.consult not in self._ended_consults:
                    self._add("I9", f"consult {data.consult} closed, and nobody answered or cancelled it")
            case decisions.DestinationsShown():
                self._shown(data)
            case decisions.DivertProposed() | decisions.RideRedirected():
                self._diverted(data)
            case decisions.OffloadEnded():
                self._offloaded(data)

    def _opened(self, data: decisions.RoundOpened) -> None:
        if data.round in self._asked:
            self._add("I9", f"round {data.round} opened twice")
        self._asked[data.round] = (self._questions.get(data.round, self._now), data.units)
        self._rounds[data.round] = data.answer_by

    def _ended_round(self, name: str, outstanding: tuple[str, ...]) -> None:
        """Whether those who are said to have answered did, and others did not; a SEH or HAP answers by its status."""
        if self._rounds.pop(name, None) is None:
            self._add("I9", f"round {name} ended, which was not open")
            return
        since, units = self._asked[name]
        care_types = {unit.id: unit.care_type for unit in self._agreements.units} if self._agreements else {}
        for unit in units:
            if care_types.get(unit) in {None, CareType.HAP, CareType.SEH} or unit == self._speaks:
                continue
            newest = self._newest.get(unit)
            answered = (name, unit) in self._named or (newest is not None and newest >= since)
            if answered == (unit in outstanding):
                self._add(
                    "I9", f"round {name}: {unit} is {'silent' if unit in outstanding else 'heard'}, which is not so"
                )

    def _shown(self, data: decisions.DestinationsShown) -> None:
        self._check_urgency(data.ride, data.urgency)
        left_out = [each.site for each in data.passed if each.code is not DestinationCode.NO_DEPARTMENT]
        if self._immediate(data.urgency) and left_out:
            self._add("I4", f"ride {data.ride} is life-threatening, and {left_out} are passed over")

    def _diverted(self, data: decisions.DivertProposed | decisions.RideRedirected) -> None:
        self._check_urgency(data.ride, data.urgency)
        if isinstance(data, decisions.DivertProposed) and self._immediate(data.urgency):
            self._add("I4", f"ride {data.ride} is life-threatening, and a divert is proposed")

    def _offloaded(self, data: decisions.OffloadEnded) -> None:
        ride = self._ride(data.ride)
        spans = {max(0, int((end - start).total_seconds())) for start in ride.arrivals for end in ride.hand_overs}
        if not any(abs(span - data.offload_seconds) <= 1 for span in spans):
            self._add("I9", f"ride {data.ride} took {data.offload_seconds} s to offload; the log has {sorted(spans)}")

    def _check_urgency(self, ride: str, urgency: Urgency) -> None:
        if urgency not in self._ride(ride).urgencies:
            self._add("I5", f"ride {ride} is {urgency.code}, which nobody assigned")

    # --- what should have been decided ----------------------------------------------------------------------------

    def _check_heeded(self, data: Frozen, open_before: set[str]) -> None:
        match data:
            case consult.ConsultAsked() if data.consult not in self._heard_consults:
                self._add("I1", f"consult {data.consult} was asked, and no decision followed")
            case consult.ConsultAnswered() if data.outcome is not ConsultOutcome.CALL_BACK:
                self._check_closed(data.consult, open_before)
            case consult.ConsultCancelled():
                self._check_closed(data.consult, open_before)
            case capacity.ReportAsked() if data.ask not in self._asked:
                self._add("I1", f"round {data.ask} was asked, and no decision followed")

    def _check_closed(self, name: str, open_before: set[str]) -> None:
        if name in open_before and name in self._consults:
            self._add("I1", f"consult {name} was ended, and stays open")

    def _check_deadlines(self) -> None:
        for what, open_now in (("round", self._rounds), ("consult", self._consults)):
            for name in [each for each, due in open_now.items() if self._now - SLACK > due]:
                self._add("I1", f"{what} {name}: {open_now[name]} passed without a decision")
                open_now[name] = datetime.max.replace(tzinfo=UTC)

    def _immediate(self, urgency: Urgency) -> bool:
        rank = None if self._agreements is None else rank_of(self._agreements, urgency)
        return rank is not None and rank.life_threatening

    def _add(self, invariant: str, message: str) -> None:
        self._findings.add(invariant, message, self._offset)
