"""Crowding: levels of a site by the eight measures, of the region by stops and levels, and what is proposed on them.

A level is reached after the agreed minutes with enough measures crowded, and left after the agreed minutes below it.
An unknown measure moves nothing: it cannot help to reach a level, and if it was crowded when it was last known, it
keeps one from being left. Levels propose; people act (`proposals`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.availability import Units, UnitState
from spoedplein.domain.measures import MEASURES, Heard, Meter, Reading
from spoedplein.domain.proposals import Proposals
from spoedplein.domain.timers import Timer, Timers
from spoedplein.domain.turn import Turn, moment
from spoedplein.domain.visits import Offload, Visit, Visits, earlier
from spoedplein_schemas import ambulance, seh
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.crowding import LapseReason, LevelChanged, Measured, MeasureState, ProposalMade, StopEnding
from spoedplein_schemas.crowding_agreements import CrowdingRule
from spoedplein_schemas.views import EscalationBoard, LevelOfSite, SiteLevel
from spoedplein_schemas.vocabulary import (
    CareType,
    CrowdingLevel,
    CrowdingMeasure,
    Instant,
    ProposalKind,
    UnitStatus,
    millis,
)

LEVELS: Final = tuple(CrowdingLevel)
_STEPS: Final = range(1, len(LEVELS))
#: The key of the region's own level among those of its sites.
REGION: Final = ""
_OF_SITE: Final = (ProposalKind.WARNING, ProposalKind.STOP, ProposalKind.DIVERT)
_OF_REGION: Final = (ProposalKind.NEIGHBOUR, ProposalKind.ROAZ)
#: What the SEH has announced itself need not be proposed to it.
_ANNOUNCED: Final = {
    ProposalKind.WARNING: (UnitStatus.WARNING, UnitStatus.STOP, UnitStatus.CLOSED),
    ProposalKind.STOP: (UnitStatus.STOP, UnitStatus.CLOSED),
}


@dataclass(slots=True)
class Ladder:
    """A level (0 to 3) with hysteresis: since when each level above was reached, and each from here down was not."""

    level: int = 0
    since: int = 0
    reached: list[int | None] = field(default_factory=lambda: [None] * len(LEVELS))
    below: list[int | None] = field(default_factory=lambda: [None] * len(LEVELS))

    def move(self, *, lowest: int, highest: int, up_ms: int, down_ms: int, now: int) -> bool:
        """`lowest` is the level that is certain now, `highest` the one that cannot be excluded."""
        reached, below, level = self.reached, self.below, self.level
        if below[1] and not (level or highest):
            return False  # as calm as it was before
        for step in _STEPS:
            reached[step] = (reached[step] or now) if step <= lowest else None
            below[step] = (below[step] or now) if step > highest else None
        while level and _passed(below[level], down_ms, now):
            level -= 1
        for step in _STEPS[level:]:
            if _passed(reached[step], up_ms, now):
                level = step
        changed = level != self.level
        if changed:
            self.level, self.since = level, now
        return changed

    def moves_at(self, *, up_ms: int, down_ms: int) -> int | None:
        """When the level changes if nothing else does."""
        ups = [at + up_ms for at in self.reached[self.level + 1 :] if at is not None]
        down = self.below[self.level] if self.level else None
        return min([*ups, *([] if down is None else [down + down_ms])], default=None)


@dataclass(slots=True)
class SiteState:
    """What is known of one SEH; `crowded` are the measures that were crowded when last known. `next_at`: evaluated."""

    ladder: Ladder = field(default_factory=Ladder)
    heard: Heard = field(default_factory=Heard)
    crowded: list[CrowdingMeasure] = field(default_factory=list)
    measures: tuple[Reading, ...] = ()
    next_at: int | None = None


@dataclass(slots=True, frozen=True)
class Site:
    """What was agreed for one SEH, looked up once. `froms` are the measures that yellow, orange and red take."""

    id: str
    unit: str | None
    step_ms: int
    froms: tuple[int, int, int]
    up_ms: int
    down_ms: int
    topics: dict[ProposalKind, str]
    meter: Meter


@dataclass(slots=True)
class CrowdingState:
    sites: dict[str, SiteState] = field(default_factory=dict)
    region: Ladder = field(default_factory=Ladder)
    visits: dict[str, Visit] = field(default_factory=dict)
    offloads: dict[str, Offload] = field(default_factory=dict)
    reminded: dict[str, int] = field(default_factory=dict)


class Crowding:
    def __init__(
        self, state: CrowdingState, *, units: Units, proposals: Proposals, rules: Rules, timers: Timers
    ) -> None:
        self.state = state
        self.changed: set[str] = set()
        self.region_changed = True
        self._units = units
        self._proposals = proposals
        self._rules = rules
        self._timers = timers
        agreed = rules.agreements
        self._sites = {rule.site: _agreed_for(rule, agreed, rules) for rule in agreed.crowding} if agreed else {}
        self._escalation = agreed.escalation if agreed else None
        #: What the region's level rests on changed, or its moment has come.
        self.flagged = False
        #: SEHs on a stop at this moment.
        sehs = [units.state(unit.id) for unit in rules.units_of(CareType.SEH)]
        self._stopped = {each.id for each in sehs if each.status is UnitStatus.STOP}
        self._visits = Visits(state.visits, state.offloads)
        for site in self._sites:
            timers.set(Timer.LEVEL, site, state.sites[site].next_at if site in state.sites else None)
        for visit in state.visits.values():
            timers.set(Timer.FORGET_VISIT, visit.key, visit.kept_until)
        for key, offload in state.offloads.items():
            timers.set(Timer.FORGET_OFFLOAD, key, offload.kept_until)
        for unit in rules.units:
            self._remind(unit, units.state(unit))
        self._schedule_region()

    # --- what sources say -----------------------------------------------------------------------------------------

    def arrived(self, turn: Turn, data: seh.PatientArrived) -> None:
        at = millis(data.arrived_at)

        def change(visit: Visit) -> bool:
            if new := earlier(at, visit.arrived_at):
                visit.arrived_at = at
            return new

        self._visited(turn, data.site, data.visit, change)

    def triaged(self, turn: Turn, data: seh.PatientTriaged) -> None:
        self._ranked(turn, data, data.triaged_at, first=True)

    def retriaged(self, turn: Turn, data: seh.PatientRetriaged) -> None:
        self._ranked(turn, data, data.retriaged_at, first=False)

    def started(self, turn: Turn, data: seh.TreatmentStarted) -> None:
        at = millis(data.started_at)

        def change(visit: Visit) -> bool:
            if new := earlier(at, visit.started_at):
                visit.started_at = at
            return new

        self._visited(turn, data.site, data.visit, change)

    def decided(self, turn: Turn, data: seh.DispositionDecided) -> None:
        """The newest counts; of the same moment the later one in the alphabet, whatever came first."""
        said = millis(data.decided_at), data.disposition

        def change(visit: Visit) -> bool:
            if new := visit.decided_at is None or said > (visit.decided_at, visit.disposition or ""):
                visit.decided_at, visit.disposition = said
            return new

        self._visited(turn, data.site, data.visit, change)

    def left(self, turn: Turn, data: seh.PatientLeft) -> None:
        said = millis(data.left_at), data.departure

        def change(visit: Visit) -> bool:
            if new := visit.left_at is None or said < (visit.left_at, visit.departure or ""):
                visit.left_at, visit.departure = said
            return new

        self._visited(turn, data.site, data.visit, change)

    def reported(self, turn: Turn, data: seh.StatusReported) -> None:
        """The SEH's own count; what a report leaves out was not reported."""
        site, at = self._site(data.site), millis(data.observed_at)
        if site is None or (site.heard.reported_key is not None and at <= site.heard.reported_key):
            return
        heard, ward, icu = site.heard, data.boarding_ward, data.boarding_icu
        heard.reported_key, heard.reported_at = at, min(at, turn.now)
        heard.present, heard.boarding = data.present, None if ward is None and icu is None else (ward or 0) + (icu or 0)
        self._begin(turn, data.site, site)

    def ambulance_arrived(self, turn: Turn, data: ambulance.AmbulanceArrived) -> None:
        at = millis(data.arrived_at)

        def change(offload: Offload) -> bool:
            if new := earlier(at, offload.arrived_at):
                offload.arrived_at = at
            return new

        self._offloaded(turn, data.site, data.ride, change)

    def handed_over(self, turn: Turn, data: ambulance.PatientHandedOver) -> None:
        at = millis(data.handed_over_at)

        def change(offload: Offload) -> bool:
            if new := earlier(at, offload.handed_at):
                offload.handed_at = at
            return new

        self._offloaded(turn, data.site, data.ride, change)

    def status_changed(self, unit: str) -> None:
        """Of any unit: a stop that ends is told before, and those of SEHs count for the region."""
        agreed, state = self._rules.units.get(unit), self._units.state(unit)
        if agreed is not None and agreed.care_type is CareType.SEH:
            self.region_changed = True
            if (state.status is UnitStatus.STOP) is not (unit in self._stopped):
                self._stopped ^= {unit}
                self.flagged = True
        self._remind(unit, state, announced=True)

    # --- what time does -------------------------------------------------------------------------------------------

    def level_due(self, turn: Turn, site: str) -> None:
        if site == REGION:
            self.flagged = True
            return
        agreed, state = self._sites[site], self.state.sites[site]
        state.next_at = (turn.now // agreed.step_ms + 1) * agreed.step_ms
        self._timers.set(Timer.LEVEL, site, state.next_at)
        self._evaluate(turn, agreed, state)

    def stop_ends_soon(self, turn: Turn, unit: str) -> None:
        state = self._units.state(unit)
        if state.until is None:
            return
        self.state.reminded[unit] = state.until
        care_type = self._rules.units[unit].care_type
        ending = StopEnding(unit=unit, care_type=care_type, until=moment(state.until), reason=state.reason)
        turn.decide(ending, subject=unit)

    def forget_visit(self, key: str) -> None:
        self._visits.forget(key)

    def forget_offload(self, key: str) -> None:
        self._visits.forget_offload(key)

    def agreements_changed(self, turn: Turn) -> None:
        """Sites without levels by the new text lose theirs, and what was proposed on them."""
        for site in [name for name in self.state.sites if name not in self._sites]:
            del self.state.sites[site]
            for kind in _OF_SITE:
                self._proposals.need_not(turn, _topic(kind, site), LapseReason.AGREEMENTS_CHANGED)
        if self._escalation is None:
            self.state.region = Ladder()
            for kind in _OF_REGION:
                self._proposals.need_not(turn, _topic(kind, None), LapseReason.AGREEMENTS_CHANGED)
        self.flagged = True

    def settle(self, turn: Turn) -> None:
        """The region's level, when something that it rests on changed."""
        self.flagged, rule = False, self._escalation
        self.region_changed = True
        if rule is None:
            return
        stopped, crowded, ladder = len(self._stopped), self._crowded(), self.state.region
        level = max(
            _level(stopped, (rule.yellow_stops, rule.orange_stops, rule.red_stops)),
            _level(crowded, (rule.yellow_sites, rule.orange_sites, rule.red_sites)),
        )
        previous, up_ms, down_ms = ladder.level, rule.up_minutes * MINUTE_MS, rule.down_minutes * MINUTE_MS
        if ladder.move(lowest=level, highest=level, up_ms=up_ms, down_ms=down_ms, now=turn.now):
            changed = LevelChanged(
                previous=LEVELS[previous], level=LEVELS[ladder.level], sites_stopped=stopped, sites_crowded=crowded
            )
            turn.decide(changed, subject=turn.region)
        for kind in _OF_REGION:
            topic, wanted = _topic(kind, None), self._asks_for(kind, ladder)
            if not wanted:
                self._proposals.need_not(turn, topic)
            elif self._proposals.open_to(topic, turn.now):
                made = self._made(turn, kind, ladder, sites_stopped=stopped, sites_crowded=crowded)
                self._proposals.want(turn, topic, made)
        self._schedule_region()

    # --- what others see ------------------------------------------------------------------------------------------

    def shown(self, site: str) -> SiteLevel | None:
        state = self.state.sites.get(site)
        if state is None or site not in self._sites or not state.measures:
            return None
        level, since = LEVELS[state.ladder.level], moment(state.ladder.since)
        return SiteLevel(level=level, since=since, measures=_told(state.measures))

    def board(self, region: str, *, now: int, version: int) -> EscalationBoard:
        ladder = self.state.region
        return EscalationBoard(
            region=region,
            level=LEVELS[ladder.level] if self._escalation else None,
            since=moment(ladder.since) if self._escalation and ladder.since else None,
            sites_stopped=len(self._stopped),
            sites=tuple(
                LevelOfSite(
                    site=site,
                    level=LEVELS[state.ladder.level],
                    since=moment(state.ladder.since),
                    status=self._status(self._sites[site]),
                )
                for site, state in sorted(self.state.sites.items())
                if site in self._sites and state.measures
            ),
            proposals=self._proposals.shown(),
            as_of=moment(now),
            version=version,
        )

    # --- measuring ------------------------------------------------------------------------------------------------

    def _evaluate(self, turn: Turn, agreed: Site, state: SiteState) -> None:
        readings, ladder = agreed.meter.readings, state.ladder
        agreed.meter.read(self._visits.at(agreed.id), state.heard, crowded=state.crowded, now=turn.now)
        state.measures = readings
        known = [each.measure for each in readings if each.state is MeasureState.CROWDED]
        if known or state.crowded:
            unknown = [each.measure for each in readings if each.state is MeasureState.UNKNOWN]
            kept = [each for each in state.crowded if each in unknown]
            state.crowded = [each for each in MEASURES if each in known or each in kept]
        lowest, highest = _level(len(known), agreed.froms), _level(len(state.crowded), agreed.froms)
        previous = ladder.level
        if ladder.move(lowest=lowest, highest=highest, up_ms=agreed.up_ms, down_ms=agreed.down_ms, now=turn.now):
            changed = LevelChanged(
                site=agreed.id, previous=LEVELS[previous], level=LEVELS[ladder.level], measures=_told(readings)
            )
            turn.decide(changed, subject=agreed.id)
            self.flagged = True
        self.changed.add(agreed.id)
        self.region_changed = True
        if ladder.level or self._proposals.any_live():
            self._propose(turn, agreed, state)

    def _propose(self, turn: Turn, agreed: Site, state: SiteState) -> None:
        """What a site's level asks for, unless the SEH announced it itself."""
        status = self._status(agreed)
        for kind, topic in agreed.topics.items():
            if not self._asks_for(kind, state.ladder) or status in _ANNOUNCED.get(kind, ()):
                self._proposals.need_not(turn, topic)
            elif self._proposals.open_to(topic, turn.now):
                made = self._made(turn, kind, state.ladder, site=agreed.id, measures=_told(state.measures))
                self._proposals.want(turn, topic, made)

    def _made(
        self,
        turn: Turn,
        kind: ProposalKind,
        ladder: Ladder,
        *,
        site: str | None = None,
        measures: tuple[Measured, ...] = (),
        sites_stopped: int | None = None,
        sites_crowded: int | None = None,
    ) -> ProposalMade:
        return ProposalMade(
            kind=kind,
            site=site,
            level=LEVELS[ladder.level],
            measures=measures,
            sites_stopped=sites_stopped,
            sites_crowded=sites_crowded,
            roles=self._proposals.rule(kind).roles,
            answer_by=moment(turn.now),
        )

    def _asks_for(self, kind: ProposalKind, ladder: Ladder) -> bool:
        from_level = self._proposals.rule(kind).level
        assert from_level is not None, "what follows from a level names it"
        return ladder.level >= LEVELS.index(from_level)

    def _status(self, agreed: Site) -> UnitStatus:
        return self._units.state(agreed.unit).status if agreed.unit else UnitStatus.OPEN

    def _crowded(self) -> int:
        orange = LEVELS.index(CrowdingLevel.ORANGE)
        return sum(self.state.sites[site].ladder.level >= orange for site in self._sites if site in self.state.sites)

    # --- keeping --------------------------------------------------------------------------------------------------

    def _ranked(
        self, turn: Turn, data: seh.PatientTriaged | seh.PatientRetriaged, moment_: Instant, *, first: bool
    ) -> None:
        at, rank = millis(moment_), self._rules.rank(data.urgency).rank

        def change(visit: Visit) -> bool:
            if triaged := first and earlier(at, visit.triaged_at):
                visit.triaged_at = at
            if ranked := visit.rank is None or visit.rank_at is None or (at, -rank) > (visit.rank_at, -visit.rank):
                visit.rank, visit.rank_at = rank, at
            return triaged or ranked

        self._visited(turn, data.site, data.visit, change)

    def _visited(self, turn: Turn, site_id: str, name: str, change: Callable[[Visit], bool]) -> None:
        """A fact about a visit; what was said before says nothing new, not even that the source is there."""
        site = self._site(site_id)
        if site is not None and (visit := self._visits.change(site_id, name, turn.now, change)) is not None:
            site.heard.visits_at = turn.now
            self._begin(turn, site_id, site)
            self._timers.set(Timer.FORGET_VISIT, visit.key, visit.kept_until)

    def _offloaded(self, turn: Turn, site_id: str, ride: str, change: Callable[[Offload], bool]) -> None:
        site = self._site(site_id)
        if site is not None and (offload := self._visits.change_offload(site_id, ride, turn.now, change)) is not None:
            site.heard.offloads_at = turn.now
            self._begin(turn, site_id, site)
            self._timers.set(Timer.FORGET_OFFLOAD, f"{site_id}/{ride}", offload.kept_until)

    def _site(self, site: str) -> SiteState | None:
        """Only of sites that agreed on levels anything is kept."""
        if site not in self._sites:
            return None
        known = self.state.sites.get(site)
        if known is None:
            known = self.state.sites[site] = SiteState()
        return known

    def _begin(self, turn: Turn, site: str, state: SiteState) -> None:
        """From the first word on, the site is evaluated at regular moments."""
        if state.next_at is None:
            step = self._sites[site].step_ms
            state.ladder.since = turn.now
            state.next_at = (turn.now // step + 1) * step
            self._timers.set(Timer.LEVEL, site, state.next_at)

    def _schedule_region(self) -> None:
        """When the level moves by itself, or the rest of a proposal is over that it asks for still."""
        rule, dues = self._escalation, list[int | None]()
        if rule is not None:
            up_ms, down_ms = rule.up_minutes * MINUTE_MS, rule.down_minutes * MINUTE_MS
            dues.append(self.state.region.moves_at(up_ms=up_ms, down_ms=down_ms))
            asked = [kind for kind in _OF_REGION if self._asks_for(kind, self.state.region)]
            dues += [self._proposals.rests_until(_topic(kind, None)) for kind in asked]
        self._timers.set(Timer.LEVEL, REGION, min((due for due in dues if due is not None), default=None))

    def _remind(self, unit: str, state: UnitState, *, announced: bool = False) -> None:
        """Before the announced end of a stop or warning; one announced for a shorter time needs no reminder."""
        rule, due = self._escalation, None
        if rule is None or unit not in self._rules.units:
            return
        if state.until is not None and state.status in (UnitStatus.STOP, UnitStatus.WARNING):
            due = state.until - rule.stop_reminder_minutes * MINUTE_MS
            if announced and state.status_counted_at is not None and due <= state.status_counted_at:
                self.state.reminded[unit] = state.until
            if self.state.reminded.get(unit) == state.until:
                due = None
        self._timers.set(Timer.STOP_REMINDER, unit, due)


def _agreed_for(rule: CrowdingRule, agreed: Agreements, rules: Rules) -> Site:
    unit = rules.unit_at(rule.site, CareType.SEH)
    report_minutes = rules.validity_minutes(unit) if unit else rule.validity_minutes
    return Site(
        rule.site,
        unit.id if unit else None,
        step_ms=rule.evaluate_minutes * MINUTE_MS,
        froms=(rule.yellow_from, rule.orange_from, rule.red_from),
        up_ms=rule.up_minutes * MINUTE_MS,
        down_ms=rule.down_minutes * MINUTE_MS,
        topics={kind: _topic(kind, rule.site) for kind in _OF_SITE},
        meter=Meter(rule, places=_places(rule, agreed), report_valid_minutes=report_minutes),
    )


def _places(rule: CrowdingRule, agreed: Agreements) -> int | None:
    """Agreed, or else the rooms that are the SEH's own."""
    if rule.places is not None:
        return rule.places
    rooms = (room for room in agreed.rooms if room.site == rule.site)
    return sum(room.count for room in rooms if room.home is CareType.SEH) or None


def _topic(kind: ProposalKind, site: str | None) -> str:
    return f"{kind}/{site or ''}"


def _told(measures: tuple[Reading, ...]) -> tuple[Measured, ...]:
    return tuple(each.told() for each in measures)


def _level(count: int, froms: tuple[int, int, int]) -> int:
    """The highest level that so many reach; a level from 0 is not reached by counting."""
    found = 0
    for step, least in enumerate(froms, start=1):
        if least and count >= least:
            found = step
    return found


def _passed(since: int | None, for_ms: int, now: int) -> bool:
    return since is not None and now - since >= for_ms
