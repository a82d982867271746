"""Recounts the eight measures of crowding from all that was said of visits, offloads and places of one SEH.

Every word is kept; a person is what follows from all words about him, and each measure goes through all persons.
Milliseconds throughout.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from spoedplein_schemas import ambulance, seh
from spoedplein_schemas.crowding import Measured, MeasureState, UnknownReason
from spoedplein_schemas.crowding_agreements import CrowdingRule
from spoedplein_schemas.vocabulary import CrowdingMeasure, Frozen, millis

MINUTE_MS: Final = 60_000
TWO_HOURS_MS: Final = 120 * MINUTE_MS
#: What nothing new was said of for so long is not counted any more.
KEPT_MS: Final = 48 * 60 * MINUTE_MS
EMERGENT: Final = (0, 1)
OF_A_VISIT: Final = (
    *(seh.PatientArrived, seh.PatientTriaged, seh.PatientRetriaged),
    *(seh.TreatmentStarted, seh.DispositionDecided, seh.PatientLeft),
)
OF_A_RIDE: Final = (ambulance.AmbulanceArrived, ambulance.PatientHandedOver)


class Person(NamedTuple):
    """One visit, or one ambulance at the door (`came` and `out` alone), as all words about it tell."""

    came: int | None = None
    triaged: int | None = None
    seen: int | None = None
    rank: int | None = None
    ranked: int | None = None
    disposition: str | None = None
    decided: int | None = None
    out: int | None = None
    departure: str | None = None

    @property
    def here(self) -> bool:
        return self.came is not None and self.out is None


@dataclass(slots=True)
class Dossier:
    """All words about one person, each with the rank of its urgency then; until when they count."""

    words: list[tuple[Frozen, int]] = field(default_factory=list)
    kept_until: int = 0
    person: Person = field(default_factory=Person)

    def add(self, word: Frozen, rank: int) -> bool:
        """Whether it says anything new."""
        self.words.append((word, rank))
        known, self.person = self.person, _person(self.words)
        return self.person != known


@dataclass(slots=True)
class Told:
    """All that was told of one SEH, and when the last news of each kind came."""

    visits: dict[str, Dossier] = field(default_factory=dict)
    rides: dict[str, Dossier] = field(default_factory=dict)
    visits_at: int | None = None
    rides_at: int | None = None
    #: The newest own count of the SEH: as said, and when that was, never later than it was heard.
    count: seh.StatusReported | None = None
    count_at: int | None = None

    def hear(self, data: Frozen, *, rank: int, now: int) -> bool:
        """Whether this is news."""
        if isinstance(data, OF_A_VISIT):
            if self._note(self.visits, data.visit, data, rank=rank, now=now):
                self.visits_at = now
                return True
        elif isinstance(data, OF_A_RIDE):
            if self._note(self.rides, data.ride, data, rank=rank, now=now):
                self.rides_at = now
                return True
        elif isinstance(data, seh.StatusReported) and (self.count is None or data.observed_at > self.count.observed_at):
            self.count, self.count_at = data, min(millis(data.observed_at), now)
            return True
        return False

    def _note(self, book: dict[str, Dossier], name: str, data: Frozen, *, rank: int, now: int) -> bool:
        dossier = book.get(name)
        if dossier is None or dossier.kept_until <= now:
            dossier = book[name] = Dossier()
        fresh = not dossier.words
        news = dossier.add(data, rank) or fresh
        if news:
            dossier.kept_until = now + KEPT_MS
        return news


def _person(words: list[tuple[Frozen, int]]) -> Person:
    came = [millis(word.arrived_at) for word, _ in words
            if isinstance(word, seh.PatientArrived | ambulance.AmbulanceArrived)]  # fmt: skip
    triages = [(millis(word.triaged_at), rank) for word, rank in words if isinstance(word, seh.PatientTriaged)]
    ranks = triages + [(millis(word.retriaged_at), rank) for word, rank in words
                       if isinstance(word, seh.PatientRetriaged)]  # fmt: skip
    seen = [millis(word.started_at) for word, _ in words if isinstance(word, seh.TreatmentStarted)]
    decided = [(millis(word.decided_at), word.disposition.value) for word, _ in words
               if isinstance(word, seh.DispositionDecided)]  # fmt: skip
    left = [(millis(word.left_at), word.departure.value) for word, _ in words if isinstance(word, seh.PatientLeft)]
    handed = [millis(word.handed_over_at) for word, _ in words if isinstance(word, ambulance.PatientHandedOver)]
    newest = max(decided, default=(None, None))
    first_out = min(left, default=(min(handed, default=None), None))
    last_rank = max(ranks, key=lambda each: (each[0], -each[1]), default=(None, None))
    return Person(
        came=min(came, default=None),
        triaged=min((at for at, _ in triages), default=None),
        seen=min(seen, default=None),
        rank=last_rank[1],
        ranked=last_rank[0],
        disposition=newest[1],
        decided=newest[0],
        out=first_out[0],
        departure=first_out[1],
    )


class Counted(NamedTuple):
    """A value over so many cases; `always`: however few they are."""

    value: int | None
    cases: int
    at: int | None
    always: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """What counting needs: `places` are 100 percent, `count_ms` how long the SEH's own count holds."""

    told: Told
    rule: CrowdingRule
    places: int | None
    count_ms: int
    now: int
    #: Dossiers that ended up to then are forgotten.
    forgotten: int

    def recount(self, crowded: set[CrowdingMeasure]) -> tuple[Measured, ...]:
        """All eight; `crowded` are those that were when they were last known."""
        counts = self._counts()
        return tuple(self._measured(which, counts[which], was=which in crowded) for which in CrowdingMeasure)

    def _measured(self, which: CrowdingMeasure, counted: Counted, *, was: bool) -> Measured:
        threshold = next(each for each in self.rule.thresholds if each.measure is which)
        why = self._why_unknown(which, counted)
        if why is not None:
            state = MeasureState.UNKNOWN
        elif not counted.always and counted.cases < self.rule.cases_min:
            state = MeasureState.FEW
        else:
            limit = threshold.leave if was else threshold.enter
            state = MeasureState.CROWDED if (counted.value or 0) > limit else MeasureState.CALM
        return Measured(
            measure=which,
            state=state,
            value=None if why else counted.value,
            cases=counted.cases,
            enter=threshold.enter,
            leave=threshold.leave,
            age_seconds=None if counted.at is None else max(0, self.now - counted.at) // 1000,
            why=why,
        )

    def _why_unknown(self, which: CrowdingMeasure, counted: Counted) -> UnknownReason | None:
        if which is CrowdingMeasure.OCCUPANCY and self.places is None:
            return UnknownReason.NO_PLACES_AGREED
        if counted.at is None:
            return UnknownReason.NEVER_REPORTED
        slow = which is CrowdingMeasure.OFFLOAD
        minutes = self.rule.window_minutes if slow else self.rule.validity_minutes
        return UnknownReason.STALE if self.now - counted.at > minutes * MINUTE_MS else None

    def _counts(self) -> dict[CrowdingMeasure, Counted]:
        since, told, heard = self.now - self.rule.window_minutes * MINUTE_MS, self.told, self.told.visits_at
        people = [each.person for each in told.visits.values() if each.kept_until > self.forgotten]
        rides = [each.person for each in told.rides.values() if each.kept_until > self.forgotten]
        here = [each for each in people if each.here]
        gone = [each for each in people if each.out is not None and each.out >= since]
        both = here + gone
        offloads = [each.out - each.came for each in rides
                    if each.came is not None and each.out is not None and each.out >= since]  # fmt: skip
        triages = [each.triaged - each.came for each in both
                   if each.came is not None and each.triaged is not None and each.triaged >= since]  # fmt: skip
        stays = [each.out - each.came for each in gone if each.came is not None and each.out is not None]
        waits = [wait for each in both if (wait := self._emergent(each, since)) is not None]
        to_admit = [(self.now if each.out is None else each.out, each) for each in both if each.disposition == "admit"]
        late = [each for until, each in to_admit if until - (each.decided or 0) > TWO_HOURS_MS]
        known = [each for until, each in to_admit if each.out is not None or each in late]
        unseen = sum(each.departure == seh.Departure.LEFT_UNSEEN for each in gone)
        present, present_at = self._present(here)
        return {
            CrowdingMeasure.OFFLOAD: Counted(_nine_in_ten(offloads), len(offloads), told.rides_at),
            CrowdingMeasure.LEFT_UNSEEN: Counted(_percent(unseen, len(gone)), len(gone), heard),
            CrowdingMeasure.TRIAGE_DELAY: Counted(_middle(triages), len(triages), heard),
            CrowdingMeasure.OCCUPANCY: Counted(_percent(present, self.places), present, present_at, always=True),
            CrowdingMeasure.LENGTH_OF_STAY: Counted(_nine_in_ten(stays), len(stays), heard),
            CrowdingMeasure.EMERGENT_WAIT: Counted(_minutes(max(waits, default=0)), len(waits), heard, always=True),
            CrowdingMeasure.ADMITTED_STILL_HERE: Counted(_percent(len(late), len(known)), len(known), heard),
            CrowdingMeasure.BOARDING: self._boarding(here, present, present_at),
        }

    def _own_count(self) -> seh.StatusReported | None:
        """Of the SEH, while it holds."""
        at = self.told.count_at
        return self.told.count if at is not None and self.now - at <= self.count_ms else None

    def _present(self, here: list[Person]) -> tuple[int, int | None]:
        own = self._own_count()
        if own is not None and own.present is not None:
            return own.present, self.told.count_at
        return len(here), self.told.visits_at

    def _boarding(self, here: list[Person], present: int, present_at: int | None) -> Counted:
        own = self._own_count()
        said = [] if own is None else [each for each in (own.boarding_ward, own.boarding_icu) if each is not None]
        if said:
            return Counted(_percent(sum(said), present), present, present_at)
        boarding = sum(each.disposition not in (None, "home") for each in here)
        whole = max(present, boarding)
        return Counted(_percent(boarding, whole), whole, self.told.visits_at)

    def _emergent(self, person: Person, since: int) -> int | None:
        """How long he waits or waited to be seen, if that was emergent and not long ago."""
        if person.came is None or person.rank not in EMERGENT:
            return None
        seen = person.out if person.seen is None else person.seen
        if seen is not None and seen < since:
            return None
        return (self.now if seen is None else seen) - person.came


def _nine_in_ten(durations: list[int]) -> int | None:
    """Minutes in which nine in ten were done: the smallest of them that so many do not exceed."""
    return next(
        (
            _minutes(limit)
            for limit in sorted(durations)
            if 10 * sum(each <= limit for each in durations) >= 9 * len(durations)
        ),
        None,
    )


def _middle(durations: list[int]) -> int | None:
    return _minutes(sorted(durations)[len(durations) // 2]) if durations else None


def _minutes(duration_ms: int) -> int:
    return max(0, duration_ms) // MINUTE_MS


def _percent(part: int, whole: int | None) -> int:
    return 100 * part // whole if whole else 0
