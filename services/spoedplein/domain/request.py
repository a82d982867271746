"""One request for a place, as a region remembers it."""

from dataclasses import dataclass, field

from spoedplein_schemas.decisions import ExclusionCode, OfferEnd
from spoedplein_schemas.placement import DeclineReason, PlacementRequested, RequestCancelled
from spoedplein_schemas.views import RequestState as State
from spoedplein_schemas.vocabulary import CareType

OPEN = (State.OFFERED, State.WAITING, State.ACCEPTED)


@dataclass(slots=True)
class Passed:
    """A unit that said no, or nothing, at `at`; `lifts` when a newer report of it counts as a new chance."""

    code: ExclusionCode
    reason: DeclineReason | None
    at: int
    lifts: bool


@dataclass(slots=True)
class Offer:
    id: str
    unit: str
    answer_by: int


@dataclass(slots=True)
class Early:
    """A cancellation that overtook its request."""

    said: RequestCancelled
    heard_at: int


@dataclass(slots=True)
class Request:
    """One request; `wanted` is its first words, kept as they came.

    Times are the log's; `accepted_at`, `owned_at` (last hand-over) and `overridden_at` the source's.
    """

    wanted: PlacementRequested
    owner: str
    opened_at: int
    state: State = State.WAITING
    offer: Offer | None = None
    accepted: str | None = None
    accepted_at: int | None = None
    unit: str | None = None
    owned_at: int | None = None
    overridden_at: int | None = None
    admit_by: int | None = None
    overdue_since: int | None = None
    review_at: int | None = None
    attempts: int = 0
    rounds: int = 0
    closed_at: int | None = None
    label: CareType | None = None
    label_at: int | None = None
    passed: dict[str, Passed] = field(default_factory=dict)
    ended: dict[str, OfferEnd] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.wanted.request

    @property
    def open(self) -> bool:
        return self.state in OPEN

    @property
    def deadline(self) -> int:
        """The next moment at which something must have happened."""
        if self.offer is not None:
            return self.offer.answer_by
        found = self.admit_by if self.state is State.ACCEPTED else self.review_at
        assert found is not None, "an open request has a next deadline"
        return found
