"""What is free, how old that is, and what is promised.

Effective free = reported free, less holds and acceptances that the report does not include yet. A report includes a
patient when it names the request, or was counted at or after his admission; so a report made before the admission
never frees the place twice, in whatever order the two arrive. Past its validity a figure is unknown.

Acute wijkverpleging counts visits that can start within the hour: a promised one takes a start for the agreed time of
a visit, and then gives it back by itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.supply import Known, Spot, Supply
from spoedplein.domain.timers import Timer, Timers
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas.agreements import Unit
from spoedplein_schemas.capacity import CapacityReported
from spoedplein_schemas.decisions import Basis, FigureConflict, FigureStale, UnitStatusChanged
from spoedplein_schemas.views import CareTypeAvailability, UnitAvailability
from spoedplein_schemas.vocabulary import CareType, StopReason, UnitStatus, measure_of, millis

#: Of two statuses said of the same moment the more careful one counts.
_CAUTION = {UnitStatus.OPEN: 0, UnitStatus.WARNING: 1, UnitStatus.STOP: 2, UnitStatus.CLOSED: 3}
#: These say whether they can take patients, not how many beds they have: their status is their figure.
STATUS_ONLY = (CareType.HAP, CareType.SEH)
RECENT_MS = 24 * 60 * MINUTE_MS
#: Of what lasts until somebody says otherwise: later than any moment.
_ENDLESS = 1 << 62


class Stage(StrEnum):
    HELD = "held"
    PROMISED = "promised"
    ADMITTED = "admitted"


@dataclass(slots=True)
class Claim:
    """One place, for one request: held while the provider is asked, promised when he accepted, then admitted."""

    stage: Stage
    since: int
    admitted_at: int | None = None


@dataclass(slots=True)
class Figure:
    """The newest report. `observed_at` is the source's time; `counted_at` the same, but never after the log's."""

    staffed: int
    free: int
    observed_at: int
    counted_at: int
    includes: tuple[str, ...] = ()

    def counts_before(self, known: "Figure") -> bool:
        """Of two reports the later one counts; of the same moment the more careful one."""
        if self.observed_at != known.observed_at:
            return self.observed_at > known.observed_at
        return self.careful() > known.careful()

    def careful(self) -> tuple[int, int, int, tuple[str, ...]]:
        """Fewer free, fewer staffed, and fewer of ours among those who are counted in."""
        return -self.free, -self.staffed, -len(self.includes), self.includes


@dataclass(slots=True)
class UnitState:
    """A unit as we know it. `status_key` orders what was said of the status: source time, then caution, then its end.

    `answered_at` is when the source last said that its figure stands; `confirmed_at` the same, never after the log's.
    `asked_at` is when a round last asked for it, by the log.
    """

    id: str
    figure: Figure | None = None
    answered_at: int | None = None
    confirmed_at: int | None = None
    asked_at: int | None = None
    status: UnitStatus = UnitStatus.OPEN
    status_key: tuple[int, int, int] | None = None
    status_counted_at: int | None = None
    reason: StopReason | None = None
    until: int | None = None
    claims: dict[str, Claim] = field(default_factory=dict)
    promised_at: list[int] = field(default_factory=list)
    stale_told: bool = False
    conflict: bool = False

    def figure_at(self) -> int | None:
        """When the figure was counted, or last said to stand; never after the log's time."""
        if self.figure is None:
            return None
        counted, confirmed = self.figure.counted_at, self.confirmed_at
        return counted if confirmed is None or confirmed <= counted else confirmed

    def outstanding(self) -> int:
        """Claims that the figure does not include."""
        return sum(not self.includes(request) for request in self.claims)

    def includes(self, request: str) -> bool:
        return self.figure is not None and (request in self.figure.includes or self.counted(request))

    def counted(self, request: str) -> bool:
        """He was in the place when the figure was counted, and so he will be for every later one.

        A clock that runs ahead would have it count who came in after it: it is of when it was heard at the latest.
        """
        admitted_at = self.claims[request].admitted_at
        return self.figure is not None and admitted_at is not None and self.figure.counted_at >= admitted_at

    def count(self, stage: Stage) -> int:
        return sum(claim.stage is stage and not self.includes(request) for request, claim in self.claims.items())


@dataclass(slots=True)
class Terms:
    """A unit that was agreed on, with all that a report asks for looked up once.

    `visit_ms`: how long a promised visit takes its start. `by_status`: what it says of its status is its figure.
    """

    care_type: CareType
    state: UnitState
    spot: Spot
    validity_ms: int
    visit_ms: int | None
    by_status: bool

    def seen(self) -> int | None:
        """When what we know was seen: the clock that validity counts from."""
        return self.state.status_counted_at if self.by_status else self.state.figure_at()


class Units:
    """Every unit of a region over one dictionary of states."""

    def __init__(self, states: dict[str, UnitState], *, rules: Rules, timers: Timers) -> None:
        self.states = states
        self.changed: set[str] = set()
        #: Those that took somebody lately, and perhaps some more.
        self.took = {name for name, state in states.items() if state.promised_at}
        self._rules = rules
        self._timers = timers
        self.terms: dict[str, Terms] = {}
        # By the dictionary and not by us: what holds itself stays in memory until somebody looks for it.
        self.supply = Supply(rules.units, partial(_known, self.terms))
        timers.ask(Timer.STALE, partial(_stale_at, self.terms))
        for unit in rules.units.values():
            self.terms[unit.id] = Terms(
                unit.care_type,
                self.state(unit.id),
                self.supply.spots[unit.id],
                rules.validity_minutes(unit) * MINUTE_MS,
                rules.visit_ms(unit.care_type),
                by_status=unit.care_type in STATUS_ONLY,
            )
        for unit in rules.units.values():
            state = self.state(unit.id)
            self._schedule(self.terms[unit.id])
            self._schedule_status(unit, state)
            self.supply.changed(unit.id)

    def state(self, unit_id: str) -> UnitState:
        state = self.states.get(unit_id)
        if state is None:
            state = self.states[unit_id] = UnitState(unit_id)
        return state

    def reported(self, turn: Turn, data: CapacityReported, *, at: int) -> bool:
        """Take a report over that was counted at `at`; false when it is no newer than what we have."""
        state = self.states.get(data.unit) or self.state(data.unit)
        figure = Figure(data.staffed, data.free, at, min(at, turn.now), data.includes)
        before, same = state.figure, False
        if before is not None:
            if not figure.counts_before(before):
                return False
            same = before.free == data.free and not state.claims and self._still_counts(state, now=turn.now)
        state.figure = figure
        if state.claims:
            for request in [name for name in state.claims if state.counted(name)]:
                del state.claims[request]
        self._touch(state, renewed=True, same=same)
        return True

    def renewed(self, terms: Terms, data: CapacityReported, *, now: int) -> bool:
        """Take over a newer report of a unit that nobody was promised a place in, before its last one grew too old.

        False when it is another case. Figures that grew too old by now were told before.
        """
        state, at = terms.state, millis(data.observed_at)
        figure = state.figure
        if figure is None or at <= figure.observed_at or state.claims or state.stale_told or terms.by_status:
            return False
        figure.staffed, figure.includes = data.staffed, data.includes
        figure.observed_at, figure.counted_at = at, min(now, at)
        if figure.free != data.free:
            figure.free = data.free
            self.supply.changed(state.id)
        elif terms.spot.among is not None:
            terms.spot.among[state.id] = max(figure.counted_at, state.confirmed_at or 0)
        self.changed.add(state.id)
        return True

    def confirmed(self, turn: Turn, unit_id: str, at: int) -> bool:
        """The source says that its last figure still stands; false when that is nothing new."""
        state = self.state(unit_id)
        if state.answered_at is not None and at <= state.answered_at:
            return False
        state.answered_at, state.confirmed_at = at, max(min(at, turn.now), state.confirmed_at or 0)
        self._touch(state, renewed=True)
        return True

    def status_said(
        self,
        turn: Turn,
        unit_id: str,
        status: UnitStatus,
        *,
        at: int,
        reason: StopReason | None = None,
        until: int | None = None,
    ) -> bool:
        """What a source says of a unit's status; false when we know something as new.

        Of the same moment the more careful one counts, and of the same status the one that lasts longest.
        """
        state, unit = self.state(unit_id), self._rules.units.get(unit_id)
        if status is UnitStatus.STOP and until is None:
            longest = self._rules.rule(unit.care_type).stop_minutes if unit else 240
            until = at + longest * MINUTE_MS
        ends = 0 if status is UnitStatus.OPEN else _ENDLESS if until is None else until
        key = (at, _CAUTION[status], ends)
        if state.status_key is not None and key <= state.status_key:
            return False
        state.status_key = key
        state.status_counted_at = min(at, turn.now)
        if unit is not None and unit.care_type in STATUS_ONLY:
            state.stale_told = False
        if until is not None and until <= turn.now:  # heard after its end: it takes nothing away any more
            self._set_status(turn, state, UnitStatus.OPEN, lapsed=True)
        else:
            self._set_status(turn, state, status, reason=reason, until=until)
        return True

    def status_lapsed(self, turn: Turn, unit_id: str) -> None:
        """The announced end of a warning, stop or closing has come: open again, until somebody says otherwise."""
        self._set_status(turn, self.state(unit_id), UnitStatus.OPEN, lapsed=True)

    def grown_stale(self, turn: Turn, unit_id: str) -> None:
        unit, state = self._rules.units[unit_id], self.state(unit_id)
        observed = self.observed_at(unit, state)
        assert observed is not None, "a figure that never was cannot grow old"
        state.stale_told = True
        self._touch(state)
        turn.decide(
            FigureStale(
                unit=unit_id,
                care_type=unit.care_type,
                observed_at=moment(observed),
                validity_minutes=self._rules.validity_minutes(unit),
            ),
            subject=unit_id,
        )

    def agreements_changed(self, turn: Turn) -> None:
        """A figure that was said to be too old and counts again by the new terms may grow too old again."""
        for terms in self.terms.values():
            seen = terms.seen()
            if terms.state.stale_told and seen is not None and seen + terms.validity_ms >= turn.now:
                terms.state.stale_told = False
                self._schedule(terms)

    def claim(self, unit_id: str, request: str, stage: Stage, *, now: int) -> None:
        """Hold or promise a place; a promise counts towards the unit's recent placements."""
        state = self.state(unit_id)
        state.claims[request] = Claim(stage, since=now)
        if stage is Stage.PROMISED:
            self._took(state, now=now)
        self._touch(state)

    def admit(self, unit_id: str, request: str, *, at: int, now: int) -> None:
        """By the source's moment `at`. Who is admitted where no promise was heard of is a placement all the same."""
        state = self.state(unit_id)
        claim = state.claims.get(request)
        if claim is None and self._visit_ms(unit_id) is not None:
            return  # the visit that was promised has had its time
        if claim is None or claim.stage is Stage.HELD:
            self._took(state, now=now)
        if claim is None:
            claim = state.claims[request] = Claim(Stage.ADMITTED, since=at)
        claim.stage, claim.admitted_at = Stage.ADMITTED, at
        if state.counted(request):
            del state.claims[request]
        self._touch(state)

    def visits_ended(self, turn: Turn, unit_id: str) -> None:
        """Visits that took their time since they were promised: each gives its start back."""
        state, lasts = self.state(unit_id), self._visit_ms(unit_id)
        if lasts is None:
            return
        for request in [name for name, claim in state.claims.items() if _visit_over(claim, lasts, turn.now)]:
            del state.claims[request]
        self._touch(state)

    def release(self, unit_id: str, request: str) -> None:
        """What was held or promised is free again; a promise that is given back was no placement.

        A neighbour's unit is not known here: nothing was held.
        """
        state = self.states.get(unit_id)
        if state is None:
            return
        claim = state.claims.pop(request, None)
        if claim is not None and claim.stage is Stage.PROMISED and claim.since in state.promised_at:
            state.promised_at.remove(claim.since)
        self._touch(state)

    def _took(self, state: UnitState, *, now: int) -> None:
        state.promised_at = [at for at in state.promised_at if at > now - RECENT_MS] + [now]
        self.took.add(state.id)

    def holds(self, unit_id: str) -> list[str]:
        """Requests that hold a place here while the unit is asked."""
        return [name for name, claim in self.state(unit_id).claims.items() if claim.stage is Stage.HELD]

    def overcommitted(self, unit_id: str) -> bool:
        state = self.state(unit_id)
        return state.figure is not None and state.outstanding() > state.figure.free

    def tell_conflict(self, turn: Turn, unit_id: str) -> None:
        """Say once per conflict that a report leaves fewer places than are promised."""
        state, unit = self.state(unit_id), self._rules.units.get(unit_id)
        before, state.conflict = state.conflict, self.overcommitted(unit_id)
        if state.conflict and not before and unit is not None and state.figure is not None:
            turn.decide(
                FigureConflict(
                    unit=unit_id, care_type=unit.care_type, free=state.figure.free, promised=state.outstanding()
                ),
                subject=unit_id,
            )

    def observed_at(self, unit: Unit, state: UnitState) -> int | None:
        """When what we know was seen: the clock that validity counts from."""
        return state.status_counted_at if unit.care_type in STATUS_ONLY else state.figure_at()

    def valid_until(self, unit: Unit, state: UnitState) -> int | None:
        observed = self.observed_at(unit, state)
        return None if observed is None else observed + self._rules.validity_minutes(unit) * MINUTE_MS

    def fresh(self, unit: Unit, state: UnitState, *, now: int) -> bool:
        until = self.valid_until(unit, state)
        return until is not None and now <= until

    def status_fresh(self, unit: Unit, state: UnitState, *, now: int) -> bool:
        """Whether a unit whose status is its figure said it within its validity."""
        if state.status_counted_at is None:
            return False
        return now <= state.status_counted_at + self._rules.validity_minutes(unit) * MINUTE_MS

    def free(self, unit: Unit, state: UnitState, *, now: int) -> int | None:
        """Places that may be promised now; `None` when unknown, never negative."""
        if state.figure is None or not self.fresh(unit, state, now=now) or not self._counts(unit, state, now=now):
            return None
        return max(0, state.figure.free - state.outstanding())

    def _counts(self, unit: Unit, state: UnitState, *, now: int) -> bool:
        """Whether the count itself is valid: a status of now makes rooms that were counted yesterday no fresher."""
        at = state.figure_at()
        return at is not None and now <= at + self._rules.validity_minutes(unit) * MINUTE_MS

    def basis(self, unit: Unit, *, now: int) -> Basis:
        state = self.state(unit.id)
        observed = state.figure_at()
        assert state.figure is not None, "nothing is offered without a figure"
        assert observed is not None, "a figure has a time"
        return Basis(
            unit=unit.id,
            observed_at=moment(observed),
            age_seconds=max(0, now - observed) // 1000,
            free=state.figure.free,
            held=state.outstanding(),
        )

    def view(self, region: str, unit: Unit, *, now: int, version: int) -> UnitAvailability:
        known, state = _known(self.terms, unit.id), self.terms[unit.id].state
        figure, seen, claimed = state.figure, known.seen, bool(state.claims)
        return UnitAvailability(
            region=region,
            unit=unit.id,
            organisation=unit.organisation,
            care_type=unit.care_type,
            status=state.status,
            reason=state.reason,
            until=None if state.until is None else moment(state.until),
            staffed=figure.staffed if figure else None,
            reported_free=figure.free if figure else None,
            free=known.free if seen is not None and now <= min(known.until, known.free_until) else None,
            measure=measure_of(unit.care_type),
            held=state.count(Stage.HELD) if claimed else 0,
            promised=state.count(Stage.PROMISED) if claimed else 0,
            conflict=state.conflict,
            observed_at=None if seen is None else moment(seen),
            valid_until=None if seen is None else moment(known.until),
            as_of=moment(now),
            version=version,
        )

    def care_type_view(self, region: str, care_type: CareType, *, now: int, version: int) -> CareTypeAvailability:
        self.supply.pass_to(now)
        sums, oldest = self.supply.sums(care_type), self.supply.oldest(care_type)
        return CareTypeAvailability(
            region=region,
            care_type=care_type,
            units=sums.units,
            units_known=sums.known,
            units_never=sums.never,
            measure=measure_of(care_type),
            units_warning=sums.by_status[UnitStatus.WARNING],
            units_stop=sums.by_status[UnitStatus.STOP],
            units_closed=sums.by_status[UnitStatus.CLOSED],
            free=sums.free,
            oldest_observed_at=None if oldest is None else moment(oldest),
            as_of=moment(now),
            version=version,
        )

    def take_changed(self) -> Iterator[Unit]:
        """Units whose view changed since the last call, by id."""
        names, self.changed = sorted(self.changed), set()
        return (self._rules.units[name] for name in names if name in self._rules.units)

    def _set_status(
        self,
        turn: Turn,
        state: UnitState,
        status: UnitStatus,
        *,
        reason: StopReason | None = None,
        until: int | None = None,
        lapsed: bool = False,
    ) -> None:
        previous, state.status = state.status, status
        state.reason, state.until = (reason, until) if status is not UnitStatus.OPEN else (None, None)
        self._touch(state)
        unit = self._rules.units.get(state.id)
        if unit is not None:
            self._schedule_status(unit, state)
        if previous is not status and unit is not None:
            turn.decide(
                UnitStatusChanged(
                    unit=state.id,
                    care_type=unit.care_type,
                    previous=previous,
                    status=status,
                    reason=state.reason,
                    until=None if state.until is None else moment(state.until),
                    lapsed=lapsed,
                ),
                subject=state.id,
            )

    def _still_counts(self, state: UnitState, *, now: int) -> bool:
        """Its figure is no older than agreed; of a department that hangs on more than the figure."""
        terms, counted = self.terms.get(state.id), state.figure_at()
        return terms is not None and not terms.by_status and counted is not None and now <= counted + terms.validity_ms

    def _touch(self, state: UnitState, *, renewed: bool = False, same: bool = False) -> None:
        """`renewed`: a new figure may grow old in its turn; where the status is the figure, only a new status may.

        `same`: nothing is counted otherwise than before.
        """
        self.changed.add(state.id)
        if state.conflict:
            state.conflict = self.overcommitted(state.id)
        terms = self.terms.get(state.id)
        if renewed and (terms is None or not terms.by_status):
            state.stale_told = False
        if terms is not None:
            self._schedule(terms)
            if not same:
                self.supply.changed(state.id)

    def _schedule(self, terms: Terms) -> None:
        """When its figure is too old, and when the first promised visit gives its start back."""
        state, seen = terms.state, terms.seen()
        if seen is not None:
            if terms.spot.among is not None:
                terms.spot.among[state.id] = seen
            if not state.stale_told:
                self._timers.set(Timer.STALE, state.id, seen + terms.validity_ms + 1)
        if terms.visit_ms is not None:
            promised = (claim.since for claim in state.claims.values() if claim.stage is not Stage.HELD)
            ends = (since + terms.visit_ms for since in promised)
            self._timers.set(Timer.VISIT, state.id, min(ends, default=None))

    def _schedule_status(self, unit: Unit, state: UnitState) -> None:
        self._timers.set(Timer.STATUS, unit.id, state.until)

    def _visit_ms(self, unit_id: str) -> int | None:
        unit = self._rules.units.get(unit_id)
        return None if unit is None else self._rules.visit_ms(unit.care_type)


def _visit_over(claim: Claim, lasts: int, now: int) -> bool:
    return claim.stage is not Stage.HELD and claim.since + lasts <= now


def _stale_at(terms_of: Mapping[str, Terms], name: str) -> int | None:
    """Asked by the timers: its moment is put off by every report."""
    terms = terms_of[name]
    seen = None if terms.state.stale_told else terms.seen()
    return None if seen is None else seen + terms.validity_ms + 1


def _known(terms_of: Mapping[str, Terms], name: str) -> Known:
    """For the sums, and for who looks for a place; that something is too old is seen to there."""
    terms = terms_of[name]
    state, seen = terms.state, terms.seen()
    counted, figure = state.figure_at(), state.figure
    until = (seen or 0) + terms.validity_ms
    if figure is None:
        return Known(state.status, seen, until, None, until)
    free = max(0, figure.free - state.outstanding()) if state.claims else figure.free
    return Known(state.status, seen, until, free, (counted or 0) + terms.validity_ms)
