"""Recounts what one region asks of its neighbours, and what it is asked (I1, I2, I3, I5, I9)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from spoedplein.domain.log import Record
from spoedplein.testing.audit_rules import Findings, rank_of
from spoedplein_schemas import Decision, decisions, placement, transfer
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.placement import Profile, TransferOutcome
from spoedplein_schemas.vocabulary import Urgency

SLACK: Final = timedelta(seconds=1)


@dataclass(slots=True)
class Asked:
    """One question: to a neighbour (`ours`), or of one."""

    region: str
    answer_by: datetime
    owner: str
    urgency: Urgency
    ours: bool
    settled: bool = False
    told: TransferOutcome | None = None


class TransferAuditor:
    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._agreements: Agreements | None = None
        self._profiles: dict[str, Profile] = {}
        self._asked: dict[str, Asked] = {}
        self._gone: set[str] = set()
        #: Who asked under a name that belonged to another request: he is told no, and nothing more.
        self._misnamed: set[tuple[str, str]] = set()
        #: By request of a neighbour: units where a place is held or promised for it.
        self._kept: dict[str, set[str]] = defaultdict(set)
        self._waits: dict[str, None] = {}
        self._bridges: dict[str, str] = {}
        self._closed: set[str] = set()
        self._now = datetime.min.replace(tzinfo=UTC)
        self._offset = 0

    def adopt(self, agreements: Agreements) -> None:
        self._agreements = agreements

    def step(self, record: Record, decided: list[Decision]) -> None:
        self._now = max(self._now, datetime.fromtimestamp(record.at / 1000, UTC))
        self._offset = record.offset
        match record.event.data:
            case placement.PlacementRequested() as data:
                self._profiles.setdefault(data.request, data.profile)
            case placement.TransferAsked() as data if self._is_of_another(data.request, data.from_region):
                self._misnamed.add((data.request, data.from_region))
            case placement.TransferAsked() as data if data.request not in self._asked:
                self._is_asked(data)
            case placement.TransferAnswered() as data if data.outcome in (
                TransferOutcome.NONE,
                TransferOutcome.RELEASED,
            ):
                self._waits.pop(data.request, None)
            case placement.TransferWithdrawn() as data if not self._is_of_another(data.request, data.from_region):
                self._gone.add(data.request)
                self._waits.pop(data.request, None)
        for decision in decided:
            self._check(decision)
            self._keeps(decision)
        self._check_given_back(record, decided)
        for name in tuple(self._waits):
            if self._now > self._asked[name].answer_by + SLACK:
                self._add("I1", f"{name}: asked until {self._asked[name].answer_by}, and nothing was settled")
                del self._waits[name]

    def _is_of_another(self, name: str, region: str) -> bool:
        asked = self._asked.get(name)
        return name in self._profiles if asked is None else asked.ours or asked.region != region

    def _is_asked(self, data: placement.TransferAsked) -> None:
        asked = Asked(data.from_region, data.answer_by, data.owner, data.profile.urgency, ours=False)
        self._asked[data.request] = asked
        if data.request not in self._gone:
            self._waits[data.request] = None

    def _check(self, decision: Decision) -> None:
        match decision.data:
            case transfer.TransferAsked() as data:
                self._asks(decision, data)
            case transfer.TransferWithdrawn() | transfer.TransferConfirmed() as data:
                self._settles(data)
            case transfer.TransferAnswered() as data:
                self._answers(data)
            case decisions.PlacementOffered() as data:
                self._offers(data)
            case transfer.BridgingSought() | transfer.BridgingStarted() | transfer.BridgingEnded() as data:
                self._bridges_over(data)
            case decisions.PlacementAdmitted() | decisions.PlacementCancelled() as data:
                self._closed.add(data.request)

    def _keeps(self, decision: Decision) -> None:
        """Notes what is kept for a neighbour's patient, and what is given back."""
        match decision.data:
            case decisions.PlacementOffered() | decisions.PlacementAccepted() | decisions.OverrideRecorded() as data:
                if data.request in self._asked and not self._asked[data.request].ours:
                    self._kept[data.request].add(data.unit)
            case decisions.OfferEnded() | decisions.PromiseReleased() | decisions.PlacementReopened() as data:
                self._kept[data.request].discard(data.unit)
            case decisions.PlacementAdmitted() | decisions.PlacementCancelled() as data:
                self._kept[data.request].clear()

    def _check_given_back(self, record: Record, decided: list[Decision]) -> None:
        """Once the neighbour withdrew, nothing is kept for him: from that very turn on."""
        told = dict.fromkeys(getattr(data, "request", None) for data in (record.event.data, *(x.data for x in decided)))
        for name in told:
            if name in self._gone and self._kept[name]:
                self._add("I2", f"{name}: withdrawn, and {sorted(self._kept[name])} is kept still")
                self._kept[name].clear()

    def _bridges_over(self, data: transfer.BridgingSought | transfer.BridgingStarted | transfer.BridgingEnded) -> None:
        if not isinstance(data, transfer.BridgingSought):
            if self._bridges.get(data.request) != data.bridge:
                self._add("I9", f"{data.request}: care in the meantime {data.bridge} was never sought")
            return
        if data.request in self._bridges or data.request in self._closed:
            self._add("I9", f"{data.request}: care in the meantime is sought twice, or for a closed request")
        self._bridges[data.request] = data.bridge

    def _asks(self, decision: Decision, data: transfer.TransferAsked) -> None:
        agreed = [] if self._agreements is None else self._agreements.neighbours
        rows = [row for row in agreed if row.region == data.to_region and set(data.profile.care_types) <= set(row.asks)]
        wanted = self._profiles.get(data.request)
        if data.transfer != decision.id:
            self._add("I9", f"{data.request}: transfer {data.transfer} is not named after its decision {decision.id}")
        if not rows:
            self._add("I3", f"{data.request}: {data.to_region} is asked for care that was not agreed with it")
        elif not self._now < data.answer_by <= self._now + timedelta(minutes=rows[0].answer_minutes) + SLACK:
            self._add("I1", f"{data.request}: {data.to_region} may answer until {data.answer_by}")
        if rows and (data.by, data.contact) != (rows[0].asked_by, rows[0].contact):
            self._add("I9", f"{data.request}: {data.to_region} is asked by {data.by}; agreed is {rows[0].asked_by}")
        if wanted is None:
            self._add("I9", f"{data.request}: a neighbour is asked for a request that nobody made here")
        elif wanted.urgency != data.profile.urgency:
            self._add("I5", f"{data.request}: leaves as {data.profile.urgency.code}, came as {wanted.urgency.code}")
        if data.profile.area is not None:
            self._add("I10", f"{data.request}: a neighbour is told where somebody lives")
        if data.request in self._closed:
            self._add("I1", f"{data.request}: a neighbour is asked after the request was closed")
        asked = Asked(data.to_region, data.answer_by, data.owner, data.profile.urgency, ours=True)
        self._asked[data.transfer], self._waits[data.transfer] = asked, None

    def _settles(self, data: transfer.TransferWithdrawn | transfer.TransferConfirmed) -> None:
        asked = self._asked.get(data.transfer)
        if asked is None or not asked.ours:
            self._add("I9", f"{data.transfer}: settled, and never asked")
            return
        self._waits.pop(data.transfer, None)

    def _answers(self, data: transfer.TransferAnswered) -> None:
        asked = self._asked.get(data.transfer)
        if (data.transfer, data.from_region) in self._misnamed and data.outcome is TransferOutcome.NONE:
            return
        if asked is None or asked.ours or asked.region != data.from_region:
            self._add("I9", f"{data.transfer}: {data.from_region} is answered, and asked nothing")
            return
        if data.outcome in (TransferOutcome.ACCEPTED, TransferOutcome.ADMITTED) and data.unit is None:
            self._add("I9", f"{data.transfer}: a place without a unit")
        if data.outcome is TransferOutcome.NONE and data.reason is None:
            self._add("I9", f"{data.transfer}: refused without a reason")
        asked.told = data.outcome
        self._waits.pop(data.transfer, None)

    def _offers(self, data: decisions.PlacementOffered) -> None:
        """Own region first: what was agreed to stay free is not given to a neighbour."""
        asked = self._asked.get(data.request)
        if asked is None or asked.ours or self._agreements is None:
            return
        rank = rank_of(self._agreements, asked.urgency)
        kept = [row.keep_free for row in self._agreements.neighbours if row.region == asked.region and row.takes]
        urgent = rank is not None and rank.life_threatening
        if kept and not urgent and data.basis.free - data.basis.held <= min(kept):
            self._add("I3", f"{data.request}: {data.unit} is offered to {asked.region} though kept for our own")
        if data.owner != asked.owner:
            self._add("I1", f"{data.request}: its owner is {asked.owner}, the offer says {data.owner}")

    def _add(self, invariant: str, message: str) -> None:
        self._findings.add(invariant, f"transfer {message}", self._offset)
