"""What each event of the log, and each deadline, does: the way from a message to the part that decides."""

from collections.abc import Callable
from typing import Any

from spoedplein.domain.agreements import is_older
from spoedplein.domain.availability import STATUS_ONLY
from spoedplein.domain.parts import Parts
from spoedplein.domain.patient import Redirected
from spoedplein.domain.queue import key_of
from spoedplein.domain.timers import Timer
from spoedplein.domain.turn import NO_AGREEMENTS, Turn
from spoedplein_schemas import ambulance, capacity, clock, consult, crowding, hap, home_care, placement, rooms, seh
from spoedplein_schemas.agreements import AgreementsAdopted
from spoedplein_schemas.decisions import AgreementsInForce, CommandRefused, PlacementExhausted, Refusal
from spoedplein_schemas.vocabulary import CareType, Entrance, Frozen, Instant, StopReason, UnitStatus, millis

#: A HAP that says it is busy or closed, in the words that every unit's status uses.
_LEVELS = {
    hap.ServiceLevel.OPEN: UnitStatus.OPEN,
    hap.ServiceLevel.BUSY: UnitStatus.WARNING,
    hap.ServiceLevel.CLOSED: UnitStatus.CLOSED,
}


def renews(parts: Parts, data: Frozen, now: int) -> bool:
    """Take over a report that nobody waits for: most records are such, and nothing follows from them.

    False when something may: a deadline comes first, or this unit's word was asked for, or a place like it.
    """
    if type(data) is not capacity.CapacityReported or data.answers is not None or parts.timers.is_due(now):
        return False
    terms = parts.units.terms.get(data.unit)
    if terms is None or parts.requests.book.waiting[terms.care_type].asking or data.unit in parts.rounds.waiting:
        return False
    return parts.units.renewed(terms, data, now=now)


def take(parts: Parts, turn: Turn, data: Frozen) -> None:
    """One record: the deadlines before it, what it says, the deadlines that this set in the past, and what follows."""
    followed = 0
    if parts.timers.is_due(turn.now):
        _fire(parts, turn)
        followed = parts.transfers.follow(turn)
    _HANDLERS[type(data)](parts, turn, data)
    if turn.decisions:
        followed = parts.transfers.follow(turn, first=followed)
    if parts.timers.is_due(turn.now):
        _fire(parts, turn)
        parts.transfers.follow(turn, first=followed)
    if turn.decisions:
        _follow(parts, turn)
    if _is_unsettled(parts):
        _settle(parts, turn)


def handled() -> set[type[Frozen]]:
    """The data of every event that has a handler."""
    return set(_HANDLERS)


def _fire(parts: Parts, turn: Turn) -> None:
    """Let every deadline up to now do its work, in order of time, kind and key."""
    while (due := parts.timers.pop_due(turn.now)) is not None:
        timer, key = due
        _FIRED[timer](parts, turn, key)


def _follow(parts: Parts, turn: Turn) -> None:
    """What one part decided and another part goes on with."""
    for decision in tuple(turn.decisions):
        if isinstance(decision.data, PlacementExhausted):
            parts.rounds.exhausted(turn, decision.data)


def _is_unsettled(parts: Parts) -> bool:
    levels = parts.crowding.flagged or parts.proposals.rests
    return bool(levels or parts.queues.moved or parts.rooms.moved or parts.rooms.touched)


def _settle(parts: Parts, turn: Turn) -> None:
    """What follows from the turn as a whole: rooms, help and levels look at the queues as they stand after it."""
    moved = parts.queues.take_moved() if parts.queues.moved else []
    if moved or parts.rooms.moved or parts.rooms.touched:
        parts.rooms.settle(turn, moved)
    if moved:
        parts.mutual_help.settle(turn, moved)
    if parts.crowding.flagged or parts.proposals.rests:
        parts.crowding.settle(turn)
        parts.proposals.rests = False


def _adopted(parts: Parts, turn: Turn, data: AgreementsAdopted) -> None:
    known = parts.state.adopted
    if known is not None and (data.sha256 == known.sha256 or data.adopted_at < known.adopted_at):
        return
    if known is not None and not data.older and is_older(data.agreements.version, known.agreements.version):
        turn.decide(_older(data, known), subject=turn.region)
        return
    parts.adopted(data)
    turn.agreements = parts.rules.version or NO_AGREEMENTS
    previous = known.agreements.version if known else None
    in_force = AgreementsInForce(version=data.agreements.version, sha256=data.sha256, previous=previous)
    turn.decide(in_force, subject=turn.region)
    parts.units.agreements_changed(turn)
    parts.queues.agreements_changed(turn)
    parts.requests.search.agreements_changed(turn)
    parts.transfers.agreements_changed(turn)
    parts.rounds.agreements_changed(turn)
    parts.rooms.agreements_changed(turn)
    parts.mutual_help.agreements_changed(turn)
    parts.crowding.agreements_changed(turn)


def _older(data: AgreementsAdopted, known: AgreementsAdopted) -> CommandRefused:
    detail = (
        f"{data.agreements.version} is older than {known.agreements.version}, which is in force; raise `version`, "
        "or adopt it with --older if going back is meant"
    )
    return CommandRefused(
        command="agreements.adopted", subject=data.agreements.region, refusal=Refusal.OLDER_AGREEMENTS, detail=detail
    )


# --- HAP and SEH ------------------------------------------------------------------------------------------------


def _contact_registered(parts: Parts, turn: Turn, data: hap.ContactRegistered) -> None:
    parts.queues.arrived(
        turn,
        case=data.contact,
        site=data.site,
        service=CareType.HAP,
        at=millis(data.registered_at),
        mode=data.mode,
        age_band=data.age_band,
        earlier=_written_down_before(data.site, call=data.call, visit=data.visit),
    )
    here = data.mode is not hap.ArrivalMode.PHONE
    parts.rooms.seen(turn, f"{data.site}/{CareType.HAP}/{data.contact}", present=here, age_band=data.age_band)


def _contact_triaged(parts: Parts, turn: Turn, data: hap.ContactTriaged) -> None:
    _triaged(parts, turn, data.contact, data, at=data.triaged_at, service=CareType.HAP)


def _contact_retriaged(parts: Parts, turn: Turn, data: hap.ContactRetriaged) -> None:
    _triaged(parts, turn, data.contact, data, at=data.retriaged_at, service=CareType.HAP)


def _contact_called(parts: Parts, turn: Turn, data: hap.ContactCalled) -> None:
    at = millis(data.called_at)
    parts.queues.taken(turn, case=data.contact, site=data.site, service=CareType.HAP, at=at)


def _contact_closed(parts: Parts, turn: Turn, data: hap.ContactClosed) -> None:
    at = millis(data.closed_at)
    parts.queues.gone(turn, case=data.contact, site=data.site, service=CareType.HAP, outcome=data.outcome, at=at)
    parts.rooms.gone(turn, f"{data.site}/{CareType.HAP}/{data.contact}", at)


def _patient_arrived(parts: Parts, turn: Turn, data: seh.PatientArrived) -> None:
    parts.queues.arrived(
        turn,
        case=data.visit,
        site=data.site,
        service=CareType.SEH,
        at=millis(data.arrived_at),
        mode=data.mode,
        age_band=data.age_band,
        earlier=_written_down_before(data.site, call=data.call, contact=data.contact),
    )
    parts.rooms.seen(turn, f"{data.site}/{CareType.SEH}/{data.visit}", present=True, age_band=data.age_band)
    parts.crowding.arrived(turn, data)


def _patient_triaged(parts: Parts, turn: Turn, data: seh.PatientTriaged) -> None:
    _triaged(parts, turn, data.visit, data, at=data.triaged_at, service=CareType.SEH)
    parts.crowding.triaged(turn, data)


def _patient_retriaged(parts: Parts, turn: Turn, data: seh.PatientRetriaged) -> None:
    _triaged(parts, turn, data.visit, data, at=data.retriaged_at, service=CareType.SEH)
    parts.crowding.retriaged(turn, data)


def _treatment_started(parts: Parts, turn: Turn, data: seh.TreatmentStarted) -> None:
    at = millis(data.started_at)
    parts.queues.taken(turn, case=data.visit, site=data.site, service=CareType.SEH, at=at)
    parts.crowding.started(turn, data)


def _patient_left(parts: Parts, turn: Turn, data: seh.PatientLeft) -> None:
    at = millis(data.left_at)
    parts.queues.gone(turn, case=data.visit, site=data.site, service=CareType.SEH, outcome=data.departure, at=at)
    parts.rooms.gone(turn, f"{data.site}/{CareType.SEH}/{data.visit}", at)
    parts.crowding.left(turn, data)


def _contact_redirected(parts: Parts, turn: Turn, data: hap.ContactRedirected) -> None:
    _redirected(parts, turn, data.contact, data, service=CareType.HAP)


def _patient_redirected(parts: Parts, turn: Turn, data: seh.PatientRedirected) -> None:
    _redirected(parts, turn, data.visit, data, service=CareType.SEH)


def _patient_forgotten(parts: Parts, _turn: Turn, key: str) -> None:
    parts.queues.forget(key)
    parts.rooms.patient_forgotten(key)


def _redirected(
    parts: Parts,
    turn: Turn,
    case: str,
    data: hap.ContactRedirected | seh.PatientRedirected,
    *,
    service: CareType,
) -> None:
    found = Redirected(
        at=millis(data.redirected_at),
        destination=data.destination,
        site=data.at or data.site,
        role=data.by.role,
        ground=data.ground,
        care_path=data.care_path,
    )
    parts.queues.redirected(turn, case=case, site=data.site, service=service, found=found)


def _call_referred(parts: Parts, turn: Turn, data: ambulance.CallReferred) -> None:
    parts.queues.referred(
        turn,
        call=data.call,
        site=data.site,
        urgency=data.urgency,
        refer_to=data.refer_to,
        at=millis(data.referred_at),
    )


def _written_down_before(
    site: str, *, call: str | None, contact: str | None = None, visit: str | None = None
) -> list[str]:
    """Where the same person was registered before, by his own word."""
    named = ((call, "", Entrance.MKA), (contact, site, Entrance.HAP), (visit, site, Entrance.SEH))
    return [key_of(case, site=place, entrance=entrance) for case, place, entrance in named if case is not None]


_Triage = hap.ContactTriaged | hap.ContactRetriaged | seh.PatientTriaged | seh.PatientRetriaged


def _triaged(parts: Parts, turn: Turn, case: str, data: _Triage, *, at: Instant, service: CareType) -> None:
    parts.queues.triaged(
        turn,
        case=case,
        site=data.site,
        service=service,
        urgency=data.urgency,
        at=millis(at),
        complaint=data.complaint,
    )


# --- availability -----------------------------------------------------------------------------------------------


def _capacity_reported(parts: Parts, turn: Turn, data: capacity.CapacityReported) -> None:
    at = millis(data.observed_at)
    if parts.units.reported(turn, data, at=at):
        parts.requests.search.unit_changed(turn, data.unit)
    parts.rounds.seen(turn, data.unit, at)
    if data.answers is not None:
        parts.rounds.answered(turn, data.unit, data.answers)


def _report_answered(parts: Parts, turn: Turn, data: capacity.ReportAnswered) -> None:
    if parts.units.confirmed(turn, data.unit, millis(data.observed_at)):
        parts.requests.search.unit_changed(turn, data.unit)
    parts.rounds.seen(turn, data.unit, millis(data.observed_at))
    parts.rounds.answered(turn, data.unit, data.ask)


def _unit_opened(parts: Parts, turn: Turn, data: capacity.UnitOpened | capacity.StopLifted) -> None:
    _status(parts, turn, data.unit, UnitStatus.OPEN, at=data.observed_at)


def _unit_closed(parts: Parts, turn: Turn, data: capacity.UnitClosed) -> None:
    end = data.expected_end
    _status(parts, turn, data.unit, UnitStatus.CLOSED, at=data.observed_at, reason=data.reason, until=end)


def _warning_announced(parts: Parts, turn: Turn, data: capacity.WarningAnnounced) -> None:
    end = data.expected_end
    _status(parts, turn, data.unit, UnitStatus.WARNING, at=data.observed_at, reason=data.reason, until=end)


def _stop_announced(parts: Parts, turn: Turn, data: capacity.StopAnnounced) -> None:
    end = data.expected_end
    _status(parts, turn, data.unit, UnitStatus.STOP, at=data.observed_at, reason=data.reason, until=end)


def _seh_status(parts: Parts, turn: Turn, data: seh.StatusReported) -> None:
    parts.crowding.reported(turn, data)
    unit, end = parts.rules.unit_at(data.site, CareType.SEH), data.expected_end
    if unit is not None:
        _status(parts, turn, unit.id, data.status, at=data.observed_at, reason=data.reason, until=end)


def _hap_status(parts: Parts, turn: Turn, data: hap.ServiceStatusReported) -> None:
    unit = parts.rules.unit_at(data.site, CareType.HAP)
    if unit is not None:
        _status(parts, turn, unit.id, _LEVELS[data.level], at=data.observed_at)


def _status(
    parts: Parts,
    turn: Turn,
    unit_id: str,
    status: UnitStatus,
    *,
    at: Instant,
    reason: StopReason | None = None,
    until: Instant | None = None,
) -> None:
    end = None if until is None else millis(until)
    if parts.units.status_said(turn, unit_id, status, at=millis(at), reason=reason, until=end):
        _status_changed(parts, turn, unit_id)
    unit = parts.rules.units.get(unit_id)
    if unit is not None and unit.care_type in STATUS_ONLY:
        parts.rounds.seen(turn, unit_id, millis(at))


def _status_lapsed(parts: Parts, turn: Turn, unit_id: str) -> None:
    parts.units.status_lapsed(turn, unit_id)
    _status_changed(parts, turn, unit_id)


def _status_changed(parts: Parts, turn: Turn, unit_id: str) -> None:
    """Requests follow it, and so does the board of the site whose SEH it is."""
    parts.crowding.status_changed(unit_id)
    unit = parts.rules.units.get(unit_id)
    if unit is not None and unit.site is not None:
        parts.queues.changed.add(unit.site)
    parts.requests.search.unit_changed(turn, unit_id)
    parts.rides.status_changed(turn, unit_id)
    parts.mutual_help.status_changed(turn, unit_id)


def _visits_ended(parts: Parts, turn: Turn, unit_id: str) -> None:
    parts.units.visits_ended(turn, unit_id)
    parts.requests.search.unit_changed(turn, unit_id)


def _request_forgotten(parts: Parts, _turn: Turn, request_id: str) -> None:
    parts.requests.forget(request_id)
    parts.transfers.bridges.forget_with(request_id)


# --- ambulance --------------------------------------------------------------------------------------------------


def _ambulance_arrived(parts: Parts, turn: Turn, data: ambulance.AmbulanceArrived) -> None:
    parts.rides.arrived(turn, data)
    parts.crowding.ambulance_arrived(turn, data)


def _handed_over(parts: Parts, turn: Turn, data: ambulance.PatientHandedOver) -> None:
    parts.rides.handed_over(turn, data)
    parts.crowding.handed_over(turn, data)


def _carried(_parts: Parts, _turn: Turn, _data: Frozen) -> None:
    """In the log and the archive; no decision follows from it yet."""


#: Every event has a row; a test compares with the registry.
_HANDLERS: dict[type[Frozen], Callable[[Parts, Turn, Any], None]] = {
    AgreementsAdopted: _adopted,
    clock.ClockTicked: _carried,
    hap.ContactRegistered: _contact_registered,
    hap.ContactTriaged: _contact_triaged,
    hap.ContactRetriaged: _contact_retriaged,
    hap.ContactRedirected: _contact_redirected,
    hap.ContactCalled: _contact_called,
    hap.ContactClosed: _contact_closed,
    hap.ServiceStatusReported: _hap_status,
    seh.PatientArrived: _patient_arrived,
    seh.PatientTriaged: _patient_triaged,
    seh.PatientRetriaged: _patient_retriaged,
    seh.PatientRedirected: _patient_redirected,
    seh.TreatmentStarted: _treatment_started,
    seh.DispositionDecided: lambda parts, turn, data: parts.crowding.decided(turn, data),
    seh.PatientLeft: _patient_left,
    seh.StatusReported: _seh_status,
    ambulance.RideDispatched: lambda parts, turn, data: parts.rides.dispatched(turn, data),
    ambulance.DestinationAsked: lambda parts, turn, data: parts.rides.asked(turn, data),
    ambulance.TransportAnnounced: lambda parts, turn, data: parts.rides.announced(turn, data),
    ambulance.TransportCancelled: lambda parts, turn, data: parts.rides.cancelled(turn, data),
    ambulance.AmbulanceArrived: _ambulance_arrived,
    ambulance.PatientHandedOver: _handed_over,
    ambulance.RideReleased: lambda parts, turn, data: parts.rides.released(turn, data),
    ambulance.CallReferred: _call_referred,
    rooms.RoomAssigned: lambda parts, turn, data: parts.rooms.assigned(turn, data),
    rooms.RoomReleased: lambda parts, turn, data: parts.rooms.released(turn, data),
    rooms.RoomCleaned: lambda parts, turn, data: parts.rooms.cleaned(turn, data),
    rooms.RoomClosed: lambda parts, turn, data: parts.rooms.closed(turn, data),
    rooms.RoomReopened: lambda parts, turn, data: parts.rooms.reopened(turn, data),
    rooms.RoomNeedsStated: lambda parts, turn, data: parts.rooms.needs_stated(turn, data),
    capacity.CapacityReported: _capacity_reported,
    capacity.UnitOpened: _unit_opened,
    capacity.UnitClosed: _unit_closed,
    capacity.WarningAnnounced: _warning_announced,
    capacity.StopAnnounced: _stop_announced,
    capacity.StopLifted: _unit_opened,
    capacity.ReportAsked: lambda parts, turn, data: parts.rounds.asked(turn, data),
    capacity.ReportAnswered: _report_answered,
    placement.PlacementRequested: lambda parts, turn, data: parts.transfers.requested(turn, data),
    placement.FirstTryAbandoned: lambda parts, turn, data: parts.requests.first_try_abandoned(turn, data),
    placement.OfferAccepted: lambda parts, turn, data: parts.requests.answers.accepted(turn, data),
    placement.OfferDeclined: lambda parts, turn, data: parts.requests.answers.declined(turn, data),
    placement.PatientAdmitted: lambda parts, turn, data: parts.requests.answers.admitted(turn, data),
    placement.LateRejected: lambda parts, turn, data: parts.requests.answers.late_rejected(turn, data),
    placement.RequestCancelled: lambda parts, turn, data: parts.requests.cancelled(turn, data),
    placement.LabelDecided: lambda parts, turn, data: parts.requests.labels.decided(turn, data),
    home_care.VisitEnded: lambda parts, turn, data: parts.requests.home_care.ended(turn, data),
    placement.OwnershipHandedOver: lambda parts, turn, data: parts.requests.ownership_handed_over(turn, data),
    placement.PlacementOverridden: lambda parts, turn, data: parts.requests.overridden(turn, data),
    placement.TransferAsked: lambda parts, turn, data: parts.transfers.hosting.asked(turn, data),
    placement.TransferAnswered: lambda parts, turn, data: parts.transfers.answered(turn, data),
    placement.TransferConfirmed: lambda parts, turn, data: parts.transfers.hosting.confirmed(turn, data),
    placement.TransferWithdrawn: lambda parts, turn, data: parts.transfers.hosting.withdrawn(turn, data),
    consult.ConsultAsked: lambda parts, turn, data: parts.consults.asked(turn, data),
    consult.ConsultAnswered: lambda parts, turn, data: parts.consults.answered(turn, data),
    consult.ConsultCancelled: lambda parts, turn, data: parts.consults.cancelled(turn, data),
    crowding.ProposalConfirmed: lambda parts, turn, data: parts.proposals.confirmed(turn, data),
    crowding.ProposalRejected: lambda parts, turn, data: parts.proposals.rejected(turn, data),
}

_FIRED: dict[Timer, Callable[[Parts, Turn, str], None]] = {
    Timer.NORM: lambda parts, turn, key: parts.queues.norm_passed(turn, key),
    Timer.REASSESS: lambda parts, turn, key: parts.queues.reassessment_due(turn, key),
    Timer.STALE: lambda parts, turn, key: parts.units.grown_stale(turn, key),
    Timer.STATUS: _status_lapsed,
    Timer.VISIT: _visits_ended,
    Timer.OFFER: lambda parts, turn, key: parts.requests.search.offer_expired(turn, key),
    Timer.ADMISSION: lambda parts, turn, key: parts.requests.admission_overdue(turn, key),
    Timer.ROUND: lambda parts, turn, key: parts.rounds.due(turn, key),
    Timer.OFFLOAD: lambda parts, turn, key: parts.rides.offload_due(turn, key),
    Timer.SILENT_RIDE: lambda parts, turn, key: parts.rides.silent(turn, key),
    Timer.CONSULT: lambda parts, turn, key: parts.consults.due(turn, key),
    Timer.TRANSFER: lambda parts, turn, key: parts.transfers.lapsed(turn, key),
    Timer.FORGET_TRANSFER: lambda parts, _turn, key: parts.transfers.forget(key),
    Timer.ROOM: lambda parts, turn, key: parts.rooms.room_due(turn, key),
    Timer.ROOM_PROPOSAL: lambda parts, turn, key: parts.rooms.proposal_due(turn, key),
    Timer.LEVEL: lambda parts, turn, key: parts.crowding.level_due(turn, key),
    Timer.PROPOSAL: lambda parts, turn, key: parts.proposals.due(turn, key),
    Timer.STOP_REMINDER: lambda parts, turn, key: parts.crowding.stop_ends_soon(turn, key),
    Timer.FORGET_OCCUPANT: lambda parts, turn, key: parts.rooms.forget(turn, key),
    Timer.FORGET_VISIT: lambda parts, _turn, key: parts.crowding.forget_visit(key),
    Timer.FORGET_OFFLOAD: lambda parts, _turn, key: parts.crowding.forget_offload(key),
    Timer.FORGET_PROPOSAL: lambda parts, _turn, key: parts.proposals.forget(key),
    Timer.REVIEW: lambda parts, turn, key: parts.requests.review_due(turn, key),
    Timer.NEEDED_BY: lambda parts, turn, key: parts.requests.needed_by_due(turn, key),
    Timer.LABEL: lambda parts, turn, key: parts.requests.labels.due(turn, key),
    Timer.EARLY: lambda parts, turn, key: parts.requests.early_lapsed(turn, key),
    Timer.FORGET_PATIENT: _patient_forgotten,
    Timer.FORGET_REQUEST: _request_forgotten,
    Timer.FORGET_RIDE: lambda parts, _turn, key: parts.rides.forget(key),
    Timer.FORGET_ROUND: lambda parts, _turn, key: parts.rounds.forget(key),
    Timer.FORGET_CONSULT: lambda parts, _turn, key: parts.consults.forget(key),
}
