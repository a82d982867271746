"""The log as it was: which offers were made, what was said of each and how long after, and who had a place when."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.whatif.assumptions import median
from spoedplein.whatif.calls import Call, call_in, not_for_a_call
from spoedplein.whatif.names import PEOPLE, Names, neighbour, question, topic
from spoedplein_schemas import Decision, decisions, transfer
from spoedplein_schemas.capacity import CapacityReported
from spoedplein_schemas.crowding import ProposalMade
from spoedplein_schemas.decisions import OfferEnd
from spoedplein_schemas.placement import (
    OfferAccepted,
    PatientAdmitted,
    PlacementOverridden,
    RequestCancelled,
    TransferAnswered,
    TransferOutcome,
)
from spoedplein_schemas.vocabulary import CareType, Frozen, millis

#: A deadline is noticed so long after it passed, if the log says nothing before: a log's own ticks come sooner.
NOTICED_MS: Final = 5_000


class Part(StrEnum):
    """What a record is in the story: GIVEN comes from outside, the others follow from what was decided."""

    GIVEN = "given"
    ANSWER = "answer"
    STAY = "stay"
    REMARK = "remark"


def part_of(data: Frozen) -> Part:
    """By what it names: a question; a request and a unit; a request that exists already; anything else is given."""
    fields = type(data).model_fields
    if question(data) is not None:
        return Part.ANSWER
    if "request" not in fields or "profile" in fields:
        return Part.GIVEN
    if isinstance(data, PlacementOverridden | RequestCancelled):
        return Part.REMARK
    return Part.STAY if getattr(data, "unit", None) is not None else Part.REMARK


def comes_after(data: Frozen) -> bool:
    """Whether it is said of a place that was promised: an admission, or a neighbour's word about what he gave."""
    if isinstance(data, TransferAnswered):
        return data.outcome in (TransferOutcome.ADMITTED, TransferOutcome.RELEASED)
    return part_of(data) is Part.STAY


@dataclass(slots=True)
class Said:
    """Something said `after` ms after the offer, or after the acceptance; `idle`: it changed nothing in the log."""

    record: Record
    at: int
    after: int
    accepted_before: bool
    idle: bool = False


@dataclass(slots=True)
class Episode:
    """One unit asked, or chosen by a professional, for one request. Times are the log's, in ms.

    A neighbour who is asked for a place stands where a unit does, and so do the people who are proposed something.
    """

    request: str
    unit: str
    began: int
    accepted_at: int | None = None
    ended_at: int | None = None
    expired: bool = False
    said: list[Said] = field(default_factory=list)

    def answered(self) -> bool:
        return any(not said.accepted_before for said in self.said)


class Note(NamedTuple):
    """How a request stood in the log just before a record about it, and whether that record did nothing."""

    placed: bool
    closed: bool
    idle: bool


@dataclass(slots=True)
class Standing:
    """Who has a promise or a place, and who is done, as the decisions tell it."""

    placed: dict[str, str] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)

    def there(self, unit: str, included: Iterable[str]) -> frozenset[str]:
        """Of those whom a report includes, who is promised or admitted to its unit."""
        return frozenset(name for name in included if self.placed.get(name) == unit)

    def notice(self, data: Frozen) -> None:
        match data:
            case decisions.PlacementAccepted() | transfer.TransferConfirmed():
                self.placed[data.request] = data.unit
            case decisions.PlacementAdmitted():
                self.placed[data.request] = data.unit
                self.closed.add(data.request)
            case decisions.PlacementCancelled():
                self.placed.pop(data.request, None)
                self.closed.add(data.request)
            case decisions.PlacementReopened() | decisions.PromiseReleased():
                self.placed.pop(data.request, None)
            case _:
                pass


#: How long somebody takes a place of this unit, in ms; None: to the end.
StayMs = Callable[[str], int | None]


def counted(admitted: Mapping[str, Mapping[str, int]], report: CapacityReported, stay_ms: StayMs) -> frozenset[str]:
    """Who was in the unit when it counted: `admitted` tells since when, by unit and request."""
    observed, stay = millis(report.observed_at), stay_ms(report.unit)
    here = admitted.get(report.unit, {})
    return frozenset(name for name, at in here.items() if at <= observed and (stay is None or observed < at + stay))


class Recorded:
    """The history of the log, folded once under the agreements that it was made by."""

    def __init__(self, region: Region, log: Iterable[Record], *, stay_ms: StayMs, told: Callable[[int], None]) -> None:
        self._stay_ms = stay_ms
        #: The offset before the first record.
        self.before = region.offset
        self.decisions: list[Decision] = []
        self.notes: dict[int, Note] = {}
        self._admitted: dict[str, dict[str, int]] = {}
        #: Who was in a unit by the time of each report, by log offset: included in it, or admitted as far as was heard.
        self.present: dict[int, frozenset[str]] = {}
        #: What the log called things that it named itself.
        self.names = Names()
        #: Whom a service point called, by log offset.
        self.calls: dict[int, Call] = {}
        #: Whose wait ended with help and without a call.
        self.helped_otherwise: set[str] = set()
        self.stray = 0
        self.end = 0
        #: Deadlines that the log itself noticed late, because nobody ticked: they are as late in every history.
        self.late: set[int] = set()
        self._episodes: dict[tuple[str, str], list[Episode]] = {}
        self._by_offer: dict[str, Episode] = {}
        self._attached: set[int] = set()
        self._standing = Standing()
        for count, record in enumerate(log, start=1):
            self._take(region, record)
            told(count)
        self._care_types = {unit.id: unit.care_type for unit in region.parts.rules.units.values()}
        self._answers = self._delays(
            lambda said: not said.accepted_before and isinstance(said.record.event.data, OfferAccepted)
        )
        self._admissions = self._delays(lambda said: isinstance(said.record.event.data, PatientAdmitted))

    def episode(self, request: str, unit: str, number: int) -> Episode | None:
        """The `number`th time, from 0, that this unit was asked for this request, by what its name stands for."""
        found = self._episodes.get((request, unit), [])
        return found[number] if number < len(found) else None

    def belongs(self, record: Record) -> bool:
        """Whether something decided in the log led to it, so that it is said again where that is decided again."""
        return record.offset in self._attached

    def answer_ms(self, unit: str, care_type: CareType | None) -> int | None:
        """Median time that this unit took to accept, or units of its care type; None when nobody answered."""
        return self._median(self._answers, unit, care_type)

    def admission_ms(self, unit: str, care_type: CareType | None) -> int | None:
        """Median time from acceptance to admission here, or in units of its care type, or anywhere."""
        found = self._median(self._admissions, unit, care_type)
        return median(each for values in self._admissions.values() for each in values) if found is None else found

    def _take(self, region: Region, record: Record) -> None:
        data = record.event.data
        now = self.end = max(self.end, record.at)
        said = self._said(record, now)
        name = getattr(data, "request", None)
        before = (name in self._standing.placed, name in self._standing.closed)
        if isinstance(data, CapacityReported):
            there = self._standing.there(data.unit, data.includes)
            self.present[record.offset] = there | counted(self._admitted, data, self._stay_ms)
        due = region.next_due_ms()
        if due is not None and due + NOTICED_MS < now:
            self.late.add(due)
        call = call_in(region, data, now=now)
        if call is not None:
            self.calls[record.offset] = call
        made = region.step(record)
        gone = (not_for_a_call(region, each.data) for each in made if isinstance(each.data, decisions.PatientGone))
        self.helped_otherwise.update(key for key in gone if key is not None)
        idle = not made or any(isinstance(each.data, decisions.CommandRefused) for each in made)
        if said is not None:
            said.idle = idle
        if name is not None:
            self.notes[record.offset] = Note(*before, idle)
        for each in made:
            self._notice(each, now, data)
        self.decisions += made

    def _said(self, record: Record, now: int) -> Said | None:
        data, episode = record.event.data, None
        match part_of(data):
            case Part.ANSWER:
                episode = self._by_offer.get(question(data) or "")
            case Part.STAY:
                episode = self._latest(getattr(data, "request", ""), getattr(data, "unit", ""))
            case _:
                return None
        if episode is None:
            self.stray += 1
            return None
        stays = comes_after(data) and episode.accepted_at is not None
        anchor = episode.accepted_at if stays and episode.accepted_at is not None else episode.began
        said = Said(record, at=now, after=now - anchor, accepted_before=stays)
        episode.said.append(said)
        self._attached.add(record.offset)
        return said

    def _latest(self, request: str, unit: str) -> Episode | None:
        found = self._episodes.get((self.names.meaning(request), unit))
        return found[-1] if found else None

    def _notice(self, made: Decision, now: int, cause: Frozen) -> None:
        data = made.data
        self._standing.notice(data)
        self.names.notice(made)
        self._notice_question(made, now)
        match data:
            case decisions.PlacementOffered():
                self._begin(data.request, data.unit, now, offer=data.offer)
            case decisions.PlacementAccepted():
                episode = self._by_offer.get(data.offer) or self._begin(data.request, data.unit, now, offer=data.offer)
                episode.accepted_at = now
            case decisions.OfferEnded():
                episode = self._by_offer[data.offer]
                episode.ended_at, episode.expired = now, data.end is OfferEnd.EXPIRED
            case decisions.PlacementAdmitted():
                at = millis(cause.admitted_at) if isinstance(cause, PatientAdmitted) else now
                self._admitted.setdefault(data.unit, {})[data.request] = at
            case decisions.PlacementReopened() | decisions.PromiseReleased():
                released = self._latest(data.request, data.unit)
                if released is not None:
                    released.ended_at = now
            case _:
                pass

    def _notice_question(self, made: Decision, now: int) -> None:
        data = made.data
        match data:
            case transfer.TransferAsked():
                self._begin(data.request, neighbour(data.to_region), now, offer=data.transfer)
            case transfer.TransferConfirmed():
                self._by_offer[data.transfer].accepted_at = now
            case transfer.TransferWithdrawn():
                self._by_offer[data.transfer].ended_at = now
            case ProposalMade():
                self._begin(topic(data, self.names.meaning(data.request or "")), PEOPLE, now, offer=made.id)
            case _:
                pass

    def _begin(self, request: str, unit: str, now: int, *, offer: str) -> Episode:
        episode = self._by_offer[offer] = Episode(request, unit, began=now)
        self._episodes.setdefault((self.names.meaning(request), unit), []).append(episode)
        return episode

    def _delays(self, counts: Callable[[Said], bool]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for (_, unit), episodes in self._episodes.items():
            delays = [said.after for each in episodes for said in each.said if counts(said) and not said.idle]
            found.setdefault(unit, []).extend(delays)
        return found

    def _median(self, delays: dict[str, list[int]], unit: str, care_type: CareType | None) -> int | None:
        own = median(delays.get(unit, ()))
        if own is not None or care_type is None:
            return own
        alike = sorted(name for name, kind in self._care_types.items() if kind is care_type)
        return median(each for name in alike for each in delays.get(name, ()))
