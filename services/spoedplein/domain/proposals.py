"""Proposals to people: made with what they rest on, and then confirmed, rejected or lapsed. Nothing is done by itself.

One of a kind at a time for each site, for each request, or for the region. After a rejection, or when it lapsed, the
same is proposed again only when the agreed time is over and it is still needed. What was confirmed and is over waits
for nothing: who said yes wants to know when it is needed anew.
"""

from dataclasses import dataclass
from enum import StrEnum

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.timers import Timer, Timers
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas.crowding import (
    LapseReason,
    ProposalAnswer,
    ProposalAnswered,
    ProposalConfirmed,
    ProposalLapsed,
    ProposalMade,
    ProposalOver,
    ProposalRejected,
)
from spoedplein_schemas.crowding_agreements import DEFAULT_PROPOSALS, ProposalRule
from spoedplein_schemas.decisions import CommandRefused, Refusal
from spoedplein_schemas.views import OpenProposal
from spoedplein_schemas.vocabulary import Frozen, ProposalKind

#: An answer that comes late is told so for a day; then the proposal is forgotten.
KEEP_MS = 24 * 60 * MINUTE_MS


class Stage(StrEnum):
    OPEN = "open"
    CONFIRMED = "confirmed"
    CLOSED = "closed"


@dataclass(slots=True)
class Proposal:
    """Milliseconds by the log. `topic` is what there can be one of at a time: kind, and site, side or request."""

    id: str
    topic: str
    kind: ProposalKind
    site: str | None
    since: int
    answer_by: int
    stage: Stage = Stage.OPEN
    answer: ProposalAnswer | None = None
    closed_at: int | None = None
    request: str | None = None


class Proposals:
    """Every proposal of a region; `again_at` holds per topic until when it is not made anew."""

    def __init__(
        self, proposals: dict[str, Proposal], again_at: dict[str, int], *, rules: Rules, timers: Timers
    ) -> None:
        self.changed = True
        #: Something was rejected or lapsed: when it is wanted again is to be seen to.
        self.rests = False
        self._proposals = proposals
        self._again_at = again_at
        self._timers = timers
        agreed = rules.agreements.proposals if rules.agreements else DEFAULT_PROPOSALS
        self._rules = {rule.kind: rule for rule in agreed}
        self._live: dict[str, str] = {}
        for proposal in proposals.values():
            self._stand(proposal)

    def rule(self, kind: ProposalKind) -> ProposalRule:
        return self._rules[kind]

    def live(self, topic: str) -> bool:
        """It is open, or was confirmed and is still needed."""
        return topic in self._live

    def any_live(self) -> bool:
        return bool(self._live)

    def open_to(self, topic: str, now: int) -> bool:
        """It does not stand, nor was it answered too short a time ago."""
        return topic not in self._live and now >= self._again_at.get(topic, 0)

    def rests_until(self, topic: str) -> int | None:
        """When it can be made anew; none while it stands, or when it was never made."""
        return None if topic in self._live else self._again_at.get(topic)

    def want(self, turn: Turn, topic: str, made: ProposalMade) -> None:
        """Propose it, unless it stands already or was answered too short a time ago.

        `made` is complete but for who may answer, and by when.
        """
        if not self.open_to(topic, turn.now):
            return
        rule = self._rules[made.kind]
        answer_by = turn.now + rule.answer_minutes * MINUTE_MS
        proposal = Proposal(
            turn.next_id(), topic, made.kind, made.site, since=turn.now, answer_by=answer_by, request=made.request
        )
        self._proposals[proposal.id] = proposal
        self._stand(proposal)
        whole = made.model_copy(update={"roles": rule.roles, "answer_by": moment(answer_by)})
        turn.decide(whole, subject=proposal.site or proposal.request or turn.region)

    def need_not(self, turn: Turn, topic: str, reason: LapseReason = LapseReason.NO_LONGER_NEEDED) -> None:
        """What it rested on is gone."""
        name = self._live.get(topic)
        if name is None:
            return
        proposal = self._proposals[name]
        if proposal.stage is Stage.CONFIRMED:
            over = ProposalOver(proposal=name, kind=proposal.kind, site=proposal.site, request=proposal.request)
            turn.decide(over, subject=name)
        else:
            self._lapses(turn, proposal, reason)
        self._close(turn, proposal)

    def settled(self, turn: Turn, topic: str) -> None:
        """What it was for is done with: should it be needed again, that is another matter and waits for nothing."""
        self.need_not(turn, topic)
        self._again_at.pop(topic, None)

    def due(self, turn: Turn, name: str) -> None:
        proposal = self._proposals[name]
        self._lapses(turn, proposal, LapseReason.NO_ANSWER)
        self._close(turn, proposal)

    def confirmed(self, turn: Turn, data: ProposalConfirmed) -> None:
        self._answered(turn, data, ProposalAnswer.CONFIRMED)

    def rejected(self, turn: Turn, data: ProposalRejected) -> None:
        self._answered(turn, data, ProposalAnswer.REJECTED)

    def forget(self, name: str) -> None:
        del self._proposals[name]

    def topics(self) -> list[str]:
        """Of the proposals that stand, in order."""
        return sorted(self._live)

    def shown(self) -> tuple[OpenProposal, ...]:
        """Those that stand, the oldest first."""
        found = sorted((self._proposals[name] for name in self._live.values()), key=lambda each: (each.since, each.id))
        return tuple(
            OpenProposal(
                proposal=each.id,
                kind=each.kind,
                site=each.site,
                request=each.request,
                since=moment(each.since),
                answer_by=moment(each.answer_by),
                confirmed=each.stage is Stage.CONFIRMED,
                roles=self._rules[each.kind].roles,
            )
            for each in found
        )

    def _answered(self, turn: Turn, data: ProposalConfirmed | ProposalRejected, answer: ProposalAnswer) -> None:
        """Said twice, it changes nothing; said otherwise than before, or too late, it is refused."""
        proposal = self._proposals.get(data.proposal)
        if proposal is None:
            self._refuse(turn, data, Refusal.UNKNOWN_PROPOSAL)
        elif proposal.stage is not Stage.OPEN:
            if proposal.answer is not answer:
                self._refuse(turn, data, Refusal.PROPOSAL_CLOSED)
        elif data.by.role not in self._rules[proposal.kind].roles:
            self._refuse(turn, data, Refusal.ROLE_NOT_AGREED)
        else:
            proposal.answer = answer
            ground = data.ground if isinstance(data, ProposalRejected) else None
            told = ProposalAnswered(
                proposal=proposal.id,
                kind=proposal.kind,
                site=proposal.site,
                request=proposal.request,
                answer=answer,
                by=data.by,
                ground=ground,
            )
            turn.decide(told, subject=proposal.id)
            if answer is ProposalAnswer.REJECTED:
                self._close(turn, proposal)
            else:
                proposal.stage = Stage.CONFIRMED
                self._stand(proposal)

    def _lapses(self, turn: Turn, proposal: Proposal, reason: LapseReason) -> None:
        lapsed = ProposalLapsed(
            proposal=proposal.id, kind=proposal.kind, site=proposal.site, request=proposal.request, reason=reason
        )
        turn.decide(lapsed, subject=proposal.id)

    def _close(self, turn: Turn, proposal: Proposal) -> None:
        if proposal.stage is not Stage.CONFIRMED:
            self._again_at[proposal.topic] = turn.now + self._rules[proposal.kind].again_minutes * MINUTE_MS
            self.rests = True
        proposal.stage, proposal.closed_at = Stage.CLOSED, turn.now
        self._stand(proposal)

    def _stand(self, proposal: Proposal) -> None:
        self.changed = True
        closed = proposal.stage is Stage.CLOSED
        if closed and self._live.get(proposal.topic) == proposal.id:
            del self._live[proposal.topic]
        elif not closed:
            self._live[proposal.topic] = proposal.id
        due = proposal.answer_by + 1 if proposal.stage is Stage.OPEN else None
        self._timers.set(Timer.PROPOSAL, proposal.id, due)
        kept = None if proposal.closed_at is None else proposal.closed_at + KEEP_MS
        self._timers.set(Timer.FORGET_PROPOSAL, proposal.id, kept)

    def _refuse(self, turn: Turn, data: Frozen, refusal: Refusal) -> None:
        assert isinstance(data, ProposalConfirmed | ProposalRejected)
        command = CommandRefused(command=type(data).__name__, subject=data.proposal, refusal=refusal)
        turn.decide(command, subject=data.proposal)
