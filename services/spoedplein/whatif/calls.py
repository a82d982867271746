"""Who is called: in the log, and on a side that orders its queues by other agreements.

What is held fixed is the work: when a service point called somebody, into which room, and until when. A side under
other agreements has the head of its own queue called at that moment. He has the room, the further course and the end
that the log tells of whom it called then. Who is called in danger of life stands outside every order, and is called
himself. Who was helped in the log without being called (advice by telephone, sent on) is helped so here, and takes no
call from those who wait for one; who left unseen did wait for one.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import chain, takewhile
from typing import Final

from spoedplein.domain.patient import Patient
from spoedplein.domain.queue import key_of
from spoedplein.domain.region import Region
from spoedplein_schemas import Event, event_class, kind_of
from spoedplein_schemas.agreements import Agreements, ServicePoint
from spoedplein_schemas.decisions import PatientGone
from spoedplein_schemas.hap import (
    ContactCalled,
    ContactClosed,
    ContactOutcome,
    ContactRedirected,
    ContactRetriaged,
    ContactTriaged,
)
from spoedplein_schemas.rooms import RoomAssigned, RoomReleased
from spoedplein_schemas.seh import (
    Departure,
    DispositionDecided,
    PatientLeft,
    PatientRedirected,
    PatientRetriaged,
    PatientTriaged,
    TreatmentStarted,
)
from spoedplein_schemas.vocabulary import CareType, Entrance, Frozen, millis

_ENTRANCE: Final = {CareType.HAP: Entrance.HAP, CareType.SEH: Entrance.SEH}
_CALLS: Final = (ContactCalled, TreatmentStarted)
_ROOMS: Final = (RoomAssigned, RoomReleased)
_HAP: Final = (ContactCalled, ContactClosed, ContactRedirected, ContactRetriaged, ContactTriaged)
_SEH: Final = (TreatmentStarted, DispositionDecided, PatientLeft, PatientRedirected, PatientRetriaged, PatientTriaged)


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody taken out of a queue in the log. `ahead`: who stood before him in it."""

    key: str
    site: str
    service: CareType
    immediate: bool
    triaged: bool
    ahead: tuple[str, ...]


def about(data: Frozen) -> str | None:
    """The key of the patient whom the course of a wait or a treatment is about; None for anything else."""
    if isinstance(data, _HAP):
        return key_of(data.contact, site=data.site, entrance=Entrance.HAP)
    if isinstance(data, _SEH):
        return key_of(data.visit, site=data.site, entrance=Entrance.SEH)
    if isinstance(data, _ROOMS):
        return key_of(data.case, site=data.site, entrance=_ENTRANCE[data.service])
    return None


def calls(data: Frozen) -> bool:
    return isinstance(data, _CALLS)


def call_in(core: Region, data: Frozen, *, now: int) -> Call | None:
    """Whom this takes out of a queue, if he stands in one now."""
    key, queues = about(data), core.parts.queues
    if key is None or not calls(data) or not queues.waits(key):
        return None
    patient = queues.patients[key]
    site, service = patient.place or ("", CareType.HAP)
    at = _called_at(data)
    order = in_order(core, site, service, by=at, now=now)
    ahead = tuple(each.key for each in takewhile(lambda each: each.key != key, order))
    return Call(key, site, service, _in_danger(core, patient), patient.urgency is not None, ahead)


def not_for_a_call(core: Region, gone: PatientGone) -> str | None:
    """The key of somebody whose wait ended without a call and with help: he did not wait for one."""
    keys = (key_of(gone.case, site=gone.site, entrance=entrance) for entrance in _ENTRANCE.values())
    patients = core.parts.queues.patients
    return None if gone.left_unseen else next((key for key in keys if key in patients), None)


def in_order(core: Region, site: str, service: CareType, *, by: int, now: int) -> Iterator[Patient]:
    """Who is triaged and had come `by` then: those in danger of life, then the others in the order of the queue."""
    queues, line = core.parts.queues, core.parts.queues.line(site, service)
    order = line.order(core.parts.rules.service(site, service), now=now)
    for key in chain((key for _, key in line.immediate), (key for _, (_, key) in order)):
        patient = queues.patients[key]
        # Whom only the control room wrote down has to be written down here before anybody can call him.
        if patient.urgency is not None and patient.entrance is not Entrance.MKA and patient.since <= by:
            yield patient


def orders_alike(one: Agreements, other: Agreements) -> bool:
    """Whether both put the same patients in the same queues in the same order; a norm or a name alone moves nobody."""
    return _ordering(one) == _ordering(other)


def _ordering(agreed: Agreements) -> tuple[object, ...]:
    """What moves somebody. Only doors and routes are read in the order of the file: the first that holds counts."""
    ranks = {(each.system, each.code): (each.rank, each.life_threatening) for each in agreed.ranks}
    sites = {site.id: (site.desk, {each.care_type: _service(each) for each in site.services}) for site in agreed.sites}
    doors = [(each.to, each.site, each.hours, each.windows) for each in agreed.doors]
    return sites, ranks, doors, agreed.routes, agreed.hours, agreed.timezone


def _service(point: ServicePoint) -> tuple[object, ...]:
    return point.policy, point.rates, point.hours, point.windows


class OwnQueue:
    """Puts in place of the patients whom the log tells of those whom this side calls; `patient` None: nobody was."""

    def __init__(self, core: Region, log: Mapping[int, Call], helped_otherwise: AbstractSet[str]) -> None:
        self._core = core
        self._log = log
        self._helped_otherwise = helped_otherwise
        self._urgent = {call.key for call in log.values() if call.immediate}
        #: Whom this side called, or nobody, when the log called the patient of this key; and everybody called here.
        self._instead: dict[str, Patient | None] = {}
        self._called: set[str] = set()

    def heard(self, event: Event, offset: int, *, now: int) -> Event | None:
        """What is said on this side; None for what is not said here, of who is not, or no longer, meant."""
        data = event.data
        key, call = about(data), self._log.get(offset)
        if key is None:
            return event
        if call is not None:
            self._instead[key] = chosen = self._choose(call, by=_called_at(data), now=now)
            if chosen is None:
                return None
            self._called.add(chosen.key)
            return _of(event, chosen)
        if isinstance(data, _ROOMS):
            return self._in_room(event, data, key, now=now)
        if key in self._instead:
            instead = self._instead[key]
            return None if instead is None else _of(event, instead)
        return None if key in self._called else event

    def _choose(self, call: Call, *, by: int, now: int) -> Patient | None:
        queues = self._core.parts.queues
        himself = queues.patients.get(call.key)
        if (call.immediate or not call.triaged) and himself is not None and queues.waits(call.key):
            return himself
        order = in_order(self._core, call.site, call.service, by=by, now=now)
        return next((each for each in order if self._waits_for_a_call(each)), None)

    def _waits_for_a_call(self, patient: Patient) -> bool:
        return patient.key not in self._urgent and patient.key not in self._helped_otherwise

    def _in_room(self, event: Event, data: RoomAssigned | RoomReleased, key: str, *, now: int) -> Event | None:
        """A room is left by who is in it here. It is taken by who was called; before that by who is next."""
        if isinstance(data, RoomReleased):
            inside = self._core.parts.rooms.facts.occupants(f"{data.site}/{data.room}")
            return _in(event, inside[0].guest.case) if inside else event
        if key in self._instead:
            instead = self._instead[key]
            return None if instead is None else _in(event, instead.case)
        known = self._core.parts.queues.patients.get(key)
        if known is not None and (not self._core.parts.queues.waits(key) or _in_danger(self._core, known)):
            return None if key in self._called else event
        following = self._next_without_room(data, now=now)
        return event if following is None else _in(event, following)

    def _next_without_room(self, data: RoomAssigned, *, now: int) -> str | None:
        """To whom this side proposes the room, or the first who is here and has none."""
        guests = self._core.parts.rooms.facts.guests
        proposed = [each.case for each in guests.values() if each.site == data.site and each.proposed == data.room]
        order = in_order(self._core, data.site, data.service, by=millis(data.assigned_at), now=now)
        here = (guests[each.key] for each in order if each.key in guests and self._waits_for_a_call(each))
        return next(chain(proposed, (each.case for each in here if each.present and each.room() is None)), None)


def _in_danger(core: Region, patient: Patient) -> bool:
    return patient.urgency is not None and core.parts.rules.rank(patient.urgency).life_threatening


def _called_at(data: Frozen) -> int:
    at = data.called_at if isinstance(data, ContactCalled) else getattr(data, "started_at", None)
    assert at is not None, "only calls have a moment of calling"
    return millis(at)


def _in(event: Event, case: str) -> Event:
    return event.model_copy(update={"data": event.data.model_copy(update={"case": case}), "subject": case})


def _of(event: Event, patient: Patient) -> Event | None:
    """The same said of another patient, in the words of the desk that wrote him down."""
    data = _said_of(event.data, patient)
    if data is None:
        return None
    return event_class(type(data))(
        id=event.id,
        source=event.source,
        type=kind_of(type(data)).type,
        subject=patient.case,
        time=event.time,
        region=event.region,
        traceparent=event.traceparent,
        data=data,
    )


def _said_of(data: Frozen, patient: Patient) -> Frozen | None:
    hap = patient.entrance is Entrance.HAP
    if isinstance(data, _HAP if hap else _SEH):
        name = "contact" if hap else "visit"
        return data.model_copy(update={name: patient.case, "site": patient.site})
    match data:
        case ContactCalled():
            return TreatmentStarted(visit=patient.case, site=patient.site, started_at=data.called_at)
        case TreatmentStarted():
            return ContactCalled(contact=patient.case, site=patient.site, called_at=data.started_at)
        case ContactClosed():
            return PatientLeft(visit=patient.case, site=patient.site, departure=Departure.HOME, left_at=data.closed_at)
        case PatientLeft():
            return ContactClosed(
                contact=patient.case, site=patient.site, outcome=ContactOutcome.TREATED, closed_at=data.left_at
            )
        case _:
            return None
