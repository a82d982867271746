"""One request for a place, as a region remembers it."""

from dataclasses import dataclass, field

from spoedplein_schemas.decisions import ExclusionCode, OfferEnd, Shortfall
from spoedplein_schemas.home_care import VisitEnded, VisitOutcome
from spoedplein_schemas.placement import (
    DeclineReason,
    FirstTryAbandoned,
    LabelDecided,
    LateRejected,
    OwnershipHandedOver,
    PatientAdmitted,
    PlacementOverridden,
    PlacementRequested,
    RequestCancelled,
)
from spoedplein_schemas.views import RequestState as State
from spoedplein_schemas.vocabulary import CareType, millis

#: Nobody has promised a place yet.
PLACELESS = (State.FIRST_TRY, State.OFFERED, State.WAITING)
OPEN = (*PLACELESS, State.ACCEPTED)

#: What may be heard before the request that it is about. An answer is not among them: it names an offer, and an offer
#: follows from a request in the same log.
Overtaking = (
    RequestCancelled
    | PlacementOverridden
    | OwnershipHandedOver
    | PatientAdmitted
    | LateRejected
    | LabelDecided
    | FirstTryAbandoned
    | VisitEnded
)


@dataclass(slots=True)
class Passed:
    """A unit that said no, or nothing, at `at`; `lifts` when a newer report of it counts as a new chance.

    `offer` is the one that it left unanswered.
    """

    code: ExclusionCode
    reason: DeclineReason | None
    at: int
    lifts: bool
    offer: str | None = None


@dataclass(slots=True)
class Offer:
    id: str
    unit: str
    answer_by: int
    care_type: CareType


@dataclass(slots=True)
class VisitEnd:
    """How a visit of acute home care ended; `ended_at` is the source's."""

    ended_at: int
    outcome: VisitOutcome
    care_path: str | None


@dataclass(slots=True)
class Early:
    """A message that overtook its request, kept until `until`."""

    said: Overtaking
    heard_at: int
    until: int


@dataclass(slots=True)
class Request:
    """One request; `wanted` is its first words, kept as they came.

    `offers` are those that wait for an answer, by unit. `then_owner` takes over when a first try ends. `overrides` are
    those that were heeded, as (moment, unit). `settled_at` is when a no-label stay got its label or its end.
    Times are the log's; the source's are `accepted_at`, `admitted_at`, `owned_at` (last hand-over) and those of
    `overrides`.
    """

    wanted: PlacementRequested
    owner: str
    opened_at: int
    state: State = State.WAITING
    offers: dict[str, Offer] = field(default_factory=dict)
    accepted: str | None = None
    accepted_at: int | None = None
    unit: str | None = None
    then_owner: str | None = None
    owned_at: int | None = None
    overrides: list[tuple[int, str]] = field(default_factory=list)
    admit_by: int | None = None
    overdue_since: int | None = None
    admitted_at: int | None = None
    visit: VisitEnd | None = None
    review_at: int | None = None
    near_told: bool = False
    missed_told: bool = False
    attempts: int = 0
    rounds: int = 0
    shortfalls: tuple[Shortfall, ...] = ()
    closed_at: int | None = None
    label: CareType | None = None
    label_at: int | None = None
    label_review_at: int | None = None
    label_reminders: int = 0
    settled_at: int | None = None
    passed: dict[str, Passed] = field(default_factory=dict)
    ended: dict[str, OfferEnd] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.wanted.request

    @property
    def open(self) -> bool:
        return self.state in OPEN

    @property
    def offer(self) -> Offer | None:
        """The one that is to be answered first."""
        return min(self.offers.values(), key=lambda offer: (offer.answer_by, offer.unit), default=None)

    @property
    def needed_by(self) -> int | None:
        needed = self.wanted.profile.needed_by
        return None if needed is None else millis(needed)

    @property
    def deadline(self) -> int:
        """The next moment at which something must have happened."""
        offer = self.offer
        if offer is not None:
            return offer.answer_by
        found = self.admit_by if self.state is State.ACCEPTED else self.review_at
        assert found is not None, "an open request has a next deadline"
        return found
