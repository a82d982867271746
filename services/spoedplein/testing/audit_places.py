"""Recounts places and requests: figures, holds, promises, rules, owners and deadlines (I1, I2, I3, I6, I9)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from spoedplein.domain.log import Record
from spoedplein.testing.audit_claims import Claim, House, absorbed
from spoedplein.testing.audit_requests import AFTER_CLOSING, RequestAuditor, Requested
from spoedplein.testing.audit_rules import Findings, misfits, parallel_of, rank_of, rule_of, validity_of
from spoedplein_schemas import Decision, capacity, decisions, placement, transfer
from spoedplein_schemas.agreements import VISIT_MINUTES, Agreements, Unit
from spoedplein_schemas.decisions import ExclusionCode, OfferEnd
from spoedplein_schemas.placement import DeclineReason, Profile
from spoedplein_schemas.vocabulary import CareType, Frozen, UnitStatus

SLACK: Final = timedelta(seconds=1)
MAY_RECOVER: Final = {DeclineReason.FULL, DeclineReason.STAFF}
#: Exclusions that follow from the agreements and the profile alone, so that the auditor can hold them against both.
STATIC: Final = {
    ExclusionCode.LEGAL_TITLE,
    ExclusionCode.WLZ_INDICATION,
    ExclusionCode.AGE_BAND,
    ExclusionCode.SEX,
    ExclusionCode.PROPERTY_MISSING,
    ExclusionCode.ISOLATION,
    ExclusionCode.BARIATRIC,
    ExclusionCode.WARD_OPEN,
    ExclusionCode.WLZ_NEEDED,
    ExclusionCode.LIFE_EXPECTANCY,
    ExclusionCode.MEDICALLY_UNSTABLE,
    ExclusionCode.STAY_TOO_SHORT,
    ExclusionCode.STAY_TOO_LONG,
    ExclusionCode.GP_NEEDED,
    ExclusionCode.OUTSIDE_WINDOW,
}


class PlaceAuditor:
    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._agreements: Agreements | None = None
        self._units: dict[str, Unit] = {}
        self._houses: dict[str, House] = {}
        self._requests: dict[str, Requested] = {}
        self._open: dict[str, None] = {}
        self._claims: dict[tuple[str, str], Claim] = {}
        self._taken_back: set[tuple[str, str]] = set()
        self._steps = RequestAuditor(findings)
        self._record: Record
        #: The unit that the present record is about, as it was before: deadlines pass before a message is heard.
        self._before: tuple[str, House] | None = None
        self._now = datetime.min.replace(tzinfo=UTC)
        self._checks: dict[type[Frozen], Callable[[Decision, Any, Requested], None]] = {
            decisions.PlacementOffered: self._offered,
            decisions.OfferEnded: self._ended,
            decisions.PlacementAccepted: self._accepted,
            decisions.PlacementExhausted: self._exhausted,
            decisions.PlacementAdmitted: self._admitted,
            decisions.PlacementReopened: self._reopened,
            decisions.AdmissionOverdue: self._overdue,
            decisions.PlacementCancelled: self._cancelled,
            decisions.OwnershipChanged: self._owned,
            decisions.OverrideRecorded: self._overridden,
            transfer.TransferConfirmed: self._goes_elsewhere,
            transfer.BridgingSought: self._bridged,
            decisions.PromiseReleased: self._released,
        }

    def adopt(self, agreements: Agreements) -> None:
        self._agreements = agreements
        self._steps.adopt(agreements)
        self._units = {unit.id: unit for unit in agreements.units}

    def step(self, record: Record, decided: list[Decision]) -> None:
        self._record = record
        self._now = max(self._now, datetime.fromtimestamp(record.at / 1000, UTC))
        unit = getattr(record.event.data, "unit", None)
        self._before = (unit, replace(self._house(unit))) if isinstance(unit, str) else None
        self._read_house(record.event.data)
        self._read_request(record.event.data)
        self._steps.reads(record, self._now)
        for decision in decided:
            self._check(decision)
        self._check_heeded(record.event.data)
        self._steps.check_visit(record.event.data, self._cared_for(record.event.data))
        self._check_one_place(decided)
        self._check_deadlines()

    # --- what the log says ----------------------------------------------------------------------------------------

    def _read_house(self, data: Frozen) -> None:
        match data:
            case capacity.CapacityReported():
                house = self._house(data.unit)
                if house.counted_at is None or data.observed_at > house.counted_at:
                    house.free, house.counted_at, house.includes = data.free, data.observed_at, data.includes
                    house.heard_at = self._now
                    house.stands(data.observed_at, self._now)
            case capacity.ReportAnswered():
                house = self._house(data.unit)
                if house.answered_at is None or data.observed_at > house.answered_at:
                    house.answered_at = data.observed_at
                    house.stands(data.observed_at, self._now)
            case capacity.UnitOpened() | capacity.StopLifted():
                self._status(data.unit, UnitStatus.OPEN, data.observed_at, None)
            case capacity.UnitClosed():
                self._status(data.unit, UnitStatus.CLOSED, data.observed_at, data.expected_end)
            case capacity.WarningAnnounced():
                self._status(data.unit, UnitStatus.WARNING, data.observed_at, data.expected_end)
            case capacity.StopAnnounced():
                self._status(data.unit, UnitStatus.STOP, data.observed_at, data.expected_end)

    def _read_request(self, data: Frozen) -> None:
        match data:
            case placement.LateRejected():
                self._taken_back.add((data.request, data.unit))
            case placement.PlacementRequested() | placement.TransferAsked():
                if data.request not in self._requests:
                    # A neighbour's request is the neighbour's to keep moving, until we decide on it.
                    ours = isinstance(data, placement.PlacementRequested)
                    profile = data.profile if ours else self._taken(data)
                    made = Requested(profile, data.owner, data.requester, "searching" if ours else "theirs")
                    made.role = data.requester_role if isinstance(data, placement.PlacementRequested) else None
                    self._requests[data.request] = made
                    self._open[data.request] = None

    def _taken(self, data: placement.PlacementRequested | placement.TransferAsked) -> Profile:
        """As far as it was agreed with the neighbour who asks."""
        agreed = () if self._agreements is None else self._agreements.neighbours
        region = getattr(data, "from_region", "")
        taken = {care_type for row in agreed if row.region == region for care_type in row.takes}
        care_types = tuple(care_type for care_type in data.profile.care_types if care_type in taken)
        return data.profile.model_copy(update={"care_types": care_types})

    def _house(self, unit: str) -> House:
        return self._houses.setdefault(unit, House())

    def _status(self, unit: str, status: UnitStatus, at: datetime, until: datetime | None) -> None:
        house = self._house(unit)
        if house.status_at is None or at > house.status_at:
            house.status, house.status_at, house.until = status, at, until

    # --- what was decided -----------------------------------------------------------------------------------------

    def _check(self, decision: Decision) -> None:
        if isinstance(decision.data, transfer.TransferAnswered):
            self._check_given(decision.data)
        check = self._checks.get(type(decision.data)) or self._steps.check_of(decision.data)
        if check is None:
            return
        self._steps.hears(self._record, self._now)
        request = self._requests.get(decision.data.request)
        if request is None:
            self._add("I9", decision.data.request, f"{type(decision.data).__name__} on a request that was never made")
        elif request.state == "closed" and not isinstance(decision.data, AFTER_CLOSING):
            self._add("I1", decision.data.request, f"{type(decision.data).__name__} after the request was closed")
        else:
            check(decision, decision.data, request)

    def _check_given(self, data: transfer.TransferAnswered) -> None:
        """A neighbour is told of a place that is kept for him."""
        kept = (data.transfer, data.unit) in self._claims
        if data.outcome is placement.TransferOutcome.ACCEPTED and not kept:
            self._add("I2", data.transfer, f"{data.from_region} is given {data.unit}, where no place is kept")

    def _offered(self, decision: Decision, data: decisions.PlacementOffered, request: Requested) -> None:
        unit = self._units.get(data.unit)
        if unit is None:
            self._add("I3", data.request, f"{data.unit} is offered and not in the agreements")
            return
        if (data.request, data.unit) in self._claims or request.state == "accepted":
            self._add("I2", data.request, f"offered {data.unit} while it has a place")
        self._check_beside(data, unit, request)
        if data.offer != decision.id:
            self._add("I9", data.request, f"offer {data.offer} is not named after its decision {decision.id}")
        self._check_points(data)
        self._check_owner(data.request, data.owner, request)
        self._check_answer_by(data, unit, request)
        self._either_way(partial(self._check_offer, data, unit, request))
        self._claims[data.request, data.unit] = Claim(data.unit, data.offer, "hold")
        request.offers[data.offer] = (data.unit, data.answer_by)
        request.state, request.deadline = "offered", None

    def _check_offer(self, data: decisions.PlacementOffered, unit: Unit, request: Requested) -> None:
        self._check_rules(data, unit, request)
        self._check_figure(data, unit)
        self._check_room(data.request, data.unit, 1 + len(self._claims_on(data.unit)))
        self._check_exclusions(data.request, data.excluded, request)
        if {exclusion.unit for exclusion in data.excluded} & {data.unit, *data.runners_up}:
            self._add("I9", data.request, "a unit is both excluded and a candidate")

    def _either_way(self, check: Callable[[], None]) -> None:
        """Well if it is well by the unit as it is now, or as it was before this record."""
        findings, mark = self._findings.violations, len(self._findings.violations)
        check()
        if len(findings) == mark or self._before is None:
            return
        by_now = findings[mark:]
        del findings[mark:]
        unit, before = self._before
        self._houses[unit], now = before, self._houses[unit]
        check()
        self._houses[unit] = now
        if len(findings) > mark:
            findings[mark:] = by_now

    def _check_points(self, data: decisions.PlacementOffered) -> None:
        age_counts = self._agreements is not None and self._agreements.placement.points_per_age_minute > 0
        if not data.score and data.basis.age_seconds >= 60 and age_counts:
            self._add("I9", data.request, "offered without the points that led to it")

    def _check_rules(self, data: decisions.PlacementOffered, unit: Unit, request: Requested) -> None:
        """Hard rules, status and earlier refusals."""
        if unit.care_type not in request.profile.care_types or data.care_type is not unit.care_type:
            self._add("I3", data.request, f"{unit.id} gives {unit.care_type}, which was not asked")
        for code in sorted(self._misfits(unit, request.profile)):
            self._add("I3", data.request, f"{unit.id} is offered against {code}")
        if self._surely_shut(unit) and not self._passes_stops(unit, request):
            self._add("I3", data.request, f"{unit.id} is offered during a {self._house(unit.id).status}")
        if unit.id in request.declined:
            reason, before = request.declined[unit.id]
            if reason not in MAY_RECOVER or self._house(unit.id).stands_at == before:
                self._add("I3", data.request, f"{unit.id} is offered again after it declined ({reason})")

    def _check_figure(self, data: decisions.PlacementOffered, unit: Unit) -> None:
        """I6, and whether the basis is the figure that the log has."""
        house = self._house(unit.id)
        if house.counted_at is None or house.stands_at is None or self._agreements is None:
            self._add("I6", data.request, f"{unit.id} is offered and never reported")
            return
        if self._now - house.stands_at > validity_of(self._agreements, unit):
            self._add("I6", data.request, f"{unit.id} is offered on a figure of {house.stands_at}")
        basis = data.basis
        if basis.unit != unit.id or basis.free != house.free:
            self._add("I9", data.request, f"basis {basis.unit} {basis.free} free; the log has {house.free}")
        moments = [at for at in (house.counted_at, house.stands_at, house.heard_at) if at is not None]
        if min(abs(basis.observed_at - at) for at in moments) > SLACK:
            self._add("I9", data.request, f"basis of {basis.observed_at}; the log has {house.counted_at}")
        age = max(self._now - basis.observed_at, timedelta())
        if abs(timedelta(seconds=basis.age_seconds) - age) > SLACK:
            self._add("I9", data.request, f"basis says {basis.age_seconds} s old; it is {age}")

    def _check_beside(self, data: decisions.PlacementOffered, unit: Unit, request: Requested) -> None:
        """No more are asked at once than was agreed for each care that is asked."""
        if self._agreements is None:
            return
        asked = [self._units[name] for name, _ in request.offers.values() if name in self._units]
        most = min(parallel_of(self._agreements, each, request.profile.urgency) for each in (unit, *asked))
        if len(request.offers) >= most:
            self._add("I3", data.request, f"{len(request.offers) + 1} asked at once; agreed is {most}")

    def _check_answer_by(self, data: decisions.PlacementOffered, unit: Unit, request: Requested) -> None:
        if self._agreements is None:
            return
        longest = self._now + timedelta(minutes=rule_of(self._agreements, unit.care_type).answer_minutes)
        needed = request.profile.needed_by
        longest = min(longest, needed) if needed is not None and needed > self._now else longest
        if not self._now < data.answer_by <= longest + SLACK:
            self._add("I1", data.request, f"answer by {data.answer_by}; agreed is {longest} at most")

    def _check_room(self, request: str, unit: str, claimed: int) -> None:
        free = self._house(unit).free
        if claimed > free:
            self._add("I2", request, f"{unit} has {free} free and {claimed} claims on them")

    def _check_owner(self, name: str, owner: str, request: Requested) -> None:
        if owner != request.owner:
            self._add("I1", name, f"owner is {request.owner}, the decision says {owner}")

    def _check_exclusions(self, name: str, excluded: tuple[decisions.Exclusion, ...], request: Requested) -> None:
        """Whether each reason given is true, where log and agreements can tell."""
        for exclusion in excluded:
            unit = self._units.get(exclusion.unit)
            if unit is None:
                self._add("I9", name, f"{exclusion.unit} is excluded and not in the agreements")
            elif exclusion.code is ExclusionCode.STOP and self._passes_stops(unit, request):
                self._add("I4", name, f"life-threatening, and held back by a stop of {unit.id}")
            elif not self._is_so(unit, exclusion.code, request):
                self._add("I9", name, f"{unit.id} is excluded for {exclusion.code}, which is not so")

    def _is_so(self, unit: Unit, code: ExclusionCode, request: Requested) -> bool:
        house = self._house(unit.id)
        if code in STATIC:
            return code in self._misfits(unit, request.profile)
        facts = {
            ExclusionCode.NEVER_REPORTED: house.counted_at is None,
            ExclusionCode.STALE: house.counted_at is not None and not self._surely_fresh(unit),
            ExclusionCode.FULL: house.counted_at is not None and self._claimed_at_most(unit.id) >= house.free,
            ExclusionCode.STOP: house.status is UnitStatus.STOP,
            ExclusionCode.CLOSED: house.status is UnitStatus.CLOSED,
            ExclusionCode.DECLINED: unit.id in request.declined,
            ExclusionCode.NO_ANSWER: unit.id in request.silent,
            ExclusionCode.ASKED: unit.id in {name for name, _ in request.offers.values()},
        }
        return facts.get(code, True)

    def _ended(self, _: Decision, data: decisions.OfferEnded, request: Requested) -> None:
        claim = self._claims.get((data.request, data.unit))
        unit, deadline = request.offers.pop(data.offer, (None, None))
        if claim is None or claim.kind != "hold" or claim.offer != data.offer or unit != data.unit:
            self._add("I9", data.request, f"offer {data.offer} ended, which was not open")
            return
        del self._claims[data.request, data.unit]
        if data.still_open != len(request.offers):
            self._add("I9", data.request, f"{data.still_open} offers said to be open; there are {len(request.offers)}")
        self._check_end(data, request, deadline)
        if request.state == "offered" and not request.offers:
            request.state, request.deadline = "searching", None

    def _check_end(self, data: decisions.OfferEnded, request: Requested, deadline: datetime | None) -> None:
        """Whether it ended as is said."""
        said = self._record.event.data
        if data.end is OfferEnd.EXPIRED:
            request.silent.append(data.unit)
            if deadline is not None and self._now < deadline - SLACK:
                self._add("I9", data.request, f"offer expired before {deadline}")
        if data.end is OfferEnd.DECLINED:
            if not isinstance(said, placement.OfferDeclined) or said.offer != data.offer or said.reason != data.reason:
                self._add("I9", data.request, "offer declined, which nobody said")
            reason = data.reason or DeclineReason.OTHER
            request.declined[data.unit] = (reason, self._house(data.unit).stands_at)
        if data.end is OfferEnd.WITHDRAWN_ACCEPTED and request.state not in {"accepted", "closed"}:
            self._add("I9", data.request, "offer withdrawn for another that was not accepted")

    def _accepted(self, _: Decision, data: decisions.PlacementAccepted, request: Requested) -> None:
        claim, said = self._claims.get((data.request, data.unit)), self._record.event.data
        deadline = request.offers.pop(data.offer, (None, None))[1]
        self._check_owner(data.request, data.owner, request)
        if claim is None:
            self._add("I2", data.request, f"{data.unit} accepted without a place held there")
            claim = self._claims[data.request, data.unit] = Claim(data.unit, data.offer, "promise")
        elif claim.kind == "hold":
            if not isinstance(said, placement.OfferAccepted) or said.offer != data.offer or claim.offer != data.offer:
                self._add("I9", data.request, f"offer {data.offer} accepted, which nobody said")
            if deadline is not None and self._now > deadline + SLACK:
                self._add("I9", data.request, f"accepted after the offer lapsed at {deadline}")
            self._check_room(
                data.request, data.unit, sum(not other.beyond_free for other in self._claims_on(data.unit))
            )
        claim.kind = "override" if claim.kind == "override" else "promise"
        claim.promised_at = self._now
        if data.admit_by <= self._now:
            self._add("I1", data.request, f"accepted, to be admitted by {data.admit_by}, which has passed")
        self._check_admit_by(data.request, data.admit_by, request)
        request.state, request.deadline = "accepted", data.admit_by

    def _check_admit_by(self, name: str, admit_by: datetime, request: Requested) -> None:
        needed = request.profile.needed_by
        if needed is not None and self._now < needed < admit_by - SLACK:
            self._add("I1", name, f"to be admitted by {admit_by}, and needed by {needed}")

    def _exhausted(self, _: Decision, data: decisions.PlacementExhausted, request: Requested) -> None:
        if request.offers:
            self._add("I9", data.request, f"exhausted while {sorted(request.offers)} are open")
        self._steps.check_shortfalls(data, {unit.id: unit.care_type for unit in self._units.values()})
        self._check_owner(data.request, data.owner, request)
        asked = {unit.id for unit in self._units.values() if unit.care_type in request.profile.care_types}
        named = [exclusion.unit for exclusion in data.excluded]
        if set(named) != asked:
            self._add("I9", data.request, f"exhausted without a reason for {sorted(asked ^ set(named))}")
        self._either_way(partial(self._check_exclusions, data.request, data.excluded, request))
        if data.review_at <= self._now:
            self._add("I1", data.request, f"to be looked at again at {data.review_at}, which has passed")
        request.state, request.deadline = "exhausted", data.review_at

    def _admitted(self, _: Decision, data: decisions.PlacementAdmitted, request: Requested) -> None:
        claim, said = self._claims.get((data.request, data.unit)), self._record.event.data
        if isinstance(said, placement.TransferAnswered) or request.elsewhere == data.unit:
            self._admitted_elsewhere(data, request)
            return
        # An admission may overtake its acceptance, and what places him there: who has him in the bed has said yes.
        if claim is None:
            self._add("I9", data.request, f"admitted to {data.unit}, where no place was held")
        else:
            request.offers.pop(claim.offer, None)
        came_at = self._steps.arrival(data.request, data.unit)
        if came_at is None:
            self._add("I9", data.request, f"admitted to {data.unit}, which nobody said")
        elif claim is not None:
            claim.admitted_at = came_at
        request.state, request.deadline = "closed", None

    def _admitted_elsewhere(self, data: decisions.PlacementAdmitted, request: Requested) -> None:
        """By the word of the region where he is; nothing may be kept for him here any more."""
        said, kept = self._record.event.data, self._kept_for(data.request)
        answered = isinstance(said, placement.TransferAnswered) and said.unit == data.unit
        arrived = isinstance(said, placement.PatientAdmitted) and said.request == data.request
        if not answered and not arrived:
            self._add("I9", data.request, f"admitted to {data.unit}, which nobody said")
        if kept:
            self._add("I2", data.request, f"admitted to {data.unit} elsewhere while {kept} is kept for him")
        request.state, request.deadline = "closed", None

    def _goes_elsewhere(self, _: Decision, data: transfer.TransferConfirmed, request: Requested) -> None:
        self._check_owner(data.request, data.owner, request)
        if kept := self._kept_for(data.request):
            self._add("I2", data.request, f"goes to {data.to_region} and keeps {kept}")
        if data.admit_by <= self._now:
            self._add("I1", data.request, f"to be admitted by {data.admit_by}, which has passed")
        self._check_admit_by(data.request, data.admit_by, request)
        said = self._record.event.data
        if not isinstance(said, placement.TransferAnswered) or said.unit != data.unit or said.request != data.transfer:
            self._add("I9", data.request, f"goes to {data.unit} in {data.to_region}, which nobody offered")
        request.state, request.deadline, request.elsewhere = "accepted", data.admit_by, data.unit

    def _bridged(self, _: Decision, data: transfer.BridgingSought, request: Requested) -> None:
        """A request of its own for care in the meantime; the real one keeps its owner and its deadline."""
        self._check_owner(data.request, data.owner, request)
        agreed = () if self._agreements is None else self._agreements.bridging
        rows = [row for row in agreed if request.profile.care_types[0] in row.care_types and row.by == data.care_types]
        if not rows:
            self._add("I3", data.request, f"{data.care_types} in the meantime was not agreed")
        waived = rows[0].waives if rows else ()
        needs = tuple(need for need in request.profile.needs if need not in waived)
        meantime = {"care_types": data.care_types, "needs": needs, "needed_by": None}
        self._requests[data.bridge] = Requested(request.profile.model_copy(update=meantime), data.owner, data.owner)
        self._open[data.bridge] = None

    def _kept_for(self, request: str) -> list[str]:
        return sorted(unit for name, unit in self._claims if name == request)

    def _reopened(self, _: Decision, data: decisions.PlacementReopened, request: Requested) -> None:
        claim = self._claims.pop((data.request, data.unit), None)
        elsewhere, request.elsewhere = request.elsewhere, None
        if claim is None and elsewhere != data.unit:
            self._add("I9", data.request, f"reopened from {data.unit}, where no place was promised")
        self._check_owner(data.request, data.owner, request)
        if (data.request, data.unit) in self._taken_back:
            request.declined[data.unit] = (data.reason, self._house(data.unit).stands_at)
        request.state, request.deadline = "searching", None

    def _released(self, _: Decision, data: decisions.PromiseReleased, request: Requested) -> None:
        if self._claims.pop((data.request, data.unit), None) is None:
            self._add("I9", data.request, f"{data.unit} is given back, and was not promised")
        request.state, request.deadline = "searching", None

    def _overdue(self, _: Decision, data: decisions.AdmissionOverdue, request: Requested) -> None:
        self._check_owner(data.request, data.owner, request)
        due = request.deadline or data.overdue_since
        if request.state not in {"accepted", "overdue"} or self._now < due - SLACK:
            self._add("I9", data.request, f"overdue, but {request.state}, to be admitted by {request.deadline}")
        request.state, request.deadline = "overdue", None

    def _cancelled(self, _: Decision, data: decisions.PlacementCancelled, request: Requested) -> None:
        for key in [key for key in self._claims if key[0] == data.request]:
            self._add("I2", data.request, f"cancelled, and {key[1]} is not given back")
            del self._claims[key]
        request.state, request.deadline = "closed", None

    def _owned(self, _: Decision, data: decisions.OwnershipChanged, request: Requested) -> None:
        self._check_owner(data.request, data.previous, request)
        if not self._steps.handed_over(data.request, data.owner) and request.taken_over_by != data.owner:
            self._add("I1", data.request, f"owner became {data.owner}, which nobody said")
        request.owner, request.taken_over_by = data.owner, None

    def _overridden(self, decision: Decision, data: decisions.OverrideRecorded, request: Requested) -> None:
        """A professional may set rules aside; a full house among them is then no fault of the core.

        An open offer ends first; a promise elsewhere moves along.
        """
        if not isinstance(self._record.event.data, placement.PlacementOverridden):
            self._add("I9", data.request, "an override that nobody gave")
        if request.offers:
            self._add("I2", data.request, f"overridden to {data.unit} while {sorted(request.offers)} are open")
        request.elsewhere = None
        codes = {exclusion.code for exclusion in data.against if exclusion.unit == data.unit}
        beyond = ExclusionCode.FULL in codes
        self._claims[data.request, data.unit] = Claim(data.unit, decision.id, "override", beyond_free=beyond)
        request.state, request.deadline = "accepted", None

    # --- what should have been decided ----------------------------------------------------------------------------

    def _check_heeded(self, data: Frozen) -> None:
        """What somebody said of an open request must have changed it."""
        request = self._requests.get(getattr(data, "request", ""))
        if request is None or request.state in {"closed", "theirs"}:
            return
        name: str = data.request  # type: ignore[attr-defined]
        claim = self._claims.get((name, getattr(data, "unit", "")))
        promised = claim is not None and claim.kind != "hold"
        match data:
            case placement.OfferAccepted() | placement.OfferDeclined() if data.offer in request.offers:
                self._add("I1", name, "the provider answered, and no decision followed")
            case placement.RequestCancelled():
                self._add("I1", name, "cancelled, and no decision followed")
            case placement.PatientAdmitted() if promised and claim is not None and claim.unit == data.unit:
                self._add("I1", name, "admitted where a place was promised, and no decision followed")

    def _cared_for(self, data: Frozen) -> bool:
        """He was admitted to the unit that speaks of him, and it is one that visits."""
        unit = getattr(data, "unit", "")
        claim = self._claims.get((getattr(data, "request", ""), unit))
        visits = unit in self._units and self._units[unit].care_type is CareType.WIJKVERPLEGING
        return visits and claim is not None and claim.admitted_at is not None

    def _check_one_place(self, decided: list[Decision]) -> None:
        """Who has a place holds no other: in the same turn what others held goes back."""
        for name in dict.fromkeys(getattr(each.data, "request", None) for each in decided):
            request = self._requests.get(name or "")
            if request is not None and request.state in {"accepted", "overdue", "closed"} and request.offers:
                self._add("I2", str(name), f"{request.state}, and {sorted(request.offers)} are still held")
                request.offers.clear()
        accepted = [each.data for each in decided if isinstance(each.data, decisions.PlacementAccepted)]
        known = [data for data in accepted if data.request in self._requests]
        still = [data for data in known if self._requests[data.request].state == "accepted"]
        self._steps.check_arrivals(self._record, self._now, still)

    def _check_deadlines(self) -> None:
        for name in tuple(self._open):
            request = self._requests[name]
            if request.state == "closed":
                del self._open[name]
                continue
            self._steps.check_needed_by(name, request, self._record, self._now)
            answers_due = min((until for _, until in request.offers.values()), default=None)
            due = answers_due or request.deadline
            if request.state == "searching" and self._agreements is not None:
                self._add("I1", name, "open, with neither an offer nor a moment of review")
                request.state = "lost"
            elif due is not None and self._now > due + SLACK:
                self._add("I1", name, f"{request.state}, and {due} passed without a decision")
                request.deadline = None
                request.offers.clear()

    # --- counting -------------------------------------------------------------------------------------------------

    def _claims_on(self, unit: str) -> list[Claim]:
        """Holds and promises that the newest report does not include yet."""
        house = self._house(unit)
        return [
            claim
            for (request, _), claim in self._claims.items()
            if claim.unit == unit and not absorbed(request, claim, house) and not self._visit_over(claim)
        ]

    def _claimed_at_most(self, unit: str) -> int:
        """As `_claims_on`, but "my figure still stands" tells nothing about who came in since it was counted."""
        house = self._house(unit)
        counted_at = min((at for at in (house.counted_at, house.heard_at) if at is not None), default=None)
        counted = House(counted_at=counted_at, stands_at=counted_at, includes=house.includes)
        claims = [(request, claim) for (request, _), claim in self._claims.items() if claim.unit == unit]
        return sum(not absorbed(request, claim, counted) and not self._visit_over(claim) for request, claim in claims)

    def _visit_over(self, claim: Claim) -> bool:
        """A promised visit takes one start of the hour, for as long as a visit is agreed to last."""
        unit = self._units.get(claim.unit)
        if unit is None or unit.care_type is not CareType.WIJKVERPLEGING or claim.promised_at is None:
            return False
        agreed = rule_of(self._agreements, unit.care_type).visit_minutes if self._agreements else None
        return self._now - claim.promised_at >= timedelta(minutes=agreed or VISIT_MINUTES)

    def _misfits(self, unit: Unit, profile: Profile) -> set[ExclusionCode]:
        return set() if self._agreements is None else misfits(self._agreements, unit, profile, now=self._now)

    def _surely_fresh(self, unit: Unit) -> bool:
        house = self._house(unit.id)
        if house.counted_at is None or house.stands_at is None or self._agreements is None:
            return False
        return self._now - house.stands_at < validity_of(self._agreements, unit) - SLACK

    def _passes_stops(self, unit: Unit, request: Requested) -> bool:
        """A stop, unlike a closing, never holds back a life-threatening case."""
        rank = None if self._agreements is None else rank_of(self._agreements, request.profile.urgency)
        return rank is not None and rank.life_threatening and self._house(unit.id).status is UnitStatus.STOP

    def _surely_shut(self, unit: Unit) -> bool:
        """A stop without an end lasts as agreed; counted from when it was seen, which is the shorter reading."""
        house = self._house(unit.id)
        if house.status not in {UnitStatus.STOP, UnitStatus.CLOSED} or house.status_at is None:
            return False
        until = house.until
        if until is None and house.status is UnitStatus.STOP and self._agreements is not None:
            until = house.status_at + timedelta(minutes=rule_of(self._agreements, unit.care_type).stop_minutes)
        return until is None or self._now < until - SLACK

    def _add(self, invariant: str, request: str, message: str) -> None:
        self._findings.add(invariant, f"request {request}: {message}", self._record.offset)
