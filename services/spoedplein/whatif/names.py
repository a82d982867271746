"""Names that a history made itself, out of the offsets of its log, and what each of them stands for in every history.

A question to a neighbour, care in the meantime and a proposal are named after the decision that made them. Another
history decides at other offsets: what people say of such a name is meant for the same question there, if it was asked.
"""

from collections import Counter

from spoedplein_schemas import Decision, transfer
from spoedplein_schemas.crowding import ProposalMade
from spoedplein_schemas.placement import TransferAnswered
from spoedplein_schemas.vocabulary import Frozen

#: Who is asked by a proposal: people of a role, and no unit.
PEOPLE = "people"


class Names:
    """Of one history; a meaning is the same in all of them."""

    def __init__(self) -> None:
        self._meanings: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._times: Counter[str] = Counter()

    def notice(self, made: Decision) -> None:
        data = made.data
        match data:
            case transfer.TransferAsked():
                self._keep(data.transfer, f"{self.meaning(data.request)} to {data.to_region}")
            case transfer.BridgingSought():
                self._keep(data.bridge, f"bridging {self.meaning(data.request)}")
            case ProposalMade():
                self._keep(made.id, topic(data, self.meaning(data.request or "")))
            case _:
                pass

    def made_here(self, name: str) -> bool:
        return name in self._meanings

    def meaning(self, name: str) -> str:
        """What it stands for; what people named themselves stands for itself."""
        return self._meanings.get(name, name)

    def name(self, meaning: str) -> str | None:
        """How this history calls it; None where it made no such thing."""
        return self._names.get(meaning)

    def _keep(self, name: str, about: str) -> None:
        meaning = f"{about} #{self._times[about]}"
        self._times[about] += 1
        self._meanings[name], self._names[meaning] = meaning, name


def topic(made: ProposalMade, request: str) -> str:
    """What is proposed, and for whom: help for one side of a site is not help for the other."""
    helped = made.sides[0].service.value if made.sides else ""
    return f"proposal {made.kind.value} {made.site or ''} {helped} {request}"


def neighbour(region: str) -> str:
    """A neighbour who is asked, beside units that are."""
    return f"region {region}"


def question(data: Frozen) -> str | None:
    """The name of the question that this answers: an offer, a question to a neighbour, a proposal."""
    if isinstance(data, TransferAnswered):
        return data.request
    found: str | None = getattr(data, "offer", None) or getattr(data, "proposal", None)
    return found


def asks_field(data: Frozen) -> str:
    """The field of an answer in which that name stands."""
    if isinstance(data, TransferAnswered):
        return "request"
    return "offer" if hasattr(data, "offer") else "proposal"
