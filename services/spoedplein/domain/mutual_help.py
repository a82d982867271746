"""Mutual help: proposed when one side of a spoedplein is past its norm and the other has slack (Amsterdam-Noord).

It is needed no longer when nobody of the helped side is late any more, or when the helper gets late himself or shuts.
"""

from collections.abc import Iterable

from spoedplein.domain.agreements import MINUTE_MS, Rules
from spoedplein.domain.availability import Units
from spoedplein.domain.line import Load
from spoedplein.domain.proposals import Proposals
from spoedplein.domain.queue import Queues
from spoedplein.domain.turn import Turn, moment
from spoedplein_schemas.crowding import LapseReason, ProposalMade, SideLoad
from spoedplein_schemas.room_agreements import RoomRule
from spoedplein_schemas.vocabulary import CareType, ProposalKind, UnitStatus

SIDES = ((CareType.HAP, CareType.SEH), (CareType.SEH, CareType.HAP))
#: A side of which nothing was heard for longer is not there to help, or we do not know its queue.
AWAKE_MS = 60 * MINUTE_MS


class MutualHelp:
    """`heard_at` holds per site and side when its queue last moved, by the log."""

    def __init__(
        self, heard_at: dict[str, int], *, queues: Queues, units: Units, proposals: Proposals, rules: Rules
    ) -> None:
        self._heard_at = heard_at
        self._queues = queues
        self._units = units
        self._proposals = proposals
        self._rules = rules
        agreed = rules.agreements
        sides = {site.id: {service.care_type for service in site.services} for site in rules.sites.values()}
        self._sites: dict[str, RoomRule] = {
            rule.site: rule
            for rule in (agreed.room_rules if agreed else ())
            if {CareType.HAP, CareType.SEH} <= sides.get(rule.site, set())
        }
        #: Per site, what can be proposed: help for the one side, and for the other.
        self._topics = {
            site: tuple(f"{ProposalKind.MUTUAL_HELP}/{site}/{helped}" for helped, _ in SIDES) for site in self._sites
        }

    def settle(self, turn: Turn, moved: Iterable[str]) -> None:
        """`moved`: keys of patients whose place in a queue changed."""
        sites: dict[str, None] = {}
        for key in moved:
            side = key.rpartition("/")[0]
            site = side.partition("/")[0]
            if site in self._sites:
                self._heard_at[side] = turn.now
            sites[site] = None
            patient = self._queues.patients.get(key)
            if patient is not None and patient.stands_at is not None:
                sites[patient.stands_at] = None
        for site in sorted(sites) if len(sites) > 1 else sites:
            if site in self._sites:
                self._look(turn, self._sites[site])

    def status_changed(self, turn: Turn, unit_id: str) -> None:
        """Who shut helps nobody."""
        site = self._rules.units[unit_id].site if unit_id in self._rules.units else None
        if site in self._sites:
            self._look(turn, self._sites[site])

    def agreements_changed(self, turn: Turn) -> None:
        for topic in self._proposals.topics():
            kind, site, _ = f"{topic}//".split("/")[:3]
            if kind == ProposalKind.MUTUAL_HELP and site not in self._sites:
                self._proposals.need_not(turn, topic, LapseReason.AGREEMENTS_CHANGED)

    def _look(self, turn: Turn, rule: RoomRule) -> None:
        site, queues = rule.site, self._queues
        for (helped, helper), topic in zip(SIDES, self._topics[site], strict=True):
            late = queues.late(site, helped)
            if self._proposals.live(topic):
                if late == 0 or queues.late(site, helper) > 0 or self._shut(site, helper):
                    self._proposals.need_not(turn, topic)
            elif late >= rule.help_from_late and self._has_slack(rule, helper, now=turn.now):
                sides = tuple(_told(side, queues.load(site, side)) for side in (helped, helper))
                self._proposals.want(turn, topic, _made(site, sides, answer_by=turn.now))

    def _has_slack(self, rule: RoomRule, helper: CareType, *, now: int) -> bool:
        load = self._queues.load(rule.site, helper)
        few = load.late == 0 and load.waiting <= rule.help_slack
        return few and self._awake(rule.site, helper, now=now)

    def _awake(self, site: str, side: CareType, *, now: int) -> bool:
        """It says of itself that it is open, or nothing; and its queue moved within the hour."""
        return not self._shut(site, side) and now - self._heard_at.get(f"{site}/{side}", -AWAKE_MS - 1) <= AWAKE_MS

    def _shut(self, site: str, side: CareType) -> bool:
        unit = self._rules.unit_at(site, side)
        return unit is not None and self._units.state(unit.id).status in (UnitStatus.CLOSED, UnitStatus.STOP)


def _told(side: CareType, load: Load) -> SideLoad:
    return SideLoad(service=side, waiting=load.waiting, late=load.late)


def _made(site: str, sides: tuple[SideLoad, ...], *, answer_by: int) -> ProposalMade:
    kind = ProposalKind.MUTUAL_HELP
    return ProposalMade(kind=kind, site=site, sides=sides, roles=(), answer_by=moment(answer_by))
