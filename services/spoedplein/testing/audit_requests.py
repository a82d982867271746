"""Recounts what becomes of a request beside its places: the requester's own try, the moment of need, the label."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from spoedplein.domain.log import Record
from spoedplein.testing.audit_rules import Findings, rank_of
from spoedplein_schemas import Decision, decisions, request_decisions
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.home_care import VisitEnded, VisitRecorded
from spoedplein_schemas.placement import (
    DeclineReason,
    OwnershipHandedOver,
    PatientAdmitted,
    PlacementRequested,
    Profile,
)
from spoedplein_schemas.vocabulary import CareType, Frozen, Role

#: What may still be decided of a request that is closed.
AFTER_CLOSING: Final = (request_decisions.LabelDue, decisions.OfferEnded, VisitRecorded)
SLACK: Final = timedelta(seconds=1)


@dataclass(slots=True)
class Requested:
    """What the log and the decisions say of one request; `offers` are open, by id, with unit and deadline."""

    profile: Profile
    owner: str
    requester: str
    state: str = "searching"
    role: Role | None = None
    offers: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    deadline: datetime | None = None
    taken_over_by: str | None = None
    near_told: bool = False
    missed_told: bool = False
    reminders: int = 0
    #: Per unit that said no: why, and the count that it gave before.
    declined: dict[str, tuple[DeclineReason, datetime | None]] = field(default_factory=dict)
    silent: list[str] = field(default_factory=list)
    #: The unit in another region that it goes to.
    elsewhere: str | None = None


class RequestAuditor:
    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._agreements: Agreements | None = None
        self._record: Record
        self._now: datetime
        self._visits: dict[tuple[str, str], list[VisitEnded]] = {}
        self._counted: dict[str, VisitRecorded] = {}
        #: By request and unit: when somebody is said to have come there, and when that was heard.
        self._arrivals: dict[tuple[str, str], list[tuple[datetime, datetime]]] = {}
        #: By request and new owner: when that was heard last.
        self._hand_overs: dict[tuple[str, str], datetime] = {}
        #: What was kept until then has lapsed; the rest lapses with the record that is read, and may be heeded in it.
        self._lapsed_until: datetime | None = None
        self._read_at: datetime | None = None
        self._checks: dict[type[Frozen], Callable[[Decision, Any, Requested], None]] = {
            request_decisions.FirstTryBegun: self._try_begun,
            request_decisions.FirstTryEnded: self._try_ended,
            request_decisions.NeededByNear: self._near,
            request_decisions.NeededByMissed: self._missed,
            request_decisions.LabelDue: self._label_due,
            VisitRecorded: self._visit_recorded,
        }

    def adopt(self, agreements: Agreements) -> None:
        self._agreements = agreements

    def hears(self, record: Record, now: datetime) -> None:
        self._record, self._now = record, now

    def reads(self, record: Record, now: datetime) -> None:
        self._lapsed_until, self._read_at = self._read_at or now, now
        data = record.event.data
        if isinstance(data, PatientAdmitted):
            self._arrivals.setdefault((data.request, data.unit), []).append((data.admitted_at, now))
        if isinstance(data, VisitEnded):
            self._visits.setdefault((data.request, data.unit), []).append(data)
        if isinstance(data, OwnershipHandedOver):
            self._hand_overs[data.request, data.to_owner] = now

    def arrival(self, request: str, unit: str, *, surely: bool = False) -> datetime | None:
        """When he came there, by what was said now or may have been kept until now; `surely`: by what is kept still."""
        since = self._kept_since(self._now + SLACK if surely else self._lapsed_until or self._now)
        said = self._arrivals.get((request, unit), [])
        words = self._not_repeated(said) if surely else said
        return min((at for at, heard_at in words if heard_at >= since), default=None)

    def _not_repeated(self, said: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
        """A word that is said again while it is kept is kept no longer for that."""
        first: list[tuple[datetime, datetime]] = []
        for at, heard_at in said:
            if not any(at == before and heard >= self._kept_since(heard_at) for before, heard in first):
                first.append((at, heard_at))
        return first

    def _visit_recorded(self, _: Decision, data: VisitRecorded, request: Requested) -> None:
        """Somebody said so; a second word is a correction, and a later one."""
        words = [
            (each.outcome, each.care_path, each.ended_at) for each in self._visits.get((data.request, data.unit), ())
        ]
        before = self._counted.get(data.request)
        if (data.outcome, data.care_path, data.ended_at) not in words:
            self._add("I9", data.request, f"a visit that ended {data.outcome}, which nobody said")
        if (data.request, data.unit) not in self._arrivals or request.state != "closed":
            self._add("I9", data.request, f"a visit of {data.unit} ended, and nobody came")
        if data.corrects is not (None if before is None else before.outcome):
            self._add("I9", data.request, f"corrects {data.corrects}, recorded was {before and before.outcome}")
        if before is not None and data.ended_at < before.ended_at:
            self._add("I8", data.request, f"a visit that ended {before.ended_at} is said to have ended before that")
        self._counted[data.request] = data

    def check_visit(self, data: Frozen, cared_for: bool) -> None:  # noqa: FBT001
        """What is said of the end of a visit is recorded, when somebody was there; the latest word counts."""
        if not isinstance(data, VisitEnded) or not cared_for:
            return
        before = self._counted.get(data.request)
        if before is None or data.ended_at > before.ended_at:
            self._add("I1", data.request, "its visit ended, and nothing was recorded")

    def handed_over(self, request: str, owner: str) -> bool:
        """Whether that was said now, of it or of what it bridges; or a while before what it followed from, said now."""
        said = self._record.event.data
        if isinstance(said, OwnershipHandedOver):
            return said.to_owner == owner or self._is_kept(said.request, owner)
        return isinstance(said, PlacementRequested) and said.request == request and self._is_kept(request, owner)

    def _is_kept(self, request: str, owner: str) -> bool:
        heard_at = self._hand_overs.get((request, owner))
        return heard_at is not None and heard_at >= self._kept_since(self._lapsed_until or self._now)

    def _kept_since(self, lapsed: datetime) -> datetime:
        return lapsed - timedelta(minutes=self._agreements.placement.early_minutes if self._agreements else 0)

    def check_arrivals(self, record: Record, now: datetime, placed: Iterable[decisions.PlacementAccepted]) -> None:
        """Who was heard to be in the place that is found for him now is admitted, not expected."""
        self.hears(record, now)
        for data in placed:
            if self.arrival(data.request, data.unit, surely=True) is not None:
                self._add("I1", data.request, f"is in {data.unit} by what was said before, and is expected there")

    def check_of(self, data: Frozen) -> Callable[[Decision, Any, Requested], None] | None:
        return self._checks.get(type(data))

    def check_shortfalls(self, data: decisions.PlacementExhausted, care_types: Mapping[str, CareType]) -> None:
        """The sums are those of the list, and the nearest miss is one of it."""
        listed = Counter((care_types.get(item.unit), item.code) for item in data.excluded)
        summed = Counter[tuple[CareType | None, decisions.ExclusionCode]]()
        codes = {(item.unit, item.code) for item in data.excluded}
        for each in data.shortfalls:
            for reason in each.reasons:
                summed[each.care_type, reason.code] += reason.units
            if each.nearest is not None and (each.nearest.unit, each.nearest.code) not in codes:
                self._add("I9", data.request, f"nearest is {each.nearest.unit}, which was not passed over for that")
            if each.nearest is not None and each.nearest.free < 1:
                self._add("I9", data.request, f"nearest is {each.nearest.unit}, which has no place")
        if listed != summed:
            self._add("I9", data.request, "the shortfalls are not the sum of what was passed over")

    def check_needed_by(self, name: str, request: Requested, record: Record, now: datetime) -> None:
        """Nobody waits past the moment of need without its owner being told."""
        self.hears(record, now)
        needed = request.profile.needed_by
        placed = request.state in {"accepted", "overdue", "theirs"}
        if needed is None or placed or request.missed_told or self._agreements is None:
            return
        if now > needed + SLACK:
            request.missed_told = True
            self._add("I1", name, f"needed by {needed}, and nobody was told that it passed")

    def _try_begun(self, _: Decision, data: request_decisions.FirstTryBegun, request: Requested) -> None:
        minutes = self._try_minutes(request)
        rank = None if self._agreements is None else rank_of(self._agreements, request.profile.urgency)
        if minutes is None:
            self._add("I9", data.request, "a first try that nobody agreed")
        elif data.until > self._now + timedelta(minutes=minutes) + SLACK or data.until <= self._now:
            self._add("I1", data.request, f"a first try until {data.until}; agreed are {minutes} minutes")
        if rank is not None and rank.life_threatening:
            self._add("I4", data.request, "life-threatening, and told to try first")
        if data.owner != request.requester or data.then == data.owner:
            self._add(
                "I1", data.request, f"a first try of {data.owner}, asked by {request.requester}, then {data.then}"
            )
        request.state, request.owner, request.deadline = "trying", data.owner, data.until

    def _try_ended(self, _: Decision, data: request_decisions.FirstTryEnded, request: Requested) -> None:
        if request.state != "trying":
            self._add("I9", data.request, f"a first try ended that had not begun: {request.state}")
        if (
            data.end is request_decisions.TryEnd.EXPIRED
            and request.deadline is not None
            and self._now < request.deadline - SLACK
        ):
            self._add("I9", data.request, f"the first try ended before {request.deadline}")
        if data.owner != request.owner:
            request.taken_over_by = data.owner
        request.state, request.deadline = "searching", None

    def _near(self, _: Decision, data: request_decisions.NeededByNear, request: Requested) -> None:
        if request.near_told or request.state == "accepted" or data.needed_by < self._now:
            self._add("I9", data.request, f"told that {data.needed_by} is near, and it is not, or again")
        self._check_owner(data.request, data.owner, request)
        request.near_told = True

    def _missed(self, _: Decision, data: request_decisions.NeededByMissed, request: Requested) -> None:
        if request.missed_told or request.state == "accepted" or data.needed_by >= self._now:
            self._add("I9", data.request, f"told that {data.needed_by} was missed, and it was not, or again")
        self._check_owner(data.request, data.owner, request)
        request.near_told = request.missed_told = True

    def _label_due(self, _: Decision, data: request_decisions.LabelDue, request: Requested) -> None:
        term = timedelta() if self._agreements is None else timedelta(minutes=self._agreements.placement.label_minutes)
        request.reminders += 1
        if (
            request.state != "closed"
            or data.reminders != request.reminders
            or self._now < data.admitted_at + term - SLACK
        ):
            self._add(
                "I9", data.request, f"asked for a label of a stay since {data.admitted_at}, too soon or out of turn"
            )

    def _try_minutes(self, request: Requested) -> int | None:
        tries = self._agreements.first_tries if self._agreements is not None else ()
        wanted = request.profile.care_types[0]
        return next((each.minutes for each in tries if each.role is request.role and wanted in each.care_types), None)

    def _check_owner(self, name: str, owner: str, request: Requested) -> None:
        if owner != request.owner:
            self._add("I1", name, f"owner is {request.owner}, the decision says {owner}")

    def _add(self, invariant: str, request: str, message: str) -> None:
        self._findings.add(invariant, f"request {request}: {message}", self._record.offset)
