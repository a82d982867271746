"""One side: the log lived again, with people who answer to what is decided here."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any, Final

from spoedplein.domain.agreements import adopted
from spoedplein.domain.log import Record
from spoedplein.domain.parts import RegionState
from spoedplein.domain.region import Region
from spoedplein.domain.turn import moment
from spoedplein.whatif.assumptions import MINUTE_MS, Answer, Assumptions, PlacesChange
from spoedplein.whatif.calls import OwnQueue
from spoedplein.whatif.names import PEOPLE, Names, asks_field, neighbour, question, topic
from spoedplein.whatif.recorded import NOTICED_MS, Episode, Note, Part, Recorded, Said, Standing, counted, part_of
from spoedplein.whatif.waiting import Waits
from spoedplein_schemas import Decision, Event, decisions, event_class, kind_of, transfer
from spoedplein_schemas.agreements import Agreements, AgreementsAdopted
from spoedplein_schemas.capacity import CapacityReported
from spoedplein_schemas.clock import ClockTicked
from spoedplein_schemas.crowding import ProposalAnswered, ProposalLapsed, ProposalMade
from spoedplein_schemas.placement import (
    CancelReason,
    DeclineReason,
    OfferAccepted,
    OfferDeclined,
    PatientAdmitted,
    PlacementOverridden,
    RequestCancelled,
    TransferAnswered,
)
from spoedplein_schemas.vocabulary import Actor, CareType, Frozen, Role, UnitStatus, millis

SOURCE: Final = "urn:nld:spoedplein:whatif"
#: Later than any record of the log in the same millisecond.
_AFTER_ALL: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Setting:
    """What one side lives by; without agreements it is what the log adopts.

    `own_queue`: a service point that called somebody in the log calls the head of its own queue here.
    """

    name: str
    agreements: Agreements | None = None
    changes: tuple[PlacesChange, ...] = ()
    own_queue: bool = False

    def adoption(self, region: str, at: int) -> Event:
        """In force from the start, where the log adopts nothing yet."""
        assert self.agreements is not None, "somebody looked whether there are agreements"
        by = Actor(role=Role.COORDINATOR, organisation=self.agreements.owner)
        data = adopted(self.agreements, at_ms=at, by=by)
        return _made("whatif.agreements", data, at, region=region)


@dataclass(slots=True)
class Asked:
    """A question, or a professional's choice, as it stands on this side; `known` is the same in the log.

    `offer` is the question's name here; `request` the request's, or what is proposed.
    """

    request: str
    unit: str
    began: int
    known: Episode | None
    offer: str
    answer_by: int | None = None


@dataclass(slots=True)
class UnitSpan:
    """What a unit had until the next span: places staffed and, with holds and promises off, free; None unknown."""

    at: int
    staffed: int | None
    free: int | None
    status: UnitStatus


class History:
    """Let it live a log once; then `log`, `decisions`, `waits`, `counts` and `spans` tell what came of it."""

    def __init__(self, region: str, recorded: Recorded, setting: Setting, assumptions: Assumptions) -> None:
        self.region = region
        self.setting = setting
        self.decisions: list[Decision] = []
        #: The log as this side heard it.
        self.log: list[Record] = []
        self.counts: Counter[str] = Counter()
        self.spans: dict[str, list[UnitSpan]] = {}
        self.requested: dict[str, tuple[int, Any]] = {}
        self.end = 0
        self.names = Names()
        self._recorded = recorded
        self._assumptions = assumptions
        self._changes = {change.unit: change for change in setting.changes}
        self._core = Region(RegionState(region, offset=recorded.before))
        self._imposed = setting.agreements
        self._made = 0
        self._agenda: list[tuple[int, int, int, Asked, Said | Event]] = []
        self._asked: dict[str, Asked] = {}
        self._times: Counter[tuple[str, str]] = Counter()
        self._standing = Standing()
        self._offers: dict[str, set[str]] = {}
        #: Names of neighbours asked and of proposals that wait for a word.
        self._open: set[str] = set()
        self._admitted: dict[str, dict[str, int]] = {}
        self.waits = Waits(self._core)
        self._own_queue = OwnQueue(self._core, recorded.calls, recorded.helped_otherwise)

    def live(self, log: Sequence[Record], *, told: Callable[[int], None]) -> None:
        for count, record in enumerate(log, start=1):
            at = max(self.end, record.at)
            self._until(at, record.offset)
            self.end = at
            self._meet(record, at)
            told(count)
        self._until(self.end, log[-1].offset + 1)
        self.waits.ended(now=self.end)

    # --- what the log gives ---------------------------------------------------------------------------------------

    def _meet(self, record: Record, at: int) -> None:
        data = record.event.data
        if isinstance(data, AgreementsAdopted):
            self._adopt(record, data, at)
        elif isinstance(data, CapacityReported):
            self._report(record, data, at)
        elif self._recorded.belongs(record):
            return  # Said again where what it answers to is decided again.
        elif part_of(data) is Part.ANSWER and (question(data) or "") in self._asked:
            self._tick(at)  # To a question that nobody asked in the log, under a name that means another here.
        else:
            event = self._meant(record, at)
            if event is None:
                self._tick(at)
                return
            if part_of(data) is Part.GIVEN and getattr(data, "profile", None) is not None:
                self.requested.setdefault(getattr(data, "request", ""), (at, data))
            self._hear(event, at, offset=record.offset)

    def _meant(self, record: Record, at: int) -> Event | None:
        """The same said on this side: of who is meant here, by the name that he has here; None if nobody is."""
        event = self._named(record.event)
        if event is None:
            self.counts["said of what is not asked here"] += 1
            return None
        data = event.data
        if part_of(data) is Part.REMARK and not self._still_meant(data, self._recorded.notes[record.offset]):
            self.counts["remarks left out"] += 1
            return None
        if not self.setting.own_queue:
            return event
        own = self._own_queue.heard(event, record.offset, now=at)
        if record.offset in self._recorded.calls:
            called = own is not None and own.subject == event.subject and own.type == event.type
            kind = "of the same patient" if called else "of another patient" if own is not None else "of nobody"
            self.counts[f"calls {kind}"] += 1
        return own

    def _named(self, event: Event) -> Event | None:
        """What the log named itself, by its name here; None for what is not there on this side."""
        told: dict[str, str] = {}
        for field in ("request", "follows"):
            said = getattr(event.data, field, None)
            if said is not None and self._recorded.names.made_here(said):
                mine = self._mine(said)
                if mine is None and field == "request":
                    return None
                if mine is not None and mine != said:
                    told[field] = mine
        return event if not told else _with(event, told)

    def _mine(self, name: str) -> str | None:
        """A name of the log, as it is here."""
        if not self._recorded.names.made_here(name):
            return name
        return self.names.name(self._recorded.names.meaning(name))

    def _adopt(self, record: Record, data: AgreementsAdopted, at: int) -> None:
        """The first adoption becomes that of this side's text; later ones are left out."""
        if self._imposed is None:
            self._hear(record.event, at, offset=record.offset)
        elif self._core.state.adopted is None:
            mine = adopted(self._imposed, at_ms=millis(data.adopted_at), by=data.by)
            self._hear(record.event.model_copy(update={"data": mine}), at, offset=record.offset)
        else:
            self._tick(at)

    def _still_meant(self, data: Frozen, note: Note) -> bool:
        """Nobody goes on looking for who has a place here that he did not have in the log."""
        name = getattr(data, "request", "")
        if note.idle or (name not in self._standing.placed and name not in self._standing.closed):
            return True
        if name in self._standing.closed:
            return note.closed
        looks = isinstance(data, PlacementOverridden) or (
            isinstance(data, RequestCancelled) and data.reason is CancelReason.FOUND_ELSEWHERE
        )
        return note.placed or not looks

    def _report(self, record: Record, data: CapacityReported, at: int) -> None:
        """The figure that this unit would have counted: changed places, and the people of this history."""
        change = self._changes.get(data.unit)
        said = data.includes
        before = frozenset(self._mine(name) or f"log {name}" for name in self._recorded.present[record.offset])
        included = tuple(self._mine(name) or f"log {name}" for name in said)
        mine = self._standing.there(data.unit, included)
        now = mine | counted(self._admitted, data, self._stay_ms)
        moved = len(before - now) - len(now - before)
        named = tuple(name for name in included if name in mine or name not in before)
        if change is None and not moved and named == said:
            self._hear(record.event, at, offset=record.offset)
            return
        staffed = data.staffed if change is None else change.staffed(data.staffed)
        free = data.free + (staffed - data.staffed) + moved
        self.counts["reports changed"] += 1
        self.counts["reports with fewer places than people"] += free < 0
        too_many = change is not None and change.takes_too_many(data.staffed)
        self.counts["reports of fewer places than are taken away"] += too_many
        told = {"staffed": staffed, "free": min(max(0, free), staffed), "includes": named}
        changed = record.event.model_copy(update={"data": data.model_copy(update=told)})
        self._hear(changed, at, offset=record.offset)

    # --- what people do -------------------------------------------------------------------------------------------

    def _notice(self, made: Decision, now: int, cause: Frozen) -> None:
        data = made.data
        self._standing.notice(data)
        self.names.notice(made)
        self._notice_question(made, now)
        match data:
            case decisions.PlacementOffered():
                self._offers.setdefault(data.request, set()).add(data.offer)
                self._offered(self._ask(data.request, data.unit, now, data.offer), millis(data.answer_by))
            case decisions.OfferEnded():
                self._offers.get(data.request, set()).discard(data.offer)
            case decisions.PlacementAccepted():
                self._offers.get(data.request, set()).discard(data.offer)
                self._accepted(self._asked.get(data.offer) or self._ask(data.request, data.unit, now, data.offer), now)
            case decisions.PlacementAdmitted():
                self.counts["admissions"] += 1
                self._offers.pop(data.request, None)
                at = millis(cause.admitted_at) if isinstance(cause, PatientAdmitted) else now
                self._admitted.setdefault(data.unit, {})[data.request] = at
            case _:
                pass

    def _notice_question(self, made: Decision, now: int) -> None:
        """A neighbour asked, or people proposed something: they say what they said in the log, or nothing."""
        data = made.data
        match data:
            case transfer.TransferAsked():
                self._put(self._ask(data.request, neighbour(data.to_region), now, data.transfer), "neighbours asked")
            case transfer.TransferConfirmed():
                asked = self._asked[data.transfer]
                for said in asked.known.said if asked.known is not None else ():
                    if said.accepted_before:
                        self._plan(asked, said, now + said.after)
            case ProposalMade():
                about = topic(data, self.names.meaning(data.request or ""))
                self._put(self._ask(about, PEOPLE, now, made.id), "proposals made")
            case transfer.TransferWithdrawn():
                self._open.discard(data.transfer)
            case ProposalAnswered() | ProposalLapsed():
                self._open.discard(data.proposal)
            case _:
                pass

    def _put(self, asked: Asked, kind: str) -> None:
        self._open.add(asked.offer)
        self.counts[kind] += 1
        if asked.known is None:
            self.counts[f"{kind}: unanswered, as the log does not ask this"] += 1
            return
        for said in asked.known.said:
            if not said.accepted_before:
                self._plan(asked, said, asked.began + said.after)

    def _ask(self, request: str, unit: str, now: int, offer: str) -> Asked:
        key = self.names.meaning(request), unit
        number = self._times[key]
        self._times[key] += 1
        asked = Asked(request, unit, now, self._recorded.episode(*key, number), offer)
        self._asked[offer] = asked
        return asked

    def _offered(self, asked: Asked, answer_by: int) -> None:
        """What the provider said in the log, after the same time; silence as silence; otherwise what is assumed."""
        asked.answer_by, known = answer_by, asked.known
        self.counts["offers"] += 1
        if known is not None and self._says_full_with_places(known):
            self.counts["answers 'full' not repeated"] += 1
            known = asked.known = None
        if known is not None:
            for said in known.said:
                if not said.accepted_before:
                    self._plan(asked, said, asked.began + said.after)
            if known.answered() or known.expired:
                self.counts["answers recorded"] += 1
                return
        self.counts["answers assumed"] += 1
        wait = self._answer_wait(asked)
        if known is not None:  # He had not answered yet when the log ended, or the offer did.
            wait = max(wait, (known.ended_at or self._recorded.end) - known.began + 1)
        self._plan(asked, self._assumed_answer(asked, asked.began + wait), asked.began + wait)

    def _accepted(self, asked: Asked, now: int) -> None:
        known = asked.known
        stays = [said for said in known.said if said.accepted_before] if known is not None else []
        for said in stays:
            self._plan(asked, said, now + said.after)
        if any(not said.idle for said in stays):
            self.counts["stays recorded"] += 1
            return
        self.counts["stays assumed"] += 1
        wait = self._recorded.admission_ms(asked.unit, self._care_type(asked.unit))
        wait = round(self._assumptions.admission_minutes * MINUTE_MS) if wait is None else wait
        if known is not None and known.accepted_at is not None:  # Nobody had come when the log or the promise ended.
            wait = max(wait, (known.ended_at or self._recorded.end) - known.accepted_at + 1)
        data = PatientAdmitted(request=asked.request, unit=asked.unit, admitted_at=moment(now + wait))
        self._plan(asked, self._event(data, now + wait), now + wait)

    def _says_full_with_places(self, known: Episode) -> bool:
        change = self._changes.get(known.unit)
        answers = [said.record.event.data for said in known.said if not said.accepted_before]
        full = [each for each in answers if isinstance(each, OfferDeclined) and each.reason is DeclineReason.FULL]
        return change is not None and change.gives and bool(full)

    def _answer_wait(self, asked: Asked) -> int:
        found = self._recorded.answer_ms(asked.unit, self._care_type(asked.unit))
        if found is not None:
            return found
        stated = self._assumptions.answer_minutes
        if stated is not None:
            return round(stated * MINUTE_MS)
        return max(0, (asked.answer_by or asked.began) - asked.began) // 2

    def _assumed_answer(self, asked: Asked, at: int) -> Event:
        unit = self._core.parts.rules.units.get(asked.unit)
        by = Actor(role=Role.PROVIDER, organisation=unit.organisation if unit else asked.unit)
        said: Frozen
        if self._assumptions.answer is Answer.ACCEPT:
            said = OfferAccepted(request=asked.request, offer=asked.offer, accepted_at=moment(at), by=by)
        else:
            other = DeclineReason.OTHER
            said = OfferDeclined(request=asked.request, offer=asked.offer, reason=other, declined_at=moment(at), by=by)
        return self._event(said, at)

    # --- time -----------------------------------------------------------------------------------------------------

    def _plan(self, asked: Asked, what: Said | Event, at: int) -> None:
        """In the log's own order where it falls on the log's own moment."""
        same = isinstance(what, Said) and what.at == at
        order = what.record.offset if isinstance(what, Said) and same else _AFTER_ALL
        self._made += 1
        heappush(self._agenda, (at, order, self._made, asked, what))

    def _until(self, at: int, order: int) -> None:
        """All that people do and all that falls due before this place in the log."""
        while True:
            following = self._agenda[0] if self._agenda and self._agenda[0][:2] < (at, order) else None
            due = self._core.next_due_ms()
            limit = at if following is None else following[0]
            if due is not None and due not in self._recorded.late and due + NOTICED_MS < limit:
                self._tick(max(self.end, due + NOTICED_MS))
            elif following is not None:
                heappop(self._agenda)
                self._do(following[3], following[4], following[0])
            else:
                return

    def _do(self, asked: Asked, what: Said | Event, at: int) -> None:
        event = what.record.event if isinstance(what, Said) else what
        answers = part_of(event.data) is Part.ANSWER
        stands = self._asks(asked) if answers else self._expected(asked)
        if not stands and not (isinstance(what, Said) and what.idle and self._harmless(event.data, asked)):
            if isinstance(what, Said):
                self._tick(at)
            return
        if isinstance(what, Said):
            event = _shifted(event, at - what.at)
            event = _with(event, self._renamed(event.data, asked))
        self._hear(event, at, offset=what.record.offset if isinstance(what, Said) and what.at == at else None)

    def _harmless(self, data: Frozen, asked: Asked) -> bool:
        """What did nothing in the log; but who is told to be with a neighbour would be placed by it."""
        return not isinstance(data, TransferAnswered) or asked.request in self._standing.closed

    def _expected(self, asked: Asked) -> bool:
        return self._standing.placed.get(asked.request) == asked.unit or self._asks(asked)

    def _asks(self, asked: Asked) -> bool:
        return asked.offer in self._open or asked.offer in self._offers.get(asked.request, ())

    def _renamed(self, data: Frozen, asked: Asked) -> dict[str, str]:
        """The names of this side, where they are not those of the log."""
        told = {"request": asked.request} if hasattr(data, "request") else {}
        if question(data) is not None:
            told[asks_field(data)] = asked.offer
        return {field: name for field, name in told.items() if getattr(data, field) != name}

    def _tick(self, at: int) -> None:
        self._hear(self._event(ClockTicked(ticked_at=moment(at)), at), at)

    def _event(self, data: Frozen, at: int) -> Event:
        self._made += 1
        return _made(f"whatif.{self._made}", data, at, region=self.region)

    def _hear(self, event: Event, at: int, *, offset: int | None = None) -> None:
        """Under the log's own offset, unless something else came before: ids made of it then stay what they were."""
        self.end = max(self.end, at)
        follows = self._core.offset + 1
        record = Record(follows if offset is None else max(follows, offset), at, event)
        self.log.append(record)
        self.waits.before(event.data)
        made = self._core.step(record)
        self.decisions += made
        self.waits.after(made)
        for each in made:
            self._notice(each, at, event.data)
        self._look_at_units(at)

    def _look_at_units(self, now: int) -> None:
        units = self._core.parts.units
        for unit in units.take_changed():
            state = units.state(unit.id)
            staffed = state.figure.staffed if state.figure else None
            span = UnitSpan(now, staffed, units.free(unit, state, now=now), state.status)
            self.spans.setdefault(unit.id, []).append(span)

    def _stay_ms(self, unit: str) -> int | None:
        return self._assumptions.stay_ms(self._care_type(unit))

    def _care_type(self, unit: str) -> CareType | None:
        found = self._core.parts.rules.units.get(unit)
        return None if found is None else found.care_type


def _made(name: str, data: Frozen, at: int, *, region: str) -> Event:
    return event_class(type(data))(
        id=name,
        source=SOURCE,
        type=kind_of(type(data)).type,
        subject=getattr(data, "request", None),
        time=moment(at),
        region=region,
        data=data,
    )


def _shifted(event: Event, by_ms: int) -> Event:
    """Said so much later than in the log, with the times in it."""
    if not by_ms:
        return event
    step = timedelta(milliseconds=by_ms)
    told = {name: value + step for name, value in event.data if isinstance(value, datetime)}
    return event.model_copy(update={"data": event.data.model_copy(update=told)}) if told else event


def _with(event: Event, names: dict[str, str]) -> Event:
    return event if not names else event.model_copy(update={"data": event.data.model_copy(update=names)})
