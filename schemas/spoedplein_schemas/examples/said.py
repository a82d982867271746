"""What sources said that night, in the order of the registry."""

from typing import Final

from spoedplein_schemas import (
    agreements,
    ambulance,
    capacity,
    clock,
    consult,
    crowding,
    event_class,
    hap,
    home_care,
    kind_of,
    placement,
    rooms,
    seh,
)
from spoedplein_schemas.envelope import Event
from spoedplein_schemas.examples.agreed import AGREEMENTS, SHA256
from spoedplein_schemas.examples.words import (
    A1,
    C1,
    CENTRE,
    COORDINATOR,
    CRISIS_B,
    DE_HARG,
    FALL_U2,
    FALL_U3,
    FIRST_OFFER,
    FRANKELAND,
    GP,
    MAN,
    NEIGHBOUR,
    NURSE,
    ORANGE,
    OURS,
    REGION,
    REQUEST,
    RIDE,
    ROAZ_PROPOSED,
    ROOM,
    SECOND_OFFER,
    SITE,
    THEIRS,
    VISITOR,
    WARNING_PROPOSED,
    YELLOW,
    night,
    subject_of,
    system,
)
from spoedplein_schemas.placement import OverrideGround
from spoedplein_schemas.vocabulary import (
    Actor,
    AgeBand,
    CareType,
    Destination,
    Frozen,
    LegalTitle,
    Property,
    Role,
    RoomProperty,
    StopReason,
    UnitStatus,
)

_SYSTEMS: Final = {
    "hap": "his-schiedam",
    "seh": "zis-schiedam",
    "ambulance": "meldkamer-rijnmond",
    "room": "zis-schiedam",
    "proposal": "coordinatie",
    "capacity": "beddenoverzicht",
    "placement": "coordinatie",
    "consult": "coordinatie",
    "agreements": "spoedplein",
    "clock": "spoedplein",
}
#: The night's trace: control room, HAP and placement of the one man.
_TRACE: Final = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def _said(clock_time: str, data: Frozen) -> Event:
    family = kind_of(type(data)).name.partition(".")[0]
    time = night(clock_time)
    about_him = {MAN, REQUEST} & {value for _, value in data if isinstance(value, str)}
    return event_class(type(data))(
        id=f"{family}-{time:%Y%m%d-%H%M%S}",
        source=system(_SYSTEMS[family]),
        subject=subject_of(dict(data)),
        time=time,
        region=REGION,
        traceparent=_TRACE if about_him else None,
        data=data,
    )


_HAP: Final = (
    _said(
        "23:48:32",
        hap.ContactRegistered(
            contact=MAN,
            site=SITE,
            mode=hap.ArrivalMode.PHONE,
            registered_at=night("23:48:30"),
            age_band=AgeBand.OLD,
        ),
    ),
    _said(
        "23:58:12",
        hap.ContactTriaged(
            contact=MAN, site=SITE, urgency=FALL_U3, triaged_at=night("23:58:10"), complaint="trauma-extremiteit"
        ),
    ),
    _said("00:34:02", hap.ContactRetriaged(contact=MAN, site=SITE, urgency=FALL_U2, retriaged_at=night("00:34"))),
    _said(
        "00:36:20",
        hap.ContactRedirected(
            contact=MAN,
            site=SITE,
            destination=Destination.HAP,
            ground=OverrideGround.CLINICAL_JUDGEMENT,
            redirected_at=night("00:36:15"),
            by=GP,
        ),
    ),
    _said("00:41:06", hap.ContactCalled(contact=MAN, site=SITE, called_at=night("00:41:05"), by=GP)),
    _said(
        "01:30:45",
        hap.ContactClosed(
            contact=MAN, site=SITE, outcome=hap.ContactOutcome.REFERRED_OTHER, closed_at=night("01:30:40")
        ),
    ),
    _said(
        "23:45:00",
        hap.ServiceStatusReported(
            site=SITE, level=hap.ServiceLevel.BUSY, observed_at=night("23:45"), answer_seconds=210
        ),
    ),
)

_SEH: Final = (
    _said(
        "23:21:12",
        seh.PatientArrived(
            visit=VISITOR,
            site=SITE,
            mode=hap.ArrivalMode.AMBULANCE,
            arrived_at=night("23:21:10"),
            ride=RIDE,
            age_band=AgeBand.SENIOR,
        ),
    ),
    _said(
        "23:24:43",
        seh.PatientTriaged(
            visit=VISITOR, site=SITE, urgency=YELLOW, triaged_at=night("23:24:40"), complaint="kortademig"
        ),
    ),
    _said(
        "23:29:31",
        seh.PatientRetriaged(visit=VISITOR, site=SITE, urgency=ORANGE, retriaged_at=night("23:29:30")),
    ),
    _said(
        "00:02:11",
        seh.PatientRedirected(
            visit="c-3d9907be",
            site=SITE,
            destination=Destination.SEH,
            ground=OverrideGround.PATIENT_WISH,
            redirected_at=night("00:02:05"),
            by=Actor(role=Role.NURSE, organisation="franciscus-vlietland"),
        ),
    ),
    _said("23:34:01", seh.TreatmentStarted(visit=VISITOR, site=SITE, started_at=night("23:34"))),
    _said(
        "01:05:02",
        seh.DispositionDecided(
            visit=VISITOR,
            site=SITE,
            disposition=seh.Disposition.ADMIT,
            decided_at=night("01:05"),
            care_type=CareType.KLINIEK,
        ),
    ),
    _said(
        "02:10:20",
        seh.PatientLeft(visit=VISITOR, site=SITE, departure=seh.Departure.ADMITTED, left_at=night("02:10:15")),
    ),
    _said(
        "23:55:00",
        seh.StatusReported(
            site=SITE,
            status=UnitStatus.STOP,
            observed_at=night("23:55"),
            reason=StopReason.CROWDING,
            expected_end=night("02:00"),
            present=27,
            waiting_first_contact=9,
            waiting_trolley=2,
            boarding_ward=5,
            boarding_icu=1,
        ),
    ),
)

_ROOMS: Final = (
    _said(
        "23:26:20",
        rooms.RoomAssigned(
            site=SITE, room=ROOM, service=CareType.SEH, case=VISITOR, assigned_at=night("23:26:15"), by=NURSE
        ),
    ),
    _said(
        "02:01:05",
        rooms.RoomReleased(site=SITE, room=ROOM, service=CareType.SEH, case=VISITOR, released_at=night("02:01")),
    ),
    _said("02:34:40", rooms.RoomCleaned(site=SITE, room=ROOM, cleaned_at=night("02:34:30"))),
    _said(
        "00:05:10",
        rooms.RoomClosed(
            site=SITE,
            room="kamer-4",
            closed_at=night("00:05"),
            reason=rooms.OutOfUse.TECHNICAL,
            expected_end=night("08:00"),
        ),
    ),
    _said("07:20:30", rooms.RoomReopened(site=SITE, room="kamer-4", reopened_at=night("07:20"))),
    _said(
        "23:25:10",
        rooms.RoomNeedsStated(
            site=SITE,
            service=CareType.SEH,
            case=VISITOR,
            needs=(RoomProperty.ISOLATION_OTHER,),
            stated_at=night("23:25"),
        ),
    ),
)

_AMBULANCE: Final = (
    _said(
        "22:58:20",
        ambulance.RideDispatched(ride=RIDE, urgency=A1, dispatched_at=night("22:58:18"), vehicle="17-154", area="3118"),
    ),
    _said(
        "23:10:30",
        ambulance.DestinationAsked(
            ride=RIDE,
            urgency=A1,
            asked_at=night("23:10:28"),
            area="3118",
            candidates=(ambulance.Candidate(site=SITE, eta=night("23:20")),),
            complaint="kortademig",
        ),
    ),
    _said(
        "23:12:05",
        ambulance.TransportAnnounced(
            ride=RIDE,
            site=SITE,
            urgency=A1,
            eta=night("23:20"),
            announced_at=night("23:12"),
            complaint="kortademig",
        ),
    ),
    _said(
        "23:14:40",
        ambulance.TransportCancelled(ride="rit-17131-9027", cancelled_at=night("23:14:36")),
    ),
    _said("23:20:52", ambulance.AmbulanceArrived(ride=RIDE, site=SITE, arrived_at=night("23:20:50"))),
    _said("23:38:30", ambulance.PatientHandedOver(ride=RIDE, site=SITE, handed_over_at=night("23:38:27"))),
    _said("23:50:03", ambulance.RideReleased(ride=RIDE, released_at=night("23:50"))),
    _said(
        "23:46:12",
        ambulance.CallReferred(call=MAN, urgency=C1, referred_at=night("23:46:10"), refer_to=CareType.HAP, area="3118"),
    ),
)

_CAPACITY: Final = (
    _said(
        "23:30:04",
        capacity.CapacityReported(
            unit="elv-hoog-frankeland",
            staffed=12,
            free=1,
            observed_at=night("23:30"),
            includes=("r-20260110-0029",),
            answers="avondronde-20260110",
        ),
    ),
    _said("22:05:00", capacity.UnitOpened(unit="ongelabeld-schiedam", observed_at=night("22:05"))),
    _said(
        "22:31:00",
        capacity.UnitClosed(
            unit="elv-laag-de-harg",
            observed_at=night("22:30"),
            reason=StopReason.ISOLATION,
            expected_end=night("10:00"),
        ),
    ),
    _said(
        "23:05:07",
        capacity.WarningAnnounced(
            unit="elv-hoog-de-harg",
            reason=StopReason.STAFF,
            observed_at=night("23:05"),
            expected_end=night("07:30"),
        ),
    ),
    _said(
        "23:16:10",
        capacity.StopAnnounced(
            unit="ggz-hic-singel",
            reason=StopReason.STAFF,
            observed_at=night("23:16"),
            expected_end=night("07:30"),
        ),
    ),
    _said("07:10:02", capacity.StopLifted(unit="ggz-hic-singel", observed_at=night("07:10"))),
    _said(
        "23:25:00",
        capacity.ReportAsked(
            ask="avondronde-20260110",
            asked_at=night("23:25"),
            by=COORDINATOR,
            care_types=(CareType.ELV_HOOG, CareType.ELV_LAAG, CareType.RESPIJT),
        ),
    ),
    _said(
        "23:28:40",
        capacity.ReportAnswered(ask="avondronde-20260110", unit="elv-hoog-de-harg", observed_at=night("23:28:37")),
    ),
)

_PLACEMENT: Final = (
    _said(
        "00:58:14",
        placement.PlacementRequested(
            request=REQUEST,
            case=MAN,
            requester="hap-schiedam",
            owner=CENTRE,
            profile=placement.Profile(
                care_types=(CareType.ELV_HOOG, CareType.ONGELABELD),
                urgency=FALL_U3,
                age_band=AgeBand.OLD,
                needs=(Property.WANDER_DETECTION,),
                needed_by=night("04:00"),
                area="3118",
            ),
            requested_at=night("00:58:12"),
            origin=SITE,
            preferred=("elv-hoog-de-harg",),
        ),
    ),
    _said(
        "00:36:12",
        placement.FirstTryAbandoned(request="r-20260111-0005", abandoned_at=night("00:36:10"), by=GP),
    ),
    _said(
        "01:21:35",
        placement.OfferAccepted(request=REQUEST, offer=SECOND_OFFER, accepted_at=night("01:21:33"), by=FRANKELAND),
    ),
    _said(
        "01:04:09",
        placement.OfferDeclined(
            request=REQUEST,
            offer=FIRST_OFFER,
            reason=placement.DeclineReason.STAFF,
            declined_at=night("01:04:06"),
            by=DE_HARG,
        ),
    ),
    _said(
        "02:35:20",
        placement.PatientAdmitted(request=REQUEST, unit="elv-hoog-frankeland", admitted_at=night("02:35")),
    ),
    _said(
        "00:20:31",
        placement.LateRejected(
            request="r-20260110-0038",
            unit="elv-hoog-de-harg",
            reason=placement.DeclineReason.CARE_TOO_COMPLEX,
            rejected_at=night("00:20:30"),
            by=DE_HARG,
        ),
    ),
    _said(
        "00:26:02",
        placement.RequestCancelled(
            request="r-20260110-0036",
            reason=placement.CancelReason.HOSPITALISED,
            cancelled_at=night("00:26"),
            by=COORDINATOR,
        ),
    ),
    _said(
        "09:40:11",
        placement.LabelDecided(
            request="r-20260108-0017",
            unit="ongelabeld-schiedam",
            label=CareType.WLZ_CRISIS_VV,
            decided_at=night("09:40"),
            by=FRANKELAND,
        ),
    ),
    _said(
        "10:05:40",
        home_care.VisitEnded(
            request="r-20260110-0041",
            unit="wijkverpleging-waterweg",
            ended_at=night("10:05"),
            outcome=home_care.VisitOutcome.INDEPENDENT,
            care_path="katheter",
            by=Actor(role=Role.NURSE, organisation="thuiszorg-waterweg"),
        ),
    ),
    _said(
        "09:02:30",
        placement.OwnershipHandedOver(
            request=REQUEST,
            from_owner=CENTRE,
            to_owner="frankeland",
            handed_over_at=night("09:02:28"),
            by=COORDINATOR,
        ),
    ),
    _said(
        "00:31:47",
        placement.PlacementOverridden(
            request="r-20260110-0038",
            unit="respijt-nolet",
            ground=placement.OverrideGround.BY_TELEPHONE,
            overridden_at=night("00:31:45"),
            by=COORDINATOR,
        ),
    ),
    _said(
        "00:12:21",
        placement.TransferAsked(
            request=THEIRS,
            from_region=NEIGHBOUR,
            asked_at=night("00:12:20"),
            answer_by=night("00:42:20"),
            requester="zcc-haaglanden",
            owner="zcc-haaglanden",
            profile=placement.Profile(
                care_types=(CareType.GGZ_HIC,),
                urgency=CRISIS_B,
                age_band=AgeBand.ADULT,
                legal_title=LegalTitle.WVGGZ_CM,
                needs=(Property.CLOSED_WARD,),
            ),
        ),
    ),
    _said(
        "00:29:44",
        placement.TransferAnswered(
            request=OURS,
            by_region=NEIGHBOUR,
            answered_at=night("00:29:43"),
            outcome=placement.TransferOutcome.ACCEPTED,
            unit="ggz-hic-duinrand",
        ),
    ),
    _said(
        "00:33:02",
        placement.TransferConfirmed(request=THEIRS, from_region=NEIGHBOUR, confirmed_at=night("00:33:01")),
    ),
    _said(
        "00:41:10",
        placement.TransferWithdrawn(
            request="haaglanden.431.2",
            from_region=NEIGHBOUR,
            withdrawn_at=night("00:41:09"),
            reason=placement.TransferReason.PLACED,
        ),
    ),
)

_PROPOSALS: Final = (
    _said(
        "23:56:10",
        crowding.ProposalConfirmed(proposal=WARNING_PROPOSED, confirmed_at=night("23:56"), by=NURSE),
    ),
    _said(
        "00:21:15",
        crowding.ProposalRejected(
            proposal=ROAZ_PROPOSED,
            rejected_at=night("00:21"),
            by=COORDINATOR,
            ground=crowding.RejectionGround.SOLVED_OTHERWISE,
        ),
    ),
)

_CONSULT: Final = (
    _said(
        "00:46:05",
        consult.ConsultAsked(
            consult="m-20260111-0009",
            case=MAN,
            specialty="ouderengeneeskunde",
            asked_at=night("00:46"),
            by=GP,
            answer_by=night("01:16"),
        ),
    ),
    _said(
        "00:55:50",
        consult.ConsultAnswered(
            consult="m-20260111-0009",
            outcome=consult.ConsultOutcome.REFER,
            answered_at=night("00:55:45"),
            by=FRANKELAND,
        ),
    ),
    _said(
        "02:10:30",
        consult.ConsultCancelled(consult="m-20260111-0011", cancelled_at=night("02:10:25"), by=GP),
    ),
)

_OWN: Final = (
    _said(
        "18:00:00",
        agreements.AgreementsAdopted(agreements=AGREEMENTS, sha256=SHA256, adopted_at=night("18:00"), by=COORDINATOR),
    ),
    _said("23:31:11", clock.ClockTicked(ticked_at=night("23:31:11"))),
)

SAID: Final = (*_HAP, *_SEH, *_ROOMS, *_AMBULANCE, *_CAPACITY, *_PLACEMENT, *_PROPOSALS, *_CONSULT, *_OWN)
