"""The state of a region, and the parts that work on it."""

from dataclasses import dataclass, field

from spoedplein.domain.agreements import Rules
from spoedplein.domain.ambulance import Ride, Rides
from spoedplein.domain.availability import Units, UnitState
from spoedplein.domain.consult import Consult, Consults
from spoedplein.domain.crowding import Crowding, CrowdingState
from spoedplein.domain.mutual_help import MutualHelp
from spoedplein.domain.occupants import Occupant, RoomState
from spoedplein.domain.patient import Patient
from spoedplein.domain.placement import Requests
from spoedplein.domain.placement.home_care import Days
from spoedplein.domain.proposals import Proposal, Proposals
from spoedplein.domain.queue import Queues
from spoedplein.domain.request import Early, Request
from spoedplein.domain.rooms import Rooms
from spoedplein.domain.rounds import Round, Rounds
from spoedplein.domain.timers import Timers
from spoedplein.domain.transfer import Bridge, Guest, Transfer, Transfers
from spoedplein_schemas.agreements import AgreementsAdopted
from spoedplein_schemas.vocabulary import Topic

#: Grows when the shape of the state changes; a snapshot of another shape is not guessed at.
SNAPSHOT_VERSION = 4


@dataclass(slots=True)
class RegionState:
    """All that a snapshot holds. `offset` is the last log record included, `now` its time in milliseconds."""

    region: str
    version: int = SNAPSHOT_VERSION
    offset: int = -1
    now: int = 0
    adopted: AgreementsAdopted | None = None
    patients: dict[str, Patient] = field(default_factory=dict)
    units: dict[str, UnitState] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)
    early: dict[str, list[Early]] = field(default_factory=dict)
    visits_ended: Days = field(default_factory=dict)
    rides: dict[str, Ride] = field(default_factory=dict)
    transfers: dict[str, Transfer] = field(default_factory=dict)
    guests: dict[str, Guest] = field(default_factory=dict)
    bridges: dict[str, Bridge] = field(default_factory=dict)
    rounds: dict[str, Round] = field(default_factory=dict)
    consults: dict[str, Consult] = field(default_factory=dict)
    gone: dict[str, Topic] = field(default_factory=dict)
    rooms: dict[str, RoomState] = field(default_factory=dict)
    occupants: dict[str, Occupant] = field(default_factory=dict)
    rooms_heard_at: dict[str, int] = field(default_factory=dict)
    sides_heard_at: dict[str, int] = field(default_factory=dict)
    crowding: CrowdingState = field(default_factory=CrowdingState)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    proposals_again_at: dict[str, int] = field(default_factory=dict)


def _places_of(rules: Rules) -> dict[str, Topic]:
    """Keys of the views of these agreements, region apart, with the topic that each stands on."""
    units = {f"/{unit}": Topic.AVAILABILITY for unit in rules.units}
    care_types = {f"//{unit.care_type}": Topic.AVAILABILITY for unit in rules.units.values()}
    escalation = {"/escalation": Topic.BOARDS} if rules.proposes else {}
    return {**units, **care_types, **{f"/{site}": Topic.BOARDS for site in rules.sites}, **escalation}


class Parts:
    """Everything that follows from the state and is not in it: made anew on restore and when agreements change."""

    def __init__(self, state: RegionState, *, in_full: bool = False) -> None:
        self.state = state
        self._in_full = in_full
        self.arrange()

    def arrange(self) -> None:
        state, timers = self.state, Timers()
        self.rules = rules = Rules(state.adopted.agreements if state.adopted else None, in_full=self._in_full)
        self.timers = timers
        self.queues = Queues(state.patients, rules=rules, timers=timers)
        self.units = Units(state.units, rules=rules, timers=timers)
        self.requests = Requests(
            state.requests, state.early, state.visits_ended, units=self.units, rules=rules, timers=timers
        )
        self.rides = Rides(state.rides, units=self.units, rules=rules, timers=timers)
        self.proposals = Proposals(state.proposals, state.proposals_again_at, rules=rules, timers=timers)
        self.transfers = Transfers(
            state.transfers,
            state.guests,
            state.bridges,
            requests=self.requests,
            proposals=self.proposals,
            rules=rules,
            timers=timers,
        )
        self.rounds = Rounds(state.rounds, units=self.units, rules=rules, timers=timers)
        self.consults = Consults(state.consults, region=state.region, rules=rules, timers=timers)
        self.rooms = Rooms(
            state.rooms, state.occupants, state.rooms_heard_at, queues=self.queues, rules=rules, timers=timers
        )
        self.mutual_help = MutualHelp(
            state.sides_heard_at, queues=self.queues, units=self.units, proposals=self.proposals, rules=rules
        )
        self.crowding = Crowding(state.crowding, units=self.units, proposals=self.proposals, rules=rules, timers=timers)
        self.all_changed = True
        self.gone_changed = True

    def adopted(self, data: AgreementsAdopted) -> None:
        """Other agreements; what was in the old ones and is in these no more is remembered as gone."""
        before = _places_of(self.rules)
        self.state.adopted = data
        self.arrange()
        now = _places_of(self.rules)
        gone = {**self.state.gone, **before}
        self.state.gone = {key: gone[key] for key in sorted(gone) if key not in now}
