"""One wait: all that sources said about somebody, each fact with its own time.

What is said may come twice, late, or out of order. The newest or the earliest of a kind counts, whatever the order in
which they came; what follows from the facts is worked out in `queue`.
"""

from dataclasses import dataclass, field

from spoedplein_schemas.hap import ArrivalMode, ContactOutcome
from spoedplein_schemas.placement import OverrideGround
from spoedplein_schemas.vocabulary import AgeBand, CareType, Destination, Entrance, Urgency, UrgencySystem


@dataclass(slots=True)
class Assigned:
    """The newest urgency of one scale, and when it was assigned."""

    urgency: Urgency
    at: int


@dataclass(slots=True)
class Redirected:
    """A professional sent him elsewhere than agreed."""

    at: int
    destination: Destination
    site: str
    role: str
    ground: OverrideGround
    care_path: str | None = None

    def sorts(self) -> tuple[int, str, str, str, str, str]:
        return self.at, self.destination, self.site, self.role, self.ground, self.care_path or ""


@dataclass(slots=True)
class Patient:
    """All that is known of one wait, in milliseconds: `settled_at` by the log, the other times by the source.

    `site` and `entrance` are where he came in (no site: a call that the control room referred, until somebody names
    one). `stands_at` and `stands_in` are the queue that he waits in, and absent when he waits in none. `urgency` is the
    newest of all scales in `assigned`; `first_assigned_at` is when any was, the first time. A call arrived with the
    first word about it, and `referred_at` is the newest. `successor` is the key of a later registration of the same
    person.

    `told` is the state that the last decision told, `routed` the destination; `breached` the norms whose breach was
    told, with the moment of it, `reassess_told` the last due moment that was.
    """

    key: str
    case: str
    site: str
    entrance: Entrance
    settled_at: int
    stands_at: str | None = None
    stands_in: CareType | None = None
    arrived_at: int | None = None
    mode: ArrivalMode | None = None
    age_band: AgeBand | None = None
    assigned: dict[UrgencySystem, Assigned] = field(default_factory=dict)
    urgency: Urgency | None = None
    urgency_at: int | None = None
    first_assigned_at: int | None = None
    referred_at: int | None = None
    complaint: str | None = None
    complaint_at: int | None = None
    refer_to: CareType | None = None
    redirected: Redirected | None = None
    taken_at: int | None = None
    gone_at: int | None = None
    outcome: str | None = None
    successor: str | None = None
    earlier: list[str] = field(default_factory=list)
    told: str | None = None
    routed: str | None = None
    breached: dict[str, int] = field(default_factory=dict)
    reassess_told: int | None = None

    @property
    def since(self) -> int:
        """Start of waiting: the arrival, or until that is known the earliest thing we heard."""
        if self.arrived_at is not None:
            return self.arrived_at
        assigned_at = self.urgency_at if self.first_assigned_at is None else self.first_assigned_at
        return min((at for at in (assigned_at, self.taken_at, self.gone_at) if at is not None),
                   default=self.settled_at)  # fmt: skip

    @property
    def place(self) -> tuple[str, CareType] | None:
        """The queue that he stands in, or stood in last."""
        if self.stands_at is None or self.stands_in is None:
            return None
        return self.stands_at, self.stands_in

    @property
    def left_unseen(self) -> bool:
        return self.taken_at is None and self.outcome == ContactOutcome.LEFT_UNSEEN

    @property
    def beside(self) -> tuple[Urgency, ...]:
        """What was assigned on other scales than the newest, by the name of the scale."""
        others = (self.assigned[system].urgency for system in sorted(self.assigned))
        return tuple(urgency for urgency in others if urgency != self.urgency)

    def arrives(self, at: int, mode: ArrivalMode | None, age_band: AgeBand | None) -> bool:
        """The earliest arrival counts, with what was said of him then. Whether that is news."""
        known = None if self.arrived_at is None else (self.arrived_at, self.mode or "", self.age_band or "")
        if known is not None and (at, mode or "", age_band or "") >= known:
            return False
        self.arrived_at, self.mode, self.age_band = at, mode, age_band
        return True

    def complains(self, at: int, complaint: str | None) -> bool:
        """The newest code of the complaint counts. Whether that is news."""
        if complaint is None or (self.complaint_at is not None
                                 and (at, complaint) <= (self.complaint_at, self.complaint or "")):  # fmt: skip
            return False
        self.complaint, self.complaint_at = complaint, at
        return True

    def is_redirected(self, found: Redirected) -> bool:
        """The newest word counts. Whether that is news."""
        if self.redirected is not None and found.sorts() <= self.redirected.sorts():
            return False
        self.redirected = found
        return True
