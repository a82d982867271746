"""Follows each request up the ladder, and holds proposals to turn to the ROAZ against it (I1, I9).

A request is exhausted everywhere when it was exhausted here and nothing was asked since, every neighbour that is agreed
for it was asked and answered within his rest, and care in the meantime was not agreed, not wanted, or exhausted too.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from spoedplein.domain.log import Record
from spoedplein.testing.audit_rules import Findings, rank_of
from spoedplein_schemas import Decision, crowding, decisions, placement, request_decisions, transfer
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.crowding_agreements import ProposalRule
from spoedplein_schemas.placement import Profile
from spoedplein_schemas.vocabulary import CareType, Frozen, ProposalKind

SLACK: Final = timedelta(seconds=1)


class Here(StrEnum):
    SEARCHED = "searched"
    EXHAUSTED = "exhausted"
    MET = "met"


@dataclass(slots=True)
class Climbing:
    """One request of ours; `asked` is when each neighbour was asked last, `waits` the transfers without an end."""

    profile: Profile
    owner: str
    here: Here = Here.SEARCHED
    asked: dict[str, datetime] = field(default_factory=dict)
    waits: set[str] = field(default_factory=set)
    bridge: str | None = None
    meantime: Here | None = None
    bridging: tuple[CareType, ...] = ()
    proposal: str | None = None
    #: After a no, or silence; once the request was met another need of it waits for nothing.
    rests_until: datetime | None = None


class RoazAuditor:
    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._agreements: Agreements | None = None
        self._requests: dict[str, Climbing] = {}
        self._bridges: dict[str, str] = {}
        self._asks: dict[str, str] = {}
        self._proposals: dict[str, str] = {}
        self._now = datetime.min.replace(tzinfo=UTC)
        self._offset = 0

    def adopt(self, agreements: Agreements) -> None:
        self._agreements = agreements

    def step(self, record: Record, decided: list[Decision]) -> None:
        self._now = max(self._now, datetime.fromtimestamp(record.at / 1000, UTC))
        self._offset = record.offset
        data = record.event.data
        if isinstance(data, placement.PlacementRequested):
            self._requests.setdefault(data.request, Climbing(data.profile, data.owner))
        looked: dict[str, None] = {}
        if isinstance(data, placement.TransferAnswered) and data.request in self._asks:
            name = self._asks[data.request]
            if data.request in self._requests[name].waits:
                self._requests[name].waits.discard(data.request)
                looked[name] = None
        for decision in decided:
            self._take(decision)
            name = str(getattr(decision.data, "request", ""))
            if isinstance(decision.data, decisions.PlacementExhausted | transfer.TransferWithdrawn):
                looked[self._bridges.get(name, name)] = None
        for name in looked:
            self._check_wanted(name)
        self._check_standing()

    # --- the ladder -----------------------------------------------------------------------------------------------

    def _take(self, decision: Decision) -> None:
        data: Frozen = decision.data
        match data:
            case crowding.ProposalMade() if data.request is not None:
                self._made(decision.id, data)
            case crowding.ProposalAnswered() if data.answer is crowding.ProposalAnswer.REJECTED:
                self._ends(data.proposal, rests=True)
            case crowding.ProposalLapsed():
                self._ends(data.proposal, rests=data.reason is not crowding.LapseReason.NO_LONGER_NEEDED)
            case crowding.ProposalOver():
                self._ends(data.proposal, rests=False)
            case transfer.BridgingSought() if data.request in self._requests:
                climbing = self._requests[data.request]
                climbing.bridge, climbing.meantime, climbing.bridging = data.bridge, Here.SEARCHED, data.care_types
                self._bridges[data.bridge] = data.request
            case _:
                self._moves(data)

    def _moves(self, data: Frozen) -> None:
        name = getattr(data, "request", None)
        if name in self._bridges:
            self._bridge_moves(self._requests[self._bridges[name]], data)
        climbing = self._requests.get(str(name))
        if climbing is None:
            return
        match data:
            case decisions.PlacementExhausted():
                climbing.here = Here.EXHAUSTED
            case decisions.PlacementOffered() | decisions.PlacementReopened() | request_decisions.FirstTryEnded():
                climbing.here = Here.SEARCHED
            case decisions.PlacementAccepted() | decisions.PlacementAdmitted() | decisions.PlacementCancelled():
                climbing.here, climbing.rests_until = Here.MET, None
            case transfer.TransferConfirmed():
                climbing.here, climbing.rests_until = Here.MET, None
            case transfer.TransferAsked():
                climbing.asked[data.to_region] = self._now
                climbing.waits.add(data.transfer)
                self._asks[data.transfer] = data.request
            case transfer.TransferWithdrawn():
                climbing.waits.discard(data.transfer)
            case decisions.OwnershipChanged() | request_decisions.FirstTryBegun():
                climbing.owner = data.owner

    def _bridge_moves(self, climbing: Climbing, data: Frozen) -> None:
        match data:
            case decisions.PlacementExhausted():
                climbing.meantime = Here.EXHAUSTED
            case decisions.PlacementOffered() | decisions.PlacementReopened() | decisions.PlacementAccepted():
                climbing.meantime = Here.SEARCHED
            case decisions.PlacementAdmitted():
                climbing.meantime, climbing.rests_until = Here.MET, None
            case decisions.PlacementCancelled():
                climbing.meantime = Here.EXHAUSTED

    def _exhausted_everywhere(self, climbing: Climbing) -> bool:
        agreed = () if self._agreements is None else self._agreements.neighbours
        for neighbour in agreed:
            at = climbing.asked.get(neighbour.region)
            rests = at is not None and self._now - at < timedelta(minutes=neighbour.again_minutes)
            if set(neighbour.asks) & set(climbing.profile.care_types) and not rests:
                return False
        bridged = climbing.meantime in (None, Here.EXHAUSTED)
        return climbing.here is Here.EXHAUSTED and not climbing.waits and bridged

    # --- proposals ------------------------------------------------------------------------------------------------

    def _rule(self) -> ProposalRule | None:
        rules = () if self._agreements is None else self._agreements.proposals
        return next((rule for rule in rules if rule.kind is ProposalKind.ROAZ), None)

    def _agreed(self, climbing: Climbing) -> bool:
        rule, agreed = self._rule(), self._agreements
        rank = None if agreed is None else rank_of(agreed, climbing.profile.urgency)
        most = None if rule is None else rule.exhausted_rank_max
        return most is not None and rank is not None and rank.rank <= most

    def _made(self, name: str, data: crowding.ProposalMade) -> None:
        climbing = self._requests.get(str(data.request))
        if climbing is None or data.kind is not ProposalKind.ROAZ:
            self._add("I9", f"{name} proposes {data.kind} for {data.request}, which nobody asked")
            return
        if not self._agreed(climbing):
            self._add("I9", f"{name} turns to the ROAZ for {data.request}, which was not agreed")
        if not self._exhausted_everywhere(climbing):
            self._add("I9", f"{name} turns to the ROAZ for {data.request}, and not everything was tried")
        if climbing.rests_until is not None and self._now < climbing.rests_until:
            self._add("I1", f"{name} turns to the ROAZ for {data.request} again before {climbing.rests_until}")
        if data.owner != climbing.owner:
            self._add("I1", f"{name} names {data.owner}; the owner of {data.request} is {climbing.owner}")
        if set(data.neighbours) != set(climbing.asked) or data.bridging != climbing.bridging:
            self._add("I9", f"{name} says that {data.neighbours} and {data.bridging} were tried, which is not so")
        climbing.proposal = name
        self._proposals[name] = str(data.request)

    def _ends(self, name: str, *, rests: bool) -> None:
        if name not in self._proposals:
            return
        climbing, rule = self._requests[self._proposals[name]], self._rule()
        climbing.proposal = None
        minutes = rule.again_minutes if rests and rule is not None else 0
        climbing.rests_until = self._now + timedelta(minutes=minutes)

    def _check_wanted(self, name: str) -> None:
        climbing = self._requests.get(name)
        if climbing is None or climbing.proposal is not None or not self._agreed(climbing):
            return
        rests = climbing.rests_until is not None and self._now < climbing.rests_until + SLACK
        if self._exhausted_everywhere(climbing) and not rests:
            self._add("I1", f"{name} is exhausted everywhere, and nobody is asked to turn to the ROAZ")

    def _check_standing(self) -> None:
        for climbing in (self._requests[name] for name in self._proposals.values()):
            if climbing.proposal is not None and Here.MET in (climbing.here, climbing.meantime):
                self._add("I9", f"{climbing.proposal} stands, and its request is met")
                climbing.proposal = None

    def _add(self, invariant: str, message: str) -> None:
        self._findings.add(invariant, message, self._offset)
