"""Recounts the front door and the waiting rooms: who goes where, who waits in which queue, since when, with which
urgency, and whose norm or re-assessment has passed (I1, I4, I5).
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from spoedplein.domain.log import Record
from spoedplein.testing.audit_front_door import Facts, expected, stays_behind
from spoedplein.testing.audit_rules import UNTRIAGED_RANK, Findings, due_at, rank_of
from spoedplein_schemas import Decision, ambulance, decisions, hap, seh
from spoedplein_schemas.agreements import Agreements, AgreementsAdopted, QueuePolicy
from spoedplein_schemas.front_door import ContactRouted, RouteBasis
from spoedplein_schemas.hap import ArrivalMode
from spoedplein_schemas.vocabulary import AgeBand, CareType, Destination, Entrance, Frozen, Urgency

#: Moments of sources come in microseconds, the core counts milliseconds and says seconds.
SLACK: Final = timedelta(seconds=1)

Key = tuple[Entrance, str]
Place = tuple[str, CareType]
_HOME: Final = {Entrance.HAP: CareType.HAP, Entrance.SEH: CareType.SEH}
_QUEUES: Final = {Destination.HAP: CareType.HAP, Destination.SEH: CareType.SEH}


_Triage = hap.ContactTriaged | hap.ContactRetriaged | seh.PatientTriaged | seh.PatientRetriaged
_OfQueue = (
    decisions.PatientQueued
    | decisions.PatientImmediate
    | decisions.NormBreached
    | decisions.ReassessmentDue
    | decisions.PatientTaken
    | decisions.PatientGone
)


@dataclass(slots=True)
class Case:
    """`newest` holds every urgency said at the newest moment: a tie leaves both possible.

    `queue` is where the decisions put him, `later` the registrations that say that he was here before.
    """

    site: str
    judged: bool
    queue: Place | None = None
    mode: ArrivalMode | None = None
    age_band: AgeBand | None = None
    complaint: tuple[datetime, str] | None = None
    refer_to: CareType | None = None
    sent_on: hap.ContactRedirected | seh.PatientRedirected | None = None
    later: set[Key] = field(default_factory=set)
    reassessed: list[datetime] = field(default_factory=list)
    since: datetime | None = None
    newest: list[Urgency] = field(default_factory=list)
    newest_at: datetime | None = None
    ended_at: datetime | None = None
    state: str = "unknown"
    last_queued: tuple[object, ...] | None = None
    breached: list[datetime] = field(default_factory=list)
    breached_norms: set[str] = field(default_factory=set)
    dues: list[datetime] = field(default_factory=list)

    @property
    def urgency(self) -> Urgency | None:
        return self.newest[-1] if self.newest else None


class QueueAuditor:
    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._versions: list[Agreements] = []
        self._cases: dict[Key, Case] = {}
        self._earlier: dict[Key, list[Key]] = defaultdict(list)
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
        match data:
            case hap.ContactRegistered():
                key = self._begins((Entrance.HAP, data.contact), data.site, data.registered_at, data)
            case seh.PatientArrived():
                key = self._begins((Entrance.SEH, data.visit), data.site, data.arrived_at, data)
            case hap.ContactTriaged():
                key = self._assigned((Entrance.HAP, data.contact), data.site, data, data.triaged_at)
            case hap.ContactRetriaged():
                key = self._assigned((Entrance.HAP, data.contact), data.site, data, data.retriaged_at)
            case seh.PatientTriaged():
                key = self._assigned((Entrance.SEH, data.visit), data.site, data, data.triaged_at)
            case seh.PatientRetriaged():
                key = self._assigned((Entrance.SEH, data.visit), data.site, data, data.retriaged_at)
            case hap.ContactRedirected():
                key = self._sent_on((Entrance.HAP, data.contact), data.site, data)
            case seh.PatientRedirected():
                key = self._sent_on((Entrance.SEH, data.visit), data.site, data)
            case ambulance.CallReferred():
                key = self._referred(data)
            case _:
                return self._read_end(data)
        return key

    def _read_end(self, data: Frozen) -> Key | None:
        match data:
            case hap.ContactCalled():
                return self._ends((Entrance.HAP, data.contact), data.site, data.called_at)
            case hap.ContactClosed():
                return self._ends((Entrance.HAP, data.contact), data.site, data.closed_at)
            case seh.TreatmentStarted():
                return self._ends((Entrance.SEH, data.visit), data.site, data.started_at)
            case seh.PatientLeft():
                return self._ends((Entrance.SEH, data.visit), data.site, data.left_at)
            case _:
                return None

    def _case(self, key: Key, site: str) -> Case:
        if key not in self._cases:
            service = _HOME.get(key[0])
            known = bool(self._versions) and any(
                point.care_type is service for place in self._versions[-1].sites if place.id == site
                for point in place.services
            )  # fmt: skip
            self._cases[key] = Case(site, judged=known, queue=None if service is None else (site, service))
        return self._cases[key]

    def _begins(self, key: Key, site: str, since: datetime, data: hap.ContactRegistered | seh.PatientArrived) -> Key:
        case = self._case(key, site)
        if case.since is None or since < case.since:
            case.since, case.mode, case.age_band = since, data.mode, data.age_band
        case.dues = self._dues(key, case)
        named = [(Entrance.MKA, data.call), (Entrance.MKA, key[1] if (Entrance.MKA, key[1]) in self._cases else None)]
        named += [(Entrance.SEH, data.visit)] if isinstance(data, hap.ContactRegistered) else []
        named += [(Entrance.HAP, data.contact)] if isinstance(data, seh.PatientArrived) else []
        for entrance, name in named:
            if name is not None:
                self._case((entrance, name), "" if entrance is Entrance.MKA else site)
                self._written_down_later((entrance, name), key)
        return key

    def _assigned(self, key: Key, site: str, data: _Triage, at: datetime) -> Key:
        case, urgency = self._case(key, site), data.urgency
        self._before = (key, case.urgency, case.dues)
        if case.newest_at is None or at > case.newest_at:
            case.newest, case.newest_at = [urgency], at
        elif at == case.newest_at and urgency not in case.newest:
            case.newest.append(urgency)
        if data.complaint is not None and (case.complaint is None or (at, data.complaint) > case.complaint):
            case.complaint = (at, data.complaint)
        case.dues = self._dues(key, case)
        return key

    def _sent_on(self, key: Key, site: str, data: hap.ContactRedirected | seh.PatientRedirected) -> Key:
        case = self._case(key, site)
        if case.sent_on is None or data.redirected_at > case.sent_on.redirected_at:
            case.sent_on = data
        return key

    def _referred(self, data: ambulance.CallReferred) -> Key:
        key = (Entrance.MKA, data.call)
        case = self._case(key, data.site or "")
        case.since = data.referred_at if case.since is None else min(case.since, data.referred_at)
        if case.newest_at is None or data.referred_at > case.newest_at:
            case.newest_at = data.referred_at
            case.site, case.refer_to, case.newest = data.site or "", data.refer_to, [data.urgency]
        for entrance in _HOME:
            if (entrance, data.call) in self._cases:
                self._written_down_later(key, (entrance, data.call))
        return key

    def _written_down_later(self, earlier: Key, later: Key) -> None:
        self._cases[earlier].later.add(later)
        self._earlier[later].append(earlier)

    def _ends(self, key: Key, site: str, at: datetime) -> Key:
        case = self._case(key, site)
        case.ended_at = at if case.ended_at is None else min(case.ended_at, at)
        return key

    # --- what was decided -----------------------------------------------------------------------------------------

    def _check(self, decision: Decision, record: Record, touched: Key | None, now: datetime) -> None:
        data = decision.data
        match data:
            case ContactRouted():
                self._check_routed(data, record)
            case decisions.ReassessmentDue():
                self._check_reassessment(data, record, now)
            case decisions.PatientQueued():
                self._check_queued(data, record, touched)
            case decisions.PatientImmediate():
                self._check_immediate(data, record)
            case decisions.NormBreached():
                self._check_breach(data, record, now)
            case decisions.PatientTaken() | decisions.PatientGone():
                self._check_ended(data, record, now)

    def _key(self, data: _OfQueue) -> Key:
        """Whose the decision is: of those of that name, the one whom the decisions put into that queue."""
        keys = [key for entrance in Entrance if (key := (entrance, data.case)) in self._cases]
        here = [key for key in keys if self._cases[key].queue == (data.site, data.service)]
        home = Entrance(data.service.value) if data.service.value in ("hap", "seh") else Entrance.HAP
        return next(iter(here or keys), (home, data.case))

    def _check_routed(self, data: ContactRouted, record: Record) -> None:
        """The destination follows from the agreements or a professional's word; the queue from the destination."""
        key = (data.entrance, data.case)
        case = self._named(data, key, record.offset)
        if case is None or not self._versions:
            return
        agreed = self._versions[-1]
        self._check_urgency(case, key, data.urgency, record.offset)
        rank = rank_of(agreed, data.urgency)
        urgent = rank is not None and rank.life_threatening
        by_hand = data.basis is RouteBasis.REDIRECTED
        if urgent and not by_hand and data.destination not in {Destination.SEH, Destination.EMERGENCY}:
            self._add("I4", key, f"life-threatening, and routed to {data.destination.value}", record.offset)
        wanted = expected(agreed, self._facts(key, case, data.urgency))
        found = (data.destination, data.at, data.route)
        if by_hand:
            if case.sent_on is None or data.redirection is None or case.sent_on.destination is not data.destination:
                self._add("I9", key, f"redirected to {data.destination.value}; nobody said so", record.offset)
        elif len(case.newest) < 2 and found != wanted:
            self._add("I3", key, f"routed to {found}; the agreements say {tuple(wanted)}", record.offset)
        walks = not by_hand and stays_behind(agreed, self._facts(key, case, data.urgency))
        case.queue = self._queue(key, case, data.destination, None if walks else data.at)

    def _queue(self, key: Key, case: Case, to: Destination, at: str | None) -> Place | None:
        service, home = _QUEUES.get(to), _HOME.get(key[0])
        points = [(site.id, point.care_type) for site in self._versions[-1].sites for point in site.services]
        if service is not None and at is not None and (at, service) in points:
            return at, service
        return None if home is None else (case.site, home)

    def _facts(self, key: Key, case: Case, urgency: Urgency | None) -> Facts:
        at = case.newest_at or case.since or case.ended_at or self._now
        complaint = None if case.complaint is None else case.complaint[1]
        mode = ArrivalMode.PHONE if key[0] is Entrance.MKA else case.mode
        return Facts(key[0], case.site or None, at, urgency, mode, case.age_band, complaint, case.refer_to)

    def _check_reassessment(self, data: decisions.ReassessmentDue, record: Record, now: datetime) -> None:
        """Due by the agreed minutes after the newest assessment, or one that trailed in with this very record."""
        key = self._key(data)
        case = self._named(data, key, record.offset)
        if case is None:
            return
        if case.state != "queued":
            self._add("I9", key, "re-assessment of somebody who does not wait in a class", record.offset)
        if now < data.due_at - SLACK:
            self._add("I9", key, f"re-assessment told at {now}, due only at {data.due_at}", record.offset)
        if any(abs(data.due_at - told) <= SLACK for told in case.reassessed):
            self._add("I9", key, "the same re-assessment twice", record.offset)
        case.reassessed.append(data.due_at)
        minutes = {
            point.reassess_minutes[data.rank]
            for agreed in self._versions for site in agreed.sites if site.id == data.site
            for point in site.services if point.care_type is data.service and data.rank < len(point.reassess_minutes)
        }  # fmt: skip
        passed = data.due_at - data.assessed_at
        if not any(each and passed == each * data.missed * timedelta(minutes=1) for each in minutes):
            self._add("I9", key, f"due {passed} after the assessment; agreed are {sorted(minutes)} min", record.offset)
        if self._before[0] != key and (case.newest_at is None or abs(case.newest_at - data.assessed_at) > SLACK):
            self._add("I9", key, f"assessed {data.assessed_at}; the log says {case.newest_at}", record.offset)

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
        key = self._key(data)
        case = self._named(data, key, record.offset)
        if case is None:
            return
        if case.ended_at is not None:
            self._add("I1", key, "queued although he waits no longer", record.offset)
        self._check_urgency(case, key, data.urgency, record.offset)
        said = (data.site, data.service, data.urgency, data.rank, data.due_at)
        caused = touched == key or isinstance(record.event.data, AgreementsAdopted)
        if case.state == "queued" and (not caused or case.last_queued == said):
            self._add("I1", key, "queued a second time, with nothing new about him", record.offset)
        case.last_queued = said
        case.state = "queued"
        self._check_one_queue(case, key, (data.site, data.service), record.offset)
        self._waiting[key] = case
        self._check_rank(key, data, record.offset)
        self._check_due(case, key, data.due_at, record.offset)
        self._check_position(case, key, data, record.offset)

    def _check_one_queue(self, case: Case, key: Key, place: Place, offset: int) -> None:
        """He stands where he was routed, or where he came in: never in two queues."""
        if case.queue != place:
            self._add("I1", key, f"waits at {place} by this decision, and at {case.queue} by the one before", offset)
            case.queue = place

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
        agreed = (
            due_at(self._versions[-1], _HOME.get(key[0], CareType.HAP), case.since, case.urgency)
            if self._versions
            else None
        )
        if (due is None) != (agreed is None) or (due and agreed and abs(due - agreed) > SLACK):
            self._add("I9", key, f"due {due}; the norm gives {agreed}", offset)

    def _check_position(self, case: Case, key: Key, data: decisions.PatientQueued, offset: int) -> None:
        """Within a rank the one who waits longest is first; under the strict policy also between ranks."""
        if sum(data.ahead) not in {data.position, data.position - 1}:
            self._add("I9", key, f"position {data.position} does not follow from {data.ahead} ahead", offset)
        if case.since is None:
            return
        place = (data.site, data.service)
        here = [(self._rank(other), other) for name, other in self._waiting.items()
                if other.queue == place and name != key]  # fmt: skip
        for rank, said in enumerate(data.ahead):
            others = [other for its_rank, other in here if its_rank == rank]
            if rank == data.rank:
                sure = sum(1 for other in others if other.since is not None and other.since < case.since)
                most = sum(1 for other in others if other.since is None or other.since <= case.since)
            elif self._strict(data.service, data.site):
                sure = most = len(others) if rank < data.rank else 0
            else:
                continue
            if not sure <= said <= most:
                self._add("I9", key, f"{said} of rank {rank} said to be ahead; there are {sure}", offset)

    def _check_immediate(self, data: decisions.PatientImmediate, record: Record) -> None:
        key = self._key(data)
        case = self._named(data, key, record.offset)
        if case is None:
            return
        self._check_urgency(case, key, data.urgency, record.offset)
        rank = rank_of(self._versions[-1], data.urgency) if self._versions else None
        if rank is None or not rank.life_threatening:
            self._add("I5", key, f"immediate with {_code(data.urgency)}, which is not life-threatening", record.offset)
        case.state = "immediate"
        self._check_one_queue(case, key, (data.site, data.service), record.offset)
        self._waiting.pop(key, None)

    def _check_breach(self, data: decisions.NormBreached, record: Record, now: datetime) -> None:
        key = self._key(data)
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
        case.breached_norms.add(_code(data.urgency))
        if case.since is None:
            return
        dues = [*case.dues, *(dues_before if was_his == key else ())]
        if not any(abs(data.due_at - due) <= SLACK for due in dues):
            self._add("I9", key, f"breach of {data.due_at}, which no norm gives", record.offset)
        if abs(timedelta(seconds=data.waited_seconds) - max(now - case.since, timedelta())) > SLACK:
            self._add("I9", key, f"waited {data.waited_seconds} s; the log says {now - case.since}", record.offset)

    def _check_ended(self, data: decisions.PatientTaken | decisions.PatientGone, record: Record, now: datetime) -> None:
        key = self._key(data)
        case = self._named(data, key, record.offset)
        if case is None:
            return
        if case.state == "ended":
            self._add("I9", key, "waiting ended twice", record.offset)
        moved = self._moved_on(key, case)
        if case.ended_at is None and not moved:
            self._add("I9", key, "waiting ended although nobody said so", record.offset)
        elif case.ended_at is not None and case.since is not None:
            shortest, longest = sorted((case.ended_at - case.since, now - case.since))
            waited = timedelta(seconds=data.waited_seconds)
            if not max(shortest, timedelta()) - SLACK <= waited <= max(longest, timedelta()) + SLACK:
                self._add("I9", key, f"waited {waited}; the log says {shortest} to {longest}", record.offset)
        if isinstance(data, decisions.PatientTaken):
            self._check_urgency(case, key, data.urgency, record.offset)
        case.state = "ended"
        self._waiting.pop(key, None)

        if isinstance(data, decisions.PatientGone) and data.left_unseen is not (data.outcome == "left-unseen"):
            self._add("I9", key, f"left unseen is {data.left_unseen}, and the outcome {data.outcome}", record.offset)

    def _moved_on(self, key: Key, case: Case) -> bool:
        """Written down elsewhere after this."""
        for name in case.later:
            since = self._cases[name].since if name in self._cases else None
            if case.since is None or since is None or since > case.since or (since == case.since and name > key):
                return True
        return False

    # --- what should have been decided ----------------------------------------------------------------------------

    def _check_case(self, key: Key, record: Record) -> None:
        case = self._cases[key]
        for earlier in dict.fromkeys(self._earlier[key]):
            self._check_case(earlier, record)
        if not case.judged or case.since is None:
            return
        self._check_queue(key, case, record)
        if case.ended_at is not None or self._moved_on(key, case):
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

    def _check_queue(self, key: Key, case: Case, record: Record) -> None:
        """The queue that the decisions left him in is the one that follows from all that is known of him."""
        if case.ended_at is not None or self._moved_on(key, case) or len(case.newest) > 1:
            return
        possible = set()
        for agreed in self._versions:
            facts, urgent = self._facts(key, case, case.urgency), rank_of(agreed, case.urgency)
            found = expected(agreed, facts)
            word = case.sent_on
            late = urgent is not None and urgent.life_threatening and word is not None and (
                word.redirected_at < (case.newest_at or word.redirected_at)
            )  # fmt: skip
            if word is not None and not late:
                possible.add(self._queue(key, case, word.destination, word.at or word.site))
            else:
                at_site = None if stays_behind(agreed, facts) else found.site
                possible.add(self._queue(key, case, found.destination, at_site))
        if case.queue not in possible:
            self._add("I3", key, f"stands at {case.queue}; the agreements say {sorted(map(str, possible))}",
                      record.offset)  # fmt: skip

    def _check_norms(self, record: Record, now: datetime) -> None:
        for key, case in self._waiting.items():
            if not case.judged or case.since is None:
                continue
            dues = case.dues
            if len(dues) < len(self._versions) or now <= max(dues) + SLACK:
                continue
            told = _code(case.urgency) in case.breached_norms
            if not told and not any(abs(due - said) <= SLACK for due in dues for said in case.breached):
                self._add("I1", key, f"past his norm ({max(dues)}) without a breach decision", record.offset)
                case.breached.append(max(dues))

    # --- counting -------------------------------------------------------------------------------------------------

    def _dues(self, key: Key, case: Case) -> list[datetime]:
        """By every version that was in force: a patient keeps or changes his norm, both are defensible."""
        if case.since is None:
            return []
        service = _HOME.get(key[0], CareType.HAP)
        found = (due_at(version, service, case.since, case.urgency) for version in self._versions)
        return [due for due in found if due is not None]

    def _rank(self, case: Case) -> int:
        rank = rank_of(self._versions[-1], case.urgency) if self._versions else None
        return UNTRIAGED_RANK if rank is None else rank.rank

    def _strict(self, service: CareType, site: str) -> bool:
        return any(
            point.policy is QueuePolicy.STRICT for place in self._versions[-1:] for at in place.sites if at.id == site
            for point in at.services if point.care_type is service
        )  # fmt: skip

    def _add(self, invariant: str, key: Key, message: str, offset: int) -> None:
        self._findings.add(invariant, f"{key[0].value} {key[1]}: {message}", offset)


def _code(urgency: Urgency | None) -> str:
    return "none" if urgency is None else f"{urgency.system.value} {urgency.code}"
