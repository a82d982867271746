"""The last step of the ladder: for a request that nothing fits anywhere, a person may turn to the ROAZ.

Nothing fits here, no neighbour has a place, and nobody can give care in the meantime: then it is proposed to those whom
the region agreed, with the time that they have. It ends when the request is met, or care in the meantime begins.
"""

from spoedplein.domain.agreements import Rules
from spoedplein.domain.proposals import Proposals
from spoedplein.domain.request import Request
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas.crowding import LapseReason, ProposalMade
from spoedplein_schemas.vocabulary import CareType, ProposalKind


class Roaz:
    def __init__(self, *, proposals: Proposals, rules: Rules) -> None:
        self._proposals = proposals
        self._rules = rules

    def propose(
        self, turn: Turn, request: Request, *, neighbours: tuple[str, ...], bridging: tuple[CareType, ...]
    ) -> None:
        """`neighbours` were asked in vain, and `bridging` is what was looked for in the meantime, in vain."""
        if not self._agreed(request):
            return
        made = ProposalMade(
            kind=ProposalKind.ROAZ,
            request=request.id,
            owner=request.owner,
            shortfalls=request.shortfalls,
            neighbours=neighbours,
            bridging=bridging,
            roles=self._proposals.rule(ProposalKind.ROAZ).roles,
            answer_by=moment(turn.now),
        )
        self._proposals.want(turn, _topic(request.id), made)

    def met(self, turn: Turn, request_id: str) -> None:
        """A place is promised, or care in the meantime began, or no place is needed any more."""
        self._proposals.settled(turn, _topic(request_id))

    def agreements_changed(self, turn: Turn, requests: dict[str, Request]) -> None:
        for topic in self._proposals.topics():
            kind, _, name = f"{topic}//".split("/")[:3]
            if kind == ProposalKind.ROAZ and name and not self._agreed(requests[name]):
                self._proposals.need_not(turn, topic, LapseReason.AGREEMENTS_CHANGED)

    def _agreed(self, request: Request) -> bool:
        most = self._proposals.rule(ProposalKind.ROAZ).exhausted_rank_max
        return most is not None and self._rules.rank(request.wanted.profile.urgency).rank <= most


def _topic(request_id: str) -> str:
    return f"{ProposalKind.ROAZ}//{request_id}"
