"""The eight consensus measures of crowding, counted from a site's own events (ICMED 2012, table 2).

Each is minutes or percent, higher is more crowded, rounded down. A measure whose source fell silent is unknown, and
says so; one with too few cases to mean anything is `few`, and is not crowded.
"""

from collections.abc import Container
from dataclasses import dataclass
from typing import Final, NamedTuple

from spoedplein.domain.agreements import MINUTE_MS
from spoedplein.domain.visits import AtSite
from spoedplein_schemas.crowding import Measured, MeasureState, UnknownReason
from spoedplein_schemas.crowding_agreements import CrowdingRule
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


#: A source as it is heard: how many seconds ago it spoke and, if so, why what is counted from it is unknown.
Source = tuple[int | None, UnknownReason | None]


@dataclass(slots=True)
class Reading:
    """One measure as it was counted: what `Measured` tells. Counted every few minutes, and told now and then."""

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

    def write(
        self, value: int | None, cases: int, source: Source, crowded: Container[CrowdingMeasure], *, cases_min: int = 0
    ) -> None:
        """`value` over `cases`, which means something with `cases_min` of them. `crowded` are those that were."""
        self.cases = cases
        self.age_seconds, self.why = source
        if self.why is not None:
            self.value, self.state = None, MeasureState.UNKNOWN
            return
        self.value = value
        if cases < cases_min:
            self.state = MeasureState.FEW
        elif value is not None and value > (self.leave if self.measure in crowded else self.enter):
            self.state = MeasureState.CROWDED
        else:
            self.state = MeasureState.CALM


class Meter:
    """The measures of one site by its rule: `readings`, in the order of the vocabulary, are written anew each time."""

    def __init__(self, rule: CrowdingRule, *, places: int | None, report_valid_minutes: int) -> None:
        """`places` are those that count as full; `report_valid_minutes` is how long the SEH's own count holds."""
        self._window_ms = rule.window_minutes * MINUTE_MS
        self._valid_ms = rule.validity_minutes * MINUTE_MS
        self._report_valid_ms = report_valid_minutes * MINUTE_MS
        self._cases_min = rule.cases_min
        self._places = places
        named = {each.measure: each for each in rule.thresholds}
        self.readings = tuple(
            Reading(which, MeasureState.UNKNOWN, None, 0, named[which].enter, named[which].leave, None, None)
            for which in MEASURES
        )

    def read(self, site: AtSite, heard: Heard, *, crowded: Container[CrowdingMeasure], now: int) -> None:
        """`crowded` are the measures that were: they are left at a lower threshold."""
        since, least = now - self._window_ms, self._cases_min
        count, took = Count.of(site, since=since, now=now), _offloads(site, since=since)
        visits = _heard(heard.visits_at, self._valid_ms, now)
        # Ambulances come less often than patients: their silence says little before the whole window has passed.
        offloads = _heard(heard.offloads_at, self._window_ms, now)
        # Who is present as the SEH counts it while that is fresh; else as we count it.
        reports = heard.reported_at is not None and now - heard.reported_at <= self._report_valid_ms
        present, counted = count.present, visits
        if reports and heard.present is not None:
            present, counted = heard.present, _heard(heard.reported_at, self._valid_ms, now)
        boarding, boarded, among = heard.boarding if reports else None, counted, present
        if boarding is None:
            boarding, boarded, among = count.boarding, visits, max(present, count.boarding)
        full = counted if self._places else (counted[0], UnknownReason.NO_PLACES_AGREED)

        offload, unseen, triage, occupancy, stay, wait, admitted, boards = self.readings
        offload.write(_minutes(_ninth_tenth(took)), len(took), offloads, crowded, cases_min=least)
        unseen.write(_percent(count.unseen, count.left), count.left, visits, crowded, cases_min=least)
        triage.write(_minutes(_median(count.delays)), len(count.delays), visits, crowded, cases_min=least)
        occupancy.write(_percent(present, self._places or 0), present, full, crowded)
        stay.write(_minutes(_ninth_tenth(count.stays)), len(count.stays), visits, crowded, cases_min=least)
        wait.write(_minutes(count.longest_wait), count.emergent, visits, crowded)
        admitted.write(_percent(count.late, count.admitted), count.admitted, visits, crowded, cases_min=least)
        boards.write(_percent(boarding, among), among, boarded, crowded, cases_min=least)


class Count(NamedTuple):
    """Who is at a site, and who left since the window began. In milliseconds.

    `delays` are of those triaged in the window: one who is helped before he is triaged says nothing about the desk.
    `emergent` are those who wait now and those who were seen in the window. `admitted` are those who were to be and
    left, or are `late`: there for more than two hours since.
    """

    present: int
    boarding: int
    left: int
    unseen: int
    delays: list[int]
    stays: list[int]
    emergent: int
    longest_wait: int
    admitted: int
    late: int

    @classmethod
    def of(cls, site: AtSite, *, since: int, now: int) -> "Count":
        """In one pass. Who was only ever spoken of has not arrived, and is not there."""
        here = [visit for visit in site.going.values() if visit.arrived_at is not None]
        left = site.left.since(since)
        boarding = unseen = emergent = longest = admitted = late = 0
        delays, stays = [], []
        for visit in here + left:
            arrived, ended = visit.arrived_at, visit.left_at
            if ended is None:
                boarding += visit.boards
            else:
                unseen += visit.departure is Departure.LEFT_UNSEEN
                if arrived is not None:
                    stays.append(ended - arrived)
            if arrived is not None:
                if visit.triaged_at is not None and visit.triaged_at >= since:
                    delays.append(visit.triaged_at - arrived)
                if visit.rank is not None and visit.rank <= EMERGENT_RANK:
                    seen = visit.started_at if visit.started_at is not None else ended
                    if seen is None or seen >= since:
                        emergent += 1
                        longest = max(longest, (now if seen is None else seen) - arrived)
            if visit.disposition is Disposition.ADMIT and visit.decided_at is not None:
                waited = (now if ended is None else ended) - visit.decided_at
                late += waited > ADMITTED_MS
                admitted += ended is not None or waited > ADMITTED_MS
        return cls(len(here), boarding, len(left), unseen, delays, stays, emergent, longest, admitted, late)


def _heard(at: int | None, valid_ms: int, now: int) -> Source:
    if at is None:
        return None, UnknownReason.NEVER_REPORTED
    silent_ms = now - at
    return max(0, silent_ms) // 1000, UnknownReason.STALE if silent_ms > valid_ms else None


def _offloads(site: AtSite, *, since: int) -> list[int]:
    """How long each took, of the ambulances that handed over since then."""
    return [
        offload.handed_at - offload.arrived_at
        for offload in site.handed.since(since)
        if offload.arrived_at is not None and offload.handed_at is not None
    ]


def _ninth_tenth(durations: list[int]) -> int | None:
    """The 90th percentile by nearest rank: nine in ten took no longer."""
    durations = sorted(durations)
    return durations[(9 * len(durations) + 9) // 10 - 1] if durations else None


def _median(durations: list[int]) -> int | None:
    """The upper one of two."""
    return sorted(durations)[len(durations) // 2] if durations else None


def _minutes(duration_ms: int | None) -> int | None:
    return None if duration_ms is None else max(0, duration_ms) // MINUTE_MS


def _percent(part: int, whole: int) -> int:
    return 100 * part // whole if whole else 0
