"""The contracts: every message type, its class and its topic, on one screen.

    EVENTS      what sources say, and what stands in the log
    DECISIONS   what coordination decided

`event_class` and `decision` build messages, `encoded` writes them; `EVENT` and `DECISION` parse them, `decoded` events
by the thousand. `fact` reads of an event no more than the core goes by.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, NamedTuple, Union, cast

from pydantic import Field, TypeAdapter, create_model
from typing_extensions import TypedDict  # typing's own is too bare for pydantic before Python 3.12

from spoedplein_schemas import (
    agreements,
    ambulance,
    capacity,
    clock,
    consult,
    crowding,
    decisions,
    front_door,
    hap,
    home_care,
    placement,
    request_decisions,
    rooms,
    seh,
    transfer,
)
from spoedplein_schemas.envelope import TYPE_PREFIX, Decision, Envelope, Event, EventId, encoded
from spoedplein_schemas.vocabulary import Frozen, RegionId, Topic

__all__ = [
    "DECISION",
    "DECISIONS",
    "EVENT",
    "EVENTS",
    "EVENT_UNION",
    "Decision",
    "Event",
    "Fact",
    "Kind",
    "decision",
    "decision_class",
    "decoded",
    "encoded",
    "event_class",
    "fact",
    "kind_of",
    "type_of",
]


class Kind(NamedTuple):
    """`name` without prefix and version: `hap.contact-registered`."""

    name: str
    data: type[Frozen]
    topic: Topic
    version: int = 1

    @property
    def type(self) -> str:
        return f"{TYPE_PREFIX}{self.name}.v{self.version}"

    @property
    def short(self) -> str:
        """`placement-offered`: a decision without what all begin with. In the archive, metrics and answers."""
        return self.name.removeprefix("decision.")


class Fact(TypedDict):
    """What the core goes by of an event in the log: its name, whose it is, and what it says."""

    id: str
    region: str
    data: Frozen


EVENTS: tuple[Kind, ...] = (
    Kind("hap.contact-registered", hap.ContactRegistered, Topic.HAP),
    Kind("hap.contact-triaged", hap.ContactTriaged, Topic.HAP),
    Kind("hap.contact-retriaged", hap.ContactRetriaged, Topic.HAP),
    Kind("hap.contact-redirected", hap.ContactRedirected, Topic.HAP),
    Kind("hap.contact-called", hap.ContactCalled, Topic.HAP),
    Kind("hap.contact-closed", hap.ContactClosed, Topic.HAP),
    Kind("hap.service-status-reported", hap.ServiceStatusReported, Topic.HAP),
    Kind("seh.patient-arrived", seh.PatientArrived, Topic.SEH),
    Kind("seh.patient-triaged", seh.PatientTriaged, Topic.SEH),
    Kind("seh.patient-retriaged", seh.PatientRetriaged, Topic.SEH),
    Kind("seh.patient-redirected", seh.PatientRedirected, Topic.SEH),
    Kind("seh.treatment-started", seh.TreatmentStarted, Topic.SEH),
    Kind("seh.disposition-decided", seh.DispositionDecided, Topic.SEH),
    Kind("seh.patient-left", seh.PatientLeft, Topic.SEH),
    Kind("seh.status-reported", seh.StatusReported, Topic.SEH),
    Kind("room.assigned", rooms.RoomAssigned, Topic.SEH),
    Kind("room.released", rooms.RoomReleased, Topic.SEH),
    Kind("room.cleaned", rooms.RoomCleaned, Topic.SEH),
    Kind("room.closed", rooms.RoomClosed, Topic.SEH),
    Kind("room.reopened", rooms.RoomReopened, Topic.SEH),
    Kind("room.needs-stated", rooms.RoomNeedsStated, Topic.SEH),
    Kind("ambulance.ride-dispatched", ambulance.RideDispatched, Topic.AMBULANCE),
    Kind("ambulance.destination-asked", ambulance.DestinationAsked, Topic.AMBULANCE),
    Kind("ambulance.transport-announced", ambulance.TransportAnnounced, Topic.AMBULANCE),
    Kind("ambulance.transport-cancelled", ambulance.TransportCancelled, Topic.AMBULANCE),
    Kind("ambulance.arrived", ambulance.AmbulanceArrived, Topic.AMBULANCE),
    Kind("ambulance.patient-handed-over", ambulance.PatientHandedOver, Topic.AMBULANCE),
    Kind("ambulance.ride-released", ambulance.RideReleased, Topic.AMBULANCE),
    Kind("ambulance.call-referred", ambulance.CallReferred, Topic.AMBULANCE),
    Kind("capacity.reported", capacity.CapacityReported, Topic.CAPACITY),
    Kind("capacity.unit-opened", capacity.UnitOpened, Topic.CAPACITY),
    Kind("capacity.unit-closed", capacity.UnitClosed, Topic.CAPACITY),
    Kind("capacity.warning-announced", capacity.WarningAnnounced, Topic.CAPACITY),
    Kind("capacity.stop-announced", capacity.StopAnnounced, Topic.CAPACITY),
    Kind("capacity.stop-lifted", capacity.StopLifted, Topic.CAPACITY),
    Kind("capacity.report-asked", capacity.ReportAsked, Topic.CAPACITY),
    Kind("capacity.report-answered", capacity.ReportAnswered, Topic.CAPACITY),
    Kind("placement.requested", placement.PlacementRequested, Topic.PLACEMENT),
    Kind("placement.first-try-abandoned", placement.FirstTryAbandoned, Topic.PLACEMENT),
    Kind("placement.offer-accepted", placement.OfferAccepted, Topic.PLACEMENT),
    Kind("placement.offer-declined", placement.OfferDeclined, Topic.PLACEMENT),
    Kind("placement.patient-admitted", placement.PatientAdmitted, Topic.PLACEMENT),
    Kind("placement.late-rejected", placement.LateRejected, Topic.PLACEMENT),
    Kind("placement.request-cancelled", placement.RequestCancelled, Topic.PLACEMENT),
    Kind("placement.label-decided", placement.LabelDecided, Topic.PLACEMENT),
    Kind("placement.visit-ended", home_care.VisitEnded, Topic.PLACEMENT),
    Kind("placement.ownership-handed-over", placement.OwnershipHandedOver, Topic.PLACEMENT),
    Kind("placement.overridden", placement.PlacementOverridden, Topic.PLACEMENT),
    Kind("placement.transfer-asked", placement.TransferAsked, Topic.PLACEMENT),
    Kind("placement.transfer-answered", placement.TransferAnswered, Topic.PLACEMENT),
    Kind("placement.transfer-confirmed", placement.TransferConfirmed, Topic.PLACEMENT),
    Kind("placement.transfer-withdrawn", placement.TransferWithdrawn, Topic.PLACEMENT),
    Kind("proposal.confirmed", crowding.ProposalConfirmed, Topic.PLACEMENT),
    Kind("proposal.rejected", crowding.ProposalRejected, Topic.PLACEMENT),
    Kind("consult.asked", consult.ConsultAsked, Topic.PLACEMENT),
    Kind("consult.answered", consult.ConsultAnswered, Topic.PLACEMENT),
    Kind("consult.cancelled", consult.ConsultCancelled, Topic.PLACEMENT),
    Kind("agreements.adopted", agreements.AgreementsAdopted, Topic.LOG),
    Kind("clock.ticked", clock.ClockTicked, Topic.LOG),
)

DECISIONS: tuple[Kind, ...] = tuple(
    Kind(f"decision.{name}", data, Topic.DECISIONS)
    for name, data in (
        ("agreements-in-force", decisions.AgreementsInForce),
        ("contact-routed", front_door.ContactRouted),
        ("patient-queued", decisions.PatientQueued),
        ("patient-immediate", decisions.PatientImmediate),
        ("norm-breached", decisions.NormBreached),
        ("reassessment-due", decisions.ReassessmentDue),
        ("patient-taken", decisions.PatientTaken),
        ("patient-gone", decisions.PatientGone),
        ("room-proposed", rooms.RoomProposed),
        ("room-lacking", rooms.RoomLacking),
        ("room-proposal-ended", rooms.RoomProposalEnded),
        ("room-lent", rooms.RoomLent),
        ("room-conflict", rooms.RoomConflict),
        ("cleaning-overdue", rooms.CleaningOverdue),
        ("level-changed", crowding.LevelChanged),
        ("proposal-made", crowding.ProposalMade),
        ("proposal-answered", crowding.ProposalAnswered),
        ("proposal-lapsed", crowding.ProposalLapsed),
        ("proposal-over", crowding.ProposalOver),
        ("stop-ending", crowding.StopEnding),
        ("figure-stale", decisions.FigureStale),
        ("figure-conflict", decisions.FigureConflict),
        ("unit-status-changed", decisions.UnitStatusChanged),
        ("round-opened", decisions.RoundOpened),
        ("round-reminded", decisions.RoundReminded),
        ("round-completed", decisions.RoundCompleted),
        ("round-closed", decisions.RoundClosed),
        ("placement-offered", decisions.PlacementOffered),
        ("offer-ended", decisions.OfferEnded),
        ("placement-accepted", decisions.PlacementAccepted),
        ("placement-exhausted", decisions.PlacementExhausted),
        ("first-try-begun", request_decisions.FirstTryBegun),
        ("first-try-ended", request_decisions.FirstTryEnded),
        ("needed-by-near", request_decisions.NeededByNear),
        ("needed-by-missed", request_decisions.NeededByMissed),
        ("placement-admitted", decisions.PlacementAdmitted),
        ("placement-reopened", decisions.PlacementReopened),
        ("admission-overdue", decisions.AdmissionOverdue),
        ("promise-released", decisions.PromiseReleased),
        ("placement-cancelled", decisions.PlacementCancelled),
        ("label-recorded", decisions.LabelRecorded),
        ("visit-recorded", home_care.VisitRecorded),
        ("label-due", request_decisions.LabelDue),
        ("flow-on-linked", request_decisions.FlowOnLinked),
        ("ownership-changed", decisions.OwnershipChanged),
        ("override-recorded", decisions.OverrideRecorded),
        ("destinations-shown", decisions.DestinationsShown),
        ("divert-proposed", decisions.DivertProposed),
        ("ride-redirected", decisions.RideRedirected),
        ("offload-overdue", decisions.OffloadOverdue),
        ("offload-ended", decisions.OffloadEnded),
        ("ride-lapsed", decisions.RideLapsed),
        ("consult-opened", decisions.ConsultOpened),
        ("consult-reminded", decisions.ConsultReminded),
        ("consult-escalated", decisions.ConsultEscalated),
        ("consult-postponed", decisions.ConsultPostponed),
        ("consult-closed", decisions.ConsultClosed),
        ("transfer-asked", transfer.TransferAsked),
        ("transfer-withdrawn", transfer.TransferWithdrawn),
        ("transfer-confirmed", transfer.TransferConfirmed),
        ("transfer-answered", transfer.TransferAnswered),
        ("guest-expected", transfer.GuestExpected),
        ("bridging-sought", transfer.BridgingSought),
        ("bridging-started", transfer.BridgingStarted),
        ("bridging-ended", transfer.BridgingEnded),
        ("command-refused", decisions.CommandRefused),
    )
)


def _messages(kinds: tuple[Kind, ...], base: type[Envelope]) -> dict[type[Frozen], type[Envelope]]:
    """One message class per kind: the base with `type` and `data` narrowed. `type` cannot disagree with the table."""
    return {
        kind.data: create_model(
            kind.data.__name__,
            __base__=base,
            __doc__=kind.data.__doc__,
            type=(cast("Any", Literal[kind.type]), kind.type),
            data=(kind.data, ...),
        )
        for kind in kinds
    }


def _facts() -> list[Any]:
    """By kind, `Fact` with `type` and `data` narrowed; what else an envelope has is passed over."""
    make: Any = TypedDict  # it wants its fields spelled out
    return [
        make(kind.data.__name__, {"type": Literal[kind.type], "id": EventId, "region": RegionId, "data": kind.data})
        for kind in EVENTS
    ]


def _union(messages: Iterable[Any]) -> Any:  # noqa: ANN401  a typing form has no type
    return Annotated[Union[tuple(messages)], Field(discriminator="type")]  # noqa: UP007


_EVENT_CLASSES = _messages(EVENTS, Event)
_DECISION_CLASSES = _messages(DECISIONS, Decision)
_KINDS: dict[type[Frozen], Kind] = {kind.data: kind for kind in (*EVENTS, *DECISIONS)}

#: `EVENT.validate_json(bytes)` gives an `Event` with the right `data`, or a pydantic error that names the place.
EVENT_UNION = _union(_EVENT_CLASSES.values())
EVENT: TypeAdapter[Event] = TypeAdapter(EVENT_UNION)
DECISION: TypeAdapter[Decision] = TypeAdapter(_union(_DECISION_CLASSES.values()))
_FACT: TypeAdapter[Fact] = TypeAdapter(_union(_facts()))


def decoded(event: bytes) -> Event:
    """As `EVENT.validate_json`, in nine tenths of the time: for who reads a whole log. Raises pydantic's error."""
    return cast("Event", EVENT.validator.validate_json(event))


def fact(event: bytes) -> Fact:
    """Of an event as it stands in the log, in three fifths of `decoded`'s time. Raises pydantic's error.

    `data` is checked as there. What else the envelope has was checked on its way into the log.
    """
    return cast("Fact", _FACT.validator.validate_json(event))


def kind_of(data: type[Frozen]) -> Kind:
    return _KINDS[data]


def type_of(data: type[Frozen]) -> str:
    return _KINDS[data].type


def event_class(data: type[Frozen]) -> type[Event]:
    """The message class that carries this data."""
    return cast("type[Event]", _EVENT_CLASSES[data])


def decision_class(data: type[Frozen]) -> type[Decision]:
    return cast("type[Decision]", _DECISION_CLASSES[data])


def decision(**fields: Any) -> Decision:  # noqa: ANN401  pydantic checks
    """The message of the class that carries `data`. As calling that class, in two thirds of the time."""
    validator = decision_class(type(fields["data"])).__pydantic_validator__
    return cast("Decision", validator.validate_python(fields))
