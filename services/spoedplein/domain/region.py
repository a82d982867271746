"""A region: its log, folded. One record in, the decisions that follow out; the same log gives the same decisions.

What is decided stands in `queue`, `availability`, `eligibility`, `placement` and `ambulance`; `events` finds the way
to them. Here time moves on, views are drawn, and the state is put away and taken up again.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from pydantic import BaseModel, TypeAdapter, ValidationError

from spoedplein.domain import events
from spoedplein.domain.errors import SnapshotError
from spoedplein.domain.log import Record
from spoedplein.domain.parts import SNAPSHOT_VERSION, Parts, RegionState
from spoedplein.domain.patient import Patient
from spoedplein.domain.turn import NO_AGREEMENTS, Turn, moment
from spoedplein_schemas import Decision
from spoedplein_schemas.views import AmbulanceBoard, ConsultsBoard, RequestsBoard, RoundsBoard, SiteBoard
from spoedplein_schemas.vocabulary import CareType, Frozen, Topic, UnitStatus

OPEN_REQUESTS_MAX = 500
OPEN_CONSULTS_MAX = 200
#: Who waits is read back by so many, so that a worker can do something else in between.
PATIENTS_PER_LINE = 250
_STATE: TypeAdapter[RegionState] = TypeAdapter(RegionState)
_PATIENTS: TypeAdapter[dict[str, Patient]] = TypeAdapter(dict[str, Patient])


class Region:
    """`in_full`: decides the same, and names all that an offer passed over, where it would count some of them."""

    def __init__(self, state: RegionState, *, in_full: bool = False) -> None:
        self.state = state
        self.parts = Parts(state, in_full=in_full)

    @classmethod
    def empty(cls, region: str, *, in_full: bool = False) -> "Region":
        return cls(RegionState(region), in_full=in_full)

    @classmethod
    def restore(cls, data: bytes) -> "Region":
        """The region as `snapshot` put it away. Raises `SnapshotError` for another version's shape."""
        return next(region for region in cls.restoring(data) if region is not None)

    @classmethod
    def restoring(cls, data: bytes) -> Iterator["Region | None"]:
        """As `restore`, a piece at a time: nothing after each piece, and the region at last."""
        first, *lines = data.split(b"\n")
        try:
            state = _STATE.validate_json(first)
            yield None
            for line in lines:
                state.patients |= _PATIENTS.validate_json(line)
                yield None
        except ValidationError as error:
            place = error.errors()[0]["loc"]
            msg = f"the snapshot does not fit this version at {place}"
            raise SnapshotError(msg) from error
        if state.version != SNAPSHOT_VERSION:
            msg = f"the snapshot has shape {state.version}, this version reads {SNAPSHOT_VERSION}"
            raise SnapshotError(msg)
        yield cls(state)

    def snapshot(self) -> bytes:
        """A line of JSON with all but the patients, then lines of patients."""
        state, rest = self.state, iter(self.state.patients.items())
        lines = [_STATE.dump_json(state, exclude={"patients"})]
        while patients := dict(islice(rest, PATIENTS_PER_LINE)):
            lines.append(_PATIENTS.dump_json(patients))
        return b"\n".join(lines)

    @property
    def name(self) -> str:
        return self.state.region

    @property
    def offset(self) -> int:
        """Of the last log record that the state includes; -1 before the first."""
        return self.state.offset

    @property
    def now(self) -> int:
        """Time of the log: milliseconds since 1970, never running back."""
        return self.state.now

    def step(self, record: Record) -> list[Decision]:
        """Apply one record of the log. A record that the state includes already changes nothing."""
        return self.hear(record.event.id, record.event.data, offset=record.offset, at=record.at)

    def hear(self, event_id: str, data: Frozen, *, offset: int, at: int) -> list[Decision]:
        """As `step`, told no more of the record than it goes by."""
        state, parts = self.state, self.parts
        if offset <= state.offset:
            return []
        state.offset, state.now = offset, max(state.now, at)
        if events.renews(parts, data, state.now):
            return []
        turn = Turn(state.region, offset, state.now, event_id, parts.rules.version or NO_AGREEMENTS)
        events.take(parts, turn, data)
        return turn.decisions

    def next_due_ms(self) -> int | None:
        """When something is to happen if nothing is said until then."""
        return self.parts.timers.next_due()

    def show_anew(self) -> None:
        """Let the next `views` and `gone` tell everything, changed or not."""
        self.parts.all_changed = self.parts.gone_changed = True

    def views(self) -> list[tuple[bytes, BaseModel]]:
        """What changed since the last call, as (key, view): units, care types, boards, open requests."""
        parts = self.parts
        everything, parts.all_changed = parts.all_changed, False
        if everything:
            parts.units.changed |= set(parts.rules.units)
            parts.queues.changed |= set(parts.rules.sites)
        parted = (parts.queues, parts.rides, parts.rooms, parts.crowding)
        sites = set().union(*(part.changed for part in parted))
        for part in parted:
            part.changed = set()
        found = list(self._unit_views())
        found += [(self._key(f"/{site}"), self._board(site)) for site in sorted(sites) if site in parts.rules.sites]
        if parts.requests.book.changed or everything:
            parts.requests.book.changed = False
            found.append((self._key("/requests"), self._requests_board()))
        if parts.rides.counts_changed or everything:
            parts.rides.counts_changed = False
            found.append((self._key("/ambulance"), self._ambulance_board()))
        if parts.rounds.changed or everything:
            parts.rounds.changed = False
            found.append((self._key("/rounds"), self._rounds_board()))
        if parts.consults.changed or everything:
            parts.consults.changed = False
            found.append((self._key("/consults"), self._consults_board()))
        if parts.rules.proposes and (parts.crowding.region_changed or parts.proposals.changed or everything):
            parts.crowding.region_changed = parts.proposals.changed = False
            board = parts.crowding.board(self.name, now=self.now, version=max(0, self.offset))
            found.append((self._key("/escalation"), board))
        return found

    def gone(self) -> list[tuple[bytes, Topic]]:
        """Keys whose last view is to be taken off its topic: units, care types and sites that nobody agrees on now.

        All of them after a restore, other agreements or `show_anew`, since nobody can know what was told; then none.
        """
        changed, self.parts.gone_changed = self.parts.gone_changed, False
        return [(self._key(rest), topic) for rest, topic in self.state.gone.items()] if changed else []

    def _key(self, rest: str) -> bytes:
        return f"{self.name}{rest}".encode()

    def _unit_views(self) -> Iterator[tuple[bytes, BaseModel]]:
        units, version = self.parts.units, max(0, self.offset)
        changed = list(units.take_changed())
        for unit in changed:
            yield self._key(f"/{unit.id}"), units.view(self.name, unit, now=self.now, version=version)
        for care_type in sorted({unit.care_type for unit in changed}):
            view = units.care_type_view(self.name, care_type, now=self.now, version=version)
            yield self._key(f"//{care_type}"), view

    def _board(self, site: str) -> SiteBoard:
        parts = self.parts
        seh = parts.rules.unit_at(site, CareType.SEH)
        services = parts.rules.sites[site].services
        rooms_heard = parts.rooms.heard_at(site)
        return SiteBoard(
            region=self.name,
            site=site,
            status=parts.units.state(seh.id).status if seh else UnitStatus.OPEN,
            queues=tuple(parts.queues.board(site, service.care_type, now=self.now) for service in services),
            underway=parts.rides.under_way(site),
            rooms=parts.rooms.board(site, now=self.now),
            rooms_heard_at=None if rooms_heard is None else moment(rooms_heard),
            crowding=parts.crowding.shown(site),
            as_of=moment(self.now),
            version=max(0, self.offset),
        )

    def _requests_board(self) -> RequestsBoard:
        requests = self.parts.requests.book
        return RequestsBoard(
            region=self.name,
            requests=requests.open_views(limit=OPEN_REQUESTS_MAX),
            open_total=requests.open_total(),
            home_care=self.parts.requests.home_care.shown(now=self.now),
            as_of=moment(self.now),
            version=max(0, self.offset),
        )

    def _ambulance_board(self) -> AmbulanceBoard:
        rides = self.parts.rides
        return AmbulanceBoard(
            region=self.name,
            rides=rides.counts(),
            overdue=rides.overdue(),
            as_of=moment(self.now),
            version=max(0, self.offset),
        )

    def _rounds_board(self) -> RoundsBoard:
        rounds = self.parts.rounds
        return RoundsBoard(
            region=self.name,
            rounds=rounds.views(),
            open_total=rounds.open_total(),
            as_of=moment(self.now),
            version=max(0, self.offset),
        )

    def _consults_board(self) -> ConsultsBoard:
        consults = self.parts.consults
        return ConsultsBoard(
            region=self.name,
            consults=consults.open_views(limit=OPEN_CONSULTS_MAX),
            open_total=consults.open_total(),
            as_of=moment(self.now),
            version=max(0, self.offset),
        )


def fold(records: Iterable[Record], region: Region) -> Iterator[Decision]:
    """The decisions of a whole log."""
    for record in records:
        yield from region.step(record)
