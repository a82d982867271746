"""The eight consensus measures of crowding, counted from a site's own events (ICMED 2012, table 2).

Each is minutes or percent, higher is more crowded, rounded down. A measure whose source fell silent is unknown, and
says so; one with too few cases to mean anything is `few`, and is not crowded.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final, NamedTuple

from spoedplein.domain.agreements import MINUTE_MS
from spoedplein.domain.visits import Offload, Visit, Visits
from spoedplein_schemas.crowding import Measured, MeasureState, UnknownReason
from spoedplein_schemas.crowding_agreements import CrowdingRule, Threshold
from spoedplein_schemas.seh import Departure, Disposition
from spoedplein_schemas.vocabulary import CrowdingMeasure

MEASURES: Final = tuple(CrowdingMeasure)
#: Emergent: the class below danger of life, and that itself.
EMERGENT_RANK: Final = 1
#: Nine in ten who are to be admitted leave the SEH within two hours of that decision.
ADMITTED_MS: Final = 120 * MINUTE_MS


@dataclass(slots=True)
class Heard:
    """When each kind of source last spoke, by the log; and what the SEH said of itself."""

    visits_at: int | None = None
    offloads_at: int | None = None
    reported_at: int | None = None
    reported_key: int | None = None
    present: int | None = None
    boarding: int | None = None


class Look(NamedTuple):
    """One site at one moment: who is there, who left since the window began, whom ambulances handed over since.

    `thresholds` are in the order of the vocabulary.

    `places` are those that count as full; `report_valid_ms` how long the SEH's own count holds.
    """

    rule: CrowdingRule
    thresholds: tuple[Threshold, ...]
    heard: Heard
    places: int | None
    report_valid_ms: int
    now: int
    since: int
    present: list[Visit]
    left: list[Visit]
    handed: list[Offload]

    @classmethod
    def at(
        cls,
        rule: CrowdingRule,
        visits: Visits,
        heard: Heard,
        *,
        thresholds: tuple[Threshold, ...],
        places: int | None,
        report_valid_ms: int,
        now: int,
    ) -> "Look":
        since = now - rule.window_minutes * MINUTE_MS
        return cls(
            rule=rule,
            thresholds=thresholds,
            heard=heard,
            places=places,
            report_valid_ms=report_valid_ms,
            now=now,
            since=since,
            present=visits.present(rule.site),
            left=list(visits.left_since(rule.site, since)),
            handed=list(visits.handed_since(rule.site, since)),
        )

    @property
    def recent(self) -> Iterator[Visit]:
        return chain(self.present, self.left)

    def reports(self) -> bool:
        """The SEH's own count is there and fresh."""
        return self.heard.reported_at is not None and self.now - self.heard.reported_at <= self.report_valid_ms


class Counted(NamedTuple):
    """`value` over `cases`, from a source heard at `at`; `certain`: it means something with any number of cases."""

    value: int | None
    cases: int
    at: int | None
    certain: bool = False
    why: UnknownReason | None = None


@dataclass(slots=True)
class Reading:
    """One measure as it was counted: what `Measured` tells. Counted every minute, and told now and then."""

    measure: CrowdingMeasure
    state: MeasureState
    value: int | None
    cases: int
    enter: int
    leave: int
    age_seconds: int | None
    why: UnknownReason | None

    def told(self) -> Measured:
        return Measured(
            measure=self.measure,
            state=self.state,
            value=self.value,
            cases=self.cases,
            enter=self.enter,
            leave=self.leave,
            age_seconds=self.age_seconds,
            why=self.why,
        )


def measure(look: Look, *, crowded: Iterable[CrowdingMeasure]) -> tuple[Reading, ...]:
    """All eight, in the order of the vocabulary. `crowded` are those that were: they are left at a lower threshold."""
    before = list(crowded)
    return tuple([_read(look, threshold, was=threshold.measure in before) for threshold in look.thresholds])


def thresholds_of(rule: CrowdingRule) -> tuple[Threshold, ...]:
    """In the order of the vocabulary."""
    named = {each.measure: each for each in rule.thresholds}
    return tuple(named[which] for which in MEASURES)


def _read(look: Look, threshold: Threshold, *, was: bool) -> Reading:
    which = threshold.measure
    counted = _COUNTS[which](look)
    why, state = counted.why, MeasureState.UNKNOWN
    if why is None and counted.at is None:
        why = UnknownReason.NEVER_REPORTED
    elif why is None and counted.at is not None and look.now - counted.at > _valid_ms(look, which):
        why = UnknownReason.STALE
    if why is None:
        limit = threshold.leave if was else threshold.enter
        few = not counted.certain and counted.cases < look.rule.cases_min
        above = counted.value is not None and counted.value > limit
        state = MeasureState.FEW if few else MeasureState.CROWDED if above else MeasureState.CALM
    value = counted.value if why is None else None
    age = None if counted.at is None else max(0, look.now - counted.at) // 1000
    return Reading(which, state, value, counted.cases, threshold.enter, threshold.leave, age, why)


def _valid_ms(look: Look, which: CrowdingMeasure) -> int:
    """Ambulances come less often than patients: their silence says little before the whole window has passed."""
    minutes = look.rule.window_minutes if which is CrowdingMeasure.OFFLOAD else look.rule.validity_minutes
    return minutes * MINUTE_MS


def _offload(look: Look) -> Counted:
    took = [
        offload.handed_at - offload.arrived_at
        for offload in look.handed
        if offload.arrived_at is not None and offload.handed_at is not None
    ]
    return Counted(_minutes(_ninth_tenth(took)), len(took), look.heard.offloads_at)


def _left_unseen(look: Look) -> Counted:
    unseen = sum(visit.departure is Departure.LEFT_UNSEEN for visit in look.left)
    return Counted(_percent(unseen, len(look.left)), len(look.left), look.heard.visits_at)


def _triage_delay(look: Look) -> Counted:
    """The median: one who is helped before he is triaged says nothing about the desk."""
    delays = sorted(
        visit.triaged_at - visit.arrived_at
        for visit in look.recent
        if visit.triaged_at is not None and visit.arrived_at is not None and visit.triaged_at >= look.since
    )
    return Counted(_minutes(delays[len(delays) // 2] if delays else None), len(delays), look.heard.visits_at)


def _occupancy(look: Look) -> Counted:
    present, at = _present(look)
    if look.places is None:
        return Counted(None, present, at, why=UnknownReason.NO_PLACES_AGREED)
    return Counted(_percent(present, look.places), present, at, certain=True)


def _length_of_stay(look: Look) -> Counted:
    stays = [
        visit.left_at - visit.arrived_at
        for visit in look.left
        if visit.arrived_at is not None and visit.left_at is not None
    ]
    return Counted(_minutes(_ninth_tenth(stays)), len(stays), look.heard.visits_at)


def _emergent_wait(look: Look) -> Counted:
    """Of those who wait now and of those who were seen in the window: the longest."""
    waits = []
    for visit in look.recent:
        if visit.arrived_at is None or visit.rank is None or visit.rank > EMERGENT_RANK:
            continue
        seen = visit.started_at if visit.started_at is not None else visit.left_at
        if seen is None or seen >= look.since:
            waits.append((look.now if seen is None else seen) - visit.arrived_at)
    return Counted(_minutes(max(waits, default=0)), len(waits), look.heard.visits_at, certain=True)


def _admitted_still_here(look: Look) -> Counted:
    """Of those who were to be admitted and left, or are there for more than two hours since."""
    late = total = 0
    for visit in look.recent:
        if visit.disposition is Disposition.ADMIT and visit.decided_at is not None:
            waited = (visit.left_at if visit.left_at is not None else look.now) - visit.decided_at
            late += waited > ADMITTED_MS
            total += visit.left_at is not None or waited > ADMITTED_MS
    return Counted(_percent(late, total), total, look.heard.visits_at)


def _boarding(look: Look) -> Counted:
    present, at = _present(look)
    boarding = look.heard.boarding if look.reports() else None
    if boarding is None:
        boarding, at = sum(visit.boards for visit in look.present), look.heard.visits_at
        present = max(present, boarding)
    return Counted(_percent(boarding, present), present, at)


def _present(look: Look) -> tuple[int, int | None]:
    """As the SEH counts it while that is fresh; else as we count it."""
    if look.reports() and look.heard.present is not None:
        return look.heard.present, look.heard.reported_at
    return len(look.present), look.heard.visits_at


_COUNTS: Final[dict[CrowdingMeasure, Callable[[Look], Counted]]] = {
    CrowdingMeasure.OFFLOAD: _offload,
    CrowdingMeasure.LEFT_UNSEEN: _left_unseen,
    CrowdingMeasure.TRIAGE_DELAY: _triage_delay,
    CrowdingMeasure.OCCUPANCY: _occupancy,
    CrowdingMeasure.LENGTH_OF_STAY: _length_of_stay,
    CrowdingMeasure.EMERGENT_WAIT: _emergent_wait,
    CrowdingMeasure.ADMITTED_STILL_HERE: _admitted_still_here,
    CrowdingMeasure.BOARDING: _boarding,
}


def _ninth_tenth(durations: list[int]) -> int | None:
    """The 90th percentile by nearest rank: nine in ten took no longer."""
    durations = sorted(durations)
    return durations[(9 * len(durations) + 9) // 10 - 1] if durations else None


def _minutes(duration_ms: int | None) -> int | None:
    return None if duration_ms is None else max(0, duration_ms) // MINUTE_MS


def _percent(part: int, whole: int) -> int:
    return 100 * part // whole if whole else 0
