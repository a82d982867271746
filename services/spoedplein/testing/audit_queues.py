"""Recounts the waiting rooms: who waits, since when, with which urgency, and whose norm has passed (I1, I4, I5)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from spoedplein.domain.log import Record
from spoedplein.testing.audit_rules import UNTRIAGED_RANK, Findings, due_at, rank_of
from spoedplein_schemas import Decision, decisions, hap, seh
from spoedplein_schemas.agreements import Agreements, AgreementsAdopted, QueuePolicy
from spoedplein_schemas.vocabulary import CareType, Frozen, Urgency

#: Moments of sources come in microseconds, the core counts milliseconds and says seconds.
SLACK: Final = timedelta(seconds=1)

Key = tuple[CareType, str]
_OF_THE_HAP: Final = (hap.ContactRegistered, hap.ContactTriaged, hap.ContactRetriaged)


@dataclass(slots=True)
class Case:
    """`newest` holds every urgency said at the newest moment: a tie leaves both possible."""

    site: str
    judged: bool
    since: datetime | None = None
    newest: list[Urgency] = field(default_factory=list)
    newest_at: datetime | None = None
    ended_at: datetime | None = None
    state: str = "unknown"
    last_queued: tuple[Urgency | None, int, datetime | None] | None = None
    breached: list[datetime] = field(default_factory=list)
    dues: list[datetime] = field(default_factory=list)

    @property
    def urgency(self) -> Urgency | None:
        return self.newest[-1] if self.newest else None


class QueueAuditor:
    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._versions: list[Agreements] = []
        self._cases: dict[Key, Case] = {}
        self._waiting: dict[Key, Case] = {}
        #: The urgency and norms of the case that a record is about, from before it: time passes before it is said.
        self._before: tuple[Key | None, Urgency | None, list[datetime]] = (None, None, [])
        self._now = datetime.min.replace(tzinfo=UTC)

    def adopt(self, agreements: Agreements) -> None:
        self._versions.append(agreements)
        for key, case in self._cases.items():
            case.dues = self._dues(key, case)

    def step(self, record: Record, decided: list[Decision]) -> None:
        self._now = now = max(self._now, datetime.fromtimestamp(record.at / 1000, UTC))
        self._before = (None, None, [])
        touched = self._read(record.event.data)
        for decision in decided:
            self._check(decision, record, touched, now)
        if touched is not None:
            self._check_case(touched, record)
        self._check_norms(record, now)

    # --- what the log says ----------------------------------------------------------------------------------------

    def _read(self, data: Frozen) -> Key | None:
        """Takes in one message; answers whose it is."""
        service = CareType.HAP if isinstance(data, _OF_THE_HAP) else CareType.SEH
        match data:
            case hap.ContactRegistered(contact=name, site=site, registered_at=at):
                self._begins((service, name), site, at)
            case seh.PatientArrived(visit=name, site=site, arrived_at=at):
                self._begins((service, name), site, at)
            case hap.ContactTriaged(contact=name, site=site, triaged_at=at):
                self._assigned((service, name), site, data.urgency, at)
            case hap.ContactRetriaged(contact=name, site=site, retriaged_at=at):
                self._assigned((service, name), site, data.urgency, at)
            case seh.PatientTriaged(visit=name, site=site, triaged_at=at):
                self._assigned((service, name), site, data.urgency, at)
            case seh.PatientRetriaged(visit=name, site=site, retriaged_at=at):
                self._assigned((service, name), site, data.urgency, at)
            case _:
                return self._read_end(data)
        return service, name

    def _read_end(self, data: Frozen) -> Key | None:
        match data:
            case hap.ContactCalled():
                return self._ends((CareType.HAP, data.contact), data.site, data.called_at)
            case hap.ContactClosed():
                return self._ends((CareType.HAP, data.contact), data.site, data.closed_at)
            case seh.TreatmentStarted():
                return self._ends((CareType.SEH, data.visit), data.site, data.started_at)
            case seh.PatientLeft():
                return self._ends((CareType.SEH, data.visit), data.site, data.left_at)
            case _:
                return None

    def _case(self, key: Key, site: str) -> Case:
        if key not in self._cases:
            known = bool(self._versions) and any(
                point.care_type is key[0] for place in self._versions[-1].sites if place.id == site
                for point in place.services
            )  # fmt: skip
            self._cases[key] = Case(site, judged=known)
        return self._cases[key]

    def _begins(self, key: Key, site: str, since: datetime) -> None:
        case = self._case(key, site)
        if case.since is None:
            case.since = since
        case.dues = self._dues(key, case)

    def _assigned(self, key: Key, site: str, urgency: Urgency, at: datetime) -> None:
        case = self._case(key, site)
        self._before = (key, case.urgency, case.dues)
        if case.newest_at is None or at > case.newest_at:
            case.newest, case.newest_at = [urgency], at
        elif at == case.newest_at and urgency not in case.newest:
            case.newest.append(urgency)
        case.dues = self._dues(key, case)

    def _ends(self, key: Key, site: str, at: datetime) -> Key:
        case = self._case(key, site)
        case.ended_at = at if case.ended_at is None else min(case.ended_at, at)
        return key

    # --- what was decided -----------------------------------------------------------------------------------------

    def _check(self, decision: Decision, record: Record, touched: Key | None, now: datetime) -> None:
        data = decision.data
        match data:
            case decisions.PatientQueued():
                self._check_queued(data, record, touched)
            case decisions.PatientImmediate():
                self._check_immediate(data, record)
            case decisions.NormBreached():
                self._check_breach(data, record, now)
            case decisions.PatientTaken() | decisions.PatientGone():
                self._check_ended(data, record, now)

    def _named(self, data: Frozen, key: Key, offset: int) -> Case | None:
        case = self._cases.get(key)
        if case is None:
            self._add("I9", key, f"{type(data).__name__} on somebody whom the log does not name", offset)
        return case

    def _check_urgency(self, case: Case, key: Key, urgency: Urgency | None, offset: int) -> None:
        if urgency != case.urgency and urgency not in case.newest:
            self._add(
                "I5", key, f"urgency {_code(urgency)} leaves; the newest assigned is {_code(case.urgency)}", offset
            )

    def _check_queued(self, data: decisions.PatientQueued, record: Record, touched: Key | None) -> None:
        key = (data.service, data.case)
        case = self._named(data, key, record.offset)
        if case is None:
            return
        if case.ended_at is not None:
            self._add("I1", key, "queued although he waits no longer", record.offset)
        self._check_urgency(case, key, data.urgency, record.offset)
        said = (data.urgency, data.rank, data.due_at)
        caused = touched == key or isinstance(record.event.data, AgreementsAdopted)
        if case.state == "queued" and (not caused or case.last_queued == said):
            self._add("I1", key, "queued a second time, with nothing new about him", record.offset)
        case.last_queued = said
        case.state = "queued"
        self._waiting[key] = case
        self._check_rank(key, data, record.offset)
        self._check_due(case, key, data.due_at, record.offset)
        self._check_position(case, key, data, record.offset)

    def _check_rank(self, key: Key, data: decisions.PatientQueued, offset: int) -> None:
        rank = rank_of(self._versions[-1], data.urgency) if self._versions else None
        if rank is not None and rank.life_threatening:
            self._add("I4", key, f"life-threatening ({_code(data.urgency)}) and put in a queue", offset)
        expected = UNTRIAGED_RANK if rank is None else rank.rank
        if data.rank != expected:
            self._add("I5", key, f"rank {data.rank}; agreed is {expected} for {_code(data.urgency)}", offset)

    def _check_due(self, case: Case, key: Key, due: datetime | None, offset: int) -> None:
        if case.since is None:
            return
        agreed = due_at(self._versions[-1], key[0], case.since, case.urgency) if self._versions else None
        if (due is None) != (agreed is None) or (due and agreed and abs(due - agreed) > SLACK):
            self._add("I9", key, f"due {due}; the norm gives {agreed}", offset)

    def _check_position(self, case: Case, key: Key, data: decisions.PatientQueued, offset: int) -> None:
        """Within a rank the one who waits longest is first; under the strict policy also between ranks."""
        if sum(data.ahead) not in {data.position, data.position - 1}:
            self._add("I9", key, f"position {data.position} does not follow from {data.ahead} ahead", offset)
        if case.since is None:
            return
        in_queue = [other for name, other in self._waiting.items() if name[0] is key[0] and name != key]
        here = [(self._rank(other), other) for other in in_queue if other.site == data.site]
        for rank, said in enumerate(data.ahead):
            others = [other for its_rank, other in here if its_rank == rank]
            if rank == data.rank:
                sure = sum(1 for other in others if other.since is not None and other.since < case.since)
                most = sum(1 for other in others if other.since is None or other.since <= case.since)
            elif self._strict(key, data.site):
                sure = most = len(others) if rank < data.rank else 0
            else:
                continue
            if not sure <= said <= most:
                self._add("I9", key, f"{said} of rank {rank} said to be ahead; there are {sure}", offset)

    def _check_immediate(self, data: decisions.PatientImmediate, record: Record) -> None:
        key = (data.service, data.case)
        case = self._named(data, key, record.offset)
        if case is None:
            return
        self._check_urgency(case, key, data.urgency, record.offset)
        rank = rank_of(self._versions[-1], data.urgency) if self._versions else None
        if rank is None or not rank.life_threatening:
            self._add("I5", key, f"immediate with {_code(data.urgency)}, which is not life-threatening", record.offset)
        case.state = "immediate"
        self._waiting.pop(key, None)

    def _check_breach(self, data: decisions.NormBreached, record: Record, now: datetime) -> None:
        key = (data.service, data.case)
        case = self._named(data, key, record.offset)
        if case is None:
            return
        if case.state not in {"queued", "immediate"}:
            self._add("I9", key, "breach of somebody who does not wait", record.offset)
        was_his, urgency_before, dues_before = self._before
        if was_his != key or data.urgency != urgency_before:
            self._check_urgency(case, key, data.urgency, record.offset)
        if now < data.due_at:
            self._add("I9", key, f"breach at {now}, due only at {data.due_at}", record.offset)
        if any(abs(data.due_at - earlier) <= SLACK for earlier in case.breached):
            self._add("I9", key, "the same breach twice", record.offset)
        case.breached.append(data.due_at)
        if case.since is None:
            return
        dues = [*case.dues, *(dues_before if was_his == key else ())]
        if not any(abs(data.due_at - due) <= SLACK for due in dues):
            self._add("I9", key, f"breach of {data.due_at}, which no norm gives", record.offset)
        if abs(timedelta(seconds=data.waited_seconds) - max(now - case.since, timedelta())) > SLACK:
            self._add("I9", key, f"waited {data.waited_seconds} s; the log says {now - case.since}", record.offset)

    def _check_ended(self, data: decisions.PatientTaken | decisions.PatientGone, record: Record, now: datetime) -> None:
        key = (data.service, data.case)
        case = self._named(data, key, record.offset)
        if case is None:
            return
        if case.state == "ended":
            self._add("I9", key, "waiting ended twice", record.offset)
        if case.ended_at is None:
            self._add("I9", key, "waiting ended although nobody said so", record.offset)
        elif case.since is not None:
            shortest, longest = sorted((case.ended_at - case.since, now - case.since))
            waited = timedelta(seconds=data.waited_seconds)
            if not max(shortest, timedelta()) - SLACK <= waited <= max(longest, timedelta()) + SLACK:
                self._add("I9", key, f"waited {waited}; the log says {shortest} to {longest}", record.offset)
        if isinstance(data, decisions.PatientTaken):
            self._check_urgency(case, key, data.urgency, record.offset)
        case.state = "ended"
        self._waiting.pop(key, None)

    # --- what should have been decided ----------------------------------------------------------------------------

    def _check_case(self, key: Key, record: Record) -> None:
        case = self._cases[key]
        if not case.judged or case.since is None:
            return
        if case.ended_at is not None:
            if case.state in {"queued", "immediate"}:
                self._add("I1", key, "waits no longer, but no decision took him from the queue", record.offset)
            return
        ranks = [rank_of(self._versions[-1], urgency) for urgency in case.newest]
        urgent = [rank is not None and rank.life_threatening for rank in ranks]
        if urgent and all(urgent) and case.state != "immediate":
            self._add(
                "I4", key, f"life-threatening ({_code(case.urgency)}) without an immediate decision", record.offset
            )
        if not any(urgent) and case.state != "queued":
            self._add("I1", key, f"waits, but is {case.state} by the decisions", record.offset)

    def _check_norms(self, record: Record, now: datetime) -> None:
        for key, case in self._waiting.items():
            if not case.judged or case.since is None:
                continue
            dues = case.dues
            if len(dues) < len(self._versions) or now <= max(dues) + SLACK:
                continue
            if not any(abs(due - said) <= SLACK for due in dues for said in case.breached):
                self._add("I1", key, f"past his norm ({max(dues)}) without a breach decision", record.offset)
                case.breached.append(max(dues))

    # --- counting -------------------------------------------------------------------------------------------------

    def _dues(self, key: Key, case: Case) -> list[datetime]:
        """By every version that was in force: a patient keeps or changes his norm, both are defensible."""
        if case.since is None:
            return []
        found = (due_at(version, key[0], case.since, case.urgency) for version in self._versions)
        return [due for due in found if due is not None]

    def _rank(self, case: Case) -> int:
        rank = rank_of(self._versions[-1], case.urgency) if self._versions else None
        return UNTRIAGED_RANK if rank is None else rank.rank

    def _strict(self, key: Key, site: str) -> bool:
        return any(
            point.policy is QueuePolicy.STRICT for place in self._versions[-1:] for at in place.sites if at.id == site
            for point in at.services if point.care_type is key[0]
        )  # fmt: skip

    def _add(self, invariant: str, key: Key, message: str, offset: int) -> None:
        self._findings.add(invariant, f"{key[0].value} {key[1]}: {message}", offset)


def _code(urgency: Urgency | None) -> str:
    return "none" if urgency is None else f"{urgency.system.value} {urgency.code}"
