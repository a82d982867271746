"""Waiting at a service point: the HAP or the SEH of a site.

Life-threatening patients stand outside every order. Below them the region chose strict classes, or accumulating
priority (rate of the class times the time waited: Stanford, Taylor and Ziedins 2014), under which no class starves.
Inside a class the order is by start of waiting, so both policies only ever compare the heads of the classes.

What a source says about one patient may come twice or out of order; each fact is kept with its own time, and the
state follows from the facts, not from the order in which they came.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from sortedcontainers import SortedList

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.timers import Timer, Timers
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas.agreements import QueuePolicy, ServicePoint
from spoedplein_schemas.decisions import NormBreached, PatientGone, PatientImmediate, PatientQueued, PatientTaken
from spoedplein_schemas.views import QueueBoard, QueueClass, Waiting
from spoedplein_schemas.vocabulary import CareType, Urgency

#: Rank of a patient who waits for triage: after every class that a professional assigned.
UNTRIAGED = 5
RANKS = range(6)
#: Facts about a patient may trail in for a day after he left; then he is forgotten.
KEEP_MS = 24 * 60 * MINUTE_MS

ServiceKey = tuple[str, CareType]


@dataclass(slots=True)
class Patient:
    """All that is known of one wait, in milliseconds: `settled_at` by the log, the other times by the source.

    `told` is the state that the last decision told; `breached_dues` the norms whose breach was told.
    """

    key: str
    case: str
    site: str
    service: CareType
    settled_at: int
    arrived_at: int | None = None
    urgency: Urgency | None = None
    urgency_at: int | None = None
    taken_at: int | None = None
    gone_at: int | None = None
    outcome: str | None = None
    told: str | None = None
    breached_dues: list[int] = field(default_factory=list)

    @property
    def waiting(self) -> bool:
        return self.taken_at is None and self.gone_at is None

    @property
    def since(self) -> int:
        """Start of waiting: the arrival, or until that is known the earliest thing we heard."""
        if self.arrived_at is not None:
            return self.arrived_at
        return min(at for at in (self.urgency_at, self.taken_at, self.gone_at) if at is not None)


class _Standing(NamedTuple):
    """Where a waiting patient stands; no rank for who needs help now."""

    line: "_Line"
    rank: int | None
    entry: tuple[int, str]
    breached: bool


@dataclass(slots=True)
class _Line:
    """One queue: a sorted class per rank, and who needs help now."""

    classes: tuple[SortedList[tuple[int, str]], ...] = field(default_factory=lambda: tuple(SortedList() for _ in RANKS))
    immediate: SortedList[tuple[int, str]] = field(default_factory=SortedList)
    breaches: list[int] = field(default_factory=lambda: [0 for _ in RANKS])


class Queues:
    """Every queue of a region over one dictionary of patients."""

    def __init__(self, patients: dict[str, Patient], *, rules: Rules, timers: Timers) -> None:
        self.patients = patients
        self.changed: set[str] = set()
        self._rules = rules
        self._timers = timers
        self._lines: dict[ServiceKey, _Line] = {}
        self._standing: dict[str, _Standing] = {}
        for patient in patients.values():
            self._stand(patient)

    def arrived(self, turn: Turn, *, case: str, site: str, service: CareType, at: int) -> None:
        patient = self._patient(turn, case=case, site=site, service=service)
        if patient.arrived_at is None or at < patient.arrived_at:
            patient.arrived_at = at
            self._settle(turn, patient)

    def triaged(self, turn: Turn, *, case: str, site: str, service: CareType, urgency: Urgency, at: int) -> None:
        """The newest urgency by the source's time counts; at the same moment the more urgent one."""
        patient = self._patient(turn, case=case, site=site, service=service)
        known = patient.urgency
        if known is None or patient.urgency_at is None or self._newer(urgency, at, known, patient.urgency_at):
            patient.urgency, patient.urgency_at = urgency, at
            self._settle(turn, patient)

    def taken(self, turn: Turn, *, case: str, site: str, service: CareType, at: int) -> None:
        patient = self._patient(turn, case=case, site=site, service=service)
        if patient.taken_at is None or at < patient.taken_at:
            patient.taken_at = at
            self._settle(turn, patient)

    def gone(self, turn: Turn, *, case: str, site: str, service: CareType, outcome: str, at: int) -> None:
        patient = self._patient(turn, case=case, site=site, service=service)
        if patient.gone_at is None or at < patient.gone_at:
            patient.gone_at, patient.outcome = at, outcome
            self._settle(turn, patient)

    def norm_passed(self, turn: Turn, key: str) -> None:
        patient = self.patients[key]
        due = self._due(patient)
        if due is None or not patient.waiting:
            return
        patient.breached_dues.append(due)
        self._stand(patient)
        turn.decide(
            NormBreached(
                case=patient.case,
                site=patient.site,
                service=patient.service,
                due_at=moment(due),
                waited_seconds=_seconds(turn.now - patient.since),
                urgency=patient.urgency,
            ),
            subject=patient.case,
        )

    def forget(self, key: str) -> None:
        del self.patients[key]

    def board(self, site: str, service: CareType, *, now: int) -> QueueBoard:
        line = self._lines.get((site, service)) or _Line()
        order = self._order(line, self._rules.service(site, service), now=now)
        chosen = [self.patients[key] for _, (_, key) in zip(range(self._rules.board_size), order, strict=False)]
        return QueueBoard(
            service=service,
            immediate=tuple(self.patients[key].case for _, key in line.immediate),
            classes=tuple(self._class(line, rank) for rank in RANKS),
            next=tuple(self._waiting(patient) for patient in chosen),
        )

    def _patient(self, turn: Turn, *, case: str, site: str, service: CareType) -> Patient:
        key = f"{site}/{service}/{case}"
        patient = self.patients.get(key)
        if patient is None:
            patient = Patient(key=key, case=case, site=site, service=service, settled_at=turn.now)
            self.patients[key] = patient
        return patient

    def _newer(self, urgency: Urgency, at: int, known: Urgency, known_at: int) -> bool:
        if at != known_at:
            return at > known_at
        one, other = self._rules.rank(urgency), self._rules.rank(known)
        return (one.rank, urgency.system, urgency.code) < (other.rank, known.system, known.code)

    def _settle(self, turn: Turn, patient: Patient) -> None:
        """Bring place, deadline and what was told in line with the facts."""
        before, patient.told = patient.told, self._state(patient)
        if patient.told != before:
            patient.settled_at = turn.now
        self._stand(patient)
        if patient.told == before:
            return
        if patient.waiting:
            self._tell_waiting(turn, patient)
        elif before is not None and not before.startswith(("taken", "gone")):
            self._tell_ended(turn, patient)

    def _state(self, patient: Patient) -> str:
        if patient.taken_at is not None:
            return "taken"
        if patient.gone_at is not None:
            return "gone"
        urgency = patient.urgency
        return "untriaged" if urgency is None else f"{urgency.system}:{urgency.code}"

    def _stand(self, patient: Patient) -> None:
        """Take the patient out of where he stood and put him where he belongs now."""
        self._leave(patient)
        self.changed.add(patient.site)
        due = self._due(patient)
        breached = due in patient.breached_dues
        passes = None if due is None or breached or not patient.waiting else due + 1
        self._timers.set(Timer.NORM, patient.key, passes)
        if not patient.waiting:
            self._timers.set(Timer.FORGET_PATIENT, patient.key, patient.settled_at + KEEP_MS)
            return
        line = self._lines.setdefault((patient.site, patient.service), _Line())
        rank = None if self._life_threatening(patient) else self._rank(patient)
        standing = _Standing(line, rank, (patient.since, patient.key), breached)
        if rank is None:
            line.immediate.add(standing.entry)
        else:
            line.classes[rank].add(standing.entry)
            line.breaches[rank] += breached
        self._standing[patient.key] = standing

    def _leave(self, patient: Patient) -> None:
        standing = self._standing.pop(patient.key, None)
        if standing is None:
            return
        line, rank, entry, breached = standing
        if rank is None:
            line.immediate.remove(entry)
        else:
            line.classes[rank].remove(entry)
            line.breaches[rank] -= breached

    def _is_breached(self, patient: Patient) -> bool:
        return self._due(patient) in patient.breached_dues

    def _rank(self, patient: Patient) -> int:
        return UNTRIAGED if patient.urgency is None else self._rules.rank(patient.urgency).rank

    def _life_threatening(self, patient: Patient) -> bool:
        return patient.urgency is not None and self._rules.rank(patient.urgency).life_threatening

    def _due(self, patient: Patient) -> int | None:
        if patient.urgency is None:
            return patient.since + self._rules.triage_ms if patient.service is CareType.SEH else None
        norm = self._rules.rank(patient.urgency).norm_minutes
        return None if norm is None else patient.since + norm * MINUTE_MS

    def _tell_waiting(self, turn: Turn, patient: Patient) -> None:
        if patient.urgency is not None and self._life_threatening(patient):
            turn.decide(
                PatientImmediate(
                    case=patient.case, site=patient.site, service=patient.service, urgency=patient.urgency
                ),
                subject=patient.case,
            )
            return
        line, rank, entry, _ = self._standing[patient.key]
        assert rank is not None, "only life-threatening patients stand outside the classes"
        ahead = self._ahead(line, rank, entry, turn.now)
        due = self._due(patient)
        turn.decide(
            PatientQueued(
                case=patient.case,
                site=patient.site,
                service=patient.service,
                rank=rank,
                position=sum(ahead) + 1,
                ahead=ahead,
                urgency=patient.urgency,
                due_at=None if due is None else moment(due),
            ),
            subject=patient.case,
        )

    def _tell_ended(self, turn: Turn, patient: Patient) -> None:
        due = self._due(patient)
        if patient.taken_at is not None:
            turn.decide(
                PatientTaken(
                    case=patient.case,
                    site=patient.site,
                    service=patient.service,
                    waited_seconds=_seconds(patient.taken_at - patient.since),
                    within_norm=None if due is None else patient.taken_at <= due,
                    urgency=patient.urgency,
                ),
                subject=patient.case,
            )
        elif patient.gone_at is not None:
            turn.decide(
                PatientGone(
                    case=patient.case,
                    site=patient.site,
                    service=patient.service,
                    waited_seconds=_seconds(patient.gone_at - patient.since),
                    outcome=patient.outcome or "other",
                ),
                subject=patient.case,
            )

    def _ahead(self, line: _Line, rank: int, entry: tuple[int, str], now: int) -> tuple[int, ...]:
        """Per rank, how many would be taken before this patient if nobody else came."""
        patient = self.patients[entry[1]]
        service = self._rules.service(patient.site, patient.service)
        if service.policy is QueuePolicy.STRICT:
            before = [len(line.classes[other]) for other in range(rank)]
            return (*before, line.classes[rank].index(entry), *(0 for _ in RANKS[rank + 1 :]))
        score = _rate(service, rank) * max(0, now - entry[0])
        return tuple(
            line.classes[rank].index(entry)
            if other == rank
            else _count_above(line.classes[other], _rate(service, other), score, now=now, ties=other < rank)
            for other in RANKS
        )

    def _order(self, line: _Line, service: ServicePoint, *, now: int) -> Iterator[tuple[int, str]]:
        """Who is taken next, and next: heads of the classes compared, nothing else."""
        heads = [0 for _ in RANKS]
        while True:
            best: tuple[int, int] | None = None
            for rank in RANKS:
                if heads[rank] < len(line.classes[rank]):
                    since = line.classes[rank][heads[rank]][0]
                    strict = service.policy is QueuePolicy.STRICT
                    score = 0 if strict else -_rate(service, rank) * max(0, now - since)
                    if best is None or (score, rank) < best:
                        best = (score, rank)
            if best is None:
                return
            yield line.classes[best[1]][heads[best[1]]]
            heads[best[1]] += 1

    def _class(self, line: _Line, rank: int) -> QueueClass:
        waiting = line.classes[rank]
        head = self.patients[waiting[0][1]] if waiting else None
        due = self._due(head) if head else None
        return QueueClass(
            rank=rank,
            length=len(waiting),
            oldest_since=moment(head.since) if head else None,
            next_due_at=None if due is None else moment(due),
            breaches=line.breaches[rank],
        )

    def _waiting(self, patient: Patient) -> Waiting:
        due = self._due(patient)
        return Waiting(
            case=patient.case,
            rank=self._rank(patient),
            urgency=patient.urgency,
            since=moment(patient.since),
            due_at=None if due is None else moment(due),
            breached=self._is_breached(patient),
        )


def _rate(service: ServicePoint, rank: int) -> int:
    """Priority per unit of waiting; a class without an agreed rate weighs half the one above it."""
    return service.rates[rank] if rank < len(service.rates) else 1 << (UNTRIAGED - rank)


def _count_above(waiting: SortedList[tuple[int, str]], rate: int, score: int, *, now: int, ties: bool) -> int:
    """How many of a class have accumulated more than `score` (or as much, where ties go before)."""
    if ties and score == 0:
        return len(waiting)
    if rate == 0:
        return 0
    # rate * (now - since) > score, in whole milliseconds: since < now - score / rate
    limit = now - score // rate if not ties else now - (score + rate - 1) // rate + 1
    return waiting.bisect_left((limit, ""))


def _seconds(duration_ms: int) -> int:
    return max(0, duration_ms) // 1000
