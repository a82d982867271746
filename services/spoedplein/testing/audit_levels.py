"""Recounts levels of crowding from measures counted anew, and follows each proposal to its end (I1, I6, I9).

What was found at each counting is kept; a level is what the last countings say together. Every change of a level, and
every proposal that a level asks for, must be told in the turn in which it came, and no other.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from spoedplein.domain.log import Record
from spoedplein.testing.audit_measures import MINUTE_MS, Moment, Told
from spoedplein.testing.audit_rules import Findings, rank_of, validity_of
from spoedplein.testing.audit_statuses import Statuses
from spoedplein_schemas import Decision, crowding
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.crowding import Measured, MeasureState, ProposalAnswer
from spoedplein_schemas.crowding_agreements import CrowdingRule, EscalationRule, ProposalRule
from spoedplein_schemas.vocabulary import (
    CareType,
    CrowdingLevel,
    CrowdingMeasure,
    Frozen,
    ProposalKind,
    UnitStatus,
    millis,
)

LEVELS: Final = tuple(CrowdingLevel)
ORANGE: Final = LEVELS.index(CrowdingLevel.ORANGE)
OF_SITE: Final = (ProposalKind.WARNING, ProposalKind.STOP, ProposalKind.DIVERT)
OF_REGION: Final = (ProposalKind.NEIGHBOUR, ProposalKind.ROAZ)
#: Announced by the SEH itself, it needs no proposal.
ANNOUNCED: Final = {
    ProposalKind.WARNING: {UnitStatus.WARNING, UnitStatus.STOP, UnitStatus.CLOSED},
    ProposalKind.STOP: {UnitStatus.STOP, UnitStatus.CLOSED},
}
SLACK_MS: Final = 1000
#: Kind, site or request, and side.
Topic = tuple[ProposalKind, str | None, CareType | None]


class Counting(NamedTuple):
    """Between these two the level lies, from then on."""

    at: int
    lowest: int
    highest: int


@dataclass(slots=True)
class Ladder:
    level: int = 0
    countings: list[Counting] = field(default_factory=list)

    def count(self, now: int, lowest: int, highest: int) -> None:
        if not self.countings or self.countings[-1][1:] != (lowest, highest):
            self.countings.append(Counting(now, lowest, highest))

    def move(self, now: int, *, up_ms: int, down_ms: int) -> bool:
        """Down past every level that was out of reach for long enough, up to the highest that held for long enough."""
        before = self.level
        while self.level and self._held(lambda each: each.highest < self.level, now, down_ms):
            self.level -= 1
        for step in range(self.level + 1, len(LEVELS)):
            if self._held(lambda each, step=step: each.lowest >= step, now, up_ms):  # type: ignore[misc]
                self.level = step
        return self.level != before

    def _held(self, holds: Callable[[Counting], bool], now: int, for_ms: int) -> bool:
        """In every counting of the last stretch, which began so long ago."""
        since = None
        for each in reversed(self.countings):
            if not holds(each):
                break
            since = each.at
        return since is not None and now - since >= for_ms


@dataclass(slots=True)
class Site:
    told: Told = field(default_factory=Told)
    ladder: Ladder = field(default_factory=Ladder)
    crowded: set[CrowdingMeasure] = field(default_factory=set)
    measures: tuple[Measured, ...] = ()
    counts_at: int | None = None


@dataclass(slots=True)
class Open:
    made: crowding.ProposalMade
    answer: ProposalAnswer | None = None
    late: bool = False


class LevelAuditor:
    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._agreements: Agreements | None = None
        self._adopts: Agreements | None = None
        self._statuses = Statuses()
        self._sites: dict[str, Site] = {}
        self._departments: list[str] = []
        self._region = Ladder()
        self._open: dict[str, Open] = {}
        self._again_at: dict[Topic, int] = {}
        self._offset = 0
        self._now = 0

    def adopt(self, agreements: Agreements) -> None:
        """Counts when its record is read: until then the time that passed was under the old text."""
        self._adopts = agreements

    def step(self, record: Record, decided: list[Decision]) -> None:
        before, self._now, self._offset = self._now, max(self._now, record.at), record.offset
        standing = {_topic(each.made) for each in self._open.values()}
        moved: dict[str | None, int] = {}
        wanted: dict[Topic, bool] = {}
        for name, site in self._sites.items():
            if site.counts_at is not None and site.counts_at <= self._now:
                self._count(name, site, moved, wanted, before=before)
        self._read(record.event.data)
        self._count_region(moved, wanted)
        self._check_levels(decided, moved)
        for decision in decided:
            self._check_proposal(decision)
        self._check_wanted(wanted, standing)
        self._check_overdue()

    # --- counting -------------------------------------------------------------------------------------------------

    def _read(self, data: Frozen) -> None:
        if self._adopts is not None:
            self._agreements, self._statuses.agreements, self._adopts = self._adopts, self._adopts, None
            self._new_text()
        self._statuses.read(data)
        rule = self._rule(getattr(data, "site", None))
        if rule is None or self._agreements is None:
            return
        urgency = getattr(data, "urgency", None)
        rank = rank_of(self._agreements, urgency)
        site = self._sites.setdefault(rule.site, Site())
        news = site.told.hear(data, rank=0 if rank is None else rank.rank, now=self._now)
        if news and site.counts_at is None:
            site.counts_at = self._next(rule)

    def _new_text(self) -> None:
        """Of a site that has no level any more only the persons are remembered."""
        for name, site in self._sites.items():
            if self._rule(name) is None:
                told = Told(visits=site.told.visits, rides=site.told.rides)
                self._sites[name] = Site(told=told)
        units = self._agreements.units if self._agreements else ()
        self._departments = [unit.id for unit in units if unit.care_type is CareType.SEH]
        if self._escalation() is None:
            self._region = Ladder()

    def _next(self, rule: CrowdingRule) -> int:
        step = rule.evaluate_minutes * MINUTE_MS
        return (self._now // step + 1) * step

    def _count(
        self, name: str, site: Site, moved: dict[str | None, int], wanted: dict[Topic, bool], *, before: int
    ) -> None:
        rule, due = self._rule(name), site.counts_at
        assert rule is not None, "a site without a rule is not counted"
        assert due is not None, "only sites that are due are counted"
        site.counts_at = self._next(rule)
        look = Moment(site.told, rule, self._places(rule), self._count_ms(rule), self._now, max(before, due))
        site.measures = look.recount(site.crowded)
        states = {each.measure: each.state for each in site.measures}
        known = {measure for measure, state in states.items() if state is MeasureState.CROWDED}
        site.crowded = known | {each for each in site.crowded if states[each] is MeasureState.UNKNOWN}
        froms = (rule.yellow_from, rule.orange_from, rule.red_from)
        site.ladder.count(self._now, _level(len(known), froms), _level(len(site.crowded), froms))
        previous = site.ladder.level
        if site.ladder.move(self._now, up_ms=rule.up_minutes * MINUTE_MS, down_ms=rule.down_minutes * MINUTE_MS):
            moved[name] = previous
        # A stop that ends in this very moment, or while nobody looked, still stood when the measures were counted.
        unit = self._statuses.at_site(name, CareType.SEH)
        status = self._statuses.of(unit, now=max(before, due - 1)) if unit else UnitStatus.OPEN
        for kind in OF_SITE:
            wants = self._from_level(kind) <= site.ladder.level and status not in ANNOUNCED.get(kind, ())
            wanted[kind, name, None] = wants

    def _count_region(self, moved: dict[str | None, int], wanted: dict[Topic, bool]) -> None:
        rule = self._escalation()
        if rule is None:
            return
        stopped, crowded = self._stopped(), self._crowded()
        level = max(
            _level(stopped, (rule.yellow_stops, rule.orange_stops, rule.red_stops)),
            _level(crowded, (rule.yellow_sites, rule.orange_sites, rule.red_sites)),
        )
        previous = self._region.level
        self._region.count(self._now, level, level)
        if self._region.move(self._now, up_ms=rule.up_minutes * MINUTE_MS, down_ms=rule.down_minutes * MINUTE_MS):
            moved[None] = previous
        for kind in OF_REGION:
            wanted[kind, None, None] = self._region.level >= self._from_level(kind)

    def _stopped(self) -> int:
        statuses = (self._statuses.of(unit, now=self._now) for unit in self._departments)
        return sum(status is UnitStatus.STOP for status in statuses)

    def _crowded(self) -> int:
        return sum(site.ladder.level >= ORANGE for name, site in self._sites.items() if self._rule(name))

    def _places(self, rule: CrowdingRule) -> int | None:
        if rule.places is not None or self._agreements is None:
            return rule.places
        rooms = [room for room in self._agreements.rooms if room.site == rule.site and room.home is CareType.SEH]
        return sum(len(room.names) for room in rooms) or None

    def _count_ms(self, rule: CrowdingRule) -> int:
        unit = self._statuses.at_site(rule.site, CareType.SEH)
        agreed = next((each for each in self._agreements.units if each.id == unit), None) if self._agreements else None
        if agreed is None or self._agreements is None:
            return rule.validity_minutes * MINUTE_MS
        return round(validity_of(self._agreements, agreed).total_seconds() * 1000)

    # --- what the text says ---------------------------------------------------------------------------------------

    def _rule(self, site: str | None) -> CrowdingRule | None:
        rules = self._agreements.crowding if self._agreements else ()
        return next((rule for rule in rules if rule.site == site), None)

    def _escalation(self) -> EscalationRule | None:
        return self._agreements.escalation if self._agreements else None

    def _proposals(self, kind: ProposalKind) -> ProposalRule:
        assert self._agreements is not None, "nothing is proposed before a text is in force"
        return next(rule for rule in self._agreements.proposals if rule.kind is kind)

    def _from_level(self, kind: ProposalKind) -> int:
        level = self._proposals(kind).level
        return 0 if level is None else LEVELS.index(level)

    # --- what was decided -----------------------------------------------------------------------------------------

    def _check_levels(self, decided: list[Decision], moved: dict[str | None, int]) -> None:
        told = {each.data.site: each.data for each in decided if isinstance(each.data, crowding.LevelChanged)}
        for site in [*moved, *(site for site in told if site not in moved)]:
            name = site or "the region"
            level = self._sites.get(site, Site()).ladder.level if site else self._region.level
            known = LEVELS[moved.get(site, level)]
            if site not in told:
                self._add("I9", f"{name} goes from {known} to {LEVELS[level]}, and that is not told")
            elif site not in moved or (told[site].previous, told[site].level) != (known, LEVELS[level]):
                said = told[site]
                self._add(
                    "I9", f"{name} is told to go from {said.previous} to {said.level}: {known} to {LEVELS[level]}"
                )
        for data in told.values():
            self._check_ground(data)

    def _check_ground(self, data: crowding.LevelChanged | crowding.ProposalMade) -> None:
        """What it is said to rest on is what is counted."""
        if data.site is None:
            if (data.sites_stopped, data.sites_crowded) != (self._stopped(), self._crowded()):
                self._add(
                    "I9", f"the region has {self._stopped()} stops and {self._crowded()} crowded sites; told: {data}"
                )
            return
        counted = {each.measure: each for each in self._sites.get(data.site, Site()).measures}
        for measured in data.measures:
            mine = counted.pop(measured.measure, None)
            if measured != mine:
                stale = mine is not None and mine.state is MeasureState.UNKNOWN
                self._add("I6" if stale else "I9", f"{data.site}: {measured!r} is told, counted is {mine!r}")
        if counted:
            self._add("I9", f"{data.site} is told without {', '.join(counted)}")

    def _check_proposal(self, decision: Decision) -> None:
        data = decision.data
        match data:
            case crowding.ProposalMade():
                self._check_made(decision.id, data)
            case crowding.ProposalAnswered():
                self._check_answered(data)
            case crowding.ProposalLapsed() | crowding.ProposalOver():
                standing = self._open.get(data.proposal)
                confirmed = standing is not None and standing.answer is ProposalAnswer.CONFIRMED
                if standing is None or confirmed != isinstance(data, crowding.ProposalOver):
                    self._add("I1", f"{data.proposal} ends as if it stood otherwise than it did")
                self._ends(data.proposal)

    def _check_made(self, name: str, data: crowding.ProposalMade) -> None:
        rule = self._proposals(data.kind)
        if any(_topic(each.made) == _topic(data) for each in self._open.values()):
            self._add("I1", f"{name} proposes {data.kind} again, while it stands")
        if self._now < self._again_at.get(_topic(data), 0):
            self._add("I1", f"{name} proposes {data.kind} again, before the agreed time")
        if data.roles != rule.roles or millis(data.answer_by) != self._now + rule.answer_minutes * MINUTE_MS:
            self._add("I9", f"{name} names other people or another time than was agreed")
        if data.kind is not ProposalKind.MUTUAL_HELP and data.request is None:
            site = self._sites.get(data.site) if data.site else None
            level = self._region.level if data.site is None else site.ladder.level if site else 0
            if data.level is not LEVELS[level] or level < self._from_level(data.kind):
                self._add("I9", f"{name} proposes {data.kind} at {data.level}; it is {LEVELS[level]}")
            self._check_ground(data)
        self._open[name] = Open(data)

    def _check_answered(self, data: crowding.ProposalAnswered) -> None:
        standing = self._open.get(data.proposal)
        if standing is None or standing.answer is not None:
            self._add("I1", f"{data.proposal} is answered, and waits for no answer")
            return
        if data.by.role not in self._proposals(data.kind).roles:
            self._add("I9", f"{data.proposal} is answered by {data.by.role}, which was not agreed")
        standing.answer = data.answer
        if data.answer is ProposalAnswer.REJECTED:
            self._ends(data.proposal)

    def _ends(self, name: str) -> None:
        """Rejected or lapsed, it rests; what was confirmed is proposed anew as soon as it is needed anew."""
        standing = self._open.pop(name, None)
        confirmed = standing is not None and standing.answer is ProposalAnswer.CONFIRMED
        if standing is not None and standing.made.request is None and not confirmed:
            minutes = self._proposals(standing.made.kind).again_minutes
            self._again_at[_topic(standing.made)] = self._now + minutes * MINUTE_MS

    def _check_wanted(self, wanted: dict[Topic, bool], standing: set[Topic]) -> None:
        """What a level asks for stands, unless it was answered or lapsed a short time ago; nothing else does."""
        now_standing = {_topic(each.made) for each in self._open.values()}
        for topic, wants in wanted.items():
            again = self._now >= self._again_at.get(topic, 0)
            if wants and again and topic not in standing and topic not in now_standing:
                self._add("I9", f"{topic[0]} at {topic[1]} is not proposed, and its level asks for it")
            if not wants and topic in now_standing:
                self._add("I9", f"{topic[0]} at {topic[1] or 'the region'} still stands, and nothing asks for it")
        for kind, place, _ in {_topic(each.made) for each in self._open.values() if each.made.request is None}:
            rooms = self._agreements.room_rules if self._agreements else ()
            agreed = {
                ProposalKind.MUTUAL_HELP: any(rule.site == place for rule in rooms),
                ProposalKind.NEIGHBOUR: self._escalation() is not None,
                ProposalKind.ROAZ: self._escalation() is not None,
            }.get(kind, self._rule(place) is not None)
            if not agreed:
                self._add("I9", f"{kind} at {place or 'the region'} still stands, and nothing is agreed on it")

    def _check_overdue(self) -> None:
        for name, standing in self._open.items():
            overdue = standing.answer is None and self._now > millis(standing.made.answer_by) + SLACK_MS
            if overdue and not standing.late:
                self._add("I1", f"{name} waits for an answer since {standing.made.answer_by}")
                standing.late = True

    def _add(self, invariant: str, message: str) -> None:
        self._findings.add(invariant, message, self._offset)


def _topic(made: crowding.ProposalMade) -> Topic:
    return made.kind, made.request or made.site, made.sides[0].service if made.sides else None


def _level(count: int, froms: tuple[int, int, int]) -> int:
    """A threshold of 0 is never reached."""
    return max((step for step, least in enumerate(froms, start=1) if 0 < least <= count), default=0)
